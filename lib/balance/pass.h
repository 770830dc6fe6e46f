/* A pass over all blocks of an index set, on all threads. */
#ifndef MC_BALANCE_PASS_H
#define MC_BALANCE_PASS_H

#include "balance/index_set.h"
#include "base/progress.h"

/* A block as a pass hands it out. */
typedef struct mc_pass_block {
    size_t index;        /* of the match index in the set */
    size_t number;       /* of the block in it */
    uint64_t first_text; /* ordinal of its first text in the whole set */
    uint32_t n_texts;
    const char *identity;  /* n_texts * MC_IDENTITY_SIZE bytes */
    const mc_block *block; /* NULL when only identities are read */
} mc_pass_block;

typedef struct mc_pass {
    mc_index_set *set;
    size_t n_threads;
    const mc_control *control;
    mc_stage stage;
    void *context;
    bool identities_only; /* read and decode nothing else */
    bool in_order;        /* write is called in the order of the whole set, else within an index */
    /* Passes over a block that nothing is wanted of, before it is read. May be NULL. */
    bool (*wanted)(void *context, uint64_t first_text, uint64_t n_texts);
    mc_status (*scratch_create)(void *context, void **scratch, mc_error *error); /* may be NULL */
    void (*scratch_free)(void *context, void *scratch);
    /* Many threads at once. May be NULL. */
    mc_status (*work)(void *context, const mc_pass_block *block, void *scratch, mc_error *error);
    /* One thread at a time with in_order, one an index without. May be NULL. */
    mc_status (*write)(void *context, const mc_pass_block *block, mc_error *error);
} mc_pass;

MC_MUST_CHECK mc_status mc_pass_run(const mc_pass *pass, mc_error *error);

#endif
