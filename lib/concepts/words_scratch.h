/* One thread's state for scanning: caches of words and pairs met lately, and the sets found. */
#ifndef MC_CONCEPTS_WORDS_SCRATCH_H
#define MC_CONCEPTS_WORDS_SCRATCH_H

#include "concepts/words_lookup.h"

/* Slots of the caches. All are direct-mapped and remember what is absent, too. Together they fit
 * into a second-level cache of 2 MB. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { MC_WORD_CACHE_BITS = 4, MC_WIDE_CACHE_BITS = 3, MC_PAIR_CACHE_BITS = 3 };
#else
enum { MC_WORD_CACHE_BITS = 16, MC_WIDE_CACHE_BITS = 13, MC_PAIR_CACHE_BITS = 15 };
#endif

/* One miss in this many replaces what the cache holds (powers of two). */
enum { MC_WORD_CACHE_REPLACE = 4, MC_PAIR_CACHE_REPLACE = 2 };

/* Fills a cache slot that no word has matched so far: no word begins with a space and goes on. */
#define MC_CACHE_UNUSED 0x20u

typedef struct mc_wide_cached {
    uint64_t key[2];
    uint32_t code;
    uint16_t next, previous;
    uint64_t padding;
} mc_wide_cached;

/* What ends a token: a separator, a mark. */
enum { MC_PLAIN, MC_BLANK, MC_MARK };

extern const uint8_t mc_token_end[256];

struct mc_words_scratch {
    const mc_words *view;
    mc_isa isa;
    mc_short_word *words; /* words of at most 8 bytes, by their keys */
    mc_wide_cached *wide; /* words of 9 to 16 bytes */
    mc_word_pair *pairs;
    void *memory;    /* all of the above, and block */
    uint32_t misses; /* counted, since only some of them replace what a cache holds */

    uint32_t *ids; /* the sets so far, one after the other */
    size_t n_ids, ids_capacity;
    uint32_t *offsets;
    size_t offsets_capacity;

    uint32_t *nodes; /* the beginnings of entries that the text so far may complete */
    size_t n_nodes, nodes_capacity;

    void *block; /* working memory of the vectorised paths */
};

/* Two products of 32 bits and the middle of their sum, which every byte of the key reaches. */
#define MC_CACHE_LOW 0x9e3779b1u
#define MC_CACHE_HIGH 0x85ebca77u
#define MC_CACHE_SHIFT 20

static inline size_t mc_cache_slot(uint64_t key, unsigned bits) {
    uint64_t x = (key & UINT32_MAX) * MC_CACHE_LOW + (key >> 32) * MC_CACHE_HIGH;
    return (size_t)(x >> MC_CACHE_SHIFT & (((uint64_t)1 << bits) - 1));
}

static inline size_t mc_word_cache_slot(uint64_t key) {
    return mc_cache_slot(key, MC_WORD_CACHE_BITS);
}

static inline size_t mc_wide_cache_slot(uint64_t low, uint64_t high) {
    uint64_t x = (low ^ (high << 23 | high >> 41)) * 0x9fb21c651e98df25u;
    return (size_t)(x >> (64 - MC_WIDE_CACHE_BITS));
}

static inline size_t mc_pair_cache_slot(uint64_t key) {
    return mc_cache_slot(key, MC_PAIR_CACHE_BITS);
}

/* Appends the match set of one text of any kind and length: the path that is always right. */
MC_MUST_CHECK mc_status mc_words_scan_text(mc_words_scratch *s, mc_bytes text, mc_error *error);

/* The same for n texts; sets offsets[1 .. n]. */
MC_MUST_CHECK mc_status mc_words_scan_texts(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                                            uint32_t *offsets, mc_error *error);

/* Sorts the ids from first on, leaves each once, and adds those of repeated entries. */
MC_MUST_CHECK mc_status mc_words_finish_set(mc_words_scratch *s, size_t first, mc_error *error);

/* Sorts n ids and leaves each once; returns how many. */
size_t mc_words_sort_ids(uint32_t *ids, size_t n);

/* Scans texts and sets offsets[1 .. n]. */
MC_MUST_CHECK mc_status mc_words_scan_portable(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                                               uint32_t *offsets, mc_error *error);
MC_MUST_CHECK mc_status mc_words_scan_avx2(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                                           uint32_t *offsets, mc_error *error);
MC_MUST_CHECK mc_status mc_words_scan_avx512(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                                             uint32_t *offsets, mc_error *error);

/* Size of the block memory of those paths. */
size_t mc_words_block_size_portable(void);
size_t mc_words_block_size_avx2(void);
size_t mc_words_block_size_avx512(void);

/* Notes that a text's set ends with the ids so far. */
MC_MUST_CHECK mc_status mc_words_end_set(const mc_words_scratch *s, uint32_t *offset,
                                         mc_error *error);

#endif
