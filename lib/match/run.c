/* Matching a pool into match indexes: a lane a shard, a chunk of records a batch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pipeline.h"
#include "base/progress.h"
#include "io/source.h"
#include "match/index.h"
#include "match/ledger.h"
#include "match/resume.h"
#include "match/work.h"

#define FIRST_RECORDS 10000 /* when so many fail and none was read, something else is wrong */

typedef struct lane_state {
    size_t shard_index;
    mc_shard *shard;
    mc_index_writer *writer;
    mc_totals totals;
    mc_buffer ledger;
    _Atomic unsigned char *seen; /* by entry id: occurs in the shard */
    uint64_t taken;              /* bytes of the file, as told to progress */
    bool keep_texts;
    bool failed; /* could not be opened or read; nothing is written for it */
    mc_error failure;
    mc_error first_reject;
} lane_state;

typedef struct run {
    const mc_match_options *options;
    size_t n_threads;
    lane_state *lanes;
    size_t n_lanes;
    struct thread_state **threads;
    _Atomic size_t n_thread_states;
    _Atomic uint64_t n_read, n_rejected;
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
    mc_shard_close(lane->shard);
    lane->shard = NULL;
    mc_buffer_dispose(&lane->ledger);
    free(lane->seen);
    lane->seen = NULL;
}

static mc_status create_index(const run *r, lane_state *lane, mc_error *error) {
    char path[MC_PATH_MAX];
    MC_TRY(MC_ALLOC(lane->seen, mc_concepts_count(r->options->concepts), error));
    MC_TRY(mc_resume_path(path, r->options, lane->shard_index, error));
    return mc_index_create(&lane->writer, path, error);
}

/* Opens the shard. A shard that cannot be opened is noted and passed over: the others go on. */
static mc_status open_lane(void *context, size_t index, mc_error *error) {
    run *r = context;
    lane_state *lane = &r->lanes[index];
    mc_error failure = {0};
    mc_status status = mc_shard_open(&lane->shard, r->options->pool, lane->shard_index, &failure);
    if (status == MC_E_IO || status == MC_E_FORMAT) {
        lane->failed = true;
        lane->failure = failure;
        return MC_OK;
    }
    if (status != MC_OK) {
        if (error)
            *error = failure;
        return status;
    }
    lane->keep_texts = mc_resume_keeps(r->options, mc_shard_format(lane->shard), lane->shard_index);
    status = create_index(r, lane, error);
    if (status != MC_OK) /* a lane that did not open is not closed */
        release_lane(lane);
    return status;
}

static mc_status read_lane(void *context, size_t index, void *batch, mc_error *error) {
    run *r = context;
    lane_state *lane = &r->lanes[index];
    batch_state *b = batch;
    if (lane->failed)
        return MC_END;
    mc_error failure = {0};
    mc_status status = mc_shard_read(lane->shard, &b->chunk, &failure);
    if (status == MC_E_IO) {
        lane->failed = true;
        lane->failure = failure;
        return MC_END;
    }
    if (status < 0 && error)
        *error = failure;
    uint64_t taken = mc_shard_taken(lane->shard);
    b->taken = taken - lane->taken;
    lane->taken = taken;
    return status;
}

static mc_status work_batch(void *context, size_t index, void *batch, void *scratch,
                            mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    thread_state *t = scratch;
    mc_match_sets sets;
    MC_TRY(mc_worker_match(&t->worker, r->lanes[index].shard, &b->chunk, &b->batch, &sets, error));
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

/* Stops a run in which nothing but rejects was seen. */
static mc_status check_first_records(run *r, const batch_state *b, const char *path,
                                     uint64_t first_record, mc_error *error) {
    uint64_t read = atomic_fetch_add(&r->n_read, b->batch.n_records) + b->batch.n_records;
    uint64_t rejected = atomic_fetch_add(&r->n_rejected, b->batch.n_rejects) + b->batch.n_rejects;
    if (read > 0 || rejected < FIRST_RECORDS || b->batch.n_rejects == 0)
        return MC_OK;
    const mc_reject *reject = &b->batch.rejects[0];
    mc_fail(error, MC_E_FORMAT,
            "the first %d records were all rejected, this one for %s: %s; see --format, "
            "--text-field and --columns",
            FIRST_RECORDS, mc_reason_name(reject->reason), reject->detail);
    mc_error_place(error, path, first_record + reject->number, reject->offset);
    return MC_E_FORMAT;
}

static void note_reject(lane_state *lane, const mc_reject *reject, const char *path,
                        uint64_t first_record) {
    mc_fail(&lane->first_reject, MC_E_FORMAT, "%s: %s", mc_reason_name(reject->reason),
            reject->detail);
    mc_error_place(&lane->first_reject, path, first_record + reject->number, reject->offset);
}

static mc_status write_batch(void *context, size_t index, void *batch, mc_error *error) {
    run *r = context;
    lane_state *lane = &r->lanes[index];
    batch_state *b = batch;
    const char *path = mc_pool_path(r->options->pool, lane->shard_index);
    uint64_t first_record = lane->totals.records;
    mc_totals_add(&lane->totals, &b->totals);
    if (b->batch.n_rejects > 0 && lane->totals.rejected == 0)
        note_reject(lane, &b->batch.rejects[0], path, first_record);
    MC_TRY(mc_ledger_add(&lane->ledger, &lane->totals, &b->batch, first_record, path, error));
    mc_block_place(b->block.data, first_record);
    MC_TRY(mc_index_append(lane->writer, &b->block, (uint32_t)b->batch.n_texts, error));
    mc_progress_add(&r->progress, b->taken, b->batch.n_texts);
    return check_first_records(r, b, path, first_record, error);
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

static mc_status commit_lane(run *r, lane_state *lane, mc_error *error) {
    mc_index_info info;
    mc_u128 digest = {0};
    mc_status status =
        mc_resume_describe(&info, r->options, lane->shard_index, r->filter_digest, error);
    if (status == MC_OK)
        status = mc_pool_get_options(r->options->pool)->reader
                     ? mc_digest_file(info.path, &digest, &info.source_size, error)
                     : mc_shard_digest(lane->shard, &digest, &info.source_size, error);
    info.read.format = mc_shard_format(lane->shard);
    info.keep_texts = lane->keep_texts;
    mc_u128_hex(digest, info.source_digest);
    info.totals = lane->totals;
    mc_buffer entries = {0};
    if (status == MC_OK)
        status = put_entries(r, lane, &entries, error);
    if (status == MC_OK)
        status = mc_index_commit(&lane->writer, &info, &lane->ledger, &entries, error);
    mc_buffer_dispose(&entries);
    mc_index_info_dispose(&info);
    return status;
}

static mc_status close_lane(void *context, size_t index, mc_status status, mc_error *error) {
    run *r = context;
    lane_state *lane = &r->lanes[index];
    mc_status result = MC_OK;
    if (status == MC_OK && !lane->failed)
        result = commit_lane(r, lane, error);
    release_lane(lane);
    return result;
}

/* Refuses a shard whose path, or the options it is read with, cannot be noted in its index. */
static mc_status check_names(const run *r, size_t shard, mc_error *error) {
    mc_index_info info;
    mc_buffer json = {0};
    mc_status status = mc_resume_describe(&info, r->options, shard, r->filter_digest, error);
    if (status == MC_OK) {
        status = mc_index_info_to_json(&info, &json, error);
        if (status != MC_OK)
            mc_error_place(error, info.path, MC_NONE, MC_NONE);
    }
    mc_buffer_dispose(&json);
    mc_index_info_dispose(&info);
    return status;
}

/* Takes over the shards that are finished and makes a lane of every other one. */
static mc_status plan_lanes(run *r, mc_match_result *result, mc_error *error) {
    size_t n_shards = mc_pool_count(r->options->pool);
    MC_TRY(MC_ALLOC(r->lanes, n_shards, error));
    for (size_t i = 0; i < n_shards; i++) {
        bool finished = false;
        MC_TRY(check_names(r, i, error));
        if (r->options->resume)
            MC_TRY(mc_resume_take(r->options, i, r->filter_digest, result, &finished, error));
        if (!finished)
            r->lanes[r->n_lanes++].shard_index = i;
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
        lane_state *lane = &r->lanes[i];
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
        char message[1200];
        mc_error_text(&lane->failure, message, sizeof message);
        mc_warn(r->options->control, "%s (shard left out)", message);
        if (result->n_failed++ == 0)
            result->first_failure = lane->failure;
        status = mc_ledger_add_shard(&failures, mc_pool_path(r->options->pool, lane->shard_index),
                                     message, error);
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
