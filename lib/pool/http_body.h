/* From an HTTP response to its page: status and header fields, chunked and compressed bodies, the
 * character set. */
#ifndef MC_POOL_HTTP_BODY_H
#define MC_POOL_HTTP_BODY_H

#include "base/buffer.h"
#include "metacurate/base.h"

typedef struct mc_http mc_http; /* one thread's scratch */

typedef enum mc_http_kind {
    MC_HTTP_HTML,       /* *page holds it */
    MC_HTTP_OTHER,      /* no HTML: another media type, an empty body */
    MC_HTTP_UNSUPPORTED /* HTML in a content coding or character set that is not known */
} mc_http_kind;

MC_MUST_CHECK mc_status mc_http_create(mc_http **out, mc_error *error);
void mc_http_free(mc_http *http);

/* Takes a whole response (status line, header fields, body). *page is the body as well-formed
 * UTF-8, borrowed until the next call; *n_replaced (may be NULL) counts ill-formed parts that
 * became U+FFFD. A body that is cut or damaged gives what can be decoded before that. A decoded
 * body is cut after max_size bytes. MC_E_FORMAT when this is no HTTP response; MC_E_MEMORY. */
MC_MUST_CHECK mc_status mc_http_page(mc_http *http, mc_bytes response, uint64_t max_size,
                                     mc_http_kind *kind, mc_bytes *page, size_t *n_replaced,
                                     mc_error *error);

#endif
