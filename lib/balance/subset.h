/* The last pass: keys again, the kept pairs with their texts, and what is emitted. */
#ifndef MC_BALANCE_SUBSET_H
#define MC_BALANCE_SUBSET_H

#include "balance/emit.h"
#include "balance/select.h"

typedef struct mc_subset {
    mc_index_set *set;
    const mc_balance_options *options;
    const mc_drops *drops;
    const mc_draw *draw;
    const mc_selection *selection;
    mc_emitter **emitters;
    size_t n_emitters;
    /* Results. */
    uint64_t n_kept;
    uint64_t *counts_after; /* the caller's, zeroed, one an entry */
    double expected_size;
    double expected_deviation;
} mc_subset;

/* Goes through all indexes in order. The texts come from the indexes where they were kept, else
 * from the pool, which is read again; a kept text that is not there as it was matched is
 * MC_E_MISMATCH. */
MC_MUST_CHECK mc_status mc_subset_write(mc_subset *subset, mc_error *error);

#endif
