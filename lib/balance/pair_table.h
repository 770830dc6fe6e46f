/* A hash table of distinct pairs, each with a value. It grows as pairs come; one thread's. */
#ifndef MC_BALANCE_PAIR_TABLE_H
#define MC_BALANCE_PAIR_TABLE_H

#include <stdbool.h>

#include "balance/partition.h"

typedef struct mc_pair_slot {
    char identity[MC_IDENTITY_SIZE];
    uint64_t value;
    uint64_t count; /* how often the pair came; 0: the slot is empty */
} mc_pair_slot;

typedef struct mc_pair_table {
    mc_pair_slot *slots;
    size_t n_slots; /* a power of 2, or 0 */
    size_t n_used;
} mc_pair_table; /* {0} is empty */

void mc_pair_table_dispose(mc_pair_table *table);
/* Empties the table and keeps its memory. */
void mc_pair_table_clear(mc_pair_table *table);

/* The slot of the item's pair, made with count 0 and value 0 when it is new; the caller raises
 * count. Valid until the next call. */
MC_MUST_CHECK mc_status mc_pair_table_find(mc_pair_table *table, const char *identity,
                                           mc_pair_slot **out, mc_error *error);

/* The value of a pair, 0 when it is not there. */
uint64_t mc_pair_table_get(const mc_pair_table *table, const char *identity);

/* The hash that scatters pairs: over all of the identity, or over its first size bytes. */
static inline uint64_t mc_identity_hash(const char *identity, size_t size) {
    return XXH3_64bits_withSeed(identity, size, 0x6d657461);
}

/* The partition of n for a hash; the table uses other bits of it. */
static inline size_t mc_partition_of(uint64_t hash, size_t n) {
    return (size_t)(((hash >> 32) * n) >> 32);
}

/* Asks for the slot that a pair will be looked for at. */
static inline void mc_pair_table_prefetch(const mc_pair_table *table, const char *identity) {
    if (table->n_slots)
        __builtin_prefetch(
            &table->slots[mc_identity_hash(identity, MC_IDENTITY_SIZE) & (table->n_slots - 1)], 1);
}

#endif
