/* What a source offers: strings with scores, of which a recipe takes the best.
 *
 * A source (WordNet, unigrams, bigrams, titles) fills candidates; sorting puts them into the order
 * in which a recipe takes them: by falling score, equal ones by their bytes. */
#ifndef MC_METADATA_CANDIDATES_H
#define MC_METADATA_CANDIDATES_H

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
} mc_candidates; /* {0} is empty */

MC_MUST_CHECK mc_status mc_candidates_add(mc_candidates *candidates, mc_bytes string,
                                          uint64_t count, double score, mc_error *error);
/* By falling score, then by bytes. */
void mc_candidates_sort(mc_candidates *candidates);
void mc_candidates_dispose(mc_candidates *candidates);

static inline mc_bytes mc_candidate_string(const mc_candidates *candidates, size_t i) {
    const mc_candidate *item = &candidates->items[i];
    return (mc_bytes){candidates->bytes.data + item->offset, item->size};
}

#endif
