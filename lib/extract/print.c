/* One lane over all shards, so that lines keep the order of the input. */
#include <stdlib.h>

#include "base/pipeline.h"
#include "base/progress.h"
#include "extract/render.h"
#include "io/sink.h"
#include "match/ledger.h"
#include "metacurate/extract.h"

#define LEVEL 1

typedef mc_status write_lines(void *context, const char *data, size_t size, mc_error *error);

/* A shard, as long as batches of it may be in work. */
typedef struct open_shard {
    mc_shard *shard;
    mc_buffer path;
} open_shard;

typedef struct run {
    const mc_extract_options *options;
    write_lines *write;
    void *context;
    mc_extract_result *result;
    open_shard *shards;
    size_t reading; /* shard being read */
    size_t writing;
    uint64_t taken;        /* of the shard being read, as told to progress */
    uint64_t first_record; /* number of the next chunk's first record in the shard being written */
    mc_progress progress;
} run;

static void close_shard(open_shard *shard) {
    mc_shard_close(shard->shard);
    shard->shard = NULL;
    mc_buffer_dispose(&shard->path);
}

static mc_status read_pool(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    mc_rendered *b = batch;
    const mc_pool *pool = r->options->pool;
    (void)lane;
    for (; r->reading < mc_pool_count(pool); r->reading++, r->taken = 0) {
        open_shard *o = &r->shards[r->reading];
        if (!o->shard) {
            MC_TRY(mc_render_path(mc_pool_path(pool, r->reading), &o->path, error));
            MC_TRY(mc_shard_open(&o->shard, pool, r->reading, error));
        }
        mc_status status = mc_shard_read(o->shard, &b->chunk, error);
        uint64_t taken = mc_shard_taken(o->shard);
        b->shard_index = r->reading;
        b->taken = taken - r->taken;
        r->taken = taken;
        if (status != MC_END)
            return status;
    }
    return MC_END;
}

static mc_status work_batch(void *context, size_t lane, void *batch, void *scratch,
                            mc_error *error) {
    run *r = context;
    mc_rendered *b = batch;
    const open_shard *o = &r->shards[b->shard_index];
    (void)lane;
    return mc_render_chunk(scratch, o->shard, &o->path, b, error);
}

static mc_status write_batch(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    mc_rendered *b = batch;
    (void)lane;
    for (; r->writing < b->shard_index;
         r->writing++) { /* nothing of those before is in work any more */
        close_shard(&r->shards[r->writing]);
        r->first_record = 0;
    }
    mc_ledger_warn(r->options->control, &r->result->totals, &b->batch, r->first_record,
                   mc_pool_path(r->options->pool, b->shard_index));
    mc_totals_add(&r->result->totals, &b->totals);
    r->result->n_lines += b->n_lines;
    r->first_record += b->batch.n_numbers;
    mc_progress_add(&r->progress, b->taken, b->batch.n_texts);
    return b->lines.size ? r->write(r->context, b->lines.data, b->lines.size, error) : MC_OK;
}

mc_status mc_extract_print(const mc_extract_options *options, write_lines *write, void *context,
                           mc_extract_result *result, mc_error *error) {
    *result = (mc_extract_result){.n_shards = mc_pool_count(options->pool)};
    run r = {.options = options, .write = write, .context = context, .result = result};
    MC_TRY(MC_ALLOC(r.shards, result->n_shards, error));
    mc_progress_begin(&r.progress, options->control, MC_STAGE_EXTRACT, mc_pool_size(options->pool));
    mc_pipeline pipeline = {.n_lanes = 1,
                            .n_threads =
                                options->n_threads ? options->n_threads : mc_processor_count(),
                            .context = &r,
                            .cancel = mc_control_cancel(options->control),
                            .batch_create = mc_rendered_create,
                            .batch_free = mc_rendered_free,
                            .scratch_create = mc_renderer_create,
                            .scratch_free = mc_renderer_free,
                            .read = read_pool,
                            .work = work_batch,
                            .write = write_batch};
    mc_status status = mc_pipeline_run(&pipeline, error);
    for (size_t i = 0; i < result->n_shards; i++)
        close_shard(&r.shards[i]);
    free(r.shards);
    return status;
}

static mc_status write_to_sink(void *context, const char *data, size_t size, mc_error *error) {
    return mc_sink_write(context, data, size, error);
}

mc_status mc_extract_file(const mc_extract_options *options, const char *path,
                          mc_extract_result *result, mc_error *error) {
    mc_sink *sink;
    size_t n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    *result = (mc_extract_result){0};
    MC_TRY(mc_sink_create_zstd(&sink, path, LEVEL, n_threads, error));
    mc_status status = mc_extract_print(options, write_to_sink, sink, result, error);
    if (status == MC_OK)
        return mc_sink_commit(&sink, error);
    mc_sink_discard(&sink);
    return status;
}
