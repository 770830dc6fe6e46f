/* Strings of JSON, decoded one by one. */
#ifndef MC_POOL_JSON_STRING_H
#define MC_POOL_JSON_STRING_H

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"

/* Sets the top bit of some byte in v at and behind the first one that is c, none before it. */
static inline uint64_t mc_json_find_byte(uint64_t v, unsigned char c) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    v ^= ones * c;
    return (v - ones) & ~v & ones << 7;
}

/* The next quote or backslash; there is one. */
static inline const char *mc_json_find_special(const char *s) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (;; s += 8) {
        uint64_t v;
        memcpy(&v, s, 8);
        uint64_t found = mc_json_find_byte(v, '"') | mc_json_find_byte(v, '\\');
        if (found)
            return s + __builtin_ctzll(found) / 8;
    }
#else
    while (*s != '"' && *s != '\\')
        s++;
    return s;
#endif
}

/* Decodes the string whose opening quote is before s; it is known to be closed, and 8 bytes are
 * readable behind its closing quote. *out is borrowed from s when there is no escape in it, else
 * from scratch (overwritten). Escapes of unpaired surrogates become U+FFFD and are added to
 * *n_replaced. MC_E_FORMAT, without a message, for an escape that is none; MC_E_MEMORY. */
MC_MUST_CHECK mc_status mc_json_decode(const char *s, mc_buffer *scratch, mc_bytes *out,
                                       size_t *n_replaced, mc_error *error);

/* Behind the closing quote of such a string. */
const char *mc_json_string_end(const char *s);

/* True when the string is, decoded, the word (which has no quote or backslash in it); or begins
 * with it. */
bool mc_json_string_is(const char *s, const char *word, size_t size);
bool mc_json_string_begins(const char *s, const char *word, size_t size);

#endif
