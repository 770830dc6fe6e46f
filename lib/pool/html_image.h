/* What an <img> and a <base> say: which attributes count, and which of several sources. */
#ifndef MC_POOL_HTML_IMAGE_H
#define MC_POOL_HTML_IMAGE_H

#include "pool/html.h"

#define MC_HTML_N_VALUES 4 /* src, alt, title, data-image-title */

/* Reads an <img>, of which *at is behind the name, and moves *at behind its '>' (NULL: the page
 * ends before). Resolved values are kept in scratch, one buffer each. *found: it has a source.
 * image->base is left alone. */
MC_MUST_CHECK mc_status mc_html_read_image(const char **at, const char *end, bool lazy,
                                           mc_buffer scratch[MC_HTML_N_VALUES],
                                           mc_html_image *image, bool *found, mc_error *error);

/* Reads a <base> the same way. href: data NULL when it has none, else in the page or in scratch. */
MC_MUST_CHECK mc_status mc_html_read_base(const char **at, const char *end, mc_buffer *scratch,
                                          mc_bytes *href, mc_error *error);

#endif
