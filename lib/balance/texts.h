/* Texts and URLs of match indexes once more: from the indexes where they were kept, else from the
 * pool, which is read again; a text that is not there as it was matched is MC_E_MISMATCH. */
#ifndef MC_BALANCE_TEXTS_H
#define MC_BALANCE_TEXTS_H

#include "balance/index_set.h"

/* A text, and where it is. Bytes are borrowed for the visit. */
typedef struct mc_text_visit {
    uint64_t ordinal; /* in the whole set */
    size_t index;     /* of the match index in the set */
    uint64_t record;  /* number within the shard */
    uint32_t number;  /* of the text within the record */
    mc_pair pair;
    mc_language language; /* 0: not known */
    mc_bytes url;         /* empty when there is none */
    mc_bytes text;
    const uint32_t *ids; /* its match set */
    uint32_t n_ids;
} mc_text_visit;

typedef struct mc_texts_options {
    const uint64_t *ordinals; /* of the texts to visit, ascending; NULL: all */
    size_t n_ordinals;
    const char *reader; /* the reader command that may be run; or NULL */
    size_t n_threads;
    const mc_control *control;
    void *context;
    /* Called in the order of the set, by one thread at a time. */
    mc_status (*visit)(void *context, const mc_text_visit *visit, mc_error *error);
} mc_texts_options;

/* Blocks and shards of which nothing is wanted are not read. */
MC_MUST_CHECK mc_status mc_texts_visit(mc_index_set *set, const mc_texts_options *options,
                                       mc_error *error);

#endif
