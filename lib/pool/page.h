/* From the image links of one page to records of a batch: what WAT and HTML have in common.
 *
 * A link's texts are alt, title and data-image-title, in this order, with line feeds and carriage
 * returns as spaces and without white space at the ends (that of Unicode, as Python's str.strip has
 * it); empty ones are dropped. A link without a text is counted in crawl.no_text, else one whose
 * resolved URL is no http(s) URL in crawl.no_http; the others become records.
 */
#ifndef MC_POOL_PAGE_H
#define MC_POOL_PAGE_H

#include <stdbool.h>

#include "pool/batch.h"

enum { MC_PAGE_TEXTS = 3 };

/* One page's state; and, reused, its thread's scratch. */
typedef struct mc_page {
    mc_batch *batch;
    mc_batch_mark mark; /* before the page */
    mc_bytes url;
    size_t url_offset; /* in the batch's bytes once it is there, else SIZE_MAX */
    mc_bytes base;     /* what links are resolved against */
    bool has_base;     /* another than the page's URL */
    uint64_t source;
    uint64_t room; /* bytes that URLs of links may still have */
    uint32_t n_links;
    mc_buffer based, joined, mended;
} mc_page; /* {0} is empty */

void mc_page_dispose(mc_page *page);

/* Begins a page, found in the WARC record at source. url is borrowed up to the last link; what is
 * ill-formed in it becomes U+FFFD. size is that of the page, which bounds what its URLs may come
 * to: a long base would be repeated with every link. */
MC_MUST_CHECK mc_status mc_page_begin(mc_page *page, mc_batch *batch, mc_bytes url, uint64_t source,
                                      uint64_t size, uint64_t max_record, mc_error *error);

/* Sets what the links that follow are resolved against, itself resolved against the page's URL. */
MC_MUST_CHECK mc_status mc_page_base(mc_page *page, mc_bytes base, mc_error *error);

/* Adds a link. All bytes are well-formed UTF-8; data NULL: there is none. MC_E_LIMIT, with no
 * message, when the URLs have too many bytes: the page is to be refused. */
MC_MUST_CHECK mc_status mc_page_link(mc_page *page, mc_bytes src,
                                     const mc_bytes texts[MC_PAGE_TEXTS], mc_error *error);

/* Takes the whole page back and rejects it. */
MC_MUST_CHECK mc_status mc_page_refuse(mc_page *page, mc_reason reason, const char *why,
                                       mc_error *error);

#endif
