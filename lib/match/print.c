/* Match sets as JSON lines: one lane over all shards, so that lines keep the order of the input. */
#include <stdlib.h>
#include <string.h>

#include "base/pipeline.h"
#include "base/progress.h"
#include "io/json_out.h"
#include "match/ledger.h"
#include "match/work.h"

typedef struct run {
    const mc_match_options *options;
    mc_status (*write)(void *context, const char *data, size_t size, mc_error *error);
    void *context;
    mc_totals totals;
    size_t next_shard;
    mc_shard *shard;   /* the one being read */
    mc_shard **shards; /* those that were opened and of which chunks may still be in work */
    size_t writing_shard;
    uint64_t first_record; /* number of the next chunk's first record in that shard */
    mc_buffer lines;
} run;

typedef struct batch_state {
    mc_chunk chunk;
    mc_batch batch;
    mc_buffer sets; /* the "matches" part of each line */
    size_t *ends;   /* where each text's part ends */
    size_t ends_capacity;
    mc_totals totals;
    size_t shard;
} batch_state;

static mc_status create_batch(void *context, void **batch, mc_error *error) {
    (void)context;
    return mc_alloc(batch, 1, sizeof(batch_state), error);
}

static void free_batch(void *context, void *batch) {
    (void)context;
    batch_state *b = batch;
    if (!b)
        return;
    mc_chunk_dispose(&b->chunk);
    mc_batch_dispose(&b->batch);
    mc_buffer_dispose(&b->sets);
    free(b->ends);
    free(b);
}

static mc_status create_thread(void *context, void **scratch, mc_error *error) {
    run *r = context;
    MC_TRY(mc_alloc(scratch, 1, sizeof(mc_worker), error));
    return mc_worker_init(*scratch, r->options->concepts, error);
}

static void free_thread(void *context, void *scratch) {
    (void)context;
    if (scratch)
        mc_worker_dispose(scratch);
    free(scratch);
}

static mc_status read_pool(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    (void)lane;
    for (;;) {
        if (!r->shard) {
            if (r->next_shard == mc_pool_count(r->options->pool))
                return MC_END;
            MC_TRY(mc_shard_open(&r->shard, r->options->pool, r->next_shard, error));
            r->shards[r->next_shard++] = r->shard;
        }
        b->shard = r->next_shard - 1;
        mc_status status = mc_shard_read(r->shard, &b->chunk, error);
        if (status != MC_END)
            return status;
        r->shard = NULL;
    }
}

static mc_status print_set(mc_buffer *out, const mc_match_sets *sets, size_t text,
                           mc_error *error) {
    MC_TRY(mc_buffer_append(out, "\"matches\":[", 11, error));
    for (uint32_t i = sets->offsets[text]; i < sets->offsets[text + 1]; i++) {
        if (i > sets->offsets[text])
            MC_TRY(mc_buffer_append(out, ",", 1, error));
        MC_TRY(mc_json_u64(out, sets->ids[i], error));
    }
    return mc_buffer_append(out, "]}\n", 3, error);
}

/* Prints the sets; what stands before them on a line needs the chunk's first record number, which
 * only the writer knows. */
static mc_status work_batch(void *context, size_t lane, void *batch, void *scratch,
                            mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    mc_match_sets sets;
    (void)lane;
    MC_TRY(mc_worker_match(scratch, r->shards[b->shard], &b->chunk, &b->batch, &sets, error));
    b->totals = (mc_totals){0};
    mc_worker_count(&b->totals, &b->batch, &sets);
    b->sets.size = 0;
    MC_TRY(MC_GROW(b->ends, b->ends_capacity, b->batch.n_texts, error));
    for (size_t t = 0; t < b->batch.n_texts; t++) {
        MC_TRY(print_set(&b->sets, &sets, t, error));
        b->ends[t] = b->sets.size;
    }
    return MC_OK;
}

static mc_status write_batch(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    const char *path = mc_pool_path(r->options->pool, b->shard);
    bool several = mc_pool_count(r->options->pool) > 1;
    (void)lane;
    for (; r->writing_shard < b->shard; r->writing_shard++) { /* nothing before is in work */
        mc_shard_close(r->shards[r->writing_shard]);
        r->shards[r->writing_shard] = NULL;
        r->first_record = 0;
    }
    r->lines.size = 0;
    size_t start = 0;
    for (size_t i = 0; i < b->batch.n_records; i++) {
        const mc_record *record = &b->batch.records[i];
        for (uint32_t k = 0; k < record->n_texts; k++) {
            size_t end = b->ends[record->first_text + k];
            MC_TRY(mc_buffer_append(&r->lines, "{", 1, error));
            if (several) {
                const char *name = mc_pool_name(r->options->pool, b->shard);
                MC_TRY(mc_buffer_append(&r->lines, "\"shard\":", 8, error));
                MC_TRY(mc_json_string(&r->lines, name, strlen(name), error));
                MC_TRY(mc_buffer_append(&r->lines, ",", 1, error));
            }
            MC_TRY(mc_buffer_append(&r->lines, "\"record\":", 9, error));
            MC_TRY(mc_json_u64(&r->lines, r->first_record + record->number, error));
            MC_TRY(mc_buffer_append(&r->lines, ",\"text\":", 8, error));
            MC_TRY(mc_json_u64(&r->lines, b->batch.texts[record->first_text + k].number, error));
            MC_TRY(mc_buffer_append(&r->lines, ",", 1, error));
            MC_TRY(mc_buffer_append(&r->lines, b->sets.data + start, end - start, error));
            start = end;
        }
    }
    mc_ledger_warn(r->options->control, &r->totals, &b->batch, r->first_record, path);
    mc_totals_add(&r->totals, &b->totals);
    r->first_record += b->batch.n_numbers;
    return r->lines.size ? r->write(r->context, r->lines.data, r->lines.size, error) : MC_OK;
}

mc_status mc_match_print(const mc_match_options *options,
                         mc_status (*write)(void *context, const char *data, size_t size,
                                            mc_error *error),
                         void *context, mc_totals *totals, mc_error *error) {
    run r = {.options = options, .write = write, .context = context};
    size_t n_shards = mc_pool_count(options->pool);
    MC_TRY(MC_ALLOC(r.shards, n_shards, error));
    mc_pipeline pipeline = {.n_lanes = 1,
                            .n_threads =
                                options->n_threads ? options->n_threads : mc_processor_count(),
                            .context = &r,
                            .cancel = mc_control_cancel(options->control),
                            .batch_create = create_batch,
                            .batch_free = free_batch,
                            .scratch_create = create_thread,
                            .scratch_free = free_thread,
                            .read = read_pool,
                            .work = work_batch,
                            .write = write_batch};
    mc_status status = mc_pipeline_run(&pipeline, error);
    for (size_t i = 0; i < n_shards; i++)
        mc_shard_close(r.shards[i]);
    free(r.shards);
    mc_buffer_dispose(&r.lines);
    if (totals)
        *totals = r.totals;
    return status;
}
