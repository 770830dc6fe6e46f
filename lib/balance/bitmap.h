/* A bit for every text of a run. It lives in an unnamed file of the output folder, so that the
 * system can page it out when there are billions. Setting bits is thread-safe. */
#ifndef MC_BALANCE_BITMAP_H
#define MC_BALANCE_BITMAP_H

#include <stdbool.h>

#include "metacurate/base.h"

typedef struct mc_bitmap {
    _Atomic uint64_t *words; /* NULL when n_bits is 0 */
    uint64_t n_bits;
    _Atomic uint64_t n_set;
} mc_bitmap;

/* All bits are 0. */
MC_MUST_CHECK mc_status mc_bitmap_create(mc_bitmap *bitmap, const char *folder, uint64_t n_bits,
                                         mc_error *error);
void mc_bitmap_dispose(mc_bitmap *bitmap);

/* Sets a bit; false when it was set before. */
static inline bool mc_bitmap_set(mc_bitmap *bitmap, uint64_t bit) {
    uint64_t mask = UINT64_C(1) << (bit & 63);
    if (atomic_fetch_or_explicit(&bitmap->words[bit >> 6], mask, memory_order_relaxed) & mask)
        return false;
    atomic_fetch_add_explicit(&bitmap->n_set, 1, memory_order_relaxed);
    return true;
}

static inline bool mc_bitmap_get(const mc_bitmap *bitmap, uint64_t bit) {
    return atomic_load_explicit(&bitmap->words[bit >> 6], memory_order_relaxed) >> (bit & 63) & 1;
}

/* Writes the bits as an array of bytes, lowest bit first (np.unpackbits with bitorder="little"). */
MC_MUST_CHECK mc_status mc_bitmap_write(const mc_bitmap *bitmap, const char *path, mc_error *error);

/* True when any of n bits from first on is set. */
bool mc_bitmap_any(const mc_bitmap *bitmap, uint64_t first, uint64_t n);

#endif
