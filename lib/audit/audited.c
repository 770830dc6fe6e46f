#include "audit/audited.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/manifest.h"
#include "base/pipeline.h"
#include "io/npy.h"
#include "match/document.h"
#include "match/resume.h"

static mc_status damaged(const char *folder, const char *what, mc_error *error) {
    mc_fail(error, MC_E_FORMAT, "damaged manifest.json: %s", what);
    mc_error_place(error, folder, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

static mc_status path_in(char path[MC_PATH_MAX], const char *folder, const char *part,
                         const char *name, const char *suffix, mc_error *error) {
    if (snprintf(path, MC_PATH_MAX, "%s/%s%s%s", folder, part, name, suffix) < MC_PATH_MAX)
        return MC_OK;
    return mc_fail(error, MC_E_LIMIT, "a path is too long");
}

/* ---- numbers of a manifest ---- */

/* A number that mc_doc_number or mc_doc_real wrote. */
static bool get_real(const json_t *object, const char *key, double *out) {
    const json_t *value = json_object_get(object, key);
    if (json_is_string(value) && strcmp(json_string_value(value), "inf") == 0)
        *out = INFINITY;
    else if (json_is_number(value))
        *out = json_number_value(value);
    else
        return false;
    return true;
}

static bool get_number(const json_t *object, const char *key, uint64_t *out) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

/* ---- what decided over the pairs ---- */

static bool get_last(const json_t *last, mc_selection *selection) {
    const json_t *uid = json_object_get(last, "uid"), *hash = json_object_get(last, "text_hash");
    mc_rank *rank = &selection->last;
    char *end = NULL;
    if (!get_real(last, "key", &rank->key) || !get_number(last, "ordinal", &rank->ordinal) ||
        !json_is_string(uid) || !json_is_string(hash) || json_string_length(hash) != 16 ||
        !mc_u128_parse(json_string_value(uid), json_string_length(uid), &rank->pair.uid))
        return false;
    rank->pair.text_hash = strtoull(json_string_value(hash), &end, 16);
    selection->by_rank = true;
    return *end == '\0';
}

static mc_status read_parameters(mc_audited *a, mc_error *error) {
    const char *folder = a->options->folder;
    const json_t *parameters = json_object_get(a->manifest, "parameters");
    const json_t *result = json_object_get(a->manifest, "result");
    const json_t *dedup = json_object_get(parameters, "dedup");
    const json_t *totals = json_object_get(a->manifest, "totals");
    const json_t *last = json_object_get(result, "last");
    if (!json_is_string(dedup) || !get_number(parameters, "seed", &a->seed))
        return damaged(folder, "no parameters", error);
    MC_TRY(mc_dedup_parse(json_string_value(dedup), &a->dedup, error));
    get_number(totals, "taken_down", &a->n_taken_down);
    a->balanced = json_is_object(result);
    if (!a->balanced)
        return MC_OK;
    if (!get_real(result, "t", &a->selection.threshold) ||
        !(a->selection.threshold >= 0)) /* 0: --size and --counts with zeros */
        return damaged(folder, "no threshold", error);
    if (json_is_object(last) && !get_last(last, &a->selection))
        return damaged(folder, "what it says of the last pair kept", error);
    return MC_OK;
}

/* ---- indexes and arrays ---- */

static mc_status open_set(mc_audited *a, mc_error *error) {
    const mc_audit_options *o = a->options;
    char **found = NULL;
    size_t n = 0;
    if (o->indexes)
        return mc_index_set_open(&a->set, o->indexes, o->n_indexes, error);
    MC_TRY(mc_manifest_indexes(o->folder, NULL, a->manifest, &found, &n, error));
    mc_status status = mc_index_set_open(&a->set, (const char *const *)found, n, error);
    mc_free_paths(&found, &n);
    return status;
}

/* The indexes are those the manifest was written of: shard by shard the same name and content. */
static mc_status check_set(const mc_audited *a, mc_error *error) {
    const json_t *shards = json_object_get(a->manifest, "shards");
    bool same = json_array_size(shards) == a->set.n;
    for (size_t i = 0; same && i < a->set.n; i++) {
        const json_t *shard = json_array_get(shards, i);
        const mc_index_info *info = &a->set.indexes[i].info;
        const char *name = json_string_value(json_object_get(shard, "name"));
        const char *digest = json_string_value(json_object_get(shard, "digest"));
        same = name && strcmp(name, info->shard) == 0 && digest &&
               strcmp(digest, info->source_digest) == 0;
    }
    if (same)
        return MC_OK;
    mc_fail(error, MC_E_MISMATCH,
            "the match indexes are not those that this folder's manifest.json names, in its order");
    mc_error_place(error, a->options->folder, MC_NONE, MC_NONE);
    return MC_E_MISMATCH;
}

static mc_status read_counts(mc_audited *a, mc_error *error) {
    char path[MC_PATH_MAX];
    const json_t *other = json_object_get(json_object_get(a->manifest, "parameters"), "counts");
    MC_TRY(path_in(path, a->options->folder, "", "counts", ".npy", error));
    MC_TRY(mc_npy_read_u64(path, a->set.n_entries, &a->counts, error));
    if (!json_is_string(other))
        return MC_OK;
    return mc_npy_read_u64(json_string_value(other), a->set.n_entries, &a->other_counts, error);
}

static mc_status map_dropped(mc_audited *a, mc_error *error) {
    char path[MC_PATH_MAX];
    MC_TRY(path_in(path, a->options->folder, "", "dropped", ".npy", error));
    MC_TRY(mc_npy_map(&a->dropped_array, path, "'|u1'", 1, error));
    a->dropped = a->dropped_array.items;
    if (a->dropped_array.n == (mc_index_set_texts(&a->set) + 7) / 8)
        return MC_OK;
    mc_fail(error, MC_E_MISMATCH, "is of other match indexes");
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_MISMATCH;
}

static bool ascends(const mc_kept_rows *rows) {
    for (size_t i = 1; i < rows->n; i++) {
        uint64_t before = rows->records[i - 1], record = rows->records[i];
        if (record < before ||
            (record == before && (!rows->numbers || rows->numbers[i] <= rows->numbers[i - 1])))
            return false;
    }
    return true;
}

static mc_status map_rows(mc_audited *a, size_t i, mc_error *error) {
    char path[MC_PATH_MAX];
    const char *folder = a->options->folder;
    mc_kept_rows *rows = &a->kept[i];
    MC_TRY(path_in(path, folder, "subset/", a->set.names[i], ".npy", error));
    MC_TRY(mc_npy_map(&rows->record_array, path, "'<u8'", sizeof *rows->records, error));
    rows->records = rows->record_array.items;
    rows->n = rows->record_array.n;
    MC_TRY(path_in(path, folder, "subset/", a->set.names[i], ".texts.npy", error));
    if (access(path, F_OK) == 0) {
        MC_TRY(mc_npy_map(&rows->number_array, path, "'<u4'", sizeof *rows->numbers, error));
        rows->numbers = rows->number_array.items;
    }
    a->n_kept += rows->n;
    if ((rows->number_array.mapped && rows->number_array.n != rows->n) || !ascends(rows)) {
        mc_fail(error, MC_E_FORMAT, "is damaged: its rows are not those of a subset, in order");
        mc_error_place(error, path, MC_NONE, MC_NONE);
        return MC_E_FORMAT;
    }
    return MC_OK;
}

static mc_status map_kept(mc_audited *a, mc_error *error) {
    if (!a->balanced)
        return MC_OK;
    MC_TRY(MC_ALLOC(a->kept, a->set.n, error));
    for (size_t i = 0; i < a->set.n; i++)
        MC_TRY(map_rows(a, i, error));
    return MC_OK;
}

static mc_status check_whole(const char *folder, mc_error *error) {
    char path[MC_PATH_MAX];
    MC_TRY(path_in(path, folder, "", "takedown", ".pending", error));
    if (access(path, F_OK) != 0)
        return MC_OK;
    mc_fail(error, MC_E_FORMAT,
            "a takedown was interrupted: run `metacurate takedown` on the "
            "folder, which finishes it");
    mc_error_place(error, folder, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

/* What is read of a run, once its indexes are open. */
enum { READ_ENTRIES, READ_ARRAYS, N_READ };

static mc_status read_piece(void *context, size_t piece, mc_error *error) {
    mc_audited *a = context;
    if (piece == READ_ENTRIES)
        return mc_entry_table_init(&a->entries, &a->set, a->options->concepts, error);
    MC_TRY(map_dropped(a, error));
    return map_kept(a, error);
}

mc_status mc_audited_open(mc_audited *a, const mc_audit_options *options, mc_error *error) {
    uint64_t n_entries = 0;
    *a = (mc_audited){.options = options};
    MC_TRY(check_whole(options->folder, error));
    MC_TRY(mc_manifest_read(options->folder, &a->manifest, error));
    MC_TRY(read_parameters(a, error));
    MC_TRY(open_set(a, error));
    MC_TRY(check_set(a, error));
    /* Without a shard only the manifest knows how many entries there are. */
    get_number(json_object_get(a->manifest, "metadata"), "entries", &n_entries);
    if (a->set.n == 0 && n_entries <= MC_ENTRIES_MAX)
        a->set.n_entries = (uint32_t)n_entries;
    size_t n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    MC_TRY(mc_pipeline_each(N_READ, n_threads, NULL, a, read_piece, error));
    MC_TRY(read_counts(a, error));
    return mc_draw_init(&a->draw, a->entries.hashes, mc_audited_drawn(a), a->entries.firsts,
                        a->set.n_entries, a->seed, error);
}

void mc_audited_dispose(mc_audited *a) {
    for (size_t i = 0; a->kept && i < a->set.n; i++) {
        mc_npy_unmap(&a->kept[i].record_array);
        mc_npy_unmap(&a->kept[i].number_array);
    }
    free(a->kept);
    mc_npy_unmap(&a->dropped_array);
    mc_draw_dispose(&a->draw);
    free(a->counts);
    free(a->other_counts);
    mc_entry_table_dispose(&a->entries);
    mc_index_set_dispose(&a->set);
    json_decref(a->manifest);
    *a = (mc_audited){0};
}

/* ---- entries ---- */

const char *mc_audited_source(const mc_audited *a, uint32_t id) {
    const mc_audit_sources *s = a->options->sources;
    return s && s->of[id] < s->n_names ? s->names[s->of[id]] : NULL;
}

bool mc_audited_is_dead(const mc_audited *a, uint32_t id) {
    mc_bytes entry = mc_entry_table_string(&a->entries, id);
    mc_rules rules = a->set.n ? a->set.indexes[0].info.rules : MC_RULES_METACLIP1;
    return entry.data && mc_entry_is_dead(entry.data, entry.size, rules);
}

json_t *mc_audited_entry(const mc_audited *a, uint32_t id) {
    mc_bytes entry = mc_entry_table_string(&a->entries, id);
    return entry.data ? mc_doc_bytes(entry) : json_null();
}

/* ---- kept texts ---- */

/* The first row that is not before record. */
static size_t find_row(const mc_kept_rows *rows, uint64_t record) {
    size_t low = 0, high = rows->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->records[middle] < record)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

mc_kept_cursor mc_kept_of_block(const mc_audited *a, size_t index, const mc_block_info *block) {
    mc_kept_cursor cursor = {.first_record = block->first_record};
    if (!a->kept)
        return cursor;
    cursor.rows = &a->kept[index];
    cursor.at = find_row(cursor.rows, block->first_record);
    cursor.end = find_row(cursor.rows, block->first_record + block->n_records);
    return cursor;
}
