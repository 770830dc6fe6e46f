/* The automaton as an object: its block, its figures, its errors. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

uint64_t ac_block_checksum(const void *data, size_t size) {
    static const unsigned char zero[8] = {0};
    const size_t at = offsetof(ac_header, checksum);
    const unsigned char *bytes = data;
    XXH64_state_t state;
    XXH64_reset(&state, 0);
    XXH64_update(&state, bytes, at);
    XXH64_update(&state, zero, sizeof zero);
    XXH64_update(&state, bytes + at + sizeof zero, size - at - sizeof zero);
    return XXH64_digest(&state);
}

ac_status ac_fail(ac_error *error, ac_status status, size_t pattern, const char *format, ...) {
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        error->pattern = pattern;
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}

const char *ac_status_name(ac_status status) {
    switch (status) {
    case AC_OK:
        return "ok";
    case AC_E_MEMORY:
        return "out of memory";
    case AC_E_ARGUMENT:
        return "bad argument";
    case AC_E_LIMIT:
        return "limit exceeded";
    case AC_E_FORMAT:
        return "bad format";
    case AC_E_CANCELLED:
        return "cancelled";
    }
    return "unknown status";
}

bool ac_is_automaton(const void *data, size_t size) {
    return size >= 8 && memcmp(data, AC_MAGIC, 8) == 0;
}

const void *ac_data(const ac_automaton *ac, size_t *size) {
    *size = (size_t)ac->header->size;
    return ac->header;
}

void ac_free(ac_automaton *ac) {
    if (ac) {
        free(ac->owned);
        free(ac);
    }
}

size_t ac_pattern_count(const ac_automaton *ac) {
    return ac->header->n_patterns;
}
size_t ac_state_count(const ac_automaton *ac) {
    return ac->header->n_states;
}
size_t ac_longest(const ac_automaton *ac) {
    return ac->header->longest;
}
