/* Cutting tar archives: a chunk holds the samples that end in a stretch of the shard, reduced to
 * what is read of them, so that the images pass by without being held.
 *
 * The archive is walked from header to content to header, in whatever pieces the window has. Where
 * there is no header although there should be one, and behind a gap, the next one is looked for at
 * any offset. A sample at whose end the archive is cut is still a record if its json is whole: that
 * says all that is wanted of it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool/reader.h"
#include "pool/tar.h"

#define STRETCH_BYTES (16u << 20) /* of the shard that a chunk is made of, if there is a sample */
#define LONG_NAME_MAX (64u << 10)
#define PAX_MAX (1u << 20)

typedef enum place_kind {
    AT_HEADER,
    IN_CONTENT,
    LOST /* amid anything: a header is looked for */
} place_kind;

typedef enum content_kind { PASSED, PADDING, LONG_NAME, PAX, JSON, TXT } content_kind;

struct mc_tar {
    place_kind place;
    content_kind content;
    uint64_t left; /* bytes of the content */
    size_t padding;
    mc_buffer extra; /* a long name or a pax header */

    /* What that says of the next member. */
    mc_buffer path;
    bool has_path, has_size;
    uint64_t size;

    /* The sample begun. */
    bool open;
    unsigned flags;
    uint64_t offset;
    mc_buffer key, json, txt;

    const char *problem; /* LOST for this reason, unless it is a gap, from here on */
    uint64_t problem_at;
    size_t n_samples; /* in the chunk */
};

void mc_tar_free(mc_tar *tar) {
    if (!tar)
        return;
    mc_buffer *const buffers[] = {&tar->extra, &tar->path, &tar->key, &tar->json, &tar->txt};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        mc_buffer_dispose(buffers[i]);
    free(tar);
}

static void empty(mc_buffer *buffer) {
    enum { KEPT = 1 << 20 };
    buffer->size = 0;
    if (buffer->capacity > KEPT)
        mc_buffer_dispose(buffer);
}

static mc_bytes bytes_of(const mc_buffer *buffer) {
    return (mc_bytes){buffer->data, buffer->size};
}

static mc_status note_broken(mc_tar *tar, uint64_t offset, mc_chunk *chunk, mc_error *error,
                             const char *format, ...) MC_PRINTF(5, 6);

static mc_status note_broken(mc_tar *tar, uint64_t offset, mc_chunk *chunk, mc_error *error,
                             const char *format, ...) {
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tar->n_samples++;
    return mc_tar_put(
        &chunk->bytes,
        &(mc_tar_sample){.flags = MC_TAR_BROKEN, .offset = offset, .key = {text, strlen(text)}},
        error);
}

static mc_status close_sample(mc_tar *tar, mc_chunk *chunk, mc_error *error) {
    if (!tar->open)
        return MC_OK;
    tar->open = false;
    tar->n_samples++;
    mc_tar_sample sample = {tar->flags, tar->offset, bytes_of(&tar->key), {0}, {0}};
    if (!(tar->flags & MC_TAR_TOO_LONG)) {
        sample.json = bytes_of(&tar->json);
        sample.txt = bytes_of(&tar->txt);
    }
    return mc_tar_put(&chunk->bytes, &sample, error);
}

/* Ends the sample before all of its members were seen. */
static mc_status cut_sample(mc_tar *tar, mc_chunk *chunk, mc_error *error) {
    if (tar->flags & MC_TAR_JSON)
        return close_sample(tar, chunk, error);
    tar->open = false;
    return MC_OK;
}

static mc_status open_sample(mc_tar *tar, mc_bytes key, uint64_t offset, mc_error *error) {
    tar->open = true;
    tar->flags = 0;
    tar->offset = offset;
    empty(&tar->key);
    empty(&tar->json);
    empty(&tar->txt);
    return mc_buffer_append(&tar->key, key.data, key.size, error);
}

/* --- members ------------------------------------------------------------------------------------
 */

static void enter(mc_tar *tar, content_kind content, uint64_t size) {
    tar->place = IN_CONTENT;
    tar->content = content;
    tar->padding = (size_t)(-size & (MC_TAR_BLOCK - 1));
    tar->left = size;
}

/* A file: of a sample, or one to be passed over. */
static mc_status enter_file(mc_shard *shard, mc_bytes path, uint64_t size, mc_chunk *chunk,
                            mc_error *error) {
    mc_tar *tar = shard->tar;
    mc_bytes key, extension;
    enter(tar, PASSED, size);
    if (!mc_tar_split(path, &key, &extension))
        return MC_OK;
    bool json = mc_tar_extension_is(extension, "json");
    bool txt = mc_tar_extension_is(extension, "txt");
    unsigned flag = json ? MC_TAR_JSON : txt ? MC_TAR_TXT : 0;
    bool same = tar->open && tar->key.size == key.size &&
                memcmp(tar->key.data, key.data, key.size) == 0 && !(tar->flags & flag);
    if (!same) {
        MC_TRY(close_sample(tar, chunk, error));
        MC_TRY(open_sample(tar, key, shard->offset, error));
    }
    if (flag && size > shard->max_record)
        tar->flags |= MC_TAR_TOO_LONG;
    else if (flag)
        enter(tar, json ? JSON : TXT, size);
    return MC_OK;
}

static mc_status enter_extra(mc_shard *shard, content_kind content, uint64_t size, uint64_t limit,
                             mc_chunk *chunk, mc_error *error) {
    mc_tar *tar = shard->tar;
    enter(tar, size > limit ? PASSED : content, size);
    empty(&tar->extra);
    if (size <= limit)
        return MC_OK;
    return note_broken(tar, shard->offset, chunk, error,
                       "an extended header of %" PRIu64 " bytes is passed over", size);
}

static mc_status enter_member(mc_shard *shard, const mc_tar_header *header, mc_chunk *chunk,
                              mc_error *error) {
    mc_tar *tar = shard->tar;
    switch (header->type) {
    case 'L':
        return enter_extra(shard, LONG_NAME, header->size, LONG_NAME_MAX, chunk, error);
    case 'x':
    case 'X':
        return enter_extra(shard, PAX, header->size, PAX_MAX, chunk, error);
    case 'K':
    case 'g':
        enter(tar, PASSED, header->size);
        return MC_OK;
    default:
        break;
    }
    bool file = header->type == '0' || header->type == '\0' || header->type == '7';
    bool no_content = header->type >= '1' && header->type <= '6';
    uint64_t size = no_content ? 0 : tar->has_size ? tar->size : header->size;
    mc_bytes path = {header->name, strlen(header->name)};
    if (tar->has_path)
        path = bytes_of(&tar->path);
    tar->has_path = tar->has_size = false;
    if (file)
        return enter_file(shard, path, size, chunk, error);
    enter(tar, PASSED, size);
    return MC_OK;
}

static mc_status set_path(mc_tar *tar, mc_bytes path, mc_error *error) {
    empty(&tar->path);
    const char *end = path.size ? memchr(path.data, '\0', path.size) : NULL;
    tar->has_path = true;
    return mc_buffer_append(&tar->path, path.data, end ? (size_t)(end - path.data) : path.size,
                            error);
}

/* All of a member's content was seen. */
static mc_status leave_content(mc_tar *tar, mc_error *error) {
    content_kind was = tar->content;
    if (tar->padding > 0) {
        tar->content = PADDING;
        tar->left = tar->padding;
        tar->padding = 0;
    } else {
        tar->place = AT_HEADER;
    }
    mc_bytes extra = bytes_of(&tar->extra), value;
    switch (was) {
    case JSON:
        tar->flags |= MC_TAR_JSON;
        break;
    case TXT:
        tar->flags |= MC_TAR_TXT;
        break;
    case LONG_NAME:
        return set_path(tar, extra, error);
    case PAX:
        tar->has_size = mc_tar_pax_number(mc_tar_pax_value(extra, "size"), &tar->size);
        value = mc_tar_pax_value(extra, "path");
        return value.data ? set_path(tar, value, error) : MC_OK;
    case PASSED:
    case PADDING:
        break;
    }
    return MC_OK;
}

/* --- walking ------------------------------------------------------------------------------------
 */

static mc_status fill(mc_shard *shard, size_t size, mc_error *error) {
    if (mc_shard_held(shard) >= size)
        return MC_OK;
    return mc_shard_fill(shard, size > shard->chunk_bytes ? size : shard->chunk_bytes, error);
}

/* The shard ends, or a gap begins, where it should not. What is left is passed over. */
static mc_status meet_end(mc_shard *shard, mc_chunk *chunk, mc_error *error, const char *where) {
    mc_tar *tar = shard->tar;
    uint64_t offset = shard->offset;
    mc_shard_skip(shard, mc_shard_held(shard));
    MC_TRY(cut_sample(tar, chunk, error));
    tar->has_path = tar->has_size = false;
    tar->place = shard->damaged ? LOST : AT_HEADER;
    tar->problem = NULL;
    if (!shard->damaged)
        MC_TRY(note_broken(tar, offset, chunk, error, "the archive ends amid %s", where));
    return MC_END;
}

static bool is_zeros(const char *data, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (data[i] != '\0')
            return false;
    return true;
}

static mc_status walk_header(mc_shard *shard, mc_chunk *chunk, mc_error *error) {
    mc_tar *tar = shard->tar;
    mc_tar_header header;
    MC_TRY(fill(shard, MC_TAR_BLOCK, error));
    size_t held = mc_shard_held(shard);
    if (held < MC_TAR_BLOCK && !shard->damaged && is_zeros(mc_shard_data(shard), held)) {
        mc_shard_skip(shard, held);
        MC_TRY(close_sample(tar, chunk, error));
        return MC_END;
    }
    if (held < MC_TAR_BLOCK)
        return meet_end(shard, chunk, error, "a header");
    const char *block = mc_shard_data(shard);
    if (mc_tar_is_blank(block)) {
        MC_TRY(close_sample(tar, chunk, error));
        mc_shard_skip(shard, MC_TAR_BLOCK);
        return MC_OK;
    }
    tar->problem = mc_tar_read_header(block, &header);
    if (tar->problem) {
        tar->problem_at = shard->offset;
        tar->place = LOST;
        tar->has_path = tar->has_size = false;
        return cut_sample(tar, chunk, error);
    }
    MC_TRY(enter_member(shard, &header, chunk, error));
    mc_shard_skip(shard, MC_TAR_BLOCK);
    return MC_OK;
}

static mc_status walk_content(mc_shard *shard, mc_chunk *chunk, mc_error *error) {
    mc_tar *tar = shard->tar;
    if (tar->left > 0)
        MC_TRY(fill(shard, 1, error));
    size_t held = mc_shard_held(shard), n = held < tar->left ? held : (size_t)tar->left;
    if (n == 0 && tar->left > 0 && tar->content == PADDING && !shard->damaged) {
        tar->place = AT_HEADER; /* which finds the end */
        return MC_OK;
    }
    if (n == 0 && tar->left > 0)
        return meet_end(shard, chunk, error, "a file");
    mc_buffer *const places[] = {
        [LONG_NAME] = &tar->extra, [PAX] = &tar->extra, [JSON] = &tar->json, [TXT] = &tar->txt};
    mc_buffer *into = places[tar->content];
    if (into && n > 0)
        MC_TRY(mc_buffer_append(into, mc_shard_data(shard), n, error));
    mc_shard_skip(shard, n);
    tar->left -= n;
    return tar->left > 0 ? MC_OK : leave_content(tar, error);
}

/* Looks for a header. What lies before it is noted, unless it lies behind a gap. */
static mc_status walk_lost(mc_shard *shard, mc_chunk *chunk, mc_error *error) {
    mc_tar *tar = shard->tar;
    MC_TRY(fill(shard, 2 * MC_TAR_BLOCK, error));
    size_t held = mc_shard_held(shard), found = mc_tar_find_header(mc_shard_data(shard), held);
    bool end = found == held && shard->ended;
    if (found == held && !end) {
        mc_shard_skip(shard, held - (MC_TAR_BLOCK - 1));
        return MC_OK;
    }
    mc_shard_skip(shard, found);
    if (tar->problem)
        MC_TRY(note_broken(tar, tar->problem_at, chunk, error, "%s; %" PRIu64 " bytes passed over",
                           tar->problem, shard->offset - tar->problem_at));
    tar->problem = NULL;
    tar->place = AT_HEADER;
    if (end && shard->damaged)
        tar->place = LOST;
    return end ? MC_END : MC_OK;
}

static mc_status walk(mc_shard *shard, mc_chunk *chunk, mc_error *error) {
    switch (shard->tar->place) {
    case AT_HEADER:
        return walk_header(shard, chunk, error);
    case IN_CONTENT:
        return walk_content(shard, chunk, error);
    case LOST:
        break;
    }
    return walk_lost(shard, chunk, error);
}

mc_status mc_cut_tar(mc_shard *shard, mc_chunk *chunk, size_t *size, mc_error *error) {
    *size = 0;
    if (!shard->tar)
        MC_TRY(MC_ALLOC(shard->tar, 1, error));
    mc_tar *tar = shard->tar;
    uint64_t begin = shard->offset;
    chunk->offset = tar->open ? tar->offset : begin;
    tar->n_samples = 0;
    mc_status status = MC_OK;
    while (status == MC_OK && chunk->bytes.size < shard->chunk_bytes &&
           tar->n_samples < shard->chunk_records &&
           (tar->n_samples == 0 || shard->offset - begin < STRETCH_BYTES))
        status = walk(shard, chunk, error);
    if (status < 0)
        return status;
    if (chunk->bytes.size == 0)
        return MC_END;
    MC_TRY(mc_buffer_reserve(&chunk->bytes, MC_CHUNK_PADDING, error));
    memset(chunk->bytes.data + chunk->bytes.size, 0, MC_CHUNK_PADDING);
    return MC_OK;
}
