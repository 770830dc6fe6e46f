/* Resuming a run of matching: what is taken over, what is matched again, what is refused. */
#include "matching.h"

#include <fcntl.h>

#include "no_sync.h"

typedef struct resumed {
    const char *names[3];
    mc_pool *pool;
    mc_match_options options;
    mc_match_result whole; /* what a run from the beginning gives */
    told t;
    mc_control control;
} resumed;

static const char *out_folder(void) {
    static char folder[300];
    snprintf(folder, sizeof folder, "%s/out", scratch_folder);
    return folder;
}

static void begin(resumed *r) {
    *r = (resumed){.names = {"a.txt", "b.jsonl", "c.txt"}};
    write_lines("a.txt", 2300000);
    write_jsonl("b.jsonl", 500);
    write_lines("c.txt", 10000);
    r->pool = open_pool(r->names, 3, &default_options);
    r->control = control_of(&r->t);
    r->options = options_for(r->pool, out_folder());
    r->options.control = &r->control;
    run(&r->options, &r->whole);
    r->options.resume = true;
}

/* Resumes and expects what the whole run gave, with n_resumed shards taken over. */
static void expect_resumed(resumed *r, size_t n_resumed) {
    mc_match_result result;
    run(&r->options, &result);
    assert_int_equal(result.n_resumed, n_resumed);
    assert_int_equal(result.n_shards, 3);
    assert_memory_equal(&result.totals, &r->whole.totals, sizeof result.totals);
    assert_memory_equal(result.counts, r->whole.counts, N_WORDS * sizeof *result.counts);
    mc_match_result_dispose(&result);
}

static void expect_refusal(resumed *r, mc_status status, const char *what) {
    mc_match_result result;
    mc_error error = {0};
    char text[1200];
    assert_int_equal(mc_match_run(&r->options, &result, &error), status);
    mc_error_text(&error, text, sizeof text);
    if (!strstr(text, what))
        fail_msg("\"%s\" lacks \"%s\"", text, what);
    assert_null(result.counts);
}

static void end(resumed *r) {
    mc_match_result_dispose(&r->whole);
    mc_pool_free(r->pool);
}

static void finished_shards_are_taken_over(void **state) {
    (void)state;
    resumed r;
    begin(&r);
    expect_resumed(&r, 3);
    assert_int_equal(unlink(index_path(&r.options, 1)), 0);
    expect_resumed(&r, 2);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(unlink(index_path(&r.options, i)), 0);
    expect_resumed(&r, 0);
    assert_int_equal(r.t.n_warnings, 0);
    end(&r);
}

static void flip(const char *path, off_t offset) {
    int fd = open(path, O_RDWR);
    char byte;
    assert_true(fd >= 0);
    if (offset < 0)
        offset += lseek(fd, 0, SEEK_END);
    assert_int_equal(pread(fd, &byte, 1, offset), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
}

/* Damage is only met when blocks before it have been counted: they must not count twice. */
static void damaged_shards_are_matched_again(void **state) {
    (void)state;
    resumed r;
    mc_index index;
    begin(&r);
    assert_int_equal(mc_index_open(&index, index_path(&r.options, 0), false, NULL), MC_OK);
    assert_true(index.n_blocks > 2);
    const off_t places[] = {
        0,  3,   100, (off_t)index.blocks[1].offset + 70, (off_t)index.blocks[2].offset + 70,
        -1, -50, -100};
    mc_index_dispose(&index);
    for (size_t i = 0; i < N_OF(places); i++) {
        flip(index_path(&r.options, 0), places[i]);
        r.t.n_warnings = 0;
        expect_resumed(&r, 2);
        assert_int_equal(r.t.n_warnings, 1);
        assert_non_null(strstr(r.t.first_warning, "matched again"));
    }
    expect_resumed(&r, 3);
    assert_int_equal(truncate(index_path(&r.options, 2), 500), 0);
    expect_resumed(&r, 2);
    end(&r);
}

static void a_changed_run_is_not_resumed(void **state) {
    (void)state;
    resumed r;
    begin(&r);
    r.options.keep_texts = true;
    expect_refusal(&r, MC_E_MISMATCH, "--keep-texts");
    r.options.keep_texts = false;

    mc_concepts *other;
    assert_int_equal(
        mc_concepts_compile(&other, word_entries, N_WORDS - 1, MC_RULES_METACLIP1, NULL), MC_OK);
    r.options.concepts = other;
    expect_refusal(&r, MC_E_MISMATCH, "the metadata");
    r.options.concepts = concepts;
    mc_concepts_free(other);

    static const struct {
        mc_pool_options options;
        const char *what;
    } changes[] = {
        {{.format = MC_FORMAT_CSV}, "--format"},
        {{.text_field = "texts"}, "the way records are read (--text-field)"},
        {{.texts_field = "texts"}, "the way records are read (--texts-field)"},
        {{.url_field = "link"}, "the way records are read (--url-field)"},
        {{.id_field = "id"}, "the way records are read (--id-field)"},
        {{.reader = "cat {}"}, "the way records are read (--reader)"},
        {{.max_record = 1 << 20}, "the way records are read (--max-record)"},
    };
    mc_pool *pool = r.pool;
    for (size_t i = 0; i < N_OF(changes); i++) {
        r.options.pool = open_pool(r.names, 3, &changes[i].options);
        expect_refusal(&r, MC_E_MISMATCH, changes[i].what);
        mc_pool_free((mc_pool *)(uintptr_t)r.options.pool);
    }
    r.options.pool = pool;
    expect_resumed(&r, 3);
    end(&r);
}

static void changed_input_is_not_resumed(void **state) {
    (void)state;
    resumed r;
    begin(&r);
    flip(scratch("c.txt"), 5000);
    expect_refusal(&r, MC_E_MISMATCH, "has changed since it was read");
    flip(scratch("c.txt"), 5000);
    expect_resumed(&r, 3);
    assert_int_equal(truncate(scratch("a.txt"), 1000), 0);
    expect_refusal(&r, MC_E_MISMATCH, "a.txt: has changed since it was read");
    assert_int_equal(unlink(scratch("a.txt")), 0);
    expect_refusal(&r, MC_E_IO, "a.txt");
    end(&r);
}

/* An index that claims the list's digest and more entries than the list has. */
static void indexes_of_a_longer_list_are_not_taken(void **state) {
    (void)state;
    static const char *const names[] = {"a.txt"};
    write_lines(names[0], 3000);
    mc_pool *pool = open_pool(names, 1, &default_options);
    mc_match_options options = options_for(pool, out_folder());
    mc_match_result result;
    made_index made;
    mc_error error = {0};
    const made_limits limits = {.n_records = 50, .n_texts = 1, .n_ids = 9, .n_entries = 1 << 20};
    mc_index index;
    run(&options, &result);
    mc_match_result_dispose(&result);
    assert_int_equal(mc_index_open(&index, index_path(&options, 0), false, NULL), MC_OK);
    made_index_init(&made, mc_pool_name(pool, 0), 1 << 20, false);
    made.info.source_size = index.info.source_size;
    memcpy(made.info.source_digest, index.info.source_digest, 33);
    mc_index_dispose(&index);
    made_index_add(&made, &limits);
    memcpy(made.info.metadata_digest, mc_concepts_digest(concepts), 33);
    made.info.read =
        (mc_pool_options){.format = MC_FORMAT_TEXT, .max_record = MC_MAX_RECORD_DEFAULT};
    free(made.info.path);
    made.info.path = made_copy(mc_pool_path(pool, 0));
    made_index_write(&made, index_path(&options, 0));
    options.resume = true;
    assert_int_equal(mc_match_run(&options, &result, &error), MC_E_MISMATCH);
    assert_non_null(strstr(error.message, "the metadata"));
    made_index_free(&made);
    mc_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(finished_shards_are_taken_over, empty_folder),
        cmocka_unit_test_setup(damaged_shards_are_matched_again, empty_folder),
        cmocka_unit_test_setup(a_changed_run_is_not_resumed, empty_folder),
        cmocka_unit_test_setup(changed_input_is_not_resumed, empty_folder),
        cmocka_unit_test_setup(indexes_of_a_longer_list_are_not_taken, empty_folder),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
