/* Thresholds, draws, sums and ranks against their definitions. */
#include "made_pairs.h"

#include "balance/select.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

/* ---- thresholds ---- */

static double share_plainly(const uint64_t *counts, size_t n, double t) {
    double tail = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        all += (double)counts[i];
        tail += (double)counts[i] < t ? (double)counts[i] : 0;
    }
    return all > 0 ? tail / all : 0;
}

/* p_to_t with a sort by exchange and shares from the beginning each time. */
static uint64_t threshold_plainly(const uint64_t *counts, size_t n, double p) {
    uint64_t sorted[64], found = 1;
    double all = 0, nearest = INFINITY;
    memcpy(sorted, counts, n * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            if (sorted[k] < sorted[i]) {
                uint64_t other = sorted[i];
                sorted[i] = sorted[k];
                sorted[k] = other;
            }
    for (size_t i = 0; i < n; i++)
        all += (double)sorted[i];
    for (size_t i = 0; all > 0 && i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k <= i; k++)
            sum += (double)sorted[k];
        if (fabs(sum / all - p) < nearest) {
            nearest = fabs(sum / all - p);
            found = sorted[i];
        }
    }
    return found ? found : 1;
}

static void tail_shares_are_those_of_the_definition(void **state) {
    (void)state;
    static const uint64_t counts[] = {5, 0, 10, 1, 84};
    assert_true(mc_tail_share_of(counts, 5, 1) == 0);
    assert_true(mc_tail_share_of(counts, 5, 1.5) == 0.01);
    assert_true(mc_tail_share_of(counts, 5, 10) == 0.06); /* 10 itself is head */
    assert_true(mc_tail_share_of(counts, 5, 11) == 0.16);
    assert_true(mc_tail_share_of(counts, 5, INFINITY) == 1);
    assert_true(mc_tail_share_of(counts, 0, 7) == 0);
    assert_true(mc_tail_share_of(counts + 1, 1, 7) == 0);
    for (int round = 0; round < 2000; round++) {
        uint64_t random[40];
        size_t n = random_below(40);
        for (size_t i = 0; i < n; i++)
            random[i] = random_below(3) ? random_below(30) : random_below(100000);
        double t = random_below(2) ? random_below(100) : random_below(1000000) / 7.0;
        assert_true(mc_tail_share_of(random, n, t) == share_plainly(random, n, t));
    }
}

static void thresholds_are_those_of_the_definition(void **state) {
    (void)state;
    static const struct {
        uint64_t counts[6];
        size_t n;
        double p;
        uint64_t t;
    } cases[] = {
        {{0}, 0, 0.5, 1},
        {{0, 0, 0}, 3, 0.5, 1},
        {{7}, 1, 0.0, 7},
        {{1, 1, 1, 1}, 4, 0.0, 1},
        {{10, 30, 60}, 3, 0.1, 10},
        {{10, 30, 60}, 3, 0.25, 10}, /* 0.10 and 0.40 are as near: the first */
        {{60, 30, 10}, 3, 0.26, 30},
        {{10, 30, 60}, 3, 1.0, 60},
        {{10, 30, 60}, 3, 0.0, 10},
        {{0, 0, 50, 50}, 4, 0.0, 1},    /* never below 1 */
        {{0, 25, 25, 50}, 4, 0.125, 1}, /* 0 and 0.25 are as near: the first, which is 0 */
        {{25, 25, 50}, 3, 0.5, 25},
        {{5, 5, 5, 5}, 4, 0.6, 5},
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        uint64_t t = 99;
        assert_int_equal(mc_threshold_for(cases[i].counts, cases[i].n, cases[i].p, &t, NULL),
                         MC_OK);
        if (t != cases[i].t)
            fail_msg("case %zu: %llu", i, (unsigned long long)t);
    }
    for (int round = 0; round < 2000; round++) {
        uint64_t counts[64], before[64], t;
        size_t n = random_below(64);
        for (size_t i = 0; i < n; i++)
            counts[i] = random_below(2) ? random_below(4) : random_below(1000);
        memcpy(before, counts, sizeof counts);
        double p = random_below(3) ? random_below(1001) / 1000.0 : random_below(17) / 16.0;
        assert_int_equal(mc_threshold_for(counts, n, p, &t, NULL), MC_OK);
        assert_int_equal(t, threshold_plainly(counts, n, p));
        assert_memory_equal(counts, before, n * sizeof *counts);
    }
}

/* ---- draws ---- */

enum { DRAWN_ENTRIES = 300, DRAWN_TEXTS = 40, DRAWN_IDS = 20 };

/* A block of texts with random identities and match sets, some of them empty. */
typedef struct drawn {
    char identity[DRAWN_TEXTS * MC_IDENTITY_SIZE];
    uint32_t offsets[DRAWN_TEXTS + 1], ids[DRAWN_TEXTS * DRAWN_IDS];
    mc_block block;
} drawn;

static void make_drawn(drawn *d) {
    for (size_t i = 0; i < sizeof d->identity; i += 8) {
        uint64_t word = random_below(20) ? next_random() : 0;
        memcpy(d->identity + i, &word, 8);
    }
    d->offsets[0] = 0;
    for (uint32_t t = 0; t < DRAWN_TEXTS; t++) {
        uint32_t n = d->offsets[t];
        for (uint32_t k = random_below(4) ? random_below(DRAWN_IDS) : 0; k > 0; k--)
            d->ids[n++] = random_below(DRAWN_ENTRIES);
        d->offsets[t + 1] = n;
    }
    d->block = (mc_block){.info = {.n_texts = DRAWN_TEXTS, .n_ids = d->offsets[DRAWN_TEXTS]},
                          .identity = d->identity,
                          .offsets = d->offsets,
                          .ids = d->ids};
}

/* By the words of docs/rules.md. */
static double defined_key(const drawn *d, uint32_t text, const uint64_t *hashes,
                          const uint64_t *counts, uint64_t seed) {
    double least = INFINITY;
    char bytes[32];
    memcpy(bytes, d->identity + text * MC_IDENTITY_SIZE, MC_IDENTITY_SIZE);
    for (uint32_t i = d->offsets[text]; i < d->offsets[text + 1]; i++) {
        memcpy(bytes + 24, &hashes[d->ids[i]], 8);
        uint64_t h = XXH3_64bits_withSeed(bytes, 32, seed);
        double u = (double)(h >> 11) / 9007199254740992.0;
        assert_true(u >= 0 && u < 1);
        least = fmin(least, u * (double)counts[d->ids[i]]);
    }
    return least;
}

static double defined_chance(const drawn *d, uint32_t text, const uint64_t *counts,
                             const uint32_t *firsts, double t) {
    double miss = 1;
    for (uint32_t i = d->offsets[text]; i < d->offsets[text + 1]; i++) {
        uint32_t id = d->ids[i];
        if (firsts[id] == id)
            miss *= 1 - (counts[id] > 0 ? fmin(1, t / (double)counts[id]) : 1);
    }
    return 1 - miss;
}

static void draws_are_those_of_the_definition(void **state) {
    (void)state;
    static const uint64_t seeds[] = {0, 1, 42, INT64_MAX, UINT64_MAX};
    static const double thresholds[] = {0.25, 1, 20, 499, 500, 501, INFINITY};
    uint64_t hashes[DRAWN_ENTRIES], counts[DRAWN_ENTRIES];
    uint32_t firsts[DRAWN_ENTRIES];
    static drawn d;
    for (uint32_t i = 0; i < DRAWN_ENTRIES; i++) {
        firsts[i] = i >= 250 ? i - 250 : i; /* the last fifty repeat the first */
        hashes[i] = next_random();
        counts[i] = random_below(4) ? random_below(1000) : next_random() >> 8;
        hashes[i] = hashes[firsts[i]];
        counts[i] = counts[firsts[i]];
    }
    counts[7] = counts[257] = 0;
    for (size_t round = 0; round < 3000; round++) {
        double keys[DRAWN_TEXTS], alone[DRAWN_TEXTS], chances[DRAWN_TEXTS];
        double t = thresholds[round % N_OF(thresholds)];
        uint64_t seed = seeds[round % N_OF(seeds)];
        uint32_t first = random_below(DRAWN_TEXTS), n = 1 + random_below(DRAWN_TEXTS - first);
        mc_draw draw;
        make_drawn(&d);
        assert_int_equal(mc_draw_init(&draw, hashes, counts, firsts, DRAWN_ENTRIES, seed, NULL),
                         MC_OK);
        mc_draw_texts(&draw, &d.block, first, n, t, keys, chances);
        mc_draw_texts(&draw, &d.block, first, n, t, alone, NULL);
        for (uint32_t i = 0; i < n; i++) {
            assert_true(keys[i] == defined_key(&d, first + i, hashes, counts, seed));
            assert_true(alone[i] == keys[i]);
            double q = defined_chance(&d, first + i, counts, firsts, t);
            assert_true(fabs(chances[i] - q) < 1e-15 && chances[i] >= 0 && chances[i] <= 1);
        }
        mc_draw_dispose(&draw);
    }
}

static void sums_do_not_depend_on_the_order(void **state) {
    (void)state;
    enum { N = 5000 };
    double *values = calloc(N, sizeof *values), total = 0;
    uint64_t *times = calloc(N, sizeof *times);
    mc_sum up = {0}, down = {0};
    assert_true(values && times);
    for (size_t i = 0; i < N; i++) {
        values[i] = i < 10 ? 1.0 : (double)(next_random() >> 11) * 0x1p-53;
        times[i] = i % 100 ? 1 : (uint64_t)1 << 40;
        mc_sum_add(&up, values[i], times[i]);
        total += values[i] * (double)times[i];
    }
    for (size_t i = N; i-- > 0;)
        mc_sum_add(&down, values[i], times[i]);
    assert_true(up.units == down.units);
    assert_true(fabs(mc_sum_value(&up) / total - 1) < 1e-12);
    mc_sum one = {0};
    mc_sum_add(&one, 1.0, 1);
    mc_sum_add(&one, 0.0, 7);
    mc_sum_add(&one, 0.5, 3);
    assert_true(mc_sum_value(&one) == 2.5);
    free(values);
    free(times);
}

static void ranks_are_ordered(void **state) {
    (void)state;
    const mc_rank ascending[] = {
        {0, {{0, 0}, 0}, 0}, {0.5, {{9, 9}, 9}, 9}, {1, {{0, 1}, 7}, 5},
        {1, {{0, 1}, 8}, 0}, {1, {{0, 1}, 8}, 1},   {1, {{0, 2}, 0}, 0},
        {1, {{1, 0}, 0}, 0}, {2, {{0, 0}, 0}, 0},   {1e300, {{0, 0}, 0}, 0}};
    int n = N_OF(ascending);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            assert_int_equal(mc_rank_compare(&ascending[i], &ascending[k]), (i > k) - (i < k));
    char identity[MC_IDENTITY_SIZE] = {0};
    mc_selection selection = {.by_rank = true, .last = {1, {{0, 0}, 0}, 5}};
    assert_true(mc_selected(&selection, 0.9, identity, 9));
    assert_true(mc_selected(&selection, 1, identity, 5));
    assert_false(mc_selected(&selection, 1, identity, 6));
    assert_false(mc_selected(&selection, 1.1, identity, 0));
    identity[0] = 1;
    assert_false(mc_selected(&selection, 1, identity, 0));
    selection = (mc_selection){.threshold = 1};
    assert_true(mc_selected(&selection, 0.9, identity, 0));
    assert_false(mc_selected(&selection, 1, identity, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tail_shares_are_those_of_the_definition),
        cmocka_unit_test(thresholds_are_those_of_the_definition),
        cmocka_unit_test(draws_are_those_of_the_definition),
        cmocka_unit_test(sums_do_not_depend_on_the_order),
        cmocka_unit_test(ranks_are_ordered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
