/*
 * imagegate_events: keeps the events of imagegate for half a year in a SQLite file: folded into rows, listed, searched,
 * counted, shipped.
 *
 * This file is generated from the sources in ffi/events/src; do not edit it.
 *
 * The rules of imagegate.h hold here too, and statuses are the same. What belongs to this library is freed by this
 * library: an imagegate_events_buffer by imagegate_events_buffer_free, and so on.
 *
 * A store is used by one thread at a time. Several processes may use one file. The store has no clock: every `now`
 * comes from the caller, as seconds since 1970-01-01T00:00:00Z and nanoseconds within the second.
 */


#ifndef IMAGEGATE_EVENTS_H
#define IMAGEGATE_EVENTS_H

#include <imagegate.h>

/**
 * Why a call failed.
 */
typedef struct imagegate_events_error imagegate_events_error;

/**
 * A store of events in a SQLite file.
 */
typedef struct imagegate_events_store imagegate_events_store;

/**
 * Bytes that were made for the caller, who frees them with `imagegate_events_buffer_free`. Text is UTF-8. One NUL
 * follows that `len` does not count.
 */
typedef struct {
    /**
     * First byte; NULL if there is nothing.
     */
    char *data;
    /**
     * Length in bytes, without the NUL.
     */
    size_t len;
} imagegate_events_buffer;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Frees the bytes and leaves the buffer empty, so that freeing it again does nothing. NULL does nothing.
 */
void imagegate_events_buffer_free(imagegate_events_buffer *buffer);

/**
 * The message, in one line. It belongs to the error; NULL if `error` is NULL.
 */
imagegate_str imagegate_events_error_message(const imagegate_events_error *error);

/**
 * A word for the error that never changes, such as "locked" or "disk_full". It belongs to the error; NULL if `error`
 * is NULL.
 */
imagegate_str imagegate_events_error_code(const imagegate_events_error *error);

/**
 * The status that the failed call returned. `IMAGEGATE_STATUS_NULL_ARGUMENT` if `error` is NULL.
 */
imagegate_status imagegate_events_error_status(const imagegate_events_error *error);

/**
 * Frees an error. NULL does nothing.
 */
void imagegate_events_error_free(imagegate_events_error *error);

/**
 * Opens the file, and creates it, its owner's alone, if it does not exist. A file that is no event store stays as it
 * is.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_events_store_open(const char *path,
                                             size_t path_len,
                                             imagegate_events_store **store,
                                             imagegate_events_error **err);

/**
 * Opens an existing file, only to look.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_events_store_open_read_only(const char *path,
                                                       size_t path_len,
                                                       imagegate_events_store **store,
                                                       imagegate_events_error **err);

/**
 * Keeps records, one a line, as `imagegate_decision_to_records` writes them: all of them or, on failure, none.
 * Durable when it returns.
 *
 * `fresh` are those that count, `repeated` those that were kept before and are not counted again, `expired` those
 * that are older than the last purge kept. Each output may be NULL.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_events_store_record(imagegate_events_store *store,
                                               const char *records,
                                               size_t records_len,
                                               uint64_t *fresh,
                                               uint64_t *repeated,
                                               uint64_t *expired,
                                               imagegate_events_error **err);

/**
 * A page of the events, one line of JSON: `events`, `next` (the `after` of the next page, null on the last), `total`.
 *
 * `query` is a JSON document, all of whose members may be left out: `event_type`, `action`, `mode`, `from` and
 * `until` (of the latest occurrence), `search` (a list of `keyword`, and `field` to look in one only), `sort`
 * ("latest" or "count"), `ascending`, `limit` (1 to 1000; 50), `after`, `count_all`. Empty is everything, latest first.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_events_store_list(imagegate_events_store *store,
                                             const char *query,
                                             size_t query_len,
                                             int64_t now_seconds,
                                             uint32_t now_nanoseconds,
                                             imagegate_events_buffer *json,
                                             imagegate_events_error **err);

/**
 * One event by its aggregation key, one line of JSON; `data` is NULL if there is none, or it is expired.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_events_store_detail(imagegate_events_store *store,
                                               const char *key,
                                               size_t key_len,
                                               int64_t now_seconds,
                                               uint32_t now_nanoseconds,
                                               imagegate_events_buffer *json,
                                               imagegate_events_error **err);

/**
 * Counts of today, of each of the last seven days, and of all that is kept, one line of JSON. `day_utc_offset` is that
 * of the policy set, such as "+08:00"; empty is "+00:00".
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_events_store_overview(imagegate_events_store *store,
                                                 const char *day_utc_offset,
                                                 size_t day_utc_offset_len,
                                                 int64_t now_seconds,
                                                 uint32_t now_nanoseconds,
                                                 imagegate_events_buffer *json,
                                                 imagegate_events_error **err);

/**
 * Deletes what is older than 180 days. `rows` and `records`, which may be NULL, are how much that was. A purge that is
 * killed half-way is finished by the next.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_events_store_purge(imagegate_events_store *store,
                                              int64_t now_seconds,
                                              uint32_t now_nanoseconds,
                                              uint64_t *rows,
                                              uint64_t *records,
                                              imagegate_events_error **err);

/**
 * Writes every event that changed after `cursor` to the file descriptor `fd`, one line of JSON each, and says where to
 * go on: `next` is the cursor of the next call. `fd` stays open.
 *
 * `cursor` is empty the first time. `format` is "imagegate" if it is empty, or "ocsf". If writing fails, the cursor
 * that you have is still good, and lines after it come again. `rows` may be NULL.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_events_store_ship(imagegate_events_store *store,
                                             const char *cursor,
                                             size_t cursor_len,
                                             const char *format,
                                             size_t format_len,
                                             int fd,
                                             uint64_t *rows,
                                             imagegate_events_buffer *next,
                                             imagegate_events_error **err);

/**
 * Closes the store and frees it. NULL does nothing.
 */
void imagegate_events_store_free(imagegate_events_store *store);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* IMAGEGATE_EVENTS_H */
