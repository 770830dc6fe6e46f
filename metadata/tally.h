/* Counts of strings: each string once, with the sum of what was added for it. An open-addressed
 * table over candidates, which stay in the order in which their strings first came. */
#ifndef MC_METADATA_TALLY_H
#define MC_METADATA_TALLY_H

#include "metadata/candidates.h"

typedef struct mc_tally {
    mc_candidates strings; /* score = count */
    uint64_t *slots;       /* high half of the hash, index + 1; 0 is free */
    size_t n_slots;        /* a power of two, or 0 */
} mc_tally;                /* {0} is empty */

/* Adds count for a string, whose mc_hash64 is hash. Sums stop at UINT64_MAX, so that they do not
 * depend on the order of the additions. MC_E_LIMIT beyond 2^31 strings. */
MC_MUST_CHECK mc_status mc_tally_add(mc_tally *tally, mc_bytes string, uint64_t hash,
                                     uint64_t count, mc_error *error);

/* Bytes in use; of the same strings always the same. */
size_t mc_tally_size(const mc_tally *tally);

void mc_tally_dispose(mc_tally *tally);

#endif
