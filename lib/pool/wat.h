/* The JSON of a WAT record: the page's address and its image links.
 *
 * Only what is on the way there is read; the rest is stepped over. So JSON that is wrong off that
 * way may pass, and depth means nothing.
 */
#ifndef MC_POOL_WAT_H
#define MC_POOL_WAT_H

#include "base/buffer.h"
#include "pool/json_shim.h"

enum { MC_WAT_TEXTS = 3 }; /* alt, title, data-image-title */

/* A link whose path begins with IMG@/src: where its strings begin behind their quotes, 0 for what
 * is missing or no string. */
typedef struct mc_wat_link {
    uint32_t url;
    uint32_t texts[MC_WAT_TEXTS];
} mc_wat_link;

typedef struct mc_wat {
    const char *data; /* the document; strings as for mc_json_decode */
    bool is_response; /* Envelope.WARC-Header-Metadata.WARC-Type is "response" */
    bool is_html;     /* it has HTML-Metadata */
    uint32_t url;     /* WARC-Target-URI there, 0: none */
    uint32_t base;    /* HTML-Metadata.Head.Base, 0: none */
    mc_wat_link *links;
    size_t n_links, capacity;
} mc_wat; /* {0} is empty; reused */

void mc_wat_dispose(mc_wat *wat);

/* Reads a document of at most 4 GiB - 1, MC_JSON_PADDING readable bytes behind it. Of repeated keys
 * the last counts; a value of a type that makes no sense is as good as none. MC_E_FORMAT, without a
 * message, when this is no JSON object; MC_E_MEMORY. */
MC_MUST_CHECK mc_status mc_wat_read(mc_wat *wat, mc_json *json, const char *data, size_t size,
                                    mc_error *error);

#endif
