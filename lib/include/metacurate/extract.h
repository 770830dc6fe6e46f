/* Extracting: any pool, crawls above all, into lines of JSON that say for every record its texts,
 * its image's URL and where it was found. docs/formats.md describes the lines. */
#ifndef METACURATE_EXTRACT_H
#define METACURATE_EXTRACT_H

#include "metacurate/balance.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_extract_options {
    const mc_pool *pool;
    const char *folder; /* output folder; shards go to FOLDER/pairs/NAME.jsonl.zst */
    size_t n_threads;   /* 0: one a processor */
    mc_dedup dedup;     /* over the whole run; what goes is counted as duplicate */
    uint64_t memory;    /* bytes to find duplicates in, about; 0: 512 MiB */
    bool resume;        /* take finished shards of folder as they are */
    const mc_control *control;
} mc_extract_options;

/* In totals matched are the texts that take part (neither empty nor excluded nor duplicates), and
 * kept are the same: nothing is matched here. Empty texts are written, too. */
typedef struct mc_extract_result {
    mc_totals totals;
    uint64_t n_lines;
    size_t n_shards;  /* extracted now or taken over */
    size_t n_resumed; /* of these, taken over */
    size_t n_failed;  /* shards that could not be opened or read; each was warned of */
    mc_error first_failure;
    mc_error first_reject; /* status MC_OK when no record was rejected in this run */
} mc_extract_result;

/* Extracts the pool into folder: pairs/, rejects.jsonl and manifest.json. A shard's file appears
 * whole or not at all. Failures are those of mc_match_run. */
MC_MUST_CHECK mc_status mc_extract_run(const mc_extract_options *options, mc_extract_result *result,
                                       mc_error *error);

/* Extracts the pool and hands the lines of all shards, in input order, to write. Nothing is done
 * about duplicates; rejected records are warned of; folder and resume are not looked at. */
MC_MUST_CHECK mc_status mc_extract_print(const mc_extract_options *options,
                                         mc_status (*write)(void *context, const char *data,
                                                            size_t size, mc_error *error),
                                         void *context, mc_extract_result *result, mc_error *error);

/* The same into one file, as one zstd frame. It appears whole or not at all. */
MC_MUST_CHECK mc_status mc_extract_file(const mc_extract_options *options, const char *path,
                                        mc_extract_result *result, mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
