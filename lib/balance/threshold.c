/* Thresholds and tail shares. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "metacurate/balance.h"

double mc_tail_share_of(const uint64_t *counts, size_t n, double t) {
    uint64_t tail = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        all += counts[i];
        if ((double)counts[i] < t)
            tail += counts[i];
    }
    return all ? (double)tail / (double)all : 0;
}

static int compare_counts(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

mc_status mc_threshold_for(const uint64_t *counts, size_t n, double p, uint64_t *out,
                           mc_error *error) {
    uint64_t *sorted, all = 0, sum = 0;
    MC_TRY(MC_ALLOC(sorted, n, error));
    memcpy(sorted, counts, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_counts);
    for (size_t i = 0; i < n; i++)
        all += sorted[i];
    double nearest = INFINITY;
    uint64_t found = 1;
    for (size_t i = 0; i < n && all > 0; i++) {
        sum += sorted[i];
        double distance = fabs((double)sum / (double)all - p);
        if (distance < nearest) {
            nearest = distance;
            found = sorted[i];
        }
    }
    free(sorted);
    *out = found > 0 ? found : 1;
    return MC_OK;
}
