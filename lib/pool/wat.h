/* The JSON of a WAT record: the page's address and its image links.
 *
 * Only what is on the way there is read. The rest needs to have closed strings and as many closing
 * brackets as opening ones; so JSON that is wrong off the way may pass, and depth means nothing.
 */
#ifndef MC_POOL_WAT_H
#define MC_POOL_WAT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "pool/wat_events.h"

#define MC_WAT_PADDING 64 /* readable bytes wanted after a document */

enum { MC_WAT_TEXTS = 3 }; /* alt, title, data-image-title */

/* A string of the document, without its quotes; at 0: there is none. */
typedef struct mc_wat_string {
    uint32_t at;
    uint32_t size; /* MC_WAT_ESCAPED: it is to be decoded */
} mc_wat_string;

#define MC_WAT_ESCAPED UINT32_MAX

/* A link whose path begins with IMG@/src. */
typedef struct mc_wat_link {
    mc_wat_string url;
    mc_wat_string texts[MC_WAT_TEXTS];
} mc_wat_link;

typedef struct mc_wat {
    const char *data;   /* the document; strings in it as for mc_json_decode */
    bool is_response;   /* Envelope.WARC-Header-Metadata.WARC-Type is "response" */
    bool is_html;       /* it has HTML-Metadata */
    bool is_ascii;      /* all of it */
    mc_wat_string url;  /* WARC-Target-URI there */
    mc_wat_string base; /* HTML-Metadata.Head.Base */
    mc_wat_link *links;
    size_t n_links, capacity;
    mc_wat_find *find; /* for this processor */
} mc_wat;              /* {0} is empty; reused */

void mc_wat_dispose(mc_wat *wat);

/* Reads a document of less than 4 GiB, any bytes. Of repeated keys the last counts; a value of a
 * type that makes no sense is as good as none. MC_E_FORMAT, without a message, when this is no JSON
 * object; MC_E_MEMORY. */
MC_MUST_CHECK mc_status mc_wat_read(mc_wat *wat, const char *data, size_t size, mc_error *error);

#endif
