/* Pools: what inputs stand for, the shards' names, options. */
#include "scratch.h"

#include <inttypes.h>
#include <stdbool.h>

#include "base/hash.h"
#include "metacurate/pool.h"

static void make_folder(const char *name) {
    assert_int_equal(mkdir(scratch(name), 0777), 0);
}

static void make_files(void) {
    make_folder("pool");
    make_folder("pool/b");
    make_folder("pool/.hidden");
    make_folder("pool/empty");
    scratch_write("pool/b/2", "12", 2);
    scratch_write("pool/b/10", "1", 1);
    scratch_write("pool/b.txt", "", 0);
    scratch_write("pool/a x.txt", "123", 3);
    scratch_write("pool/.dot", "1", 1);
    scratch_write("pool/.hidden/in", "1", 1);
    scratch_write("pool/[x].txt", "1", 1);
    assert_int_equal(symlink("../b/2", scratch("pool/empty/link")), 0);
    assert_int_equal(symlink("..", scratch("pool/empty/round")), 0);
    assert_int_equal(mkfifo(scratch("pool/pipe"), 0666), 0);
}

static int group_setup(void **state) {
    if (scratch_make(state) != 0)
        return -1;
    make_files();
    return 0;
}

/* Checks that the inputs (below the scratch folder) stand for these paths (likewise). */
static void check_paths(const char *const *inputs, size_t n_inputs, const char *const *expected,
                        size_t n_expected) {
    char paths[8][600];
    const char *pointers[8];
    mc_error error = {0};
    mc_pool *pool;
    for (size_t i = 0; i < n_inputs; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%s", scratch_folder, inputs[i]);
        pointers[i] = paths[i];
    }
    if (mc_pool_create(&pool, pointers, n_inputs, NULL, &error) != MC_OK)
        fail_msg("%s: %s", inputs[0], error.message);
    assert_int_equal(mc_pool_count(pool), n_expected);
    for (size_t i = 0; i < n_expected; i++)
        assert_string_equal(mc_pool_path(pool, i), scratch(expected[i]));
    mc_pool_free(pool);
}

#define CHECK_PATHS(inputs, expected)                                                              \
    check_paths(inputs, sizeof(inputs) / sizeof *(inputs), expected,                               \
                sizeof(expected) / sizeof *(expected))

static void inputs_expanded(void **state) {
    (void)state;
    static const char *const all[] = {"pool/[x].txt", "pool/a x.txt", "pool/b.txt",
                                      "pool/b/10",    "pool/b/2",     "pool/empty/link"};
    CHECK_PATHS(((const char *const[]){"pool"}), all);
    CHECK_PATHS(((const char *const[]){"pool/"}), all);
    CHECK_PATHS(((const char *const[]){"pool//"}), all);
    CHECK_PATHS(((const char *const[]){"pool/b/2", "pool/a x.txt", "pool/b/2"}),
                ((const char *const[]){"pool/b/2", "pool/a x.txt", "pool/b/2"}));
    CHECK_PATHS(((const char *const[]){"pool/*.txt"}),
                ((const char *const[]){"pool/[x].txt", "pool/a x.txt", "pool/b.txt"}));
    CHECK_PATHS(((const char *const[]){"pool/b*"}),
                ((const char *const[]){"pool/b/10", "pool/b/2", "pool/b.txt"}));
    CHECK_PATHS(((const char *const[]){"pool/*/[12]*"}),
                ((const char *const[]){"pool/b/10", "pool/b/2"}));
    /* A file of that very name comes before a glob, hidden ones can be named. */
    CHECK_PATHS(((const char *const[]){"pool/[x].txt", "pool/.dot"}),
                ((const char *const[]){"pool/[x].txt", "pool/.dot"}));
    CHECK_PATHS(((const char *const[]){"pool/.hidden"}),
                ((const char *const[]){"pool/.hidden/in"}));
    CHECK_PATHS(((const char *const[]){"pool/pipe"}), ((const char *const[]){"pool/pipe"}));

    mc_pool *pool;
    assert_int_equal(mkdir(scratch("bare"), 0777), 0);
    const char *bare = scratch("bare");
    assert_int_equal(mc_pool_create(&pool, &bare, 1, NULL, NULL), MC_OK);
    assert_int_equal(mc_pool_count(pool), 0);
    assert_int_equal(mc_pool_size(pool), 0);
    mc_pool_free(pool);
    assert_int_equal(mc_pool_create(&pool, NULL, 0, NULL, NULL), MC_OK);
    assert_int_equal(mc_pool_count(pool), 0);
    mc_pool_free(pool);
    mc_pool_free(NULL);
}

static void inputs_refused(void **state) {
    (void)state;
    static const char *const missing[] = {"pool/nothing", "pool/no*", "pool/b/2/x", "nowhere/*"};
    mc_error error = {0};
    mc_pool *pool;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        const char *inputs[] = {scratch("pool/b/2"), scratch(missing[i])};
        assert_int_equal(mc_pool_create(&pool, inputs, 2, NULL, &error), MC_E_IO);
        assert_null(pool);
        assert_string_equal(error.file, inputs[1]);
        assert_true(error.message[0] != '\0');
    }
    const char *empty = "", *twice[] = {"-", scratch("pool/b/2"), "-"};
    assert_int_equal(mc_pool_create(&pool, &empty, 1, NULL, &error), MC_E_IO);
    assert_int_equal(mc_pool_create(&pool, twice, 3, NULL, &error), MC_E_ARGUMENT);

    assert_int_equal(symlink("nowhere", scratch("bare/broken")), 0);
    const char *bare = scratch("bare");
    assert_int_equal(mc_pool_create(&pool, &bare, 1, NULL, &error), MC_E_IO);
    assert_non_null(strstr(error.file, "bare/broken"));
    if (geteuid() != 0) {
        assert_int_equal(chmod(bare, 0), 0);
        assert_int_equal(mc_pool_create(&pool, &bare, 1, NULL, &error), MC_E_IO);
        assert_string_equal(error.file, bare);
        assert_int_equal(chmod(bare, 0777), 0);
    }
}

static void options_refused(void **state) {
    (void)state;
    static const mc_pool_options bad[] = {
        {.text_field = ""},
        {.columns = ""},
        {.reader = "cat file"},
        {.format = (mc_format)99},
        {.max_record = (uint64_t)MC_MAX_RECORD_LIMIT + 1},
    };
    mc_error error = {0};
    mc_pool *pool;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mc_pool_create(&pool, NULL, 0, &bad[i], &error), MC_E_ARGUMENT);
        assert_true(error.message[0] != '\0');
    }
    const char *input = "-";
    mc_pool_options reader = {.reader = "cat {}"};
    assert_int_equal(mc_pool_create(&pool, &input, 1, &reader, &error), MC_E_ARGUMENT);

    mc_pool_options options = {.text_field = "t", .max_record = MC_MAX_RECORD_LIMIT};
    assert_int_equal(mc_pool_create(&pool, NULL, 0, &options, NULL), MC_OK);
    assert_string_equal(mc_pool_get_options(pool)->text_field, "t");
    assert_int_equal(mc_pool_get_options(pool)->max_record, MC_MAX_RECORD_LIMIT);
    mc_pool_free(pool);
    assert_int_equal(mc_pool_create(&pool, NULL, 0, NULL, NULL), MC_OK);
    assert_int_equal(mc_pool_get_options(pool)->max_record, MC_MAX_RECORD_DEFAULT);
    mc_pool_free(pool);
}

/* The name that a path should have, made the plain way. */
static void expected_name(const char *base, const char *path, unsigned repeat, char out[300]) {
    int n = snprintf(out, 300, "%s-%08" PRIx32, base, (uint32_t)mc_hash64(path, strlen(path)));
    if (repeat > 1)
        snprintf(out + n, 300 - (size_t)n, "-%u", repeat);
}

static void shards_named(void **state) {
    (void)state;
    char folder[300], long_name[300], name[300];
    memset(long_name, 'n', 250);
    long_name[250] = '\0';
    scratch_write(long_name, "", 0);
    snprintf(folder, sizeof folder, "%.200s", long_name);
    const char *a = scratch("pool/a x.txt");
    char same[600], other[600], caf[600], lengthy[600];
    snprintf(same, sizeof same, "%s", a);
    snprintf(other, sizeof other, "%s/pool/../pool/a x.txt", scratch_folder);
    snprintf(lengthy, sizeof lengthy, "%s", scratch(long_name));
    snprintf(caf, sizeof caf, "%s", scratch_write("caf\xC3\xA9+.tar.gz", "", 0));
    const char *inputs[] = {same, "-", other, same, caf, lengthy, same};
    mc_pool *pool;
    assert_int_equal(mc_pool_create(&pool, inputs, 7, NULL, NULL), MC_OK);
    const char *bases[] = {"a_x.txt",       "stdin", "a_x.txt", "a_x.txt",
                           "caf___.tar.gz", folder,  "a_x.txt"};
    const unsigned repeats[] = {1, 1, 1, 2, 1, 1, 3};
    for (size_t i = 0; i < 7; i++) {
        expected_name(bases[i], inputs[i], repeats[i], name);
        assert_string_equal(mc_pool_name(pool, i), name);
        assert_true(strlen(name) < 220);
    }
    mc_pool_free(pool);
}

static void sizes_summed(void **state) {
    (void)state;
    mc_pool *pool;
    const char *files[] = {scratch("pool/a x.txt"), scratch("pool/b/2"), scratch("pool/b.txt")};
    assert_int_equal(mc_pool_create(&pool, files, 3, NULL, NULL), MC_OK);
    assert_int_equal(mc_pool_size(pool), 5);
    mc_pool_free(pool);
    const char *no_file[] = {scratch("pool/a x.txt"), scratch("pool/pipe")};
    assert_int_equal(mc_pool_create(&pool, no_file, 2, NULL, NULL), MC_OK);
    assert_int_equal(mc_pool_size(pool), 0);
    mc_pool_free(pool);
    no_file[1] = "-";
    assert_int_equal(mc_pool_create(&pool, no_file, 2, NULL, NULL), MC_OK);
    assert_int_equal(mc_pool_size(pool), 0);
    mc_pool_free(pool);
}

static void formats_named(void **state) {
    (void)state;
    mc_error error = {0};
    for (int f = MC_FORMAT_AUTO; f <= MC_FORMAT_CSV; f++) {
        mc_format format;
        assert_int_equal(mc_format_parse(mc_format_name((mc_format)f), &format, NULL), MC_OK);
        assert_int_equal(format, f);
    }
    mc_format format;
    assert_string_equal(mc_format_name(MC_FORMAT_JSONL), "jsonl");
    assert_string_equal(mc_format_name((mc_format)17), "unknown");
    assert_int_equal(mc_format_parse("JSON", &format, &error), MC_E_ARGUMENT);
    assert_non_null(strstr(error.message, "jsonl"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_expanded), cmocka_unit_test(inputs_refused),
        cmocka_unit_test(options_refused), cmocka_unit_test(shards_named),
        cmocka_unit_test(sizes_summed),    cmocka_unit_test(formats_named),
    };
    return cmocka_run_group_tests(tests, group_setup, scratch_remove);
}
