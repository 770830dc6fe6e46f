/* The head of an HTTP response: status line and header fields. */
#ifndef MC_POOL_HTTP_BODY_HEAD_H
#define MC_POOL_HTTP_BODY_HEAD_H

#include <stdbool.h>

#include "metacurate/base.h"

#define MC_HTTP_CODINGS_MAX 4

typedef enum mc_http_coding {
    MC_HTTP_GZIP,
    MC_HTTP_DEFLATE,
    MC_HTTP_UNKNOWN_CODING
} mc_http_coding;

typedef struct mc_http_head {
    mc_bytes content_type; /* of the last field of that name; data NULL: none */
    bool chunked;
    mc_http_coding codings[MC_HTTP_CODINGS_MAX]; /* in the order in which they were applied */
    size_t n_codings; /* more than fit: the last is MC_HTTP_UNKNOWN_CODING */
    mc_bytes body;    /* as transferred */
} mc_http_head;

/* False when response does not begin with a status line. Lines end with LF or CR LF; a line that
 * begins with white space continues the one before; one without a colon is passed over. */
bool mc_http_read_head(mc_bytes response, mc_http_head *head);

/* Runs through the items of a list, which are between separators, without the white space around
 * them: false at its end. */
bool mc_http_next_item(mc_bytes *list, char separator, mc_bytes *item);

#endif
