/* Extracting a pool into a folder: every shard, then duplicates over all of them, then the record.
 */
#include <stdlib.h>

#include "extract/shards.h"

static mc_status extract(const mc_extract_options *options, mc_extract_result *result,
                         mc_extracted *shards, mc_buffer *failures, mc_error *error) {
    MC_TRY(mc_extract_shards(options, result, shards, failures, error));
    if (options->dedup != MC_DEDUP_NONE)
        MC_TRY(mc_extract_dedup(options, result, shards, error));
    return mc_extract_record(options, result, shards, failures, error);
}

mc_status mc_extract_run(const mc_extract_options *options, mc_extract_result *result,
                         mc_error *error) {
    size_t n = mc_pool_count(options->pool);
    mc_extracted *shards;
    mc_buffer failures = {0};
    *result = (mc_extract_result){0};
    MC_TRY(MC_ALLOC(shards, n, error));
    mc_status status = extract(options, result, shards, &failures, error);
    for (size_t i = 0; i < n; i++) {
        mc_index_info_dispose(&shards[i].info);
        mc_buffer_dispose(&shards[i].ledger);
    }
    free(shards);
    mc_buffer_dispose(&failures);
    return status;
}
