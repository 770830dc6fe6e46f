/* Pieces of work that need nothing of each other: lanes of a pipeline with one batch each. */
#include <stdbool.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/pipeline.h"

typedef struct pieces {
    void *context;
    mc_status (*work)(void *context, size_t piece, mc_error *error);
    bool *begun; /* by piece */
} pieces;

static mc_status begin_piece(void *context, size_t lane, void *batch, mc_error *error) {
    bool *begun = &((pieces *)context)->begun[lane];
    (void)batch;
    (void)error;
    if (*begun)
        return MC_END;
    *begun = true;
    return MC_OK;
}

static mc_status work_piece(void *context, size_t lane, void *batch, void *scratch,
                            mc_error *error) {
    const pieces *p = context;
    (void)batch;
    (void)scratch;
    return p->work(p->context, lane, error);
}

mc_status mc_pipeline_each(size_t n, size_t n_threads, atomic_int *cancel, void *context,
                           mc_status (*work)(void *context, size_t piece, mc_error *error),
                           mc_error *error) {
    pieces p = {.context = context, .work = work};
    MC_TRY(MC_ALLOC(p.begun, n, error));
    const mc_pipeline pipeline = {.n_lanes = n,
                                  .n_threads = n_threads < n ? n_threads : n,
                                  .context = &p,
                                  .cancel = cancel,
                                  .read = begin_piece,
                                  .work = work_piece};
    mc_status status = mc_pipeline_run(&pipeline, error);
    free(p.begun);
    return status;
}
