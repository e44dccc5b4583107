/* A panic in the library is a status, and the program goes on. Links the library with the feature `test-panic`. */
#include "check.h"

imagegate_status imagegate_test_panic(uint32_t kind, imagegate_error **err);
imagegate_action imagegate_test_panic_action(uint32_t kind);

int main(void) {
    imagegate_policy_set *policies = policies_of(INTERCEPTING);
    for (uint32_t kind = 0; kind < 4; kind++) {
        imagegate_error *err = NULL;
        CHECK(imagegate_test_panic(kind, &err) == IMAGEGATE_STATUS_INTERNAL);
        CHECK(err != NULL && imagegate_error_status(err) == IMAGEGATE_STATUS_INTERNAL);
        CHECK(is_text(imagegate_error_problem_code(err, 0), "internal"));
        imagegate_str message = imagegate_error_message(err);
        CHECK(message.len > 0 && memchr(message.data, '\n', message.len) == NULL);
        printf("%.*s\n", (int)message.len, message.data);
        imagegate_error_free(err);
        CHECK(imagegate_test_panic(kind, NULL) == IMAGEGATE_STATUS_INTERNAL);
        CHECK(imagegate_test_panic_action(kind) == IMAGEGATE_ACTION_INTERCEPT);
    }
    /* Handles from before are as good as new ones. */
    imagegate_scan_profile *profile = profile_of(PROFILE);
    imagegate_launch *launch = launch_of(LAUNCH);
    imagegate_assessment *assessment = NULL;
    imagegate_decision *decision = NULL;
    MUST(imagegate_policy_set_assess(policies, profile, &assessment, &err));
    MUST(imagegate_assessment_decide(assessment, launch, NOW, &decision, &err));
    CHECK(imagegate_decision_action(decision) == IMAGEGATE_ACTION_INTERCEPT);
    CHECK(imagegate_decision_event_count(decision) == 1);
    imagegate_decision_free(decision);
    imagegate_assessment_free(assessment);
    imagegate_launch_free(launch);
    imagegate_scan_profile_free(profile);
    imagegate_policy_set_free(policies);
    return 0;
}
