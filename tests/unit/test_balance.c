/* The parts of balancing: tables, partitions, bitmaps, copies, sets of indexes. */
#include "made_pairs.h"
#include "no_sync.h"

#include "balance/bitmap.h"
#include "balance/drops.h"
#include "balance/index_set.h"
#include "balance/pair_table.h"
#include "balance/spread.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
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
        cmocka_unit_test(pairs_are_found_again),
        cmocka_unit_test(partitions_share_the_hashes),
        cmocka_unit_test_setup(partitions_give_back_what_they_took, empty_folder),
        cmocka_unit_test(bits_are_set_and_found),
        cmocka_unit_test(copies_spread_by_their_square),
        cmocka_unit_test(shards_of_one_name_are_told_apart),
        cmocka_unit_test(indexes_must_belong_together),
        cmocka_unit_test(entries_are_taken_from_the_indexes),
        cmocka_unit_test(a_list_must_be_the_indexes_own),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
