/* Match indexes with the shape of MetaCLIP's pool, of any size.
 *
 * 500,000 entries, of which 114,000 have no match; the matches of the others fall off in two power
 * laws that meet at rank 16,000 (3.2 %), so fitted that those above hold 94.5 % of the matches and
 * an entry at that rank has a count of t when t is scaled to the pool as 20,000 is to 1.6 billion
 * texts. Matches a text are geometric with mean 3.5. Gathered, rare matches fall more often to
 * texts with many matches: a match of a text with k of them is rare with a probability proportional
 * to k. The texts are their numbers. */
#ifndef BENCH_PAPER_SHAPE_H
#define BENCH_PAPER_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "metacurate/base.h"

#define PAPER_ENTRIES 500000u
#define PAPER_MATCHED 386000u
#define PAPER_HEAD 16000u

typedef struct paper_shape {
    uint64_t n_texts;
    bool gathered;
    bool keep_texts;
} paper_shape;

/* Writes FOLDER/0.mcm, 1.mcm, ..., on all processors. */
MC_MUST_CHECK mc_status paper_generate(const paper_shape *shape, const char *folder,
                                       mc_error *error);
/* The paths of its indexes. The caller frees each and the array. */
MC_MUST_CHECK mc_status paper_paths(const paper_shape *shape, const char *folder, char ***paths,
                                    size_t *n, mc_error *error);
/* Makes FOLDER what matching such a pool leaves: the indexes in FOLDER/matches, the counts, and the
 * record of the run. */
MC_MUST_CHECK mc_status paper_match(const paper_shape *shape, const char *folder, mc_error *error);

/* What t = 20,000 is to 1.6 billion texts. */
static inline double paper_threshold(uint64_t n_texts) {
    return 20000.0 * (double)n_texts / 1.6e9;
}

#endif
