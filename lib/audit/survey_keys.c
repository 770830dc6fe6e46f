#include "audit/survey_keys.h"

#include <math.h>
#include <stdlib.h>

mc_status mc_key_tally_init(mc_key_tally *tally, const double *thresholds, size_t n,
                            mc_error *error) {
    *tally = (mc_key_tally){.thresholds = thresholds, .n_thresholds = n};
    MC_TRY(MC_ALLOC(tally->buckets, MC_KEY_BUCKETS, error));
    MC_TRY(MC_ALLOC(tally->inside, n, error));
    for (size_t j = 0; j < n; j++)
        tally->buckets[mc_key_bucket(thresholds[j])] = MC_KEY_MARK;
    return MC_OK;
}

void mc_key_tally_dispose(mc_key_tally *tally) {
    free(tally->buckets);
    free(tally->inside);
    *tally = (mc_key_tally){0};
}

void mc_key_tally_compare(mc_key_tally *tally, double key, size_t bucket) {
    size_t low = 0, high = tally->n_thresholds;
    while (low < high) { /* the first threshold above key */
        size_t middle = low + (high - low) / 2;
        if (tally->thresholds[middle] > key)
            high = middle;
        else
            low = middle + 1;
    }
    for (; low < tally->n_thresholds && mc_key_bucket(tally->thresholds[low]) == bucket; low++)
        tally->inside[low]++;
}

void mc_key_tally_merge(mc_key_tally *tally, const mc_key_tally *other) {
    for (size_t b = 0; b < MC_KEY_BUCKETS; b++)
        if (other->buckets[b])
            tally->buckets[b] += other->buckets[b] & ~MC_KEY_MARK;
    for (size_t j = 0; j < tally->n_thresholds; j++)
        tally->inside[j] += other->inside[j];
}

void mc_key_tally_sum(mc_key_tally *tally) {
    uint64_t below = 0;
    for (size_t b = 0; b < MC_KEY_BUCKETS; b++) {
        uint64_t n = tally->buckets[b] & ~MC_KEY_MARK;
        tally->buckets[b] = below;
        below += n;
    }
    tally->n_keys = below;
}

uint64_t mc_key_tally_below(const mc_key_tally *tally, size_t threshold) {
    return tally->buckets[mc_key_bucket(tally->thresholds[threshold])] + tally->inside[threshold];
}

static double edge_of(size_t bucket) {
    uint64_t bits = (MC_KEY_FIRST + bucket - 1) << MC_KEY_SHIFT;
    double edge;
    memcpy(&edge, &bits, sizeof edge);
    return bucket == 0 ? 0 : bucket == MC_KEY_BUCKETS ? INFINITY : edge;
}

mc_key_edges mc_key_tally_edges(const mc_key_tally *tally, uint64_t n) {
    if (n >= tally->n_keys)
        return (mc_key_edges){INFINITY, INFINITY, tally->n_keys, tally->n_keys};
    size_t low = 0, high = MC_KEY_BUCKETS; /* edges: at most n below the former, more the latter */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (tally->buckets[middle] <= n)
            low = middle;
        else
            high = middle;
    }
    return (mc_key_edges){edge_of(low), edge_of(high), tally->buckets[low],
                          high < MC_KEY_BUCKETS ? tally->buckets[high] : tally->n_keys};
}
