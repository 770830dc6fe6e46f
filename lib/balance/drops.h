/* Which texts do not take part: those of images that are excluded or were taken down, and
 * duplicates. */
#ifndef MC_BALANCE_DROPS_H
#define MC_BALANCE_DROPS_H

#include "balance/bitmap.h"
#include "balance/pass.h"
#include "metacurate/balance.h"

typedef struct mc_drops {
    mc_bitmap dropped; /* by ordinal of the text */
    uint64_t n_excluded;
    uint64_t n_taken_down; /* and not excluded */
    uint64_t n_duplicates;
} mc_drops;

/* What is looked through: texts in a fixed order. */
typedef struct mc_drops_input {
    uint64_t n_texts;
    const char *const *takedowns; /* lists of images that were taken down */
    size_t n_takedowns;
    void *context;
    /* Hands all identities to use, in order; first is the ordinal of the first of n. */
    mc_status (*read)(void *context,
                      mc_status (*use)(void *user, const char *identities, uint64_t first,
                                       uint32_t n, mc_error *error),
                      void *user, mc_error *error);
} mc_drops_input;

/* Finds them exactly, by comparing identities, in about options->memory bytes; of options, what
 * says which (only, exclude, dedup) and folder, memory, n_threads and control are looked at.
 * Duplicates are, of what is not excluded: all of equal pairs but the first; and with
 * MC_DEDUP_URL and MC_DEDUP_TEXT all of an image's, or a text's, pairs but the one whose text_hash,
 * or uid, is smallest. Texts without a byte are neither excluded nor taken down nor duplicates. */
MC_MUST_CHECK mc_status mc_drops_find_in(mc_drops *drops, const mc_drops_input *input,
                                         const mc_balance_options *options, mc_error *error);
/* The same in match indexes, in the order of the set; taken down are the images in the lists beside
 * them. */
MC_MUST_CHECK mc_status mc_drops_find(mc_drops *drops, mc_index_set *set,
                                      const mc_balance_options *options, mc_error *error);
void mc_drops_dispose(mc_drops *drops);

/* The number of partitions that lets n_threads tables hold n_items between them in half of memory,
 * whatever the items are. */
size_t mc_partition_count(uint64_t n_items, uint64_t memory, size_t n_threads);

#endif
