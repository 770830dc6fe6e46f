/* Extracting every shard for itself, and what is known of all of them afterwards. */
#ifndef MC_EXTRACT_SHARDS_H
#define MC_EXTRACT_SHARDS_H

#include "extract/state.h"

/* A shard of the run, in the order of the pool. */
typedef struct mc_extracted {
    mc_index_info info; /* totals and how it was read; shard NULL: it failed */
    uint64_t n_lines;
    mc_buffer ledger;
} mc_extracted;

/* Extracts what is not finished yet into FOLDER/pairs or FOLDER/all. *shards receives one item a
 * shard of the pool, *failures the ledger lines of those that could not be read. */
MC_MUST_CHECK mc_status mc_extract_shards(const mc_extract_options *options,
                                          mc_extract_result *result, mc_extracted *shards,
                                          mc_buffer *failures, mc_error *error);

/* Drops duplicates over all shards: FOLDER/all to FOLDER/pairs. The books of shards and result
 * follow. */
MC_MUST_CHECK mc_status mc_extract_dedup(const mc_extract_options *options,
                                         mc_extract_result *result, mc_extracted *shards,
                                         mc_error *error);

/* rejects.jsonl and, last, manifest.json. */
MC_MUST_CHECK mc_status mc_extract_record(const mc_extract_options *options,
                                          const mc_extract_result *result,
                                          const mc_extracted *shards, const mc_buffer *failures,
                                          mc_error *error);

#endif
