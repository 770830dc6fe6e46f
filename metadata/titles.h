/* Titles of Wikipedia by their views, from hourly pageviews files: lines "domain title count
 * bytes". */
#ifndef MC_METADATA_TITLES_H
#define MC_METADATA_TITLES_H

#include "base/hash.h"
#include "metadata/candidates.h"

typedef struct mc_titles_options {
    const char *project; /* "en": domains en and en.m, ...; mobile ones are folded in */
    uint64_t hour_floor; /* a line with fewer views is left out (50 under the first recipe) */
    uint64_t memory;     /* bytes, about */
    size_t n_threads;
    const mc_control *control;
} mc_titles_options;

typedef struct mc_titles_totals {
    uint64_t lines, counted, other_domains, below_floor, with_colon, damaged;
} mc_titles_totals;

/* Sums the views of every title over all files (compressed or not). Titles with ":" are left out,
 * underscores become spaces, percent-encoding stays. score = views. Damaged lines are counted and
 * entered in ledger. digests: one a file, or NULL. */
MC_MUST_CHECK mc_status mc_titles_read(mc_candidates *out, const char *const *paths, size_t n,
                                       const mc_titles_options *options, mc_titles_totals *totals,
                                       mc_buffer *ledger, mc_u128 *digests, mc_error *error);

#endif
