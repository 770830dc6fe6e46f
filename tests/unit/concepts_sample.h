/* A list of entries of many kinds, compiled; and scanning with it. */
#ifndef TEST_CONCEPTS_SAMPLE_H
#define TEST_CONCEPTS_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/concepts.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static inline mc_bytes bytes_of(const char *text) {
    return (mc_bytes){text, strlen(text)};
}

static inline mc_concepts *compile(const mc_bytes *entries, size_t n) {
    mc_concepts *concepts;
    mc_error error = {0};
    if (mc_concepts_compile(&concepts, entries, n, MC_RULES_METACLIP1, &error) != MC_OK)
        fail_msg("%s", error.message);
    return concepts;
}

static const char *const sample[] = {"cat",        "dog",
                                     "",           "a",
                                     "a cat",      "New York",
                                     "York",       "cat",
                                     "St. Louis",  "C++",
                                     ",",          "a , b",
                                     "  ",         "\xC3\xA9t\xC3\xA9",
                                     "dog",        "in the house of the rising sun",
                                     "x\ty",       "antidisestablishmentarianism",
                                     "the",        "of the",
                                     "rising sun", "cat"};
#define N_SAMPLE N_OF(sample)

static inline void sample_entries(mc_bytes entries[N_SAMPLE]) {
    for (size_t i = 0; i < N_SAMPLE; i++)
        entries[i] = bytes_of(sample[i]);
}

static inline mc_concepts *compile_sample(void) {
    mc_bytes entries[N_SAMPLE];
    sample_entries(entries);
    return compile(entries, N_SAMPLE);
}

/* The match set of one text as "1 2 3". */
static inline const char *scan_one(mc_scanner *scanner, const char *text) {
    static char out[1000];
    mc_match_sets sets;
    mc_bytes bytes = bytes_of(text);
    size_t n = 0;
    assert_int_equal(mc_scan(scanner, &bytes, 1, &sets, NULL), MC_OK);
    assert_int_equal(sets.offsets[0], 0);
    out[0] = '\0';
    for (uint32_t i = 0; i < sets.offsets[1]; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, i ? " %u" : "%u", (unsigned)sets.ids[i]);
    return out;
}

#endif
