/* What a thread does with a chunk: parse it and find the match sets of its texts. Shared by
 * matching into an index and by printing. */
#ifndef MC_MATCH_WORK_H
#define MC_MATCH_WORK_H

#include "match/block.h"
#include "metacurate/match.h"
#include "pool/shard.h"

/* One thread's scratch. */
typedef struct mc_worker {
    mc_parser *parser;
    mc_scanner *scanner;
    mc_bytes *texts;
    size_t texts_capacity;
} mc_worker;

MC_MUST_CHECK mc_status mc_worker_init(mc_worker *worker, const mc_concepts *concepts,
                                       mc_error *error);
void mc_worker_dispose(mc_worker *worker);

/* Parses chunk into batch, of which mc_batch_bound rejects what is too much, and matches its texts;
 * sets is borrowed from the worker. */
MC_MUST_CHECK mc_status mc_worker_match(mc_worker *worker, const mc_shard *shard,
                                        const mc_chunk *chunk, mc_batch *batch, mc_match_sets *sets,
                                        mc_error *error);

/* Rejects, as too long, the records from the first on with which the batch has more texts, or more
 * bytes in them and in the URLs of images and pages, than a block holds. Only a very long record,
 * or a page of a very long URL with many images, has so many. offset is the chunk's. */
MC_MUST_CHECK mc_status mc_batch_bound(mc_batch *batch, uint64_t offset, mc_error *error);
/* Rejects all of them: their matches do not fit. */
MC_MUST_CHECK mc_status mc_batch_reject_all(mc_batch *batch, uint64_t offset, mc_error *error);

/* Adds the records and texts of a batch (not its rejects) to the books, as far as reading them
 * tells: which texts match is left open. */
void mc_batch_count(mc_totals *totals, const mc_batch *batch);
/* Adds a batch's records and texts (not its rejects) to the books. */
void mc_worker_count(mc_totals *totals, const mc_batch *batch, const mc_match_sets *sets);

#endif
