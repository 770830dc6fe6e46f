/* Figures of distributions, against tables with known answers and against the plain way. */
#include "random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "audit/distribution.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static mc_distribution distribution_of(const uint64_t *counts, size_t n) {
    mc_distribution d;
    assert_int_equal(mc_distribution_init(&d, counts, n, NULL), MC_OK);
    return d;
}

static void known_answers(void **state) {
    (void)state;
    static const uint64_t counts[] = {4, 0, 1, 100, 4, 0, 2};
    static const uint64_t sorted[] = {0, 0, 1, 2, 4, 4, 100};
    mc_distribution d = distribution_of(counts, 7);
    assert_memory_equal(d.sorted, sorted, sizeof sorted);
    assert_int_equal(d.total, 111);
    assert_int_equal(d.largest, 100);
    assert_int_equal(d.n_zero, 2);
    assert_int_equal(mc_distribution_matched(&d), 5);
    static const struct {
        double t, capped, tail;
        size_t below, head;
    } rows[] = {
        {0.5, 2.5, 0, 2, 5},  {1, 5, 0, 2, 5},         {2, 9, 1, 3, 4},
        {2.5, 10.5, 3, 4, 3}, {4, 15, 3, 4, 3},        {5, 16, 11, 6, 1},
        {100, 111, 11, 6, 1}, {100.5, 111, 111, 7, 0}, {INFINITY, 111, 111, 7, 0},
    };
    for (size_t i = 0; i < N_OF(rows); i++) {
        assert_int_equal(mc_distribution_below(&d, rows[i].t), rows[i].below);
        assert_int_equal(mc_distribution_head(&d, rows[i].t), rows[i].head);
        assert_true(mc_distribution_tail_share(&d, rows[i].t) == rows[i].tail / 111);
        assert_true(mc_distribution_capped(&d, 7, rows[i].t) == rows[i].capped);
        assert_true(mc_distribution_capped(&d, 0, rows[i].t) == 0);
    }
    assert_true(mc_distribution_capped(&d, 5, 3) == 1 + 2 + 3);
    mc_distribution_dispose(&d);
}

static void nothing_has_no_distribution(void **state) {
    (void)state;
    static const uint64_t zeros[3];
    for (size_t n = 0; n <= 3; n += 3) {
        mc_distribution d = distribution_of(zeros, n);
        assert_int_equal(d.total, 0);
        assert_int_equal(mc_distribution_matched(&d), 0);
        assert_int_equal(mc_distribution_head(&d, 0), 0);
        assert_true(mc_distribution_entropy(&d) == 0);
        assert_true(mc_distribution_tail_share(&d, 10) == 0);
        assert_true(mc_distribution_capped(&d, n, 10) == 0);
        mc_distribution_dispose(&d);
    }
}

static void sums_that_no_pool_has_are_refused(void **state) {
    (void)state;
    static const uint64_t wrong[][2] = {{UINT64_MAX, 0}, {UINT64_MAX, 1}, {1ull << 62, 1ull << 62}};
    static const uint64_t largest[] = {(1ull << 62) - 1, 1ull << 62};
    mc_error error;
    mc_distribution d;
    for (size_t i = 0; i < N_OF(wrong); i++) {
        assert_int_equal(mc_distribution_init(&d, wrong[i], 2, &error), MC_E_FORMAT);
        mc_distribution_dispose(&d);
    }
    d = distribution_of(largest, 2);
    assert_true(d.sums[2] == INT64_MAX);
    assert_true(d.sorted[1] == 1ull << 62);
    mc_distribution_dispose(&d);
}

static void entropies(void **state) {
    (void)state;
    static const struct {
        uint64_t counts[5];
        double bits;
    } rows[] = {{{9, 0, 0, 0, 0}, 0},
                {{7, 7, 7, 7, 0}, 2},
                {{1, 1, 2, 0, 0}, 1.5},
                {{1, 2, 3, 4, 5}, 2.1492553971685},
                {{1, 0, 0, 0, 1ull << 40}, 3.769191e-11}};
    for (size_t i = 0; i < N_OF(rows); i++) {
        mc_distribution d = distribution_of(rows[i].counts, 5);
        double bits = mc_distribution_entropy(&d);
        assert_true(fabs(bits - rows[i].bits) <= 1e-5 * rows[i].bits);
        mc_distribution_dispose(&d);
    }
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Counts of all sizes, sorted, summed and weighed in the plain way. */
static void random_counts(void **state) {
    (void)state;
    enum { N = 5000 };
    static uint64_t counts[N], sorted[N];
    for (int round = 0; round < 10; round++) {
        double entropy = 0;
        uint64_t total = 0;
        for (size_t i = 0; i < N; i++) {
            counts[i] = next_random() >> (14 + random_below(50));
            counts[i] *= random_below(3) > 0;
            total += counts[i];
        }
        memcpy(sorted, counts, sizeof sorted);
        qsort(sorted, N, sizeof *sorted, compare);
        mc_distribution d = distribution_of(counts, N);
        assert_memory_equal(d.sorted, sorted, sizeof sorted);
        assert_true(d.total == total && d.sums[N] == total && d.sums[0] == 0);
        for (size_t i = 0; i < N; i++) {
            assert_true(d.sums[i + 1] - d.sums[i] == sorted[i]);
            double share = (double)sorted[i] / (double)total;
            entropy += sorted[i] ? share * log2(1 / share) : 0;
        }
        assert_true(fabs(mc_distribution_entropy(&d) - entropy) <= 1e-12 * entropy);
        mc_distribution_dispose(&d);
    }
}

static void ranks_are_few_and_even(void **state) {
    (void)state;
    size_t ranks[MC_RANKS_MAX];
    assert_int_equal(mc_distribution_ranks(0, ranks), 0);
    for (size_t n = 1; n < (size_t)1 << 50; n = n < 1000 ? n + 1 : n + n / 7) {
        size_t n_ranks = mc_distribution_ranks(n, ranks);
        assert_in_range(n_ranks, n < 120 ? n : 120, MC_RANKS_MAX);
        assert_int_equal(ranks[0], 1);
        assert_true(ranks[n_ranks - 1] == n);
        for (size_t i = 1; i < n_ranks; i++) {
            assert_true(ranks[i] > ranks[i - 1]);
            assert_true(ranks[i] - ranks[i - 1] <= 1 + ranks[i - 1] / (n < 1 << 24 ? 12 : 3));
        }
    }
}

static void series_go_beyond_the_largest(void **state) {
    (void)state;
    static const double start[] = {1, 2, 5, 10, 20, 50, 100};
    static const struct {
        uint64_t largest;
        double last;
        size_t n;
    } rows[] = {{0, 1, 1},          {1, 2, 2},          {4, 5, 3},
                {5, 10, 4},         {99, 100, 7},       {100, 200, 8},
                {19999, 20000, 14}, {20000, 50000, 15}, {INT64_MAX, 1e19, 58}};
    double series[MC_SERIES_MAX];
    for (size_t i = 0; i < N_OF(rows); i++) {
        size_t n = mc_threshold_series(rows[i].largest, series);
        assert_int_equal(n, rows[i].n);
        assert_true(series[n - 1] == rows[i].last);
        for (size_t k = 0; k < n && k < N_OF(start); k++)
            assert_true(series[k] == start[k]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(nothing_has_no_distribution),
        cmocka_unit_test(sums_that_no_pool_has_are_refused),
        cmocka_unit_test(entropies),
        cmocka_unit_test(random_counts),
        cmocka_unit_test(ranks_are_few_and_even),
        cmocka_unit_test(series_go_beyond_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
