/* Which pairs are kept. */
#ifndef MC_BALANCE_SELECT_H
#define MC_BALANCE_SELECT_H

#include "balance/drops.h"
#include "balance/key.h"

/* A pair's place in the order that --size follows. */
typedef struct mc_rank {
    double key;
    mc_pair pair;
    uint64_t ordinal; /* decides among copies only, which --dedup none leaves */
} mc_rank;

/* A pair is kept when key < threshold, or, by_rank, when it is not after last. */
typedef struct mc_selection {
    bool by_rank;
    mc_rank last;
    double threshold; /* by_rank: the smallest key that is left out */
} mc_selection;

int mc_rank_compare(const mc_rank *a, const mc_rank *b);

static inline bool mc_selected(const mc_selection *selection, double key, const char *identity,
                               uint64_t ordinal) {
    if (!selection->by_rank)
        return key < selection->threshold;
    if (key != selection->last.key)
        return key < selection->last.key;
    mc_rank rank = {key, mc_pair_load(identity), ordinal};
    return mc_rank_compare(&rank, &selection->last) <= 0;
}

/* Selects exactly size pairs, 0 < size < the number of matched pairs that are not dropped, in
 * bounded memory: one pass over the keys where a sample tells in which range the last pair lies,
 * else a few that narrow it. */
MC_MUST_CHECK mc_status mc_select_size(mc_selection *selection, mc_index_set *set,
                                       const mc_drops *drops, const mc_draw *draw, uint64_t size,
                                       const mc_balance_options *options, mc_error *error);

#endif
