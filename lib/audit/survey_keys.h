/* How many keys lie below any t: a histogram of the keys' leading bits.
 *
 * Keys are doubles >= 0, so their bits, read as integers, order as they do, and the leading ones
 * part them into buckets a 4096th of a power of 2 wide, whose edges are doubles, too. What lies
 * below an edge is exact. Buckets in which a threshold lies are marked in their highest bit; keys
 * that fall there are compared with it, so that what lies below it is exact as well. */
#ifndef MC_AUDIT_SURVEY_KEYS_H
#define MC_AUDIT_SURVEY_KEYS_H

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"

/* The first bucket is [0, 2^-53), which holds keys that are 0: all others are at least the smallest
 * draw, and below 2^64, where the last bucket begins. */
#define MC_KEY_SHIFT 40
#define MC_KEY_FIRST ((uint64_t)(1023 - 53) << 12) /* leading bits of 2^-53 */
#define MC_KEY_BUCKETS ((size_t)(64 + 53) * 4096 + 2)
#define MC_KEY_MARK ((uint64_t)1 << 63)

/* One thread's. Memory of a bucket that no key falls into is never touched. */
typedef struct mc_key_tally {
    const double *thresholds; /* ascending */
    size_t n_thresholds;
    uint64_t *buckets; /* how many keys, and the mark */
    uint64_t *inside;  /* by threshold: keys of its bucket that are below it */
    uint64_t n_keys;   /* once they are summed up; buckets then say how many lie before each */
} mc_key_tally;

MC_MUST_CHECK mc_status mc_key_tally_init(mc_key_tally *tally, const double *thresholds, size_t n,
                                          mc_error *error);
void mc_key_tally_dispose(mc_key_tally *tally);

static inline size_t mc_key_bucket(double key) {
    uint64_t bits;
    memcpy(&bits, &key, sizeof bits);
    int64_t bucket = (int64_t)(bits >> MC_KEY_SHIFT) - (int64_t)MC_KEY_FIRST + 1;
    bucket = bucket > 0 ? bucket : 0;
    return (size_t)bucket < MC_KEY_BUCKETS ? (size_t)bucket : MC_KEY_BUCKETS - 1;
}

/* For a key in a marked bucket. */
void mc_key_tally_compare(mc_key_tally *tally, double key, size_t bucket);

/* Adds a finite key. */
static inline void mc_key_tally_add(mc_key_tally *tally, double key) {
    size_t bucket = mc_key_bucket(key);
    if (++tally->buckets[bucket] & MC_KEY_MARK)
        mc_key_tally_compare(tally, key, bucket);
}

/* Adds what another thread tallied of the same thresholds. */
void mc_key_tally_merge(mc_key_tally *tally, const mc_key_tally *other);
/* Once all keys are in, and before any question. */
void mc_key_tally_sum(mc_key_tally *tally);

/* Keys below a threshold, by its number. */
uint64_t mc_key_tally_below(const mc_key_tally *tally, size_t threshold);

/* Two edges that follow each other, and how many keys are below each. */
typedef struct mc_key_edges {
    double low, high;
    uint64_t below_low, below_high;
} mc_key_edges;

/* low is the largest edge below which at most n keys lie; infinite, as high then is, when all do.
 */
mc_key_edges mc_key_tally_edges(const mc_key_tally *tally, uint64_t n);

#endif
