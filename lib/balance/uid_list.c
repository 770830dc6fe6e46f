#include "balance/uid_list.h"

#include <string.h>

#include <jansson.h>

#include "base/buffer.h"
#include "io/source.h"

#define PIECE (1u << 20)
#define LINE_MAX_BYTES (64u << 20)

typedef struct lines {
    const char *path;
    mc_status (*use)(void *context, mc_u128 uid, mc_error *error);
    void *context;
    uint64_t number; /* of the line, from 0 */
    uint64_t offset; /* of its first byte */
} lines;

static bool parse_object(const char *data, size_t size, mc_u128 *uid) {
    json_t *object = json_loadb(data, size, JSON_ALLOW_NUL, NULL);
    const json_t *value = json_object_get(object, "uid");
    bool good = json_is_string(value) &&
                mc_u128_parse(json_string_value(value), json_string_length(value), uid);
    json_decref(object);
    return good;
}

static mc_status use_line(lines *l, const char *data, size_t size, mc_error *error) {
    uint64_t number = l->number++, offset = l->offset;
    l->offset += size + 1;
    while (size > 0 && (data[size - 1] == ' ' || data[size - 1] == '\t' || data[size - 1] == '\r'))
        size--;
    while (size > 0 && (data[0] == ' ' || data[0] == '\t')) {
        data++;
        size--;
    }
    if (size == 0)
        return MC_OK;
    mc_u128 uid;
    if (data[0] == '{' ? parse_object(data, size, &uid) : mc_u128_parse(data, size, &uid))
        return l->use(l->context, uid, error);
    mc_fail(error, MC_E_FORMAT, "is no uid (24 or 32 hex digits, or a JSON object with \"uid\")");
    mc_error_place(error, l->path, number, offset);
    return MC_E_FORMAT;
}

/* Uses the whole lines of a buffer and moves what is left to its front. */
static mc_status use_lines(lines *l, mc_buffer *buffer, bool at_end, mc_error *error) {
    size_t start = 0;
    while (start < buffer->size) {
        char *end = memchr(buffer->data + start, '\n', buffer->size - start);
        if (!end && !at_end)
            break;
        size_t size = end ? (size_t)(end - buffer->data) - start : buffer->size - start;
        MC_TRY(use_line(l, buffer->data + start, size, error));
        start += size + (end != NULL);
    }
    memmove(buffer->data, buffer->data + start, buffer->size - start);
    buffer->size -= start;
    if (buffer->size > LINE_MAX_BYTES) {
        mc_fail(error, MC_E_LIMIT, "has a line of more than %u bytes", LINE_MAX_BYTES);
        mc_error_place(error, l->path, l->number, l->offset);
        return MC_E_LIMIT;
    }
    return MC_OK;
}

mc_status mc_uid_list_read(const char *path,
                           mc_status (*use)(void *context, mc_u128 uid, mc_error *error),
                           void *context, mc_error *error) {
    mc_source *source;
    mc_buffer buffer = {0};
    lines l = {.path = path, .use = use, .context = context};
    MC_TRY(mc_source_open(&source, path, error));
    mc_status status = MC_OK;
    while (status == MC_OK) {
        size_t got = 0;
        status = mc_buffer_reserve(&buffer, PIECE, error);
        if (status == MC_OK)
            status = mc_source_read(source, buffer.data + buffer.size, PIECE, &got, error);
        if (status == MC_OK) {
            buffer.size += got;
            status = use_lines(&l, &buffer, false, error);
        }
    }
    if (status == MC_END)
        status = use_lines(&l, &buffer, true, error);
    mc_source_close(source);
    mc_buffer_dispose(&buffer);
    return status;
}
