/* Crawls often hold bodies already decoded under the header fields they came with, so content is
 * believed before a field: a body that does not look the part is taken as it is. */
#include "pool/http_body_coding.h"

#include <string.h>

#include "pool/html_scan.h"

#define FIRST_ROOM (64u << 10)

bool mc_http_looks_like_html(mc_bytes content) {
    static const char *const STARTS[] = {
        "<!doctype html", "<html", "<head",  "<body",  "<script", "<iframe", "<h1", "<div", "<font",
        "<table",         "<a",    "<style", "<title", "<b",      "<br",     "<p",  "<!--"};
    const char *p = content.data, *end = p + content.size;
    if (content.size >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end && mc_html_is_space(*p))
        p++;
    for (size_t i = 0; i < sizeof STARTS / sizeof *STARTS; i++) {
        size_t size = strlen(STARTS[i]);
        if ((size_t)(end - p) <= size || !mc_html_is_same(p, STARTS[i], size))
            continue;
        if (mc_html_is_space(p[size]) || p[size] == '>' || p[1] == '!')
            return true;
    }
    return false;
}

/* --- chunks ---------------------------------------------------------------------------------- */

/* The size line at p: behind it, or NULL when it is none. Extensions are passed over. */
static const char *read_chunk_size(const char *p, const char *end, uint64_t *size) {
    const char *first = p;
    *size = 0;
    for (; p < end; p++) {
        char c = mc_html_lower(*p);
        bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f'))
            break;
        if (*size > UINT64_MAX >> 5)
            return NULL;
        *size = *size << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    if (p == first)
        return NULL;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    if (p < end && *p == ';')
        p = mc_html_find_either(p, end, '\r', '\n');
    if (p < end && *p == '\r')
        p++;
    return p < end && *p == '\n' ? p + 1 : NULL;
}

mc_status mc_http_join_chunks(mc_bytes *body, mc_buffer *out, mc_error *error) {
    const char *p = body->data, *end = p + body->size;
    uint64_t size;
    out->size = 0;
    if (!read_chunk_size(p, end, &size))
        return MC_OK;
    MC_TRY(mc_buffer_reserve(out, body->size, error));
    bool is_first = true;
    while ((p = read_chunk_size(p, end, &size)) && size > 0) {
        size_t left = (size_t)(end - p);
        size_t taken = size < left ? (size_t)size : left;
        const char *next = p + taken;
        if (next < end && *next == '\r')
            next++;
        bool ends = next == end || *next == '\n';
        if (is_first && !ends)
            return MC_OK; /* text whose first line looks like a size */
        memcpy(out->data + out->size, p, taken);
        out->size += taken;
        if (!ends || next == end)
            break;
        p = next + 1;
        is_first = false;
    }
    *body = (mc_bytes){out->data, out->size};
    return MC_OK;
}

/* --- compression ----------------------------------------------------------------------------- */

static unsigned char byte_at(mc_bytes bytes, size_t i) {
    return (unsigned char)bytes.data[i];
}

static bool is_gzip(mc_bytes bytes) {
    return bytes.size >= 3 && byte_at(bytes, 0) == 0x1F && byte_at(bytes, 1) == 0x8B &&
           byte_at(bytes, 2) == 8;
}

static bool is_zlib(mc_bytes bytes) {
    return bytes.size >= 2 && (byte_at(bytes, 0) & 0x0F) == 8 && byte_at(bytes, 0) >> 4 <= 7 &&
           (byte_at(bytes, 0) << 8 | byte_at(bytes, 1)) % 31 == 0;
}

void mc_inflater_dispose(mc_inflater *inflater) {
    if (inflater->is_ready)
        inflateEnd(&inflater->stream);
    inflater->is_ready = false;
}

static mc_status start(mc_inflater *inflater, int window_bits, mc_error *error) {
    int result = Z_OK;
    if (!inflater->is_ready) {
        inflater->stream = (z_stream){0};
        result = inflateInit2(&inflater->stream, window_bits);
        inflater->is_ready = result == Z_OK;
    } else {
        result = inflateReset2(&inflater->stream, window_bits);
    }
    return result == Z_OK ? MC_OK : mc_fail(error, MC_E_MEMORY, "out of memory");
}

/* Appends what one stream at the start of *left holds. *result is how it ended: Z_STREAM_END,
 * Z_BUF_ERROR where it is cut (or full), Z_DATA_ERROR. */
static mc_status inflate_stream(mc_inflater *inflater, int window_bits, uint64_t max_size,
                                mc_bytes *left, mc_buffer *out, int *result, mc_error *error) {
    MC_TRY(start(inflater, window_bits, error));
    z_stream *z = &inflater->stream;
    size_t fed = 0;
    z->avail_in = 0;
    *result = Z_OK;
    while (*result == Z_OK && out->size < max_size) {
        if (z->avail_in == 0) {
            size_t more = left->size - fed;
            more = more < UINT32_MAX ? more : UINT32_MAX;
            z->next_in = (Bytef *)(uintptr_t)(left->data + fed);
            z->avail_in = (uInt)more;
            fed += more;
        }
        if (out->capacity - out->size < FIRST_ROOM / 2)
            MC_TRY(mc_buffer_reserve(out, out->size + FIRST_ROOM, error));
        uint64_t room = out->capacity - out->size;
        room = room < max_size - out->size ? room : max_size - out->size;
        room = room < UINT32_MAX ? room : UINT32_MAX;
        z->next_out = (Bytef *)(out->data + out->size);
        z->avail_out = (uInt)room;
        *result = inflate(z, Z_NO_FLUSH);
        out->size += (size_t)room - z->avail_out;
    }
    size_t taken = fed - z->avail_in;
    *left = (mc_bytes){left->data + taken, left->size - taken};
    return *result == Z_MEM_ERROR ? mc_fail(error, MC_E_MEMORY, "out of memory") : MC_OK;
}

mc_status mc_http_inflate(mc_inflater *inflater, mc_http_coding coding, uint64_t max_size,
                          mc_bytes *body, mc_buffer *out, mc_error *error) {
    mc_bytes left = *body;
    int result = Z_OK;
    out->size = 0;
    if (is_gzip(left)) { /* under either name, as browsers have it */
        do
            MC_TRY(inflate_stream(inflater, 15 + 16, max_size, &left, out, &result, error));
        while (result == Z_STREAM_END && is_gzip(left) && out->size < max_size);
    } else if (coding == MC_HTTP_GZIP) {
        return MC_OK;
    } else if (is_zlib(left)) {
        MC_TRY(inflate_stream(inflater, 15, max_size, &left, out, &result, error));
    } else {
        MC_TRY(inflate_stream(inflater, -15, max_size, &left, out, &result, error));
        /* Text is a stream that is wrong before long. */
        if (result == Z_DATA_ERROR && (out->size == 0 || mc_http_looks_like_html(*body)))
            return MC_OK;
    }
    *body = (mc_bytes){out->data, out->size};
    return MC_OK;
}
