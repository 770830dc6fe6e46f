/* Building a perfect hash: buckets in order of size, each with the first pilot that serves it. */
#include "concepts/words_perfect.h"

#include <stdlib.h>

enum { KEYS_A_BUCKET = 2, N_PILOTS = 256 };

typedef struct work {
    uint32_t *starts; /* where the keys of each bucket start in members */
    uint32_t *members;
    uint32_t *order; /* buckets, the fullest first */
    uint64_t *taken; /* one bit a slot */
} work;

uint32_t mc_perfect_buckets(size_t n) {
    return (uint32_t)(n / KEYS_A_BUCKET + 1);
}

/* 94 % of the slots in use to begin with. With buckets of two keys on average that works for a few
 * million keys; with four it would take one free slot in five. */
uint32_t mc_perfect_slots(size_t n, unsigned attempt) {
    return (uint32_t)(n + n * (6 + 4 * attempt) / 100 + 8);
}

static void group(const uint64_t *hashes, size_t n, uint32_t n_buckets, work *w) {
    for (size_t i = 0; i < n; i++)
        w->starts[mc_perfect_bucket(hashes[i], n_buckets) + 1]++;
    for (uint32_t b = 0; b < n_buckets; b++)
        w->starts[b + 1] += w->starts[b];
    /* order serves as the place to fill next, and is overwritten afterwards. */
    for (uint32_t b = 0; b < n_buckets; b++)
        w->order[b] = w->starts[b];
    for (size_t i = 0; i < n; i++)
        w->members[w->order[mc_perfect_bucket(hashes[i], n_buckets)]++] = (uint32_t)i;
}

static uint32_t bucket_size(const work *w, uint32_t bucket) {
    uint32_t size = w->starts[bucket + 1] - w->starts[bucket];
    return size < MC_BUCKET_LIMIT ? size : MC_BUCKET_LIMIT;
}

static void sort_buckets(uint32_t n_buckets, work *w) {
    size_t counts[MC_BUCKET_LIMIT + 2] = {0};
    for (uint32_t b = 0; b < n_buckets; b++)
        counts[MC_BUCKET_LIMIT - bucket_size(w, b) + 1]++;
    for (size_t i = 0; i <= MC_BUCKET_LIMIT; i++)
        counts[i + 1] += counts[i];
    for (uint32_t b = 0; b < n_buckets; b++)
        w->order[counts[MC_BUCKET_LIMIT - bucket_size(w, b)]++] = b;
}

/* Takes the slots of size keys under pilot, or none. */
static bool take(const uint64_t *hashes, uint32_t size, uint8_t pilot, uint32_t n_slots,
                 uint64_t *taken, uint32_t *slots) {
    for (uint32_t k = 0; k < size; k++) {
        uint32_t slot = mc_perfect_slot(hashes[k], pilot, n_slots);
        uint64_t bit = (uint64_t)1 << (slot & 63);
        if (taken[slot >> 6] & bit) {
            while (k-- > 0)
                taken[slots[k] >> 6] &= ~((uint64_t)1 << (slots[k] & 63));
            return false;
        }
        taken[slot >> 6] |= bit;
        slots[k] = slot;
    }
    return true;
}

static size_t place(const uint64_t *hashes, uint32_t bucket_limit, uint32_t n_buckets,
                    uint32_t n_slots, work *w, uint8_t *pilots, uint32_t *slots) {
    size_t n_misfits = 0;
    for (uint32_t i = 0; i < n_buckets; i++) {
        uint32_t b = w->order[i];
        const uint32_t *members = w->members + w->starts[b];
        uint32_t size = w->starts[b + 1] - w->starts[b];
        uint64_t keys[MC_BUCKET_LIMIT];
        uint32_t places[MC_BUCKET_LIMIT];
        unsigned pilot = N_PILOTS;
        if (size < bucket_limit) {
            for (uint32_t k = 0; k < size; k++)
                keys[k] = hashes[members[k]];
            for (pilot = 0; pilot < N_PILOTS; pilot++)
                if (take(keys, size, (uint8_t)pilot, n_slots, w->taken, places))
                    break;
        }
        bool fits = pilot < N_PILOTS;
        pilots[b] = fits ? (uint8_t)pilot : 0;
        for (uint32_t k = 0; k < size; k++)
            slots[members[k]] = fits ? places[k] : MC_MISFIT;
        n_misfits += fits ? 0 : size;
    }
    return n_misfits;
}

mc_status mc_perfect_build(const uint64_t *hashes, size_t n, uint32_t bucket_limit,
                           uint32_t n_buckets, uint32_t n_slots, uint8_t *pilots, uint32_t *slots,
                           size_t *n_misfits, mc_error *error) {
    work w = {0};
    mc_status status = MC_ALLOC(w.starts, (size_t)n_buckets + 1, error);
    if (status == MC_OK)
        status = MC_ALLOC(w.members, n, error);
    if (status == MC_OK)
        status = MC_ALLOC(w.order, n_buckets, error);
    if (status == MC_OK)
        status = MC_ALLOC(w.taken, (size_t)n_slots / 64 + 1, error);
    if (status == MC_OK) {
        group(hashes, n, n_buckets, &w);
        sort_buckets(n_buckets, &w);
        *n_misfits = place(hashes, bucket_limit, n_buckets, n_slots, &w, pilots, slots);
    }
    free(w.starts);
    free(w.members);
    free(w.order);
    free(w.taken);
    return status;
}
