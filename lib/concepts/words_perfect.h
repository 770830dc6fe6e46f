/* Perfect hashing: n keys, given by their 64-bit hashes, to slots of their own.
 *
 * Keys fall into small buckets by the upper half of the hash. For each bucket, the fullest first,
 * the smallest of 256 pilots is sought that sends all its keys to slots still free; finding a key
 * then takes one byte (the pilot) and one slot. Buckets that no pilot serves leave their keys to a
 * table of misfits, so that building always ends, whatever the keys are.
 */
#ifndef MC_CONCEPTS_WORDS_PERFECT_H
#define MC_CONCEPTS_WORDS_PERFECT_H

#include <stdbool.h>

#include "base/buffer.h"

#define MC_MISFIT UINT32_MAX

/* A bucket of this many keys is never tried: only chosen keys make one. */
enum { MC_BUCKET_LIMIT = 64 };

static inline uint32_t mc_perfect_bucket(uint64_t hash, uint32_t n_buckets) {
    return (uint32_t)(((hash >> 32) * n_buckets) >> 32);
}

/* The pilot turns over bits of the lower half before it is spread. (Steps of a fixed width from
 * pilot to pilot would do for most keys, but those with a width near a simple fraction of the whole
 * see few slots.) */
static inline uint32_t mc_perfect_slot(uint64_t hash, uint8_t pilot, uint32_t n_slots) {
    uint32_t place = ((uint32_t)hash ^ pilot * 0x9e3779b1u) * 0x85ebca77u;
    return (uint32_t)(((uint64_t)place * n_slots) >> 32);
}

/* Numbers of buckets and slots for n keys; attempt counts from 0, each gives a little more room. */
uint32_t mc_perfect_buckets(size_t n);
uint32_t mc_perfect_slots(size_t n, unsigned attempt);

/* Fills pilots[n_buckets] and slots[n] (the slot of each key, or MC_MISFIT). Buckets of
 * bucket_limit keys or more, at most MC_BUCKET_LIMIT, are given up untried. */
MC_MUST_CHECK mc_status mc_perfect_build(const uint64_t *hashes, size_t n, uint32_t bucket_limit,
                                         uint32_t n_buckets, uint32_t n_slots, uint8_t *pilots,
                                         uint32_t *slots, size_t *n_misfits, mc_error *error);

#endif
