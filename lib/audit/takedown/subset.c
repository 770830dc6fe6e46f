/* All files but subset.datacomp.npy hold the kept pairs in the same order. So a first pass over
 * subset.jsonl.zst, which has uids, marks the places of those that go, and each file is then copied
 * without these places; a file, or a shard's, in which all stay is left alone. On the way every
 * line is held against the rows of its shard. */
#include "audit/takedown/subset.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "balance/bitmap.h"
#include "balance/emit.h"
#include "base/pipeline.h"
#include "base/progress.h"
#include "io/json_out.h"
#include "io/lines.h"
#include "io/npy.h"

/* Bytes of a line: a block's text, every byte of it an escape. */
#define LINE_MAX_BYTES (6 * (size_t)MC_BLOCK_BYTES_MAX + (1u << 20))
#define STEP 4096 /* lines between looks at what the caller wants */
#define HEX 32

static const char subset_name[] = "subset.jsonl.zst";
static const char tsv_name[] = "subset.tsv";

typedef struct removal {
    const mc_audited *a;
    const mc_takedown_list *list;
    mc_changes *changes;
    const char *folder;
    mc_bitmap gone; /* by place in the subset */
    mc_progress progress;
    const char *file;            /* being read */
    mc_sink *sink;               /* being written */
    uint64_t n_lines, n_removed; /* of it */
    /* Where reading is: shard, its first place, and what its lines have between uid and record. */
    size_t shard;
    uint64_t first;
    mc_buffer between;
} removal;

static mc_status other_subset(const removal *r, uint64_t line, mc_error *error) {
    char path[MC_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", r->folder, r->file);
    mc_fail(error, MC_E_MISMATCH, "does not hold the pairs that the subset's other files hold");
    mc_error_place(error, path, line, MC_NONE);
    return MC_E_MISMATCH;
}

static mc_status path_in(const char *folder, const char *file, char path[MC_PATH_MAX],
                         mc_error *error) {
    if (snprintf(path, MC_PATH_MAX, "%s/%s", folder, file) < MC_PATH_MAX)
        return MC_OK;
    return mc_fail(error, MC_E_LIMIT, "a path is too long");
}

static mc_status count_line(removal *r, mc_error *error) {
    atomic_int *cancel = mc_control_cancel(r->a->options->control);
    mc_progress_add(&r->progress, STEP, STEP);
    return cancel && atomic_load(cancel) ? mc_fail(error, MC_E_INTERRUPTED, "interrupted") : MC_OK;
}

/* ---- which go ---- */

static mc_status begin_shard(removal *r, mc_error *error) {
    const char *name = r->a->set.names[r->shard];
    r->between.size = 0;
    MC_TRY(mc_buffer_printf(&r->between, error, "\",\"shard\":"));
    MC_TRY(mc_json_string(&r->between, name, strlen(name), error));
    return mc_buffer_printf(&r->between, error, ",\"record\":");
}

/* What follows the uid in a line of the row. */
static bool is_line_of(const removal *r, const char *at, size_t size, uint64_t row) {
    const mc_kept_rows *rows = &r->a->kept[r->shard];
    char numbers[96];
    int n = snprintf(numbers, sizeof numbers, "%" PRIu64 ",\"text_number\":%" PRIu32 ",",
                     rows->records[row], rows->numbers ? rows->numbers[row] : 0);
    return size > r->between.size + (size_t)n &&
           memcmp(at, r->between.data, r->between.size) == 0 &&
           memcmp(at + r->between.size, numbers, (size_t)n) == 0;
}

static mc_status judge_line(void *context, const mc_line *line, mc_error *error) {
    static const char start[] = "{\"uid\":\"";
    const size_t uid_at = sizeof start - 1, rest_at = uid_at + HEX;
    removal *r = context;
    const mc_audited *a = r->a;
    mc_u128 uid;
    if (line->number % STEP == 0)
        MC_TRY(count_line(r, error));
    while (r->shard < a->set.n && line->number - r->first >= a->kept[r->shard].n) {
        r->first += a->kept[r->shard++].n;
        if (r->shard < a->set.n)
            MC_TRY(begin_shard(r, error));
    }
    if (r->shard == a->set.n || line->size < rest_at || memcmp(line->data, start, uid_at) != 0 ||
        !mc_u128_parse(line->data + uid_at, HEX, &uid) ||
        !is_line_of(r, line->data + rest_at, line->size - rest_at, line->number - r->first))
        return other_subset(r, line->number, error);
    r->n_lines++;
    if (mc_takedown_list_has(r->list, uid))
        mc_bitmap_set(&r->gone, line->number);
    return MC_OK;
}

static mc_status read_lines(removal *r, const char *file,
                            mc_status (*use)(void *context, const mc_line *line, mc_error *error),
                            mc_error *error) {
    char path[MC_PATH_MAX];
    r->file = file;
    r->n_lines = r->n_removed = 0;
    MC_TRY(path_in(r->folder, file, path, error));
    return mc_lines_read(path, LINE_MAX_BYTES, use, r, error);
}

static mc_status find(removal *r, mc_error *error) {
    MC_TRY(mc_bitmap_create(&r->gone, r->folder, r->a->n_kept, error));
    mc_progress_begin(&r->progress, r->a->options->control, MC_STAGE_SELECT, r->a->n_kept);
    if (r->a->set.n > 0)
        MC_TRY(begin_shard(r, error));
    MC_TRY(read_lines(r, subset_name, judge_line, error));
    return r->n_lines == r->a->n_kept ? MC_OK : other_subset(r, r->n_lines, error);
}

/* ---- files of lines ---- */

static bool is_there(const removal *r, const char *file) {
    char path[MC_PATH_MAX];
    return path_in(r->folder, file, path, NULL) == MC_OK && access(path, F_OK) == 0;
}

static mc_status put_line(removal *r, const mc_line *line, mc_error *error) {
    MC_TRY(mc_sink_write(r->sink, line->data, line->size, error));
    return mc_sink_write(r->sink, "\n", 1, error);
}

static mc_status copy_json(void *context, const mc_line *line, mc_error *error) {
    removal *r = context;
    if (line->number % STEP == 0)
        MC_TRY(count_line(r, error));
    if (line->number >= r->a->n_kept) /* it grew since */
        return other_subset(r, line->number, error);
    if (!mc_bitmap_get(&r->gone, line->number))
        return put_line(r, line, error);
    r->n_removed++;
    return MC_OK;
}

/* A line of the table ends with the uid. */
static mc_status copy_row(void *context, const mc_line *line, mc_error *error) {
    removal *r = context;
    mc_u128 uid;
    if (line->number == 0)
        return put_line(r, line, error);
    const char *end = line->data + line->size;
    if (line->number % STEP == 0)
        MC_TRY(count_line(r, error));
    if (line->number > r->a->n_kept || line->size <= HEX || end[-HEX - 1] != '\t' ||
        !mc_u128_parse(end - HEX, HEX, &uid) ||
        mc_takedown_list_has(r->list, uid) != mc_bitmap_get(&r->gone, line->number - 1))
        return other_subset(r, line->number, error);
    if (!mc_bitmap_get(&r->gone, line->number - 1))
        return put_line(r, line, error);
    r->n_removed++;
    return MC_OK;
}

static mc_status end_file(removal *r, const char *file, mc_error *error) {
    MC_TRY(mc_sink_commit(&r->sink, error));
    return mc_changes_add(r->changes, r->folder, file, error);
}

static mc_status rewrite_lines(removal *r, const char *file,
                               mc_status (*copy)(void *context, const mc_line *line,
                                                 mc_error *error),
                               mc_error *error) {
    char path[MC_PATH_MAX];
    size_t n_threads = r->a->options->n_threads ? r->a->options->n_threads : mc_processor_count();
    MC_TRY(mc_changes_path(r->folder, file, path, error));
    if (file == subset_name)
        MC_TRY(mc_sink_create_zstd(&r->sink, path, MC_SUBSET_LEVEL, n_threads, error));
    else
        MC_TRY(mc_sink_create(&r->sink, path, error));
    mc_progress_begin(&r->progress, r->a->options->control, MC_STAGE_WRITE, r->a->n_kept);
    MC_TRY(read_lines(r, file, copy, error));
    if (r->n_removed != r->gone.n_set)
        return other_subset(r, MC_NONE, error);
    return end_file(r, file, error);
}

/* ---- arrays ---- */

/* Which items of an array go. */
typedef bool is_gone(const removal *r, const char *item, uint64_t place);

static bool is_place_gone(const removal *r, const char *item, uint64_t place) {
    (void)item;
    return mc_bitmap_get(&r->gone, r->first + place);
}

static bool is_uid_gone(const removal *r, const char *item, uint64_t place) {
    (void)place;
    return mc_takedown_list_has(r->list, (mc_u128){mc_load_u64(item), mc_load_u64(item + 8)});
}

static mc_status copy_items(removal *r, const char *file, const mc_npy *array, const char *descr,
                            size_t item_size, is_gone *goes, mc_error *error) {
    char path[MC_PATH_MAX];
    uint64_t n_left = 0;
    MC_TRY(mc_changes_path(r->folder, file, path, error));
    MC_TRY(mc_npy_begin(&r->sink, path, descr, error));
    const char *items = array->items;
    for (size_t i = 0; i < array->n; i++) {
        const char *item = items + i * item_size;
        if (goes(r, item, i))
            continue;
        MC_TRY(mc_sink_write(r->sink, item, item_size, error));
        n_left++;
    }
    MC_TRY(mc_npy_end(&r->sink, descr, n_left, 0, error));
    return mc_changes_add(r->changes, r->folder, file, error);
}

static mc_status rewrite_array(removal *r, const char *file, const char *descr, size_t item_size,
                               is_gone *goes, mc_error *error) {
    char path[MC_PATH_MAX];
    mc_npy array;
    MC_TRY(path_in(r->folder, file, path, error));
    mc_status status = mc_npy_map(&array, path, descr, item_size, error);
    r->file = file;
    if (status == MC_OK && goes == is_place_gone && array.n != r->a->kept[r->shard].n)
        status = other_subset(r, MC_NONE, error);
    if (status == MC_OK)
        status = copy_items(r, file, &array, descr, item_size, goes, error);
    mc_npy_unmap(&array);
    return status;
}

/* The name of the folder of metaclip's subset: its threshold, or size. */
static void name_metaclip(const removal *r, char out[64]) {
    const json_t *parameters = json_object_get(r->a->manifest, "parameters");
    const char *target = json_string_value(json_object_get(parameters, "target"));
    const json_t *size = json_object_get(parameters, "size");
    bool by_size = target && strcmp(target, "size") == 0;
    mc_emit_name(by_size ? (uint64_t)json_integer_value(size) : 0, r->a->selection.threshold, out);
}

static mc_status rewrite_shard(removal *r, const char *metaclip, mc_error *error) {
    char file[MC_PATH_MAX / 2];
    const char *name = r->a->set.names[r->shard];
    snprintf(file, sizeof file, "subset/%s.npy", name);
    MC_TRY(rewrite_array(r, file, "'<u8'", 8, is_place_gone, error));
    snprintf(file, sizeof file, "subset/%s.texts.npy", name);
    if (r->a->kept[r->shard].numbers)
        MC_TRY(rewrite_array(r, file, "'<u4'", 4, is_place_gone, error));
    snprintf(file, sizeof file, "metaclip/subset_%s/%zu/%zu.npy", metaclip, r->shard % 100,
             r->shard);
    return is_there(r, file) ? rewrite_array(r, file, "'<u4'", 4, is_place_gone, error) : MC_OK;
}

static mc_status rewrite_arrays(removal *r, mc_error *error) {
    static const char datacomp[] = "subset.datacomp.npy";
    char metaclip[64];
    name_metaclip(r, metaclip);
    if (is_there(r, datacomp))
        MC_TRY(
            rewrite_array(r, datacomp, "[('f0', '<u8'), ('f1', '<u8')]", 16, is_uid_gone, error));
    r->first = 0;
    for (r->shard = 0; r->shard < r->a->set.n; r->shard++) {
        size_t n = r->a->kept[r->shard].n;
        if (n > 0 && mc_bitmap_any(&r->gone, r->first, n))
            MC_TRY(rewrite_shard(r, metaclip, error));
        r->first += n;
    }
    return MC_OK;
}

static mc_status remove_pairs(removal *r, mc_error *error) {
    MC_TRY(find(r, error));
    r->changes->n_taken_down = r->gone.n_set;
    if (r->gone.n_set == 0)
        return MC_OK;
    MC_TRY(rewrite_lines(r, subset_name, copy_json, error));
    if (is_there(r, tsv_name))
        MC_TRY(rewrite_lines(r, tsv_name, copy_row, error));
    return rewrite_arrays(r, error);
}

mc_status mc_takedown_subset(const mc_audited *audited, const mc_takedown_list *list,
                             mc_changes *changes, mc_error *error) {
    removal r = {
        .a = audited, .list = list, .changes = changes, .folder = audited->options->folder};
    mc_status status = remove_pairs(&r, error);
    mc_sink_discard(&r.sink);
    mc_bitmap_dispose(&r.gone);
    mc_buffer_dispose(&r.between);
    return status;
}
