/* The one file that makes threads: read, work, write over lanes of batches.
 *
 * A lane is a stream whose batches are read one after the other and written in the same order (a
 * shard, say). Each thread takes a free batch, reads the next piece of some lane into it (one
 * reader a lane at a time), works on it while it is still in its cache, and hands it in; whoever
 * hands in the batch that is due writes it and all that wait behind it. Lower lanes are preferred,
 * so lanes finish about in order; as many lanes are open as there are threads. The fixed number of
 * batches bounds memory. With one lane, the order of write is the order of the whole input.
 *
 * The first failure in the order of the lane it happened in ends that lane; the run ends with the
 * failure of the lowest lane that failed.
 */
#ifndef MC_BASE_PIPELINE_H
#define MC_BASE_PIPELINE_H

#include "metacurate/base.h"

typedef struct mc_pipeline {
    size_t n_lanes;
    size_t n_threads;   /* 0 counts as 1 */
    size_t n_batches;   /* 0: twice the threads and two */
    void *context;      /* first argument of every step */
    atomic_int *cancel; /* may be NULL */

    /* Makes and frees what a batch holds. May be NULL: batches are then NULL. */
    mc_status (*batch_create)(void *context, void **batch, mc_error *error);
    void (*batch_free)(void *context, void *batch);
    /* Makes and frees a thread's own scratch. May be NULL. */
    mc_status (*scratch_create)(void *context, void **scratch, mc_error *error);
    void (*scratch_free)(void *context, void *scratch);

    /* Opens a lane, before its first read. May be NULL. */
    mc_status (*open)(void *context, size_t lane, mc_error *error);
    /* Fills batch with the lane's next piece: MC_OK, MC_END when there is none, or a failure. */
    mc_status (*read)(void *context, size_t lane, void *batch, mc_error *error);
    /* Works on a batch; many threads at once. May be NULL. */
    mc_status (*work)(void *context, size_t lane, void *batch, void *scratch, mc_error *error);
    /* Takes a worked batch; strictly in the order of read within its lane. May be NULL. */
    mc_status (*write)(void *context, size_t lane, void *batch, mc_error *error);
    /* Ends a lane that was opened. status is MC_OK when all of it was written, else what ended it
     * (MC_E_INTERRUPTED for lanes that another failure or a cancel cut short). */
    mc_status (*close)(void *context, size_t lane, mc_status status, mc_error *error);
} mc_pipeline;

/* Runs the pipeline to its end. Any failure of a step stops all lanes. */
MC_MUST_CHECK mc_status mc_pipeline_run(const mc_pipeline *pipeline, mc_error *error);

/* Does n pieces of work that need nothing of each other, each once, on up to n_threads threads (0
 * counts as 1). Of several failures the one of the lowest piece is given. */
MC_MUST_CHECK mc_status
mc_pipeline_each(size_t n, size_t n_threads, atomic_int *cancel, void *context,
                 mc_status (*work)(void *context, size_t piece, mc_error *error), mc_error *error);

/* Number of processors this process may run on; at least 1. */
size_t mc_processor_count(void);

#endif
