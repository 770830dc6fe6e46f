/* The footer's document: what was matched and how, as JSON. */
#include "match/index.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

static void free_options(mc_pool_options *read) {
    free((char *)(uintptr_t)read->text_field);
    free((char *)(uintptr_t)read->texts_field);
    free((char *)(uintptr_t)read->url_field);
    free((char *)(uintptr_t)read->id_field);
    free((char *)(uintptr_t)read->columns);
    free((char *)(uintptr_t)read->reader);
}

void mc_index_info_dispose(mc_index_info *info) {
    free(info->shard);
    free(info->path);
    free_options(&info->read);
    *info = (mc_index_info){0};
}

const char *mc_reject_name(unsigned reason) {
    return reason < MC_N_REASONS ? mc_reason_name((mc_reason)reason) : NULL;
}

void mc_totals_add(mc_totals *sum, const mc_totals *more) {
    sum->records += more->records;
    sum->read += more->read;
    sum->rejected += more->rejected;
    for (unsigned i = 0; i < MC_MAX_REASONS; i++)
        sum->rejected_for[i] += more->rejected_for[i];
    sum->texts += more->texts;
    sum->empty += more->empty;
    sum->excluded += more->excluded;
    sum->duplicates += more->duplicates;
    sum->unmatched += more->unmatched;
    sum->matched += more->matched;
    sum->kept += more->kept;
    sum->matches += more->matches;
    sum->replaced += more->replaced;
}

static void set(json_t *object, const char *key, json_t *value) {
    json_object_set_new(object, key, value); /* a NULL value is noticed when dumping */
}

static json_t *string_or_null(const char *text) {
    return text ? json_string(text) : json_null();
}

static json_t *number(uint64_t value) {
    return json_integer((json_int_t)value);
}

static json_t *totals_document(const mc_totals *totals) {
    json_t *t = json_object(), *reasons = json_object();
    set(t, "records", number(totals->records));
    set(t, "read", number(totals->read));
    set(t, "rejected", number(totals->rejected));
    for (unsigned i = 0; mc_reject_name(i); i++)
        if (totals->rejected_for[i])
            set(reasons, mc_reject_name(i), number(totals->rejected_for[i]));
    set(t, "rejected_for", reasons);
    set(t, "texts", number(totals->texts));
    set(t, "empty", number(totals->empty));
    set(t, "unmatched", number(totals->unmatched));
    set(t, "matched", number(totals->matched));
    set(t, "matches", number(totals->matches));
    set(t, "replaced", number(totals->replaced));
    return t;
}

mc_status mc_index_info_to_json(const mc_index_info *info, mc_buffer *out, mc_error *error) {
    json_t *root = json_object(), *read = json_object();
    set(root, "shard", string_or_null(info->shard));
    set(root, "path", string_or_null(info->path));
    set(root, "source_size", number(info->source_size));
    set(root, "source_digest", json_string(info->source_digest));
    set(read, "format", json_string(mc_format_name(info->read.format)));
    set(read, "text_field", string_or_null(info->read.text_field));
    set(read, "texts_field", string_or_null(info->read.texts_field));
    set(read, "url_field", string_or_null(info->read.url_field));
    set(read, "id_field", string_or_null(info->read.id_field));
    set(read, "columns", string_or_null(info->read.columns));
    set(read, "reader", string_or_null(info->read.reader));
    set(read, "max_record", number(info->read.max_record));
    set(root, "read", read);
    set(root, "metadata_digest", json_string(info->metadata_digest));
    set(root, "entries", number(info->n_entries));
    set(root, "rules", json_string(mc_rules_name(info->rules)));
    set(root, "keep_texts", json_boolean(info->keep_texts));
    set(root, "totals", totals_document(&info->totals));
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    if (!text)
        return mc_fail(error, MC_E_MEMORY, "the index footer could not be written as JSON");
    mc_status status = mc_buffer_append(out, text, strlen(text), error);
    free(text);
    return status;
}

/* Reads members of a document; the first that is missing or of the wrong type is remembered. */
typedef struct document {
    json_t *object;
    const char *bad;
} document;

static json_t *member(document *d, const char *key) {
    json_t *value = json_object_get(d->object, key);
    if (!value && !d->bad)
        d->bad = key;
    return value;
}

static uint64_t get_number(document *d, const char *key) {
    json_t *value = member(d, key);
    if (value && (!json_is_integer(value) || json_integer_value(value) < 0)) {
        d->bad = key;
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

static char *get_string(document *d, const char *key, bool may_be_null) {
    json_t *value = member(d, key);
    if (may_be_null && json_is_null(value))
        return NULL;
    char *copy = json_is_string(value) ? strdup(json_string_value(value)) : NULL;
    if (!copy)
        d->bad = key;
    return copy;
}

static void get_digest(document *d, const char *key, char out[33]) {
    json_t *value = member(d, key);
    mc_u128 number_value;
    if (!json_is_string(value) || json_string_length(value) != 32 ||
        !mc_u128_parse(json_string_value(value), 32, &number_value)) {
        d->bad = key;
        return;
    }
    mc_u128_hex(number_value, out);
}

static document get_object(document *d, const char *key) {
    document inner = {member(d, key), NULL};
    if (!json_is_object(inner.object))
        inner.bad = d->bad = key;
    return inner;
}

static void get_totals(document *root, mc_totals *totals) {
    document t = get_object(root, "totals");
    totals->records = get_number(&t, "records");
    totals->read = get_number(&t, "read");
    totals->rejected = get_number(&t, "rejected");
    document reasons = get_object(&t, "rejected_for");
    for (unsigned i = 0; mc_reject_name(i); i++)
        if (json_object_get(reasons.object, mc_reject_name(i)))
            totals->rejected_for[i] = get_number(&reasons, mc_reject_name(i));
    totals->texts = get_number(&t, "texts");
    totals->empty = get_number(&t, "empty");
    totals->unmatched = get_number(&t, "unmatched");
    totals->matched = get_number(&t, "matched");
    totals->matches = get_number(&t, "matches");
    totals->replaced = get_number(&t, "replaced");
    if (t.bad || reasons.bad)
        root->bad = "totals";
}

static void get_read(document *root, mc_pool_options *read) {
    document r = get_object(root, "read");
    char *format = get_string(&r, "format", false);
    if (!format || mc_format_parse(format, &read->format, NULL) != MC_OK)
        r.bad = "format";
    free(format);
    read->text_field = get_string(&r, "text_field", true);
    read->texts_field = get_string(&r, "texts_field", true);
    read->url_field = get_string(&r, "url_field", true);
    read->id_field = get_string(&r, "id_field", true);
    read->columns = get_string(&r, "columns", true);
    read->reader = get_string(&r, "reader", true);
    read->max_record = get_number(&r, "max_record");
    if (r.bad)
        root->bad = r.bad;
}

mc_status mc_index_info_from_json(mc_index_info *info, const char *data, size_t size,
                                  mc_error *error) {
    *info = (mc_index_info){0};
    document root = {json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL), NULL};
    if (!json_is_object(root.object)) {
        json_decref(root.object);
        return mc_fail(error, MC_E_FORMAT, "damaged footer: no JSON object");
    }
    info->shard = get_string(&root, "shard", false);
    info->path = get_string(&root, "path", false);
    info->source_size = get_number(&root, "source_size");
    get_digest(&root, "source_digest", info->source_digest);
    get_read(&root, &info->read);
    get_digest(&root, "metadata_digest", info->metadata_digest);
    uint64_t entries = get_number(&root, "entries");
    if (entries > MC_ENTRIES_MAX)
        root.bad = "entries";
    info->n_entries = (uint32_t)entries;
    char *rules = get_string(&root, "rules", false);
    if (!rules || mc_rules_parse(rules, &info->rules, NULL) != MC_OK)
        root.bad = "rules";
    free(rules);
    info->keep_texts = json_is_true(member(&root, "keep_texts"));
    get_totals(&root, &info->totals);
    json_decref(root.object);
    if (root.bad) {
        mc_index_info_dispose(info);
        return mc_fail(error, MC_E_FORMAT, "damaged footer: \"%s\"", root.bad);
    }
    return MC_OK;
}
