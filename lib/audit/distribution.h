/* How counts are distributed over the entries of a list. Everything here follows from the counts
 * alone and is the same to the last bit on every machine. */
#ifndef MC_AUDIT_DISTRIBUTION_H
#define MC_AUDIT_DISTRIBUTION_H

#include "metacurate/base.h"

typedef struct mc_distribution {
    uint64_t *sorted; /* the counts, ascending */
    uint64_t *sums;   /* sums[i]: of the i smallest; n + 1 of them */
    size_t n;
    size_t n_zero;
    uint64_t total; /* of all counts; below 2^63 */
    uint64_t largest;
} mc_distribution;

/* MC_E_FORMAT when the counts' sum is 2^63 or more, which no pool's is. Dispose of it in any case.
 */
MC_MUST_CHECK mc_status mc_distribution_init(mc_distribution *distribution, const uint64_t *counts,
                                             size_t n, mc_error *error);
void mc_distribution_dispose(mc_distribution *distribution);

static inline size_t mc_distribution_matched(const mc_distribution *d) {
    return d->n - d->n_zero;
}

/* How many entries have a count below t. */
size_t mc_distribution_below(const mc_distribution *distribution, double t);
/* Entries with a count of at least t, but at least 1. */
size_t mc_distribution_head(const mc_distribution *distribution, double t);
/* The share of all counts that is of entries below t; 0 where all are 0. */
double mc_distribution_tail_share(const mc_distribution *distribution, double t);
/* Sum of min(count, t) over the first so many of the sorted entries. */
double mc_distribution_capped(const mc_distribution *distribution, size_t n_first, double t);
/* Shannon entropy, in bits, of an entry drawn by its count; 0 where all are 0. */
double mc_distribution_entropy(const mc_distribution *distribution);

enum { MC_RANKS_MAX = 240 };

/* At most MC_RANKS_MAX numbers from 1 to n, both among them, ascending and about evenly spaced in
 * their logarithms. Returns how many; 0 for n = 0. */
size_t mc_distribution_ranks(size_t n, size_t ranks[MC_RANKS_MAX]);

enum { MC_SERIES_MAX = 64 };

/* 1, 2, 5, 10, ... up to the first that is above largest. Returns how many. */
size_t mc_threshold_series(uint64_t largest, double series[MC_SERIES_MAX]);

#endif
