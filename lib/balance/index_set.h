/* The match indexes of a run, as one sequence of texts with ordinals. */
#ifndef MC_BALANCE_INDEX_SET_H
#define MC_BALANCE_INDEX_SET_H

#include "match/index.h"

typedef struct mc_index_set {
    mc_index *indexes; /* opened and shut: reopened while a pass is at them */
    char **names;      /* of the shards, made unique */
    uint64_t *first;   /* ordinal of each index's first text; n + 1 of them */
    size_t n;
    uint32_t n_entries;
    mc_totals totals; /* sums of the indexes' books */
} mc_index_set;

/* Opens the indexes. MC_E_MISMATCH when they differ in metadata or rules. */
MC_MUST_CHECK mc_status mc_index_set_open(mc_index_set *set, const char *const *paths, size_t n,
                                          mc_error *error);
void mc_index_set_dispose(mc_index_set *set);

static inline uint64_t mc_index_set_texts(const mc_index_set *set) {
    return set->first[set->n];
}

/* What balancing must know of entries: from a concept set, or from the indexes themselves (then
 * entries that match nothing have no string). */
typedef struct mc_entry_table {
    uint32_t n;
    const uint64_t *hashes;
    const uint32_t *firsts; /* lowest id with the same string */
    const mc_concepts *concepts;
    uint64_t *own_hashes;
    uint32_t *own_firsts;
    mc_bytes *strings;
    mc_buffer storage;
} mc_entry_table;

/* MC_E_MISMATCH when concepts (which may be NULL) are not those of the indexes. */
MC_MUST_CHECK mc_status mc_entry_table_init(mc_entry_table *table, mc_index_set *set,
                                            const mc_concepts *concepts, mc_error *error);
void mc_entry_table_dispose(mc_entry_table *table);
/* The entry's string; data is NULL when it is not known. */
mc_bytes mc_entry_table_string(const mc_entry_table *table, uint32_t id);

#endif
