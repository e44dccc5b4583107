/* From decisions to kept events: records of libimagegate go into a store of libimagegate_events.
 *
 *     events FOLDER
 */
#include "../../c/check.h"
#include <fcntl.h>
#include <imagegate_events.h>
#include <unistd.h>

/* As MUST of check.h, for errors of this library. */
#define STORED(call)                                                                      \
    do {                                                                                  \
        imagegate_events_error *err = NULL;                                               \
        if ((call) != OK) {                                                               \
            imagegate_str message = imagegate_events_error_message(err);                  \
            fprintf(stderr, "%s:%d: %.*s\n", __FILE__, __LINE__, (int)message.len, message.data); \
            exit(1);                                                                      \
        }                                                                                 \
        CHECK(err == NULL);                                                               \
    } while (0)

#define REFUSED(expected, call)                                                           \
    do {                                                                                  \
        imagegate_events_error *place = NULL, **err = &place;                             \
        CHECK((call) == (expected));                                                      \
        CHECK(place != NULL && imagegate_events_error_status(place) == (expected));       \
        imagegate_str message = imagegate_events_error_message(place);                    \
        CHECK(message.len > 0 && memchr(message.data, '\n', message.len) == NULL);        \
        CHECK(imagegate_events_error_code(place).len > 0);                                \
        imagegate_events_error_free(place);                                               \
        err = NULL;                                                                       \
        CHECK((call) == (expected));                                                      \
    } while (0)

#define NULL_REFUSED(call) REFUSED(IMAGEGATE_STATUS_NULL_ARGUMENT, call)
#define WRONG(call) REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, call)

static char untouched;

static imagegate_buffer records_of(const char *occurrence) {
    imagegate_policy_set *policies = policies_of(INTERCEPTING);
    imagegate_scan_profile *profile = profile_of(PROFILE);
    imagegate_launch *launch = launch_of(LAUNCH);
    imagegate_assessment *assessment = NULL;
    imagegate_decision *decision = NULL;
    imagegate_buffer records;
    MUST(imagegate_policy_set_assess(policies, profile, &assessment, &err));
    MUST(imagegate_assessment_decide(assessment, launch, NOW, &decision, &err));
    MUST(imagegate_decision_to_records(decision, occurrence, strlen(occurrence), NULL, 0, NULL, 0, "c", 1, &records, &err));
    imagegate_decision_free(decision);
    imagegate_assessment_free(assessment);
    imagegate_launch_free(launch);
    imagegate_scan_profile_free(profile);
    imagegate_policy_set_free(policies);
    return records;
}

static void refused(imagegate_events_store *store, const char *path) {
    imagegate_events_store *other = (imagegate_events_store *)(void *)&untouched;
    imagegate_events_buffer buffer = {&untouched, 7};
    uint64_t count = 77;
    int64_t year_50000 = INT64_C(1500000000000);
    static const char query[] = "{\"limit\": 5000}";
    NULL_REFUSED(imagegate_events_store_open(NULL, 1, &other, err));
    NULL_REFUSED(imagegate_events_store_open(path, strlen(path), NULL, err));
    WRONG(imagegate_events_store_open(NULL, 0, &other, err));
    WRONG(imagegate_events_store_open(path, SIZE_MAX, &other, err));
    REFUSED(IMAGEGATE_STATUS_INVALID_UTF8, imagegate_events_store_open("\xff", 1, &other, err));
    REFUSED(IMAGEGATE_STATUS_STORAGE, imagegate_events_store_open("/nowhere/x.db", 13, &other, err));
    REFUSED(IMAGEGATE_STATUS_STORAGE, imagegate_events_store_open("/tmp/\0x", 7, &other, err));
    NULL_REFUSED(imagegate_events_store_open_read_only(path, strlen(path), NULL, err));
    REFUSED(IMAGEGATE_STATUS_STORAGE, imagegate_events_store_open_read_only("/nowhere/x.db", 13, &other, err));
    NULL_REFUSED(imagegate_events_store_record(NULL, "", 0, NULL, NULL, NULL, err));
    NULL_REFUSED(imagegate_events_store_record(store, NULL, 1, &count, NULL, NULL, err));
    WRONG(imagegate_events_store_record(store, "x", SIZE_MAX, &count, NULL, NULL, err));
    REFUSED(IMAGEGATE_STATUS_SYNTAX, imagegate_events_store_record(store, "{", 1, &count, NULL, NULL, err));
    REFUSED(IMAGEGATE_STATUS_SYNTAX, imagegate_events_store_record(store, "\0", 1, &count, NULL, NULL, err));
    NULL_REFUSED(imagegate_events_store_list(NULL, NULL, 0, NOW, &buffer, err));
    NULL_REFUSED(imagegate_events_store_list(store, NULL, 0, NOW, NULL, err));
    NULL_REFUSED(imagegate_events_store_list(store, NULL, 1, NOW, &buffer, err));
    WRONG(imagegate_events_store_list(store, query, sizeof query - 1, NOW, &buffer, err));
    WRONG(imagegate_events_store_list(store, "{\"acton\": 1}", 12, NOW, &buffer, err));
    WRONG(imagegate_events_store_list(store, NULL, 0, year_50000, 0, &buffer, err));
    NULL_REFUSED(imagegate_events_store_detail(NULL, "x", 1, NOW, &buffer, err));
    NULL_REFUSED(imagegate_events_store_detail(store, "x", 1, NOW, NULL, err));
    WRONG(imagegate_events_store_detail(store, "x", 1, NOW, &buffer, err));
    WRONG(imagegate_events_store_detail(store, NULL, 0, NOW, &buffer, err));
    NULL_REFUSED(imagegate_events_store_overview(NULL, NULL, 0, NOW, &buffer, err));
    NULL_REFUSED(imagegate_events_store_overview(store, NULL, 0, NOW, NULL, err));
    WRONG(imagegate_events_store_overview(store, "+25:00", 6, NOW, &buffer, err));
    NULL_REFUSED(imagegate_events_store_purge(NULL, NOW, NULL, NULL, err));
    WRONG(imagegate_events_store_purge(store, 0, 1000000000, &count, NULL, err));
    NULL_REFUSED(imagegate_events_store_ship(NULL, NULL, 0, NULL, 0, 1, NULL, &buffer, err));
    NULL_REFUSED(imagegate_events_store_ship(store, NULL, 0, NULL, 0, 1, &count, NULL, err));
    WRONG(imagegate_events_store_ship(store, "x", 1, NULL, 0, 1, &count, &buffer, err));
    WRONG(imagegate_events_store_ship(store, NULL, 0, NULL, 0, -1, &count, &buffer, err));
    REFUSED(IMAGEGATE_STATUS_UNSUPPORTED, imagegate_events_store_ship(store, NULL, 0, "csv", 3, 1, &count, &buffer, err));
    CHECK(other == (void *)&untouched && buffer.data == &untouched && buffer.len == 7 && count == 77);
    CHECK(imagegate_events_error_message(NULL).data == NULL && imagegate_events_error_code(NULL).data == NULL);
    CHECK(imagegate_events_error_status(NULL) == IMAGEGATE_STATUS_NULL_ARGUMENT);
    imagegate_events_error_free(NULL);
    imagegate_events_store_free(NULL);
    imagegate_events_buffer_free(NULL);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    char path[4096], shipped_path[4096];
    snprintf(path, sizeof path, "%s/events.db", argv[1]);
    snprintf(shipped_path, sizeof shipped_path, "%s/shipped", argv[1]);
    imagegate_events_store *store = NULL;
    STORED(imagegate_events_store_open(path, strlen(path), &store, &err));
    refused(store, path);

    /* Two starts; the second is sent twice and counts once. */
    imagegate_buffer first = records_of("one"), second = records_of("two");
    uint64_t fresh = 9, repeated = 9, expired = 9;
    STORED(imagegate_events_store_record(store, first.data, first.len, &fresh, &repeated, &expired, &err));
    CHECK(fresh == 1 && repeated == 0 && expired == 0);
    /* Nothing of a batch with a bad line is kept. */
    char *bad = malloc(second.len + 3);
    CHECK(bad != NULL);
    memcpy(bad, second.data, second.len);
    memcpy(bad + second.len, "{}", 3);
    imagegate_events_error *err = NULL;
    CHECK(imagegate_events_store_record(store, bad, second.len + 2, NULL, NULL, NULL, &err) != OK);
    imagegate_str message = imagegate_events_error_message(err);
    CHECK(message.len > 17 && memcmp(message.data, "record in line 2:", 17) == 0);
    imagegate_events_error_free(err);
    free(bad);
    for (int i = 0; i < 2; i++) {
        STORED(imagegate_events_store_record(store, second.data, second.len, &fresh, &repeated, NULL, &err));
        CHECK(fresh == (i == 0) && repeated == (i == 1));
    }
    imagegate_buffer_free(&first);
    imagegate_buffer_free(&second);

    imagegate_events_buffer json;
    STORED(imagegate_events_store_overview(store, "+08:00", 6, NOW, &json, &err));
    CHECK(strstr(json.data, "\"intercepted\":2") != NULL && strlen(json.data) == json.len);
    imagegate_events_buffer_free(&json);
    static const char query[] = "{\"action\": \"intercept\", \"search\": [{\"keyword\": \"SHOP/cart\"}], \"count_all\": true}";
    STORED(imagegate_events_store_list(store, query, sizeof query - 1, NOW, &json, &err));
    CHECK(strstr(json.data, "\"total\":1") != NULL && strstr(json.data, "\"count\":2") != NULL);
    const char *key_at = strstr(json.data, "\"aggregation_key\":\"");
    CHECK(key_at != NULL);
    char key[32];
    memcpy(key, key_at + strlen("\"aggregation_key\":\""), sizeof key);
    imagegate_events_buffer_free(&json);
    STORED(imagegate_events_store_detail(store, key, sizeof key, NOW, &json, &err));
    CHECK(json.data != NULL && strstr(json.data, "/usr/bin/.x") != NULL);
    imagegate_events_buffer_free(&json);
    imagegate_events_buffer_free(&json);
    STORED(imagegate_events_store_detail(store, "00000000000000000000000000000000", 32, NOW, &json, &err));
    CHECK(json.data == NULL && json.len == 0);

    /* What was shipped does not come again. */
    int fd = open(shipped_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    uint64_t rows = 9;
    imagegate_events_buffer next, after;
    STORED(imagegate_events_store_ship(store, NULL, 0, "ocsf", 4, fd, &rows, &next, &err));
    CHECK(rows == 1 && lseek(fd, 0, SEEK_END) > 100);
    STORED(imagegate_events_store_ship(store, next.data, next.len, NULL, 0, fd, &rows, &after, &err));
    CHECK(rows == 0 && strcmp(next.data, after.data) == 0);
    imagegate_events_buffer_free(&next);
    imagegate_events_buffer_free(&after);
    CHECK(close(fd) == 0);

    /* Half a year later nothing is left. */
    uint64_t purged = 9, ids = 9;
    STORED(imagegate_events_store_purge(store, NOW, &purged, &ids, &err));
    CHECK(purged == 0 && ids == 0);
    STORED(imagegate_events_store_purge(store, INT64_C(1795500000) + 181 * 86400, 0, &purged, NULL, &err));
    CHECK(purged == 1);
    imagegate_events_store_free(store);

    STORED(imagegate_events_store_open_read_only(path, strlen(path), &store, &err));
    STORED(imagegate_events_store_list(store, NULL, 0, NOW, &json, &err));
    CHECK(strstr(json.data, "\"events\":[]") != NULL);
    imagegate_events_buffer_free(&json);
    imagegate_events_store_free(store);
    return 0;
}
