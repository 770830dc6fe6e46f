/* A finished run opened for looking at, against the plain way; and damaged ones. */
#include "audit/audited.h"
#include "made_run.h"

static const made_shape shape = {3, 400, 3, 150, 90, true};

static void open_run(mc_audited *a, const made_run *run) {
    mc_error error = {0};
    if (mc_audited_open(a, &run->audit, &error) != MC_OK)
        fail_msg("%s: %s", error.file, error.message);
}

/* Which texts take part and which were kept, text by text. */
static void check_texts(mc_audited *a, const made_run *run) {
    mc_buffer stored = {0};
    mc_block block = {0};
    size_t ordinal = 0, n_kept = 0;
    for (size_t i = 0; i < a->set.n; i++) {
        mc_index *index = &a->set.indexes[i];
        assert_int_equal(mc_index_reopen(index, NULL), MC_OK);
        for (size_t b = 0; b < index->n_blocks; b++) {
            assert_int_equal(mc_index_read(index, b, &stored, NULL), MC_OK);
            assert_int_equal(mc_index_decode(index, b, &block, &stored, false, NULL), MC_OK);
            mc_kept_cursor cursor = mc_kept_of_block(a, i, &block.info);
            for (uint32_t t = 0; t < block.info.n_texts; t++, ordinal++) {
                const made_text *text = &run->pool.texts[ordinal];
                assert_int_equal(mc_audited_dropped(a, ordinal), text->duplicate);
                bool kept = mc_kept_next(&cursor, &block, t);
                assert_int_equal(kept, text->kept);
                n_kept += kept;
            }
        }
        mc_index_shut(index);
    }
    assert_int_equal(ordinal, run->pool.n_texts);
    assert_int_equal(n_kept, run->result.totals.kept);
    mc_block_dispose(&block);
    mc_buffer_dispose(&stored);
}

static void a_run_is_opened_as_it_was_left(void **state) {
    (void)state;
    static const mc_balance_options asked[] = {
        {.target = MC_TARGET_THRESHOLD, .threshold = 12, .n_threads = 1},
        {.target = MC_TARGET_THRESHOLD, .threshold = INFINITY, .n_threads = 1, .seed = 9},
        {.target = MC_TARGET_SIZE, .size = 40, .n_threads = 1, .seed = INT64_MAX},
        {.target = MC_TARGET_COUNTS, .n_threads = 1}};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        made_run run;
        mc_audited a;
        plain_result plain = {0};
        made_run_init(&run, &shape, &asked[i]);
        drop_plainly(&run.pool, NULL, true);
        count_plainly(&run.pool, &plain);
        key_plainly(&run.pool, plain.counts, asked[i].seed);
        if (asked[i].target == MC_TARGET_SIZE)
            select_plainly(&run.pool, asked[i].size, &plain);
        else if (asked[i].target == MC_TARGET_THRESHOLD)
            keep_plainly(&run.pool, asked[i].threshold, &plain);
        open_run(&a, &run);
        assert_int_equal(a.balanced, asked[i].target != MC_TARGET_COUNTS);
        assert_memory_equal(a.counts, run.result.counts, MADE_ENTRIES * sizeof *a.counts);
        assert_ptr_equal(mc_audited_drawn(&a), a.counts);
        assert_int_equal(a.seed, asked[i].seed);
        if (a.balanced) {
            assert_true(a.selection.threshold == run.result.threshold);
            assert_int_equal(a.selection.by_rank, asked[i].target == MC_TARGET_SIZE);
            assert_int_equal(a.n_kept, run.result.totals.kept);
        }
        check_texts(&a, &run);
        mc_audited_dispose(&a);
        made_run_free(&run);
    }
}

/* The last pair that --size kept, back from the manifest, selects the same pairs. */
static void the_last_pair_is_read_back(void **state) {
    (void)state;
    made_run run;
    mc_audited a;
    const mc_balance_options asked = {.target = MC_TARGET_SIZE, .size = 40, .n_threads = 1};
    made_run_init(&run, &shape, &asked);
    open_run(&a, &run);
    assert_true(a.selection.by_rank && run.result.last.known);
    assert_true(a.selection.last.key == run.result.last.key);
    assert_int_equal(a.selection.last.ordinal, run.result.last.ordinal);
    assert_int_equal(a.selection.last.pair.text_hash, run.result.last.text_hash);
    mc_audited_dispose(&a);
    made_run_free(&run);
}

static void entries_have_names_and_sources(void **state) {
    (void)state;
    static const char *const names[] = {"wordnet"};
    made_run run;
    mc_audited a;
    uint16_t of[MADE_ENTRIES];
    char expected[40];
    const mc_balance_options asked = {
        .target = MC_TARGET_THRESHOLD, .threshold = 12, .n_threads = 1};
    made_run_init(&run, &shape, &asked);
    for (size_t i = 0; i < MADE_ENTRIES; i++)
        of[i] = i == 5 ? 0 : UINT16_MAX;
    const mc_audit_sources sources = {names, 1, of};
    run.audit.sources = &sources;
    open_run(&a, &run);
    assert_string_equal(mc_audited_source(&a, 5), "wordnet");
    assert_null(mc_audited_source(&a, 6));
    assert_false(mc_audited_is_dead(&a, 7));
    json_t *entry = mc_audited_entry(&a, 7);
    mc_bytes string = made_entry(7, expected);
    assert_memory_equal(json_string_value(entry), string.data, string.size);
    json_decref(entry);
    mc_audited_dispose(&a);
    made_run_free(&run);
}

/* ---- damage ---- */

typedef struct damage {
    const char *file;
    const char *bytes; /* NULL: the file is cut by a byte */
    mc_status status;
} damage;

static void spoil(const damage *d) {
    if (d->bytes) {
        scratch_write(d->file, d->bytes, strlen(d->bytes));
        return;
    }
    struct stat info;
    assert_int_equal(stat(scratch(d->file), &info), 0);
    assert_int_equal(truncate(scratch(d->file), info.st_size - 1), 0);
}

static void damaged_runs_are_refused(void **state) {
    (void)state;
    static const damage damages[] = {
        {"manifest.json", "{", MC_E_FORMAT},
        {"manifest.json", "{\"shards\":[]}", MC_E_FORMAT},
        {"manifest.json",
         "{\"shards\":[],\"parameters\":{\"seed\":0,\"dedup\":\"pair\"},\"result\":{\"t\":-1}}",
         MC_E_FORMAT},
        {"manifest.json", "{\"shards\":[],\"parameters\":{\"seed\":-4,\"dedup\":\"pair\"}}",
         MC_E_FORMAT},
        {"manifest.json", "{\"shards\":[],\"parameters\":{\"seed\":0,\"dedup\":\"some\"}}",
         MC_E_ARGUMENT},
        {"counts.npy", "", MC_E_FORMAT},
        {"dropped.npy", NULL, MC_E_FORMAT},
        {"dropped.npy", "", MC_E_FORMAT},
        {"subset/shard1.npy", NULL, MC_E_FORMAT},
        {"subset/shard1.texts.npy", NULL, MC_E_FORMAT},
        {"takedown.pending", "", MC_E_FORMAT},
    };
    const mc_balance_options asked = {
        .target = MC_TARGET_THRESHOLD, .threshold = 12, .n_threads = 1};
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        made_run run;
        mc_audited a;
        mc_error error = {0};
        made_run_init(&run, &shape, &asked);
        spoil(&damages[i]);
        mc_status status = mc_audited_open(&a, &run.audit, &error);
        if (status != damages[i].status)
            fail_msg("%zu: %s: status %d: %s", i, damages[i].file, status, error.message);
        mc_audited_dispose(&a);
        made_run_free(&run);
    }
}

static void indexes_of_another_run_are_refused(void **state) {
    (void)state;
    made_run run;
    mc_audited a;
    const mc_balance_options asked = {
        .target = MC_TARGET_THRESHOLD, .threshold = 12, .n_threads = 1};
    made_run_init(&run, &shape, &asked);
    const char *swapped[] = {run.pool.paths[1], run.pool.paths[0], run.pool.paths[2]};
    run.audit.indexes = swapped;
    run.audit.n_indexes = 3;
    assert_int_equal(mc_audited_open(&a, &run.audit, NULL), MC_E_MISMATCH);
    mc_audited_dispose(&a);
    run.audit.n_indexes = 2;
    assert_int_equal(mc_audited_open(&a, &run.audit, NULL), MC_E_MISMATCH);
    mc_audited_dispose(&a);
    made_run_free(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_opened_as_it_was_left),
        cmocka_unit_test(the_last_pair_is_read_back),
        cmocka_unit_test(entries_have_names_and_sources),
        cmocka_unit_test(damaged_runs_are_refused),
        cmocka_unit_test(indexes_of_another_run_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
