/* Texts and URLs for an answer. A pool that cannot be read again costs the answer these and nothing
 * else: whoever watches is warned. */
#ifndef MC_AUDIT_QUESTIONS_FETCH_H
#define MC_AUDIT_QUESTIONS_FETCH_H

#include "audit/audited.h"

/* Bytes of texts and URLs that an answer may hold; texts past them are left out, with a warning. */
#define MC_FETCH_MAX ((size_t)256 << 20)

typedef struct mc_fetched {
    uint64_t ordinal; /* of the text that is wanted, in the whole set */
    mc_bytes text;    /* owned; data is NULL where it could not be had */
    mc_bytes url;     /* size 0: it has none */
} mc_fetched;

/* Fetches n texts, their ordinals ascending, each once. */
MC_MUST_CHECK mc_status mc_fetch(mc_audited *audited, mc_fetched *items, size_t n, mc_error *error);
void mc_fetched_free(mc_fetched *items, size_t n);
/* The item of an ordinal, which must be there. */
const mc_fetched *mc_fetched_find(const mc_fetched *items, size_t n, uint64_t ordinal);

/* Adds the members url, null where there is none, and text, null where it could not be had. */
void mc_fetched_describe(const mc_fetched *item, json_t *row, bool *lost);

#endif
