/* Lists of inputs: "@FILE" stands for the paths and URLs in FILE, one a line.
 *
 * The list may be compressed and may come from a server; it is read piece by piece and only the
 * paths are kept. What a line says is taken as it is: it is neither a folder nor a glob nor another
 * list, so that a list can name nothing but files to be opened for reading.
 */
#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "io/remote.h"
#include "io/source.h"
#include "pool/paths.h"

#define PIECE_BYTES (64u << 10)
#define LINE_MAX_BYTES (64u << 10)
#define LIST_MAX_BYTES ((uint64_t)1 << 30)

typedef struct list {
    mc_paths *paths;
    const char *base;
    uint64_t n_lines;
    mc_buffer path;
} list;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* True for SCHEME://, which no sensible path begins with. */
static bool has_scheme(mc_bytes line) {
    size_t i = 0;
    while (i < line.size && ((line.data[i] >= 'a' && line.data[i] <= 'z') ||
                             (line.data[i] >= 'A' && line.data[i] <= 'Z') ||
                             (i > 0 && line.data[i] >= '0' && line.data[i] <= '9')))
        i++;
    return i > 0 && line.size - i >= 3 && memcmp(line.data + i, "://", 3) == 0;
}

static mc_status check_line(const list *l, mc_bytes line, mc_error *error) {
    const char *problem = NULL;
    for (size_t i = 0; i < line.size; i++)
        if ((unsigned char)line.data[i] < 0x20 || line.data[i] == 0x7f)
            problem = "holds a control character";
    if (line.data[0] == '@')
        problem = "is another list";
    else if (line.size == 1 && line.data[0] == '-')
        problem = "is standard input, which a list cannot name";
    if (problem)
        return mc_fail(error, MC_E_FORMAT, "line %" PRIu64 " of the list %s", l->n_lines, problem);
    return MC_OK;
}

static mc_status take_line(list *l, const char *data, size_t size, mc_error *error) {
    mc_bytes line = {data, size};
    l->n_lines++;
    while (line.size > 0 && is_blank(line.data[line.size - 1]))
        line.size--;
    while (line.size > 0 && is_blank(line.data[0]))
        line = (mc_bytes){line.data + 1, line.size - 1};
    if (line.size == 0 || line.data[0] == '#')
        return MC_OK;
    MC_TRY(check_line(l, line, error));

    mc_buffer *path = &l->path;
    path->size = 0;
    bool relative = line.data[0] != '/' && !has_scheme(line);
    if (relative && l->base) {
        size_t n = strlen(l->base);
        MC_TRY(mc_buffer_append(path, l->base, n, error));
        if (n > 0 && l->base[n - 1] != '/')
            MC_TRY(mc_buffer_append(path, "/", 1, error));
    }
    MC_TRY(mc_buffer_append(path, line.data, line.size, error));
    MC_TRY(mc_buffer_append(path, "", 1, error));
    if (has_scheme(line) && !mc_remote_is(path->data))
        return mc_fail(error, MC_E_FORMAT,
                       "line %" PRIu64
                       " of the list is an address that is no http or https: %.200s",
                       l->n_lines, path->data);
    return mc_paths_add(l->paths, path->data, error);
}

/* Takes the whole lines off the front of buffer; at the end of the list the last one, too. */
static mc_status take_lines(list *l, mc_buffer *buffer, bool final, mc_error *error) {
    size_t begin = 0;
    for (const char *feed; buffer->size > begin; begin = (size_t)(feed - buffer->data) + 1) {
        feed = memchr(buffer->data + begin, '\n', buffer->size - begin);
        if (!feed)
            break;
        MC_TRY(take_line(l, buffer->data + begin, (size_t)(feed - buffer->data) - begin, error));
    }
    size_t rest = buffer->size - begin;
    if (rest > LINE_MAX_BYTES)
        return mc_fail(error, MC_E_LIMIT, "line %" PRIu64 " of the list has more than %u bytes",
                       l->n_lines + 1, LINE_MAX_BYTES);
    if (final && rest > 0)
        return take_line(l, buffer->data + begin, rest, error);
    if (rest > 0)
        memmove(buffer->data, buffer->data + begin, rest);
    buffer->size = rest;
    return MC_OK;
}

static mc_status read_list(list *l, mc_source *source, mc_buffer *buffer, mc_error *error) {
    uint64_t total = 0;
    for (;;) {
        size_t got;
        MC_TRY(mc_buffer_reserve(buffer, PIECE_BYTES, error));
        mc_status status =
            mc_source_read(source, buffer->data + buffer->size, PIECE_BYTES, &got, error);
        if (status != MC_OK && status != MC_END)
            return status;
        buffer->size += got;
        total += got;
        if (total > LIST_MAX_BYTES)
            return mc_fail(error, MC_E_LIMIT, "the list has more than %" PRIu64 " bytes",
                           LIST_MAX_BYTES);
        MC_TRY(take_lines(l, buffer, status == MC_END, error));
        if (status == MC_END)
            return MC_OK;
    }
}

mc_status mc_paths_add_list(mc_paths *paths, const char *file, const char *base,
                            const atomic_int *cancel, mc_error *error) {
    mc_source *source;
    MC_TRY(mc_source_open_cancel(&source, file, cancel, error));
    list l = {.paths = paths, .base = base};
    mc_buffer buffer = {0};
    mc_status status = read_list(&l, source, &buffer, error);
    if (status != MC_OK && status != MC_E_MEMORY)
        mc_error_place(error, file, MC_NONE, MC_NONE);
    mc_buffer_dispose(&buffer);
    mc_buffer_dispose(&l.path);
    mc_source_close(source);
    return status;
}
