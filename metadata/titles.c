/* Titles by views: files are lanes of a pipeline, their lines are taken apart on any thread, and
 * what counts is added to a table that all threads share. The ledger is put together in the order
 * of the files.
 */
#include "metadata/titles.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/pipeline.h"
#include "base/progress.h"
#include "metadata/lost.h"
#include "metadata/titles_line.h"
#include "metadata/titles_table.h"
#include "pool/records.h"
#include "pool/shard.h"

#define LINE_MAX_BYTES MC_CHUNK_BYTES
#define MEMORY_DEFAULT (UINT64_C(1) << 30)

/* A damaged line; of MC_VIEWS_DAMAGED with what is wrong, in the file's details. */
typedef struct lost_line {
    uint64_t number, offset;
    size_t detail;
    mc_views_fate fate;
} lost_line;

typedef struct lost_lines {
    lost_line *items;
    size_t n, capacity;
    uint64_t by_fate[MC_N_VIEWS_FATES]; /* lines of each fate, the lost ones among them */
} lost_lines;

typedef struct file_state {
    mc_shard *shard;
    uint64_t n_lines, taken;
    lost_lines lost;
    mc_buffer details; /* of damage, each with its NUL */
} file_state;

typedef struct batch_state {
    mc_chunk chunk;
    uint64_t n_lines, taken;
    mc_title_views *titles; /* in the chunk's bytes */
    size_t n_titles, titles_capacity;
    lost_lines lost;
} batch_state;

typedef struct run {
    const mc_titles_options *options;
    mc_project project;
    mc_pool *pool;
    file_state *files;
    mc_u128 *digests; /* or NULL */
    mc_titles_table *table;
    mc_progress progress;
} run;

static mc_status create_batch(void *context, void **batch, mc_error *error) {
    (void)context;
    batch_state *b = NULL;
    mc_status status = MC_ALLOC(b, 1, error);
    *batch = b;
    return status;
}

static void free_batch(void *context, void *batch) {
    (void)context;
    batch_state *b = batch;
    if (!b)
        return;
    mc_chunk_dispose(&b->chunk);
    free(b->titles);
    free(b->lost.items);
    free(b);
}

static mc_status open_file(void *context, size_t index, mc_error *error) {
    run *r = context;
    return mc_shard_open(&r->files[index].shard, r->pool, index, error);
}

static mc_status read_file(void *context, size_t index, void *batch, mc_error *error) {
    run *r = context;
    file_state *file = &r->files[index];
    batch_state *b = batch;
    mc_status status = mc_shard_read(file->shard, &b->chunk, error);
    uint64_t taken = mc_shard_taken(file->shard), size;
    b->taken = taken - file->taken;
    file->taken = taken;
    if (status == MC_END && r->digests)
        MC_TRY(mc_shard_digest(file->shard, &r->digests[index], &size, error));
    return status;
}

static mc_status close_file(void *context, size_t index, mc_status status, mc_error *error) {
    (void)status;
    (void)error;
    run *r = context;
    mc_shard_close(r->files[index].shard);
    r->files[index].shard = NULL;
    return MC_OK;
}

static bool is_damage(mc_views_fate fate) {
    return fate == MC_VIEWS_BAD_LINE || fate == MC_VIEWS_BAD_COUNT || fate == MC_VIEWS_BAD_UTF8 ||
           fate == MC_VIEWS_TOO_LONG || fate == MC_VIEWS_DAMAGED;
}

/* Counts a line; notes it, unless enough of its kind are noted, when it is damaged. */
static mc_status count_line(lost_lines *lost, lost_line line, mc_error *error) {
    uint64_t before = lost->by_fate[line.fate]++;
    if (!is_damage(line.fate) || before >= MC_LOST_LINES)
        return MC_OK;
    MC_TRY(MC_GROW(lost->items, lost->capacity, lost->n + 1, error));
    lost->items[lost->n++] = line;
    return MC_OK;
}

/* The title of a chunk's line with its underscores as spaces, in place. */
static void clean_title(char *title, size_t size) {
    for (size_t i = 0; i < size; i++)
        title[i] = title[i] == '_' ? ' ' : title[i];
}

static mc_status work_lines(run *r, batch_state *b, mc_error *error) {
    char *data = b->chunk.bytes.data;
    size_t size = b->chunk.bytes.size;
    for (size_t start = 0, end; start < size; start = end) {
        end = mc_line_end(data, start, size);
        mc_bytes line = mc_record_content(data, start, end), title = {0};
        uint64_t views = 0;
        mc_views_fate fate =
            mc_views_parse(&r->project, r->options->hour_floor, line, &title, &views);
        lost_line found = {.number = b->n_lines++, .offset = b->chunk.offset + start, .fate = fate};
        MC_TRY(count_line(&b->lost, found, error));
        if (fate != MC_VIEWS_COUNTED)
            continue;
        clean_title(data + (title.data - data), title.size);
        MC_TRY(MC_GROW(b->titles, b->titles_capacity, b->n_titles + 1, error));
        b->titles[b->n_titles++] = (mc_title_views){.title = title, .views = views};
    }
    return mc_titles_table_add(r->table, b->titles, b->n_titles, error);
}

static mc_status work_batch(void *context, size_t index, void *batch, void *scratch,
                            mc_error *error) {
    (void)index;
    (void)scratch;
    batch_state *b = batch;
    b->n_lines = b->n_titles = 0;
    b->lost.n = 0;
    memset(b->lost.by_fate, 0, sizeof b->lost.by_fate);
    if (b->chunk.kind == MC_CHUNK_RECORDS)
        return work_lines(context, b, error);
    lost_line line = {.number = b->n_lines++, .offset = b->chunk.offset};
    line.fate = b->chunk.kind == MC_CHUNK_TOO_LONG ? MC_VIEWS_TOO_LONG : MC_VIEWS_DAMAGED;
    return count_line(&b->lost, line, error);
}

/* Takes over a batch's damaged lines: their numbers are known now. */
static mc_status write_batch(void *context, size_t index, void *batch, mc_error *error) {
    run *r = context;
    file_state *file = &r->files[index];
    batch_state *b = batch;
    for (size_t i = 0; i < b->lost.n; i++) {
        lost_line line = b->lost.items[i];
        line.number += file->n_lines;
        line.detail = file->details.size;
        if (line.fate == MC_VIEWS_DAMAGED && file->lost.by_fate[line.fate] < MC_LOST_LINES)
            MC_TRY(mc_buffer_append(&file->details, b->chunk.detail, strlen(b->chunk.detail) + 1,
                                    error));
        b->lost.by_fate[line.fate]--;
        MC_TRY(count_line(&file->lost, line, error));
    }
    for (int fate = 0; fate < MC_N_VIEWS_FATES; fate++)
        file->lost.by_fate[fate] += b->lost.by_fate[fate];
    file->n_lines += b->n_lines;
    mc_progress_add(&r->progress, b->taken, b->n_lines);
    return MC_OK;
}

static mc_status read_files(run *r, mc_error *error) {
    const mc_control *control = r->options->control;
    size_t n_threads = r->options->n_threads ? r->options->n_threads : mc_processor_count();
    mc_progress_begin(&r->progress, control, MC_STAGE_BUILD, mc_pool_size(r->pool));
    mc_pipeline pipeline = {.n_lanes = mc_pool_count(r->pool),
                            .n_threads = n_threads,
                            .context = r,
                            .cancel = mc_control_cancel(control),
                            .batch_create = create_batch,
                            .batch_free = free_batch,
                            .open = open_file,
                            .read = read_file,
                            .work = work_batch,
                            .write = write_batch,
                            .close = close_file};
    return mc_pipeline_run(&pipeline, error);
}

static mc_status enter_lost(const run *r, size_t index, uint64_t n_entered[MC_N_VIEWS_FATES],
                            mc_buffer *ledger, mc_error *error) {
    static const struct {
        const char *reason, *detail;
    } kinds[MC_N_VIEWS_FATES] = {
        [MC_VIEWS_BAD_LINE] = {"bad_line", "not four fields parted by single spaces"},
        [MC_VIEWS_BAD_COUNT] = {"bad_count", "the views are no number below 2^64"},
        [MC_VIEWS_BAD_UTF8] = {"bad_utf8", "the title is no UTF-8"},
        [MC_VIEWS_TOO_LONG] = {"too_long", "the line has more than a mebibyte"},
        [MC_VIEWS_DAMAGED] = {"damaged", NULL},
    };
    const file_state *file = &r->files[index];
    for (size_t i = 0; i < file->lost.n; i++) {
        const lost_line *line = &file->lost.items[i];
        const char *detail = kinds[line->fate].detail;
        if (n_entered[line->fate]++ < MC_LOST_LINES)
            MC_TRY(mc_lost_put(ledger, mc_pool_path(r->pool, index), line->number, line->offset,
                               kinds[line->fate].reason,
                               detail ? detail : file->details.data + line->detail, error));
    }
    return MC_OK;
}

static void add_totals(mc_titles_totals *totals, const uint64_t *by_fate) {
    totals->counted += by_fate[MC_VIEWS_COUNTED];
    totals->other_domains += by_fate[MC_VIEWS_OTHER_DOMAIN];
    totals->below_floor += by_fate[MC_VIEWS_BELOW_FLOOR];
    totals->with_colon += by_fate[MC_VIEWS_WITH_COLON];
    totals->untitled += by_fate[MC_VIEWS_UNTITLED];
    for (int fate = 0; fate < MC_N_VIEWS_FATES; fate++) {
        totals->lines += by_fate[fate];
        if (is_damage((mc_views_fate)fate))
            totals->damaged += by_fate[fate];
    }
}

static mc_status gather(run *r, mc_candidates *out, mc_titles_totals *totals, mc_buffer *ledger,
                        mc_error *error) {
    uint64_t n_entered[MC_N_VIEWS_FATES] = {0};
    for (size_t i = 0; i < mc_pool_count(r->pool); i++) {
        add_totals(totals, r->files[i].lost.by_fate);
        MC_TRY(enter_lost(r, i, n_entered, ledger, error));
    }
    MC_TRY(mc_titles_table_gather(r->table, r->options->min_views, out, error));
    mc_candidates_sort(out);
    return MC_OK;
}

/* The files as a pool of lines; refuses what a pool takes for more than one file. */
static mc_status open_pool(run *r, const char *const *paths, size_t n, mc_error *error) {
    mc_pool_options options = {.format = MC_FORMAT_TEXT,
                               .max_record = LINE_MAX_BYTES,
                               .cancel = mc_control_cancel(r->options->control)};
    MC_TRY(mc_pool_create(&r->pool, paths, n, &options, error));
    bool same = mc_pool_count(r->pool) == n;
    for (size_t i = 0; same && i < n; i++)
        same = strcmp(mc_pool_path(r->pool, i), paths[i]) == 0;
    if (!same)
        return mc_fail(error, MC_E_ARGUMENT, "pageviews are read from files, not from folders");
    return MC_ALLOC(r->files, n, error);
}

static void free_run(run *r) {
    for (size_t i = 0; r->files && i < mc_pool_count(r->pool); i++) {
        free(r->files[i].lost.items);
        mc_buffer_dispose(&r->files[i].details);
    }
    free(r->files);
    mc_titles_table_free(r->table);
    mc_pool_free(r->pool);
    free(r);
}

mc_status mc_titles_read(mc_candidates *out, const char *const *paths, size_t n,
                         const mc_titles_options *options, mc_titles_totals *totals,
                         mc_buffer *ledger, mc_u128 *digests, mc_error *error) {
    run *r;
    MC_TRY(MC_ALLOC(r, 1, error));
    r->options = options;
    r->digests = digests;
    mc_status status = mc_project_init(&r->project, options->project, error);
    if (status == MC_OK)
        status = mc_titles_table_create(&r->table, options->folder,
                                        options->memory ? options->memory : MEMORY_DEFAULT, error);
    if (status == MC_OK)
        status = open_pool(r, paths, n, error);
    if (status == MC_OK)
        status = read_files(r, error);
    if (status == MC_OK)
        status = gather(r, out, totals, ledger, error);
    free_run(r);
    return status;
}
