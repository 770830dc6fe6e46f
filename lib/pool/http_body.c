/* The page in a response: is it HTML by its type, out of its chunks and codings, then to UTF-8. */
#include "pool/http_body.h"

#include <stdlib.h>

#include "pool/charset.h"
#include "pool/http_body_coding.h"
#include "pool/http_body_head.h"
#include "pool/html_scan.h"
#include "pool/json_shim.h"

#define KEPT_BYTES (4u << 20) /* a bigger buffer is given back before the next page */

struct mc_http {
    mc_charset *charset;
    mc_inflater inflater;
    mc_buffer chunks;
    mc_buffer inflated[2]; /* a coding's input and its output */
    mc_buffer text;
};

mc_status mc_http_create(mc_http **out, mc_error *error) {
    mc_http *http;
    MC_TRY(MC_ALLOC(http, 1, error));
    mc_status status = mc_charset_create(&http->charset, error);
    if (status != MC_OK) {
        free(http);
        return status;
    }
    *out = http;
    return MC_OK;
}

void mc_http_free(mc_http *http) {
    if (!http)
        return;
    mc_charset_free(http->charset);
    mc_inflater_dispose(&http->inflater);
    mc_buffer_dispose(&http->chunks);
    mc_buffer_dispose(&http->inflated[0]);
    mc_buffer_dispose(&http->inflated[1]);
    mc_buffer_dispose(&http->text);
    free(http);
}

static void shrink(mc_buffer *buffer) {
    if (buffer->capacity > KEPT_BYTES)
        mc_buffer_dispose(buffer);
}

/* --- media type ------------------------------------------------------------------------------ */

typedef enum media { MEDIA_HTML, MEDIA_OTHER, MEDIA_UNKNOWN } media;

static bool is(mc_bytes given, const char *name) {
    return mc_html_is_name(given.data, given.size, name);
}

static media media_of(mc_bytes content_type) {
    mc_bytes type = {content_type.data, 0};
    while (type.size < content_type.size && !mc_html_is_space(type.data[type.size]) &&
           type.data[type.size] != ';' && type.data[type.size] != ',')
        type.size++;
    if (is(type, "text/html") || is(type, "application/xhtml+xml"))
        return MEDIA_HTML;
    if (mc_html_find(type.data, type.data + type.size, '/') == type.data + type.size ||
        is(type, "*/*") || is(type, "unknown/unknown") || is(type, "application/unknown"))
        return MEDIA_UNKNOWN;
    return MEDIA_OTHER;
}

/* --- content codings ------------------------------------------------------------------------- */

/* Undoes the codings, the last first. *known: there is none left that is not understood. */
static mc_status decode_body(mc_http *http, const mc_http_head *head, uint64_t max_size,
                             mc_bytes *body, bool *known, mc_error *error) {
    *body = head->body;
    *known = true;
    if (head->chunked)
        MC_TRY(mc_http_join_chunks(body, &http->chunks, error));
    for (size_t i = head->n_codings; i-- > 0 && *known;) {
        if (head->codings[i] == MC_HTTP_UNKNOWN_CODING)
            *known = mc_http_looks_like_html(*body); /* as if it had been undone */
        else
            MC_TRY(mc_http_inflate(&http->inflater, head->codings[i], max_size, body,
                                   &http->inflated[i & 1], error));
    }
    if (body->size > max_size)
        body->size = (size_t)max_size;
    return MC_OK;
}

/* --- character sets -------------------------------------------------------------------------- */

/* Without a declaration: UTF-8 when it is well-formed but for a character cut at the end. */
static mc_encoding guess(mc_bytes page) {
    size_t cut = 0;
    while (cut < 3 && cut < page.size && (page.data[page.size - 1 - cut] & 0xC0) == 0x80)
        cut++;
    if (cut < page.size && (page.data[page.size - 1 - cut] & 0xC0) == 0xC0)
        cut++;
    else
        cut = 0;
    if (mc_json_utf8_valid(page.data, page.size) || mc_json_utf8_valid(page.data, page.size - cut))
        return MC_ENCODING_UTF8;
    return MC_ENCODING_WINDOWS_1252;
}

static mc_status to_utf8(mc_http *http, mc_bytes content_type, mc_bytes body, mc_bytes *page,
                         size_t *n_replaced, mc_error *error) {
    size_t mark;
    mc_encoding encoding = mc_charset_of_mark(body, &mark);
    body = (mc_bytes){body.data + mark, body.size - mark};
    if (encoding == MC_ENCODING_NONE && content_type.data)
        encoding = mc_charset_of_type(content_type);
    if (encoding == MC_ENCODING_NONE)
        encoding = mc_charset_of_page(body);
    if (encoding == MC_ENCODING_NONE)
        encoding = guess(body);
    return mc_charset_decode(http->charset, encoding, body, &http->text, page, n_replaced, error);
}

mc_status mc_http_page(mc_http *http, mc_bytes response, uint64_t max_size, mc_http_kind *kind,
                       mc_bytes *page, size_t *n_replaced, mc_error *error) {
    mc_http_head head;
    size_t replaced = 0;
    *page = (mc_bytes){0};
    *kind = MC_HTTP_OTHER;
    if (n_replaced)
        *n_replaced = 0;
    shrink(&http->chunks);
    shrink(&http->inflated[0]);
    shrink(&http->inflated[1]);
    shrink(&http->text);
    if (response.size == 0 || !mc_http_read_head(response, &head))
        return mc_fail(error, MC_E_FORMAT,
                       "no HTTP response: it does not begin with a status line");

    media type = head.content_type.data ? media_of(head.content_type) : MEDIA_UNKNOWN;
    if (type == MEDIA_OTHER)
        return MC_OK;
    mc_bytes body;
    bool known;
    MC_TRY(decode_body(http, &head, max_size, &body, &known, error));
    if (body.size == 0 || (type == MEDIA_UNKNOWN && !mc_http_looks_like_html(body)))
        return MC_OK;
    *kind = MC_HTTP_UNSUPPORTED;
    if (!known)
        return MC_OK;
    mc_status status = to_utf8(http, head.content_type, body, page, &replaced, error);
    if (status == MC_E_UNSUPPORTED) {
        *page = (mc_bytes){0};
        return MC_OK;
    }
    *kind = MC_HTTP_HTML;
    if (n_replaced)
        *n_replaced = replaced;
    return status;
}
