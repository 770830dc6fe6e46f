/* Whole runs of balancing against balancing in the plainest way: what is dropped, counted, drawn
 * and selected, for any threads and any memory; and every byte that is emitted. */
#include "balance_checks.h"

#include <errno.h>

#include "no_sync.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static int begin(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    expected.size = 0;
    return 0;
}

static mc_balance_options options_for(const made_pool *pool) {
    if (mkdir(out_folder(), 0755) != 0)
        assert_int_equal(errno, EEXIST);
    return (mc_balance_options){.indexes = (const char *const *)pool->paths,
                                .n_indexes = pool->n_shards,
                                .folder = out_folder(),
                                .target = MC_TARGET_THRESHOLD,
                                .threshold = 20,
                                .n_threads = 2};
}

static void run(const mc_balance_options *options, mc_balance_result *result) {
    mc_error error = {0};
    char text[1200];
    if (mc_balance_run(options, result, &error) != MC_OK)
        fail_msg("%s", mc_error_text(&error, text, sizeof text));
}

static bool is_odd(const made_text *t) {
    return t->pair.uid.low % 2 == 1;
}

static bool is_not_even(const made_text *t) {
    return t->pair.uid.low % 2 != 0;
}

/* Not in --only (thirds of zero), or in --exclude (odd ones). */
static bool is_listed_out(const made_text *t) {
    return t->pair.uid.low % 3 != 0 || t->pair.uid.low % 2 == 1;
}

/* A list of the uids for which pick holds; some twice, and others that occur nowhere. */
static const char *write_uids(const made_pool *pool, const char *name,
                              bool (*pick)(const made_text *)) {
    mc_buffer list = {0};
    for (size_t i = 0; i < pool->n_texts; i++) {
        char uid[33];
        mc_u128_hex(pool->texts[i].pair.uid, uid);
        if (pick(&pool->texts[i]))
            assert_int_equal(mc_buffer_printf(&list, NULL, "%s\n", uid), MC_OK);
    }
    assert_int_equal(mc_buffer_printf(&list, NULL, "%032d\n", 7), MC_OK);
    const char *path = scratch_write(name, list.data, list.size);
    mc_buffer_dispose(&list);
    return path;
}

static bool is_even(const made_text *t) {
    return t->pair.uid.low % 2 == 0;
}

static bool is_third(const made_text *t) {
    return t->pair.uid.low % 3 == 0;
}

static const made_shape shapes[] = {
    {.n_shards = 3,
     .n_records = 400,
     .n_texts = 3,
     .n_images = 120,
     .n_captions = 90,
     .keep_texts = true},
    {.n_shards = 1,
     .n_records = 900,
     .n_texts = 1,
     .n_images = 5000,
     .n_captions = 5000,
     .keep_texts = true},
    {.n_shards = 5,
     .n_records = 150,
     .n_texts = 2,
     .n_images = 3,
     .n_captions = 10,
     .keep_texts = true},
    {.n_shards = 2,
     .n_records = 30,
     .n_texts = 2,
     .n_images = 9,
     .n_captions = 50,
     .keep_texts = true},
};

/* Balances in both ways and compares everything. */
static void check_threshold(made_pool *pool, mc_balance_options *o, double threshold, const char *t,
                            bool (*is_out)(const made_text *)) {
    mc_balance_result result;
    plain_result plain;
    drop_plainly(pool, is_out, o->dedup == MC_DEDUP_PAIR);
    count_plainly(pool, &plain);
    key_plainly(pool, plain.counts, o->seed);
    keep_plainly(pool, threshold, &plain);
    sum_plainly(pool, plain.counts, &plain);
    run(o, &result);
    check_result(pool, &result, &plain, plain.counts);
    check_files(pool, &plain, o->emit, t);
    mc_balance_result_dispose(&result);
    scratch_empty(o->folder);
}

static void thresholds_keep_what_the_rule_says(void **state) {
    (void)state;
    static const struct {
        double t;
        const char *name;
    } thresholds[] = {{20, "20"}, {1, "1"}, {7.5, "7.5"}, {1e6, "1000000"}, {INFINITY, "inf"}};
    for (size_t shape = 0; shape < N_OF(shapes); shape++) {
        made_pool pool;
        made_pool_init(&pool, &shapes[shape]);
        mc_balance_options o = options_for(&pool);
        o.emit = MC_EMIT_TSV | MC_EMIT_DATACOMP | MC_EMIT_METACLIP;
        for (size_t i = 0; i < N_OF(thresholds); i++)
            for (int dedup = MC_DEDUP_PAIR; dedup <= (int)MC_DEDUP_NONE; dedup++) {
                o.threshold = thresholds[i].t;
                o.dedup = (mc_dedup)dedup;
                o.seed = i;
                o.concepts = i % 2 ? pool.concepts : NULL;
                check_threshold(&pool, &o, o.threshold, thresholds[i].name, NULL);
            }
        made_pool_free(&pool);
        scratch_empty(scratch_folder);
    }
}

static void threads_and_memory_change_nothing(void **state) {
    (void)state;
    static const size_t threads[] = {1, 2, 7};
    static const uint64_t memories[] = {1, 1 << 20, 0};
    made_pool pool;
    made_pool_init(&pool, &shapes[0]);
    mc_balance_options o = options_for(&pool);
    o.emit = MC_EMIT_TSV | MC_EMIT_DATACOMP | MC_EMIT_METACLIP;
    for (size_t i = 0; i < N_OF(threads); i++)
        for (size_t m = 0; m < N_OF(memories); m++) {
            o.n_threads = threads[i];
            o.memory = memories[m];
            o.dedup = m == 1 ? MC_DEDUP_NONE : MC_DEDUP_PAIR;
            check_threshold(&pool, &o, 20, "20", NULL);
        }
    made_pool_free(&pool);
}

/* Counts that matching gives are corrected by what is dropped. */
static void known_counts_are_taken_back(void **state) {
    (void)state;
    for (size_t shape = 0; shape < N_OF(shapes); shape++) {
        made_pool pool;
        plain_result plain;
        made_pool_init(&pool, &shapes[shape]);
        count_plainly(&pool, &plain);
        char only[1024], exclude[1024];
        snprintf(only, sizeof only, "%s", write_uids(&pool, "only", is_third));
        snprintf(exclude, sizeof exclude, "%s", write_uids(&pool, "exclude", is_odd));
        for (int given = 0; given < 2; given++)
            for (int lists = 0; lists < 4; lists++) {
                static bool (*const out[])(const made_text *) = {NULL, NULL, is_odd, is_listed_out};
                mc_balance_options o = options_for(&pool);
                o.counts = given ? plain.all_counts : NULL;
                o.dedup = lists == 1 ? MC_DEDUP_NONE : MC_DEDUP_PAIR;
                o.exclude = lists >= 2 ? exclude : NULL;
                o.only = lists == 3 ? only : NULL;
                o.memory = 1;
                check_threshold(&pool, &o, 20, "20", out[lists]);
            }
        made_pool_free(&pool);
        scratch_empty(scratch_folder);
    }
}

static void only_listed_images_take_part(void **state) {
    (void)state;
    made_pool pool;
    made_pool_init(&pool, &shapes[0]);
    char only[1024], none[1024];
    snprintf(only, sizeof only, "%s", write_uids(&pool, "only", is_even));
    snprintf(none, sizeof none, "%s", scratch_write("none", "", 0));
    mc_balance_options o = options_for(&pool);
    o.only = only;
    check_threshold(&pool, &o, 20, "20", is_not_even);
    o.dedup = MC_DEDUP_NONE;
    check_threshold(&pool, &o, 20, "20", is_not_even);
    o.only = NULL;
    o.exclude = none;
    check_threshold(&pool, &o, 20, "20", NULL);
    o.only = none;
    mc_balance_result result;
    run(&o, &result);
    assert_int_equal(result.totals.matched, 0);
    assert_int_equal(result.totals.kept, 0);
    assert_int_equal(result.totals.excluded + result.totals.empty, pool.n_texts);
    assert_int_equal(result.n_top, 0);
    mc_balance_result_dispose(&result);
    mc_error error = {0};
    o.only = "/no/such/list";
    assert_int_equal(mc_balance_run(&o, &result, &error), MC_E_IO);
    made_pool_free(&pool);
}

static void counts_of_another_pool_can_be_drawn_against(void **state) {
    (void)state;
    made_pool pool;
    mc_balance_result result;
    plain_result plain;
    uint64_t drawn[MADE_ENTRIES];
    made_pool_init(&pool, &shapes[0]);
    for (uint32_t id = 0; id < MADE_ENTRIES; id++)
        drawn[id] = id % 50 == 49 ? 0 : random_below(3000);
    for (uint32_t i = 0; i < 3; i++)
        drawn[MADE_ENTRIES - 3 + i] = drawn[i];
    expect_header("'<u8'", MADE_ENTRIES, "");
    expect(drawn, sizeof drawn);
    char path[1024];
    snprintf(path, sizeof path, "%s", scratch_write("c.npy", expected.data, expected.size));
    expected.size = 0;
    mc_balance_options o = options_for(&pool);
    o.counts_file = path;
    drop_plainly(&pool, NULL, true);
    count_plainly(&pool, &plain);
    key_plainly(&pool, drawn, 0);
    keep_plainly(&pool, 20, &plain);
    sum_plainly(&pool, drawn, &plain);
    run(&o, &result);
    check_result(&pool, &result, &plain, drawn);
    check_files(&pool, &plain, 0, "20");
    mc_balance_result_dispose(&result);

    /* of another list */
    mc_error error = {0};
    expect_header("'<u8'", 3, "");
    expect(drawn, 24);
    scratch_write("c.npy", expected.data, expected.size);
    expected.size = 0;
    assert_int_equal(mc_balance_run(&o, &result, &error), MC_E_MISMATCH);
    made_pool_free(&pool);
}

static void tail_shares_give_a_threshold(void **state) {
    (void)state;
    static const double shares[] = {0, 0.05, 0.3, 1};
    made_pool pool;
    made_pool_init(&pool, &shapes[0]);
    for (size_t i = 0; i < N_OF(shares); i++) {
        plain_result plain;
        uint64_t t;
        char name[30];
        mc_balance_options o = options_for(&pool);
        o.target = MC_TARGET_TAIL_SHARE;
        o.tail_share = shares[i];
        o.emit = MC_EMIT_METACLIP;
        drop_plainly(&pool, NULL, true);
        count_plainly(&pool, &plain);
        assert_int_equal(mc_threshold_for(plain.counts, MADE_ENTRIES, shares[i], &t, NULL), MC_OK);
        snprintf(name, sizeof name, "%llu", (unsigned long long)t);
        check_threshold(&pool, &o, (double)t, name, NULL);
    }
    made_pool_free(&pool);
}

static void sizes_are_met_exactly(void **state) {
    (void)state;
    for (size_t shape = 0; shape < N_OF(shapes); shape++) {
        made_pool pool;
        plain_result plain;
        made_pool_init(&pool, &shapes[shape]);
        for (int dedup = MC_DEDUP_PAIR; dedup <= (int)MC_DEDUP_NONE; dedup++) {
            drop_plainly(&pool, NULL, dedup == MC_DEDUP_PAIR);
            count_plainly(&pool, &plain);
            const uint64_t n = plain.n_matched;
            const uint64_t sizes[] = {1, 2, n / 3, n - 1, n, n + 1, 10 * n};
            for (size_t i = 0; i < N_OF(sizes); i++) {
                char name[40];
                mc_balance_result result;
                mc_balance_options o = options_for(&pool);
                o.target = MC_TARGET_SIZE;
                o.size = sizes[i];
                o.dedup = (mc_dedup)dedup;
                o.emit = MC_EMIT_METACLIP | MC_EMIT_DATACOMP;
                o.memory = i % 2; /* so little that the range is narrowed to the last bit */
                o.n_threads = i % 3 + 1;
                o.seed = i;
                drop_plainly(&pool, NULL, dedup == MC_DEDUP_PAIR);
                count_plainly(&pool, &plain);
                key_plainly(&pool, plain.counts, o.seed);
                select_plainly(&pool, sizes[i], &plain);
                sum_plainly(&pool, plain.counts, &plain);
                run(&o, &result);
                assert_int_equal(result.totals.kept, sizes[i] < n ? sizes[i] : n);
                assert_int_equal(result.fewer_than_asked, sizes[i] > n);
                check_result(&pool, &result, &plain, plain.counts);
                snprintf(name, sizeof name, "size%llu", (unsigned long long)sizes[i]);
                check_files(&pool, &plain, o.emit, name);
                mc_balance_result_dispose(&result);
                scratch_empty(o.folder);
            }
        }
        made_pool_free(&pool);
        scratch_empty(scratch_folder);
    }
}

static void no_size_at_all_is_refused(void **state) {
    (void)state;
    made_pool pool;
    mc_balance_result result;
    mc_error error = {0};
    made_pool_init(&pool, &shapes[3]);
    mc_balance_options o = options_for(&pool);
    o.target = MC_TARGET_SIZE;
    assert_int_equal(mc_balance_run(&o, &result, &error), MC_E_ARGUMENT);
    made_pool_free(&pool);
}

static void counting_alone_writes_no_subset(void **state) {
    (void)state;
    made_pool pool;
    mc_balance_result result;
    plain_result plain;
    made_pool_init(&pool, &shapes[0]);
    mc_balance_options o = options_for(&pool);
    o.target = MC_TARGET_COUNTS;
    drop_plainly(&pool, NULL, true);
    count_plainly(&pool, &plain);
    run(&o, &result);
    assert_memory_equal(result.counts, plain.counts, sizeof plain.counts);
    assert_int_equal(result.totals.duplicates, plain.n_duplicates);
    assert_int_equal(result.totals.kept, 0);
    check_counts(&plain);
    assert_int_equal(count_names(""), 2);
    mc_balance_result_dispose(&result);
    made_pool_free(&pool);
}

/* So many pairs that equal ones are looked for in several parts. */
static void many_pairs_are_compared_in_parts(void **state) {
    (void)state;
    static const made_shape shape = {.n_shards = 2,
                                     .n_records = 20000,
                                     .n_texts = 2,
                                     .n_images = 9000,
                                     .n_captions = 4,
                                     .keep_texts = true};
    made_pool pool;
    made_pool_init(&pool, &shape);
    char exclude[1024];
    snprintf(exclude, sizeof exclude, "%s", write_uids(&pool, "exclude", is_odd));
    for (size_t threads = 1; threads <= 7; threads += 3)
        for (int listed = 0; listed < 2; listed++) {
            mc_balance_options o = options_for(&pool);
            o.memory = 1;
            o.n_threads = threads;
            o.exclude = listed ? exclude : NULL;
            o.threshold = 500;
            check_threshold(&pool, &o, 500, "500", listed ? is_odd : NULL);
        }
    made_pool_free(&pool);
}

static void nothing_can_be_balanced(void **state) {
    (void)state;
    static const made_shape nothing = {
        .n_shards = 2, .n_images = 1, .n_captions = 1, .n_texts = 1, .keep_texts = true};
    made_pool pool;
    made_pool_init(&pool, &nothing);
    for (size_t n = 0; n <= 2; n++) {
        mc_balance_result result;
        mc_balance_options o = options_for(&pool);
        o.n_indexes = n;
        o.concepts = pool.concepts;
        o.emit = MC_EMIT_TSV | MC_EMIT_DATACOMP | MC_EMIT_METACLIP;
        run(&o, &result);
        assert_int_equal(result.totals.texts, 0);
        assert_int_equal(result.totals.kept, 0);
        assert_int_equal(result.n_never, MADE_ENTRIES);
        check_file("subset.jsonl.zst");
        check_datacomp(&pool);
        assert_int_equal(count_names("subset"), n);
        mc_balance_result_dispose(&result);
        o.concepts = NULL;
        run(&o, &result);
        assert_int_equal(result.n_entries, n ? MADE_ENTRIES : 0);
        mc_balance_result_dispose(&result);
        scratch_empty(o.folder);
    }
    made_pool_free(&pool);
}

/* The same index twice is a pool of copies. */
static void a_pool_added_to_itself_changes_nothing(void **state) {
    (void)state;
    made_pool pool;
    mc_balance_result once, twice;
    made_pool_init(&pool, &shapes[1]);
    mc_balance_options o = options_for(&pool);
    run(&o, &once);
    const char *paths[] = {pool.paths[0], pool.paths[0]};
    o.indexes = paths;
    o.n_indexes = 2;
    run(&o, &twice);
    assert_int_equal(twice.totals.duplicates,
                     once.totals.duplicates + pool.n_texts - once.totals.empty);
    assert_int_equal(twice.totals.kept, once.totals.kept);
    assert_true(twice.expected_size == once.expected_size);
    assert_memory_equal(twice.counts, once.counts, MADE_ENTRIES * sizeof *once.counts);
    assert_true(is_there("subset/shard0-2.npy"));
    mc_balance_result_dispose(&once);
    mc_balance_result_dispose(&twice);
    made_pool_free(&pool);
}

/* ---- what fails ---- */

static void damaged_indexes_are_refused(void **state) {
    (void)state;
    made_pool pool;
    mc_balance_result result;
    mc_error error = {0};
    size_t size;
    made_pool_init(&pool, &shapes[3]);
    mc_balance_options o = options_for(&pool);
    char *bytes = scratch_read("shard1.mcm", &size);
    for (size_t i = 0; i < size; i += 41) {
        bytes[i] ^= 4;
        unlink(pool.paths[1]);
        scratch_write("shard1.mcm", bytes, size);
        bytes[i] ^= 4;
        mc_status status = mc_balance_run(&o, &result, &error);
        if (status == MC_OK) { /* the ledger is empty and is not read here */
            mc_balance_result_dispose(&result);
            continue;
        }
        assert_int_equal(status, MC_E_FORMAT);
        assert_string_equal(error.file, pool.paths[1]);
        assert_null(result.counts);
        if (is_there("subset"))
            assert_int_equal(count_names("subset"), 0);
    }
    free(bytes);
    made_pool_free(&pool);
}

static void folders_must_be_there(void **state) {
    (void)state;
    made_pool pool;
    mc_balance_result result;
    mc_error error = {0};
    char folder[5000];
    made_pool_init(&pool, &shapes[3]);
    mc_balance_options o = options_for(&pool);
    o.folder = "/no/such/folder";
    assert_int_equal(mc_balance_run(&o, &result, &error), MC_E_IO);
    memset(folder, '/', sizeof folder);
    memcpy(folder, out_folder(), strlen(out_folder()));
    static const int lengths[] = {4095, 4090, 4086, 4083, 4078};
    o.emit = MC_EMIT_TSV | MC_EMIT_DATACOMP | MC_EMIT_METACLIP;
    for (size_t i = 0; i < N_OF(lengths); i++) {
        folder[lengths[i]] = '\0';
        o.folder = folder;
        mc_status status = mc_balance_run(&o, &result, &error);
        assert_true(status == MC_E_LIMIT || status == MC_E_IO);
        folder[lengths[i]] = '/';
    }
    made_pool_free(&pool);
}

typedef struct told {
    atomic_int cancel;
    mc_stage cancel_at;
    unsigned stages;
} told;

static void note_progress(void *context, mc_stage stage, uint64_t done, uint64_t total,
                          uint64_t n_texts) {
    told *t = context;
    t->stages |= 1u << stage;
    assert_true(done <= 2 * total && n_texts <= 2 * total);
    if (stage == t->cancel_at)
        atomic_store(&t->cancel, 1);
}

static void runs_can_be_cancelled_at_every_stage(void **state) {
    (void)state;
    static const mc_stage stages[] = {MC_STAGE_DEDUP, MC_STAGE_COUNT, MC_STAGE_SELECT,
                                      MC_STAGE_WRITE};
    made_pool pool;
    made_pool_init(&pool, &shapes[0]);
    for (size_t threads = 1; threads < 4; threads += 2)
        for (size_t i = 0; i < N_OF(stages); i++) {
            told t = {.cancel_at = stages[i]};
            mc_control control = {.cancel = &t.cancel, .progress = note_progress, .context = &t};
            mc_balance_options o = options_for(&pool);
            mc_balance_result result;
            o.target = MC_TARGET_SIZE;
            o.size = 50;
            o.n_threads = threads;
            o.control = &control;
            assert_int_equal(mc_balance_run(&o, &result, NULL), MC_E_INTERRUPTED);
            assert_true(t.stages & 1u << stages[i]);
            assert_false(is_there("subset.jsonl.zst"));
            if (is_there("subset"))
                assert_int_equal(count_names("subset"), 0);
            scratch_empty(o.folder);
        }
    made_pool_free(&pool);
}

static int free_expected(void **state) {
    mc_buffer_dispose(&expected);
    return scratch_remove(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(thresholds_keep_what_the_rule_says, begin),
        cmocka_unit_test_setup(threads_and_memory_change_nothing, begin),
        cmocka_unit_test_setup(known_counts_are_taken_back, begin),
        cmocka_unit_test_setup(only_listed_images_take_part, begin),
        cmocka_unit_test_setup(counts_of_another_pool_can_be_drawn_against, begin),
        cmocka_unit_test_setup(tail_shares_give_a_threshold, begin),
        cmocka_unit_test_setup(sizes_are_met_exactly, begin),
        cmocka_unit_test_setup(no_size_at_all_is_refused, begin),
        cmocka_unit_test_setup(counting_alone_writes_no_subset, begin),
        cmocka_unit_test_setup(many_pairs_are_compared_in_parts, begin),
        cmocka_unit_test_setup(nothing_can_be_balanced, begin),
        cmocka_unit_test_setup(a_pool_added_to_itself_changes_nothing, begin),
        cmocka_unit_test_setup(damaged_indexes_are_refused, begin),
        cmocka_unit_test_setup(folders_must_be_there, begin),
        cmocka_unit_test_setup(runs_can_be_cancelled_at_every_stage, begin),
    };
    return cmocka_run_group_tests(tests, scratch_make, free_expected);
}
