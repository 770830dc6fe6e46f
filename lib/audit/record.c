/* The record of a run: manifest.json, report.json and rejects.jsonl. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/document.h"
#include "io/sink.h"
#include "match/index.h"
#include "match/resume.h"
#include "metacurate/audit.h"
#include "metacurate/io.h"

static const char *target_name(mc_target target) {
    switch (target) {
    case MC_TARGET_THRESHOLD:
        return "threshold";
    case MC_TARGET_SIZE:
        return "size";
    case MC_TARGET_TAIL_SHARE:
        return "tail_share";
    case MC_TARGET_COUNTS:
        return "counts";
    }
    return NULL;
}

static mc_status join(char out[MC_PATH_MAX], const char *folder, const char *name,
                      mc_error *error) {
    int n = snprintf(out, MC_PATH_MAX, "%s/%s", folder, name);
    return n < MC_PATH_MAX ? MC_OK : mc_fail(error, MC_E_LIMIT, "a path is too long");
}

static mc_status write_document(const char *folder, const char *name, json_t *document,
                                mc_error *error) {
    char path[MC_PATH_MAX];
    mc_buffer text = {0};
    mc_status status = mc_doc_text(document, false, &text, error);
    if (status == MC_OK)
        status = join(path, folder, name, error);
    if (status == MC_OK)
        status = mc_write_file(path, text.data, text.size, error);
    mc_buffer_dispose(&text);
    return status;
}

/* Describes a shard from its index, and adds its ledger to the rejects. */
static mc_status add_shard(json_t *shards, const char *path, mc_sink *rejects, json_t *metadata,
                           mc_error *error) {
    mc_index index;
    mc_buffer ledger = {0};
    MC_TRY(mc_index_open(&index, path, true, error));
    json_t *shard = mc_doc_shard(&index.info);
    mc_doc_set(shard, "keep_texts", json_boolean(index.info.keep_texts));
    json_array_append_new(shards, shard);
    mc_doc_string(metadata, "digest", index.info.metadata_digest);
    mc_status status = mc_index_read_ledger(&index, &ledger, error);
    if (status == MC_OK)
        status = mc_sink_write(rejects, ledger.data, ledger.size, error);
    mc_buffer_dispose(&ledger);
    mc_index_dispose(&index);
    return status;
}

static json_t *describe_parameters(const mc_run_record *record) {
    const mc_balance_options *o = record->options;
    json_t *p = json_object();
    mc_doc_string(p, "rules", mc_rules_name(MC_RULES_METACLIP1));
    mc_doc_string(p, "target", target_name(o->target));
    if (o->target == MC_TARGET_THRESHOLD)
        mc_doc_real(p, "t", o->threshold);
    if (o->target == MC_TARGET_SIZE)
        mc_doc_number(p, "size", o->size);
    if (o->target == MC_TARGET_TAIL_SHARE)
        mc_doc_real(p, "tail_share", o->tail_share);
    mc_doc_number(p, "seed", o->seed);
    mc_doc_string(p, "dedup", mc_dedup_name(o->dedup));
    mc_doc_string(p, "only", o->only);
    mc_doc_string(p, "exclude", o->exclude);
    mc_doc_string(p, "counts", o->counts_file);
    return p;
}

static json_t *describe_result(const mc_run_record *record) {
    const mc_balance_result *result = record->result;
    json_t *r = json_object();
    mc_doc_real(r, "t", result->threshold);
    mc_doc_real(r, "p", result->tail_share);
    mc_doc_number(r, "kept", result->totals.kept);
    mc_doc_real(r, "expected_size", result->expected_size);
    mc_doc_real(r, "expected_deviation", result->expected_deviation);
    mc_doc_number(r, "head_entries", result->n_head);
    mc_doc_number(r, "tail_entries", result->n_tail);
    mc_doc_number(r, "never_matched_entries", result->n_never);
    mc_doc_set(r, "fewer_than_asked", json_boolean(result->fewer_than_asked));
    return r;
}

static mc_status write_manifest(const mc_run_record *record, json_t *shards, json_t *metadata,
                                mc_error *error) {
    json_t *m = json_object();
    mc_doc_string(m, "metacurate", "manifest");
    mc_doc_string(m, "version", mc_version());
    mc_doc_string(m, "command", record->command);
    mc_doc_set(m, "complete", json_boolean(record->n_failed == 0));
    mc_doc_set(m, "parameters", describe_parameters(record));
    mc_doc_string(metadata, "path", record->metadata_path);
    mc_doc_number(metadata, "entries", record->result->n_entries);
    mc_doc_number(metadata, "repeated", record->n_repeated);
    mc_doc_number(metadata, "dead", record->n_dead);
    mc_doc_set(m, "metadata", json_incref(metadata));
    mc_doc_set(m, "totals", mc_doc_totals(&record->result->totals));
    if (record->options->target != MC_TARGET_COUNTS)
        mc_doc_set(m, "result", describe_result(record));
    mc_doc_set(m, "shards", json_incref(shards));
    return write_document(record->options->folder, "manifest.json", m, error);
}

/* The entries that no text can hold, where the concept set is at hand. */
static json_t *list_dead(const mc_concepts *concepts) {
    json_t *dead = json_array();
    for (uint32_t id = 0; id < mc_concepts_count(concepts); id++) {
        mc_bytes entry = mc_concepts_entry(concepts, id);
        if (!mc_entry_is_dead(entry.data, entry.size, mc_concepts_rules(concepts)))
            continue;
        json_t *row = json_object();
        mc_doc_number(row, "id", id);
        mc_doc_set(row, "entry", mc_doc_bytes(entry));
        json_array_append_new(dead, row);
    }
    return dead;
}

static mc_status write_report(const mc_run_record *record, mc_error *error) {
    const mc_balance_result *result = record->result;
    json_t *r = json_object(), *top = json_array();
    mc_doc_string(r, "metacurate", "report");
    mc_doc_string(r, "version", mc_version());
    mc_doc_set(r, "totals", mc_doc_totals(&result->totals));
    mc_doc_set(r, "result", describe_result(record));
    mc_doc_number(r, "entries", result->n_entries);
    for (size_t i = 0; i < result->n_top; i++) {
        const mc_top_entry *entry = &result->top[i];
        json_t *row = json_object();
        mc_doc_number(row, "id", entry->id);
        mc_doc_string(row, "entry", entry->entry);
        mc_doc_number(row, "before", entry->before);
        mc_doc_number(row, "after", entry->after);
        json_array_append_new(top, row);
    }
    mc_doc_set(r, "top_entries", top);
    if (record->options->concepts)
        mc_doc_set(r, "dead_entries", list_dead(record->options->concepts));
    return write_document(record->options->folder, "report.json", r, error);
}

mc_status mc_run_record_write(const mc_run_record *record, mc_error *error) {
    const mc_balance_options *o = record->options;
    char path[MC_PATH_MAX];
    mc_sink *rejects = NULL;
    MC_TRY(join(path, o->folder, "rejects.jsonl", error));
    MC_TRY(mc_sink_create(&rejects, path, error));
    json_t *shards = json_array(), *metadata = json_object();
    mc_status status = MC_OK;
    for (size_t i = 0; i < o->n_indexes && status == MC_OK; i++)
        status = add_shard(shards, o->indexes[i], rejects, metadata, error);
    if (status == MC_OK && record->failures)
        status = mc_sink_write(rejects, record->failures, strlen(record->failures), error);
    if (status == MC_OK)
        status = mc_sink_commit(&rejects, error);
    if (status == MC_OK && o->target != MC_TARGET_COUNTS)
        status = write_report(record, error);
    if (status == MC_OK) /* last: a folder with a manifest is a finished one */
        status = write_manifest(record, shards, metadata, error);
    json_decref(shards);
    json_decref(metadata);
    mc_sink_discard(&rejects);
    return status;
}

static mc_status list_indexes(const char *folder, const json_t *shards, char **paths, size_t *n,
                              mc_error *error) {
    for (size_t i = 0; i < json_array_size(shards); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(shards, i), "name"));
        char path[MC_PATH_MAX];
        if (!name || strchr(name, '/'))
            return mc_fail(error, MC_E_FORMAT, "damaged manifest: shard %zu has no name", i);
        int length = snprintf(path, sizeof path, "%s/matches/%s" MC_INDEX_SUFFIX, folder, name);
        if (length >= MC_PATH_MAX)
            return mc_fail(error, MC_E_LIMIT, "a path is too long");
        MC_TRY(mc_copy_string(&paths[i], path, error));
        ++*n;
    }
    return MC_OK;
}

mc_status mc_find_indexes(const char *folder, char ***paths, size_t *n, mc_error *error) {
    char path[MC_PATH_MAX];
    *paths = NULL;
    *n = 0;
    MC_TRY(join(path, folder, "manifest.json", error));
    json_error_t failure;
    json_t *manifest = json_load_file(path, JSON_REJECT_DUPLICATES, &failure);
    const json_t *shards = json_object_get(manifest, "shards");
    if (!json_is_array(shards)) {
        json_decref(manifest);
        mc_fail(
            error, MC_E_FORMAT,
            "there is no whole manifest.json: the folder is none that match or curate wrote, or "
            "the run did not finish (go on with --resume)");
        mc_error_place(error, folder, MC_NONE, MC_NONE);
        return MC_E_FORMAT;
    }
    mc_status status = MC_ALLOC(*paths, json_array_size(shards), error);
    if (status == MC_OK)
        status = list_indexes(folder, shards, *paths, n, error);
    json_decref(manifest);
    if (status != MC_OK) {
        for (size_t i = 0; *paths && i < *n; i++)
            free((*paths)[i]);
        free(*paths);
        *paths = NULL;
        *n = 0;
    }
    return status;
}
