/* Draws and keys, and the expected size, exactly as docs/rules.md has them. */
#ifndef MC_BALANCE_KEY_H
#define MC_BALANCE_KEY_H

#include <string.h>

#include "base/cpu.h"
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
    mc_isa isa;
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

enum { MC_DRAW_TEXTS = 1024 }; /* texts that are drawn for at once, at most */

/* Draws for n <= MC_DRAW_TEXTS texts of a block, from the text first on.
 *   keys     key(pair) = min over its entries of u(pair, e) * c_e; infinite where a text has no
 * match chances  the probability of being kept at t: 1 - prod over the distinct entry strings of (1
 * - p_e), p_e = min(1, t / c_e); 0 where a text has no match. May be NULL. */
void mc_draw_texts(const mc_draw *draw, const mc_block *block, uint32_t first, uint32_t n, double t,
                   double *keys, double *chances);

/* The same with AVX-512 for texts that are sorted by how many entries they have, at least one; keys
 * and chances are those of the texts from first on. */
void mc_draw_avx512(const mc_draw *draw, const mc_block *block, const uint32_t *texts, uint32_t n,
                    uint32_t first, double t, double *keys, double *chances);

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
