/* Every function with arguments that it must refuse: NULL in each place, and text that is empty, huge, cut off, no
 * UTF-8, or has a NUL in it. What is refused says so and writes no output. */
#include "check.h"

/* Outputs start as this, and must still be this after a failure. */
static char untouched;
#define UNTOUCHED(type) ((type *)(void *)&untouched)

/* A call that must fail with `status`, with and without a place for the error. */
#define REFUSED(expected, expected_code, call)                                            \
    do {                                                                                  \
        imagegate_error *place = NULL;                                                    \
        imagegate_error **err = &place;                                                   \
        imagegate_status status = (call);                                                 \
        if (status != (expected)) {                                                       \
            imagegate_str name = imagegate_status_name(status);                           \
            fprintf(stderr, "%s:%d: %s is %.*s\n", __FILE__, __LINE__, #call, (int)name.len, name.data); \
            exit(1);                                                                      \
        }                                                                                 \
        check_error(place, (expected), (expected_code));                                  \
        err = NULL;                                                                       \
        CHECK((call) == (expected));                                                      \
    } while (0)

#define NULL_REFUSED(call) REFUSED(IMAGEGATE_STATUS_NULL_ARGUMENT, "null_argument", call)

static void check_error(imagegate_error *error, imagegate_status status, const char *code) {
    CHECK(error != NULL && imagegate_error_status(error) == status);
    imagegate_str message = imagegate_error_message(error);
    CHECK(message.len > 0 && message.len < 1000 && message.data[message.len - 1] != '.');
    CHECK(memchr(message.data, '\n', message.len) == NULL);
    CHECK(imagegate_error_problem_count(error) >= 1);
    CHECK(code == NULL || is_text(imagegate_error_problem_code(error, 0), code));
    CHECK(imagegate_error_problem_message(error, 0).len > 0);
    CHECK(imagegate_error_problem_pointer(error, 0).data != NULL);
    imagegate_error_free(error);
}

/* The functions that read a document, in one shape. */
typedef imagegate_status reader(const char *text, size_t len, imagegate_error **err);

#define READER(name, type, ...)                                                           \
    static imagegate_status name(const char *text, size_t len, imagegate_error **err) {   \
        type *out = UNTOUCHED(type);                                                      \
        imagegate_status status = __VA_ARGS__;                                            \
        CHECK((status == OK) == (out != UNTOUCHED(type)));                                \
        if (status == OK) type##_free(out);                                               \
        return status;                                                                    \
    }

READER(read_policies, imagegate_policy_set, imagegate_policy_set_parse(text, len, &out, err))
READER(read_profile, imagegate_scan_profile, imagegate_scan_profile_parse(text, len, NULL, 0, &out, err))
READER(read_profile_for, imagegate_scan_profile, imagegate_scan_profile_parse_for(ID, 71, text, len, NULL, 0, &out, err))
READER(read_profiles, imagegate_scan_profiles, imagegate_scan_profiles_parse(text, len, NULL, 0, &out, err))
READER(read_launch, imagegate_launch, imagegate_launch_parse(text, len, NULL, 0, &out, err))
READER(read_launch_for, imagegate_launch, imagegate_launch_parse_for(ID, 71, text, len, NULL, 0, &out, err))
READER(read_launches, imagegate_launches, imagegate_launches_parse(text, len, NULL, 0, &out, err))

/* The same for the name of a format, */
READER(profile_format, imagegate_scan_profile, imagegate_scan_profile_parse(PROFILE, strlen(PROFILE), text, len, &out, err))
READER(profile_for_format, imagegate_scan_profile, imagegate_scan_profile_parse_for(ID, 71, PROFILE, strlen(PROFILE), text, len, &out, err))
READER(profiles_format, imagegate_scan_profiles, imagegate_scan_profiles_parse(PROFILE, strlen(PROFILE), text, len, &out, err))
READER(launch_format, imagegate_launch, imagegate_launch_parse(LAUNCH, strlen(LAUNCH), text, len, &out, err))
READER(launch_for_format, imagegate_launch, imagegate_launch_parse_for(ID, 71, LAUNCH, strlen(LAUNCH), text, len, &out, err))
READER(launches_format, imagegate_launches, imagegate_launches_parse(LAUNCH, strlen(LAUNCH), text, len, &out, err))

/* and for the name of an image. */
READER(profile_image, imagegate_scan_profile, imagegate_scan_profile_parse_for(text, len, PROFILE, strlen(PROFILE), NULL, 0, &out, err))
READER(launch_image, imagegate_launch, imagegate_launch_parse_for(text, len, LAUNCH, strlen(LAUNCH), NULL, 0, &out, err))

static void documents(void) {
    reader *const readers[] = {read_policies, read_profile, read_profile_for, read_profiles, read_launch, read_launch_for, read_launches};
    size_t huge_len = ((size_t)256 << 20) + 1;
    char *huge = calloc(huge_len, 1);
    CHECK(huge != NULL);
    char deep[400];
    memset(deep, '[', sizeof deep);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        reader *read = readers[i];
        NULL_REFUSED(read(NULL, 1, err));
        REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read(NULL, 0, err));
        REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read("", 0, err));
        REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read("{\"version\": 1", 13, err));
        REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read("{\"label\": \"\xff\xfe\"}", 15, err));
        REFUSED(IMAGEGATE_STATUS_LIMIT_EXCEEDED, NULL, read(huge, huge_len, err));
        REFUSED(IMAGEGATE_STATUS_LIMIT_EXCEEDED, NULL, read(deep, sizeof deep, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_length", read("{}", SIZE_MAX, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_length", read("{}", SIZE_MAX / 2 + 1, err));
    }
    free(huge);
    /* A NUL is no end: what comes after it counts. */
    static const char policies[] = ALLOWING "\0";
    static const char profile[] = PROFILE "\0";
    static const char launch[] = LAUNCH "\0";
    CHECK(read_policies(policies, sizeof policies - 2, NULL) == OK);
    CHECK(read_profile(profile, sizeof profile - 2, NULL) == OK);
    CHECK(read_launch(launch, sizeof launch - 2, NULL) == OK);
    REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read_policies(policies, sizeof policies - 1, err));
    REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read_profile(profile, sizeof profile - 1, err));
    REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read_profile_for(profile, sizeof profile - 1, err));
    REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read_profiles(profile, sizeof profile - 1, err));
    REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read_launch(launch, sizeof launch - 1, err));
    REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read_launch_for(launch, sizeof launch - 1, err));
    REFUSED(IMAGEGATE_STATUS_SYNTAX, NULL, read_launches(launch, sizeof launch - 1, err));
}

static void formats(void) {
    reader *const readers[] = {profile_format, profile_for_format, profiles_format, launch_format, launch_for_format, launches_format};
    static const char with_nul[] = "imagegate\0";
    size_t long_len = 1 << 20;
    char *long_name = malloc(long_len);
    CHECK(long_name != NULL);
    memset(long_name, 'x', long_len);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        reader *read = readers[i];
        CHECK(read("imagegate", 9, NULL) == OK && read(NULL, 0, NULL) == OK && read("", 0, NULL) == OK);
        NULL_REFUSED(read(NULL, 1, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_UTF8, "invalid_utf8", read("tr\xffvy", 5, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_length", read("trivy", SIZE_MAX, err));
        REFUSED(IMAGEGATE_STATUS_UNSUPPORTED, NULL, read(with_nul, sizeof with_nul - 1, err));
        REFUSED(IMAGEGATE_STATUS_UNSUPPORTED, NULL, read(long_name, long_len, err));
        REFUSED(IMAGEGATE_STATUS_UNSUPPORTED, NULL, read("Imagegate", 9, err));
    }
    free(long_name);
}

static void images(void) {
    reader *const readers[] = {profile_image, launch_image};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        reader *read = readers[i];
        CHECK(read(ID, 71, NULL) == OK);
        NULL_REFUSED(read(NULL, 1, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_argument", read(NULL, 0, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_argument", read("", 0, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_UTF8, "invalid_utf8", read("\xc3", 1, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_length", read(ID, SIZE_MAX, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, NULL, read("shop/cart\0:1", 12, err));
        REFUSED(IMAGEGATE_STATUS_IMAGE_MISMATCH, "image_mismatch",
                read("sha256:0000000000000000000000000000000000000000000000000000000000000000", 71, err));
    }
}

static void places_and_handles(void) {
    imagegate_policy_set *policies = policies_of(INTERCEPTING), *other = UNTOUCHED(imagegate_policy_set);
    imagegate_scan_profile *profile = profile_of(PROFILE), *other_profile = UNTOUCHED(imagegate_scan_profile);
    imagegate_launch *launch = launch_of(LAUNCH), *other_launch = UNTOUCHED(imagegate_launch);
    imagegate_assessment *assessment = UNTOUCHED(imagegate_assessment);
    imagegate_decision *decision = UNTOUCHED(imagegate_decision);
    imagegate_gate *gate = UNTOUCHED(imagegate_gate);
    imagegate_buffer buffer = {&untouched, 7};
    bool removed = true;

    NULL_REFUSED(imagegate_policy_set_parse(ALLOWING, strlen(ALLOWING), NULL, err));
    NULL_REFUSED(imagegate_policy_set_clone(NULL, &other, err));
    NULL_REFUSED(imagegate_policy_set_clone(policies, NULL, err));
    NULL_REFUSED(imagegate_policy_set_overview(NULL, NOW, NULL, NULL, NULL, NULL, NULL, err));
    NULL_REFUSED(imagegate_policy_set_assess(NULL, profile, &assessment, err));
    /* Nobody scanned the image: that is another function's to say. */
    NULL_REFUSED(imagegate_policy_set_assess(policies, NULL, &assessment, err));
    NULL_REFUSED(imagegate_policy_set_assess(policies, profile, NULL, err));
    NULL_REFUSED(imagegate_policy_set_assess_unscanned(NULL, &assessment, err));
    NULL_REFUSED(imagegate_policy_set_assess_unscanned(policies, NULL, err));
    NULL_REFUSED(imagegate_scan_profile_parse(PROFILE, strlen(PROFILE), NULL, 0, NULL, err));
    NULL_REFUSED(imagegate_scan_profile_parse_for(ID, 71, PROFILE, strlen(PROFILE), NULL, 0, NULL, err));
    NULL_REFUSED(imagegate_scan_profiles_parse(PROFILE, strlen(PROFILE), NULL, 0, NULL, err));
    NULL_REFUSED(imagegate_scan_profile_clone(NULL, &other_profile, err));
    NULL_REFUSED(imagegate_scan_profile_clone(profile, NULL, err));
    NULL_REFUSED(imagegate_scan_profile_merge(NULL, profile, &other_profile, err));
    NULL_REFUSED(imagegate_scan_profile_merge(profile, NULL, &other_profile, err));
    NULL_REFUSED(imagegate_scan_profile_merge(profile, profile, NULL, err));
    NULL_REFUSED(imagegate_scan_profile_to_json(NULL, &buffer, err));
    NULL_REFUSED(imagegate_scan_profile_to_json(profile, NULL, err));
    NULL_REFUSED(imagegate_launch_parse(LAUNCH, strlen(LAUNCH), NULL, 0, NULL, err));
    NULL_REFUSED(imagegate_launch_parse_for(ID, 71, LAUNCH, strlen(LAUNCH), NULL, 0, NULL, err));
    NULL_REFUSED(imagegate_launches_parse(LAUNCH, strlen(LAUNCH), NULL, 0, NULL, err));
    NULL_REFUSED(imagegate_launch_clone(NULL, &other_launch, err));
    NULL_REFUSED(imagegate_launch_clone(launch, NULL, err));
    NULL_REFUSED(imagegate_launch_to_json(NULL, &buffer, err));
    NULL_REFUSED(imagegate_launch_to_json(launch, NULL, err));
    CHECK(assessment == UNTOUCHED(imagegate_assessment));
    MUST(imagegate_policy_set_assess(policies, profile, &assessment, &err));

    imagegate_assessment *other_assessment = UNTOUCHED(imagegate_assessment);
    NULL_REFUSED(imagegate_assessment_clone(NULL, &other_assessment, err));
    NULL_REFUSED(imagegate_assessment_clone(assessment, NULL, err));
    NULL_REFUSED(imagegate_assessment_decide(NULL, launch, NOW, &decision, err));
    NULL_REFUSED(imagegate_assessment_decide(assessment, NULL, NOW, &decision, err));
    NULL_REFUSED(imagegate_assessment_decide(assessment, launch, NOW, NULL, err));
    NULL_REFUSED(imagegate_assessment_explain(NULL, launch, NOW, &buffer, err));
    NULL_REFUSED(imagegate_assessment_explain(assessment, NULL, NOW, &buffer, err));
    NULL_REFUSED(imagegate_assessment_explain(assessment, launch, NOW, NULL, err));
    NULL_REFUSED(imagegate_decision_to_json(NULL, &buffer, err));
    NULL_REFUSED(imagegate_decision_to_text(NULL, &buffer, err));
    NULL_REFUSED(imagegate_decision_to_records(NULL, NULL, 0, NULL, 0, NULL, 0, NULL, 0, &buffer, err));
    NULL_REFUSED(imagegate_gate_new(NULL, 1 << 20, &gate, err));
    NULL_REFUSED(imagegate_gate_new(policies, 1 << 20, NULL, err));
    CHECK(gate == UNTOUCHED(imagegate_gate));
    MUST(imagegate_gate_new(policies, 1 << 20, &gate, &err));
    NULL_REFUSED(imagegate_gate_reload(NULL, policies, err));
    NULL_REFUSED(imagegate_gate_reload(gate, NULL, err));
    NULL_REFUSED(imagegate_gate_policies(NULL, &other, err));
    NULL_REFUSED(imagegate_gate_policies(gate, NULL, err));
    NULL_REFUSED(imagegate_gate_put_profile(NULL, profile, err));
    NULL_REFUSED(imagegate_gate_put_profile(gate, NULL, err));
    NULL_REFUSED(imagegate_gate_remove_profile(NULL, ID, 71, &removed, err));
    NULL_REFUSED(imagegate_gate_remove_profile(gate, NULL, 1, &removed, err));
    REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, NULL, imagegate_gate_remove_profile(gate, "", 0, &removed, err));
    REFUSED(IMAGEGATE_STATUS_INVALID_UTF8, NULL, imagegate_gate_remove_profile(gate, "\xff", 1, &removed, err));
    REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, NULL, imagegate_gate_remove_profile(gate, ID, SIZE_MAX, &removed, err));
    NULL_REFUSED(imagegate_gate_decide(NULL, launch, NOW, &decision, err));
    NULL_REFUSED(imagegate_gate_decide(gate, NULL, NOW, &decision, err));
    NULL_REFUSED(imagegate_gate_decide(gate, launch, NOW, NULL, err));
    NULL_REFUSED(imagegate_gate_explain(NULL, launch, NOW, &buffer, err));
    NULL_REFUSED(imagegate_gate_explain(gate, NULL, NOW, &buffer, err));
    NULL_REFUSED(imagegate_gate_explain(gate, launch, NOW, NULL, err));
    NULL_REFUSED(imagegate_gate_stats(NULL, NULL, NULL, NULL, err));

    /* Times that are none. */
    static const struct { int64_t seconds; uint32_t nanoseconds; } times[] = {
        {0, 1000000000}, {0, UINT32_MAX}, {INT64_MAX, 0}, {INT64_MIN, 0}, {INT64_C(253402300800), 0}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t seconds = times[i].seconds;
        uint32_t nanoseconds = times[i].nanoseconds;
        size_t all = 77;
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_time",
                imagegate_policy_set_overview(policies, seconds, nanoseconds, &all, NULL, NULL, NULL, NULL, err));
        CHECK(all == 77);
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_time",
                imagegate_assessment_decide(assessment, launch, seconds, nanoseconds, &decision, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_time",
                imagegate_assessment_explain(assessment, launch, seconds, nanoseconds, &buffer, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_time",
                imagegate_gate_decide(gate, launch, seconds, nanoseconds, &decision, err));
        REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_time",
                imagegate_gate_explain(gate, launch, seconds, nanoseconds, &buffer, err));
    }

    /* A launch of another image is an error and no decision. */
    imagegate_launch *strange = launch_of(
        "{\"version\": 1, \"image\": {\"id\": \"0000000000000000000000000000000000000000000000000000000000000000\"}, \"privileges\": []}");
    REFUSED(IMAGEGATE_STATUS_IMAGE_MISMATCH, "image_mismatch",
            imagegate_assessment_decide(assessment, strange, NOW, &decision, err));
    REFUSED(IMAGEGATE_STATUS_IMAGE_MISMATCH, "image_mismatch",
            imagegate_assessment_explain(assessment, strange, NOW, &buffer, err));
    imagegate_launch_free(strange);

    /* A gate that is too small keeps nothing. */
    imagegate_gate *small = NULL;
    size_t kept = 77;
    MUST(imagegate_gate_new(policies, 1, &small, &err));
    REFUSED(IMAGEGATE_STATUS_LIMIT_EXCEEDED, "gate_full", imagegate_gate_put_profile(small, profile, err));
    MUST(imagegate_gate_stats(small, &kept, NULL, NULL, &err));
    CHECK(kept == 0);
    imagegate_gate_free(small);

    CHECK(other == UNTOUCHED(imagegate_policy_set) && other_profile == UNTOUCHED(imagegate_scan_profile));
    CHECK(other_launch == UNTOUCHED(imagegate_launch) && other_assessment == UNTOUCHED(imagegate_assessment));
    CHECK(decision == UNTOUCHED(imagegate_decision) && buffer.data == &untouched && buffer.len == 7 && removed);
    imagegate_gate_free(gate);
    imagegate_assessment_free(assessment);
    imagegate_launch_free(launch);
    imagegate_scan_profile_free(profile);
    imagegate_policy_set_free(policies);
}

/* Functions without a status answer NULL with NULL, 0 or intercept. */
static void getters(void) {
    CHECK(imagegate_error_status(NULL) == IMAGEGATE_STATUS_NULL_ARGUMENT);
    CHECK(imagegate_error_message(NULL).data == NULL && imagegate_error_problem_count(NULL) == 0);
    CHECK(imagegate_error_problem_code(NULL, 0).data == NULL && imagegate_error_problem_pointer(NULL, 0).data == NULL);
    CHECK(imagegate_error_problem_message(NULL, 0).data == NULL);
    CHECK(imagegate_error_problem_line(NULL, 0) == 0 && imagegate_error_problem_column(NULL, 0) == 0);
    CHECK(imagegate_policy_set_revision(NULL).data == NULL && imagegate_policy_set_label(NULL).data == NULL);
    CHECK(imagegate_scan_profiles_count(NULL) == 0 && imagegate_scan_profiles_at(NULL, 0) == NULL);
    CHECK(imagegate_launches_count(NULL) == 0 && imagegate_launches_at(NULL, 0) == NULL);
    CHECK(imagegate_launch_container(NULL).data == NULL);
    CHECK(imagegate_decision_action(NULL) == IMAGEGATE_ACTION_INTERCEPT);
    CHECK(imagegate_decision_aggregation_key(NULL).data == NULL && imagegate_decision_event_count(NULL) == 0);
    CHECK(is_text(imagegate_status_name(13), "unknown") && is_text(imagegate_status_name(UINT32_MAX), "unknown"));
    CHECK(is_text(imagegate_status_name(IMAGEGATE_STATUS_IMAGE_MISMATCH), "image_mismatch"));
    imagegate_error_free(NULL);
    imagegate_buffer_free(NULL);
    imagegate_policy_set_free(NULL);
    imagegate_scan_profile_free(NULL);
    imagegate_scan_profiles_free(NULL);
    imagegate_launch_free(NULL);
    imagegate_launches_free(NULL);
    imagegate_assessment_free(NULL);
    imagegate_decision_free(NULL);
    imagegate_gate_free(NULL);
    imagegate_buffer empty = {NULL, 0};
    imagegate_buffer_free(&empty);
}

/* And what every function does when it is called as it should be. */
static void right_calls(void) {
    CHECK(imagegate_abi_version() == IMAGEGATE_ABI_VERSION);
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", IMAGEGATE_VERSION_MAJOR, IMAGEGATE_VERSION_MINOR, IMAGEGATE_VERSION_PATCH);
    CHECK(is_text(imagegate_version(), version));

    imagegate_policy_set *policies = policies_of(INTERCEPTING), *second = NULL, *in_force = NULL;
    MUST(imagegate_policy_set_clone(policies, &second, &err));
    imagegate_policy_set_free(policies);
    CHECK(is_text(imagegate_policy_set_label(second), "strict") && imagegate_policy_set_revision(second).len == 64);
    size_t all = 9, enabled = 9, pending = 9, observing = 9, effective = 9;
    MUST(imagegate_policy_set_overview(second, NOW, &all, &enabled, &pending, &observing, &effective, &err));
    CHECK(all == 1 && enabled == 1 && pending == 0 && observing == 0 && effective == 1);
    MUST(imagegate_policy_set_overview(second, 0, 0, NULL, NULL, &pending, NULL, NULL, &err));
    CHECK(pending == 1);

    /* Two Trivy reports of one image, one of which does not say which image it is about. */
    static const char report[] =
        "{\"SchemaVersion\": 2, \"ArtifactName\": \"rootfs\", \"ArtifactType\": \"filesystem\", \"Results\": []}";
    imagegate_scan_profile *profile = profile_of(PROFILE), *report_profile = UNTOUCHED(imagegate_scan_profile);
    imagegate_scan_profile *merged = NULL, *clone = NULL;
    REFUSED(IMAGEGATE_STATUS_INVALID_PROFILE, "missing_identity",
            imagegate_scan_profile_parse(report, sizeof report - 1, "trivy", 5, &report_profile, err));
    CHECK(report_profile == UNTOUCHED(imagegate_scan_profile));
    MUST(imagegate_scan_profile_parse_for(ID, 71, report, sizeof report - 1, "trivy", 5, &report_profile, &err));
    MUST(imagegate_scan_profile_merge(profile, report_profile, &merged, &err));
    MUST(imagegate_scan_profile_clone(merged, &clone, &err));
    imagegate_scan_profile_free(merged);
    imagegate_buffer json;
    MUST(imagegate_scan_profile_to_json(clone, &json, &err));
    CHECK(strstr(json.data, "/usr/bin/.x") != NULL && strlen(json.data) == json.len);
    imagegate_buffer_free(&json);

    imagegate_scan_profiles *profiles = NULL;
    MUST(imagegate_scan_profiles_parse(PROFILE, strlen(PROFILE), NULL, 0, &profiles, &err));
    CHECK(imagegate_scan_profiles_count(profiles) == 1 && imagegate_scan_profiles_at(profiles, 1) == NULL);
    CHECK(imagegate_scan_profiles_at(profiles, 0) != NULL);

    /* A pod is several launches; a launch taken out of the list lives on as a clone. */
    static const char pod[] =
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}, \"spec\": {\"containers\": ["
        "{\"name\": \"one\", \"image\": \"shop/cart:1\"}, {\"name\": \"two\", \"image\": \"shop/web:2\"}]}}";
    imagegate_launches *launches = NULL;
    imagegate_launch *one = UNTOUCHED(imagegate_launch);
    REFUSED(IMAGEGATE_STATUS_INVALID_LAUNCH, "several_launches",
            imagegate_launch_parse(pod, sizeof pod - 1, NULL, 0, &one, err));
    MUST(imagegate_launches_parse(pod, sizeof pod - 1, "kubernetes", 10, &launches, &err));
    CHECK(imagegate_launches_count(launches) == 2 && imagegate_launches_at(launches, 2) == NULL);
    CHECK(imagegate_launches_at(launches, SIZE_MAX) == NULL);
    MUST(imagegate_launch_clone(imagegate_launches_at(launches, 1), &one, &err));
    imagegate_launches_free(launches);
    CHECK(is_text(imagegate_launch_container(one), "two"));
    MUST(imagegate_launch_to_json(one, &json, &err));
    CHECK(strstr(json.data, "shop/web:2") != NULL);
    imagegate_buffer_free(&json);

    /* A create request names the image, the caller knows its id. */
    static const char create[] = "{\"Image\": \"shop/cart:1\", \"HostConfig\": {}}";
    imagegate_launch *launch = NULL;
    MUST(imagegate_launch_parse_for(ID, 71, create, sizeof create - 1, "docker-create", 13, &launch, &err));
    CHECK(imagegate_launch_container(launch).data == NULL);
    MUST(imagegate_launch_to_json(launch, &json, &err));
    CHECK(strstr(json.data, "shop/cart:1") != NULL && strstr(json.data, ID) != NULL);
    imagegate_buffer_free(&json);

    imagegate_assessment *assessment = NULL, *same = NULL, *unscanned = NULL;
    MUST(imagegate_policy_set_assess(second, clone, &assessment, &err));
    MUST(imagegate_policy_set_assess_unscanned(second, &unscanned, &err));
    MUST(imagegate_assessment_clone(assessment, &same, &err));
    imagegate_assessment_free(assessment);
    imagegate_decision *decision = NULL, *by_gate = NULL;
    MUST(imagegate_assessment_decide(same, launch, NOW, &decision, &err));
    CHECK(imagegate_decision_action(decision) == IMAGEGATE_ACTION_INTERCEPT);
    CHECK(imagegate_decision_event_count(decision) == 1 && imagegate_decision_aggregation_key(decision).len == 32);

    imagegate_buffer records = {&untouched, 7};
    NULL_REFUSED(imagegate_decision_to_json(decision, NULL, err));
    NULL_REFUSED(imagegate_decision_to_text(decision, NULL, err));
    NULL_REFUSED(imagegate_decision_to_records(decision, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, err));
    NULL_REFUSED(imagegate_decision_to_records(decision, NULL, 1, NULL, 0, NULL, 0, NULL, 0, &records, err));
    REFUSED(IMAGEGATE_STATUS_INVALID_UTF8, NULL,
            imagegate_decision_to_records(decision, "\xff", 1, NULL, 0, NULL, 0, NULL, 0, &records, err));
    REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "unknown_mode",
            imagegate_decision_to_records(decision, NULL, 0, "enforced\0", 9, NULL, 0, NULL, 0, &records, err));
    REFUSED(IMAGEGATE_STATUS_INVALID_ARGUMENT, "invalid_length",
            imagegate_decision_to_records(decision, NULL, 0, NULL, 0, "x", SIZE_MAX, NULL, 0, &records, err));
    NULL_REFUSED(imagegate_decision_to_records(decision, NULL, 0, NULL, 0, NULL, 0, NULL, 1, &records, err));
    CHECK(records.data == &untouched && records.len == 7);
    MUST(imagegate_decision_to_records(decision, "c1", 2, "break_glass", 11, "drill", 5, "c", 1, &records, &err));
    CHECK(strstr(records.data, "\"break_glass\"") != NULL && records.data[records.len - 1] == '\n');
    CHECK(strchr(records.data, '\n') == records.data + records.len - 1);
    imagegate_buffer_free(&records);

    imagegate_gate *gate = NULL;
    imagegate_buffer again, explanation, by_gate_explanation;
    bool removed = false;
    size_t kept = 0, bytes = 0;
    uint64_t reloads = 9;
    MUST(imagegate_gate_new(second, 1 << 20, &gate, &err));
    MUST(imagegate_gate_put_profile(gate, clone, &err));
    MUST(imagegate_gate_stats(gate, &kept, &bytes, &reloads, &err));
    CHECK(kept == 1 && bytes > 0 && reloads == 0);
    MUST(imagegate_gate_decide(gate, launch, NOW, &by_gate, &err));
    MUST(imagegate_decision_to_json(decision, &json, &err));
    MUST(imagegate_decision_to_json(by_gate, &again, &err));
    CHECK(strcmp(json.data, again.data) == 0);
    imagegate_buffer_free(&json);
    imagegate_buffer_free(&again);
    MUST(imagegate_decision_to_text(by_gate, &json, &err));
    CHECK(strncmp(json.data, "INTERCEPT", 9) == 0);
    imagegate_buffer_free(&json);
    MUST(imagegate_assessment_explain(same, launch, NOW, &explanation, &err));
    MUST(imagegate_gate_explain(gate, launch, NOW, &by_gate_explanation, &err));
    CHECK(strcmp(explanation.data, by_gate_explanation.data) == 0);
    imagegate_buffer_free(&explanation);
    imagegate_buffer_free(&by_gate_explanation);
    MUST(imagegate_gate_reload(gate, second, &err));
    MUST(imagegate_gate_policies(gate, &in_force, &err));
    CHECK(imagegate_policy_set_revision(in_force).len == 64);
    MUST(imagegate_gate_remove_profile(gate, ID, 71, &removed, &err));
    CHECK(removed);
    MUST(imagegate_gate_remove_profile(gate, ID, 71, &removed, &err));
    CHECK(!removed);
    MUST(imagegate_gate_remove_profile(gate, "shop/cart:1", 11, NULL, &err));
    MUST(imagegate_gate_stats(gate, &kept, NULL, &reloads, &err));
    CHECK(kept == 0 && reloads == 1);
    imagegate_decision_free(by_gate);
    MUST(imagegate_gate_decide(gate, launch, NOW, &by_gate, &err));
    CHECK(imagegate_decision_action(by_gate) == IMAGEGATE_ACTION_ALLOW);
    CHECK(imagegate_decision_aggregation_key(by_gate).data == NULL);

    imagegate_decision_free(by_gate);
    imagegate_decision_free(decision);
    imagegate_gate_free(gate);
    imagegate_assessment_free(unscanned);
    imagegate_assessment_free(same);
    imagegate_launch_free(launch);
    imagegate_launch_free(one);
    imagegate_scan_profiles_free(profiles);
    imagegate_scan_profile_free(clone);
    imagegate_scan_profile_free(report_profile);
    imagegate_scan_profile_free(profile);
    imagegate_policy_set_free(in_force);
    imagegate_policy_set_free(second);

    /* All problems of a document, each with its place. */
    static const char wrong[] = "{\"version\": 1,\n \"policy\": [], \"label\": 7}";
    imagegate_error *err = NULL;
    policies = NULL;
    CHECK(imagegate_policy_set_parse(wrong, sizeof wrong - 1, &policies, &err) == IMAGEGATE_STATUS_INVALID_POLICY);
    CHECK(policies == NULL && imagegate_error_problem_count(err) == 2);
    CHECK(is_text(imagegate_error_problem_code(err, 0), "unknown_field"));
    CHECK(is_text(imagegate_error_problem_pointer(err, 0), "/policy"));
    CHECK(imagegate_error_problem_line(err, 0) == 2 && imagegate_error_problem_column(err, 0) > 0);
    CHECK(imagegate_error_problem_code(err, 2).data == NULL && imagegate_error_problem_line(err, SIZE_MAX) == 0);
    imagegate_error_free(err);
}

int main(void) {
    documents();
    formats();
    images();
    places_and_handles();
    getters();
    right_calls();
    return 0;
}
