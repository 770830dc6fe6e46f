/* JSON lines: a line is an object, its fields are a record.
 *
 * A line goes to the parser as it is. Only one that the parser refuses is looked at again: mended
 * where the rules ask for more patience than the parser has, and parsed once more.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/json_out.h"
#include "pool/json_mend.h"
#include "pool/reader.h"

_Static_assert(MC_FIELD_NAMES_MAX <= MC_JSON_FIELDS_MAX, "all fields are asked for at once");
_Static_assert(MC_JSON_PADDING <= MC_CHUNK_PADDING, "lines are parsed where they lie");

/* A line being parsed. */
typedef struct line {
    const mc_shard *shard;
    mc_parser *parser;
    mc_batch *batch;
    uint64_t offset;
    size_t n_mended;
    const mc_bytes *other_text; /* NULL, or the text where no field holds one */
    mc_json_value values[MC_FIELD_NAMES_MAX];
    /* Set by what rejects the record; the reason is MC_N_REASONS otherwise. */
    mc_reason reason;
    char detail[sizeof((mc_reject *)0)->detail];
} line;

static const char *type_name(mc_json_type type) {
    switch (type) {
    case MC_JSON_MISSING:
        return "missing";
    case MC_JSON_NULL:
        return "null";
    case MC_JSON_BOOLEAN:
        return "a boolean";
    case MC_JSON_SIGNED:
    case MC_JSON_UNSIGNED:
    case MC_JSON_DOUBLE:
        return "a number";
    case MC_JSON_STRING:
        return "a string";
    case MC_JSON_ARRAY:
        return "a list";
    case MC_JSON_OBJECT:
        return "an object";
    }
    return "unknown";
}

static MC_PRINTF(3, 4) void refuse(line *l, mc_reason reason, const char *format, ...) {
    va_list args;
    va_start(args, format);
    l->reason = reason;
    vsnprintf(l->detail, sizeof l->detail, format, args);
    va_end(args);
}

static const char *name_of(const line *l, size_t i) {
    return l->shard->fields.names[i].data;
}

/* The first name of field whose value is neither missing nor null; MC_FIELD_NAMES_MAX: none. */
static size_t find_field(const line *l, mc_field field) {
    const mc_fields *fields = &l->shard->fields;
    for (size_t i = fields->first[field]; i < fields->first[field + 1]; i++)
        if (l->values[i].type > MC_JSON_NULL)
            return i;
    return MC_FIELD_NAMES_MAX;
}

/* Refuses the record and names the fields it has. */
static void refuse_without(line *l, mc_reason reason, const char *what) {
    mc_bytes keys[16];
    size_t n = mc_json_keys(l->parser->json, keys, sizeof keys / sizeof *keys);
    char list[80] = "";
    for (size_t i = 0; i < n; i++)
        mc_names_append(list, sizeof list, keys[i]);
    refuse(l, reason, "%.60s; fields: %s", what, list);
}

static mc_language language_of(const mc_json_value *value) {
    return value->type == MC_JSON_STRING ? mc_fields_language(value->as.string) : 0;
}

static mc_text_key key_of(const mc_json_value *value) {
    if (value->type != MC_JSON_STRING)
        return MC_KEY_NONE;
    mc_bytes name = value->as.string;
    for (int key = MC_KEY_ALT; key <= MC_KEY_DATA_IMAGE_TITLE; key++) {
        const char *known = mc_text_key_name((mc_text_key)key);
        if (name.size == strlen(known) && !memcmp(name.data, known, name.size))
            return (mc_text_key)key;
    }
    return MC_KEY_NONE;
}

/* The texts of the list in values[name]: strings, or lists of a key, a string and perhaps its
 * language, which is the record's otherwise. */
static mc_status add_list(line *l, size_t name, mc_language language, mc_error *error) {
    mc_json *json = l->parser->json;
    mc_json_value item, inner[MC_JSON_INNER];
    mc_json_items(json, name);
    for (size_t i = 0; mc_json_next_item(json, &item, inner); i++) {
        bool list = item.type == MC_JSON_ARRAY;
        const mc_json_value *text = list ? &inner[1] : &item;
        if (text->type != MC_JSON_STRING) {
            refuse(l, MC_REASON_BAD_TEXT, "%.40s[%zu]%s is %s", name_of(l, name), i,
                   list ? "[1]" : "", type_name(text->type));
            return MC_OK;
        }
        MC_TRY(mc_batch_valid_text(l->batch, text->as.string, error));
        mc_language own = list ? language_of(&inner[2]) : 0;
        mc_batch_tag(l->batch, list ? key_of(&inner[0]) : MC_KEY_NONE, own ? own : language);
    }
    return MC_OK;
}

static mc_status add_texts(line *l, mc_error *error) {
    size_t list = find_field(l, MC_FIELD_TEXTS), text = find_field(l, MC_FIELD_TEXT);
    size_t named = find_field(l, MC_FIELD_LANGUAGE);
    mc_language language = named < MC_FIELD_NAMES_MAX ? language_of(&l->values[named]) : 0;
    if (list < MC_FIELD_NAMES_MAX && l->values[list].type == MC_JSON_ARRAY)
        return add_list(l, list, language, error);
    if (text < MC_FIELD_NAMES_MAX && l->values[text].type == MC_JSON_STRING) {
        MC_TRY(mc_batch_valid_text(l->batch, l->values[text].as.string, error));
        mc_batch_tag(l->batch, MC_KEY_NONE, language);
        return MC_OK;
    }
    if (text == MC_FIELD_NAMES_MAX && list == MC_FIELD_NAMES_MAX && l->other_text) {
        MC_TRY(mc_batch_text(l->batch, *l->other_text, error));
        mc_batch_tag(l->batch, MC_KEY_NONE, language);
        return MC_OK;
    }
    if (text == MC_FIELD_NAMES_MAX)
        text = list;
    if (text == MC_FIELD_NAMES_MAX)
        refuse_without(l, MC_REASON_NO_TEXT, "no text field");
    else
        refuse(l, MC_REASON_BAD_TEXT, "%.40s is %s", name_of(l, text),
               type_name(l->values[text].type));
    return MC_OK;
}

static mc_status add_url(line *l, mc_error *error) {
    size_t url = find_field(l, MC_FIELD_URL);
    if (url == MC_FIELD_NAMES_MAX)
        return MC_OK;
    if (l->values[url].type == MC_JSON_STRING)
        return mc_batch_valid_url(l->batch, l->values[url].as.string, error);
    refuse(l, MC_REASON_BAD_FIELD, "%.40s is %s", name_of(l, url), type_name(l->values[url].type));
    return MC_OK;
}

/* The value of --id-field as bytes: a string, or the decimal text of a number, which goes to the
 * parser's scratch. */
static mc_status take_id(line *l, mc_bytes *id, mc_error *error) {
    size_t name = l->shard->fields.first[MC_FIELD_ID];
    const mc_json_value *value = &l->values[name];
    mc_buffer *scratch = &l->parser->scratch;
    if (value->type == MC_JSON_STRING) {
        *id = value->as.string;
        if (id->size == 0)
            refuse(l, MC_REASON_BAD_FIELD, "%.40s is empty", name_of(l, name));
        return MC_OK;
    }
    scratch->size = 0;
    if (value->type == MC_JSON_SIGNED) {
        MC_TRY(mc_buffer_printf(scratch, error, "%" PRId64, value->as.whole));
    } else if (value->type == MC_JSON_UNSIGNED) {
        MC_TRY(mc_buffer_printf(scratch, error, "%" PRIu64, value->as.natural));
    } else if (value->type == MC_JSON_DOUBLE && value->as.real > -0x1p64 &&
               value->as.real < 0x1p64) {
        MC_TRY(mc_json_double(scratch, value->as.real, error));
    } else if (value->type == MC_JSON_DOUBLE) {
        /* Distinct ids would be the same double. */
        refuse(l, MC_REASON_BAD_FIELD,
               "%.40s is a number beyond 64 bits, which a string could hold", name_of(l, name));
    } else if (value->type == MC_JSON_MISSING) {
        char what[80];
        snprintf(what, sizeof what, "%.40s is missing", name_of(l, name));
        refuse_without(l, MC_REASON_BAD_FIELD, what);
    } else {
        refuse(l, MC_REASON_BAD_FIELD, "%.40s is %s", name_of(l, name), type_name(value->type));
    }
    *id = (mc_bytes){scratch->data, scratch->size};
    return MC_OK;
}

/* The value of uid or uuid, which are taken only when they are strings. */
static mc_bytes take_string(const line *l, mc_field field) {
    size_t name = find_field(l, field);
    if (name == MC_FIELD_NAMES_MAX || l->values[name].type != MC_JSON_STRING)
        return (mc_bytes){0};
    return l->values[name].as.string;
}

static mc_status take_record(line *l, mc_error *error) {
    mc_bytes id = {0};
    MC_TRY(add_texts(l, error));
    if (l->reason == MC_N_REASONS)
        MC_TRY(add_url(l, error));
    if (l->reason == MC_N_REASONS && mc_fields_has(&l->shard->fields, MC_FIELD_ID))
        MC_TRY(take_id(l, &id, error));
    if (l->reason != MC_N_REASONS)
        return MC_OK;
    mc_bytes uid = take_string(l, MC_FIELD_UID), uuid = take_string(l, MC_FIELD_UUID);
    l->batch->n_replaced += l->n_mended;
    return mc_batch_end(l->batch, &id, &uid, &uuid, error);
}

static bool is_blank(mc_bytes bytes) {
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] != ' ' && (bytes.data[i] < '\t' || bytes.data[i] > '\r'))
            return false;
    return true;
}

/* Parses the line, mended if need be. *problem is NULL when that succeeds. */
static mc_status parse_object(line *l, mc_bytes bytes, const char **problem, mc_error *error) {
    mc_parser *parser = l->parser;
    *problem = NULL;
    mc_status status = mc_json_parse(parser->json, bytes.data, bytes.size, problem);
    if (status == MC_E_FORMAT) {
        bool changed;
        MC_TRY(mc_json_mend(bytes, &parser->scratch, &changed, &l->n_mended, error));
        if (!changed)
            return MC_OK;
        const char *remaining;
        status =
            mc_json_parse(parser->json, parser->scratch.data, parser->scratch.size, &remaining);
        *problem = status == MC_E_FORMAT ? remaining : NULL;
    }
    if (status == MC_E_MEMORY)
        return mc_fail(error, MC_E_MEMORY, "out of memory: a JSON line of %zu bytes", bytes.size);
    return MC_OK;
}

static mc_status parse_line(line *l, mc_bytes bytes, mc_error *error) {
    const mc_fields *fields = &l->shard->fields;
    const char *problem;
    MC_TRY(mc_batch_begin(l->batch, error));
    if (is_blank(bytes)) {
        refuse(l, MC_REASON_BLANK, "the line is blank");
    } else {
        MC_TRY(parse_object(l, bytes, &problem, error));
        if (problem) {
            refuse(l, MC_REASON_BAD_JSON, "%s", problem);
        } else {
            mc_json_fields(l->parser->json, fields->names, fields->n, fields->by_length, l->values);
            MC_TRY(take_record(l, error));
        }
    }
    if (l->reason == MC_N_REASONS)
        return MC_OK;
    return mc_batch_reject(l->batch, l->reason, l->offset, error, "%s", l->detail);
}

mc_status mc_parse_jsonl(const mc_shard *shard, mc_parser *parser, const mc_chunk *chunk,
                         mc_batch *batch, mc_error *error) {
    line l = {.shard = shard, .parser = parser, .batch = batch};
    mc_record_scan scan = {0};
    mc_bytes bytes;
    size_t start;
    while (mc_record_take(&scan, chunk->bytes.data, chunk->bytes.size, &bytes, &start)) {
        l.offset = chunk->offset + start;
        l.n_mended = 0;
        l.reason = MC_N_REASONS;
        MC_TRY(parse_line(&l, bytes, error));
    }
    return MC_OK;
}

mc_status mc_parse_json(const mc_shard *shard, mc_parser *parser, mc_bytes object, uint64_t offset,
                        const mc_bytes *other_text, mc_batch *batch, mc_error *error) {
    line l = {.shard = shard,
              .parser = parser,
              .batch = batch,
              .offset = offset,
              .other_text = other_text,
              .reason = MC_N_REASONS};
    return parse_line(&l, object, error);
}
