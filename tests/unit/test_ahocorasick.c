/* The byte-level automaton: what it finds, in named cases and at random, and what its callers are
 * promised. */
#include "ahocorasick_checks.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Strings with their sizes, so that NUL bytes count. */
#define B(literal)                                                                                 \
    { literal, sizeof(literal) - 1 }

typedef struct scan_case {
    const char *name;
    ac_pattern patterns[12]; /* up to the first without bytes */
    ac_pattern text;
} scan_case;

static const scan_case cases[] = {
    {"no pattern", {{0}}, B("abc")},
    {"no text", {B("a")}, {0}},
    {"one byte", {B("a")}, B("banana")},
    {"whole text", {B("abc")}, B("abc")},
    {"longer than text", {B("abcd")}, B("abc")},
    {"nothing found", {B("x"), B("yz")}, B("abc")},
    {"overlapping itself", {B("aa")}, B("aaaa")},
    {"suffixes of each other", {B("abcd"), B("bcd"), B("cd"), B("d")}, B("xabcdabcd")},
    {"prefixes of each other", {B("a"), B("ab"), B("abc"), B("abcd")}, B("abcdabcx")},
    {"inside another, missed unless suffixes are followed", {B("abcx"), B("bc")}, B("abc")},
    {"the textbook", {B("he"), B("she"), B("his"), B("hers")}, B("ushers")},
    {"duplicates", {B("a"), B("b"), B("a"), B("ba"), B("a"), B("ba")}, B("baab")},
    {"duplicates as suffixes", {B("ab"), B("b"), B("ab"), B("b")}, B("abb")},
    {"NUL bytes", {B("\0"), B("\0\0"), B("a\0b")}, B("a\0b\0\0\0a")},
    {"all ones", {B("\xff"), B("\xff\xff\xff")}, B("\xff\xff\xff\xff")},
    {"long falls", {B("aaaaab"), B("aaac"), B("ac"), B("c")}, B("aaaaacaaaab")},
    {"falls that end in the middle",
     {B("abcabcabd"), B("bcabe"), B("ca")},
     B("abcabcabcabeabcabd")},
    {"leftmost before longest", {B("bcdef"), B("abc")}, B("abcdef")},
    {"longest of the leftmost", {B("ab"), B("abcd"), B("bcdef")}, B("abcdef")},
    {"longest in progress when the text ends", {B("a"), B("abcdef")}, B("abcdeabcdef")},
    {"touching", {B("ab"), B("cd")}, B("abcdabcd")},
    {"spaces", {B(" new york "), B(" york "), B(" new "), B("  ")}, B(" in  new york  new ")},
    {"UTF-8",
     {B("\xe4\xbd\xa0"), B("\xe4\xbd\xa0\xe5\xa5\xbd"), B("\xa5")},
     B("\xe4\xbd\xa0\xe5\xa5\xbd!")},
};

static void test_named_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const scan_case *c = &cases[i];
        size_t n = 0;
        while (c->patterns[n].size > 0)
            n++;
        check_patterns_on(c->patterns, n, c->text.data, c->text.size);
    }
}

/* The reference itself, once, against results written by hand. */
static void test_results_by_hand(void **state) {
    (void)state;
    const ac_pattern patterns[] = {B("he"), B("she"), B("his"), B("hers"), B("she")};
    ac_automaton *ac = build_ok(patterns, 5);
    match_list got = {0};
    ac_scanner scanner;
    ac_scanner_init(&scanner, ac);
    scan_on(&scanner, "ushers", 6, 64, &got);
    const ac_match all[] = {{4, 1, 3}, {4, 4, 3}, {4, 0, 2}, {6, 3, 4}};
    assert_same(&got, &(match_list){(ac_match *)(uintptr_t)all, 4, 4});
    list_dispose(&got);
    got = leftmost_by(ac, "ushers", 6, 64);
    assert_same(&got, &(match_list){(ac_match *)(uintptr_t)all, 1, 1});
    list_dispose(&got);
    assert_int_equal(ac_state_count(ac), 10);
    assert_int_equal(ac_longest(ac), 4);
    ac_free(ac);
}

static void test_random(void **state) {
    (void)state;
    check_random(4000);
}

static void test_dense(void **state) {
    (void)state;
    check_dense(5);
}

/* All strings of one byte, then all of two: blocks without a free slot. */
static void test_all_bytes(void **state) {
    (void)state;
    enum { N = 256 + 65536 };
    unsigned char *bytes = malloc(2 * N), text[40];
    ac_pattern *patterns = malloc(N * sizeof *patterns);
    assert_non_null(bytes);
    assert_non_null(patterns);
    for (size_t i = 0; i < N; i++) {
        size_t size = i < 256 ? 1 : 2;
        bytes[2 * i] = (unsigned char)(i < 256 ? i : (i - 256) / 256);
        bytes[2 * i + 1] = (unsigned char)i;
        patterns[i] = (ac_pattern){bytes + 2 * i, size};
    }
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)next_random();
    check_patterns_on(patterns, 256, text, sizeof text);
    check_patterns_on(patterns, N, text, sizeof text);
    check_patterns_on(patterns + 256, N - 256, text, sizeof text);
    free(bytes);
    free(patterns);
}

static void test_cut_everywhere(void **state) {
    (void)state;
    static const char text[] = "ababcabcababaabcbabcabab";
    const ac_pattern patterns[] = {B("abcab"), B("ab"), B("babaabcb"), B("b"),
                                   B("cababaabcbabcab")};
    const unsigned char *bytes = (const unsigned char *)text;
    const size_t size = sizeof text - 1;
    ac_automaton *ac = build_ok(patterns, 5);
    match_list want = naive_all(patterns, 5, bytes, size);
    for (size_t first = 0; first <= size; first++)
        for (size_t second = first; second <= size; second++) {
            match_list got = {0};
            ac_scanner scanner;
            ac_scanner_init(&scanner, ac);
            scan_on(&scanner, text, first, 3, &got);
            ac_scanner copy = scanner;
            scan_on(&copy, text + first, second - first, 3, &got);
            scan_on(&copy, text + second, size - second, 1, &got);
            assert_same(&got, &want);
            list_dispose(&got);
        }
    list_dispose(&want);
    ac_free(ac);
}

/* Patterns of thousands of bytes, and a text in which every state falls through all suffixes. */
static void test_long_patterns(void **state) {
    (void)state;
    enum { SIZE = 5000 };
    static unsigned char as[SIZE + 2], text[3 * SIZE];
    memset(as, 'a', SIZE);
    as[SIZE] = 'b';
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'b';
    const ac_pattern patterns[] = {{as, SIZE + 1}, {as, SIZE}, {as + SIZE, 1}};
    check_patterns_on(patterns, 3, text, sizeof text);
}

static bool stop_at_third(void *context, const ac_match *match) {
    (void)match;
    return ++*(int *)context < 3;
}

static void test_callback_stops(void **state) {
    (void)state;
    const ac_pattern patterns[] = {B("a"), B("aa")};
    ac_automaton *ac = build_ok(patterns, 2);
    ac_scanner scanner;
    int n_calls = 0;
    ac_scanner_init(&scanner, ac);
    assert_false(ac_scan(&scanner, "aaaaaa", 6, stop_at_third, &n_calls));
    assert_int_equal(n_calls, 3);
    ac_free(ac);
}

static void test_refusals(void **state) {
    (void)state;
    ac_automaton *ac;
    ac_error error;
    const ac_pattern with_empty[] = {B("a"), B("b"), {"c", 0}};
    assert_int_equal(ac_build(&ac, with_empty, 3, NULL, &error), AC_E_ARGUMENT);
    assert_null(ac);
    assert_int_equal(error.status, AC_E_ARGUMENT);
    assert_int_equal(error.pattern, 2);
    assert_string_equal(error.message, "pattern 2 is empty");
    const ac_pattern too_long[] = {B("a"), {"b", AC_MAX_PATTERN_BYTES + 1}};
    assert_int_equal(ac_build(&ac, too_long, 2, NULL, &error), AC_E_LIMIT);
    assert_int_equal(error.pattern, 1);
    assert_int_equal(ac_build(&ac, with_empty, AC_MAX_PATTERNS + 1, NULL, &error), AC_E_LIMIT);
    assert_true(error.pattern == AC_NONE);
    assert_int_equal(ac_build(&ac, with_empty, 3, NULL, NULL), AC_E_ARGUMENT);
    ac_free(NULL);
}

static void test_status_names(void **state) {
    (void)state;
    for (int status = AC_E_CANCELLED; status <= AC_OK; status++)
        for (int other = AC_E_CANCELLED; other < status; other++)
            assert_string_not_equal(ac_status_name((ac_status)status),
                                    ac_status_name((ac_status)other));
    assert_string_equal(ac_status_name(AC_OK), "ok");
    assert_non_null(ac_status_name((ac_status)99));
}

typedef struct progress_log {
    uint64_t last, total;
    size_t n_calls, stop_after;
} progress_log;

static bool log_progress(void *context, uint64_t done, uint64_t total) {
    progress_log *log = context;
    assert_true(done >= log->last && done <= total);
    assert_true(log->total == 0 || log->total == total);
    log->last = done;
    log->total = total;
    return ++log->n_calls != log->stop_after;
}

static void test_progress(void **state) {
    (void)state;
    enum { N = 30000 };
    static unsigned char storage[N][16];
    static ac_pattern patterns[N];
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < 16; k++)
            storage[i][k] = (unsigned char)next_random();
        patterns[i] = (ac_pattern){storage[i], 16};
    }
    progress_log log = {0};
    ac_automaton *ac;
    ac_error error;
    const ac_build_options options = {log_progress, &log};
    assert_int_equal(ac_build(&ac, patterns, N, &options, &error), AC_OK);
    ac_free(ac);
    assert_true(log.n_calls > 10);
    assert_int_equal(log.last, log.total);
    const size_t stops[] = {1, log.n_calls / 2, log.n_calls - 1, log.n_calls};
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        log = (progress_log){.stop_after = stops[i]};
        assert_int_equal(ac_build(&ac, patterns, N, &options, &error), AC_E_CANCELLED);
        assert_null(ac);
        assert_int_equal(log.n_calls, stops[i]);
    }
}

/* Same patterns, same bytes, today and on another machine: the digest may change only together
 * with the format's version. */
static void test_same_bytes(void **state) {
    (void)state;
    enum { N = 5000 };
    static unsigned char storage[N][16];
    static ac_pattern patterns[N];
    random_state = 7;
    for (size_t i = 0; i < N; i++) {
        size_t size = 1 + random_below(16);
        for (size_t k = 0; k < size; k++)
            storage[i][k] = (unsigned char)('a' + random_below(1 + random_below(26)));
        patterns[i] = (ac_pattern){storage[i], size};
    }
    ac_automaton *one = build_ok(patterns, N), *two = build_ok(patterns, N);
    size_t size_one, size_two;
    const void *data_one = ac_data(one, &size_one), *data_two = ac_data(two, &size_two);
    assert_int_equal(size_one, size_two);
    assert_memory_equal(data_one, data_two, size_one);
    assert_int_equal(XXH64(data_one, size_one, 0), 0x0434f9eac908595cu);
    ac_free(one);
    ac_free(two);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_cases),   cmocka_unit_test(test_results_by_hand),
        cmocka_unit_test(test_random),        cmocka_unit_test(test_dense),
        cmocka_unit_test(test_all_bytes),     cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_long_patterns), cmocka_unit_test(test_callback_stops),
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_status_names),
        cmocka_unit_test(test_progress),      cmocka_unit_test(test_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
