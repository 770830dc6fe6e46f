/* The footer's document: what was matched and how, as JSON. */
#include "match/index.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include "match/totals.h"

static void free_options(mc_pool_options *read) {
    free((char *)(uintptr_t)read->text_field);
    free((char *)(uintptr_t)read->texts_field);
    free((char *)(uintptr_t)read->url_field);
    free((char *)(uintptr_t)read->id_field);
    free((char *)(uintptr_t)read->columns);
    free((char *)(uintptr_t)read->reader);
    free((char *)(uintptr_t)read->lang_field);
    free((char *)(uintptr_t)read->lid_model);
    free((char *)(uintptr_t)read->languages);
    free((char *)(uintptr_t)read->block_hosts);
    free((char *)(uintptr_t)read->block_texts);
}

void mc_index_info_dispose(mc_index_info *info) {
    free(info->shard);
    free(info->path);
    free_options(&info->read);
    *info = (mc_index_info){0};
}

/* A document whose members are written or read; the first that cannot be is remembered. */
typedef struct document {
    json_t *object;
    const char *bad;
    bool ill_formed; /* it is no valid UTF-8 */
    bool no_memory;
} document;

static void put(document *d, const char *key, json_t *value) {
    if (json_object_set_new(d->object, key, value) != 0 && !d->bad)
        d->bad = key;
}

static void put_number(document *d, const char *key, uint64_t value) {
    put(d, key, json_integer((json_int_t)value));
}

static void put_string(document *d, const char *key, const char *text) {
    d->ill_formed |= !d->bad && text && !mc_utf8_valid(text, strlen(text));
    put(d, key, text ? json_string(text) : json_null());
}

/* Ends inner as a member of d. */
static void put_document(document *d, const char *key, document *inner) {
    if (inner->bad && !d->bad) {
        d->bad = inner->bad;
        d->ill_formed = inner->ill_formed;
    }
    put(d, key, inner->object);
}

static void put_crawl(document *totals, const mc_crawl_totals *crawl) {
    document c = {.object = json_object()};
    mc_crawl_totals numbers = *crawl;
    for (size_t i = 0; i < MC_N_CRAWL_FIELDS; i++)
        put_number(&c, mc_crawl_fields[i].name, *mc_crawl_number(&numbers, i));
    put_document(totals, "crawl", &c);
}

static void put_totals(document *root, const mc_totals *totals) {
    document t = {.object = json_object()}, reasons = {.object = json_object()};
    document excluded = {.object = json_object()};
    put_number(&t, "records", totals->records);
    put_number(&t, "read", totals->read);
    put_number(&t, "rejected", totals->rejected);
    for (unsigned i = 0; mc_reject_name(i); i++)
        if (totals->rejected_for[i])
            put_number(&reasons, mc_reject_name(i), totals->rejected_for[i]);
    put_document(&t, "rejected_for", &reasons);
    put_number(&t, "texts", totals->texts);
    put_number(&t, "empty", totals->empty);
    put_number(&t, "excluded", totals->excluded);
    for (unsigned i = 0; i < MC_N_EXCLUSIONS; i++)
        if (totals->excluded_for[i])
            put_number(&excluded, mc_exclusion_name((mc_exclusion)i), totals->excluded_for[i]);
    put_document(&t, "excluded_for", &excluded);
    put_number(&t, "unmatched", totals->unmatched);
    put_number(&t, "matched", totals->matched);
    put_number(&t, "matches", totals->matches);
    put_number(&t, "replaced", totals->replaced);
    put_crawl(&t, &totals->crawl);
    put_document(root, "totals", &t);
}

static const char *const lid_names[] = {
    [MC_LID_NONE] = "none", [MC_LID_CLD2] = "cld2", [MC_LID_FASTTEXT] = "fasttext"};
enum { N_LIDS = sizeof lid_names / sizeof *lid_names };

static void put_read(document *root, const mc_pool_options *read) {
    document r = {.object = json_object()};
    put_string(&r, "format", mc_format_name(read->format));
    put_string(&r, "text_field", read->text_field);
    put_string(&r, "texts_field", read->texts_field);
    put_string(&r, "url_field", read->url_field);
    put_string(&r, "id_field", read->id_field);
    put_string(&r, "columns", read->columns);
    put_string(&r, "reader", read->reader);
    put_number(&r, "max_record", read->max_record);
    put_string(&r, "lang_field", read->lang_field);
    put(&r, "lazy_images", json_boolean(read->lazy_images));
    put_string(&r, "lid", lid_names[read->lid]);
    put_string(&r, "lid_model", read->lid_model);
    put_string(&r, "languages", read->languages);
    put_string(&r, "block_hosts", read->block_hosts);
    put_string(&r, "block_texts", read->block_texts);
    put_document(root, "read", &r);
}

static void put_matching(document *root, const mc_index_info *info) {
    put_string(root, "metadata_digest", info->metadata_digest);
    put_number(root, "entries", info->n_entries);
    put_string(root, "rules", mc_rules_name(info->rules));
    put(root, "keep_texts", json_boolean(info->keep_texts));
}

/* Into memory of ours: out of memory, json_dumps may give half a document. */
static mc_status append_text(const json_t *root, mc_buffer *out, mc_error *error) {
    size_t size = json_dumpb(root, NULL, 0, JSON_COMPACT);
    MC_TRY(mc_buffer_reserve(out, size, error));
    if (size == 0 || json_dumpb(root, out->data + out->size, size, JSON_COMPACT) != size)
        return mc_fail(error, MC_E_MEMORY, "out of memory: the index footer");
    out->size += size;
    return MC_OK;
}

mc_status mc_index_info_to_json(const mc_index_info *info, mc_buffer *out, mc_error *error) {
    document root = {.object = json_object()};
    put_string(&root, "shard", info->shard);
    put_string(&root, "path", info->path);
    put_number(&root, "source_size", info->source_size);
    put_string(&root, "source_digest", info->source_digest);
    put_read(&root, &info->read);
    put_string(&root, "filter_digest", info->filter_digest[0] ? info->filter_digest : NULL);
    if (info->metadata_digest[0])
        put_matching(&root, info);
    put_totals(&root, &info->totals);
    mc_status status = MC_OK;
    if (root.ill_formed)
        status =
            mc_fail(error, MC_E_ARGUMENT,
                    "the %s is no valid UTF-8, so it cannot be noted in a match index", root.bad);
    else if (root.bad)
        status = mc_fail(error, MC_E_MEMORY, "out of memory: the index footer");
    else
        status = append_text(root.object, out, error);
    json_decref(root.object);
    return status;
}

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
    d->no_memory |= json_is_string(value) && !copy;
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
    document inner = {.object = member(d, key)};
    if (!json_is_object(inner.object))
        inner.bad = d->bad = key;
    return inner;
}

static bool get_flag(document *d, const char *key) {
    json_t *value = member(d, key);
    if (value && !json_is_boolean(value))
        d->bad = key;
    return json_is_true(value);
}

static void get_excluded(document *totals, mc_totals *out) {
    document reasons = get_object(totals, "excluded_for");
    uint64_t sum = 0;
    out->excluded = get_number(totals, "excluded");
    for (unsigned i = 0; i < MC_N_EXCLUSIONS; i++) {
        const char *name = mc_exclusion_name((mc_exclusion)i);
        if (json_object_get(reasons.object, name))
            sum += out->excluded_for[i] = get_number(&reasons, name);
    }
    if (reasons.bad || sum != out->excluded || out->excluded > out->texts)
        totals->bad = "excluded";
}

static void get_crawl(document *totals, mc_crawl_totals *out) {
    document c = get_object(totals, "crawl");
    for (size_t i = 0; i < MC_N_CRAWL_FIELDS; i++)
        *mc_crawl_number(out, i) = get_number(&c, mc_crawl_fields[i].name);
    if (c.bad)
        totals->bad = "crawl";
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
    get_excluded(&t, totals);
    totals->unmatched = get_number(&t, "unmatched");
    totals->matched = get_number(&t, "matched");
    totals->matches = get_number(&t, "matches");
    totals->replaced = get_number(&t, "replaced");
    get_crawl(&t, &totals->crawl);
    if (t.bad || reasons.bad)
        root->bad = "totals";
}

static void get_lid(document *read, mc_lid *out) {
    char *name = get_string(read, "lid", false);
    unsigned i = 0;
    while (name && i < N_LIDS && strcmp(name, lid_names[i]) != 0)
        i++;
    if (i == N_LIDS)
        read->bad = "lid";
    else
        *out = (mc_lid)i;
    free(name);
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
    read->lang_field = get_string(&r, "lang_field", true);
    read->lazy_images = get_flag(&r, "lazy_images");
    get_lid(&r, &read->lid);
    read->lid_model = get_string(&r, "lid_model", true);
    read->languages = get_string(&r, "languages", true);
    read->block_hosts = get_string(&r, "block_hosts", true);
    read->block_texts = get_string(&r, "block_texts", true);
    root->no_memory |= r.no_memory;
    if (r.bad)
        root->bad = r.bad;
}

static void get_matching(document *root, mc_index_info *info) {
    get_digest(root, "metadata_digest", info->metadata_digest);
    uint64_t entries = get_number(root, "entries");
    if (entries > MC_ENTRIES_MAX)
        root->bad = "entries";
    info->n_entries = (uint32_t)entries;
    char *rules = get_string(root, "rules", false);
    if (!rules || mc_rules_parse(rules, &info->rules, NULL) != MC_OK)
        root->bad = "rules";
    free(rules);
    info->keep_texts = json_is_true(member(root, "keep_texts"));
}

mc_status mc_index_info_from_json(mc_index_info *info, const char *data, size_t size,
                                  mc_error *error) {
    *info = (mc_index_info){0};
    json_error_t failure = {0};
    document root = {.object = json_loadb(data, size, JSON_REJECT_DUPLICATES, &failure)};
    if (!root.object && json_error_code(&failure) == json_error_out_of_memory)
        return mc_fail(error, MC_E_MEMORY, "out of memory: a footer could not be read");
    if (!json_is_object(root.object)) {
        json_decref(root.object);
        return mc_fail(error, MC_E_FORMAT, "damaged footer: no JSON object");
    }
    info->shard = get_string(&root, "shard", false);
    info->path = get_string(&root, "path", false);
    info->source_size = get_number(&root, "source_size");
    get_digest(&root, "source_digest", info->source_digest);
    get_read(&root, &info->read);
    if (!json_is_null(member(&root, "filter_digest")))
        get_digest(&root, "filter_digest", info->filter_digest);
    if (json_object_get(root.object, "metadata_digest"))
        get_matching(&root, info);
    get_totals(&root, &info->totals);
    json_decref(root.object);
    if (root.no_memory) {
        mc_index_info_dispose(info);
        return mc_fail(error, MC_E_MEMORY, "out of memory: a footer could not be read");
    }
    if (root.bad) {
        mc_index_info_dispose(info);
        return mc_fail(error, MC_E_FORMAT, "damaged footer: \"%s\"", root.bad);
    }
    return MC_OK;
}
