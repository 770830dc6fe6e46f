/* A finished run over a made-up pool, in the scratch folder: what balancing leaves, and its
 * manifest; beside it the same in the plainest way. */
#ifndef TEST_MADE_RUN_H
#define TEST_MADE_RUN_H

#include "made_pairs.h"

#include "metacurate/audit.h"

typedef struct made_run {
    made_pool pool;
    mc_balance_options options; /* of the balancing */
    mc_balance_result result;
    mc_audit_options audit; /* to look at it */
} made_run;

/* Balances a pool of shape as options ask (indexes, folder and concepts are filled in). */
static inline void made_run_init(made_run *run, const made_shape *shape,
                                 const mc_balance_options *options) {
    mc_error error = {0};
    made_pool_init(&run->pool, shape);
    run->options = *options;
    run->options.indexes = (const char *const *)run->pool.paths;
    run->options.n_indexes = run->pool.n_shards;
    run->options.folder = scratch_folder;
    run->options.concepts = run->pool.concepts;
    if (mc_balance_run(&run->options, &run->result, &error) != MC_OK)
        fail_msg("%s", error.message);
    const mc_run_record record = {
        .command = "balance", .options = &run->options, .result = &run->result};
    if (mc_run_record_write(&record, &error) != MC_OK)
        fail_msg("%s", error.message);
    run->audit = (mc_audit_options){
        .folder = scratch_folder, .concepts = run->pool.concepts, .n_threads = 1};
}

static inline void made_run_free(made_run *run) {
    mc_balance_result_dispose(&run->result);
    made_pool_free(&run->pool);
    scratch_empty(scratch_folder);
}

#endif
