/* The digits' histograms are taken together, in one pass. */
#include "metadata/radix.h"

#include <stdbool.h>
#include <string.h>

enum { DIGIT_BITS = 11, N_DIGITS = 6, N_VALUES = 1 << DIGIT_BITS };

static unsigned digit_of(uint64_t key, unsigned digit) {
    return (unsigned)(key >> (DIGIT_BITS * digit)) & (N_VALUES - 1);
}

mc_keyed *mc_radix_sort(mc_keyed *items, mc_keyed *scratch, size_t n) {
    size_t starts[N_DIGITS][N_VALUES];
    if (n < 2)
        return items;
    memset(starts, 0, sizeof starts);
    for (size_t i = 0; i < n; i++)
        for (unsigned digit = 0; digit < N_DIGITS; digit++)
            starts[digit][digit_of(items[i].key, digit)]++;
    for (unsigned digit = 0; digit < N_DIGITS; digit++) {
        size_t *start = starts[digit], sum = 0;
        if (start[digit_of(items[0].key, digit)] == n)
            continue;
        for (size_t value = 0; value < N_VALUES; value++) {
            size_t count = start[value];
            start[value] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            scratch[start[digit_of(items[i].key, digit)]++] = items[i];
        mc_keyed *swapped = items;
        items = scratch;
        scratch = swapped;
    }
    return items;
}
