/* How alike two distributions over the same entries are. Sums are exact, so that they depend on the
 * order of the entries no more than on which of the two is called a. */
#ifndef MC_AUDIT_QUESTIONS_LIKENESS_H
#define MC_AUDIT_QUESTIONS_LIKENESS_H

#include "balance/key.h"

typedef struct mc_likeness {
    mc_sum divergence; /* Jensen-Shannon, in bits */
    mc_sum variation;  /* total variation */
} mc_likeness;         /* {0} at first */

/* Adds an entry, which has the shares a and b of its distributions. */
void mc_likeness_add(mc_likeness *likeness, double a, double b);
double mc_likeness_divergence(const mc_likeness *likeness);
double mc_likeness_variation(const mc_likeness *likeness);

typedef struct mc_count_pair {
    uint64_t a, b;
} mc_count_pair;

/* Spearman's rank correlation of n pairs, n <= MC_ENTRIES_MAX, with mean ranks for ties; NaN where
 * all a or all b are the same. The pairs are used up. */
double mc_rank_correlation(mc_count_pair *pairs, size_t n);

#endif
