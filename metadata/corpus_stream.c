/* Files read as one stream of content (plain, gzip, zstd, standard input): pieces are cut behind
 * pages or lines. UTF-16, which some dumps were saved in, is converted on the way. */
#include <string.h>

#include "metadata/corpus_parts.h"
#include "metacurate/text.h"

#define CHUNK_BYTES ((size_t)2 << 20)
#define READ_BYTES ((size_t)256 << 10)
/* A line, and what may lie in a dump without a page. */
#define PIECE_MAX (MC_CORPUS_PAGE_MAX + ((size_t)1 << 20))

static const char PAGE_END[] = "</page>";
#define PAGE_END_SIZE (sizeof PAGE_END - 1)

const char *mc_corpus_find(const char *p, const char *end, const char *what) {
    size_t size = strlen(what);
    while ((size_t)(end - p) >= size) {
        p = memchr(p, *what, (size_t)(end - p) - size + 1);
        if (!p)
            return NULL;
        if (memcmp(p, what, size) == 0)
            return p;
        p++;
    }
    return NULL;
}

const char *mc_corpus_find_page(const char *p, const char *end) {
    while ((p = mc_corpus_find(p, end, "<page")) != NULL && end - p > 5) {
        if (memchr("> \t\r\n", p[5], 5))
            return p;
        p++;
    }
    return NULL;
}

mc_corpus_kind mc_corpus_tell(mc_bytes beginning) {
    const char *p = beginning.data, *end = p + beginning.size;
    if (end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end && memchr(" \t\r\n", *p, 4))
        p++;
    bool markup = p < end && *p == '<';
    if (markup && mc_corpus_find(p, end, "<mediawiki"))
        return MC_CORPUS_WIKIPEDIA;
    const char *page = mc_corpus_find_page(p, end);
    if (page && (page == p || (mc_corpus_find(p, end, PAGE_END) && mc_corpus_find(p, end, "<ns>"))))
        return MC_CORPUS_WIKIPEDIA;
    return MC_CORPUS_TEXT;
}

static char *put_code_point(char *out, uint32_t c) {
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *out++ = (char)(0xE0 | c >> 12);
        } else {
            *out++ = (char)(0xF0 | c >> 18);
            *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (c & 0x3F));
    return out;
}

/* Converts what can be of the units read to the end of pending; all at the file's end. */
static mc_status convert(mc_corpus_file *file, bool at_end, mc_error *error) {
    const unsigned char *p = (const unsigned char *)file->units.data;
    size_t size = file->units.size, at = 0, high = file->utf16 == 1 ? 1 : 0;
    MC_TRY(mc_buffer_reserve(&file->pending, size / 2 * 3 + 3, error));
    char *out = file->pending.data + file->pending.size;
    for (; at + 2 <= size; at += 2) {
        uint32_t c = (uint32_t)p[at + high] << 8 | p[at + 1 - high];
        if (c >= 0xD800 && c < 0xDC00) {
            if (at + 4 > size && !at_end)
                break;
            uint32_t low = at + 4 > size ? 0 : (uint32_t)p[at + 2 + high] << 8 | p[at + 3 - high];
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                at += 2;
            } else {
                c = 0xFFFD;
            }
        } else if (c >= 0xDC00 && c < 0xE000) {
            c = 0xFFFD;
        }
        out = put_code_point(out, c);
    }
    file->pending.size = (size_t)(out - file->pending.data);
    file->units.size -= at;
    if (size > 0)
        memmove(file->units.data, file->units.data + at, file->units.size);
    return MC_OK;
}

/* Reads on, to the end of pending: MC_OK, MC_END, or a failure; MC_E_FORMAT may be gone on after.
 */
static mc_status read_on(mc_corpus_file *file, mc_error *error) {
    mc_buffer *into = file->utf16 ? &file->units : &file->pending;
    size_t got = 0;
    MC_TRY(mc_buffer_reserve(into, READ_BYTES, error));
    mc_status status =
        mc_source_read(file->source, into->data + into->size, READ_BYTES, &got, error);
    if (status == MC_OK || status == MC_END || status == MC_E_FORMAT)
        into->size += got;
    if (file->utf16)
        MC_TRY(convert(file, status != MC_OK, error));
    return status;
}

mc_status mc_corpus_open_stream(mc_corpus_file *file, mc_error *error) {
    MC_TRY(mc_source_open(&file->source, file->path, error));
    file->held = read_on(file, &file->why);
    mc_buffer *p = &file->pending;
    if (p->size >= 2 && memcmp(p->data, "\xFF\xFE", 2) == 0)
        file->utf16 = 1;
    else if (p->size >= 2 && memcmp(p->data, "\xFE\xFF", 2) == 0)
        file->utf16 = 2;
    if (file->utf16) {
        MC_TRY(mc_buffer_append(&file->units, p->data + 2, p->size - 2, error));
        p->size = 0;
        MC_TRY(convert(file, false, error));
    }
    mc_bytes beginning = {p->data, p->size};
    if (file->found == MC_CORPUS_AUTO)
        file->found = mc_corpus_tell(beginning);
    if (file->found == MC_CORPUS_WIKIPEDIA)
        MC_TRY(mc_wiki_names_read(&file->names, beginning, error));
    return MC_OK;
}

/* Where the last page of data ends; 0: there is none. */
static size_t cut_page(const char *data, size_t size) {
    for (size_t at = size; at >= PAGE_END_SIZE; at--)
        if (data[at - 1] == '>' && memcmp(data + at - PAGE_END_SIZE, PAGE_END, PAGE_END_SIZE) == 0)
            return at;
    return 0;
}

/* Where the last line ends, or, when there is a single one that is too long, a word or character.
 */
static size_t cut_line(const char *data, size_t size) {
    size_t at = size;
    while (at > 0 && data[at - 1] != '\n')
        at--;
    if (at > 0 || size < PIECE_MAX)
        return at;
    for (at = size; at > size / 2; at--)
        if (data[at - 1] == ' ')
            return at;
    for (at = size - 1; at > size - 4 && ((unsigned char)data[at] & 0xC0) == 0x80; at--)
        continue;
    return at;
}

/* Hands out the first size bytes of pending, behind which what is cut off stays. */
static mc_status hand_out(mc_corpus_file *file, mc_corpus_chunk *chunk, size_t size,
                          mc_error *error) {
    mc_buffer rest = chunk->bytes;
    rest.size = 0;
    if (file->pending.size > size) {
        mc_status status =
            mc_buffer_append(&rest, file->pending.data + size, file->pending.size - size, error);
        chunk->bytes = rest;
        MC_TRY(status);
    }
    chunk->bytes = file->pending;
    chunk->bytes.size = size;
    chunk->offset = file->offset;
    file->pending = rest;
    file->offset += size;
    return MC_OK;
}

static void forget(mc_corpus_file *file, size_t size) {
    memmove(file->pending.data, file->pending.data + size, file->pending.size - size);
    file->pending.size -= size;
    file->offset += size;
}

static void enter(mc_corpus_chunk *chunk, uint64_t offset, const char *reason, const char *detail) {
    chunk->damaged = true;
    chunk->loss = (mc_corpus_loss){.offset = offset, .reason = reason};
    size_t size = strlen(detail);
    if (size >= sizeof chunk->loss.detail)
        size = sizeof chunk->loss.detail - 1;
    memcpy(chunk->loss.detail, detail, size);
}

/* Passes over what cannot be a page of bearable size, up to the next page. */
static void skip(mc_corpus_file *file) {
    const char *data = file->pending.data, *end = data + file->pending.size;
    const char *page = file->pending.size ? mc_corpus_find_page(data, end) : NULL;
    if (page)
        file->skipping = false;
    size_t keep = file->pending.size < 6 ? file->pending.size : 6;
    forget(file, page ? (size_t)(page - data) : file->pending.size - keep);
}

mc_status mc_corpus_read_stream(mc_corpus_file *file, mc_corpus_chunk *chunk, mc_error *error) {
    mc_buffer *pending = &file->pending;
    bool wiki = file->found == MC_CORPUS_WIKIPEDIA;
    size_t want = CHUNK_BYTES;
    for (;;) {
        if (file->skipping)
            skip(file);
        if (pending->size >= want) {
            size_t size = wiki ? cut_page(pending->data, pending->size)
                               : cut_line(pending->data, pending->size);
            if (size > 0)
                return hand_out(file, chunk, size, error);
            if (pending->size > PIECE_MAX && wiki) {
                enter(chunk, file->offset, "too_long", "a page of more than 16 MiB is passed over");
                forget(file, 6); /* its beginning, lest it is found again */
                file->skipping = true;
                skip(file);
                return MC_OK;
            }
            want = pending->size + CHUNK_BYTES < PIECE_MAX + 1 ? pending->size + CHUNK_BYTES
                                                               : PIECE_MAX + 1;
        }
        if (file->ended) {
            if (pending->size == 0)
                return MC_END;
            return hand_out(file, chunk, pending->size, error);
        }
        mc_error why = file->why;
        mc_status status = file->held;
        file->held = MC_OK;
        if (status == MC_OK)
            status = read_on(file, &why);
        file->ended = status == MC_END;
        if (status == MC_OK || status == MC_END)
            continue;
        if (status == MC_E_FORMAT) {
            enter(chunk, file->offset + pending->size, "damaged", why.message);
            return hand_out(file, chunk, file->skipping ? 0 : pending->size, error);
        }
        if (error)
            *error = why;
        return status;
    }
}
