/*
 * imagegate: decides, at the moment a container is about to start, whether the start is intercepted, only alarmed,
 * or allowed.
 *
 * This file is generated from the sources in ffi/src; do not edit it.
 *
 *
 * A first program
 *
 *     imagegate_policy_set *policies = NULL;
 *     imagegate_error *err = NULL;
 *     if (imagegate_policy_set_parse(text, text_len, &policies, &err) != IMAGEGATE_STATUS_OK) {
 *         imagegate_str message = imagegate_error_message(err);
 *         fprintf(stderr, "%.*s\n", (int)message.len, message.data);
 *         imagegate_error_free(err);
 *     }
 *
 * and so on: parse the policies, parse the scan profile, assess the one with the other, and for every container that
 * is about to start parse the launch and decide. An agent that runs for long uses a gate. ffi/examples/agent.c of the
 * repository is a whole program.
 *
 *
 * The rules
 *
 * Failure. A function that can fail returns an imagegate_status, IMAGEGATE_STATUS_OK is 0, and takes its arguments in
 * the order: self, inputs, outputs, `err`. Outputs are written only on success. `err` may be NULL; it is written only
 * on failure, and the error is then the caller's to free. A call that failed decided nothing: it must not be read as
 * "allow". IMAGEGATE_ACTION_INTERCEPT is 0, so that memory that was never written does not allow either.
 *
 * Text. Text goes in as a pointer and a length in bytes, is UTF-8, and is copied before the function returns; NULL
 * with length 0 is empty. A NUL within a text is a character like any other. Text that comes out as an imagegate_str
 * is borrowed: it is valid until its owner is freed. Text that comes out as an imagegate_buffer is the caller's.
 *
 * Ownership. A handle that comes out through a `T **` is the caller's, to be freed once by T_free; freeing NULL does
 * nothing. A `const T *` that a function returns is borrowed. No function takes a handle over: what was made of a
 * handle stays valid when the handle is freed.
 *
 * Threads. A handle that a function takes as `const T *` may be used by any number of threads at once; one that it
 * takes as `T *` by one thread at a time. It is for the caller to see that nothing uses a handle any more when it is
 * freed. The library starts no threads, installs no signal handlers, and has no global state.
 *
 * NULL where it is not allowed is answered with IMAGEGATE_STATUS_NULL_ARGUMENT, or by functions without a status with
 * NULL, 0 or IMAGEGATE_ACTION_INTERCEPT. Anything else that is no handle of the right type is undefined behaviour.
 *
 * Faults of the library. A panic is caught and answered with IMAGEGATE_STATUS_INTERNAL; Rust prints a line about it to
 * the standard error. The program goes on, and all handles stay valid. Running out of memory ends the process.
 *
 * Time. The library has no clock. An instant is a count of seconds since 1970-01-01T00:00:00Z, and the nanoseconds
 * within that second, 0 to 999999999.
 *
 * Enums. A later version may add members: treat a status that you do not know as a failure.
 */


#ifndef IMAGEGATE_H
#define IMAGEGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef IMAGEGATE_MUST_USE
#if defined(__GNUC__)
#define IMAGEGATE_MUST_USE __attribute__((warn_unused_result))
#else
#define IMAGEGATE_MUST_USE
#endif
#endif

/**
 * Counts incompatible changes of this interface. A program that was compiled with one number works with libraries of
 * that number.
 */
#define IMAGEGATE_ABI_VERSION 1

/**
 * Major version of this header.
 */
#define IMAGEGATE_VERSION_MAJOR 0

/**
 * Minor version of this header.
 */
#define IMAGEGATE_VERSION_MINOR 1

/**
 * Patch version of this header.
 */
#define IMAGEGATE_VERSION_PATCH 0

/**
 * What became of a call. Numbers are never used for anything else, and new ones may be added: treat a number that
 * you do not know as a failure.
 */
enum imagegate_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It was done, and all outputs are written.
     */
    IMAGEGATE_STATUS_OK = 0,
    /**
     * An argument is NULL that must not be.
     */
    IMAGEGATE_STATUS_NULL_ARGUMENT = 1,
    /**
     * An argument is not UTF-8. (A document that is not UTF-8 is a syntax error, with its place.)
     */
    IMAGEGATE_STATUS_INVALID_UTF8 = 2,
    /**
     * An argument makes no sense: an impossible length, a time outside the years 0000 to 9999, an empty name.
     */
    IMAGEGATE_STATUS_INVALID_ARGUMENT = 3,
    /**
     * The library is at fault; nothing was decided.
     */
    IMAGEGATE_STATUS_INTERNAL = 4,
    /**
     * The bytes are no JSON document, or not the format that was named.
     */
    IMAGEGATE_STATUS_SYNTAX = 5,
    /**
     * A policy document breaks its rules.
     */
    IMAGEGATE_STATUS_INVALID_POLICY = 6,
    /**
     * A scan profile or scanner report breaks its rules.
     */
    IMAGEGATE_STATUS_INVALID_PROFILE = 7,
    /**
     * A launch document breaks its rules.
     */
    IMAGEGATE_STATUS_INVALID_LAUNCH = 8,
    /**
     * The launch and the scan profile are about different images. Nothing was decided.
     */
    IMAGEGATE_STATUS_IMAGE_MISMATCH = 9,
    /**
     * An input is larger than its limit.
     */
    IMAGEGATE_STATUS_LIMIT_EXCEEDED = 10,
    /**
     * A format or a version that this build cannot read.
     */
    IMAGEGATE_STATUS_UNSUPPORTED = 11,
    /**
     * The event store failed (`imagegate_events.h`).
     */
    IMAGEGATE_STATUS_STORAGE = 12,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum imagegate_status imagegate_status;
#else
typedef uint32_t imagegate_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What happens to a start. Zero is the strictest, so that memory that was never written does not allow.
 */
enum imagegate_action
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The container must not start.
     */
    IMAGEGATE_ACTION_INTERCEPT = 0,
    /**
     * The container starts, and somebody is told.
     */
    IMAGEGATE_ACTION_ALARM = 1,
    /**
     * The container starts.
     */
    IMAGEGATE_ACTION_ALLOW = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum imagegate_action imagegate_action;
#else
typedef uint32_t imagegate_action;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What follows from a policy set and a scan profile alone: made once for an image, asked for every launch of it, at
 * any time. What is asked of it does not depend on what was asked before.
 */
typedef struct imagegate_assessment imagegate_assessment;

/**
 * The answer for one launch. It owns what it shows, whatever is freed before it.
 */
typedef struct imagegate_decision imagegate_decision;

/**
 * Why a call failed. A policy document with several mistakes reports all of them, as problems.
 */
typedef struct imagegate_error imagegate_error;

/**
 * The long-lived object of an agent: policies that can be swapped while other threads decide, and the scan profiles
 * of the images on the node. All of its functions may be called by any number of threads at once; deciding takes no
 * lock.
 */
typedef struct imagegate_gate imagegate_gate;

/**
 * The parameters with which one container is about to start. It never changes.
 */
typedef struct imagegate_launch imagegate_launch;

/**
 * The launches of one document.
 */
typedef struct imagegate_launches imagegate_launches;

/**
 * All policies, validated and compiled together. It never changes.
 */
typedef struct imagegate_policy_set imagegate_policy_set;

/**
 * What scanners found in one image. It never changes.
 */
typedef struct imagegate_scan_profile imagegate_scan_profile;

/**
 * The scan profiles of one document.
 */
typedef struct imagegate_scan_profiles imagegate_scan_profiles;

/**
 * Text that belongs to something else: valid until its owner is freed, never freed by itself. UTF-8, not ended by a
 * NUL. What is absent has `data` NULL and `len` 0; what is empty has `len` 0 and `data` not NULL.
 */
typedef struct {
    /**
     * First byte, or NULL.
     */
    const char *data;
    /**
     * Length in bytes.
     */
    size_t len;
} imagegate_str;

/**
 * Bytes that were made for the caller, who frees them with `imagegate_buffer_free`. Text is UTF-8. One NUL follows
 * that `len` does not count, so that text without a NUL of its own can be used as a C string.
 */
typedef struct {
    /**
     * First byte.
     */
    char *data;
    /**
     * Length in bytes, without the NUL.
     */
    size_t len;
} imagegate_buffer;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * `IMAGEGATE_ABI_VERSION` of the library that is linked.
 */
uint32_t imagegate_abi_version(void);

/**
 * The version of the library that is linked, such as "0.1.0". The text lives as long as the program.
 */
imagegate_str imagegate_version(void);

/**
 * Frees the bytes and leaves the buffer empty, so that freeing it again does nothing. NULL does nothing.
 */
void imagegate_buffer_free(imagegate_buffer *buffer);

/**
 * The name of a status, such as "image_mismatch", as the command line and the other languages print it. "unknown"
 * for a number that is none. The text lives as long as the program.
 */
imagegate_str imagegate_status_name(uint32_t status);

/**
 * The status that the failed call returned. `IMAGEGATE_STATUS_NULL_ARGUMENT` if `error` is NULL.
 */
imagegate_status imagegate_error_status(const imagegate_error *error);

/**
 * The message, in one line: the first problem with its place, and how many more there are. It belongs to the error.
 */
imagegate_str imagegate_error_message(const imagegate_error *error);

/**
 * How many problems there are: at least 1, and 0 if `error` is NULL. The functions below count them from 0, in the
 * order of the document; an index that is too large is answered with NULL and 0.
 */
size_t imagegate_error_problem_count(const imagegate_error *error);

/**
 * A word for the problem that never changes, such as "unknown_field". It belongs to the error.
 */
imagegate_str imagegate_error_problem_code(const imagegate_error *error,
                                           size_t index);

/**
 * Where the problem is, as a JSON Pointer (RFC 6901) into the document; empty for the document as a whole. It
 * belongs to the error.
 */
imagegate_str imagegate_error_problem_pointer(const imagegate_error *error,
                                              size_t index);

/**
 * What was wrong and what would be right, in one line. It belongs to the error.
 */
imagegate_str imagegate_error_problem_message(const imagegate_error *error,
                                              size_t index);

/**
 * The line of the problem in the document, from 1; 0 if it is not known.
 */
uint32_t imagegate_error_problem_line(const imagegate_error *error,
                                      size_t index);

/**
 * The column of the problem in its line, from 1, in characters; 0 if it is not known.
 */
uint32_t imagegate_error_problem_column(const imagegate_error *error,
                                        size_t index);

/**
 * Frees an error. NULL does nothing.
 */
void imagegate_error_free(imagegate_error *error);

/**
 * Reads a policy document (JSON). All of its mistakes are reported at once, as problems of the error.
 *
 * Limits: 256 MiB, 64 levels, 20,000 policies.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_policy_set_parse(const char *text,
                                            size_t text_len,
                                            imagegate_policy_set **policies,
                                            imagegate_error **err);

/**
 * A second handle to the same policies, to be freed by itself. It costs next to nothing.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_policy_set_clone(const imagegate_policy_set *policies,
                                            imagegate_policy_set **clone,
                                            imagegate_error **err);

/**
 * The SHA-256 of the document, in lower-case hexadecimal digits; white space and the order of members do not matter.
 * It belongs to the policy set; NULL if `policies` is NULL.
 */
imagegate_str imagegate_policy_set_revision(const imagegate_policy_set *policies);

/**
 * The label of the document; NULL if it has none. It belongs to the policy set.
 */
imagegate_str imagegate_policy_set_label(const imagegate_policy_set *policies);

/**
 * How many policies are in which status at an instant: all; switched on; switched on, but their time has not come;
 * hits alarm; hits intercept. Each output may be NULL.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_policy_set_overview(const imagegate_policy_set *policies,
                                               int64_t now_seconds,
                                               uint32_t now_nanoseconds,
                                               size_t *all,
                                               size_t *enabled,
                                               size_t *pending,
                                               size_t *observing,
                                               size_t *effective,
                                               imagegate_error **err);

/**
 * Holds what is known of an image against the policies. Done once for an image, it answers for every launch of it.
 *
 * `profile` must not be NULL: an image that nobody scanned is judged by `imagegate_policy_set_assess_unscanned`.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_policy_set_assess(const imagegate_policy_set *policies,
                                             const imagegate_scan_profile *profile,
                                             imagegate_assessment **assessment,
                                             imagegate_error **err);

/**
 * The assessment of an image that nobody scanned.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_policy_set_assess_unscanned(const imagegate_policy_set *policies,
                                                       imagegate_assessment **assessment,
                                                       imagegate_error **err);

/**
 * Frees a policy set. What was made of it stays valid. NULL does nothing.
 */
void imagegate_policy_set_free(imagegate_policy_set *policies);

/**
 * Reads what a scanner says about one image: a report of a scanner (Trivy, Grype, SARIF, …) or imagegate's own
 * profile document.
 *
 * `format` names the format, such as "trivy"; it is recognised by the shape of the document if `format` is empty.
 * A document that no reader knows is an error, never a clean profile. A report that does not say which image it is
 * about is refused: see `imagegate_scan_profile_parse_for`. Limits: 256 MiB, 64 levels, 1,000,000 findings.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_scan_profile_parse(const char *text,
                                              size_t text_len,
                                              const char *format,
                                              size_t format_len,
                                              imagegate_scan_profile **profile,
                                              imagegate_error **err);

/**
 * As `imagegate_scan_profile_parse`, for an image that the caller names: by its id ("sha256:" and 64 hexadecimal
 * digits) or by a reference. It completes what the report says; contradicting it is `IMAGEGATE_STATUS_IMAGE_MISMATCH`.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_scan_profile_parse_for(const char *image,
                                                  size_t image_len,
                                                  const char *text,
                                                  size_t text_len,
                                                  const char *format,
                                                  size_t format_len,
                                                  imagegate_scan_profile **profile,
                                                  imagegate_error **err);

/**
 * As `imagegate_scan_profile_parse`, for a document that is about one image or several (a report of a cluster).
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_scan_profiles_parse(const char *text,
                                               size_t text_len,
                                               const char *format,
                                               size_t format_len,
                                               imagegate_scan_profiles **profiles,
                                               imagegate_error **err);

/**
 * How many there are; never none. 0 if `profiles` is NULL.
 */
size_t imagegate_scan_profiles_count(const imagegate_scan_profiles *profiles);

/**
 * One of them, counted from 0; NULL if there is none at `index`. It belongs to the list.
 */
const imagegate_scan_profile *imagegate_scan_profiles_at(const imagegate_scan_profiles *profiles,
                                                         size_t index);

/**
 * Frees the list with all in it. Clones and what was made of them stay valid. NULL does nothing.
 */
void imagegate_scan_profiles_free(imagegate_scan_profiles *profiles);

/**
 * A second handle to the same profile, to be freed by itself. It costs next to nothing.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_scan_profile_clone(const imagegate_scan_profile *profile,
                                              imagegate_scan_profile **clone,
                                              imagegate_error **err);

/**
 * One profile from two of the same image, of two scanners for example. Profiles that state different identities are
 * `IMAGEGATE_STATUS_IMAGE_MISMATCH`.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_scan_profile_merge(const imagegate_scan_profile *profile,
                                              const imagegate_scan_profile *other,
                                              imagegate_scan_profile **merged,
                                              imagegate_error **err);

/**
 * The profile in imagegate's own form, one line of JSON.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_scan_profile_to_json(const imagegate_scan_profile *profile,
                                                imagegate_buffer *json,
                                                imagegate_error **err);

/**
 * Frees a scan profile. What was made of it stays valid. NULL does nothing.
 */
void imagegate_scan_profile_free(imagegate_scan_profile *profile);

/**
 * Reads how one container is about to start: Docker's create body or inspection, an OCI `config.json`, a CRI
 * configuration, a pod or workload of Kubernetes, an AdmissionReview, or imagegate's own launch document.
 *
 * `format` names the format, such as "docker-create"; it is recognised by the shape of the document if `format` is
 * empty. A document with several launches is an error here: see `imagegate_launches_parse`. Limits: 256 MiB, 64
 * levels.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_launch_parse(const char *text,
                                        size_t text_len,
                                        const char *format,
                                        size_t format_len,
                                        imagegate_launch **launch,
                                        imagegate_error **err);

/**
 * As `imagegate_launch_parse`, for an image that the caller names: by its id ("sha256:" and 64 hexadecimal digits)
 * or by a reference. It completes what the document says (a create request names the image, the runtime knows its
 * id); contradicting it is `IMAGEGATE_STATUS_IMAGE_MISMATCH`.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_launch_parse_for(const char *image,
                                            size_t image_len,
                                            const char *text,
                                            size_t text_len,
                                            const char *format,
                                            size_t format_len,
                                            imagegate_launch **launch,
                                            imagegate_error **err);

/**
 * As `imagegate_launch_parse`, for a document with one launch or several (the containers of a pod).
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_launches_parse(const char *text,
                                          size_t text_len,
                                          const char *format,
                                          size_t format_len,
                                          imagegate_launches **launches,
                                          imagegate_error **err);

/**
 * How many there are; never none. 0 if `launches` is NULL.
 */
size_t imagegate_launches_count(const imagegate_launches *launches);

/**
 * One of them, counted from 0; NULL if there is none at `index`. It belongs to the list.
 */
const imagegate_launch *imagegate_launches_at(const imagegate_launches *launches,
                                              size_t index);

/**
 * Frees the list with all in it. Clones and what was made of them stay valid. NULL does nothing.
 */
void imagegate_launches_free(imagegate_launches *launches);

/**
 * A second handle to the same launch, to be freed by itself. It costs next to nothing.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_launch_clone(const imagegate_launch *launch,
                                        imagegate_launch **clone,
                                        imagegate_error **err);

/**
 * The name of the container; NULL if the document has none. It belongs to the launch.
 */
imagegate_str imagegate_launch_container(const imagegate_launch *launch);

/**
 * The launch in imagegate's own form, one line of JSON.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_launch_to_json(const imagegate_launch *launch,
                                          imagegate_buffer *json,
                                          imagegate_error **err);

/**
 * Frees a launch. What was decided of it stays valid. NULL does nothing.
 */
void imagegate_launch_free(imagegate_launch *launch);

/**
 * A second handle to the same assessment, to be freed by itself. It costs next to nothing.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_assessment_clone(const imagegate_assessment *assessment,
                                            imagegate_assessment **clone,
                                            imagegate_error **err);

/**
 * Decides one launch at an instant.
 *
 * If the launch and the assessed profile are about different images, nothing is decided:
 * `IMAGEGATE_STATUS_IMAGE_MISMATCH`.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_assessment_decide(const imagegate_assessment *assessment,
                                             const imagegate_launch *launch,
                                             int64_t now_seconds,
                                             uint32_t now_nanoseconds,
                                             imagegate_decision **decision,
                                             imagegate_error **err);

/**
 * Every policy of the set and why it did or did not hit, one line of JSON. It fails where deciding fails.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_assessment_explain(const imagegate_assessment *assessment,
                                              const imagegate_launch *launch,
                                              int64_t now_seconds,
                                              uint32_t now_nanoseconds,
                                              imagegate_buffer *json,
                                              imagegate_error **err);

/**
 * Frees an assessment. What was decided by it stays valid. NULL does nothing.
 */
void imagegate_assessment_free(imagegate_assessment *assessment);

/**
 * What happens to the start: the strictest over the policies that hit. `IMAGEGATE_ACTION_INTERCEPT` if `decision` is
 * NULL.
 */
imagegate_action imagegate_decision_action(const imagegate_decision *decision);

/**
 * The key under which equal events are folded, 32 lower-case hexadecimal digits: that of the first event. NULL if
 * there is no event, as for an allowed launch. It belongs to the decision.
 */
imagegate_str imagegate_decision_aggregation_key(const imagegate_decision *decision);

/**
 * How many policies hit: one event each. 0 if `decision` is NULL.
 */
size_t imagegate_decision_event_count(const imagegate_decision *decision);

/**
 * The decision with its events and their evidence, one line of JSON. Equal inputs give equal bytes.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_decision_to_json(const imagegate_decision *decision,
                                            imagegate_buffer *json,
                                            imagegate_error **err);

/**
 * The decision for people: several lines of text, as the command line prints them.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_decision_to_text(const imagegate_decision *decision,
                                            imagegate_buffer *text,
                                            imagegate_error **err);

/**
 * The records of the decision for an event store (`imagegate_events.h`): one line of JSON for each policy that hit,
 * and nothing for an allowed launch.
 *
 * `occurrence` tells two equal launches of one instant apart, such as a container id. `mode` is "enforced" if it is
 * empty, "break_glass" if an operator let the container start all the same, or "failed_open"; `reason` says why.
 * `source` is who recorded. All of them may be empty.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_decision_to_records(const imagegate_decision *decision,
                                               const char *occurrence,
                                               size_t occurrence_len,
                                               const char *mode,
                                               size_t mode_len,
                                               const char *reason,
                                               size_t reason_len,
                                               const char *source,
                                               size_t source_len,
                                               imagegate_buffer *records,
                                               imagegate_error **err);

/**
 * Frees a decision. NULL does nothing.
 */
void imagegate_decision_free(imagegate_decision *decision);

/**
 * A gate with these policies and no profiles yet. `max_bytes` bounds the memory for profiles.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_gate_new(const imagegate_policy_set *policies,
                                    size_t max_bytes,
                                    imagegate_gate **gate,
                                    imagegate_error **err);

/**
 * Swaps the policies. Decisions that are under way end with the old ones.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_gate_reload(const imagegate_gate *gate,
                                       const imagegate_policy_set *policies,
                                       imagegate_error **err);

/**
 * The policies in force, to be freed by the caller.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_gate_policies(const imagegate_gate *gate,
                                         imagegate_policy_set **policies,
                                         imagegate_error **err);

/**
 * Keeps the profile, in place of one that shares its id. `IMAGEGATE_STATUS_LIMIT_EXCEEDED` if the profiles would
 * exceed the bound of the gate; nothing changes then.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_gate_put_profile(const imagegate_gate *gate,
                                            const imagegate_scan_profile *profile,
                                            imagegate_error **err);

/**
 * Forgets the profile of the image with this id, digest or name. `removed`, which may be NULL, says whether there
 * was one.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_gate_remove_profile(const imagegate_gate *gate,
                                               const char *image,
                                               size_t image_len,
                                               bool *removed,
                                               imagegate_error **err);

/**
 * Decides a launch with the profile of its image: the one of its id, else of a digest it names, else of its name,
 * unless that one is of another image. Without a profile the image is judged as one that nobody scanned.
 * `IMAGEGATE_STATUS_IMAGE_MISMATCH` if the profile found by a digest is of another image.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_gate_decide(const imagegate_gate *gate,
                                       const imagegate_launch *launch,
                                       int64_t now_seconds,
                                       uint32_t now_nanoseconds,
                                       imagegate_decision **decision,
                                       imagegate_error **err);

/**
 * Every policy and why it did or did not hit, one line of JSON. It fails where deciding fails.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_gate_explain(const imagegate_gate *gate,
                                        const imagegate_launch *launch,
                                        int64_t now_seconds,
                                        uint32_t now_nanoseconds,
                                        imagegate_buffer *json,
                                        imagegate_error **err);

/**
 * What the gate holds: images with a profile, the bytes that count against its bound, and how often the policies
 * were swapped. Each output may be NULL.
 */
IMAGEGATE_MUST_USE
imagegate_status imagegate_gate_stats(const imagegate_gate *gate,
                                      size_t *profiles,
                                      size_t *bytes,
                                      uint64_t *reloads,
                                      imagegate_error **err);

/**
 * Frees a gate with its profiles. What was decided by it stays valid. NULL does nothing.
 */
void imagegate_gate_free(imagegate_gate *gate);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* IMAGEGATE_H */
