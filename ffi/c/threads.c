/* Eight threads decide with one gate, one assessment and one launch while another swaps the gate's policies and its
 * profiles. */
#include "check.h"
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 8 };

static const imagegate_gate *gate;
static const imagegate_assessment *shared;
static const imagegate_launch *launch;
static atomic_bool stop;
static atomic_ulong decisions;

static void *decide(void *unused) {
    (void)unused;
    unsigned long count = 0;
    do {
        imagegate_decision *decision = NULL;
        MUST(imagegate_gate_decide(gate, launch, NOW, &decision, &err));
        imagegate_action action = imagegate_decision_action(decision);
        size_t events = imagegate_decision_event_count(decision);
        /* Either the one set or the other, never something in between. */
        CHECK((action == IMAGEGATE_ACTION_INTERCEPT && events == 1) || (action == IMAGEGATE_ACTION_ALLOW && events == 0));
        CHECK((events == 0) == (imagegate_decision_aggregation_key(decision).data == NULL));
        imagegate_decision_free(decision);

        MUST(imagegate_assessment_decide(shared, launch, NOW, &decision, &err));
        CHECK(imagegate_decision_action(decision) == IMAGEGATE_ACTION_INTERCEPT);
        if (count % 16 == 0) {
            imagegate_buffer json;
            MUST(imagegate_decision_to_json(decision, &json, &err));
            CHECK(strstr(json.data, "\"action\":\"intercept\"") != NULL);
            imagegate_buffer_free(&json);
        }
        imagegate_decision_free(decision);
        count++;
    } while (!atomic_load(&stop));
    atomic_fetch_add(&decisions, count);
    return NULL;
}

int main(int argc, char **argv) {
    int swaps = argc > 1 ? atoi(argv[1]) : 2000;
    imagegate_policy_set *sets[2] = {policies_of(INTERCEPTING), policies_of(ALLOWING)};
    imagegate_scan_profile *profile = profile_of(PROFILE);
    imagegate_launch *own_launch = launch_of(LAUNCH);
    imagegate_gate *own_gate = NULL;
    imagegate_assessment *assessment = NULL;
    MUST(imagegate_gate_new(sets[0], 1 << 20, &own_gate, &err));
    MUST(imagegate_gate_put_profile(own_gate, profile, &err));
    MUST(imagegate_policy_set_assess(sets[0], profile, &assessment, &err));
    gate = own_gate;
    launch = own_launch;
    shared = assessment;

    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, decide, NULL) == 0);
    for (int swap = 1; swap <= swaps; swap++) {
        MUST(imagegate_gate_reload(gate, sets[swap % 2], &err));
        MUST(imagegate_gate_put_profile(gate, profile, &err));
    }
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);

    uint64_t reloads = 0;
    size_t profiles = 0, bytes = 0;
    MUST(imagegate_gate_stats(gate, &profiles, &bytes, &reloads, &err));
    CHECK(reloads == (uint64_t)swaps && profiles == 1 && bytes > 0);
    CHECK(atomic_load(&decisions) >= THREADS);
    printf("%lu decisions in %d threads during %d swaps\n", atomic_load(&decisions), THREADS, swaps);

    imagegate_assessment_free(assessment);
    imagegate_gate_free(own_gate);
    imagegate_launch_free(own_launch);
    imagegate_scan_profile_free(profile);
    imagegate_policy_set_free(sets[0]);
    imagegate_policy_set_free(sets[1]);
    return 0;
}
