/* WARC files: each record tells what it is. Of responses the HTML is searched for images, of WAT
 * records (metadata in JSON) the links are taken; all others are counted and passed over.
 */
#include <inttypes.h>
#include <string.h>

#include "metacurate/text.h"
#include "pool/json_string.h"
#include "pool/reader.h"
#include "pool/warc.h"

_Static_assert((int)MC_WAT_TEXTS == (int)MC_PAGE_TEXTS, "the texts of a link are those of WAT");
_Static_assert(MC_WAT_PADDING <= MC_CHUNK_PADDING, "documents are read where they lie");

/* A WARC record being parsed. */
typedef struct record {
    const mc_shard *shard;
    mc_parser *parser;
    mc_batch *batch;
    uint64_t offset;
    mc_bytes type, target, media; /* WARC-Type, WARC-Target-URI, Content-Type; data NULL: none */
    mc_bytes block;
    size_t n_replaced;
} record;

static mc_status reject(const record *r, mc_reason reason, const char *why, mc_error *error) {
    MC_TRY(mc_batch_begin(r->batch, error));
    return mc_batch_reject(r->batch, reason, r->offset, error, "%s", why);
}

static mc_status begin_page(record *r, mc_bytes url, size_t size, mc_error *error) {
    MC_TRY(mc_page_begin(&r->parser->page, r->batch, url, r->offset, size, r->shard->max_record,
                         error));
    r->batch->n_replaced += r->n_replaced;
    r->batch->crawl.documents++;
    r->batch->crawl.pages++;
    return MC_OK;
}

/* Ends a page that status tells about. */
static mc_status end_page(const record *r, mc_status status, mc_error *error) {
    mc_page *page = &r->parser->page;
    if (status == MC_E_LIMIT)
        return mc_page_refuse(page, MC_REASON_TOO_LONG,
                              "a long base URL makes the URLs of the page's images too long",
                              error);
    if (status == MC_E_FORMAT)
        return mc_page_refuse(page, MC_REASON_BAD_JSON, "an escape in a string is none", error);
    return status;
}

static void pass_over(const record *r) {
    r->batch->crawl.documents++;
    r->batch->crawl.passed_over++;
}

/* ---- WAT ---- */

/* Replaces what is ill-formed in *text, which may be in buffer and will be. */
static mc_status mend(mc_parser *parser, mc_buffer *buffer, mc_bytes *text, size_t *n_replaced,
                      mc_error *error) {
    mc_buffer *mended = &parser->scratch;
    size_t n;
    mended->size = 0;
    MC_TRY(mc_buffer_reserve(mended, MC_UTF8_REPLACED_MAX(text->size), error));
    mended->size = mc_utf8_replace(text->data, text->size, mended->data, &n);
    *n_replaced += n;
    mc_buffer other = *buffer;
    *buffer = *mended;
    *mended = other;
    *text = (mc_bytes){buffer->data, buffer->size};
    return MC_OK;
}

/* Decodes a string of the document, if it is one; what is ill-formed becomes U+FFFD. */
static mc_status decode(const record *r, mc_decoded slot, mc_wat_string string, mc_bytes *out,
                        mc_error *error) {
    const mc_wat *wat = &r->parser->wat;
    mc_buffer *buffer = &r->parser->decoded[slot];
    size_t n_replaced = 0;
    *out = (mc_bytes){string.at > 0 ? wat->data + string.at : NULL, string.size};
    if (string.size == MC_WAT_ESCAPED)
        MC_TRY(mc_json_decode(wat->data + string.at, buffer, out, &n_replaced, error));
    if (!wat->is_ascii && !mc_utf8_valid(out->data, out->size))
        MC_TRY(mend(r->parser, buffer, out, &n_replaced, error));
    r->batch->n_replaced += n_replaced;
    return MC_OK;
}

static mc_status add_wat_link(const record *r, const mc_wat_link *link, mc_error *error) {
    mc_bytes url, texts[MC_PAGE_TEXTS];
    MC_TRY(decode(r, MC_DECODED_LINK, link->url, &url, error));
    for (unsigned i = 0; i < MC_PAGE_TEXTS; i++)
        MC_TRY(decode(r, (mc_decoded)(MC_DECODED_TEXT + i), link->texts[i], &texts[i], error));
    return mc_page_link(&r->parser->page, url, texts, error);
}

static mc_status add_wat_links(const record *r, mc_error *error) {
    const mc_wat *wat = &r->parser->wat;
    mc_bytes base;
    MC_TRY(decode(r, MC_DECODED_LINK, wat->base, &base, error));
    if (base.data)
        MC_TRY(mc_page_base(&r->parser->page, base, error));
    for (size_t i = 0; i < wat->n_links; i++)
        MC_TRY(add_wat_link(r, &wat->links[i], error));
    return MC_OK;
}

static mc_status parse_wat(record *r, mc_error *error) {
    const mc_wat *wat = &r->parser->wat;
    mc_status status = mc_wat_read(&r->parser->wat, r->block.data, r->block.size, error);
    if (status == MC_E_FORMAT)
        return reject(r, MC_REASON_BAD_JSON, "the record's block is no JSON object", error);
    MC_TRY(status);
    if (!wat->is_response || !wat->is_html) {
        pass_over(r);
        return MC_OK;
    }
    mc_bytes url;
    mc_batch_mark mark = mc_batch_here(r->batch);
    status = decode(r, MC_DECODED_PAGE, wat->url, &url, error);
    if (status == MC_E_FORMAT) {
        mc_batch_rewind(r->batch, &mark);
        return reject(r, MC_REASON_BAD_JSON, "an escape in a string is none", error);
    }
    MC_TRY(status);
    MC_TRY(begin_page(r, url.data ? url : r->target, r->block.size, error));
    return end_page(r, add_wat_links(r, error), error);
}

/* ---- responses ---- */

static mc_status create_scratch(mc_parser *parser, mc_error *error) {
    if (!parser->http)
        MC_TRY(mc_http_create(&parser->http, error));
    return parser->html ? MC_OK : mc_html_create(&parser->html, error);
}

static mc_status add_image(void *context, const mc_html_image *image, mc_error *error) {
    mc_page *page = context;
    const mc_bytes texts[MC_PAGE_TEXTS] = {image->alt, image->title, image->data_image_title};
    if (image->base.data && !page->has_base)
        MC_TRY(mc_page_base(page, image->base, error));
    return mc_page_link(page, image->src, texts, error);
}

static mc_status parse_response(record *r, mc_error *error) {
    mc_parser *parser = r->parser;
    const mc_shard *shard = r->shard;
    if (r->media.data && !mc_warc_begins_with(r->media, "application/http")) {
        pass_over(r);
        return MC_OK;
    }
    MC_TRY(create_scratch(parser, error));
    mc_http_kind kind;
    mc_bytes html;
    mc_status status = mc_http_page(parser->http, r->block, shard->max_record, &kind, &html,
                                    &r->n_replaced, error);
    if (status == MC_E_FORMAT)
        return reject(r, MC_REASON_BAD_WARC, "the response is no HTTP response", error);
    MC_TRY(status);
    if (kind == MC_HTTP_OTHER) {
        pass_over(r);
    } else if (kind == MC_HTTP_UNSUPPORTED) {
        r->batch->crawl.documents++;
        r->batch->crawl.unsupported++;
    } else {
        bool lazy = mc_pool_get_options(shard->pool)->lazy_images;
        MC_TRY(begin_page(r, r->target, html.size, error));
        status = mc_html_images(parser->html, html, lazy, add_image, &parser->page, error);
        return end_page(r, status, error);
    }
    return MC_OK;
}

/* ---- records ---- */

/* Takes the first field of each name. */
static void read_fields(record *r, mc_bytes fields) {
    mc_bytes name, value;
    while (mc_warc_field(&fields, &name, &value)) {
        mc_bytes *out = mc_warc_is(name, "warc-type")         ? &r->type
                        : mc_warc_is(name, "warc-target-uri") ? &r->target
                        : mc_warc_is(name, "content-type")    ? &r->media
                                                              : NULL;
        if (out && !out->data)
            *out = value;
    }
    /* Some writers put the URI between angle brackets, as a grammar of WARC 1.0 had it. */
    mc_bytes *uri = &r->target;
    if (uri->size >= 2 && uri->data[0] == '<' && uri->data[uri->size - 1] == '>')
        *uri = (mc_bytes){uri->data + 1, uri->size - 2};
}

static mc_status parse_record(record *r, mc_bytes fields, mc_error *error) {
    read_fields(r, fields);
    if (mc_warc_is(r->type, "metadata") && mc_warc_begins_with(r->media, "application/json"))
        return parse_wat(r, error);
    if (mc_warc_is(r->type, "response"))
        return parse_response(r, error);
    pass_over(r);
    return MC_OK;
}

mc_status mc_parse_warc(const mc_shard *shard, mc_parser *parser, const mc_chunk *chunk,
                        mc_batch *batch, mc_error *error) {
    mc_warc_frame frame = {0};
    for (;;) {
        mc_warc_next(chunk->bytes.data, chunk->bytes.size, frame.end, true, shard->max_record,
                     &frame);
        record r = {.shard = shard,
                    .parser = parser,
                    .batch = batch,
                    .offset = chunk->offset + frame.start,
                    .block = frame.block};
        if (frame.kind == MC_WARC_RECORD) {
            MC_TRY(parse_record(&r, frame.fields, error));
        } else if (frame.kind == MC_WARC_BROKEN) {
            MC_TRY(mc_batch_begin(batch, error));
            MC_TRY(mc_batch_reject(batch, MC_REASON_BAD_WARC, r.offset, error,
                                   MC_WARC_BROKEN_DETAIL, frame.problem,
                                   (uint64_t)(frame.end - frame.start)));
        } else {
            return MC_OK;
        }
    }
}
