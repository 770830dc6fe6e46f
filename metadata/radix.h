/* Sorting of many numbers with something attached to each: least significant digit first, passing
 * over digits that are the same in all. */
#ifndef MC_METADATA_RADIX_H
#define MC_METADATA_RADIX_H

#include <stddef.h>
#include <stdint.h>

typedef struct mc_keyed {
    uint64_t key;
    uint64_t value;
} mc_keyed;

/* Sorts by key; equal keys keep their order. Returns where the result lies: items or scratch, which
 * has room for as many. */
mc_keyed *mc_radix_sort(mc_keyed *items, mc_keyed *scratch, size_t n);

#endif
