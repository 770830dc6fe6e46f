/* A hash table of distinct pairs, each with a value; or of distinct images or texts, where only a
 * part of the identity is the key. It grows as pairs come; one thread's. */
#ifndef MC_BALANCE_PAIR_TABLE_H
#define MC_BALANCE_PAIR_TABLE_H

#include <stdbool.h>

#include "balance/partition.h"

typedef struct mc_pair_slot {
    char identity[MC_IDENTITY_SIZE];
    uint64_t value;
    uint64_t count; /* how often the key came; 0: the slot is empty */
} mc_pair_slot;

/* The bytes of an identity that are compared; {0}: all of it. */
typedef struct mc_pair_key {
    size_t at, size;
} mc_pair_key;

#define MC_KEY_UID ((mc_pair_key){0, 16})
#define MC_KEY_TEXT ((mc_pair_key){16, 8})

typedef struct mc_pair_table {
    mc_pair_slot *slots;
    size_t n_slots; /* a power of 2, or 0 */
    size_t n_used;
    mc_pair_key key; /* to be set while the table is empty */
} mc_pair_table;     /* {0} is empty */

void mc_pair_table_dispose(mc_pair_table *table);
/* Empties the table and keeps its memory. */
void mc_pair_table_clear(mc_pair_table *table);

/* The slot of the item's key, made with its identity, count 0 and value 0 when it is new; the
 * caller raises count, and may change of the identity what is not the key. Valid until the next
 * call. */
MC_MUST_CHECK mc_status mc_pair_table_find(mc_pair_table *table, const char *identity,
                                           mc_pair_slot **out, mc_error *error);

/* The value of a pair, 0 when it is not there. */
uint64_t mc_pair_table_get(const mc_pair_table *table, const char *identity);

/* The hash that scatters identities, by a key. */
static inline uint64_t mc_identity_hash(const char *identity, mc_pair_key key) {
    return XXH3_64bits_withSeed(identity + key.at, key.size ? key.size : MC_IDENTITY_SIZE,
                                0x6d657461);
}

/* The partition of n for a hash; the table uses other bits of it. */
static inline size_t mc_partition_of(uint64_t hash, size_t n) {
    return (size_t)(((hash >> 32) * n) >> 32);
}

/* Asks for the slot that a pair will be looked for at. */
static inline void mc_pair_table_prefetch(const mc_pair_table *table, const char *identity) {
    if (table->n_slots)
        __builtin_prefetch(
            &table->slots[mc_identity_hash(identity, table->key) & (table->n_slots - 1)], 1);
}

#endif
