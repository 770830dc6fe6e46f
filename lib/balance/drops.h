/* Which texts do not take part: those of excluded images, and all but one of equal pairs. */
#ifndef MC_BALANCE_DROPS_H
#define MC_BALANCE_DROPS_H

#include "balance/bitmap.h"
#include "balance/pass.h"
#include "metacurate/balance.h"

typedef struct mc_drops {
    mc_bitmap dropped; /* by ordinal of the text */
    uint64_t n_excluded;
    uint64_t n_duplicates;
} mc_drops;

/* Finds them exactly, by comparing identities, in about options->memory bytes. Of equal pairs the
 * first stays. Texts without a byte are neither excluded nor duplicates. */
MC_MUST_CHECK mc_status mc_drops_find(mc_drops *drops, mc_index_set *set,
                                      const mc_balance_options *options, mc_error *error);
void mc_drops_dispose(mc_drops *drops);

/* The number of partitions that lets n_threads tables hold n_items between them in half of memory,
 * whatever the items are. */
size_t mc_partition_count(uint64_t n_items, uint64_t memory, size_t n_threads);

#endif
