/* Balancing over a pool that is read again for the texts that were not kept. */
#include "scratch.h"
#include "no_sync.h"

#include "metacurate/balance.h"
#include "metacurate/io.h"
#include "random.h"

#include "base/buffer.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static const char *const words[] = {"cat", "dog", "house", "the house", "of", "mat", "yak", "gnu"};
static const char *const names[] = {"a.txt", "b.jsonl", "c.tsv"};
static mc_concepts *concepts;

static int set_up(void **state) {
    mc_bytes entries[N_OF(words)];
    for (size_t i = 0; i < N_OF(words); i++)
        entries[i] = (mc_bytes){words[i], strlen(words[i])};
    if (mc_concepts_compile(&concepts, entries, N_OF(words), MC_RULES_METACLIP1, NULL) != MC_OK)
        return -1;
    return scratch_make(state);
}

static int tear_down(void **state) {
    mc_concepts_free(concepts);
    return scratch_remove(state);
}

static const char *sentence(void) {
    static char text[4][200];
    static unsigned next;
    char *out = text[next++ % 4];
    size_t n = 0;
    for (uint32_t k = random_below(6); k > 0; k--)
        n += (size_t)snprintf(out + n, 40, "%s ", words[random_below(6)]);
    snprintf(out + n, 40, "%u", (unsigned)random_below(3000));
    return out;
}

/* Three shards, the first of several chunks, the second with rejects and several texts a record. */
static int write_pool(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    mc_buffer out = {0};
    while (out.size < 2300000)
        assert_int_equal(mc_buffer_printf(&out, NULL, "%s\n", sentence()), MC_OK);
    scratch_write(names[0], out.data, out.size);
    out.size = 0;
    for (unsigned i = 0; i < 800; i++) {
        if (i % 9 == 4)
            assert_int_equal(mc_buffer_printf(&out, NULL, "damage\n"), MC_OK);
        else if (i % 2)
            assert_int_equal(
                mc_buffer_printf(&out, NULL, "{\"text\":\"%s\",\"url\":\"u%u\"}\n", sentence(), i),
                MC_OK);
        else
            assert_int_equal(mc_buffer_printf(&out, NULL,
                                              "{\"texts\":[\"%s\",\"%s\"],\"url\":\"u%u\"}\n",
                                              sentence(), sentence(), i),
                             MC_OK);
    }
    scratch_write(names[1], out.data, out.size);
    out.size = 0;
    assert_int_equal(mc_buffer_printf(&out, NULL, "url\ttext\n"), MC_OK);
    for (unsigned i = 0; i < 300; i++)
        assert_int_equal(mc_buffer_printf(&out, NULL, "v%u\t%s\n", i, sentence()), MC_OK);
    scratch_write(names[2], out.data, out.size);
    mc_buffer_dispose(&out);
    return 0;
}

typedef struct matched {
    char folder[400];
    char *paths[N_OF(names)];
    mc_match_result result;
} matched;

static matched match(const char *folder, bool keep_texts) {
    matched m = {0};
    char *inputs[N_OF(names)];
    mc_pool *pool;
    const mc_pool_options read = {0};
    mc_error error = {0};
    snprintf(m.folder, sizeof m.folder, "%s/%s", scratch_folder, folder);
    for (size_t i = 0; i < N_OF(names); i++)
        inputs[i] = strdup(scratch(names[i]));
    assert_int_equal(mc_pool_create(&pool, (const char *const *)inputs, N_OF(names), &read, NULL),
                     MC_OK);
    const mc_match_options options = {.concepts = concepts,
                                      .pool = pool,
                                      .folder = m.folder,
                                      .n_threads = 2,
                                      .keep_texts = keep_texts};
    if (mc_match_run(&options, &m.result, &error) != MC_OK)
        fail_msg("%s: %s", error.file, error.message);
    for (size_t i = 0; i < N_OF(names); i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/matches/%s.mcm", m.folder, mc_pool_name(pool, i));
        m.paths[i] = strdup(path);
        free(inputs[i]);
    }
    mc_pool_free(pool);
    return m;
}

static void matched_free(matched *m) {
    for (size_t i = 0; i < N_OF(names); i++)
        free(m->paths[i]);
    mc_match_result_dispose(&m->result);
}

static mc_status balance(const matched *m, size_t n_threads, mc_balance_result *result,
                         mc_error *error) {
    const mc_balance_options options = {.indexes = (const char *const *)m->paths,
                                        .n_indexes = N_OF(names),
                                        .concepts = concepts,
                                        .counts = m->result.counts,
                                        .folder = m->folder,
                                        .target = MC_TARGET_THRESHOLD,
                                        .threshold = 400,
                                        .n_threads = n_threads,
                                        .emit = MC_EMIT_TSV};
    return mc_balance_run(&options, result, error);
}

static void assert_same(const matched *a, const matched *b, const char *name) {
    char path[1024], *data[2];
    size_t size[2];
    const matched *both[] = {a, b};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", both[i]->folder, name);
        assert_int_equal(mc_read_file(path, 1u << 30, &data[i], &size[i], NULL), MC_OK);
    }
    assert_true(size[0] > 100);
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(data[0], data[1], size[0]);
    free(data[0]);
    free(data[1]);
}

static void texts_are_found_again(void **state) {
    (void)state;
    matched kept = match("kept", true), found = match("found", false);
    mc_balance_result kept_result, found_result;
    assert_int_equal(balance(&kept, 2, &kept_result, NULL), MC_OK);
    for (size_t threads = 1; threads <= 7; threads += 3) {
        assert_int_equal(balance(&found, threads, &found_result, NULL), MC_OK);
        assert_memory_equal(&found_result.totals, &kept_result.totals, sizeof found_result.totals);
        assert_true(found_result.totals.kept > 500);
        assert_true(found_result.totals.kept < found_result.totals.matched);
        assert_same(&kept, &found, "subset.jsonl.zst");
        assert_same(&kept, &found, "subset.tsv");
        assert_same(&kept, &found, "counts.npy");
        mc_balance_result_dispose(&found_result);
    }
    mc_balance_result_dispose(&kept_result);
    matched_free(&kept);
    matched_free(&found);
}

static void expect_mismatch(const matched *m, const char *file) {
    mc_balance_result result;
    for (size_t threads = 1; threads <= 3; threads += 2) {
        mc_error error = {0};
        assert_int_equal(balance(m, threads, &result, &error), MC_E_MISMATCH);
        assert_string_equal(error.file, scratch(file));
        assert_non_null(strstr(error.message, "match it again"));
        assert_int_not_equal(access(scratch("found/subset.jsonl.zst"), F_OK), 0);
        assert_null(result.counts);
    }
}

/* Changes a file in place: the bytes at offset, or what follows when bytes is NULL is cut off. */
static void change(const char *name, long offset, const char *bytes) {
    FILE *file = fopen(scratch(name), "r+b");
    assert_non_null(file);
    if (bytes) {
        assert_int_equal(fseek(file, offset, SEEK_SET), 0);
        assert_int_equal(fwrite(bytes, 1, strlen(bytes), file), strlen(bytes));
    } else {
        assert_int_equal(ftruncate(fileno(file), offset), 0);
    }
    assert_int_equal(fclose(file), 0);
}

static void a_changed_pool_is_noticed(void **state) {
    (void)state;
    static const struct {
        const char *name;
        long offset;
        const char *bytes;
    } changes[] = {
        {"a.txt", 1000000, "xyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyz"},
        {"a.txt", 2000000, "\n\n\n\n"},
        {"a.txt", 1500000, NULL},
        {"a.txt", 0, NULL},
        {"b.jsonl", 0, "{}"},
        {"b.jsonl", 10000, NULL},
        {"c.tsv", 2000, NULL},
    };
    for (size_t i = 0; i < N_OF(changes); i++) {
        write_pool(state);
        matched found = match("found", false);
        change(changes[i].name, changes[i].offset, changes[i].bytes);
        expect_mismatch(&found, changes[i].name);
        matched_free(&found);
    }
}

/* A rejected record moves past its neighbour: the texts are all there, their numbers are not. */
static void records_that_changed_places_are_noticed(void **state) {
    (void)state;
    static const char before[] = "{}\ndamage\n{\"text\":\"yak\"}\n{\"text\":\"gnu\"}\n";
    static const char after[] = "{}\n{\"text\":\"yak\"}\ndamage\n{\"text\":\"gnu\"}\n";
    scratch_write(names[1], before, strlen(before));
    matched found = match("found", false);
    scratch_write(names[1], after, strlen(after));
    expect_mismatch(&found, names[1]);
    matched_free(&found);
}

static void a_lost_pool_is_named(void **state) {
    (void)state;
    matched found = match("found", false);
    mc_balance_result result;
    mc_error error = {0};
    assert_int_equal(unlink(scratch(names[2])), 0);
    assert_int_equal(balance(&found, 2, &result, &error), MC_E_IO);
    assert_non_null(strstr(error.file, names[2]));
    assert_int_equal(mkdir(scratch(names[2]), 0755), 0); /* a folder without files */
    assert_int_equal(balance(&found, 2, &result, &error), MC_E_MISMATCH);
    matched_free(&found);
}

static void a_pool_that_grew_is_noticed(void **state) {
    (void)state;
    matched found = match("found", false);
    FILE *file = fopen(scratch(names[1]), "ab");
    assert_non_null(file);
    fputs("{\"text\":\"cat\"}\n", file);
    assert_int_equal(fclose(file), 0);
    expect_mismatch(&found, names[1]);
    matched_free(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(texts_are_found_again, write_pool),
        cmocka_unit_test_setup(a_changed_pool_is_noticed, write_pool),
        cmocka_unit_test_setup(records_that_changed_places_are_noticed, write_pool),
        cmocka_unit_test_setup(a_lost_pool_is_named, write_pool),
        cmocka_unit_test_setup(a_pool_that_grew_is_noticed, write_pool),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
