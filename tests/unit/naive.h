/* Matching as the rule states it: space the text, look for " entry " everywhere in it. Shares no
 * code with the library. */
#ifndef TEST_NAIVE_H
#define TEST_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/base.h"

/* One replacement of the spacing rule; frees text. */
static inline char *naive_replace(char *text, size_t *size, char mark, bool wrap) {
    char *out = malloc(3 * *size + 1);
    size_t n = 0;
    if (!out)
        abort();
    for (size_t i = 0; i < *size; i++) {
        if (text[i] != mark) {
            out[n++] = text[i];
            continue;
        }
        out[n++] = ' ';
        if (wrap) {
            out[n++] = mark;
            out[n++] = ' ';
        }
    }
    free(text);
    *size = n;
    return out;
}

/* The spaced text; the caller frees it. */
static inline char *naive_space(mc_bytes text, size_t *size) {
    char *spaced = malloc(text.size + 2);
    if (!spaced)
        abort();
    spaced[0] = ' ';
    if (text.size > 0)
        memcpy(spaced + 1, text.data, text.size);
    spaced[text.size + 1] = ' ';
    *size = text.size + 2;
    for (const char *mark = ",.;:?!`"; *mark; mark++)
        spaced = naive_replace(spaced, size, *mark, true);
    for (const char *blank = "\t\n\r"; *blank; blank++)
        spaced = naive_replace(spaced, size, *blank, false);
    return spaced;
}

/* True when " entry " occurs in a spaced text. An empty entry never does. */
static inline bool naive_occurs(const char *spaced, size_t size, mc_bytes entry) {
    for (size_t i = 0; entry.size > 0 && i + entry.size + 2 <= size; i++)
        if (spaced[i] == ' ' && spaced[i + 1 + entry.size] == ' ' &&
            memcmp(spaced + i + 1, entry.data, entry.size) == 0)
            return true;
    return false;
}

/* Writes the ids of the entries that occur in text to ids (room for n) and returns how many. */
static inline size_t naive_match(mc_bytes text, const mc_bytes *entries, size_t n, uint32_t *ids) {
    size_t size, n_ids = 0;
    char *spaced = naive_space(text, &size);
    for (size_t e = 0; e < n; e++)
        if (naive_occurs(spaced, size, entries[e]))
            ids[n_ids++] = (uint32_t)e;
    free(spaced);
    return n_ids;
}

#endif
