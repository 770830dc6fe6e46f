/* Frames of WARC files.
 *
 * A header is read line by line up to its empty line; a line that begins a record ends it, too,
 * since then the header has no end of its own. A Content-Length is believed only when a line end,
 * a record or the end of the file follows the block: a wrong one would swallow the records behind.
 * A search for the next record never goes back behind what it has passed, and starts no later than
 * the header's end, so every byte is looked at a fixed number of times.
 */
#include "pool/warc.h"

#include <string.h>

enum { MAGIC = 7 }; /* bytes of "WARC/1." */

bool mc_warc_begins(const char *data, size_t size) {
    return size >= MAGIC && !memcmp(data, "WARC/", 5) && (data[5] == '0' || data[5] == '1') &&
           data[6] == '.';
}

size_t mc_warc_find(const char *data, size_t size, size_t from) {
    size_t at = from > 0 ? from : 1;
    while (at + MAGIC <= size) {
        const char *w = memchr(data + at, 'W', size - at);
        if (!w)
            return size;
        at = (size_t)(w - data);
        if (data[at - 1] == '\n' && mc_warc_begins(w, size - at))
            return at;
        at++;
    }
    return size;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool mc_warc_begins_with(mc_bytes value, const char *word) {
    size_t i = 0;
    while (i < value.size && word[i] && lower(value.data[i]) == word[i])
        i++;
    return !word[i];
}

bool mc_warc_is(mc_bytes name, const char *word) {
    return name.size == strlen(word) && mc_warc_begins_with(name, word);
}

static mc_bytes trim(const char *data, size_t size) {
    while (size > 0 && memchr(" \t\r\n", data[size - 1], 4))
        size--;
    while (size > 0 && (*data == ' ' || *data == '\t')) {
        data++;
        size--;
    }
    return (mc_bytes){data, size};
}

/* Splits a line at its colon: false when it is no field. */
static bool split_field(mc_bytes line, mc_bytes *name, mc_bytes *value) {
    const char *colon = line.size && *line.data != ' ' && *line.data != '\t'
                            ? memchr(line.data, ':', line.size)
                            : 0;
    if (!colon)
        return false;
    size_t before = (size_t)(colon - line.data);
    *name = trim(line.data, before);
    *value = trim(colon + 1, line.size - before - 1);
    return true;
}

bool mc_warc_field(mc_bytes *fields, mc_bytes *name, mc_bytes *value) {
    while (fields->size > 0) {
        const char *feed = memchr(fields->data, '\n', fields->size);
        size_t size = feed ? (size_t)(feed - fields->data) + 1 : fields->size;
        mc_bytes line = {fields->data, size};
        *fields = (mc_bytes){fields->data + size, fields->size - size};
        if (split_field(line, name, value))
            return true;
    }
    return false;
}

/* False for what is no number of at most 18 digits. */
static bool parse_length(mc_bytes value, uint64_t *out) {
    uint64_t length = 0;
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
        length = length * 10 + (uint64_t)(value.data[i] - '0');
    }
    *out = length;
    return value.size > 0 && value.size <= 18;
}

/* A header being read. */
typedef struct header {
    size_t end; /* behind its empty line */
    mc_bytes fields;
    uint64_t length;
    bool has_length;
    const char *problem; /* NULL while there is none */
} header;

/* True for "WARC/1.0" and digits alike, then nothing but blanks. */
static bool is_version(mc_bytes line) {
    size_t i = MAGIC;
    while (i < line.size && line.data[i] >= '0' && line.data[i] <= '9')
        i++;
    return i > MAGIC && trim(line.data + i, line.size - i).size == 0;
}

static void take_line(header *h, mc_bytes line) {
    mc_bytes name, value;
    uint64_t length;
    if (lower(*line.data) != 'c' || !split_field(line, &name, &value) ||
        !mc_warc_is(name, "content-length"))
        return;
    if (!parse_length(value, &length))
        h->problem = "the Content-Length is no size";
    else if (h->has_length && length != h->length)
        h->problem = "there are two Content-Lengths";
    else
        h->length = length;
    h->has_length = true;
}

/* Reads the header at start. False when more data is needed. */
static bool read_header(const char *data, size_t size, size_t start, bool final, header *h) {
    size_t limit = size - start > MC_WARC_HEADER_MAX ? start + MC_WARC_HEADER_MAX : size;
    size_t at = start, first = 0;
    for (;;) {
        const char *feed = at < limit ? memchr(data + at, '\n', limit - at) : NULL;
        if (!feed && limit == size && !final)
            return false;
        h->end = feed ? (size_t)(feed - data) + 1 : limit;
        mc_bytes line = {data + at, h->end - at};
        if (!feed || (at > start && mc_warc_begins(line.data, size - at))) {
            h->end = at > start ? at : start + 1;
            h->problem = "the header does not end";
            return true;
        }
        if (at == start) {
            first = h->end;
            if (!is_version(line))
                h->problem = "the version of WARC is not known";
        } else if (trim(line.data, line.size).size == 0) {
            h->fields = (mc_bytes){data + first, at - first};
            if (!h->problem && !h->has_length)
                h->problem = "there is no Content-Length";
            return true;
        } else {
            take_line(h, line);
        }
        at = h->end;
    }
}

static void set_broken(const char *data, size_t size, size_t from, const char *problem,
                       mc_warc_frame *frame) {
    frame->kind = MC_WARC_BROKEN;
    frame->problem = problem;
    frame->end = mc_warc_find(data, size, from);
}

void mc_warc_next(const char *data, size_t size, size_t at, bool final, uint64_t max_record,
                  mc_warc_frame *frame) {
    while (at < size && (data[at] == '\r' || data[at] == '\n'))
        at++;
    *frame = (mc_warc_frame){.kind = MC_WARC_MORE, .start = at, .end = at, .want = size - at + 1};
    if (at == size) {
        frame->kind = MC_WARC_BLANK;
        return;
    }
    if (size - at < MAGIC && !final)
        return;
    if (!mc_warc_begins(data + at, size - at)) {
        set_broken(data, size, at + 1, "no WARC record begins here", frame);
        return;
    }
    header h = {0};
    if (!read_header(data, size, at, final, &h))
        return;
    if (h.problem) {
        /* Its last line feed may be what comes before the next record. */
        set_broken(data, size, h.end, h.problem, frame);
        return;
    }
    frame->length = h.end - at + h.length;
    if (frame->length > max_record) {
        frame->kind = MC_WARC_LONG;
        return;
    }
    size_t end = at + (size_t)frame->length;
    if (!final && (end >= size || (size - end < MAGIC && data[end] == 'W'))) {
        frame->want = (size_t)frame->length + MAGIC;
        return;
    }
    bool fits = end == size || (end < size && (data[end] == '\r' || data[end] == '\n' ||
                                               mc_warc_begins(data + end, size - end)));
    if (!fits) {
        set_broken(data, size, h.end, "the record does not end where its Content-Length says",
                   frame);
        return;
    }
    frame->kind = MC_WARC_RECORD;
    frame->end = end;
    frame->fields = h.fields;
    frame->block = (mc_bytes){data + h.end, (size_t)h.length};
}
