/* The parts of balancing: thresholds, draws, sums, tables, partitions, bitmaps, lists of uids. */
#include "made_pairs.h"
#include "no_sync.h"

#include <zstd.h>

#include "balance/bitmap.h"
#include "balance/drops.h"
#include "balance/index_set.h"
#include "balance/pair_table.h"
#include "balance/select.h"
#include "balance/spread.h"
#include "balance/uid_list.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
}

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

/* ---- tables and partitions ---- */

static void make_identity(char out[MC_IDENTITY_SIZE], uint64_t number) {
    uint64_t words[3] = {number % 100, number % 7, number};
    memcpy(out, words, MC_IDENTITY_SIZE);
}

static void pairs_are_found_again(void **state) {
    (void)state;
    enum { N = 20000 };
    mc_pair_table table = {0};
    char identity[MC_IDENTITY_SIZE];
    make_identity(identity, 1);
    assert_int_equal(mc_pair_table_get(&table, identity), 0);
    for (int round = 0; round < 2; round++) {
        mc_pair_table_clear(&table);
        for (uint64_t i = 0; i < 3 * N; i++) {
            mc_pair_slot *slot;
            make_identity(identity, i % N);
            assert_int_equal(mc_pair_table_find(&table, identity, &slot, NULL), MC_OK);
            assert_int_equal(slot->count, i / N);
            assert_int_equal(slot->value, i < N ? 0 : (i % N) * 3 + 1);
            assert_memory_equal(slot->identity, identity, MC_IDENTITY_SIZE);
            slot->count++;
            slot->value = (i % N) * 3 + 1;
        }
        assert_int_equal(table.n_used, N);
        for (uint64_t i = 0; i < 2 * N; i++) {
            make_identity(identity, i);
            assert_int_equal(mc_pair_table_get(&table, identity), i < N ? i * 3 + 1 : 0);
        }
    }
    mc_pair_table_dispose(&table);
    mc_pair_table_dispose(&table);
}

static void partitions_share_the_hashes(void **state) {
    (void)state;
    static const size_t numbers[] = {1, 2, 3, 17, 1000, 16384};
    for (size_t i = 0; i < N_OF(numbers); i++) {
        size_t n = numbers[i], most = 0;
        uint32_t *sizes = calloc(n, sizeof *sizes);
        assert_non_null(sizes);
        assert_int_equal(mc_partition_of(0, n), 0);
        assert_int_equal(mc_partition_of(UINT64_MAX, n), n - 1);
        for (uint64_t k = 0; k < 20 * n; k++) {
            char identity[MC_IDENTITY_SIZE];
            make_identity(identity, k);
            size_t partition = mc_partition_of(mc_identity_hash(identity, (mc_pair_key){0}), n);
            assert_true(partition < n);
            if (++sizes[partition] > most)
                most = sizes[partition];
        }
        assert_true(most < 60);
        free(sizes);
    }
    assert_int_equal(mc_partition_count(0, 1, 1), 1);
    assert_int_equal(mc_partition_count(1000, 512 << 20, 8), 1);
    assert_true(mc_partition_count(100000000, 512 << 20, 8) > 100);
    assert_int_equal(mc_partition_count(UINT64_MAX / 2, 1, 64), 16384);
}

typedef struct expected_items {
    uint64_t *values;
    size_t n, at;
} expected_items;

static mc_status check_items(void *context, const mc_item *items, size_t n, mc_error *error) {
    expected_items *e = context;
    (void)error;
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        char identity[MC_IDENTITY_SIZE];
        assert_true(e->at < e->n);
        make_identity(identity, e->values[e->at]);
        assert_int_equal(items[i].value, e->values[e->at++]);
        assert_memory_equal(items[i].identity, identity, MC_IDENTITY_SIZE);
    }
    return MC_OK;
}

static mc_status refuse_items(void *context, const mc_item *items, size_t n, mc_error *error) {
    (void)context;
    (void)items;
    (void)n;
    return mc_fail(error, MC_E_LIMIT, "enough");
}

static void partitions_give_back_what_they_took(void **state) {
    (void)state;
    static const size_t numbers[] = {1, 5, 40};
    static const uint64_t memories[] = {0, 1 << 20, 1 << 30};
    enum { N = 30000 };
    for (size_t i = 0; i < N_OF(numbers); i++)
        for (size_t m = 0; m < N_OF(memories); m++) {
            mc_partitions *partitions;
            size_t n = numbers[i];
            expected_items *expected = calloc(n, sizeof *expected);
            assert_int_equal(
                mc_partitions_create(&partitions, scratch_folder, n, memories[m], NULL), MC_OK);
            for (size_t p = 0; p < n; p++)
                expected[p].values = calloc(N, sizeof(uint64_t));
            for (uint64_t k = 0; k < N; k++) {
                size_t p = n > 1 ? random_below((uint32_t)n - 1) : 0; /* the last stays empty */
                mc_item item = {.value = k};
                make_identity(item.identity, k);
                expected[p].values[expected[p].n++] = k;
                assert_int_equal(mc_partitions_add(partitions, p, &item, NULL), MC_OK);
            }
            for (int twice = 0; twice < 2; twice++)
                for (size_t p = 0; p < n; p++) {
                    expected[p].at = 0;
                    assert_int_equal(mc_partitions_items(partitions, p), expected[p].n);
                    assert_int_equal(
                        mc_partitions_read(partitions, p, check_items, &expected[p], NULL), MC_OK);
                    assert_int_equal(expected[p].at, expected[p].n);
                }
            assert_int_equal(mc_partitions_read(partitions, 0, refuse_items, NULL, NULL),
                             MC_E_LIMIT);
            mc_partitions_free(partitions);
            for (size_t p = 0; p < n; p++)
                free(expected[p].values);
            free(expected);
        }
    mc_partitions_free(NULL);
    mc_partitions *none;
    assert_int_equal(mc_partitions_create(&none, scratch("no-folder"), 3, 0, NULL), MC_E_IO);
    assert_null(none);
    assert_int_equal(scratch_count(), 0); /* the files have no names */
}

static void bits_are_set_and_found(void **state) {
    (void)state;
    static const uint64_t sizes[] = {1, 63, 64, 65, 1000, 4096};
    for (size_t i = 0; i < N_OF(sizes); i++) {
        uint64_t n = sizes[i];
        mc_bitmap bitmap;
        bool *set = calloc(n, sizeof *set);
        uint64_t n_set = 0;
        assert_int_equal(mc_bitmap_create(&bitmap, scratch_folder, n, NULL), MC_OK);
        assert_false(mc_bitmap_any(&bitmap, 0, n));
        for (uint64_t k = 0; k < n / 20 + 1; k++) {
            uint64_t bit = random_below((uint32_t)n);
            assert_int_equal(mc_bitmap_set(&bitmap, bit), !set[bit]);
            n_set += !set[bit];
            set[bit] = true;
        }
        assert_int_equal(bitmap.n_set, n_set);
        for (uint64_t k = 0; k < n; k++)
            assert_int_equal(mc_bitmap_get(&bitmap, k), set[k]);
        for (int round = 0; round < 3000; round++) {
            uint64_t first = random_below((uint32_t)n);
            uint64_t length = random_below((uint32_t)(n - first) + 1);
            bool any = false;
            for (uint64_t k = first; k < first + length; k++)
                any |= set[k];
            assert_int_equal(mc_bitmap_any(&bitmap, first, length), any);
        }
        mc_bitmap_dispose(&bitmap);
        free(set);
    }
    mc_bitmap none;
    assert_int_equal(mc_bitmap_create(&none, scratch("no-folder"), 0, NULL), MC_OK);
    assert_false(mc_bitmap_any(&none, 0, 0));
    mc_bitmap_dispose(&none);
    mc_error error = {0};
    assert_int_equal(mc_bitmap_create(&none, scratch("no-folder"), 9, &error), MC_E_IO);
}

static void copies_spread_by_their_square(void **state) {
    (void)state;
    enum { N = 3000 };
    mc_spread *spread;
    const mc_balance_options options = {.folder = scratch_folder, .memory = 1};
    double expected = 0, found;
    /* More texts than there are, so that they are parted. */
    assert_int_equal(mc_spread_create(&spread, &options, 50000, NULL), MC_OK);
    for (uint64_t copy = 0; copy < 5; copy++)
        for (uint64_t i = 0; i < N; i++) {
            char identity[MC_IDENTITY_SIZE];
            make_identity(identity, i);
            if (copy <= i % 5)
                assert_int_equal(mc_spread_add(spread, identity, (double)(i % 9) / 36.0, NULL),
                                 MC_OK);
        }
    for (uint64_t i = 0; i < N; i++) {
        double copies = (double)(i % 5 + 1);
        expected += copies * copies * (double)(i % 9) / 36.0;
    }
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(mc_spread_sum(spread, &found, NULL), MC_OK);
        assert_true(fabs(found / expected - 1) < 1e-12);
    }
    mc_spread_free(spread);
    mc_spread_free(NULL);
    const mc_balance_options nowhere = {.folder = "/nowhere/at/all"};
    assert_int_equal(mc_spread_create(&spread, &nowhere, 10, NULL), MC_E_IO);
    assert_null(spread);
}

/* ---- lists of uids ---- */

typedef struct uid_log {
    mc_u128 uids[5000];
    size_t n, fail_at;
} uid_log;

static mc_status log_uid(void *context, mc_u128 uid, mc_error *error) {
    uid_log *log = context;
    if (log->n == log->fail_at)
        return mc_fail(error, MC_E_LIMIT, "enough");
    log->uids[log->n++] = uid;
    return MC_OK;
}

static uid_log uids;

static mc_status read_uids(const void *data, size_t size, mc_error *error) {
    uids.n = 0;
    uids.fail_at = SIZE_MAX;
    unlink(scratch("uids"));
    return mc_uid_list_read(scratch_write("uids", data, size), log_uid, &uids, error);
}

static void uids_are_read_in_every_form(void **state) {
    (void)state;
    static const char list[] =
        "00112233445566778899aabbccddeeff\n"
        "\n"
        "  00112233-4455-6677-8899-AABBCCDDEEFF \r\n"
        "{\"uid\":\"00112233445566778899aabbccddeeff\",\"text\":\"x\\u0000y\",\"key\":1.5}\n"
        "\t{\"key\": 2, \"uid\": \"0123456789abcdef01234567\"}\t\n"
        "0123456789abcdef01234567";
    const mc_u128 full = {0x0011223344556677, 0x8899aabbccddeeff};
    const mc_u128 cut = {0x01234567, 0x89abcdef01234567};
    assert_int_equal(read_uids(list, strlen(list), NULL), MC_OK);
    assert_int_equal(uids.n, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(mc_u128_equal(uids.uids[i], i < 3 ? full : cut));
    assert_int_equal(read_uids("", 0, NULL), MC_OK);
    assert_int_equal(uids.n, 0);
    char packed[1000];
    size_t n = ZSTD_compress(packed, sizeof packed, list, strlen(list), 3);
    assert_int_equal(read_uids(packed, n, NULL), MC_OK);
    assert_int_equal(uids.n, 5);
}

static void long_lists_are_read_in_pieces(void **state) {
    (void)state;
    mc_buffer list = {0};
    for (uint64_t i = 0; i < 5000; i++) {
        char uid[33];
        mc_u128_hex((mc_u128){i, ~i}, uid);
        assert_int_equal(mc_buffer_printf(&list, NULL, "{\"text\":\"%0*d\",\"uid\":\"%s\"}\n",
                                          (int)(i % 1500), 1, uid),
                         MC_OK);
    }
    assert_true(list.size > 3 << 20);
    assert_int_equal(read_uids(list.data, list.size, NULL), MC_OK);
    assert_int_equal(uids.n, 5000);
    for (uint64_t i = 0; i < 5000; i++)
        assert_true(mc_u128_equal(uids.uids[i], (mc_u128){i, ~i}));
    mc_buffer_dispose(&list);
}

static void lines_that_are_no_uids_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *line;
        size_t size;
    } cases[] = {
        {"nothing", 7},
        {"0123", 4},
        {"{\"uid\":7}", 9},
        {"{\"id\":\"0123456789abcdef01234567\"}", 34},
        {"{\"uid\":\"0123456789abcdef0123456\"}", 34},
        {"{\"uid\":", 7},
        {"0123456789abcdef01234567 x", 26},
        {"0123456789abcdef01234567\0", 25},
        {"\0\0\0", 3},
        {"\x00", 1},
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        char list[200] = "00112233445566778899aabbccddeeff\n\n";
        mc_error error = {0};
        memcpy(list + 34, cases[i].line, cases[i].size);
        list[34 + cases[i].size] = '\n';
        if (read_uids(list, 35 + cases[i].size, &error) != MC_E_FORMAT)
            fail_msg("\"%s\" was taken as a uid", cases[i].line);
        assert_int_equal(uids.n, 1);
        assert_string_equal(error.file, scratch("uids"));
        assert_int_equal(error.record, 2);
        assert_int_equal(error.offset, 34);
    }
    mc_error error = {0};
    assert_int_equal(mc_uid_list_read(scratch("no-list"), log_uid, &uids, &error), MC_E_IO);
    uids.n = uids.fail_at = 0;
    scratch_write("uids", "0123456789abcdef01234567", 24);
    assert_int_equal(mc_uid_list_read(scratch("uids"), log_uid, &uids, &error), MC_E_LIMIT);
}

static void endless_lines_are_refused(void **state) {
    (void)state;
    size_t size = (64u << 20) + (2u << 20);
    char *line = malloc(size);
    assert_non_null(line);
    memset(line, 'a', size);
    size_t bound = ZSTD_compressBound(size);
    char *packed = malloc(bound);
    assert_non_null(packed);
    size_t n = ZSTD_compress(packed, bound, line, size, 1);
    mc_error error = {0};
    assert_int_equal(read_uids(packed, n, &error), MC_E_LIMIT);
    assert_string_equal(error.file, scratch("uids"));
    free(line);
    free(packed);
}

/* ---- several indexes ---- */

static void write_index(const char *file, const char *shard, const char *digest,
                        uint32_t n_entries) {
    made_index made;
    made_index_init(&made, shard, n_entries, true);
    memcpy(made.info.metadata_digest, digest, 33);
    const made_limits limits = {.n_records = 5, .n_texts = 1, .n_ids = 2, .n_entries = n_entries};
    made_index_add(&made, &limits);
    made_index_write(&made, scratch(file));
    made_index_free(&made);
}

#define DIGEST "0123456789abcdef0123456789abcdef"

static mc_status open_set(mc_index_set *set, const char *const *files, size_t n, mc_error *error) {
    char *paths[8];
    for (size_t i = 0; i < n; i++)
        paths[i] = strdup(scratch(files[i]));
    mc_status status = mc_index_set_open(set, (const char *const *)paths, n, error);
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    return status;
}

static void shards_of_one_name_are_told_apart(void **state) {
    (void)state;
    static const char *const files[] = {"0", "1", "2", "3", "4"};
    static const char *const shards[] = {"b", "a", "b", "c", "b"};
    static const char *const names[] = {"b", "a", "b-2", "c", "b-3"};
    mc_index_set set;
    for (size_t i = 0; i < 5; i++)
        write_index(files[i], shards[i], DIGEST, 10);
    assert_int_equal(open_set(&set, files, 5, NULL), MC_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(set.names[i], names[i]);
        assert_int_equal(set.first[i], 5 * i);
    }
    assert_int_equal(mc_index_set_texts(&set), 25);
    assert_int_equal(set.totals.texts, 25);
    assert_int_equal(set.n_entries, 10);
    mc_index_set_dispose(&set);
    mc_error error = {0};
    write_index("3", "b-2", DIGEST, 10);
    assert_int_equal(open_set(&set, files, 5, &error), MC_E_ARGUMENT);
    assert_non_null(strstr(error.message, "b-2"));
    assert_int_equal(mc_index_set_open(&set, NULL, 0, NULL), MC_OK);
    assert_int_equal(mc_index_set_texts(&set), 0);
    mc_index_set_dispose(&set);
}

static void indexes_must_belong_together(void **state) {
    (void)state;
    static const char *const files[] = {"0", "1"};
    mc_index_set set;
    mc_error error = {0};
    write_index("0", "a", DIGEST, 10);
    write_index("1", "b", "00000000000000000000000000000000", 10);
    assert_int_equal(open_set(&set, files, 2, &error), MC_E_MISMATCH);
    assert_non_null(strstr(error.message, "metadata"));
    assert_string_equal(error.file, scratch("1"));
    write_index("1", "b", DIGEST, 11);
    assert_int_equal(open_set(&set, files, 2, &error), MC_E_MISMATCH);
    static const char *const bad[] = {"a/b", "",        ".",
                                      "..",  ".hidden", "../../../../../../../../tmp/escaped"};
    for (size_t i = 0; i < N_OF(bad); i++) {
        write_index("1", bad[i], DIGEST, 10);
        assert_int_equal(open_set(&set, files, 2, &error), MC_E_FORMAT);
        assert_string_equal(error.file, scratch("1"));
    }
    assert_int_equal(unlink(scratch("1")), 0);
    assert_int_equal(open_set(&set, files, 2, &error), MC_E_IO);
}

static void write_entries(const char *file, const char *const *strings, const uint32_t *ids,
                          size_t n) {
    made_index made;
    uint32_t last = 0;
    made_index_init(&made, file, 20, true);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(mc_index_put_entry(&made.entries, &last, ids[i],
                                            (mc_bytes){strings[i], strlen(strings[i])}, NULL),
                         MC_OK);
    made_index_write(&made, scratch(file));
    made_index_free(&made);
}

static void entries_are_taken_from_the_indexes(void **state) {
    (void)state;
    static const char *const files[] = {"0", "1"};
    static const char *const first[] = {"cat", "dog", "cat"};
    static const char *const second[] = {"dog", "cat", "ca", "cats", "dog"};
    static const uint32_t first_ids[] = {2, 5, 9}, second_ids[] = {5, 9, 10, 11, 19};
    mc_index_set set;
    mc_entry_table table;
    write_entries("0", first, first_ids, 3);
    write_entries("1", second, second_ids, 5);
    assert_int_equal(open_set(&set, files, 2, NULL), MC_OK);
    assert_int_equal(mc_entry_table_init(&table, &set, NULL, NULL), MC_OK);
    assert_int_equal(table.n, 20);
    for (uint32_t id = 0; id < 20; id++) {
        const char *string = id == 2 || id == 9    ? "cat"
                             : id == 5 || id == 19 ? "dog"
                             : id == 10            ? "ca"
                             : id == 11            ? "cats"
                                                   : NULL;
        mc_bytes found = mc_entry_table_string(&table, id);
        assert_true(!string == !found.data);
        assert_int_equal(table.firsts[id], id == 9 ? 2 : id == 19 ? 5 : id);
        if (!string)
            continue;
        assert_int_equal(found.size, strlen(string));
        assert_memory_equal(found.data, string, found.size);
        assert_true(table.hashes[id] == XXH3_64bits(string, strlen(string)));
    }
    mc_entry_table_dispose(&table);
    mc_index_set_dispose(&set);
}

static void a_list_must_be_the_indexes_own(void **state) {
    (void)state;
    static const char *const files[] = {"0"};
    mc_concepts *concepts = made_concepts();
    mc_index_set set;
    mc_entry_table table;
    mc_error error = {0};
    static const struct {
        bool own_digest;
        uint32_t n_entries;
        mc_status status;
    } cases[] = {{true, MADE_ENTRIES, MC_OK},
                 {false, MADE_ENTRIES, MC_E_MISMATCH},
                 {true, MADE_ENTRIES + 1, MC_E_MISMATCH},
                 {true, 5, MC_E_MISMATCH}};
    for (size_t i = 0; i < N_OF(cases); i++) {
        write_index("0", "a", cases[i].own_digest ? mc_concepts_digest(concepts) : DIGEST,
                    cases[i].n_entries);
        assert_int_equal(open_set(&set, files, 1, NULL), MC_OK);
        assert_int_equal(mc_entry_table_init(&table, &set, concepts, &error), cases[i].status);
        if (cases[i].status == MC_OK) {
            char string[40];
            mc_bytes entry = mc_entry_table_string(&table, 7), expected = made_entry(7, string);
            assert_int_equal(entry.size, expected.size);
            assert_memory_equal(entry.data, expected.data, entry.size);
            mc_entry_table_dispose(&table);
        }
        mc_index_set_dispose(&set);
    }
    mc_concepts_free(concepts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tail_shares_are_those_of_the_definition),
        cmocka_unit_test(thresholds_are_those_of_the_definition),
        cmocka_unit_test(draws_are_those_of_the_definition),
        cmocka_unit_test(sums_do_not_depend_on_the_order),
        cmocka_unit_test(ranks_are_ordered),
        cmocka_unit_test(pairs_are_found_again),
        cmocka_unit_test(partitions_share_the_hashes),
        cmocka_unit_test_setup(partitions_give_back_what_they_took, empty_folder),
        cmocka_unit_test(bits_are_set_and_found),
        cmocka_unit_test(copies_spread_by_their_square),
        cmocka_unit_test(uids_are_read_in_every_form),
        cmocka_unit_test(long_lists_are_read_in_pieces),
        cmocka_unit_test(lines_that_are_no_uids_are_refused),
        cmocka_unit_test(endless_lines_are_refused),
        cmocka_unit_test(shards_of_one_name_are_told_apart),
        cmocka_unit_test(indexes_must_belong_together),
        cmocka_unit_test(entries_are_taken_from_the_indexes),
        cmocka_unit_test(a_list_must_be_the_indexes_own),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
