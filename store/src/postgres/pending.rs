//! What the indexes for searching have put off.
//!
//! Such an index (GIN) has many entries for a row. New rows wait in a list, which every search reads, until they are put
//! in together: the more there are, the cheaper each is. The server itself does it when the list is full, which has to
//! be late for the sake of large batches; whoever writes does it earlier, after a batch and every few hundred rows.

use ::postgres::Client;

/// The indexes that put off.
const INDEXES: [&str; 2] = ["imagegate_events_search", "imagegate_events_node"];

/// Changes of rows from one turn to the next, whoever made them.
const EVERY: i64 = 256;

/// Whether the writer of this change is the one to [`settle`].
pub(super) fn is_turn(change: i64) -> bool {
    change.checked_rem(EVERY) == Some(0)
}

/// Puts in what waits. It is the owner's right, and only a matter of time: without it the server does it later.
pub(super) fn settle(client: &mut Client) {
    for index in INDEXES {
        let _ = client.batch_execute(&format!("SELECT gin_clean_pending_list(to_regclass('{index}'))"));
    }
}
