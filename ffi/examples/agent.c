/* Decides whether a container may start, from three files.
 *
 *     cc agent.c $(pkg-config --cflags --libs imagegate) -o agent
 *     ./agent POLICIES PROFILE LAUNCH [SECONDS]
 *
 * PROFILE is a scan report in any format that imagegate reads, or - if nobody scanned the image. LAUNCH is how the
 * container is about to start: the body of Docker's create request, an OCI config.json, a pod, and others. SECONDS
 * since the epoch are the time to decide at; the current time if left out.
 *
 * Exit status: 0 allow or alarm, 1 intercept, 2 nothing was decided. Whoever runs this must stop the start on 2, too.
 */
#include <imagegate.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STARTS = 0, INTERCEPTED = 1, FAILED = 2 };

static int fail(const char *what, imagegate_error *err) {
    imagegate_str message = imagegate_error_message(err);
    fprintf(stderr, "%s: %.*s\n", what, (int)message.len, message.data);
    imagegate_error_free(err);
    return FAILED;
}

static char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0, room = 0;
    while (file != NULL && !feof(file) && !ferror(file)) {
        if (size == room) {
            room = room == 0 ? 65536 : room * 2;
            char *more = realloc(text, room);
            if (more == NULL) break;
            text = more;
        }
        size += fread(text + size, 1, room - size, file);
    }
    if (file == NULL || ferror(file) || !feof(file)) {
        perror(path);
        exit(FAILED);
    }
    fclose(file);
    *len = size;
    return text;
}

/* Everything that must be freed. */
struct agent {
    imagegate_policy_set *policies;
    imagegate_scan_profile *profile;
    imagegate_assessment *assessment;
    imagegate_launch *launch;
    imagegate_decision *decision;
};

static int decide(struct agent *agent, char **paths, int64_t now) {
    imagegate_error *err = NULL;
    size_t len;

    /* Once, and whenever the operator changes the policies. */
    char *text = read_file(paths[0], &len);
    imagegate_status status = imagegate_policy_set_parse(text, len, &agent->policies, &err);
    free(text);
    if (status != IMAGEGATE_STATUS_OK) return fail(paths[0], err);

    /* Once for an image. An image that nobody scanned has a question of its own. */
    if (strcmp(paths[1], "-") == 0) {
        status = imagegate_policy_set_assess_unscanned(agent->policies, &agent->assessment, &err);
    } else {
        text = read_file(paths[1], &len);
        status = imagegate_scan_profile_parse(text, len, NULL, 0, &agent->profile, &err);
        free(text);
        if (status == IMAGEGATE_STATUS_OK)
            status = imagegate_policy_set_assess(agent->policies, agent->profile, &agent->assessment, &err);
    }
    if (status != IMAGEGATE_STATUS_OK) return fail(paths[1], err);

    /* For every container that is about to start. */
    text = read_file(paths[2], &len);
    status = imagegate_launch_parse(text, len, NULL, 0, &agent->launch, &err);
    free(text);
    if (status == IMAGEGATE_STATUS_OK)
        status = imagegate_assessment_decide(agent->assessment, agent->launch, now, 0, &agent->decision, &err);
    if (status != IMAGEGATE_STATUS_OK) return fail(paths[2], err);

    imagegate_buffer answer;
    if (imagegate_decision_to_text(agent->decision, &answer, &err) != IMAGEGATE_STATUS_OK) return fail("decision", err);
    fwrite(answer.data, 1, answer.len, stdout);
    imagegate_buffer_free(&answer);
    return imagegate_decision_action(agent->decision) == IMAGEGATE_ACTION_INTERCEPT ? INTERCEPTED : STARTS;
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: agent POLICIES PROFILE LAUNCH [SECONDS]\n");
        return FAILED;
    }
    int64_t now = argc == 5 ? (int64_t)strtoll(argv[4], NULL, 10) : (int64_t)time(NULL);
    struct agent agent = {NULL, NULL, NULL, NULL, NULL};
    int status = decide(&agent, argv + 1, now);
    imagegate_decision_free(agent.decision);
    imagegate_launch_free(agent.launch);
    imagegate_assessment_free(agent.assessment);
    imagegate_scan_profile_free(agent.profile);
    imagegate_policy_set_free(agent.policies);
    return status;
}
