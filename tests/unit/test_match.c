/* Matching pools: match indexes, counts and books against the plain definition; shards that cannot
 * be read; printing. */
#include "matching.h"

#include "naive.h"
#include "no_sync.h"

static uint64_t shard_texts[8]; /* by shard, of the pool made last */

/* ---- what is matched ---- */

/* Compares the index of a shard of plain lines with its file and adds to the counts. */
static void check_lines(const mc_match_options *options, size_t shard, uint64_t *counts) {
    size_t size;
    const void *mapped;
    mc_index index;
    mc_buffer stored = {0};
    mc_block block = {0};
    uint64_t record = 0;
    assert_int_equal(mc_map_file(mc_pool_path(options->pool, shard), &mapped, &size, NULL), MC_OK);
    const char *at = mapped, *end = at + size;
    assert_int_equal(mc_index_open(&index, index_path(options, shard), true, NULL), MC_OK);
    assert_string_equal(index.info.path, mc_pool_path(options->pool, shard));
    assert_int_equal(index.info.source_size, size);
    for (size_t b = 0; b < index.n_blocks; b++) {
        assert_int_equal(mc_index_read(&index, b, &stored, NULL), MC_OK);
        assert_int_equal(mc_index_decode(&index, b, &block, &stored, true, NULL), MC_OK);
        assert_int_equal(block.info.first_record, record);
        for (uint32_t t = 0; t < block.info.n_texts; t++) {
            const char *feed = memchr(at, '\n', (size_t)(end - at));
            assert_non_null(feed);
            char clean[4000];
            uint32_t ids[N_WORDS];
            size_t n = mc_utf8_replace(at, (size_t)(feed - at), clean, NULL);
            size_t n_ids = naive_match((mc_bytes){clean, n}, word_entries, N_WORDS, ids);
            assert_int_equal(block.records[t], t);
            assert_int_equal(block.offsets[t + 1] - block.offsets[t], n_ids);
            assert_memory_equal(block.ids + block.offsets[t], ids, 4 * n_ids);
            mc_pair pair = mc_pair_load(block.identity + (size_t)t * MC_IDENTITY_SIZE);
            assert_true(pair.text_hash == mc_hash64(clean, n));
            assert_true(mc_u128_equal(pair.uid, mc_hash128(clean, n)));
            if (index.info.keep_texts) {
                assert_int_equal(block.texts[t].size, n);
                assert_memory_equal(block.texts[t].data, clean, n);
            }
            for (size_t i = 0; i < n_ids; i++)
                counts[ids[i]]++;
            at = feed + 1;
        }
        record += block.info.n_records;
    }
    assert_ptr_equal(at, end);
    shard_texts[shard] = record;
    mc_block_dispose(&block);
    mc_buffer_dispose(&stored);
    mc_index_dispose(&index);
    mc_unmap_file(mapped, size);
}

static void lines_match_as_the_rule_says(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt", "b.txt", "c.txt", "empty.txt"};
    write_lines(names[0], 2600000); /* three chunks */
    write_lines(names[1], 5000);
    write_lines(names[2], 100000);
    scratch_write(names[3], "", 0);
    mc_pool_options lines = {.format = MC_FORMAT_TEXT};
    mc_pool *pool = open_pool(names, 4, &lines);
    for (int keep = 0; keep < 2; keep++) {
        told t = {0};
        mc_control control = control_of(&t);
        mc_match_options options = options_for(pool, scratch(keep ? "kept" : "out"));
        mc_match_result result;
        uint64_t counts[N_WORDS] = {0}, n_texts = 0;
        options.keep_texts = keep ? MC_KEEP_ALWAYS : MC_KEEP_AUTO;
        options.control = &control;
        run(&options, &result);
        for (size_t i = 0; i < 4; i++) {
            check_lines(&options, i, counts);
            n_texts += shard_texts[i];
        }
        assert_int_equal(result.n_counts, N_WORDS);
        assert_memory_equal(result.counts, counts, sizeof counts);
        assert_true(counts[0] > 100 && counts[9] == counts[0] && counts[4] == 0 && counts[5] == 0);
        assert_int_equal(result.totals.texts, n_texts);
        assert_int_equal(result.totals.records, n_texts);
        assert_true(result.totals.replaced > 0 && result.totals.empty > 0);
        check_books(&result.totals);
        assert_int_equal(result.n_shards, 4);
        assert_int_equal(result.n_failed, 0);
        assert_int_equal(t.n_warnings, 0);
        assert_true(t.n_progress > 2);
        mc_match_result_dispose(&result);
    }
    mc_pool_free(pool);
}

static void assert_same_file(const char *a, const char *b) {
    const void *a_data, *b_data;
    size_t a_size, b_size;
    assert_int_equal(mc_map_file(a, &a_data, &a_size, NULL), MC_OK);
    assert_int_equal(mc_map_file(b, &b_data, &b_size, NULL), MC_OK);
    assert_int_equal(a_size, b_size);
    if (a_size)
        assert_memory_equal(a_data, b_data, a_size);
    mc_unmap_file(a_data, a_size);
    mc_unmap_file(b_data, b_size);
}

static void threads_change_nothing(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt", "b.jsonl", "c.txt"};
    static const size_t threads[] = {1, 2, 7};
    write_lines(names[0], 2300000);
    write_jsonl(names[1], 3000);
    write_lines(names[2], 300000);
    mc_pool *pool = open_pool(names, 3, &default_options);
    mc_match_result first = {0};
    for (size_t i = 0; i < 3; i++) {
        char folder[30], path[1024];
        snprintf(folder, sizeof folder, "out%zu", threads[i]);
        mc_match_options options = options_for(pool, scratch(folder)), one = options;
        mc_match_result result;
        options.n_threads = threads[i];
        options.keep_texts = true;
        run(&options, &result);
        one.folder = scratch("out1");
        for (size_t s = 0; s < 3; s++) {
            snprintf(path, sizeof path, "%s", index_path(&one, s));
            assert_same_file(path, index_path(&options, s));
        }
        if (i == 0) {
            first = result;
            continue;
        }
        assert_memory_equal(&result.totals, &first.totals, sizeof first.totals);
        assert_memory_equal(result.counts, first.counts, N_WORDS * sizeof *first.counts);
        assert_string_equal(result.first_reject.message, first.first_reject.message);
        assert_int_equal(result.first_reject.record, first.first_reject.record);
        mc_match_result_dispose(&result);
    }
    mc_match_result_dispose(&first);
    mc_pool_free(pool);
}

static void damaged_records_are_in_the_books(void **state) {
    (void)state;
    static const char *const names[] = {"a.jsonl"};
    write_jsonl(names[0], 2000);
    mc_pool *pool = open_pool(names, 1, &default_options);
    mc_match_options options = options_for(pool, scratch("out"));
    mc_match_result result;
    mc_index index;
    mc_buffer ledger = {0};
    run(&options, &result);
    check_books(&result.totals);
    assert_int_equal(result.totals.records, 2000);
    assert_true(result.totals.rejected > 100 && result.totals.texts > result.totals.read);
    assert_int_equal(result.first_reject.status, MC_E_FORMAT);
    assert_int_equal(mc_index_open(&index, index_path(&options, 0), true, NULL), MC_OK);
    assert_memory_equal(&index.info.totals, &result.totals, sizeof result.totals);
    assert_int_equal(index.info.read.format, MC_FORMAT_JSONL);
    assert_int_equal(mc_index_read_ledger(&index, &ledger, NULL), MC_OK);
    size_t n_lines = 0;
    for (size_t i = 0; i < ledger.size; i++)
        n_lines += ledger.data[i] == '\n';
    assert_int_equal(n_lines, result.totals.rejected);
    mc_buffer_dispose(&ledger);
    mc_index_dispose(&index);
    mc_match_result_dispose(&result);
    mc_pool_free(pool);
}

static mc_status check_seen(void *context, uint32_t id, mc_bytes entry, mc_error *error) {
    const mc_match_result *result = context;
    static uint32_t next;
    (void)error;
    if (id < next)
        next = 0;
    for (; next < id; next++)
        assert_int_equal(result->counts[next], 0);
    next++;
    assert_true(result->counts[id] > 0);
    assert_int_equal(entry.size, strlen(words[id]));
    assert_memory_equal(entry.data, words[id], entry.size);
    return MC_OK;
}

static void an_index_names_the_entries_in_it(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt"};
    scratch_write(names[0], "the cat\nthe house\n", 18);
    mc_pool *pool = open_pool(names, 1, &default_options);
    mc_match_options options = options_for(pool, scratch("out"));
    mc_match_result result;
    mc_index index;
    run(&options, &result);
    assert_int_equal(mc_index_open(&index, index_path(&options, 0), true, NULL), MC_OK);
    assert_int_equal(mc_index_read_entries(&index, check_seen, &result, NULL), MC_OK);
    mc_index_dispose(&index);
    mc_match_result_dispose(&result);
    mc_pool_free(pool);
}

/* ---- what cannot be matched ---- */

static void a_shard_that_cannot_be_opened_is_left_out(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt", "gone.txt", "c.txt"};
    for (size_t i = 0; i < 3; i++)
        write_lines(names[i], 3000);
    mc_pool *pool = open_pool(names, 3, &default_options);
    assert_int_equal(unlink(scratch("gone.txt")), 0);
    told t = {0};
    mc_control control = control_of(&t);
    mc_match_options options = options_for(pool, scratch("out"));
    mc_match_result result;
    options.control = &control;
    run(&options, &result);
    assert_int_equal(result.n_failed, 1);
    assert_int_equal(result.n_shards, 2);
    assert_non_null(result.counts);
    assert_int_equal(result.first_failure.status, MC_E_IO);
    assert_int_equal(t.n_warnings, 1);
    assert_non_null(strstr(t.first_warning, "gone.txt"));
    assert_non_null(strstr(result.failures, "\"reason\":\"shard\""));
    assert_int_equal(access(index_path(&options, 0), F_OK), 0);
    assert_int_equal(access(index_path(&options, 1), F_OK), -1);
    assert_int_equal(access(index_path(&options, 2), F_OK), 0);
    check_books(&result.totals);
    mc_match_result_dispose(&result);
    mc_pool_free(pool);
}

/* A reader command that fails after its output: what was counted must not count. */
static void a_shard_that_fails_midway_is_left_out(void **state) {
    (void)state;
    static const char *const names[] = {"bad.txt", "good.txt"};
    write_lines(names[0], 2200000);
    write_lines(names[1], 3000);
    const mc_pool_options reader = {.format = MC_FORMAT_TEXT,
                                    .reader = "cat {}; case {} in *bad*) exit 3;; esac"};
    mc_pool *pool = open_pool(names, 2, &reader);
    mc_match_options options = options_for(pool, scratch("out"));
    mc_match_result result;
    run(&options, &result);
    assert_int_equal(result.n_failed, 1);
    assert_int_equal(result.n_shards, 1);
    assert_null(result.counts);
    assert_int_equal(access(index_path(&options, 0), F_OK), -1);
    assert_int_equal(access(index_path(&options, 1), F_OK), 0);
    check_books(&result.totals);
    assert_true(result.totals.texts < 1000);
    mc_match_result_dispose(&result);
    mc_pool_free(pool);
}

static void a_pool_of_nothing_but_rejects_stops_the_run(void **state) {
    (void)state;
    static const char *const names[] = {"a.jsonl"};
    mc_buffer lines = {0};
    for (int i = 0; i < 10000; i++)
        assert_int_equal(mc_buffer_printf(&lines, NULL, "{\"blurb\":\"cat\"}\n"), MC_OK);
    mc_error error = {0};
    mc_match_result result;
    scratch_write(names[0], lines.data, lines.size);
    mc_pool *pool = open_pool(names, 1, &default_options);
    mc_match_options options = options_for(pool, scratch("out"));
    assert_int_equal(mc_match_run(&options, &result, &error), MC_E_FORMAT);
    assert_non_null(strstr(error.message, "blurb"));
    assert_non_null(strstr(error.file, "a.jsonl"));
    assert_null(result.counts);
    assert_int_equal(access(index_path(&options, 0), F_OK), -1);
    mc_pool_free(pool);

    /* one good record, and it is a pool */
    assert_int_equal(mc_buffer_printf(&lines, NULL, "{\"text\":\"cat\"}\n"), MC_OK);
    memmove(lines.data + 15, lines.data, lines.size - 15);
    memcpy(lines.data, "{\"text\":\"cat\"}\n", 15);
    scratch_write(names[0], lines.data, lines.size);
    pool = open_pool(names, 1, &default_options);
    options.pool = pool;
    run(&options, &result);
    assert_int_equal(result.totals.rejected, 10000);
    mc_match_result_dispose(&result);
    mc_pool_free(pool);
    mc_buffer_dispose(&lines);
}

static void a_cancelled_run_leaves_nothing_half_written(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt", "b.txt"};
    write_lines(names[0], 2500000);
    write_lines(names[1], 2500000);
    mc_pool *pool = open_pool(names, 2, &default_options);
    told t = {.cancel_after = 1};
    mc_control control = control_of(&t);
    mc_match_options options = options_for(pool, scratch("out"));
    mc_match_result result;
    mc_error error = {0};
    options.control = &control;
    options.n_threads = 1;
    assert_int_equal(mc_match_run(&options, &result, &error), MC_E_INTERRUPTED);
    assert_null(result.counts);
    assert_int_equal(access(index_path(&options, 0), F_OK), -1);
    assert_int_equal(rmdir(scratch("out/matches")), 0); /* it is empty */
    mc_pool_free(pool);
}

static void names_that_are_no_utf8_are_refused_at_once(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt", "caf\xE9.txt"};
    write_lines(names[0], 3000);
    write_lines(names[1], 3000);
    mc_pool *pool = open_pool(names, 2, &default_options);
    mc_match_options options = options_for(pool, scratch("out"));
    mc_match_result result;
    mc_error error = {0};
    assert_int_equal(mc_match_run(&options, &result, &error), MC_E_ARGUMENT);
    assert_non_null(strstr(error.file, "caf\xE9.txt"));
    assert_int_equal(access(index_path(&options, 0), F_OK), -1);
    assert_int_equal(mc_match_run(&options, &result, NULL), MC_E_ARGUMENT);
    mc_pool_free(pool);
}

static void folders_that_cannot_be_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt"};
    char folder[5000];
    mc_match_result result;
    mc_error error = {0};
    write_lines(names[0], 3000);
    mc_pool *pool = open_pool(names, 1, &default_options);
    memset(folder, 'x', sizeof folder);
    folder[4090] = '\0';
    mc_match_options options = options_for(pool, folder);
    assert_int_equal(mc_match_run(&options, &result, &error), MC_E_LIMIT);
    options.folder = scratch("a.txt"); /* a file is there */
    assert_int_equal(mc_match_run(&options, &result, &error), MC_E_IO);
    mc_pool_free(pool);
}

static void a_folder_that_may_not_be_written_ends_the_run(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt"};
    mc_match_result result;
    mc_error error = {0};
    write_lines(names[0], 3000);
    mc_pool *pool = open_pool(names, 1, &default_options);
    mc_match_options options = options_for(pool, scratch("out"));
    assert_int_equal(mkdir(scratch("out"), 0755), 0);
    assert_int_equal(mkdir(scratch("out/matches"), 0555), 0);
    scratch_drop_root();
    mc_status status = mc_match_run(&options, &result, &error);
    scratch_regain_root();
    assert_int_equal(status, MC_E_IO);
    assert_non_null(strstr(error.file, "out/matches"));
    mc_pool_free(pool);
}

/* ---- printing ---- */

static mc_status take_lines(void *context, const char *data, size_t size, mc_error *error) {
    return mc_buffer_append(context, data, size, error);
}

static mc_status refuse_lines(void *context, const char *data, size_t size, mc_error *error) {
    (void)context;
    (void)data;
    (void)size;
    return mc_fail(error, MC_E_IO, "full");
}

static void sets_are_printed(void **state) {
    (void)state;
    static const char lines[] = "{\"text\":\"a cat, the house\"}\nno json\n"
                                "{\"texts\":[\"dog\",\"nothing\",\"\"]}\n";
    static const char *const names[] = {"a.jsonl", "b.txt"};
    scratch_write(names[0], lines, strlen(lines));
    scratch_write(names[1], "cat\n", 4);
    for (size_t threads = 1; threads <= 3; threads += 2) {
        mc_pool *pool = open_pool(names, 1, &default_options);
        told t = {0};
        mc_control control = control_of(&t);
        mc_match_options options = options_for(pool, NULL);
        mc_buffer out = {0};
        mc_totals totals;
        options.n_threads = threads;
        options.control = &control;
        assert_int_equal(mc_match_print(&options, take_lines, &out, &totals, NULL), MC_OK);
        assert_int_equal(mc_buffer_append(&out, "", 1, NULL), MC_OK);
        assert_string_equal(out.data, "{\"record\":0,\"text\":0,\"matches\":[0,2,3,6,7,8,9]}\n"
                                      "{\"record\":2,\"text\":0,\"matches\":[1]}\n"
                                      "{\"record\":2,\"text\":1,\"matches\":[]}\n"
                                      "{\"record\":2,\"text\":2,\"matches\":[]}\n");
        assert_int_equal(t.n_warnings, 1);
        assert_non_null(strstr(t.first_warning, "record 1, byte 28: bad_json"));
        check_books(&totals);
        assert_int_equal(totals.records, 3);
        assert_int_equal(totals.matches, 8);
        mc_pool_free(pool);

        pool = open_pool(names, 2, &default_options);
        options.pool = pool;
        out.size = 0;
        assert_int_equal(mc_match_print(&options, take_lines, &out, NULL, NULL), MC_OK);
        assert_int_equal(mc_buffer_append(&out, "", 1, NULL), MC_OK);
        char last[300];
        snprintf(last, sizeof last,
                 "{\"shard\":\"%s\",\"record\":0,\"text\":0,\"matches\":[0,9]}\n",
                 mc_pool_name(pool, 1));
        assert_string_equal(out.data + strlen(out.data) - strlen(last), last);
        snprintf(last, sizeof last, "{\"shard\":\"%s\",\"record\":0,", mc_pool_name(pool, 0));
        assert_memory_equal(out.data, last, strlen(last));
        mc_pool_free(pool);
        mc_buffer_dispose(&out);
    }
}

static void printing_keeps_the_order_of_the_input(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt", "empty.txt", "b.txt", "c.txt"};
    write_lines(names[0], 2300000);
    scratch_write(names[1], "", 0);
    write_lines(names[2], 1300000);
    write_lines(names[3], 1000);
    mc_pool_options lines = {.format = MC_FORMAT_TEXT};
    mc_pool *pool = open_pool(names, 4, &lines);
    mc_buffer first = {0};
    static const size_t threads[] = {1, 2, 7};
    for (size_t i = 0; i < 3; i++) {
        mc_match_options options = options_for(pool, NULL);
        mc_buffer out = {0};
        options.n_threads = threads[i];
        assert_int_equal(mc_match_print(&options, take_lines, &out, NULL, NULL), MC_OK);
        if (i == 0) {
            first = out;
            continue;
        }
        assert_int_equal(out.size, first.size);
        assert_memory_equal(out.data, first.data, out.size);
        mc_buffer_dispose(&out);
    }
    mc_buffer_dispose(&first);
    mc_pool_free(pool);
}

static void printing_stops_where_it_fails(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt", "gone.txt"};
    mc_buffer out = {0};
    mc_error error = {0};
    write_lines(names[0], 1000);
    write_lines(names[1], 1000);
    mc_pool *pool = open_pool(names, 2, &default_options);
    mc_match_options options = options_for(pool, NULL);
    assert_int_equal(mc_match_print(&options, refuse_lines, NULL, NULL, &error), MC_E_IO);
    assert_string_equal(error.message, "full");
    assert_int_equal(unlink(scratch("gone.txt")), 0);
    assert_int_equal(mc_match_print(&options, take_lines, &out, NULL, &error), MC_E_IO);
    assert_true(out.size > 0); /* the first shard was printed before */
    mc_buffer_dispose(&out);
    mc_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lines_match_as_the_rule_says, empty_folder),
        cmocka_unit_test_setup(threads_change_nothing, empty_folder),
        cmocka_unit_test_setup(damaged_records_are_in_the_books, empty_folder),
        cmocka_unit_test_setup(an_index_names_the_entries_in_it, empty_folder),
        cmocka_unit_test_setup(a_shard_that_cannot_be_opened_is_left_out, empty_folder),
        cmocka_unit_test_setup(a_shard_that_fails_midway_is_left_out, empty_folder),
        cmocka_unit_test_setup(a_pool_of_nothing_but_rejects_stops_the_run, empty_folder),
        cmocka_unit_test_setup(a_cancelled_run_leaves_nothing_half_written, empty_folder),
        cmocka_unit_test_setup(names_that_are_no_utf8_are_refused_at_once, empty_folder),
        cmocka_unit_test_setup(folders_that_cannot_be_are_refused, empty_folder),
        cmocka_unit_test_setup(a_folder_that_may_not_be_written_ends_the_run, empty_folder),
        cmocka_unit_test_setup(sets_are_printed, empty_folder),
        cmocka_unit_test_setup(printing_keeps_the_order_of_the_input, empty_folder),
        cmocka_unit_test_setup(printing_stops_where_it_fails, empty_folder),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
