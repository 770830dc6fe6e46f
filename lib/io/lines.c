#include "io/lines.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "io/source.h"

#define PIECE (1u << 20)

typedef struct reading {
    const char *path;
    size_t max;
    mc_status (*use)(void *context, const mc_line *line, mc_error *error);
    void *context;
    mc_line line;     /* the next one; its number and offset */
    mc_buffer buffer; /* from that line on */
    size_t looked;    /* bytes at its start that hold no line feed */
} reading;

/* Uses the whole lines of the buffer and moves what is left to its front. */
static mc_status use_lines(reading *r, bool at_end, mc_error *error) {
    size_t start = 0, size = r->buffer.size;
    while (start < size) {
        const char *line = r->buffer.data + start;
        const char *end = memchr(line + r->looked, '\n', size - start - r->looked);
        r->looked = end ? 0 : size - start;
        if (!end && !at_end)
            break;
        r->line.data = line;
        r->line.size = end ? (size_t)(end - line) : size - start;
        MC_TRY(r->use(r->context, &r->line, error));
        r->line.number++;
        r->line.offset += r->line.size + 1;
        start += r->line.size + (end != NULL);
    }
    if (start > 0)
        memmove(r->buffer.data, r->buffer.data + start, size - start);
    r->buffer.size = size - start;
    if (r->buffer.size <= r->max)
        return MC_OK;
    mc_fail(error, MC_E_LIMIT, "has a line of more than %zu bytes", r->max);
    mc_error_place(error, r->path, r->line.number, r->line.offset);
    return MC_E_LIMIT;
}

static mc_status read_piece(reading *r, mc_source *source, mc_error *error) {
    size_t got = 0;
    MC_TRY(mc_buffer_reserve(&r->buffer, PIECE, error));
    MC_TRY(mc_source_read(source, r->buffer.data + r->buffer.size, PIECE, &got, error));
    r->buffer.size += got;
    return use_lines(r, false, error);
}

mc_status mc_lines_read(const char *path, size_t max,
                        mc_status (*use)(void *context, const mc_line *line, mc_error *error),
                        void *context, mc_error *error) {
    mc_source *source;
    reading r = {.path = path, .max = max, .use = use, .context = context};
    MC_TRY(mc_source_open(&source, path, error));
    mc_status status = MC_OK;
    while (status == MC_OK)
        status = read_piece(&r, source, error);
    if (status == MC_END)
        status = use_lines(&r, true, error);
    mc_source_close(source);
    mc_buffer_dispose(&r.buffer);
    return status;
}
