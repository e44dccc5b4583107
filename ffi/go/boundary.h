/* What crosses between Go and C at once, since each crossing costs as much as a decision does. */
#ifndef IMAGEGATE_GO_BOUNDARY_H
#define IMAGEGATE_GO_BOUNDARY_H

#include <imagegate.h>
#include <string.h>

#if IMAGEGATE_ABI_VERSION != 1
#error "this package was written for version 1 of the C interface: take the package and the library of one release"
#endif

typedef struct {
    imagegate_status status;
    imagegate_error *err;
    imagegate_action action;
    uint64_t events;
    char key[64];
    uint64_t key_len;
    imagegate_buffer json;
    imagegate_buffer text;
} answer;

/* Takes from the decision what is wanted of it, and frees it. */
static inline answer answer_of(imagegate_status status, imagegate_decision *decision, imagegate_error *err, int whole) {
    answer answer;
    memset(&answer, 0, sizeof answer);
    answer.status = status;
    answer.err = err;
    if (status != IMAGEGATE_STATUS_OK) return answer;
    answer.action = imagegate_decision_action(decision);
    if (whole) {
        imagegate_str key = imagegate_decision_aggregation_key(decision);
        if (key.len <= sizeof answer.key && key.len > 0) {
            memcpy(answer.key, key.data, key.len);
            answer.key_len = key.len;
        }
        answer.events = imagegate_decision_event_count(decision);
        answer.status = imagegate_decision_to_json(decision, &answer.json, &answer.err);
        if (answer.status == IMAGEGATE_STATUS_OK)
            answer.status = imagegate_decision_to_text(decision, &answer.text, &answer.err);
    }
    imagegate_decision_free(decision);
    return answer;
}

static inline answer assessment_answer(const imagegate_assessment *assessment, const imagegate_launch *launch,
                                       int64_t seconds, uint32_t nanoseconds, int whole) {
    imagegate_decision *decision = NULL;
    imagegate_error *err = NULL;
    imagegate_status status = imagegate_assessment_decide(assessment, launch, seconds, nanoseconds, &decision, &err);
    return answer_of(status, decision, err, whole);
}

static inline answer gate_answer(const imagegate_gate *gate, const imagegate_launch *launch, int64_t seconds,
                                 uint32_t nanoseconds, int whole) {
    imagegate_decision *decision = NULL;
    imagegate_error *err = NULL;
    imagegate_status status = imagegate_gate_decide(gate, launch, seconds, nanoseconds, &decision, &err);
    return answer_of(status, decision, err, whole);
}

static inline void free_texts(imagegate_buffer json, imagegate_buffer text) {
    imagegate_buffer_free(&json);
    imagegate_buffer_free(&text);
}

#endif
