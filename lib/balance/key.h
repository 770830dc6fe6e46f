/* Draws and keys, and the expected size, exactly as docs/rules.md has them. */
#ifndef MC_BALANCE_KEY_H
#define MC_BALANCE_KEY_H

#include <string.h>

#include "base/hash.h"
#include "match/block.h"

/* What keys are computed with. Borrowed. */
typedef struct mc_draw {
    const uint64_t *hashes; /* entry_hash by id */
    const uint64_t *counts; /* c_e by id: of the pool, or of another one */
    const uint32_t *firsts; /* lowest id with the same string */
    uint64_t seed;
} mc_draw;

/* key(pair) = min over its entries of u(pair, e) * c_e; n_ids > 0. */
static inline double mc_draw_key(const mc_draw *draw, const char *identity, const uint32_t *ids,
                                 size_t n_ids) {
    char bytes[MC_IDENTITY_SIZE + 8];
    double key = 0;
    memcpy(bytes, identity, MC_IDENTITY_SIZE);
    for (size_t i = 0; i < n_ids; i++) {
        memcpy(bytes + MC_IDENTITY_SIZE, &draw->hashes[ids[i]], 8);
        uint64_t h = XXH3_64bits_withSeed(bytes, sizeof bytes, draw->seed);
        double u = (double)(h >> 11) * 0x1p-53;
        double k = u * (double)draw->counts[ids[i]];
        if (i == 0 || k < key)
            key = k;
    }
    return key;
}

/* q = 1 - prod over the distinct entry strings of (1 - p_e), p_e = min(1, t / c_e). */
static inline double mc_draw_probability(const mc_draw *draw, const uint32_t *ids, size_t n_ids,
                                         double t) {
    double miss = 1;
    for (size_t i = 0; i < n_ids; i++) {
        double count = (double)draw->counts[ids[i]];
        if (count <= t)
            return 1;
        if (draw->firsts[ids[i]] == ids[i])
            miss *= 1 - t / count;
    }
    return 1 - miss;
}

/* A sum of numbers from 0 to 1 in fixed point: exact, so that it is the same in any order. */
__extension__ typedef unsigned __int128 mc_wide;

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
