/* Loses a decision: what watches the programs for leaks must see this one. */
#include "check.h"

static void lose(void) {
    imagegate_policy_set *policies = policies_of(ALLOWING);
    imagegate_launch *launch = launch_of(LAUNCH);
    imagegate_assessment *assessment = NULL;
    imagegate_decision *decision = NULL;
    MUST(imagegate_policy_set_assess_unscanned(policies, &assessment, &err));
    MUST(imagegate_assessment_decide(assessment, launch, NOW, &decision, &err));
    CHECK(imagegate_decision_action(decision) == IMAGEGATE_ACTION_ALLOW);
    imagegate_assessment_free(assessment);
    imagegate_launch_free(launch);
    imagegate_policy_set_free(policies);
}

int main(void) {
    lose();
    /* What is left of the pointer in registers and on the stack would count as a use of the decision. */
    imagegate_policy_set_free(policies_of(INTERCEPTING));
    return 0;
}
