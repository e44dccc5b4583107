/* Memory does not grow with decisions, with failures, or with the threads that have come and gone.
 *
 *     memory DECISIONS THREADS [unmeasured]
 *
 * What watches a program keeps memory of its own; "unmeasured" leaves the finding of leaks to it.
 */
#include "check.h"
#include <pthread.h>
#include <unistd.h>

static const imagegate_assessment *assessment;
static const imagegate_launch *launch;

static long resident_kib(void) {
    long pages = 0, resident = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    CHECK(statm != NULL && fscanf(statm, "%ld %ld", &pages, &resident) == 2);
    fclose(statm);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void decide(long count) {
    for (long i = 0; i < count; i++) {
        imagegate_decision *decision = NULL;
        MUST(imagegate_assessment_decide(assessment, launch, NOW, &decision, &err));
        CHECK(imagegate_decision_aggregation_key(decision).len == 32);
        if (i % 64 == 0) {
            imagegate_buffer json;
            MUST(imagegate_decision_to_json(decision, &json, &err));
            imagegate_buffer_free(&json);
            imagegate_error *err = NULL;
            imagegate_policy_set *none = NULL;
            CHECK(imagegate_policy_set_parse("{\"version\": 2}", 14, &none, &err) != OK && none == NULL);
            imagegate_error_free(err);
        }
        imagegate_decision_free(decision);
    }
}

static void *in_thread(void *unused) {
    (void)unused;
    decide(100);
    return NULL;
}

static void come_and_go(long threads) {
    for (long i = 0; i < threads; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, in_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
    }
}

int main(int argc, char **argv) {
    CHECK(argc > 2);
    long decisions = atol(argv[1]), threads = atol(argv[2]);
    imagegate_policy_set *policies = policies_of(INTERCEPTING);
    imagegate_scan_profile *profile = profile_of(PROFILE);
    imagegate_launch *own_launch = launch_of(LAUNCH);
    imagegate_assessment *own = NULL;
    MUST(imagegate_policy_set_assess(policies, profile, &own, &err));
    assessment = own;
    launch = own_launch;

    decide(decisions / 100);
    come_and_go(threads / 10);
    long before = resident_kib();
    decide(decisions);
    come_and_go(threads);
    long grown = resident_kib() - before;
    printf("%ld decisions and %ld threads: %ld KiB more\n", decisions, threads, grown);
    CHECK(argc > 3 || grown < 512);

    imagegate_assessment_free(own);
    imagegate_launch_free(own_launch);
    imagegate_scan_profile_free(profile);
    imagegate_policy_set_free(policies);
    return 0;
}
