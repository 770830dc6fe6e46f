/* Making JSON documents whose loss for want of memory is noticed: whatever could not be made or put
 * sets *lost, and what is made is then no document. */
#ifndef MC_AUDIT_VALUE_H
#define MC_AUDIT_VALUE_H

#include <jansson.h>
#include <math.h>

#include "match/document.h"

/* The value is taken over; NULL stands for one that could not be made. */
static inline void mc_put(json_t *object, const char *key, json_t *value, bool *lost) {
    *lost |= json_object_set_new(object, key, value) != 0;
}

static inline void mc_push(json_t *array, json_t *value, bool *lost) {
    *lost |= json_array_append_new(array, value) != 0;
}

/* As mc_doc_number, mc_doc_real and mc_doc_string have them. */
static inline json_t *mc_value_number(uint64_t value) {
    char digits[24];
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    return json_string(digits);
}

static inline json_t *mc_value_real(double value) {
    return isinf(value) ? json_string("inf") : json_real(value);
}

static inline json_t *mc_value_string(const char *value) {
    return value ? mc_doc_bytes((mc_bytes){value, strlen(value)}) : json_null();
}

/* A copy of the member, null where there is none. */
static inline json_t *mc_value_copy(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return value ? json_deep_copy(value) : json_null();
}

#endif
