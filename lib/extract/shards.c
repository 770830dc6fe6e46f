/* A lane a shard, a chunk of records a batch: parsed and rendered on any thread, written in order.
 */
#include "extract/shards.h"

#include <stdlib.h>

#include "base/pipeline.h"
#include "base/progress.h"
#include "extract/render.h"
#include "io/sink.h"
#include "io/source.h"
#include "match/ledger.h"

#define FIRST_RECORDS 10000 /* when so many fail and none was read, something else is wrong */
#define LEVEL 1             /* of zstd: level 3 saves a tenth and costs twice the time */

typedef struct lane_state {
    size_t index; /* of the shard */
    mc_shard *shard;
    mc_sink *sink;
    mc_buffer path; /* as lines have it */
    mc_totals totals;
    uint64_t n_lines;
    mc_buffer ledger;
    uint64_t taken; /* bytes of the file, as told to progress */
    bool failed;    /* could not be opened or read; nothing is written for it */
    mc_error failure;
    mc_error first_reject;
} lane_state;

typedef struct run {
    const mc_extract_options *options;
    mc_extracted *shards;
    lane_state *lanes;
    size_t n_lanes;
    char filter_digest[33];
    _Atomic uint64_t n_read, n_rejected;
    mc_progress progress;
} run;

typedef struct batch_state {
    mc_chunk chunk;
    mc_batch batch;
    mc_buffer lines;
    uint64_t n_lines;
    mc_totals totals;
    uint64_t taken;
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
    mc_buffer_dispose(&b->lines);
    free(b);
}

static mc_status create_thread(void *context, void **scratch, mc_error *error) {
    (void)context;
    MC_TRY(mc_alloc(scratch, 1, sizeof(mc_renderer), error));
    return mc_renderer_init(*scratch, error);
}

static void free_thread(void *context, void *scratch) {
    (void)context;
    if (scratch)
        mc_renderer_dispose(scratch);
    free(scratch);
}

static void release_lane(lane_state *lane) {
    mc_sink_discard(&lane->sink);
    mc_shard_close(lane->shard);
    lane->shard = NULL;
    mc_buffer_dispose(&lane->path);
    mc_buffer_dispose(&lane->ledger);
}

static mc_status create_sink(const run *r, lane_state *lane, mc_error *error) {
    char path[MC_PATH_MAX];
    const mc_extract_options *o = r->options;
    MC_TRY(mc_render_path(mc_pool_path(o->pool, lane->index), &lane->path, error));
    MC_TRY(mc_extract_path(path, o->folder, mc_extract_part(o->dedup),
                           mc_pool_name(o->pool, lane->index), error));
    return mc_sink_create_zstd(&lane->sink, path, LEVEL, 0, error);
}

/* Opens the shard. A shard that cannot be opened is noted and passed over: the others go on. */
static mc_status open_lane(void *context, size_t index, mc_error *error) {
    run *r = context;
    lane_state *lane = &r->lanes[index];
    mc_error failure = {0};
    mc_status status = mc_shard_open(&lane->shard, r->options->pool, lane->index, &failure);
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
    status = create_sink(r, lane, error);
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
    lane_state *lane = &r->lanes[index];
    return mc_render_chunk(scratch, lane->shard, &lane->path, &b->chunk, &b->batch, &b->totals,
                           &b->lines, &b->n_lines, error);
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

static mc_status write_batch(void *context, size_t index, void *batch, mc_error *error) {
    run *r = context;
    lane_state *lane = &r->lanes[index];
    batch_state *b = batch;
    const char *path = mc_pool_path(r->options->pool, lane->index);
    uint64_t first_record = lane->totals.records;
    mc_totals_add(&lane->totals, &b->totals);
    lane->n_lines += b->n_lines;
    if (b->batch.n_rejects > 0 && lane->totals.rejected == 0) {
        const mc_reject *reject = &b->batch.rejects[0];
        mc_fail(&lane->first_reject, MC_E_FORMAT, "%s: %s", mc_reason_name(reject->reason),
                reject->detail);
        mc_error_place(&lane->first_reject, path, first_record + reject->number, reject->offset);
    }
    MC_TRY(mc_ledger_add(&lane->ledger, &lane->totals, &b->batch, first_record, path, error));
    MC_TRY(mc_sink_write(lane->sink, b->lines.data, b->lines.size, error));
    mc_progress_add(&r->progress, b->taken, b->batch.n_texts);
    return check_first_records(r, b, path, first_record, error);
}

static mc_status describe(const run *r, lane_state *lane, mc_index_info *info, mc_error *error) {
    mc_u128 digest = {0};
    const mc_pool *pool = r->options->pool;
    *info = (mc_index_info){0};
    MC_TRY(mc_resume_describe_reading(info, pool, lane->index, r->filter_digest, error));
    MC_TRY(mc_pool_get_options(pool)->reader
               ? mc_digest_file(info->path, &digest, &info->source_size, error)
               : mc_shard_digest(lane->shard, &digest, &info->source_size, error));
    info->read.format = mc_shard_format(lane->shard);
    mc_u128_hex(digest, info->source_digest);
    info->totals = lane->totals;
    return MC_OK;
}

/* The lines first, then the state that says they are whole. */
static mc_status commit_lane(run *r, lane_state *lane, mc_error *error) {
    mc_extracted *shard = &r->shards[lane->index];
    mc_status status = describe(r, lane, &shard->info, error);
    if (status == MC_OK)
        status = mc_sink_commit(&lane->sink, error);
    if (status == MC_OK)
        status =
            mc_extract_write_state(r->options, &shard->info, lane->n_lines, &lane->ledger, error);
    shard->n_lines = lane->n_lines;
    shard->ledger = lane->ledger;
    lane->ledger = (mc_buffer){0};
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

/* Refuses a shard whose path, or the options it is read with, cannot be noted. */
static mc_status check_names(const run *r, size_t shard, mc_error *error) {
    mc_index_info info = {0};
    mc_buffer json = {0};
    mc_status status =
        mc_resume_describe_reading(&info, r->options->pool, shard, r->filter_digest, error);
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
static mc_status plan_lanes(run *r, mc_extract_result *result, mc_error *error) {
    size_t n_shards = mc_pool_count(r->options->pool);
    MC_TRY(MC_ALLOC(r->lanes, n_shards, error));
    for (size_t i = 0; i < n_shards; i++) {
        mc_extracted *shard = &r->shards[i];
        bool finished = false;
        MC_TRY(check_names(r, i, error));
        if (r->options->resume)
            MC_TRY(mc_extract_take(r->options, i, r->filter_digest, &finished, &shard->info,
                                   &shard->n_lines, &shard->ledger, error));
        if (!finished)
            r->lanes[r->n_lanes++].index = i;
        result->n_resumed += finished;
    }
    return MC_OK;
}

static mc_status run_lanes(run *r, mc_error *error) {
    const mc_extract_options *o = r->options;
    mc_progress_begin(&r->progress, o->control, MC_STAGE_EXTRACT, mc_pool_size(o->pool));
    mc_pipeline pipeline = {.n_lanes = r->n_lanes,
                            .n_threads = o->n_threads ? o->n_threads : mc_processor_count(),
                            .context = r,
                            .cancel = mc_control_cancel(o->control),
                            .batch_create = create_batch,
                            .batch_free = free_batch,
                            .scratch_create = create_thread,
                            .scratch_free = free_thread,
                            .open = open_lane,
                            .read = read_lane,
                            .work = work_batch,
                            .write = write_batch,
                            .close = close_lane};
    return mc_pipeline_run(&pipeline, error);
}

static mc_status gather(run *r, mc_extract_result *result, mc_buffer *failures, mc_error *error) {
    for (size_t i = 0; i < r->n_lanes; i++) {
        const lane_state *lane = &r->lanes[i];
        if (result->first_reject.status == MC_OK && !lane->failed)
            result->first_reject = lane->first_reject;
        if (!lane->failed)
            continue;
        char message[1200];
        mc_error_text(&lane->failure, message, sizeof message);
        mc_warn(r->options->control, "%s (shard left out)", message);
        if (result->n_failed++ == 0)
            result->first_failure = lane->failure;
        MC_TRY(mc_ledger_add_shard(failures, mc_pool_path(r->options->pool, lane->index), message,
                                   error));
    }
    for (size_t i = 0; i < mc_pool_count(r->options->pool); i++) {
        if (!r->shards[i].info.shard)
            continue;
        mc_totals_add(&result->totals, &r->shards[i].info.totals);
        result->n_lines += r->shards[i].n_lines;
        result->n_shards++;
    }
    result->totals.kept = result->totals.matched;
    return MC_OK;
}

static mc_status make_folders(const mc_extract_options *options, mc_error *error) {
    char path[MC_PATH_MAX];
    const char *part = mc_extract_part(options->dedup);
    MC_TRY(mc_extract_path(path, options->folder, part, NULL, error));
    MC_TRY(mc_make_folder(path, error));
    MC_TRY(mc_extract_state_path(path, options->folder, part, NULL, error));
    return mc_make_folder(path, error);
}

mc_status mc_extract_shards(const mc_extract_options *options, mc_extract_result *result,
                            mc_extracted *shards, mc_buffer *failures, mc_error *error) {
    run r = {.options = options, .shards = shards};
    mc_status status = make_folders(options, error);
    if (status == MC_OK)
        status = mc_resume_filters(mc_pool_get_options(options->pool), r.filter_digest, error);
    if (status == MC_OK)
        status = plan_lanes(&r, result, error);
    if (status == MC_OK)
        status = run_lanes(&r, error);
    if (status == MC_OK)
        status = gather(&r, result, failures, error);
    free(r.lanes);
    return status;
}
