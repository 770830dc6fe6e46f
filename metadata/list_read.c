/* Concept lists read: a JSON array, what mc_list_write writes, or lines of text.
 *
 * The bytes are first made valid UTF-8, and escapes of unpaired surrogates, which no JSON library
 * takes, are changed to \ufffd where they stand; then jansson reads the document. */
#include "metadata/list.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "metacurate/io.h"
#include "metacurate/text.h"
#include "pool/foreign.h"

/* Decompressed bytes a list may have; jansson counts them in an int. */
#define LIST_MAX_BYTES ((size_t)1 << 30)

static mc_status make_valid(char **data, size_t *size, mc_error *error) {
    char *valid;
    if (mc_utf8_valid(*data, *size))
        return MC_OK;
    MC_TRY(mc_alloc(&valid, MC_UTF8_REPLACED_MAX(*size), 1, error));
    *size = mc_utf8_replace(*data, *size, valid, NULL);
    free(*data);
    *data = valid;
    return MC_OK;
}

/* Reads "\uXXXX" at text; false if it is something else. */
static bool parse_escape(const char *text, const char *end, unsigned *unit) {
    if (end - text < 6 || text[0] != '\\' || text[1] != 'u')
        return false;
    *unit = 0;
    for (int i = 2; i < 6; i++) {
        char c = text[i];
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (unsigned)((c | 32) - 'a') + 10;
        else
            return false;
        *unit = *unit << 4 | digit;
    }
    return true;
}

static void replace_unpaired_surrogates(char *data, size_t size) {
    char *end = data + size, *at = data;
    while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        unsigned unit, next;
        if (!parse_escape(at, end, &unit)) {
            at += end - at > 1 ? 2 : 1; /* an escaped backslash escapes nothing */
            continue;
        }
        bool is_high = unit >= 0xd800 && unit <= 0xdbff;
        if (is_high && parse_escape(at + 6, end, &next) && next >= 0xdc00 && next <= 0xdfff) {
            at += 12;
            continue;
        }
        if (unit >= 0xd800 && unit <= 0xdfff)
            memcpy(at + 2, "fffd", 4);
        at += 6;
    }
}

static const char *type_name(const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

static mc_status append_string(mc_list *list, const json_t *value, mc_list_origin origin,
                               mc_error *error) {
    mc_bytes entry = {json_string_value(value), json_string_length(value)};
    return mc_list_append_ranked(list, entry, origin, error);
}

static mc_status take_array(mc_list *list, const json_t *array, mc_error *error) {
    const mc_list_origin unknown = {.source = MC_LIST_NO_SOURCE, .score = NAN};
    size_t i;
    json_t *value;
    json_array_foreach(array, i, value) {
        if (!json_is_string(value))
            return mc_fail(error, MC_E_FORMAT,
                           "entry %zu (counted from 0) is %s where a string belongs", i,
                           type_name(value));
        MC_TRY(append_string(list, value, unknown, error));
    }
    return MC_OK;
}

static mc_status take_sources(mc_list *list, const json_t *sources, mc_error *error) {
    size_t i;
    json_t *value;
    json_array_foreach(sources, i, value) {
        if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
            return mc_fail(error, MC_E_FORMAT, "source %zu (counted from 0) is no name", i);
        MC_TRY(mc_list_add_name(list, json_string_value(value), error));
    }
    return MC_OK;
}

/* Takes [entry, source] (version 1) or [entry, source, score, rank], each of them or null. */
static mc_status take_entry(mc_list *list, size_t i, const json_t *item, mc_error *error) {
    mc_list_origin origin = {.source = MC_LIST_NO_SOURCE, .score = NAN};
    const json_t *entry = json_array_get(item, 0), *source = json_array_get(item, 1);
    const json_t *score = json_array_get(item, 2), *rank = json_array_get(item, 3);
    size_t size = json_array_size(item);
    if (!(size == 2 || size == 4) || !json_is_string(entry) ||
        !(json_is_integer(source) || json_is_null(source)))
        return mc_fail(error, MC_E_FORMAT,
                       "entry %zu (counted from 0) is no [string, source] or [string, source, "
                       "score, rank]",
                       i);
    if (json_is_integer(source)) {
        json_int_t index = json_integer_value(source);
        if (index < 0 || (uint64_t)index >= list->n_names)
            return mc_fail(error, MC_E_FORMAT,
                           "entry %zu (counted from 0) names source %lld of %zu", i,
                           (long long)index, list->n_names);
        origin.source = (uint32_t)index;
    }
    if (json_is_number(score))
        origin.score = json_number_value(score);
    else if (score && !json_is_null(score))
        return mc_fail(error, MC_E_FORMAT, "entry %zu (counted from 0) has %s for a score", i,
                       type_name(score));
    if (json_is_integer(rank) && json_integer_value(rank) > 0 &&
        json_integer_value(rank) <= UINT32_MAX)
        origin.rank = (uint32_t)json_integer_value(rank);
    else if (rank && !json_is_null(rank))
        return mc_fail(error, MC_E_FORMAT,
                       "entry %zu (counted from 0) has a rank that is no whole number from 1 on",
                       i);
    return append_string(list, entry, origin, error);
}

/* What the document says besides sources and entries is kept, to be written again. */
static mc_status take_about(mc_list *list, const json_t *object, mc_error *error) {
    static const char *const known[] = {"metacurate", "version", "sources", "entries"};
    json_t *about = json_copy((json_t *)object);
    if (!about)
        return mc_fail(error, MC_E_MEMORY, "out of memory for the concept list");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        json_object_del(about, known[i]);
    if (json_object_size(about) > 0)
        list->about = about;
    else
        json_decref(about);
    return MC_OK;
}

static mc_status take_object(mc_list *list, const json_t *object, mc_error *error) {
    const json_t *kind = json_object_get(object, "metacurate");
    const json_t *version = json_object_get(object, "version");
    const json_t *sources = json_object_get(object, "sources");
    const json_t *entries = json_object_get(object, "entries");
    if (!json_is_string(kind) || strcmp(json_string_value(kind), "metadata") != 0 ||
        !json_is_integer(version))
        return mc_fail(error, MC_E_FORMAT,
                       "is a JSON object, but no concept list that metacurate wrote; a concept "
                       "list is a JSON array of strings or text with one entry a line");
    if (json_integer_value(version) < 1 || json_integer_value(version) > 2)
        return mc_fail(error, MC_E_UNSUPPORTED,
                       "is a concept list of version %lld; this version reads versions 1 and 2",
                       (long long)json_integer_value(version));
    if (!json_is_array(sources) || !json_is_array(entries))
        return mc_fail(error, MC_E_FORMAT, "lacks its \"sources\" or \"entries\" array");
    MC_TRY(take_sources(list, sources, error));
    MC_TRY(take_about(list, object, error));
    size_t i;
    json_t *item;
    json_array_foreach(entries, i, item) {
        MC_TRY(take_entry(list, i, item, error));
    }
    return MC_OK;
}

/* True when the first document ends where more follows on another line: a pool, most likely. */
static bool is_json_lines(const char *data, size_t size) {
    json_error_t why;
    json_t *first = json_loadb(data, size, JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, &why);
    bool is = json_is_object(first) && why.position > 0 && (size_t)why.position < size &&
              data[why.position] == '\n';
    json_decref(first);
    return is;
}

static mc_status read_json(mc_list *list, const char *data, size_t size, mc_error *error) {
    json_error_t why;
    json_t *document = json_loadb(data, size, JSON_ALLOW_NUL, &why);
    if (!document && json_error_code(&why) == json_error_out_of_memory)
        return mc_fail(error, MC_E_MEMORY, "out of memory for the concept list");
    if (!document && is_json_lines(data, size))
        return mc_fail(error, MC_E_FORMAT,
                       "is JSON lines, not a concept list (a JSON array of strings, or an entry a "
                       "line)");
    if (!document)
        return mc_fail(error, MC_E_FORMAT,
                       "begins like JSON, but is not: line %d, column %d: %s (text with one entry "
                       "a line must not begin with [ or {)",
                       why.line, why.column, why.text);
    mc_status status = json_is_array(document) ? take_array(list, document, error)
                                               : take_object(list, document, error);
    json_decref(document);
    return status;
}

static bool is_blank(const char *line, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (line[i] != ' ' && line[i] != '\t')
            return false;
    return true;
}

static mc_status read_lines(mc_list *list, const char *data, size_t size, mc_error *error) {
    const char *end = data + size;
    while (data < end) {
        const char *feed = memchr(data, '\n', (size_t)(end - data));
        const char *stop = feed ? feed : end, *next = feed ? feed + 1 : end;
        if (stop > data && stop[-1] == '\r')
            stop--;
        mc_bytes line = {data, (size_t)(stop - data)};
        if (!is_blank(line.data, line.size))
            MC_TRY(mc_list_append(list, line, MC_LIST_NO_SOURCE, error));
        data = next;
    }
    return MC_OK;
}

/* Refuses what would pass for lines. An entry may hold a NUL byte, and ill-formed UTF-8 is mended;
 * what has both is no text. */
static mc_status refuse_others(mc_bytes data, mc_error *error) {
    const mc_foreign *foreign = mc_foreign_tell(data);
    if (foreign)
        return mc_fail(error, MC_E_FORMAT, "is %s, not a concept list%s", foreign->what,
                       foreign->list_advice ? foreign->list_advice : "");
    if (!data.size || !memchr(data.data, 0, data.size) || mc_utf8_valid(data.data, data.size))
        return MC_OK;
    size_t line = 0, at = 0, size = 0;
    do {
        at += size;
        const char *feed = memchr(data.data + at, '\n', data.size - at);
        size = feed ? (size_t)(feed - data.data) + 1 - at : data.size - at;
        line++;
    } while (mc_utf8_valid(data.data + at, size));
    return mc_fail(error, MC_E_FORMAT,
                   "is no concept list: it holds NUL bytes, and line %zu is no UTF-8", line);
}

/* Takes the content, which is changed on the way and may move. */
static mc_status read_content(mc_list *list, char **content, size_t size, mc_error *error) {
    char *data = *content;
    if (size >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0))
        return mc_fail(error, MC_E_FORMAT, "is UTF-16 text; convert it to UTF-8");
    MC_TRY(refuse_others((mc_bytes){data, size}, error));
    MC_TRY(make_valid(content, &size, error));
    data = *content;
    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        size -= 3;
    }
    size_t first = 0;
    while (first < size && memchr(" \t\r\n", data[first], 4))
        first++;
    if (first == size || (data[first] != '[' && data[first] != '{'))
        return read_lines(list, data, size, error);
    replace_unpaired_surrogates(data, size);
    return read_json(list, data, size, error);
}

mc_status mc_list_read(mc_list **out, const char *path, mc_error *error) {
    char *content;
    size_t size;
    mc_list *list;
    *out = NULL;
    MC_TRY(mc_read_file(path, LIST_MAX_BYTES, &content, &size, error));
    mc_status status = mc_list_create(&list, error);
    if (status == MC_OK)
        status = read_content(list, &content, size, error);
    free(content);
    if (status != MC_OK) {
        mc_error_place(error, path, MC_NONE, MC_NONE);
        mc_list_free(list);
        return status;
    }
    *out = list;
    return MC_OK;
}
