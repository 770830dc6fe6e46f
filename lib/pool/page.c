#include "pool/page.h"

#include <string.h>

#include "metacurate/text.h"
#include "text/url.h"

/* A page's URLs may come to this many bytes, and 16 times its own. */
enum { ROOM_MIN = 64 << 10, ROOM_TIMES = 16 };

void mc_page_dispose(mc_page *page) {
    mc_buffer_dispose(&page->based);
    mc_buffer_dispose(&page->joined);
    mc_buffer_dispose(&page->mended);
    *page = (mc_page){0};
}

static mc_status mend_url(mc_page *page, mc_bytes *url, mc_error *error) {
    if (mc_utf8_valid(url->data, url->size))
        return MC_OK;
    size_t n_replaced;
    page->mended.size = 0;
    MC_TRY(mc_buffer_reserve(&page->mended, MC_UTF8_REPLACED_MAX(url->size), error));
    page->mended.size = mc_utf8_replace(url->data, url->size, page->mended.data, &n_replaced);
    page->batch->n_replaced += n_replaced;
    *url = (mc_bytes){page->mended.data, page->mended.size};
    return MC_OK;
}

mc_status mc_page_begin(mc_page *page, mc_batch *batch, mc_bytes url, uint64_t source,
                        uint64_t size, uint64_t max_record, mc_error *error) {
    page->batch = batch;
    page->mark = mc_batch_here(batch);
    if (url.size == 0)
        url.data = "";
    MC_TRY(mend_url(page, &url, error));
    page->url = page->base = url;
    page->has_base = false;
    page->url_offset = SIZE_MAX;
    page->source = source;
    uint64_t room = size * ROOM_TIMES;
    page->room = ROOM_MIN + (room < max_record ? room : max_record);
    page->n_links = 0;
    return MC_OK;
}

mc_status mc_page_base(mc_page *page, mc_bytes base, mc_error *error) {
    MC_TRY(mc_url_join(page->url, base, &page->based, error));
    page->base = (mc_bytes){page->based.data, page->based.size};
    page->has_base = true;
    return MC_OK;
}

/* Size of the white space that text begins with: what str.strip strips. */
static size_t space_size(const unsigned char *s, size_t size) {
    if (s[0] < 0x80)
        return s[0] == ' ' || (s[0] >= 0x09 && s[0] <= 0x0D) || (s[0] >= 0x1C && s[0] <= 0x1F);
    if (s[0] == 0xC2 && size >= 2)
        return s[1] == 0x85 || s[1] == 0xA0 ? 2 : 0;
    if (size < 3)
        return 0;
    unsigned point = (s[0] & 0x0Fu) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
    bool is_space = s[0] < 0xF0 && s[0] >= 0xE0 &&
                    (point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
                     point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000);
    return is_space ? 3 : 0;
}

static mc_bytes strip(mc_bytes text) {
    if (text.size == 0)
        return text;
    const unsigned char *s = (const unsigned char *)text.data;
    size_t begin = 0, end = text.size, n;
    while (begin < end && (n = space_size(s + begin, end - begin)) > 0)
        begin += n;
    while (begin < end) {
        size_t last = end - 1; /* where the last code point begins */
        while (last > begin && (s[last] & 0xC0) == 0x80)
            last--;
        if (space_size(s + last, end - last) != end - last)
            break;
        end = last;
    }
    return (mc_bytes){text.data + begin, end - begin};
}

static mc_status add_text(mc_batch *batch, mc_bytes text, mc_text_key key, mc_error *error) {
    MC_TRY(mc_batch_valid_text(batch, text, error));
    mc_batch_tag(batch, key, 0);
    char *copy = batch->bytes.data + batch->texts[batch->n_texts - 1].offset;
    for (size_t i = 0; i < text.size; i++)
        copy[i] = copy[i] == '\n' || copy[i] == '\r' ? ' ' : copy[i];
    return MC_OK;
}

/* Makes a record of a link that has texts and whose URL is in page->joined. */
static mc_status add_record(mc_page *page, uint32_t link, const mc_bytes texts[MC_PAGE_TEXTS],
                            mc_error *error) {
    mc_batch *batch = page->batch;
    if (page->url_offset == SIZE_MAX) {
        size_t offset = batch->bytes.size;
        MC_TRY(mc_buffer_append(&batch->bytes, page->url.data, page->url.size, error));
        page->url_offset = offset;
    }
    MC_TRY(mc_batch_begin(batch, error));
    mc_bytes url = {batch->bytes.data + page->url_offset, page->url.size};
    mc_batch_origin(batch, url, link, page->source);
    MC_TRY(mc_batch_valid_url(batch, (mc_bytes){page->joined.data, page->joined.size}, error));
    for (unsigned i = 0; i < MC_PAGE_TEXTS; i++)
        if (texts[i].size > 0)
            MC_TRY(add_text(batch, texts[i], (mc_text_key)(MC_KEY_ALT + i), error));
    return mc_batch_end(batch, NULL, NULL, NULL, error);
}

/* True when nothing is left of the URL once it is cleaned up. It is no image's then, as an <img>
 * with a blank src shows none; resolved it would be the page's. */
static bool is_blank(mc_bytes url) {
    size_t i = 0;
    while (i < url.size && (unsigned char)url.data[i] <= ' ')
        i++;
    return i == url.size;
}

mc_status mc_page_link(mc_page *page, mc_bytes src, const mc_bytes texts[MC_PAGE_TEXTS],
                       mc_error *error) {
    mc_crawl_totals *crawl = &page->batch->crawl;
    mc_bytes stripped[MC_PAGE_TEXTS];
    size_t n_bytes = 0;
    uint32_t link = page->n_links++;
    crawl->links++;
    for (unsigned i = 0; i < MC_PAGE_TEXTS; i++) {
        stripped[i] = strip(texts[i]);
        n_bytes += stripped[i].size;
    }
    if (n_bytes == 0) {
        crawl->no_text++;
        return MC_OK;
    }
    if (!src.data || is_blank(src)) {
        crawl->no_http++;
        return MC_OK;
    }
    MC_TRY(mc_url_join(page->base, src, &page->joined, error));
    if (!mc_url_is_http((mc_bytes){page->joined.data, page->joined.size})) {
        crawl->no_http++;
        return MC_OK;
    }
    if (page->joined.size > page->room)
        return MC_E_LIMIT;
    page->room -= page->joined.size;
    return add_record(page, link, stripped, error);
}

mc_status mc_page_refuse(mc_page *page, mc_reason reason, const char *why, mc_error *error) {
    mc_batch_rewind(page->batch, &page->mark);
    MC_TRY(mc_batch_begin(page->batch, error));
    return mc_batch_reject(page->batch, reason, page->source, error, "%s", why);
}
