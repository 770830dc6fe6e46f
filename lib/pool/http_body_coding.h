/* Taking a body out of its chunks and its compression. */
#ifndef MC_POOL_HTTP_BODY_CODING_H
#define MC_POOL_HTTP_BODY_CODING_H

#include <zlib.h>

#include "base/buffer.h"
#include "pool/http_body_head.h"

/* An inflater that is kept; {0} is none yet. */
typedef struct mc_inflater {
    z_stream stream;
    bool is_ready;
} mc_inflater;

void mc_inflater_dispose(mc_inflater *inflater);

/* True when content begins as HTML does: with one of the tags by which the MIME Sniffing standard
 * tells it, after white space. */
bool mc_http_looks_like_html(mc_bytes content);

/* *body becomes the chunks' data, in out; a body that does not begin with a chunk is left as it
 * is. What follows damage is left out. */
MC_MUST_CHECK mc_status mc_http_join_chunks(mc_bytes *body, mc_buffer *out, mc_error *error);

/* *body becomes what it is compressed from, in out, at most max_size bytes of it; one that is not
 * compressed in that way is left as it is. What follows damage is left out. */
MC_MUST_CHECK mc_status mc_http_inflate(mc_inflater *inflater, mc_http_coding coding,
                                        uint64_t max_size, mc_bytes *body, mc_buffer *out,
                                        mc_error *error);

#endif
