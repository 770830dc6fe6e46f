/* A shard as a lane of a pipeline: opened, read, and its books kept. What matching and extracting
 * share. */
#ifndef MC_MATCH_LANE_H
#define MC_MATCH_LANE_H

#include <stdatomic.h>

#include "match/index.h"
#include "pool/shard.h"

typedef struct mc_lane {
    size_t index;    /* of the shard in the pool */
    mc_shard *shard; /* NULL while closed */
    mc_totals totals;
    mc_buffer ledger;
    uint64_t taken; /* bytes of the file, as told to progress */
    bool failed;    /* could not be opened or read; nothing is written for it */
    mc_error failure;
    mc_error first_reject;
} mc_lane;

/* Records of all lanes so far. */
typedef struct mc_first_records {
    _Atomic uint64_t n_read, n_rejected;
} mc_first_records;

/* Opens the shard. One that cannot be opened is noted as failed, which is no failure of the run. */
MC_MUST_CHECK mc_status mc_lane_open(mc_lane *lane, const mc_pool *pool, mc_error *error);
/* Reads a chunk: MC_OK, MC_END (also where the system refuses to read on: the lane has failed), or
 * a failure. *taken is what it took of the file. */
MC_MUST_CHECK mc_status mc_lane_read(mc_lane *lane, mc_chunk *chunk, uint64_t *taken,
                                     mc_error *error);
/* Enters a batch, whose books but for its rejects are in totals. *first_record receives the number
 * of its chunk's record 0. */
MC_MUST_CHECK mc_status mc_lane_enter(mc_lane *lane, const mc_pool *pool, const mc_batch *batch,
                                      const mc_totals *totals, uint64_t *first_record,
                                      mc_error *error);
/* Stops a run in which nothing but rejects was seen: MC_E_FORMAT. */
MC_MUST_CHECK mc_status mc_lane_check_first(mc_first_records *first, const mc_lane *lane,
                                            const mc_pool *pool, const mc_batch *batch,
                                            uint64_t first_record, mc_error *error);
/* Adds to info what is known of a shard read to its end: digest, size, format, books. */
MC_MUST_CHECK mc_status mc_lane_describe(const mc_lane *lane, const mc_pool *pool,
                                         mc_index_info *info, mc_error *error);
/* Warns of a failed lane, counts it, keeps the first failure, and appends its line to failures. */
MC_MUST_CHECK mc_status mc_lane_report(const mc_lane *lane, const mc_pool *pool,
                                       const mc_control *control, size_t *n_failed,
                                       mc_error *first_failure, mc_buffer *failures,
                                       mc_error *error);
void mc_lane_close(mc_lane *lane);

#endif
