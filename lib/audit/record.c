/* The record of a run: manifest.json and rejects.jsonl. */
#include <inttypes.h>
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

/* True when that is where the index of a shard of that name lies in the run's own folder. */
static bool is_own(const char *folder, const char *name, const char *path) {
    char own[MC_PATH_MAX];
    return snprintf(own, sizeof own, "%s/matches/%s" MC_INDEX_SUFFIX, folder, name) < MC_PATH_MAX &&
           strcmp(own, path) == 0;
}

/* Describes a shard from its index, and adds its ledger to the rejects. */
static mc_status add_shard(json_t *shards, const char *folder, const char *path, mc_sink *rejects,
                           json_t *metadata, mc_error *error) {
    mc_index index;
    mc_buffer ledger = {0};
    MC_TRY(mc_index_open(&index, path, true, error));
    json_t *shard = mc_doc_shard(&index.info);
    mc_doc_set(shard, "keep_texts", json_boolean(index.info.keep_texts));
    if (!is_own(folder, index.info.shard, path))
        mc_doc_string(shard, "index", path);
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

static json_t *describe_last(const mc_last_pair *last) {
    char hash[17];
    if (!last->known)
        return json_null();
    json_t *l = json_object();
    mc_doc_real(l, "key", last->key);
    mc_doc_string(l, "uid", last->uid);
    snprintf(hash, sizeof hash, "%016" PRIx64, last->text_hash);
    mc_doc_string(l, "text_hash", hash);
    mc_doc_number(l, "ordinal", last->ordinal);
    return l;
}

static json_t *describe_result(const mc_run_record *record) {
    const mc_balance_result *result = record->result;
    json_t *r = json_object();
    mc_doc_real(r, "t", result->threshold);
    mc_doc_real(r, "p", result->tail_share);
    mc_doc_number(r, "kept", result->totals.kept);
    mc_doc_set(r, "last", describe_last(&result->last));
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
    bool known = record->options->concepts || record->metadata_path;
    mc_doc_set(metadata, "repeated", known ? json_integer(record->n_repeated) : json_null());
    mc_doc_set(metadata, "dead", known ? json_integer(record->n_dead) : json_null());
    mc_doc_set(m, "metadata", json_incref(metadata));
    mc_doc_set(m, "totals", mc_doc_totals(&record->result->totals));
    if (record->options->target != MC_TARGET_COUNTS)
        mc_doc_set(m, "result", describe_result(record));
    mc_doc_set(m, "shards", json_incref(shards));
    return write_document(record->options->folder, "manifest.json", m, error);
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
        status = add_shard(shards, o->folder, o->indexes[i], rejects, metadata, error);
    if (status == MC_OK && record->failures)
        status = mc_sink_write(rejects, record->failures, strlen(record->failures), error);
    if (status == MC_OK)
        status = mc_sink_commit(&rejects, error);
    if (status == MC_OK) /* last: a folder with a manifest is a finished one */
        status = write_manifest(record, shards, metadata, error);
    json_decref(shards);
    json_decref(metadata);
    mc_sink_discard(&rejects);
    return status;
}
