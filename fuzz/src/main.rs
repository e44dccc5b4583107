//! One program for all targets: `IMAGEGATE_FUZZ_TARGET` says which. `cargo xtask fuzz` builds and runs it.
#![no_main]

use imagegate_fuzz_targets::{Target, by_name};
use std::sync::LazyLock;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("IMAGEGATE_FUZZ_TARGET").unwrap_or_default();
    by_name(&name).unwrap_or_else(|| panic!("IMAGEGATE_FUZZ_TARGET is {name:?}, which is no target"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET.run(bytes));
