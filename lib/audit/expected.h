/* Expected sizes of subsets at many thresholds at once, and how much they vary.
 *
 * A text is left out at t with the probability m = prod over its distinct entry strings of
 * (1 - min(1, t / c_e)), computed as max(0, 1 - t * (1 / c_e)); the expected size is the sum of
 * 1 - m, its variance that of m - m^2. Sums are taken of 1 + m and 1 + m^2, whose bits, read as
 * integers, are fixed-point numbers in units of 2^-52: so they are the same in any order, of texts
 * as of threads, and with vectors of any length.
 *
 * The work is done for as many texts at a time as a vector has lanes, threshold after threshold.
 * Texts with equally many entries go together, so that no lane waits; and since all their m are 0
 * from some threshold on, what lies above it costs nothing. */
#ifndef MC_AUDIT_EXPECTED_H
#define MC_AUDIT_EXPECTED_H

#include <math.h>

#include "balance/key.h"
#include "base/cpu.h"

enum {
    MC_EXPECTED_STEP = 4,  /* thresholds that are worked on side by side */
    MC_EXPECTED_LONG = 64, /* texts with more entries are worked on alone */
    MC_EXPECTED_LANES = 8  /* of any vector, at most */
};

/* What texts of all threads share. Immutable once made. */
typedef struct mc_expected_plan {
    double *thresholds; /* ascending; n_padded of them, the last ones infinite */
    size_t n, n_padded; /* the latter a multiple of MC_EXPECTED_STEP */
    const mc_draw *draw;
    mc_isa isa;
} mc_expected_plan;

/* What an entry counts in products: infinite where its string has a lower id, too. */
static inline double mc_expected_count(const mc_draw *draw, uint32_t id) {
    return draw->firsts && draw->firsts[id] != id ? INFINITY : draw->entries[id].count;
}

/* thresholds has n items, ascending; draw is borrowed. */
MC_MUST_CHECK mc_status mc_expected_plan_init(mc_expected_plan *plan, const double *thresholds,
                                              size_t n, const mc_draw *draw, mc_isa isa,
                                              mc_error *error);
void mc_expected_plan_dispose(mc_expected_plan *plan);

/* Sums; one thread's. */
typedef struct mc_expected {
    const mc_expected_plan *plan;
    uint64_t n_texts;
    mc_wide *missed;  /* by threshold: sum of m, in units of 2^-52 */
    mc_wide *squared; /* sum of m^2 */
    /* Of the texts being added: by threshold, in MC_EXPECTED_LANES lanes, the bits of 1 + m and
     * 1 + m^2 (vectors of any length lie in them), and by step of thresholds how many are in. */
    void *memory, *missed_bits, *squared_bits;
    uint64_t *n_added;
} mc_expected;

MC_MUST_CHECK mc_status mc_expected_init(mc_expected *expected, const mc_expected_plan *plan,
                                         mc_error *error);
void mc_expected_dispose(mc_expected *expected);

/* Adds n texts of a block, each with at least one entry; they are among the n_range <=
 * MC_DRAW_TEXTS texts from first on. keys[text - first] becomes the key of each. */
void mc_expected_add(mc_expected *expected, const mc_block *block, uint32_t first, uint32_t n_range,
                     const uint32_t *texts, uint32_t n, double *keys);
/* Adds another thread's sums, made with the same plan. */
void mc_expected_merge(mc_expected *expected, const mc_expected *other);

/* The expected size at a threshold, and the variance of the size. */
double mc_expected_size(const mc_expected *expected, size_t threshold);
double mc_expected_variance(const mc_expected *expected, size_t threshold);

/* Of each instruction set: adds texts with at most MC_EXPECTED_LONG entries, sorted by how many,
 * to the bits; with AVX-512 draws for them, too. */
void mc_expected_bits_portable(mc_expected *expected, const mc_block *block, const uint32_t *texts,
                               uint32_t n);
void mc_expected_bits_avx2(mc_expected *expected, const mc_block *block, const uint32_t *texts,
                           uint32_t n);
void mc_expected_draw_avx512(mc_expected *expected, const mc_block *block, const uint32_t *texts,
                             uint32_t n, uint32_t first, double *keys);

#endif
