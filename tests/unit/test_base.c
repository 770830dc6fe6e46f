/* Buffers, errors, hashes and numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cpu.h"
#include "base/hash.h"
#include "base/progress.h"
#include "random.h"

/* Address sanitizer ends a program that asks for too much, unless told to refuse it. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1";
}

/* ---- buffers ---- */

static void buffers_hold_what_was_appended(void **state) {
    (void)state;
    mc_buffer buffer = {0};
    char *expected = malloc(100000);
    size_t size = 0;
    assert_non_null(expected);
    for (uint32_t i = 0; size < 99000; i++) {
        char piece[700];
        size_t n = random_below(sizeof piece);
        memset(piece, (int)('a' + i % 26), sizeof piece);
        assert_int_equal(mc_buffer_append(&buffer, piece, n, NULL), MC_OK);
        memcpy(expected + size, piece, n);
        size += n;
        assert_int_equal(buffer.size, size);
        assert_true(buffer.capacity >= size);
    }
    assert_memory_equal(buffer.data, expected, size);
    mc_buffer_dispose(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.size, 0);
    assert_int_equal(buffer.capacity, 0);
    free(expected);
}

static void an_empty_buffer_can_be_given_room(void **state) {
    (void)state;
    mc_buffer buffer = {0};
    assert_int_equal(mc_buffer_append(&buffer, NULL, 0, NULL), MC_OK);
    assert_int_equal(mc_buffer_reserve(&buffer, 0, NULL), MC_OK);
    assert_non_null(buffer.data);
    assert_int_equal(buffer.size, 0);
    assert_int_equal(mc_buffer_reserve(&buffer, 5000, NULL), MC_OK);
    assert_true(buffer.capacity >= 5000);
    assert_int_equal(buffer.size, 0);
    mc_buffer_dispose(&buffer);
}

static void buffers_refuse_what_cannot_be(void **state) {
    (void)state;
    mc_buffer buffer = {0};
    mc_error error = {0};
    assert_int_equal(mc_buffer_append(&buffer, "kept", 4, NULL), MC_OK);
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 3, SIZE_MAX / 2, SIZE_MAX / 2 - 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(mc_buffer_reserve(&buffer, sizes[i], &error), MC_E_MEMORY);
        assert_int_equal(error.status, MC_E_MEMORY);
        assert_int_equal(buffer.size, 4);
        assert_memory_equal(buffer.data, "kept", 4);
    }
    mc_buffer_dispose(&buffer);
}

static void buffers_take_formatted_text(void **state) {
    (void)state;
    mc_buffer buffer = {0};
    assert_int_equal(mc_buffer_printf(&buffer, NULL, "%s", ""), MC_OK);
    assert_int_equal(buffer.size, 0);
    assert_int_equal(mc_buffer_printf(&buffer, NULL, "%d-%s", 7, "x"), MC_OK);
    assert_int_equal(mc_buffer_printf(&buffer, NULL, "%0900d", 1), MC_OK);
    assert_int_equal(buffer.size, 903);
    assert_memory_equal(buffer.data, "7-x000", 6);
    assert_int_equal(buffer.data[902], '1');
    mc_buffer_dispose(&buffer);
}

static void arrays_are_zeroed_and_bounded(void **state) {
    (void)state;
    uint32_t *items;
    mc_error error = {0};
    assert_int_equal(MC_ALLOC(items, 1000, &error), MC_OK);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(items[i], 0);
    free(items);
    assert_int_equal(MC_ALLOC(items, 0, &error), MC_OK);
    free(items);
    assert_int_equal(MC_ALLOC(items, SIZE_MAX / 2, &error), MC_E_MEMORY);
    assert_null(items);
}

static void arrays_grow(void **state) {
    (void)state;
    uint64_t *items = NULL;
    size_t capacity = 0;
    mc_error error = {0};
    assert_int_equal(MC_GROW(items, capacity, 0, &error), MC_OK);
    assert_null(items);
    for (size_t n = 1; n < 5000; n++) {
        assert_int_equal(MC_GROW(items, capacity, n, &error), MC_OK);
        assert_true(capacity >= n);
        items[n - 1] = n;
    }
    for (size_t n = 1; n < 5000; n++)
        assert_int_equal(items[n - 1], n);
    uint64_t *before = items;
    size_t capacity_before = capacity;
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 8, SIZE_MAX / 16 + 1, SIZE_MAX / 16};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(MC_GROW(items, capacity, sizes[i], &error), MC_E_MEMORY);
        assert_ptr_equal(items, before);
        assert_int_equal(capacity, capacity_before);
    }
    assert_int_equal(items[4000], 4001);
    free(items);
}

static void strings_are_copied(void **state) {
    (void)state;
    char *copy = NULL;
    assert_int_equal(mc_copy_string(&copy, "text", NULL), MC_OK);
    assert_string_equal(copy, "text");
    free(copy);
    assert_int_equal(mc_copy_string(&copy, NULL, NULL), MC_OK);
    assert_null(copy);
}

/* ---- errors ---- */

static void every_status_has_a_name(void **state) {
    (void)state;
    const char *names[32] = {0};
    size_t n = 0;
    for (int status = MC_END; status >= MC_E_UNSUPPORTED; status--) {
        const char *name = mc_status_name((mc_status)status);
        assert_non_null(name);
        assert_string_not_equal(name, "unknown status");
        for (size_t i = 0; i < n; i++)
            assert_string_not_equal(name, names[i]);
        names[n++] = name;
    }
    assert_string_equal(mc_status_name((mc_status)99), "unknown status");
    assert_string_equal(mc_status_name((mc_status)-99), "unknown status");
    assert_string_equal(mc_version(), MC_VERSION);
}

static void an_error_says_what_and_where(void **state) {
    (void)state;
    mc_error error = {0};
    char text[1200];
    assert_int_equal(mc_fail(&error, MC_E_IO, "no %s", "luck"), MC_E_IO);
    assert_string_equal(mc_error_text(&error, text, sizeof text), "no luck");
    mc_error_place(&error, "a/b", 7, 9);
    assert_string_equal(mc_error_text(&error, text, sizeof text), "a/b: record 7, byte 9: no luck");
    mc_error_place(&error, NULL, MC_NONE, 9);
    assert_string_equal(mc_error_text(&error, text, sizeof text), "a/b: byte 9: no luck");
    mc_error_place(&error, NULL, 0, MC_NONE);
    assert_string_equal(mc_error_text(&error, text, sizeof text), "a/b: record 0: no luck");
    mc_error_place(&error, "", MC_NONE, MC_NONE);
    assert_string_equal(mc_error_text(&error, text, sizeof text), "no luck");
    mc_fail(&error, MC_E_FORMAT, "%s", "");
    assert_string_equal(mc_error_text(&error, text, sizeof text), "bad format");
}

static void a_new_error_forgets_the_old_place(void **state) {
    (void)state;
    mc_error error = {0};
    mc_fail(&error, MC_E_IO, "one");
    mc_error_place(&error, "file", 1, 2);
    mc_fail(&error, MC_E_FORMAT, "two");
    assert_int_equal(error.status, MC_E_FORMAT);
    assert_true(error.record == MC_NONE && error.offset == MC_NONE);
    assert_string_equal(error.file, "");
}

static void nobody_need_listen(void **state) {
    (void)state;
    assert_int_equal(mc_fail(NULL, MC_E_LIMIT, "%d", 1), MC_E_LIMIT);
    mc_error_place(NULL, "file", 1, 2);
}

static void long_and_wild_messages_stay_whole_text(void **state) {
    (void)state;
    mc_error error = {0};
    char longer[2000], text[1200], small[8];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    mc_fail(&error, MC_E_IO, "%s", longer);
    mc_error_place(&error, longer, 3, MC_NONE);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_int_equal(strlen(error.file), sizeof error.file - 1);
    mc_error_text(&error, text, sizeof text);
    assert_int_equal(strlen(text), 511 + 2 + 10 + 511);
    assert_string_equal(mc_error_text(&error, small, sizeof small), "xxxxxxx");

    mc_fail(&error, MC_E_IO, "a\nb\x1b[2J\x7f");
    mc_error_place(&error, "new\rline", MC_NONE, MC_NONE);
    assert_string_equal(mc_error_text(&error, text, sizeof text), "new?line: a?b?[2J?");
}

/* ---- 128-bit numbers ---- */

static void numbers_of_128_bits_are_written_and_read(void **state) {
    (void)state;
    for (int i = 0; i < 1000; i++) {
        mc_u128 value = {next_random(), next_random()}, back;
        char hex[33], expected[33];
        mc_u128_hex(value, hex);
        snprintf(expected, sizeof expected, "%016llx%016llx", (unsigned long long)value.high,
                 (unsigned long long)value.low);
        assert_string_equal(hex, expected);
        assert_true(mc_u128_parse(hex, 32, &back));
        assert_true(mc_u128_equal(back, value));
        assert_true(mc_u128_parse(hex + 8, 24, &back));
        assert_true(mc_u128_equal(back, (mc_u128){value.high & 0xffffffff, value.low}));
    }
}

static void only_ids_are_read_as_numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool good;
        mc_u128 value;
    } cases[] = {
        {"00000000000000000000000000000000", true, {0, 0}},
        {"FFFFFFFFffffffffFFFFFFFFffffffff", true, {UINT64_MAX, UINT64_MAX}},
        {"00112233-4455-6677-8899-aabbccddeeff", true, {0x0011223344556677, 0x8899aabbccddeeff}},
        {"--00112233445566778899aabbccddeeff-", true, {0x0011223344556677, 0x8899aabbccddeeff}},
        {"0123456789abcdef01234567", true, {0x01234567, 0x89abcdef01234567}},
        {"", false, {0, 0}},
        {"-", false, {0, 0}},
        {"0123456789abcdef0123456", false, {0, 0}},
        {"0123456789abcdef012345678", false, {0, 0}},
        {"0123456789abcdef0123456789abcde", false, {0, 0}},
        {"0123456789abcdef0123456789abcdef0", false, {0, 0}},
        {"0123456789abcdef0123456789abcdeg", false, {0, 0}},
        {"0123456789abcdef 123456789abcdef", false, {0, 0}},
        {"0x23456789abcdef0123456789abcdef", false, {0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_u128 value = {1, 2};
        assert_int_equal(mc_u128_parse(cases[i].text, strlen(cases[i].text), &value),
                         cases[i].good);
        mc_u128 expected = cases[i].good ? cases[i].value : (mc_u128){1, 2};
        assert_true(mc_u128_equal(value, expected));
    }
    mc_u128 value;
    char with_nul[33] = "0123456789abcdef0123456789abcdef";
    with_nul[5] = '\0';
    assert_false(mc_u128_parse(with_nul, 32, &value));
}

static void numbers_of_128_bits_are_ordered(void **state) {
    (void)state;
    const mc_u128 ascending[] = {{0, 0}, {0, 1},          {0, UINT64_MAX},         {1, 0},
                                 {1, 5}, {UINT64_MAX, 0}, {UINT64_MAX, UINT64_MAX}};
    int n = sizeof ascending / sizeof *ascending;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            assert_int_equal(mc_u128_compare(ascending[i], ascending[k]), (i > k) - (i < k));
            assert_int_equal(mc_u128_equal(ascending[i], ascending[k]), i == k);
        }
}

/* Values from xxHash's own program (xxhsum -H3, -H2, -H1), so that files stay readable. */
static void hashes_are_the_published_ones(void **state) {
    (void)state;
    char hex[33];
    assert_true(mc_hash64("", 0) == 0x2d06800538d394c2);
    assert_true(mc_checksum("", 0) == 0xef46db3751d8e999);
    mc_u128_hex(mc_hash128("", 0), hex);
    assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
}

/* ---- numbers as people type them ---- */

static void counts_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {
        {"0", 0},
        {"7", 7},
        {"007", 7},
        {"20k", 20000},
        {"20K", 20000},
        {"1.5M", 1500000},
        {"1.5m", 1500000},
        {"2B", 2000000000},
        {"2b", 2000000000},
        {"2G", 2000000000},
        {"3T", 3000000000000},
        {"1_000_000", 1000000},
        {"1.", 1},
        {"1.0", 1},
        {".5k", 500},
        {"0.001k", 1},
        {"0.000000001B", 1},
        {"1.000000000000000000", 1},
        {"18446744073709551615", UINT64_MAX},
        {"18446744073709.551615M", UINT64_MAX},
        {"18446744T", 18446744000000000000u},
        {"1e3", 1000},
        {"1.5E3", 1500},
        {"0.25e2", 25},
        {"0e18", 0},
        {"1e18", 1000000000000000000u},
        {"1e3k", 1000000},
    };
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "-1",
                                      "+1",
                                      "x",
                                      "k",
                                      ".",
                                      "_1",
                                      "1.5",
                                      "1..0",
                                      "1.2.3",
                                      "1.0001k",
                                      "0.1",
                                      "1e",
                                      "1e-3",
                                      "1e+3",
                                      "1e19",
                                      "19e18",
                                      "e3",
                                      "1e3e3",
                                      "1.25e1",
                                      "0x10",
                                      "1kk",
                                      "1kM",
                                      "1Z",
                                      "1%",
                                      "inf",
                                      "nan",
                                      "1,000",
                                      "1KB",
                                      "1kiB",
                                      "1iB",
                                      "1BB",
                                      "18446744073709551616",
                                      "18446744073709551615k",
                                      "18446745T",
                                      "99999999999999999999999",
                                      "0.0000000000000000001",
                                      "1.8446744073709551616M"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t value = 42;
        assert_int_equal(mc_parse_count(good[i].text, &value, NULL), MC_OK);
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t value;
        mc_error error = {0};
        if (mc_parse_count(bad[i], &value, &error) != MC_E_ARGUMENT)
            fail_msg("\"%s\" was taken as a count", bad[i]);
        assert_non_null(strstr(error.message, "no whole number"));
    }
}

static void sizes_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {
        {"0", 0},
        {"65536", 65536},
        {"5B", 5},
        {"1K", 1024},
        {"1k", 1024},
        {"1KB", 1024},
        {"1KiB", 1024},
        {"256M", 256u << 20},
        {"4G", (uint64_t)4 << 30},
        {"4GiB", (uint64_t)4 << 30},
        {"2T", (uint64_t)2 << 40},
        {"0.5K", 512},
        {"1.5G", (uint64_t)3 << 29},
        {"0.0625K", 64},
        {"16777215T", (uint64_t)16777215 << 40},
        {"18446744073709551615", UINT64_MAX},
    };
    static const char *const bad[] = {"",    "-1", "1.5",  "0.3K",      "1X",   "1iB", "1BiB",
                                      "1BB", "K",  "1 MB", "16777216T", "1Kib", "1P",  "inf"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t value = 42;
        assert_int_equal(mc_parse_size(good[i].text, &value, NULL), MC_OK);
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t value;
        mc_error error = {0};
        if (mc_parse_size(bad[i], &value, &error) != MC_E_ARGUMENT)
            fail_msg("\"%s\" was taken as a size", bad[i]);
        assert_non_null(strstr(error.message, "no size in bytes"));
    }
}

static void check_thresholds(void) {
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"1", 1},
        {"20000", 20000},
        {"20k", 20000},
        {"1.5", 1.5},
        {"0.1", 0.1},
        {".25", 0.25},
        {"170.123", 170.123},
        {"1_000", 1000},
        {"1_000.25", 1000.25},
        {"0.0015k", 1.5},
        {"0.0000015M", 1.5},
        {"0.0001234k", 0.1234},
        {"1.0000000000000001k", 1000.0000000000001},
        {"3.3333333B", 3333333300.0},
        {"0.000000000000000001", 1e-18},
        {"18446744073709551615", 18446744073709551616.0},
        {"20000000T", 2e19},
        {"1e5", 100000},
        {"1.25e1", 12.5},
    };
    static const char *const bad[] = {"",    "0",  "0.0", "0k",  "-1", "nan", "infinity",
                                      "INF", "1e", "x",   "1kB", "1 ", "."};
    double value = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(mc_parse_threshold(good[i].text, &value, NULL), MC_OK);
        if (value != good[i].value)
            fail_msg("\"%s\" is %.17g, not %.17g", good[i].text, value, good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mc_error error = {0};
        if (mc_parse_threshold(bad[i], &value, &error) != MC_E_ARGUMENT)
            fail_msg("\"%s\" was taken as a threshold", bad[i]);
        assert_non_null(strstr(error.message, "no threshold"));
    }
    assert_int_equal(mc_parse_threshold("inf", &value, NULL), MC_OK);
    assert_true(isinf(value) && value > 0);
}

static void thresholds_are_read(void **state) {
    (void)state;
    check_thresholds();
}

/* Whoever uses the library may have set a locale with another decimal point. */
static void thresholds_do_not_follow_the_locale(void **state) {
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ru_RU.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!setlocale(LC_NUMERIC, names[i]))
            continue;
        check_thresholds();
        setlocale(LC_NUMERIC, "C");
        return;
    }
    print_message("skipped: no locale with a decimal comma is installed\n");
    skip();
}

/* ---- progress ---- */

typedef struct told {
    unsigned n_calls, n_warnings;
    mc_stage stage;
    uint64_t done, total, n_texts;
    char warning[700];
} told;

static void note_progress(void *context, mc_stage stage, uint64_t done, uint64_t total,
                          uint64_t n_texts) {
    told *t = context;
    t->n_calls++;
    t->stage = stage;
    t->done = done;
    t->total = total;
    t->n_texts = n_texts;
}

static void note_warning(void *context, const char *message) {
    told *t = context;
    t->n_warnings++;
    snprintf(t->warning, sizeof t->warning, "%s", message);
}

static void progress_is_told(void **state) {
    (void)state;
    told t = {0};
    mc_control control = {.progress = note_progress, .warn = note_warning, .context = &t};
    mc_progress progress;
    mc_progress_begin(&progress, &control, MC_STAGE_SELECT, 100);
    assert_int_equal(t.n_calls, 1);
    assert_int_equal(t.done, 0);
    mc_progress_add(&progress, 10, 3);
    mc_progress_add(&progress, 20, 4);
    assert_int_equal(t.n_calls, 3);
    assert_int_equal(t.stage, MC_STAGE_SELECT);
    assert_int_equal(t.done, 30);
    assert_int_equal(t.total, 100);
    assert_int_equal(t.n_texts, 7);
    mc_warn(&control, "%s %d", "careful", 5);
    assert_int_equal(t.n_warnings, 1);
    assert_string_equal(t.warning, "careful 5");
}

static void nobody_need_watch(void **state) {
    (void)state;
    mc_progress progress;
    mc_control control = {0};
    mc_progress_begin(&progress, NULL, MC_STAGE_MATCH, 1);
    mc_progress_add(&progress, 1, 1);
    mc_progress_begin(&progress, &control, MC_STAGE_MATCH, 1);
    mc_progress_add(&progress, 1, 1);
    mc_warn(NULL, "unheard");
    mc_warn(&control, "unheard");
    assert_null(mc_control_cancel(NULL));
    assert_null(mc_control_cancel(&control));
}

/* ---- instruction sets ---- */

static void instruction_sets_can_be_chosen(void **state) {
    (void)state;
    const mc_isa best = mc_cpu_best();
    char *before = getenv("METACURATE_ISA") ? strdup(getenv("METACURATE_ISA")) : NULL;
    assert_int_equal(unsetenv("METACURATE_ISA"), 0);
    assert_int_equal(mc_cpu_isa(), best);
    static const char *const names[] = {"portable", "avx2", "avx512"};
    for (int isa = MC_ISA_PORTABLE; isa <= (int)MC_ISA_AVX512; isa++) {
        assert_string_equal(mc_isa_name((mc_isa)isa), names[isa]);
        assert_int_equal(setenv("METACURATE_ISA", names[isa], 1), 0);
        assert_int_equal(mc_cpu_isa(), isa < (int)best ? isa : (int)best);
    }
    assert_int_equal(setenv("METACURATE_ISA", "other", 1), 0);
    assert_int_equal(mc_cpu_isa(), best);
    if (before)
        assert_int_equal(setenv("METACURATE_ISA", before, 1), 0);
    else
        assert_int_equal(unsetenv("METACURATE_ISA"), 0);
    free(before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffers_hold_what_was_appended),
        cmocka_unit_test(an_empty_buffer_can_be_given_room),
        cmocka_unit_test(buffers_refuse_what_cannot_be),
        cmocka_unit_test(buffers_take_formatted_text),
        cmocka_unit_test(arrays_are_zeroed_and_bounded),
        cmocka_unit_test(arrays_grow),
        cmocka_unit_test(strings_are_copied),
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(an_error_says_what_and_where),
        cmocka_unit_test(a_new_error_forgets_the_old_place),
        cmocka_unit_test(nobody_need_listen),
        cmocka_unit_test(long_and_wild_messages_stay_whole_text),
        cmocka_unit_test(numbers_of_128_bits_are_written_and_read),
        cmocka_unit_test(only_ids_are_read_as_numbers),
        cmocka_unit_test(numbers_of_128_bits_are_ordered),
        cmocka_unit_test(hashes_are_the_published_ones),
        cmocka_unit_test(counts_are_read),
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(thresholds_are_read),
        cmocka_unit_test(thresholds_do_not_follow_the_locale),
        cmocka_unit_test(progress_is_told),
        cmocka_unit_test(nobody_need_watch),
        cmocka_unit_test(instruction_sets_can_be_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
