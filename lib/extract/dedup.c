#include "extract/shards.h"

mc_status mc_extract_dedup(const mc_extract_options *options, mc_extract_result *result,
                           mc_extracted *shards, mc_error *error) {
    (void)options;
    (void)result;
    (void)shards;
    return mc_fail(error, MC_E_UNSUPPORTED, "not yet");
}
