/* What a decision costs in C: the same loops as in boundary.rs. */
#include "../c/check.h"
#include <time.h>

enum { BATCHES = 501 };

static const imagegate_assessment *assessment;
static const imagegate_gate *gate;
static const imagegate_launch *launch;
static int64_t now;

static char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
    *len = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*len + 1);
    CHECK(text != NULL && fread(text, 1, *len, file) == *len);
    fclose(file);
    return text;
}

static volatile size_t used;

static void action(void) {
    imagegate_decision *decision = NULL;
    CHECK(imagegate_assessment_decide(assessment, launch, now, 0, &decision, NULL) == OK);
    used += imagegate_decision_action(decision);
    imagegate_decision_free(decision);
}

static void through_gate(void) {
    imagegate_decision *decision = NULL;
    CHECK(imagegate_gate_decide(gate, launch, now, 0, &decision, NULL) == OK);
    used += imagegate_decision_action(decision);
    imagegate_decision_free(decision);
}

static void key(void) {
    imagegate_decision *decision = NULL;
    CHECK(imagegate_assessment_decide(assessment, launch, now, 0, &decision, NULL) == OK);
    used += imagegate_decision_aggregation_key(decision).len;
    imagegate_decision_free(decision);
}

static void whole(void) {
    imagegate_decision *decision = NULL;
    imagegate_buffer json, text;
    CHECK(imagegate_assessment_decide(assessment, launch, now, 0, &decision, NULL) == OK);
    used += imagegate_decision_action(decision) + imagegate_decision_event_count(decision);
    used += imagegate_decision_aggregation_key(decision).len;
    CHECK(imagegate_decision_to_json(decision, &json, NULL) == OK && imagegate_decision_to_text(decision, &text, NULL) == OK);
    used += json.len + text.len;
    imagegate_buffer_free(&json);
    imagegate_buffer_free(&text);
    imagegate_decision_free(decision);
}

static double nanoseconds(void) {
    struct timespec time;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void measure(const char *name, int calls, void (*call)(void)) {
    static double times[BATCHES];
    for (int batch = 0; batch < BATCHES; batch++) {
        double start = nanoseconds();
        for (int i = 0; i < calls; i++) call();
        times[batch] = (nanoseconds() - start) / calls;
    }
    qsort(times, BATCHES, sizeof *times, compare);
    printf("%s %.1f\n", name, times[BATCHES / 2]);
}

int main(int argc, char **argv) {
    CHECK(argc == 5);
    size_t len;
    char *text = read_file(argv[1], &len);
    imagegate_policy_set *policies = NULL;
    MUST(imagegate_policy_set_parse(text, len, &policies, &err));
    free(text);
    text = read_file(argv[2], &len);
    imagegate_scan_profile *profile = NULL;
    MUST(imagegate_scan_profile_parse(text, len, NULL, 0, &profile, &err));
    free(text);
    text = read_file(argv[3], &len);
    imagegate_launch *own_launch = NULL;
    MUST(imagegate_launch_parse(text, len, NULL, 0, &own_launch, &err));
    free(text);
    imagegate_assessment *own_assessment = NULL;
    imagegate_gate *own_gate = NULL;
    MUST(imagegate_policy_set_assess(policies, profile, &own_assessment, &err));
    MUST(imagegate_gate_new(policies, 64 << 20, &own_gate, &err));
    MUST(imagegate_gate_put_profile(own_gate, profile, &err));
    assessment = own_assessment;
    gate = own_gate;
    launch = own_launch;
    now = strtoll(argv[4], NULL, 10);

    measure("action", 1000, action);
    measure("gate", 1000, through_gate);
    measure("key", 1000, key);
    measure("whole", 20, whole);

    imagegate_gate_free(own_gate);
    imagegate_assessment_free(own_assessment);
    imagegate_launch_free(own_launch);
    imagegate_scan_profile_free(profile);
    imagegate_policy_set_free(policies);
    return 0;
}
