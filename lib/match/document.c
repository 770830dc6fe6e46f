#include "match/document.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/totals.h"
#include "metacurate/text.h"

void mc_doc_number(json_t *object, const char *key, uint64_t value) {
    char digits[24];
    if (value > INT64_MAX) {
        snprintf(digits, sizeof digits, "%" PRIu64, value);
        mc_doc_set(object, key, json_string(digits));
    } else {
        mc_doc_set(object, key, json_integer((json_int_t)value));
    }
}

void mc_doc_real(json_t *object, const char *key, double value) {
    mc_doc_set(object, key, isinf(value) ? json_string("inf") : json_real(value));
}

void mc_doc_string(json_t *object, const char *key, const char *value) {
    mc_doc_set(object, key, value ? mc_doc_bytes((mc_bytes){value, strlen(value)}) : json_null());
}

json_t *mc_doc_bytes(mc_bytes bytes) {
    if (mc_utf8_valid(bytes.data, bytes.size))
        return json_stringn(bytes.data, bytes.size);
    char *clean = malloc(MC_UTF8_REPLACED_MAX(bytes.size));
    if (!clean)
        return NULL;
    size_t size = mc_utf8_replace(bytes.data, bytes.size, clean, NULL);
    json_t *string = json_stringn(clean, size);
    free(clean);
    return string;
}

static json_t *describe_excluded(const mc_totals *totals) {
    json_t *reasons = json_object();
    for (unsigned i = 0; i < MC_N_EXCLUSIONS; i++)
        if (totals->excluded_for[i])
            mc_doc_number(reasons, mc_exclusion_name((mc_exclusion)i), totals->excluded_for[i]);
    return reasons;
}

static json_t *describe_crawl(mc_crawl_totals crawl) {
    json_t *c = json_object();
    for (size_t i = 0; i < MC_N_CRAWL_FIELDS; i++)
        mc_doc_number(c, mc_crawl_fields[i].name, *mc_crawl_number(&crawl, i));
    return c;
}

json_t *mc_doc_totals(const mc_totals *totals) {
    json_t *t = json_object(), *reasons = json_object();
    mc_doc_number(t, "records", totals->records);
    mc_doc_number(t, "read", totals->read);
    mc_doc_number(t, "rejected", totals->rejected);
    for (unsigned i = 0; mc_reject_name(i); i++)
        if (totals->rejected_for[i])
            mc_doc_number(reasons, mc_reject_name(i), totals->rejected_for[i]);
    mc_doc_set(t, "rejected_for", reasons);
    mc_doc_number(t, "texts", totals->texts);
    mc_doc_number(t, "empty", totals->empty);
    mc_doc_number(t, "excluded", totals->excluded);
    mc_doc_set(t, "excluded_for", describe_excluded(totals));
    mc_doc_number(t, "duplicates", totals->duplicates);
    mc_doc_number(t, "unmatched", totals->unmatched);
    mc_doc_number(t, "matched", totals->matched);
    mc_doc_number(t, "kept", totals->kept);
    mc_doc_number(t, "not_kept", totals->matched - totals->kept);
    mc_doc_number(t, "matches", totals->matches);
    mc_doc_number(t, "replaced", totals->replaced);
    if (totals->crawl.documents > 0)
        mc_doc_set(t, "crawl", describe_crawl(totals->crawl));
    return t;
}

static const char *lid_name(mc_lid lid) {
    static const char *const names[] = {
        [MC_LID_NONE] = "none", [MC_LID_CLD2] = "cld2", [MC_LID_FASTTEXT] = "fasttext"};
    return names[lid];
}

static json_t *describe_reading(const mc_index_info *info) {
    const mc_pool_options *o = &info->read;
    json_t *read = json_object();
    mc_doc_string(read, "format", mc_format_name(o->format));
    mc_doc_string(read, "text_field", o->text_field);
    mc_doc_string(read, "texts_field", o->texts_field);
    mc_doc_string(read, "url_field", o->url_field);
    mc_doc_string(read, "id_field", o->id_field);
    mc_doc_string(read, "lang_field", o->lang_field);
    mc_doc_string(read, "columns", o->columns);
    mc_doc_string(read, "reader", o->reader);
    mc_doc_number(read, "max_record", o->max_record);
    mc_doc_set(read, "lazy_images", json_boolean(o->lazy_images));
    mc_doc_string(read, "lid", lid_name(o->lid));
    mc_doc_string(read, "lid_model", o->lid_model);
    mc_doc_string(read, "languages", o->languages);
    mc_doc_string(read, "block_hosts", o->block_hosts);
    mc_doc_string(read, "block_texts", o->block_texts);
    mc_doc_string(read, "filter_digest", info->filter_digest[0] ? info->filter_digest : NULL);
    return read;
}

json_t *mc_doc_shard(const mc_index_info *info) {
    json_t *shard = json_object();
    mc_doc_string(shard, "name", info->shard);
    mc_doc_string(shard, "path", info->path);
    mc_doc_number(shard, "size", info->source_size);
    mc_doc_string(shard, "digest", info->source_digest);
    mc_doc_set(shard, "read", describe_reading(info));
    mc_doc_number(shard, "records", info->totals.records);
    mc_doc_number(shard, "rejected", info->totals.rejected);
    mc_doc_number(shard, "texts", info->totals.texts);
    return shard;
}

/* Into memory of ours: out of memory, json_dumps may give half a document. */
static mc_status append_text(const json_t *document, size_t flags, mc_buffer *out,
                             mc_error *error) {
    size_t size = json_dumpb(document, NULL, 0, flags);
    MC_TRY(mc_buffer_reserve(out, size, error));
    if (size == 0 || json_dumpb(document, out->data + out->size, size, flags) != size)
        return mc_fail(error, MC_E_MEMORY, "out of memory: a JSON document");
    out->size += size;
    return mc_buffer_append(out, "\n", 1, error);
}

mc_status mc_doc_text(json_t *document, bool compact, mc_buffer *out, mc_error *error) {
    mc_status status = append_text(document, compact ? JSON_COMPACT : JSON_INDENT(2), out, error);
    json_decref(document);
    return status;
}
