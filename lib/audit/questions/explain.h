/* What is to be known of texts to say why they are in or out. */
#ifndef MC_AUDIT_QUESTIONS_EXPLAIN_H
#define MC_AUDIT_QUESTIONS_EXPLAIN_H

#include "audit/answer.h"
#include "audit/questions/fetch.h"

/* Texts of one image that are explained; what comes after them in the set is only counted. */
#define MC_EXPLAINED_MAX 1000

/* A text, of the pool or made up by whoever asks. */
typedef struct mc_explained {
    bool in_pool;
    uint64_t ordinal; /* in the whole set; UINT64_MAX when it is not in the pool, as below */
    size_t index;
    uint64_t record;
    uint32_t number;
    mc_pair pair;
    mc_language language;
    uint32_t *ids; /* its match set; owned */
    uint32_t n_ids;
    bool empty;
    bool dropped;
    bool kept;       /* the subset's files hold it */
    bool asked;      /* it is to be explained; else it was chosen instead of one that is */
    uint64_t chosen; /* ordinal of the text that was chosen instead of this; UINT64_MAX: none */
} mc_explained;

/* What left an image out before anything was counted. */
typedef enum mc_left_out {
    MC_LEFT_OUT_UNKNOWN,
    MC_LEFT_OUT_EXCLUDED,   /* it is on the list of --exclude */
    MC_LEFT_OUT_NOT_LISTED, /* it is not on the list of --only */
    MC_LEFT_OUT_TAKEN_DOWN
} mc_left_out;

MC_MUST_CHECK mc_status mc_explained_left_out(const mc_audited *audited, mc_u128 uid,
                                              mc_left_out *out, mc_error *error);

/* By ordinal. */
typedef struct mc_explained_list {
    mc_explained *items;
    size_t n, capacity;
    uint64_t n_found;     /* texts that could be explained, the ones past the limit included */
    mc_left_out left_out; /* looked for when a text was dropped for which none else was chosen */
} mc_explained_list;      /* {0} is empty */

void mc_explained_dispose(mc_explained_list *list);
/* The item of an ordinal, which must be there. */
const mc_explained *mc_explained_find(const mc_explained_list *list, uint64_t ordinal);

/* Finds the texts of an image, or, with text_hash not NULL, only those that are that pair, and what
 * was chosen instead of the dropped ones among them. Up to three passes: identities for the texts,
 * identities for what was chosen, and the few blocks that hold them. */
MC_MUST_CHECK mc_status mc_explained_search(mc_explained_list *list, mc_audited *audited,
                                            mc_u128 uid, const uint64_t *text_hash,
                                            mc_error *error);

/* A row of the document. text_of is NULL, or its data is, when the text could not be had. */
json_t *mc_explained_describe(const mc_audited *audited, const mc_explained_list *list,
                              const mc_explained *item, const mc_fetched *text, bool *lost);

#endif
