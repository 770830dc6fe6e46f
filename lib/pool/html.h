/* Image links of a page of HTML: our own tokenizer after the states of the WHATWG standard, without
 * a tree, in linear time and flat memory whatever the nesting. */
#ifndef MC_POOL_HTML_H
#define MC_POOL_HTML_H

#include <stdbool.h>

#include "base/buffer.h"
#include "metacurate/base.h"

typedef struct mc_html mc_html; /* one thread's scratch */

/* An attribute's value with its character references resolved; data NULL: the attribute is absent.
 * Borrowed until the call for the next image. */
typedef struct mc_html_image {
    mc_bytes src; /* as written; with lazy the best of data-src, data-original, srcset, src */
    mc_bytes alt, title, data_image_title;
    mc_bytes base; /* href of the first <base> that has one, if it came before; data NULL: none */
} mc_html_image;

MC_MUST_CHECK mc_status mc_html_create(mc_html **out, mc_error *error);
void mc_html_free(mc_html *html);

/* Calls use for every <img> with a source that is not blank, in order; what counts and what does
 * not is in docs/rules.md, HTML. page is well-formed UTF-8. Stops with what use returns when that
 * is not MC_OK. */
MC_MUST_CHECK mc_status mc_html_images(mc_html *html, mc_bytes page, bool lazy,
                                       mc_status (*use)(void *context, const mc_html_image *image,
                                                        mc_error *error),
                                       void *context, mc_error *error);

#endif
