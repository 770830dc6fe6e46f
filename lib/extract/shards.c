/* A lane a shard, a chunk of records a batch: parsed and rendered on any thread, written in order.
 */
#include "extract/shards.h"

#include <stdlib.h>

#include "base/pipeline.h"
#include "base/progress.h"
#include "extract/render.h"
#include "io/sink.h"
#include "match/lane.h"

#define LEVEL 1 /* of zstd: level 3 saves a tenth and costs twice the time */

typedef struct lane_state {
    mc_lane lane;
    mc_sink *sink;
    mc_buffer path; /* as lines have it */
    uint64_t n_lines;
} lane_state;

typedef struct run {
    const mc_extract_options *options;
    mc_extracted *shards;
    lane_state *lanes;
    size_t n_lanes;
    char filter_digest[33];
    mc_first_records first;
    mc_progress progress;
} run;

static void release_lane(lane_state *lane) {
    mc_sink_discard(&lane->sink);
    mc_lane_close(&lane->lane);
    mc_buffer_dispose(&lane->path);
}

static mc_status create_sink(const run *r, lane_state *lane, mc_error *error) {
    char path[MC_PATH_MAX];
    const mc_extract_options *o = r->options;
    MC_TRY(mc_render_path(mc_pool_path(o->pool, lane->lane.index), &lane->path, error));
    MC_TRY(mc_extract_path(path, o->folder, mc_extract_part(o->dedup),
                           mc_pool_name(o->pool, lane->lane.index), error));
    return mc_sink_create_zstd(&lane->sink, path, LEVEL, 0, error);
}

static mc_status open_lane(void *context, size_t index, mc_error *error) {
    run *r = context;
    lane_state *l = &r->lanes[index];
    MC_TRY(mc_lane_open(&l->lane, r->options->pool, error));
    if (l->lane.failed)
        return MC_OK;
    mc_status status = create_sink(r, l, error);
    if (status != MC_OK) /* a lane that did not open is not closed */
        release_lane(l);
    return status;
}

static mc_status read_lane(void *context, size_t index, void *batch, mc_error *error) {
    run *r = context;
    mc_rendered *b = batch;
    return mc_lane_read(&r->lanes[index].lane, &b->chunk, &b->taken, error);
}

static mc_status work_batch(void *context, size_t index, void *batch, void *scratch,
                            mc_error *error) {
    run *r = context;
    lane_state *l = &r->lanes[index];
    return mc_render_chunk(scratch, l->lane.shard, &l->path, batch, error);
}

static mc_status write_batch(void *context, size_t index, void *batch, mc_error *error) {
    run *r = context;
    lane_state *l = &r->lanes[index];
    mc_rendered *b = batch;
    const mc_pool *pool = r->options->pool;
    uint64_t first_record;
    MC_TRY(mc_lane_enter(&l->lane, pool, &b->batch, &b->totals, &first_record, error));
    l->n_lines += b->n_lines;
    MC_TRY(mc_sink_write(l->sink, b->lines.data, b->lines.size, error));
    mc_progress_add(&r->progress, b->taken, b->batch.n_texts);
    return mc_lane_check_first(&r->first, &l->lane, pool, &b->batch, first_record, error);
}

/* The lines first, then the state that says they are whole. */
static mc_status commit_lane(run *r, lane_state *l, mc_error *error) {
    const mc_pool *pool = r->options->pool;
    mc_extracted *shard = &r->shards[l->lane.index];
    shard->info = (mc_index_info){0};
    mc_status status =
        mc_resume_describe_reading(&shard->info, pool, l->lane.index, r->filter_digest, error);
    if (status == MC_OK)
        status = mc_lane_describe(&l->lane, pool, &shard->info, error);
    if (status == MC_OK)
        status = mc_sink_commit(&l->sink, error);
    if (status == MC_OK)
        status =
            mc_extract_write_state(r->options, &shard->info, l->n_lines, &l->lane.ledger, error);
    shard->n_lines = l->n_lines;
    shard->ledger = l->lane.ledger;
    l->lane.ledger = (mc_buffer){0};
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
static mc_status plan_lanes(run *r, mc_extract_result *result, mc_error *error) {
    size_t n_shards = mc_pool_count(r->options->pool);
    MC_TRY(MC_ALLOC(r->lanes, n_shards, error));
    for (size_t i = 0; i < n_shards; i++) {
        mc_extracted *shard = &r->shards[i];
        bool finished = false;
        MC_TRY(mc_resume_check_names(r->options->pool, i, r->filter_digest, error));
        if (r->options->resume)
            MC_TRY(mc_extract_take(r->options, i, r->filter_digest, &finished, &shard->info,
                                   &shard->n_lines, &shard->ledger, error));
        if (!finished)
            r->lanes[r->n_lanes++].lane.index = i;
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
                            .batch_create = mc_rendered_create,
                            .batch_free = mc_rendered_free,
                            .scratch_create = mc_renderer_create,
                            .scratch_free = mc_renderer_free,
                            .open = open_lane,
                            .read = read_lane,
                            .work = work_batch,
                            .write = write_batch,
                            .close = close_lane};
    return mc_pipeline_run(&pipeline, error);
}

static mc_status gather(run *r, mc_extract_result *result, mc_buffer *failures, mc_error *error) {
    for (size_t i = 0; i < r->n_lanes; i++) {
        const mc_lane *lane = &r->lanes[i].lane;
        if (result->first_reject.status == MC_OK && !lane->failed)
            result->first_reject = lane->first_reject;
        if (!lane->failed)
            continue;
        MC_TRY(mc_lane_report(lane, r->options->pool, r->options->control, &result->n_failed,
                              &result->first_failure, failures, error));
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
