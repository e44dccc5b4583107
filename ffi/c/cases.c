/* Decides the cases of testdata/cases through the C interface.
 *
 * A case comes in as one line of seven numbers and the bytes that it announces: the lengths of the policies, the
 * profile and the launch (-1: there is none), the seconds and nanoseconds of `now`, and the length of the six lines
 * of the aggregation key (-1: there must be no key). What came of it goes out as lines of a word and a length, each
 * followed by so many bytes. tests/corpus.rs writes the one and reads the other.
 */
#include "check.h"
#include "sha256.h"
#include <inttypes.h>

static char *read_bytes(long len) {
    if (len < 0) return NULL;
    char *bytes = malloc((size_t)len + 1);
    CHECK(bytes != NULL && fread(bytes, 1, (size_t)len, stdin) == (size_t)len);
    return bytes;
}

static void put(const char *word, const char *data, size_t len) {
    printf("%s %zu\n", word, len);
    fwrite(data, 1, len, stdout);
    putchar('\n');
}

static void put_str(const char *word, imagegate_str text) {
    CHECK(text.data != NULL);
    put(word, text.data, text.len);
}

static void put_buffer(const char *word, imagegate_buffer *buffer) {
    CHECK(buffer->data != NULL && buffer->data[buffer->len] == '\0');
    put(word, buffer->data, buffer->len);
    imagegate_buffer_free(buffer);
    CHECK(buffer->data == NULL && buffer->len == 0);
}

static void put_error(imagegate_status status, imagegate_error *err) {
    CHECK(err != NULL && imagegate_error_status(err) == status);
    put_str("error", imagegate_status_name(status));
    put_str("message", imagegate_error_message(err));
    size_t count = imagegate_error_problem_count(err);
    CHECK(count > 0);
    for (size_t i = 0; i < count; i++) {
        put_str("code", imagegate_error_problem_code(err, i));
        put_str("pointer", imagegate_error_problem_pointer(err, i));
        CHECK(imagegate_error_problem_message(err, i).len > 0);
    }
    CHECK(imagegate_error_problem_code(err, count).data == NULL);
    imagegate_error_free(err);
}

/* The key is what anybody can compute from the six lines. */
static void check_key(imagegate_decision *decision, const char *lines, long lines_len) {
    imagegate_str key = imagegate_decision_aggregation_key(decision);
    bool allowed = imagegate_decision_action(decision) == IMAGEGATE_ACTION_ALLOW;
    CHECK(allowed == (lines_len < 0));
    CHECK(allowed == (imagegate_decision_event_count(decision) == 0));
    if (lines_len < 0) {
        CHECK(key.data == NULL && key.len == 0);
        return;
    }
    unsigned char hash[32];
    char hex[33];
    sha256(lines, (size_t)lines_len, hash);
    for (int i = 0; i < 16; i++) snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    CHECK(is_text(key, hex));
}

int main(void) {
    unsigned char hash[32];
    sha256("abc", 3, hash);
    CHECK(hash[0] == 0xba && hash[1] == 0x78 && hash[31] == 0xad);

    long policies_len, profile_len, launch_len, lines_len;
    int64_t seconds;
    uint32_t nanoseconds;
    while (scanf("%ld %ld %ld %" SCNd64 " %" SCNu32 " %ld", &policies_len, &profile_len, &launch_len, &seconds,
                 &nanoseconds, &lines_len) == 6) {
        CHECK(getchar() == '\n');
        char *policies_text = read_bytes(policies_len), *profile_text = read_bytes(profile_len);
        char *launch_text = read_bytes(launch_len), *lines = read_bytes(lines_len);
        imagegate_policy_set *policies = NULL;
        imagegate_scan_profile *profile = NULL;
        imagegate_launch *launch = NULL;
        imagegate_assessment *assessment = NULL;
        imagegate_decision *decision = NULL;
        imagegate_buffer json = {NULL, 0}, text = {NULL, 0}, explanation = {NULL, 0};
        imagegate_error *err = NULL;
        imagegate_status status = OK;

        if (policies_text != NULL) status = imagegate_policy_set_parse(policies_text, (size_t)policies_len, &policies, &err);
        if (status == OK && profile_text != NULL)
            status = imagegate_scan_profile_parse(profile_text, (size_t)profile_len, "imagegate", 9, &profile, &err);
        if (status == OK && launch_text != NULL)
            status = imagegate_launch_parse(launch_text, (size_t)launch_len, "imagegate", 9, &launch, &err);
        /* Documents are copied: nothing below may look at them. */
        free(policies_text);
        free(profile_text);
        free(launch_text);
        if (status == OK && policies != NULL && launch != NULL) {
            status = profile != NULL ? imagegate_policy_set_assess(policies, profile, &assessment, &err)
                                     : imagegate_policy_set_assess_unscanned(policies, &assessment, &err);
            if (status == OK) status = imagegate_assessment_decide(assessment, launch, seconds, nanoseconds, &decision, &err);
            if (status == OK)
                status = imagegate_assessment_explain(assessment, launch, seconds, nanoseconds, &explanation, &err);
        }
        /* A decision owns what it shows. */
        imagegate_policy_set_free(policies);
        imagegate_scan_profile_free(profile);
        imagegate_launch_free(launch);
        imagegate_assessment_free(assessment);
        if (status != OK) {
            CHECK(decision == NULL);
            put_error(status, err);
        } else if (decision != NULL) {
            CHECK(err == NULL);
            check_key(decision, lines, lines_len);
            MUST(imagegate_decision_to_json(decision, &json, &err));
            MUST(imagegate_decision_to_text(decision, &text, &err));
            put_buffer("json", &json);
            put_buffer("text", &text);
            put_buffer("explanation", &explanation);
        }
        imagegate_decision_free(decision);
        free(lines);
        put("end", "", 0);
    }
    CHECK(feof(stdin));
    return 0;
}
