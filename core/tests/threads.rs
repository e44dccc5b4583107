//! Every public type can be shared between threads and kept across a caught panic.

use imagegate::*;
use std::panic::{RefUnwindSafe, UnwindSafe};

fn shareable<T: Send + Sync + UnwindSafe + RefUnwindSafe + 'static>() {}

#[test]
fn every_public_type_is_shareable() {
    shareable::<Assessment>();
    shareable::<Decision>();
    shareable::<Error>();
    shareable::<Event>();
    shareable::<EventFold>();
    shareable::<EventQuery>();
    shareable::<EventRecord>();
    shareable::<EventRow>();
    shareable::<Explanation>();
    shareable::<Gate>();
    shareable::<Launch>();
    shareable::<LaunchDecision>();
    shareable::<LaunchDocument>();
    shareable::<Limits>();
    shareable::<Lint>();
    shareable::<Policy>();
    shareable::<PolicySet>();
    shareable::<Privilege>();
    shareable::<ProfileDocument>();
    shareable::<ScanProfile>();
    shareable::<Timestamp>();
}
