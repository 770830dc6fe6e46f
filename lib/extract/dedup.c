/* Duplicates over all shards. The lines in all/ are a pool themselves: a first pass over it parses
 * them and hands their identities to the search for duplicates, which says by a bit for every text
 * which go; a second one copies the lines to pairs/ without those. */
#include <stdio.h>
#include <stdlib.h>

#include "balance/drops.h"
#include "base/pipeline.h"
#include "base/progress.h"
#include "extract/line.h"
#include "extract/shards.h"
#include "io/sink.h"
#include "match/totals.h"
#include "pool/records.h"
#include "pool/shard.h"

#define LEVEL 1

typedef mc_status use_identities(void *user, const char *identities, uint64_t first, uint32_t n,
                                 mc_error *error);

/* A shard of the pool in all/. */
typedef struct part {
    size_t index; /* of the shard in the run */
    uint64_t first, n_texts;
    uint64_t *chunks; /* ordinal of the first text of each chunk */
    size_t n_chunks, chunks_capacity;
    mc_shard *shard;
    size_t reading; /* chunk to be read next, in the second pass */
    mc_sink *sink;
    uint64_t n_lines, n_dropped;
} part;

typedef struct run {
    const mc_extract_options *options;
    mc_extracted *shards;
    mc_pool *pool;
    part *parts;
    size_t n_parts;
    size_t reading, writing; /* parts, in the first pass */
    uint64_t n_seen;         /* texts handed to use */
    use_identities *use;
    void *user;
    mc_drops drops;
    mc_progress progress;
} run;

typedef struct batch_state {
    mc_chunk chunk;
    mc_batch batch;
    mc_buffer out; /* identities, or lines */
    size_t part;
    uint64_t first; /* ordinal of its first text */
    uint64_t n_texts, n_lines, n_dropped;
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
    mc_buffer_dispose(&b->out);
    free(b);
}

static mc_status create_parser(void *context, void **scratch, mc_error *error) {
    mc_parser *parser;
    (void)context;
    MC_TRY(mc_parser_create(&parser, error));
    *scratch = parser;
    return MC_OK;
}

static void free_parser(void *context, void *scratch) {
    (void)context;
    mc_parser_free(scratch);
}

static mc_status changed(const run *r, size_t number, mc_error *error) {
    mc_fail(error, MC_E_FORMAT, "is not what was written; run anew with --overwrite");
    mc_error_place(error, mc_pool_path(r->pool, number), MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

/* ---- the first pass: one lane over all parts ---- */

static mc_status read_part(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    (void)lane;
    for (; r->reading < r->n_parts; r->reading++) {
        part *p = &r->parts[r->reading];
        if (!p->shard)
            MC_TRY(mc_shard_open(&p->shard, r->pool, r->reading, error));
        b->part = r->reading;
        mc_status status = mc_shard_read(p->shard, &b->chunk, error);
        if (status != MC_END)
            return status;
    }
    return MC_END;
}

static mc_status identify(void *context, size_t lane, void *batch, void *scratch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    const mc_batch *found = &b->batch;
    (void)lane;
    MC_TRY(mc_shard_parse(r->parts[b->part].shard, scratch, &b->chunk, &b->batch, error));
    if (found->n_rejects > 0)
        return changed(r, b->part, error);
    b->out.size = 0;
    MC_TRY(mc_buffer_reserve(&b->out, found->n_texts * MC_IDENTITY_SIZE, error));
    char *at = b->out.data;
    for (size_t i = 0; i < found->n_records; i++) {
        const mc_record *record = &found->records[i];
        for (uint32_t k = 0; k < record->n_texts; k++, at += MC_IDENTITY_SIZE) {
            mc_bytes text = mc_batch_span(found, &found->texts[record->first_text + k]);
            mc_store_u64(at, record->uid.low);
            mc_store_u64(at + 8, record->uid.high);
            mc_store_u64(at + 16, mc_hash64(text.data, text.size));
        }
    }
    return MC_OK;
}

static void close_part(part *p) {
    mc_shard_close(p->shard);
    p->shard = NULL;
}

static mc_status hand_over(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    part *p = &r->parts[b->part];
    uint32_t n = (uint32_t)b->batch.n_texts;
    (void)lane;
    for (; r->writing < b->part; r->writing++)
        close_part(&r->parts[r->writing]);
    if (r->n_seen < p->first || r->n_seen + n > p->first + p->n_texts)
        return changed(r, b->part, error);
    MC_TRY(MC_GROW(p->chunks, p->chunks_capacity, p->n_chunks + 1, error));
    p->chunks[p->n_chunks++] = r->n_seen;
    MC_TRY(r->use(r->user, b->out.data, r->n_seen, n, error));
    r->n_seen += n;
    return MC_OK;
}

static mc_status read_identities(void *context, use_identities *use, void *user, mc_error *error) {
    run *r = context;
    const mc_extract_options *o = r->options;
    r->use = use;
    r->user = user;
    r->reading = r->writing = 0;
    r->n_seen = 0;
    mc_pipeline pipeline = {.n_lanes = 1,
                            .n_threads = o->n_threads ? o->n_threads : mc_processor_count(),
                            .context = r,
                            .cancel = mc_control_cancel(o->control),
                            .batch_create = create_batch,
                            .batch_free = free_batch,
                            .scratch_create = create_parser,
                            .scratch_free = free_parser,
                            .read = read_part,
                            .work = identify,
                            .write = hand_over};
    mc_status status = mc_pipeline_run(&pipeline, error);
    for (size_t i = 0; i < r->n_parts; i++)
        close_part(&r->parts[i]);
    if (status == MC_OK && r->n_parts > 0) {
        const part *last = &r->parts[r->n_parts - 1];
        if (r->n_seen != last->first + last->n_texts)
            status = changed(r, r->n_parts - 1, error);
    }
    return status;
}

/* ---- the second pass: a lane a part ---- */

static mc_status open_lane(void *context, size_t lane, mc_error *error) {
    run *r = context;
    part *p = &r->parts[lane];
    char path[MC_PATH_MAX];
    MC_TRY(
        mc_extract_path(path, r->options->folder, "pairs", r->shards[p->index].info.shard, error));
    MC_TRY(mc_shard_open(&p->shard, r->pool, lane, error));
    mc_status status = mc_sink_create_zstd(&p->sink, path, LEVEL, 0, error);
    if (status != MC_OK) /* a lane that did not open is not closed */
        close_part(p);
    return status;
}

static mc_status read_lane(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    part *p = &r->parts[lane];
    MC_TRY(mc_shard_read(p->shard, &b->chunk, error));
    if (p->reading == p->n_chunks || b->chunk.kind != MC_CHUNK_RECORDS)
        return changed(r, lane, error);
    b->first = p->chunks[p->reading++];
    return MC_OK;
}

/* The next text of a chunk being copied. */
typedef struct place {
    const mc_bitmap *dropped;
    uint64_t first;
} place;

static bool is_dropped(void *context, uint64_t number) {
    const place *at = context;
    uint64_t ordinal = at->first + number;
    return ordinal < at->dropped->n_bits && mc_bitmap_get(at->dropped, ordinal);
}

static mc_status copy_lines(void *context, size_t lane, void *batch, void *scratch,
                            mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    place at = {&r->drops.dropped, b->first};
    mc_record_scan scan = {0};
    mc_bytes line;
    size_t start;
    (void)scratch;
    b->out.size = 0;
    b->n_lines = b->n_dropped = 0;
    while (mc_record_take(&scan, b->chunk.bytes.data, b->chunk.bytes.size, &line, &start)) {
        uint64_t n_texts, n_dropped;
        mc_status status =
            mc_line_copy(line, is_dropped, &at, &b->out, &n_texts, &n_dropped, error);
        if (status == MC_E_FORMAT)
            return changed(r, lane, error);
        MC_TRY(status);
        at.first += n_texts;
        b->n_lines += n_texts > n_dropped;
        b->n_dropped += n_dropped;
    }
    b->n_texts = at.first - b->first;
    return MC_OK;
}

static mc_status write_lines(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    part *p = &r->parts[lane];
    p->n_lines += b->n_lines;
    p->n_dropped += b->n_dropped;
    mc_progress_add(&r->progress, b->n_texts, b->n_texts);
    return mc_sink_write(p->sink, b->out.data, b->out.size, error);
}

static mc_status close_lane(void *context, size_t lane, mc_status status, mc_error *error) {
    run *r = context;
    part *p = &r->parts[lane];
    close_part(p);
    if (status == MC_OK)
        return mc_sink_commit(&p->sink, error);
    mc_sink_discard(&p->sink);
    return MC_OK;
}

static mc_status copy_parts(run *r, mc_error *error) {
    const mc_extract_options *o = r->options;
    char path[MC_PATH_MAX];
    MC_TRY(mc_extract_path(path, o->folder, "pairs", NULL, error));
    MC_TRY(mc_make_folder(path, error));
    mc_progress_begin(&r->progress, o->control, MC_STAGE_WRITE, r->drops.dropped.n_bits);
    mc_pipeline pipeline = {.n_lanes = r->n_parts,
                            .n_threads = o->n_threads ? o->n_threads : mc_processor_count(),
                            .context = r,
                            .cancel = mc_control_cancel(o->control),
                            .batch_create = create_batch,
                            .batch_free = free_batch,
                            .open = open_lane,
                            .read = read_lane,
                            .work = copy_lines,
                            .write = write_lines,
                            .close = close_lane};
    return mc_pipeline_run(&pipeline, error);
}

/* ---- both ---- */

/* The pool of what is in all/. */
static mc_status open_pool(run *r, mc_error *error) {
    const mc_extract_options *o = r->options;
    mc_pool_options read = {.format = MC_FORMAT_JSONL, .max_record = MC_MAX_RECORD_LIMIT};
    char **paths;
    mc_status status = MC_ALLOC(paths, r->n_parts, error);
    for (size_t i = 0; i < r->n_parts && status == MC_OK; i++) {
        char path[MC_PATH_MAX], plain[MC_PATH_MAX + 2];
        const char *name = r->shards[r->parts[i].index].info.shard;
        status = mc_extract_path(path, o->folder, "all", name, error);
        /* so that no folder's name is taken for a list or a URL */
        snprintf(plain, sizeof plain, "%s%s", path[0] == '/' ? "" : "./", path);
        if (status == MC_OK)
            status = mc_copy_string(&paths[i], plain, error);
    }
    if (status == MC_OK)
        status = mc_pool_create(&r->pool, (const char *const *)paths, r->n_parts, &read, error);
    for (size_t i = 0; paths && i < r->n_parts; i++)
        free(paths[i]);
    free(paths);
    if (status == MC_OK && mc_pool_count(r->pool) != r->n_parts)
        status = mc_fail(error, MC_E_FORMAT, "the folder of extracted shards has changed");
    return status;
}

static mc_status list_parts(run *r, uint64_t *n_texts, mc_error *error) {
    size_t n = mc_pool_count(r->options->pool);
    MC_TRY(MC_ALLOC(r->parts, n, error));
    *n_texts = 0;
    for (size_t i = 0; i < n; i++) {
        const mc_index_info *info = &r->shards[i].info;
        if (!info->shard)
            continue;
        part *p = &r->parts[r->n_parts++];
        p->index = i;
        p->first = *n_texts;
        p->n_texts = mc_totals_indexed(&info->totals);
        *n_texts += p->n_texts;
    }
    return MC_OK;
}

/* The books without what was dropped. */
static void enter(run *r, mc_extract_result *result) {
    result->n_lines = 0;
    for (size_t i = 0; i < r->n_parts; i++) {
        const part *p = &r->parts[i];
        mc_extracted *shard = &r->shards[p->index];
        mc_totals *totals = &shard->info.totals;
        totals->duplicates = p->n_dropped;
        totals->matched -= p->n_dropped;
        shard->n_lines = p->n_lines;
        result->n_lines += p->n_lines;
        result->totals.duplicates += p->n_dropped;
        result->totals.matched -= p->n_dropped;
    }
    result->totals.kept = result->totals.matched;
}

static mc_status find_and_copy(run *r, mc_extract_result *result, mc_error *error) {
    const mc_extract_options *o = r->options;
    mc_balance_options search = {.folder = o->folder,
                                 .dedup = o->dedup,
                                 .memory = o->memory,
                                 .n_threads = o->n_threads,
                                 .control = o->control};
    mc_drops_input input = {.context = r, .read = read_identities};
    MC_TRY(list_parts(r, &input.n_texts, error));
    MC_TRY(open_pool(r, error));
    MC_TRY(mc_drops_find_in(&r->drops, &input, &search, error));
    MC_TRY(copy_parts(r, error));
    enter(r, result);
    return MC_OK;
}

mc_status mc_extract_dedup(const mc_extract_options *options, mc_extract_result *result,
                           mc_extracted *shards, mc_error *error) {
    run r = {.options = options, .shards = shards};
    mc_status status = find_and_copy(&r, result, error);
    for (size_t i = 0; i < r.n_parts; i++)
        free(r.parts[i].chunks);
    free(r.parts);
    mc_drops_dispose(&r.drops);
    mc_pool_free(r.pool);
    return status;
}
