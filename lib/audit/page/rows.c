/* The table of all entries, packed, in two parts: what is known of entries before a subset is
 * looked at, and their counts in it. The JSON is laid out by columns, in which equal things stand
 * beside each other: it packs better so, and the page reads it faster. Strings are cut as the page
 * shows them. */
#include "audit/page/parts.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "io/json_out.h"
#include "metacurate/text.h"

enum { LEVEL = 4 };

/* The part of a string that is shown, ill-formed bytes replaced. Returns its size; scratch holds
 * 3 * 4 * MC_MARKUP_LONGEST bytes. */
static size_t shown_part(mc_bytes string, char *scratch) {
    size_t most = 4 * (size_t)MC_MARKUP_LONGEST;
    size_t size =
        mc_utf8_replace(string.data, string.size < most ? string.size : most, scratch, NULL);
    size_t n = 0, end = 0;
    for (; end < size; end++)
        if (((unsigned char)scratch[end] & 0xc0) != 0x80 && n++ == MC_MARKUP_LONGEST)
            break;
    return end;
}

typedef struct packer {
    mc_markup m;
    const mc_page_rows *rows;
    const uint32_t *ids; /* of the rows; NULL: all */
    uint32_t n;
} packer;

static uint32_t id_of(const packer *p, uint32_t row) {
    return p->ids ? p->ids[row] : row;
}

static void put_number(packer *p, uint64_t value, uint32_t row) {
    if (row > 0)
        mc_markup_raw(&p->m, ",");
    if (p->m.status == MC_OK)
        p->m.status = mc_json_u64(&p->m.out, value, p->m.error);
}

static void put_counts(packer *p, const char *name, const uint64_t *counts) {
    mc_markup_printf(&p->m, "\"%s\":", name);
    if (!counts) {
        mc_markup_raw(&p->m, "null");
        return;
    }
    mc_markup_raw(&p->m, "[");
    for (uint32_t i = 0; i < p->n && p->m.status == MC_OK; i++)
        put_number(p, counts[id_of(p, i)], i);
    mc_markup_raw(&p->m, "]");
}

static void put_ids(packer *p) {
    mc_markup_raw(&p->m, ",\n\"ids\":");
    if (!p->ids) {
        mc_markup_raw(&p->m, "null");
        return;
    }
    mc_markup_raw(&p->m, "[");
    for (uint32_t i = 0; i < p->n && p->m.status == MC_OK; i++)
        put_number(p, p->ids[i], i);
    mc_markup_raw(&p->m, "]");
}

/* The strings, then the sizes of those that were cut, by row. */
static void put_strings(packer *p) {
    char scratch[MC_UTF8_REPLACED_MAX(4 * MC_MARKUP_LONGEST)];
    mc_buffer cut = {0};
    mc_markup_raw(&p->m, ",\n\"entries\":[");
    for (uint32_t i = 0; i < p->n && p->m.status == MC_OK; i++) {
        mc_bytes string = p->rows->string(p->rows->context, id_of(p, i));
        mc_markup_raw(&p->m, i > 0 ? "," : "");
        if (!string.data) {
            mc_markup_raw(&p->m, "null");
            continue;
        }
        /* Most are short and as they should be. */
        if (string.size <= MC_MARKUP_LONGEST && mc_utf8_valid(string.data, string.size)) {
            p->m.status = mc_json_string(&p->m.out, string.data, string.size, p->m.error);
            continue;
        }
        size_t size = shown_part(string, scratch);
        p->m.status = mc_json_string(&p->m.out, scratch, size, p->m.error);
        /* Longer than anything that is shown whole, or shown in part. */
        bool whole = string.size <= 4 * (size_t)MC_MARKUP_LONGEST &&
                     size == mc_utf8_replace(string.data, string.size, scratch, NULL);
        if (!whole && p->m.status == MC_OK)
            p->m.status = mc_buffer_printf(&cut, p->m.error, "%s[%u,%zu]", cut.size > 0 ? "," : "",
                                           i, string.size);
    }
    mc_markup_raw(&p->m, "],\n\"cut\":[");
    if (cut.size > 0)
        mc_markup_bytes(&p->m, cut.data, cut.size);
    mc_markup_raw(&p->m, "]");
    mc_buffer_dispose(&cut);
}

static void put_dead(packer *p) {
    uint32_t n = 0;
    mc_markup_raw(&p->m, ",\n\"dead\":[");
    for (uint32_t i = 0; i < p->n && p->m.status == MC_OK; i++)
        if (p->rows->is_dead(p->rows->context, id_of(p, i)))
            put_number(p, i, n++);
    mc_markup_raw(&p->m, "]");
}

/* Names, and which rows have which: pairs of a name's number (-1: not known) and a run of rows. */
static void put_sources(packer *p) {
    const mc_audit_sources *sources = p->rows->sources;
    mc_markup *m = &p->m;
    mc_markup_raw(m, ",\n\"sources\":[");
    for (size_t i = 0; sources && i < sources->n_names && m->status == MC_OK; i++) {
        mc_markup_raw(m, i > 0 ? "," : "");
        const char *name = sources->names[i] ? sources->names[i] : "";
        m->status = mc_json_string(&m->out, name, strlen(name), m->error);
    }
    mc_markup_raw(m, "],\n\"runs\":[");
    for (uint32_t i = 0, end; sources && i < p->n; i = end) {
        uint16_t source = sources->of[id_of(p, i)];
        for (end = i + 1; end < p->n && sources->of[id_of(p, end)] == source; end++)
            ;
        mc_markup_printf(m, "%s[%d,%u]", i > 0 ? "," : "",
                         source < sources->n_names ? (int)source : -1, end - i);
    }
    mc_markup_raw(m, "]");
}

/* --- which rows ------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b) {
    uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    return (p < q) - (p > q);
}

/* The ids of the most frequent entries, ascending; of the last count the first ones. */
static mc_status choose(const mc_page_rows *rows, uint32_t most, uint32_t **ids, mc_error *error) {
    uint64_t *sorted = NULL;
    mc_status status = MC_ALLOC(sorted, rows->n, error);
    if (status == MC_OK)
        status = MC_ALLOC(*ids, most, error);
    if (status != MC_OK) {
        free(sorted);
        return status;
    }
    memcpy(sorted, rows->before, rows->n * sizeof *sorted);
    qsort(sorted, rows->n, sizeof *sorted, by_size);
    uint64_t least = sorted[most - 1];
    uint32_t n_least = 0, n = 0;
    for (uint32_t i = 0; i < most; i++)
        n_least += sorted[i] == least;
    for (uint32_t id = 0; id < rows->n && n < most; id++)
        if (rows->before[id] > least || (rows->before[id] == least && n_least > 0)) {
            n_least -= rows->before[id] == least;
            (*ids)[n++] = id;
        }
    free(sorted);
    return MC_OK;
}

/* --- packing --------------------------------------------------------------------------------- */

static mc_status compress(const mc_buffer *text, mc_buffer *out, mc_error *error) {
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    if (!compressor)
        return mc_fail(error, MC_E_MEMORY, "out of memory: a compressor");
    size_t bound = libdeflate_gzip_compress_bound(compressor, text->size);
    mc_status status = mc_buffer_reserve(out, bound, error);
    if (status == MC_OK)
        out->size = libdeflate_gzip_compress(compressor, text->data, text->size, out->data, bound);
    libdeflate_free_compressor(compressor);
    return status;
}

static mc_status encode(const mc_buffer *bytes, mc_buffer *out, mc_error *error) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    MC_TRY(mc_buffer_reserve(out, bytes->size / 3 * 4 + 4, error));
    char *to = out->data + out->size;
    for (size_t i = 0; i < bytes->size; i += 3) {
        uint32_t three = 0;
        size_t n = bytes->size - i < 3 ? bytes->size - i : 3;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (k < n ? (unsigned char)bytes->data[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            *to++ = k <= n ? digits[three >> (18 - 6 * k) & 63] : '=';
    }
    out->size = (size_t)(to - out->data);
    return MC_OK;
}

/* Ends a part: its JSON, packed, is added to text. */
static mc_status end_part(packer *p, mc_packed_rows *packed, mc_error *error) {
    mc_buffer bytes = {0};
    mc_status status = p->m.status;
    if (status == MC_OK)
        status = compress(&p->m.out, &bytes, error);
    mc_buffer_dispose(&p->m.out);
    if (status == MC_OK && packed->text.size > 0)
        status = mc_buffer_append(&packed->text, ".", 1, error);
    if (status == MC_OK)
        status = encode(&bytes, &packed->text, error);
    mc_buffer_dispose(&bytes);
    return status;
}

mc_status mc_page_pack_pool(mc_packed_rows *packed, const mc_page_rows *rows, mc_error *error) {
    packer p = {.m = {.error = error}, .rows = rows, .n = rows->n};
    if (rows->n > MC_PAGE_MOST_ROWS) {
        p.n = MC_PAGE_MOST_ROWS;
        MC_TRY(choose(rows, p.n, &packed->ids, error));
        p.ids = packed->ids;
    }
    packed->n = p.n;
    mc_markup_printf(&p.m, "{\"n\":%u", p.n);
    put_ids(&p);
    put_strings(&p);
    put_dead(&p);
    put_sources(&p);
    mc_markup_raw(&p.m, ",\n");
    put_counts(&p, "before", rows->before);
    mc_markup_raw(&p.m, "}\n");
    return end_part(&p, packed, error);
}

mc_status mc_page_pack_subset(mc_packed_rows *packed, const mc_page_rows *rows, mc_error *error) {
    packer p = {.m = {.error = error}, .rows = rows, .ids = packed->ids, .n = packed->n};
    mc_markup_raw(&p.m, "{");
    put_counts(&p, "after", rows->after);
    mc_markup_raw(&p.m, "}\n");
    MC_TRY(end_part(&p, packed, error));
    mc_u128_hex(mc_hash128(packed->text.data, packed->text.size), packed->key);
    return MC_OK;
}

void mc_packed_rows_dispose(mc_packed_rows *packed) {
    mc_buffer_dispose(&packed->text);
    free(packed->ids);
    *packed = (mc_packed_rows){0};
}
