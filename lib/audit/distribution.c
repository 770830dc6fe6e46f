/* Figures of a distribution, from its counts sorted once and their prefix sums: what is asked for a
 * threshold is then a binary search away. Sums are of integers; where reals are summed it is in
 * ascending order of the counts, and the logarithm is our own, because the C library's may differ
 * from processor to processor in its last bit. */
#include "audit/distribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* Sorts by one byte after the other, the lowest first; bytes that are 0 in all are passed over. */
static void sort(uint64_t **values, uint64_t **spare, size_t n, uint64_t largest) {
    for (unsigned shift = 0; shift < 64 && largest >> shift; shift += 8) {
        size_t places[256] = {0}, at = 0;
        for (size_t i = 0; i < n; i++)
            places[(*values)[i] >> shift & 255]++;
        for (size_t b = 0; b < 256; b++) {
            size_t size = places[b];
            places[b] = at;
            at += size;
        }
        for (size_t i = 0; i < n; i++)
            (*spare)[places[(*values)[i] >> shift & 255]++] = (*values)[i];
        uint64_t *sorted = *spare;
        *spare = *values;
        *values = sorted;
    }
}

mc_status mc_distribution_init(mc_distribution *d, const uint64_t *counts, size_t n,
                               mc_error *error) {
    *d = (mc_distribution){.n = n};
    MC_TRY(MC_ALLOC(d->sorted, n + 1, error)); /* sorting may swap the two */
    MC_TRY(MC_ALLOC(d->sums, n + 1, error));
    for (size_t i = 0; i < n; i++) {
        d->sorted[i] = counts[i];
        d->n_zero += counts[i] == 0;
        d->largest = counts[i] > d->largest ? counts[i] : d->largest;
        if (counts[i] > (uint64_t)INT64_MAX - d->total)
            return mc_fail(error, MC_E_FORMAT, "counts whose sum is 2^63 or more are of no pool");
        d->total += counts[i];
    }
    sort(&d->sorted, &d->sums, n, d->largest);
    d->sums[0] = 0;
    for (size_t i = 0; i < n; i++)
        d->sums[i + 1] = d->sums[i] + d->sorted[i];
    return MC_OK;
}

void mc_distribution_dispose(mc_distribution *d) {
    free(d->sorted);
    free(d->sums);
    *d = (mc_distribution){0};
}

size_t mc_distribution_below(const mc_distribution *d, double t) {
    size_t low = 0, high = d->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((double)d->sorted[middle] < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t mc_distribution_head(const mc_distribution *d, double t) {
    size_t below = mc_distribution_below(d, t);
    return d->n - (below > d->n_zero ? below : d->n_zero);
}

double mc_distribution_tail_share(const mc_distribution *d, double t) {
    uint64_t tail = d->sums[mc_distribution_below(d, t)];
    return d->total ? (double)tail / (double)d->total : 0;
}

double mc_distribution_capped(const mc_distribution *d, size_t n_first, double t) {
    size_t below = mc_distribution_below(d, t);
    if (below >= n_first)
        return (double)d->sums[n_first];
    return (double)d->sums[below] + (double)(n_first - below) * t;
}

/* log2 of x >= 1: of the mantissa m in [1/sqrt 2, sqrt 2) by the series of
 * ln m = 2 artanh((m - 1) / (m + 1)), whose argument is below 0.1716; 11 terms are enough. */
static double log2_of(double x) {
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    double z = (m - 1) / (m + 1), square = z * z, sum = 0;
    for (int k = 23; k >= 1; k -= 2)
        sum = sum * square + 1.0 / k;
    return exponent + 2 * z * sum * 1.4426950408889634;
}

double mc_distribution_entropy(const mc_distribution *d) {
    double entropy = 0;
    size_t i = d->n_zero;
    while (i < d->n) {
        uint64_t count = d->sorted[i];
        size_t first = i;
        while (i < d->n && d->sorted[i] == count)
            i++;
        double share = (double)((i - first) * count) / (double)d->total;
        entropy += share * log2_of((double)d->total / (double)count);
    }
    return entropy;
}

/* From one number to the next it is an n-th of the former, but at least 1. */
static size_t step_by(size_t part, size_t n, size_t ranks[MC_RANKS_MAX]) {
    size_t n_ranks = 0;
    for (size_t rank = 1; rank < n && n_ranks < MC_RANKS_MAX; n_ranks++) {
        ranks[n_ranks] = rank;
        rank += rank / part > 1 ? rank / part : 1;
    }
    if (n_ranks < MC_RANKS_MAX)
        ranks[n_ranks] = n;
    return n_ranks + 1;
}

size_t mc_distribution_ranks(size_t n, size_t ranks[MC_RANKS_MAX]) {
    size_t n_ranks = n > 0 ? MC_RANKS_MAX + 1 : 0;
    for (size_t part = MC_RANKS_MAX; n_ranks > MC_RANKS_MAX; part--)
        n_ranks = step_by(part, n, ranks);
    return n_ranks;
}

size_t mc_threshold_series(uint64_t largest, double series[MC_SERIES_MAX]) {
    static const double steps[] = {2, 2.5, 2};
    double t = 1;
    size_t n = 0;
    for (; t <= (double)largest; n++) {
        series[n] = t;
        t *= steps[n % 3];
    }
    series[n] = t;
    return n + 1;
}
