/* Matching a pool into match indexes: a lane a shard, a chunk of records a batch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pipeline.h"
#include "base/progress.h"
#include "match/lane.h"
#include "match/resume.h"
#include "match/work.h"

typedef struct lane_state {
    mc_lane lane;
    mc_index_writer *writer;
    _Atomic unsigned char *seen; /* by entry id: occurs in the shard */
    bool keep_texts;
} lane_state;

typedef struct run {
    const mc_match_options *options;
    size_t n_threads;
    lane_state *lanes;
    size_t n_lanes;
    struct thread_state **threads;
    _Atomic size_t n_thread_states;
    mc_first_records first;
    mc_progress progress;
    char filter_digest[33]; /* mc_resume_filters */
} run;

typedef struct batch_state {
    mc_chunk chunk;
    mc_batch batch;
    mc_buffer block;
    mc_totals totals;
    uint64_t taken;
} batch_state;

typedef struct thread_state {
    mc_worker worker;
    mc_block_encoder *encoder;
    uint64_t *counts;
} thread_state;

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
    mc_buffer_dispose(&b->block);
    free(b);
}

static mc_status create_thread(void *context, void **scratch, mc_error *error) {
    run *r = context;
    thread_state *t;
    MC_TRY(mc_alloc(&t, 1, sizeof *t, error));
    r->threads[atomic_fetch_add(&r->n_thread_states, 1)] = t; /* freed once counts are summed */
    *scratch = t;
    MC_TRY(MC_ALLOC(t->counts, mc_concepts_count(r->options->concepts), error));
    MC_TRY(mc_block_encoder_create(&t->encoder, error));
    return mc_worker_init(&t->worker, r->options->concepts, error);
}

static void free_thread(thread_state *t) {
    mc_worker_dispose(&t->worker);
    mc_block_encoder_free(t->encoder);
    free(t->counts);
    free(t);
}

static void release_lane(lane_state *lane) {
    mc_index_discard(&lane->writer);
    mc_lane_close(&lane->lane);
    free(lane->seen);
    lane->seen = NULL;
}

static mc_status create_index(const run *r, lane_state *lane, mc_error *error) {
    char path[MC_PATH_MAX];
    MC_TRY(MC_ALLOC(lane->seen, mc_concepts_count(r->options->concepts), error));
    MC_TRY(mc_resume_path(path, r->options, lane->lane.index, error));
    return mc_index_create(&lane->writer, path, error);
}

static mc_status open_lane(void *context, size_t index, mc_error *error) {
    run *r = context;
    lane_state *l = &r->lanes[index];
    MC_TRY(mc_lane_open(&l->lane, r->options->pool, error));
    if (l->lane.failed)
        return MC_OK;
    l->keep_texts = mc_resume_keeps(r->options, mc_shard_format(l->lane.shard), l->lane.index);
    mc_status status = create_index(r, l, error);
    if (status != MC_OK) /* a lane that did not open is not closed */
        release_lane(l);
    return status;
}

static mc_status read_lane(void *context, size_t index, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    return mc_lane_read(&r->lanes[index].lane, &b->chunk, &b->taken, error);
}

static mc_status work_batch(void *context, size_t index, void *batch, void *scratch,
                            mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    thread_state *t = scratch;
    mc_match_sets sets;
    MC_TRY(mc_worker_match(&t->worker, r->lanes[index].lane.shard, &b->chunk, &b->batch, &sets,
                           error));
    bool keep = r->lanes[index].keep_texts;
    mc_status status = mc_block_encode(t->encoder, &b->batch, &sets, keep, &b->block, error);
    if (status == MC_E_LIMIT) {
        MC_TRY(mc_batch_reject_all(&b->batch, b->chunk.offset, error));
        status = mc_block_encode(t->encoder, &b->batch, &sets, keep, &b->block, error);
    }
    MC_TRY(status);
    size_t n_ids = b->batch.n_texts ? sets.offsets[b->batch.n_texts] : 0;
    _Atomic unsigned char *seen = r->lanes[index].seen;
    for (size_t i = 0; i < n_ids; i++) {
        t->counts[sets.ids[i]]++;
        atomic_store_explicit(&seen[sets.ids[i]], 1, memory_order_relaxed);
    }
    b->totals = (mc_totals){0};
    mc_worker_count(&b->totals, &b->batch, &sets);
    return MC_OK;
}

static mc_status write_batch(void *context, size_t index, void *batch, mc_error *error) {
    run *r = context;
    lane_state *l = &r->lanes[index];
    batch_state *b = batch;
    const mc_pool *pool = r->options->pool;
    uint64_t first_record;
    MC_TRY(mc_lane_enter(&l->lane, pool, &b->batch, &b->totals, &first_record, error));
    mc_block_place(b->block.data, first_record);
    MC_TRY(mc_index_append(l->writer, &b->block, (uint32_t)b->batch.n_texts, error));
    mc_progress_add(&r->progress, b->taken, b->batch.n_texts);
    return mc_lane_check_first(&r->first, &l->lane, pool, &b->batch, first_record, error);
}

static mc_status put_entries(const run *r, const lane_state *lane, mc_buffer *out,
                             mc_error *error) {
    const mc_concepts *concepts = r->options->concepts;
    uint32_t last = 0;
    for (uint32_t id = 0; id < mc_concepts_count(concepts); id++)
        if (lane->seen[id])
            MC_TRY(mc_index_put_entry(out, &last, id, mc_concepts_entry(concepts, id), error));
    return MC_OK;
}

static mc_status commit_lane(run *r, lane_state *l, mc_error *error) {
    mc_index_info info;
    mc_buffer entries = {0};
    mc_status status =
        mc_resume_describe(&info, r->options, l->lane.index, r->filter_digest, error);
    if (status == MC_OK)
        status = mc_lane_describe(&l->lane, r->options->pool, &info, error);
    info.keep_texts = l->keep_texts;
    if (status == MC_OK)
        status = put_entries(r, l, &entries, error);
    if (status == MC_OK)
        status = mc_index_commit(&l->writer, &info, &l->lane.ledger, &entries, error);
    mc_buffer_dispose(&entries);
    mc_index_info_dispose(&info);
    return status;
}

static mc_status close_lane(void *context, size_t index, mc_status status, mc_error *error) {
    run *r = context;
    lane_state *l = &r->lanes[index];
    mc_status result = MC_OK;
    if (status == MC_OK && !l->lane.failed)
        result = commit_lane(r, l, error);
    release_lane(l);
    return result;
}

/* Takes over the shards that are finished and makes a lane of every other one. */
static mc_status plan_lanes(run *r, mc_match_result *result, mc_error *error) {
    size_t n_shards = mc_pool_count(r->options->pool);
    MC_TRY(MC_ALLOC(r->lanes, n_shards, error));
    for (size_t i = 0; i < n_shards; i++) {
        bool finished = false;
        MC_TRY(mc_resume_check_names(r->options->pool, i, r->filter_digest, error));
        if (r->options->resume)
            MC_TRY(mc_resume_take(r->options, i, r->filter_digest, result, &finished, error));
        if (!finished)
            r->lanes[r->n_lanes++].lane.index = i;
    }
    result->n_shards = result->n_resumed;
    return MC_OK;
}

static mc_status run_lanes(run *r, mc_error *error) {
    size_t n_threads = r->n_threads;
    MC_TRY(MC_ALLOC(r->threads, n_threads, error));
    mc_progress_begin(&r->progress, r->options->control, MC_STAGE_MATCH,
                      mc_pool_size(r->options->pool));
    mc_pipeline pipeline = {.n_lanes = r->n_lanes,
                            .n_threads = n_threads,
                            .context = r,
                            .cancel = mc_control_cancel(r->options->control),
                            .batch_create = create_batch,
                            .batch_free = free_batch,
                            .scratch_create = create_thread,
                            .open = open_lane,
                            .read = read_lane,
                            .work = work_batch,
                            .write = write_batch,
                            .close = close_lane};
    return mc_pipeline_run(&pipeline, error);
}

static mc_status gather(run *r, mc_match_result *result, mc_error *error) {
    for (size_t i = 0; i < r->n_thread_states; i++)
        for (size_t e = 0; r->threads[i]->counts && e < result->n_counts; e++)
            result->counts[e] += r->threads[i]->counts[e];
    mc_buffer failures = {0};
    mc_status status = MC_OK;
    for (size_t i = 0; i < r->n_lanes && status == MC_OK; i++) {
        const mc_lane *lane = &r->lanes[i].lane;
        if (!lane->failed) {
            mc_totals_add(&result->totals, &lane->totals);
            if (result->first_reject.status == MC_OK)
                result->first_reject = lane->first_reject;
            result->n_shards++;
            continue;
        }
        if (lane->totals.records > 0) { /* it was counted in part */
            free(result->counts);
            result->counts = NULL;
        }
        status = mc_lane_report(lane, r->options->pool, r->options->control, &result->n_failed,
                                &result->first_failure, &failures, error);
    }
    if (status == MC_OK && failures.size > 0)
        status = mc_buffer_append(&failures, "", 1, error);
    result->failures = failures.data;
    return status;
}

mc_status mc_match_run(const mc_match_options *options, mc_match_result *result, mc_error *error) {
    *result = (mc_match_result){.n_counts = mc_concepts_count(options->concepts)};
    run r = {.options = options,
             .n_threads = options->n_threads ? options->n_threads : mc_processor_count()};
    char folder[MC_PATH_MAX];
    mc_status status = MC_ALLOC(result->counts, result->n_counts, error);
    if (status == MC_OK)
        status = mc_resume_folder(folder, options, error);
    if (status == MC_OK)
        status = mc_make_folder(folder, error);
    if (status == MC_OK)
        status = mc_resume_filters(mc_pool_get_options(options->pool), r.filter_digest, error);
    if (status == MC_OK)
        status = plan_lanes(&r, result, error);
    if (status == MC_OK)
        status = run_lanes(&r, error);
    if (status == MC_OK)
        status = gather(&r, result, error);
    for (size_t i = 0; r.threads && i < r.n_thread_states; i++)
        free_thread(r.threads[i]);
    free(r.threads);
    free(r.lanes);
    if (status != MC_OK)
        mc_match_result_dispose(result);
    return status;
}

void mc_match_result_dispose(mc_match_result *result) {
    free(result->counts);
    free(result->failures);
    *result = (mc_match_result){0};
}
