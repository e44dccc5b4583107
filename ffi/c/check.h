/* What the C tests share: a check that says where it failed, and reading of /proc. */
#ifndef IMAGEGATE_CHECK_H
#define IMAGEGATE_CHECK_H

#include <imagegate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                  \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);       \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)

#define OK IMAGEGATE_STATUS_OK

/* A call that must succeed; if it does not, its error is shown. The call names `err`. */
#define MUST(call)                                                                        \
    do {                                                                                  \
        imagegate_error *err = NULL;                                                      \
        if ((call) != OK) {                                                               \
            imagegate_str message = imagegate_error_message(err);                         \
            fprintf(stderr, "%s:%d: %.*s\n", __FILE__, __LINE__, (int)message.len, message.data); \
            exit(1);                                                                      \
        }                                                                                 \
        CHECK(err == NULL);                                                               \
    } while (0)

static inline bool is_text(imagegate_str text, const char *expected) {
    return text.data != NULL && text.len == strlen(expected) && memcmp(text.data, expected, text.len) == 0;
}

/* The documents of the tests: an image with malware, and policies that intercept or allow it. */
#define ID "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca"
#define INTERCEPTING                                                                      \
    "{\"version\": 1, \"label\": \"strict\", \"policies\": [{\"id\": \"malware\", \"name\": \"Malware\", " \
    "\"type\": \"risk\", \"enabled\": true, \"enabled_at\": \"2026-11-01T00:00:00Z\", "   \
    "\"enforcement\": {\"mode\": \"immediate\"}, \"scope\": {\"images\": \"all\"}, "      \
    "\"criteria\": {\"malware\": {\"any\": true}}}]}"
#define ALLOWING "{\"version\": 1, \"policies\": []}"
#define PROFILE                                                                           \
    "{\"version\": 1, \"image\": {\"id\": \"" ID "\"}, \"scan\": {\"state\": \"complete\"}, " \
    "\"malware\": [{\"path\": \"/usr/bin/.x\"}]}"
#define LAUNCH                                                                            \
    "{\"version\": 1, \"image\": {\"reference\": \"shop/cart:1\", \"id\": \"" ID "\"}, "  \
    "\"container\": {\"name\": \"cart\"}, \"privileges\": []}"
#define NOW INT64_C(1795500000), 0

static inline imagegate_policy_set *policies_of(const char *text) {
    imagegate_policy_set *policies = NULL;
    MUST(imagegate_policy_set_parse(text, strlen(text), &policies, &err));
    return policies;
}

static inline imagegate_scan_profile *profile_of(const char *text) {
    imagegate_scan_profile *profile = NULL;
    MUST(imagegate_scan_profile_parse(text, strlen(text), NULL, 0, &profile, &err));
    return profile;
}

static inline imagegate_launch *launch_of(const char *text) {
    imagegate_launch *launch = NULL;
    MUST(imagegate_launch_parse(text, strlen(text), NULL, 0, &launch, &err));
    return launch;
}

#endif
