//! The store.

use crate::argument::{self, Out, write_if_wanted};
use crate::buffer::imagegate_events_buffer;
use crate::error::imagegate_events_error;
use crate::failure::Failure;
use crate::status::imagegate_status;
use crate::{guard, query};
use imagegate::{AggregationKey, DayOffset, EventRecord};
use imagegate_store::{EventStore, ShipCursor, ShipFormat};
use std::ffi::{c_char, c_int};
use std::fs::File;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;

/// A store of events in a SQLite file.
pub struct imagegate_events_store(EventStore);

/// The store, which one thread uses at a time.
///
/// # Safety
/// `store` is null or was handed out by this library, not freed, and nobody else uses it.
unsafe fn opened<'a>(store: *mut imagegate_events_store) -> Result<&'a mut EventStore, Failure> {
    // SAFETY: the caller's promise.
    unsafe { store.as_mut() }.map(|store| &mut store.0).ok_or_else(|| Failure::null("store"))
}

/// Opens the file, and creates it, its owner's alone, if it does not exist. A file that is no event store stays as it
/// is.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_events_store_open(
    path: *const c_char,
    path_len: usize,
    store: *mut *mut imagegate_events_store,
    err: *mut *mut imagegate_events_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let out = Out::new(store, "store")?;
            let path = argument::required_word(path, path_len, "path")?;
            out.give(imagegate_events_store(EventStore::open(path)?));
            Ok(())
        })
    }
}

/// Opens an existing file, only to look.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_events_store_open_read_only(
    path: *const c_char,
    path_len: usize,
    store: *mut *mut imagegate_events_store,
    err: *mut *mut imagegate_events_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let out = Out::new(store, "store")?;
            let path = argument::required_word(path, path_len, "path")?;
            out.give(imagegate_events_store(EventStore::open_read_only(path)?));
            Ok(())
        })
    }
}

/// Keeps records, one a line, as `imagegate_decision_to_records` writes them: all of them or, on failure, none.
/// Durable when it returns.
///
/// `fresh` are those that count, `repeated` those that were kept before and are not counted again, `expired` those
/// that are older than the last purge kept. Each output may be NULL.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_events_store_record(
    store: *mut imagegate_events_store,
    records: *const c_char,
    records_len: usize,
    fresh: *mut u64,
    repeated: *mut u64,
    expired: *mut u64,
    err: *mut *mut imagegate_events_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let store = opened(store)?;
            let recorded = store.record_all(&lines(argument::bytes(records, records_len, "records")?)?)?;
            write_if_wanted(fresh, recorded.new);
            write_if_wanted(repeated, recorded.repeated);
            write_if_wanted(expired, recorded.expired);
            Ok(())
        })
    }
}

/// The records of the lines that are not empty.
fn lines(text: &[u8]) -> Result<Vec<EventRecord>, Failure> {
    let numbered = text.split(|byte| *byte == b'\n').enumerate();
    let filled = numbered.filter(|(_, line)| !line.trim_ascii().is_empty());
    let record = |(index, line): (usize, &[u8])| {
        EventRecord::parse(line).map_err(|error| {
            let message = format!("record in line {}: {error}", index.saturating_add(1));
            Failure::new(error.kind().into(), error.code(), message)
        })
    };
    filled.map(record).collect()
}

/// A page of the events, one line of JSON: `events`, `next` (the `after` of the next page, null on the last), `total`.
///
/// `query` is a JSON document, all of whose members may be left out: `event_type`, `action`, `mode`, `from` and
/// `until` (of the latest occurrence), `search` (a list of `keyword`, and `field` to look in one only), `sort`
/// ("latest" or "count"), `ascending`, `limit` (1 to 1000; 50), `after`, `count_all`. Empty is everything, latest first.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_events_store_list(
    store: *mut imagegate_events_store,
    query: *const c_char,
    query_len: usize,
    now_seconds: i64,
    now_nanoseconds: u32,
    json: *mut imagegate_events_buffer,
    err: *mut *mut imagegate_events_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let store = opened(store)?;
            let out = Out::new(json, "json")?;
            let query = query::parse(argument::bytes(query, query_len, "query")?)?;
            let now = argument::now(now_seconds, now_nanoseconds)?;
            out.write(imagegate_events_buffer::of(store.list(&query, now)?.to_json()));
            Ok(())
        })
    }
}

/// One event by its aggregation key, one line of JSON; `data` is NULL if there is none, or it is expired.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_events_store_detail(
    store: *mut imagegate_events_store,
    key: *const c_char,
    key_len: usize,
    now_seconds: i64,
    now_nanoseconds: u32,
    json: *mut imagegate_events_buffer,
    err: *mut *mut imagegate_events_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let store = opened(store)?;
            let out = Out::new(json, "json")?;
            let key = AggregationKey::parse(argument::required_word(key, key_len, "key")?)?;
            let row = store.detail(key, argument::now(now_seconds, now_nanoseconds)?)?;
            let none = imagegate_events_buffer::NONE;
            out.write(row.map_or(none, |row| imagegate_events_buffer::of(row.to_json())));
            Ok(())
        })
    }
}

/// Counts of today, of each of the last seven days, and of all that is kept, one line of JSON. `day_utc_offset` is that
/// of the policy set, such as "+08:00"; empty is "+00:00".
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_events_store_overview(
    store: *mut imagegate_events_store,
    day_utc_offset: *const c_char,
    day_utc_offset_len: usize,
    now_seconds: i64,
    now_nanoseconds: u32,
    json: *mut imagegate_events_buffer,
    err: *mut *mut imagegate_events_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let store = opened(store)?;
            let out = Out::new(json, "json")?;
            let offset = argument::word(day_utc_offset, day_utc_offset_len, "day_utc_offset")?;
            let offset = offset.map_or(Ok(DayOffset::default()), DayOffset::parse)?;
            let overview = store.overview(argument::now(now_seconds, now_nanoseconds)?, offset)?;
            out.write(imagegate_events_buffer::of(overview.to_json()));
            Ok(())
        })
    }
}

/// Deletes what is older than 180 days. `rows` and `records`, which may be NULL, are how much that was. A purge that is
/// killed half-way is finished by the next.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_events_store_purge(
    store: *mut imagegate_events_store,
    now_seconds: i64,
    now_nanoseconds: u32,
    rows: *mut u64,
    records: *mut u64,
    err: *mut *mut imagegate_events_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let store = opened(store)?;
            let purged = store.purge(argument::now(now_seconds, now_nanoseconds)?, |_| ())?;
            write_if_wanted(rows, purged.rows);
            write_if_wanted(records, purged.records);
            Ok(())
        })
    }
}

/// Writes every event that changed after `cursor` to the file descriptor `fd`, one line of JSON each, and says where to
/// go on: `next` is the cursor of the next call. `fd` stays open.
///
/// `cursor` is empty the first time. `format` is "imagegate" if it is empty, or "ocsf". If writing fails, the cursor
/// that you have is still good, and lines after it come again. `rows` may be NULL.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_events_store_ship(
    store: *mut imagegate_events_store,
    cursor: *const c_char,
    cursor_len: usize,
    format: *const c_char,
    format_len: usize,
    fd: c_int,
    rows: *mut u64,
    next: *mut imagegate_events_buffer,
    err: *mut *mut imagegate_events_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let store = opened(store)?;
            let out = Out::new(next, "next")?;
            let cursor = argument::word(cursor, cursor_len, "cursor")?.map(ShipCursor::parse).transpose()?;
            let format = match argument::word(format, format_len, "format")? {
                None | Some("imagegate") => ShipFormat::Imagegate,
                Some("ocsf") => ShipFormat::Ocsf,
                Some(other) => {
                    let other = imagegate::quote(other);
                    let message = format!("{other} is no form of events: known are `imagegate`, `ocsf`");
                    return Err(Failure::new(imagegate_status::Unsupported, "unknown_format", message));
                }
            };
            if fd < 0 {
                let message = format!("`fd` is {fd}, which is no file descriptor");
                return Err(Failure::new(imagegate_status::InvalidArgument, "invalid_argument", message));
            }
            // Borrowed: it is the caller's to close.
            let mut file = ManuallyDrop::new(File::from_raw_fd(fd));
            let shipped = store.ship(cursor.as_ref(), format, &mut *file, |_| ())?;
            write_if_wanted(rows, shipped.rows);
            out.write(imagegate_events_buffer::of(shipped.cursor.to_string()));
            Ok(())
        })
    }
}

/// Closes the store and frees it. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_events_store_free(store: *mut imagegate_events_store) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(store) };
}
