/* Compiling: the vocabulary and the pairs of a list of entries, on their way into a section. */
#ifndef MC_CONCEPTS_WORDS_BUILD_H
#define MC_CONCEPTS_WORDS_BUILD_H

#include "concepts/words.h"

/* Stands for the empty token among indices of words. */
#define MC_EMPTY_WORD UINT32_MAX

typedef struct mc_build_word {
    const char *data; /* in an entry */
    uint64_t hash;    /* of its bytes */
    uint32_t size;
    uint32_t code;
    uint16_t next, previous;
} mc_build_word;

/* An index over an array elsewhere: open addressing, 0 free, else 1 + index. */
typedef struct mc_build_index {
    uint32_t *slots;
    size_t mask;
    uint64_t seed;
} mc_build_index;

typedef struct mc_build {
    const mc_bytes *entries;
    size_t n_entries;
    uint32_t bucket_limit; /* MC_BUCKET_LIMIT; tests make misfits with less */
    size_t *starts;        /* of each entry's tokens in tokens; n_entries + 1 */
    uint32_t *tokens;      /* indices of words, or MC_EMPTY_WORD */

    mc_build_word *words;
    size_t n_words, words_capacity;
    mc_build_index word_index;

    mc_word_pair *pairs;
    size_t n_pairs, pairs_capacity;
    mc_build_index pair_index;

    mc_word_repeat *repeats;
    size_t n_repeats, repeats_capacity;

    uint32_t empty_code;
    uint32_t n_codes; /* codes and nodes given out, 0 included */
    uint32_t flags;
    size_t n_gap_pairs;
} mc_build;

/* Splits the entries into words and gives codes to these. */
MC_MUST_CHECK mc_status mc_build_words(mc_build *build, mc_error *error);
/* Lays the entries of several tokens as steps from word to word. */
MC_MUST_CHECK mc_status mc_build_pairs(mc_build *build, mc_error *error);
/* Appends the section. */
MC_MUST_CHECK mc_status mc_build_write(const mc_build *build, mc_buffer *out, mc_error *error);

void mc_build_dispose(mc_build *build);

#endif
