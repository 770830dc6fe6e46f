/* The variance of a subset's size when copies of a pair are kept apart (--dedup none): copies share
 * a draw, so m copies of a pair with variance v = q (1 - q) add m^2 v. */
#ifndef MC_BALANCE_SPREAD_H
#define MC_BALANCE_SPREAD_H

#include "metacurate/balance.h"

typedef struct mc_spread mc_spread;

MC_MUST_CHECK mc_status mc_spread_create(mc_spread **out, const mc_balance_options *options,
                                         uint64_t n_texts, mc_error *error);
void mc_spread_free(mc_spread *spread);
/* Adds a copy of a pair with its v. One thread. */
MC_MUST_CHECK mc_status mc_spread_add(mc_spread *spread, const char *identity, double variance,
                                      mc_error *error);
/* The sum of m^2 v over the pairs. */
MC_MUST_CHECK mc_status mc_spread_sum(const mc_spread *spread, double *out, mc_error *error);

#endif
