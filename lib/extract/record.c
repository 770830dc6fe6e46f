/* The record of a run: rejects.jsonl, then manifest.json. */
#include <stdio.h>

#include "extract/shards.h"
#include "io/sink.h"
#include "match/document.h"
#include "metacurate/io.h"

static mc_status join(char out[MC_PATH_MAX], const char *folder, const char *name,
                      mc_error *error) {
    int n = snprintf(out, MC_PATH_MAX, "%s/%s", folder, name);
    return n < MC_PATH_MAX ? MC_OK : mc_fail(error, MC_E_LIMIT, "a path is too long");
}

static mc_status write_rejects(const mc_extract_options *options, const mc_extracted *shards,
                               const mc_buffer *failures, mc_error *error) {
    char path[MC_PATH_MAX];
    mc_sink *sink;
    MC_TRY(join(path, options->folder, "rejects.jsonl", error));
    MC_TRY(mc_sink_create(&sink, path, error));
    mc_status status = MC_OK;
    for (size_t i = 0; i < mc_pool_count(options->pool) && status == MC_OK; i++)
        status = mc_sink_write(sink, shards[i].ledger.data, shards[i].ledger.size, error);
    if (status == MC_OK)
        status = mc_sink_write(sink, failures->data, failures->size, error);
    if (status == MC_OK)
        return mc_sink_commit(&sink, error);
    mc_sink_discard(&sink);
    return status;
}

static json_t *describe_shard(const mc_extracted *shard) {
    json_t *s = mc_doc_shard(&shard->info);
    mc_doc_number(s, "lines", shard->n_lines);
    return s;
}

mc_status mc_extract_record(const mc_extract_options *options, const mc_extract_result *result,
                            const mc_extracted *shards, const mc_buffer *failures,
                            mc_error *error) {
    char path[MC_PATH_MAX];
    mc_buffer text = {0};
    MC_TRY(write_rejects(options, shards, failures, error));
    json_t *m = json_object(), *parameters = json_object(), *list = json_array();
    mc_doc_string(m, "metacurate", "manifest");
    mc_doc_string(m, "version", mc_version());
    mc_doc_string(m, "command", "extract");
    mc_doc_set(m, "complete", json_boolean(result->n_failed == 0));
    mc_doc_string(parameters, "dedup", mc_dedup_name(options->dedup));
    mc_doc_set(m, "parameters", parameters);
    mc_doc_set(m, "totals", mc_doc_totals(&result->totals));
    mc_doc_number(m, "lines", result->n_lines);
    for (size_t i = 0; i < mc_pool_count(options->pool); i++)
        if (shards[i].info.shard)
            json_array_append_new(list, describe_shard(&shards[i]));
    mc_doc_set(m, "shards", list);
    mc_status status = mc_doc_text(m, false, &text, error);
    if (status == MC_OK)
        status = join(path, options->folder, "manifest.json", error);
    if (status == MC_OK)
        status = mc_write_file(path, text.data, text.size, error);
    mc_buffer_dispose(&text);
    return status;
}
