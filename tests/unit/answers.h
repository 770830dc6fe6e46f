/* Answers to questions about a run, as documents. */
#ifndef TEST_ANSWERS_H
#define TEST_ANSWERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/audit.h"

/* Takes the text of an answer, which is one line; the caller frees the document. */
static inline json_t *answer_document(mc_status status, char *json, const mc_error *error) {
    json_error_t failure;
    if (status != MC_OK)
        fail_msg("%s", error->message);
    size_t size = strlen(json);
    assert_true(size > 0 && strchr(json, '\n') == json + size - 1);
    json_t *document = json_loadb(json, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &failure);
    if (!document)
        fail_msg("%s", failure.text);
    free(json);
    return document;
}

/* A member; it must be there. */
static inline const json_t *get(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!value)
        fail_msg("no member %s", key);
    return value;
}

static inline uint64_t number_of(const json_t *object, const char *key) {
    const json_t *value = get(object, key);
    assert_true(json_is_integer(value));
    return (uint64_t)json_integer_value(value);
}

static inline double real_of(const json_t *object, const char *key) {
    const json_t *value = get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static inline const char *text_of(const json_t *object, const char *key) {
    const json_t *value = get(object, key);
    assert_true(json_is_string(value));
    return json_string_value(value);
}

static inline bool is_null(const json_t *object, const char *key) {
    return json_is_null(get(object, key));
}

#endif
