/* Chunks to text. Pages are found by their tags, which XML does not allow within text, and each is
 * parsed by itself; what lies between them is passed over, so that after damage reading goes on
 * with the next page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/text.h"
#include "metadata/corpus_parts.h"
#include "metadata/lost.h"
#include "metadata/wiki_dump.h"
#include "metadata/wikitext.h"

/* Entered for a chunk at most; all are counted. */
#define CHUNK_LINES 100
#define PAGE_END "</page>"

struct mc_corpus_scratch {
    mc_wiki_parser *parser;
    mc_buffer stored, window;
};

typedef struct work {
    mc_corpus_scratch *scratch;
    const mc_corpus_file *file;
    mc_buffer *text, *ledger;
    mc_corpus_totals *totals;
    mc_error *error;
    size_t n_lines;
    /* Where data lies: in a stream, from offset on; of blocks, what is before `split` began in the
     * block at `began`, the rest in the one at offset. */
    uint64_t offset, began;
    size_t split; /* SIZE_MAX: a stream */
} work;

mc_status mc_corpus_scratch_create(mc_corpus_scratch **out, mc_error *error) {
    MC_TRY(MC_ALLOC(*out, 1, error));
    mc_status status = mc_wiki_parser_create(&(*out)->parser, error);
    if (status != MC_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

void mc_corpus_scratch_free(mc_corpus_scratch *scratch) {
    if (!scratch)
        return;
    mc_wiki_parser_free(scratch->parser);
    mc_buffer_dispose(&scratch->stored);
    mc_buffer_dispose(&scratch->window);
    free(scratch);
}

static mc_status lose(work *w, uint64_t offset, const char *reason, const char *detail) {
    w->totals->damaged++;
    if (w->n_lines++ >= CHUNK_LINES)
        return MC_OK;
    return mc_lost_put(w->ledger, w->file->path, MC_NONE, offset, reason, detail, w->error);
}

static mc_status lose_page(work *w, uint64_t offset, const char *reason, mc_bytes title,
                           const char *why) {
    char detail[1024];
    int size = title.size < 256 ? (int)title.size : 256;
    if (size > 0)
        snprintf(detail, sizeof detail, "%.*s: %s", size, title.data, why);
    else
        snprintf(detail, sizeof detail, "%s", why);
    return lose(w, offset, reason, detail);
}

/* ---- pages ---- */

static mc_status take_page(work *w, mc_bytes xml, uint64_t offset) {
    mc_wiki_page page;
    mc_error why = {0};
    w->totals->pages++;
    if (xml.size > MC_CORPUS_PAGE_MAX)
        return lose(w, offset, "too_long", "a page of more than 16 MiB is passed over");
    mc_status status = mc_wiki_parse(w->scratch->parser, xml, &page, &why);
    if (status == MC_E_FORMAT)
        return lose_page(w, offset, "bad_page", page.title, why.message);
    if (status != MC_OK) {
        if (w->error)
            *w->error = why;
        return status;
    }
    if (!page.article) {
        w->totals->passed++;
        return MC_OK;
    }
    w->totals->articles++;
    return mc_wikitext_strip(page.text, &w->file->names, w->text, w->error);
}

/* A page without an end. */
static mc_status take_cut_page(work *w, mc_bytes xml, uint64_t offset) {
    mc_wiki_page page = {0};
    w->totals->pages++;
    if (xml.size <= MC_CORPUS_PAGE_MAX) {
        mc_status status = mc_wiki_parse(w->scratch->parser, xml, &page, w->error);
        if (status == MC_E_MEMORY)
            return status;
    }
    return lose_page(w, offset, "unclosed", page.title, "the page has no end");
}

static uint64_t place_of(const work *w, size_t at) {
    if (w->split == SIZE_MAX)
        return w->offset + at;
    return at < w->split ? w->began : w->offset;
}

/* Takes the pages that begin in data[0, limit). *left is where one begins that does not end in
 * data (or may begin), size when there is none. */
static mc_status take_pages(work *w, const char *data, size_t size, size_t limit, size_t *left) {
    const char *p = data, *end = data + size;
    *left = size;
    while (p < end) {
        const char *page = mc_corpus_find_page(p, end);
        if (!page) {
            const char *tail = end - p > 5 ? end - 5 : p;
            while (tail < end && memcmp(tail, "<page", (size_t)(end - tail)) != 0)
                tail++;
            if ((size_t)(tail - data) < limit)
                *left = (size_t)(tail - data);
            return MC_OK;
        }
        size_t at = (size_t)(page - data);
        if (at >= limit)
            return MC_OK;
        uint64_t place = place_of(w, at);
        const char *stop = mc_corpus_find(page, end, PAGE_END);
        const char *another = mc_corpus_find_page(page + 5, stop ? stop : end);
        if (another) {
            MC_TRY(take_cut_page(w, (mc_bytes){page, (size_t)(another - page)}, place));
            p = another;
            continue;
        }
        if (!stop) {
            *left = at;
            return MC_OK;
        }
        p = stop + strlen(PAGE_END);
        MC_TRY(take_page(w, (mc_bytes){page, (size_t)(p - page)}, place));
    }
    return MC_OK;
}

/* ---- blocks ---- */

/* What was left of a page that cannot be read on. */
static mc_status lose_rest(work *w, uint64_t offset) {
    mc_buffer *window = &w->scratch->window;
    mc_status status = MC_OK;
    if (window->size > MC_CORPUS_PAGE_MAX)
        status = lose(w, offset, "too_long", "a page of more than 16 MiB is passed over");
    else if (window->size > 0 && mc_corpus_find_page(window->data, window->data + window->size))
        status = take_cut_page(w, (mc_bytes){window->data, window->size}, offset);
    window->size = 0;
    return status;
}

/* Keeps of the window what lies from left on. */
static void keep(mc_buffer *window, size_t left) {
    if (left > 0 && left < window->size)
        memmove(window->data, window->data + left, window->size - left);
    window->size -= left;
}

/* Decodes a block to the end of the window; *lost when there was nothing to decode. */
static mc_status decode(work *w, const mc_bzip2_block *block, bool own, bool *lost) {
    mc_error why = {0};
    mc_buffer *window = &w->scratch->window;
    size_t before = window->size;
    mc_status status = mc_bzip2_decode(block, &w->scratch->stored, window, &why);
    *lost = status == MC_E_FORMAT;
    if (*lost)
        return own ? lose(w, block->offset, "damaged", why.message) : MC_OK;
    if (status != MC_OK && w->error)
        *w->error = why;
    if (own)
        w->totals->bytes_in += window->size - before;
    return status;
}

static mc_status take_blocks(work *w, const mc_corpus_chunk *chunk) {
    mc_buffer *window = &w->scratch->window;
    size_t limit = 0; /* of the window, where what is not ours begins */
    window->size = 0;
    for (size_t i = 0; i < chunk->n_blocks; i++) {
        bool own = i < chunk->n_own, lost;
        size_t left;
        if (!own && limit == 0)
            break;
        w->offset = chunk->blocks[i]->offset;
        w->split = window->size;
        MC_TRY(decode(w, chunk->blocks[i], own, &lost));
        if (lost) {
            MC_TRY(lose_rest(w, w->began));
            limit = 0;
            continue;
        }
        if (own)
            limit = window->size;
        MC_TRY(take_pages(w, window->data, window->size, limit, &left));
        w->began = place_of(w, left);
        limit -= left < limit ? left : limit;
        keep(window, limit > 0 ? left : window->size);
        if (window->size > MC_CORPUS_PAGE_MAX) {
            MC_TRY(lose_rest(w, w->began));
            limit = 0;
        }
    }
    return lose_rest(w, w->began);
}

/* ---- lines ---- */

/* Lines that extractors put around articles. */
static bool is_frame(const char *line, size_t size) {
    return (size > 8 && memcmp(line, "<doc id=", 8) == 0) ||
           (size == 6 && memcmp(line, "</doc>", 6) == 0);
}

static mc_status take_lines(work *w, mc_bytes bytes, bool first) {
    const char *p = bytes.data, *end = p + bytes.size;
    if (first && bytes.size >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end) {
        const char *feed = memchr(p, '\n', (size_t)(end - p));
        const char *stop = feed ? feed : end;
        size_t size = (size_t)(stop - p);
        if (size > 0 && p[size - 1] == '\r')
            size--;
        if (size > 0 && !is_frame(p, size)) {
            w->totals->pages++;
            w->totals->articles++;
            MC_TRY(mc_buffer_reserve(w->text, MC_UTF8_REPLACED_MAX(size) + 1, w->error));
            char *out = w->text->data + w->text->size;
            size_t made = size;
            if (mc_utf8_valid(p, size))
                memcpy(out, p, size);
            else
                made = mc_utf8_replace(p, size, out, NULL);
            out[made] = '\n';
            w->text->size += made + 1;
        }
        p = feed ? feed + 1 : end;
    }
    return MC_OK;
}

mc_status mc_corpus_text(const mc_corpus *corpus, mc_corpus_scratch *scratch,
                         const mc_corpus_chunk *chunk, mc_buffer *text, mc_corpus_totals *totals,
                         mc_buffer *ledger, mc_error *error) {
    work w = {.scratch = scratch,
              .file = &corpus->files[chunk->file],
              .text = text,
              .ledger = ledger,
              .totals = totals,
              .error = error,
              .offset = chunk->offset,
              .split = SIZE_MAX};
    size_t before = text->size, left = 0;
    mc_bytes bytes = {chunk->bytes.data, chunk->bytes.size};
    mc_status status = MC_OK;
    if (chunk->n_blocks > 0) {
        status = take_blocks(&w, chunk);
    } else if (bytes.size > 0 && w.file->found == MC_CORPUS_WIKIPEDIA) {
        status = take_pages(&w, bytes.data, bytes.size, bytes.size, &left);
        if (status == MC_OK && bytes.size - left > 5)
            status = take_cut_page(&w, (mc_bytes){bytes.data + left, bytes.size - left},
                                   chunk->offset + left);
    } else if (bytes.size > 0) {
        status = take_lines(&w, bytes, chunk->offset == 0);
    }
    if (status == MC_OK && chunk->damaged)
        status = lose(&w, chunk->loss.offset, chunk->loss.reason, chunk->loss.detail);
    if (chunk->n_blocks == 0)
        totals->bytes_in += bytes.size;
    totals->bytes_out += text->size - before;
    return status;
}
