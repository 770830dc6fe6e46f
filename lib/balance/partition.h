/* Items scattered over partitions on disk, so that what does not fit into memory can be compared a
 * part at a time. All partitions share one unnamed file: a full buffer becomes an extent of it.
 *
 * Adding belongs to one thread; once it is over, any number of threads may read partitions. */
#ifndef MC_BALANCE_PARTITION_H
#define MC_BALANCE_PARTITION_H

#include "match/block.h"

typedef struct mc_item {
    char identity[MC_IDENTITY_SIZE];
    uint64_t value; /* what the user of the partition gives: an ordinal, a weight */
} mc_item;

_Static_assert(sizeof(mc_item) == 32, "items are written as they are");

typedef struct mc_partitions mc_partitions;

/* Makes n partitions with buffers of about memory bytes together. */
MC_MUST_CHECK mc_status mc_partitions_create(mc_partitions **out, const char *folder, size_t n,
                                             uint64_t memory, mc_error *error);
void mc_partitions_free(mc_partitions *partitions);

MC_MUST_CHECK mc_status mc_partitions_add(mc_partitions *partitions, size_t partition,
                                          const mc_item *item, mc_error *error);
uint64_t mc_partitions_items(const mc_partitions *partitions, size_t partition);

/* Calls use with the items of a partition, in the order they were added, a piece at a time. */
MC_MUST_CHECK mc_status mc_partitions_read(const mc_partitions *partitions, size_t partition,
                                           mc_status (*use)(void *context, const mc_item *items,
                                                            size_t n, mc_error *error),
                                           void *context, mc_error *error);

#endif
