/* Draws and keys, and the expected size, exactly as docs/rules.md has them. */
#ifndef MC_BALANCE_KEY_H
#define MC_BALANCE_KEY_H

#include <string.h>

#include "base/hash.h"
#include "match/block.h"

/* What a draw needs of an entry, side by side: both are read for every match. */
typedef struct mc_draw_entry {
    uint64_t mixed; /* entry_hash, mixed with the seed as XXH3 does */
    double count;   /* c_e: of the pool, or of another one */
} mc_draw_entry;

/* What keys are computed with. Immutable once made. */
typedef struct mc_draw {
    mc_draw_entry *entries; /* by id */
    const uint32_t *firsts; /* lowest id with the same string; borrowed; NULL where none repeats */
    uint32_t n_entries;
    uint64_t seed;
} mc_draw;

/* hashes, counts and firsts have n items, by entry id. */
MC_MUST_CHECK mc_status mc_draw_init(mc_draw *draw, const uint64_t *hashes, const uint64_t *counts,
                                     const uint32_t *firsts, uint32_t n, uint64_t seed,
                                     mc_error *error);
void mc_draw_dispose(mc_draw *draw);

/* XXH3_64bits_withSeed of 32 bytes (xxHash's specification, XXH3, inputs of 17 to 128 bytes) is
 *     avalanche(32 * prime + fold(b0 ^ k0, b1 ^ k1) + fold(b2 ^ k2, b3 ^ k3))
 * over the bytes as four words and the secret's first words with the seed added or subtracted. Of a
 * pair's draws only b3, the entry_hash, differs, so all the rest is computed once a pair. */
#define MC_XXH3_SECRET0 0xbe4ba423396cfeb8u
#define MC_XXH3_SECRET1 0x1cad21f72c81017cu
#define MC_XXH3_SECRET2 0xdb979083e96dd4deu
#define MC_XXH3_SECRET3 0x1f67b3b7a4a44072u
#define MC_XXH3_PRIME 0x9e3779b185ebca87u

__extension__ typedef unsigned __int128 mc_wide;

static inline uint64_t mc_fold(uint64_t a, uint64_t b) {
    mc_wide product = (mc_wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* u(pair, e), given the part of the hash that is the pair's alone. */
static inline double mc_draw_u(uint64_t start, uint64_t text, uint64_t mixed) {
    uint64_t h = start + mc_fold(text, mixed);
    h ^= h >> 37;
    h *= 0x165667919e3779f9u;
    h ^= h >> 32;
    return (double)(h >> 11) * 0x1p-53;
}

/* key(pair) = min over its entries of u(pair, e) * c_e; n_ids > 0. */
static inline double mc_draw_key(const mc_draw *draw, const char *identity, const uint32_t *ids,
                                 size_t n_ids) {
    uint64_t start =
        32 * MC_XXH3_PRIME + mc_fold(mc_load_u64(identity) ^ (MC_XXH3_SECRET0 + draw->seed),
                                     mc_load_u64(identity + 8) ^ (MC_XXH3_SECRET1 - draw->seed));
    uint64_t text = mc_load_u64(identity + 16) ^ (MC_XXH3_SECRET2 + draw->seed);
    const mc_draw_entry *first = &draw->entries[ids[0]];
    double key = mc_draw_u(start, text, first->mixed) * first->count;
    for (size_t i = 1; i < n_ids; i++) {
        const mc_draw_entry *entry = &draw->entries[ids[i]];
        double k = mc_draw_u(start, text, entry->mixed) * entry->count;
        key = k < key ? k : key;
    }
    return key;
}

/* Asks for what the draws of the texts some way behind text will need. The entries of a large list
 * do not fit a near cache, and a match's entry is anywhere in it. */
static inline void mc_draw_prefetch(const mc_draw *draw, const mc_block *block, uint32_t text) {
    enum { AHEAD = 32 }; /* ids */
    uint32_t at = block->offsets[text] + AHEAD, end = block->offsets[text + 1] + AHEAD;
    if (end > block->info.n_ids)
        end = block->info.n_ids;
    for (; at < end; at++)
        __builtin_prefetch(&draw->entries[block->ids[at]]);
}

/* q = 1 - prod over the distinct entry strings of (1 - p_e), p_e = min(1, t / c_e). */
static inline double mc_draw_probability(const mc_draw *draw, const uint32_t *ids, size_t n_ids,
                                         double t) {
    double miss = 1;
    for (size_t i = 0; i < n_ids; i++) {
        double p = t / draw->entries[ids[i]].count;
        p = p < 1 ? p : 1;
        if (!draw->firsts || draw->firsts[ids[i]] == ids[i])
            miss *= 1 - p;
    }
    return 1 - miss;
}

/* A sum of numbers from 0 to 1 in fixed point: exact, so that it is the same in any order. */
typedef struct mc_sum {
    mc_wide units; /* of 2^-62 */
} mc_sum;

static inline void mc_sum_add(mc_sum *sum, double value, uint64_t times) {
    sum->units += (mc_wide)(uint64_t)(value * 0x1p62) * times;
}

static inline double mc_sum_value(const mc_sum *sum) {
    return (double)sum->units * 0x1p-62;
}

#endif
