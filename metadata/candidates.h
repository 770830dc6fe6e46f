/* What a source offers: strings with scores, of which a recipe takes the best.
 *
 * A source (WordNet, unigrams, bigrams, titles) fills candidates; sorting puts them into the order
 * in which a recipe takes them: by falling score, equal ones by their bytes. Where only so many can
 * be wanted, no more than about twice as many are held. */
#ifndef MC_METADATA_CANDIDATES_H
#define MC_METADATA_CANDIDATES_H

#include <stdbool.h>

#include "base/buffer.h"
#include "metacurate/base.h"

typedef struct mc_candidate {
    uint64_t offset; /* of the string, in bytes of the candidates */
    uint32_t size;
    uint64_t count; /* how often it was seen; 0: not known */
    double score;   /* what it is ranked by; the count itself unless the source says otherwise */
} mc_candidate;

typedef struct mc_candidates {
    mc_buffer bytes;
    mc_candidate *items;
    size_t n, capacity;
    uint64_t seen; /* added, those that were let go since included */
    /* Set by who wants the candidates, before any is added. */
    bool (*accept)(const void *context, mc_bytes string); /* NULL: every string is taken */
    const void *context;
    size_t limit; /* the best so many are enough; 0: all are wanted */
    bool has_cut; /* some were let go, none of which scored above cut */
    double cut;
} mc_candidates; /* {0} is empty and wants everything */

/* Adds a candidate that is accepted; any other, or one that the limit leaves out, is passed over.
 */
MC_MUST_CHECK mc_status mc_candidates_add(mc_candidates *candidates, mc_bytes string,
                                          uint64_t count, double score, mc_error *error);
/* By falling score, then by bytes; what is beyond the limit is let go. */
void mc_candidates_sort(mc_candidates *candidates);
void mc_candidates_dispose(mc_candidates *candidates);

static inline mc_bytes mc_candidate_string(const mc_candidates *candidates, size_t i) {
    const mc_candidate *item = &candidates->items[i];
    return (mc_bytes){candidates->bytes.data + item->offset, item->size};
}

#endif
