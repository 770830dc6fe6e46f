/* What the word-level engine is held against: the spaced text, and a search for " entry " in it. */
#ifndef TESTS_WORDS_REFERENCE_H
#define TESTS_WORDS_REFERENCE_H

#include <stdlib.h>
#include <string.h>

#include "metacurate/concepts.h"

static inline bool reference_occurs(const char *spaced, size_t size, mc_bytes entry) {
    for (size_t i = 0; i + entry.size + 2 <= size; i++)
        if (spaced[i] == ' ' && spaced[i + entry.size + 1] == ' ' &&
            memcmp(spaced + i + 1, entry.data, entry.size) == 0)
            return true;
    return false;
}

/* Fills ids with the match set and returns its size. An empty entry never matches, nor does one
 * that is no UTF-8. */
static inline size_t reference_set(const mc_bytes *entries, size_t n, mc_bytes text,
                                   uint32_t *ids) {
    char *spaced = malloc(MC_SPACED_MAX(text.size));
    if (!spaced)
        abort();
    size_t size = mc_space(text.data, text.size, spaced), n_ids = 0;
    for (size_t i = 0; i < n; i++)
        if (entries[i].size > 0 && mc_utf8_valid(entries[i].data, entries[i].size) &&
            reference_occurs(spaced, size, entries[i]))
            ids[n_ids++] = (uint32_t)i;
    free(spaced);
    return n_ids;
}

#endif
