/* The automaton from inside: its sources compiled with so few bits in a word that small automata
 * are wide ones, and with allocations that fail when told to. */
#include <stdlib.h>

/* Allocations left until one fails; negative: none does. */
static long allocations_left = -1;

static int is_refused(void) {
    return allocations_left >= 0 && allocations_left-- == 0;
}

static void *test_malloc_or_not(size_t size) {
    return is_refused() ? NULL : malloc(size);
}
static void *test_calloc_or_not(size_t n, size_t size) {
    return is_refused() ? NULL : calloc(n, size);
}
static void *test_realloc_or_not(void *old, size_t size) {
    return is_refused() ? NULL : realloc(old, size);
}

#define malloc test_malloc_or_not
#define calloc test_calloc_or_not
#define realloc test_realloc_or_not
#define AC_NARROW_BITS 9u

#pragma GCC diagnostic ignored "-Wshadow"
#include "ahocorasick/automaton.c"
#include "ahocorasick/batch.c"
#include "ahocorasick/build.c"
#include "ahocorasick/leftmost.c"
#include "ahocorasick/map.c"
#include "ahocorasick/place.c"
#include "ahocorasick/scan.c"
#include "ahocorasick/tree.c"

#undef malloc
#undef calloc
#undef realloc

#include "ahocorasick_checks.h"

enum { N = 400 };
static unsigned char storage[N][16];
static ac_pattern patterns[N];

static void make_patterns(void) {
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < 16; k++)
            storage[i][k] = (unsigned char)('a' + random_below(4));
        patterns[i] = (ac_pattern){storage[i], 1 + random_below(16)};
    }
}

static void test_wide(void **state) {
    (void)state;
    make_patterns();
    ac_automaton *ac = build_ok(patterns, N);
    assert_true(ac->header->n_slots > AC_NARROW_SLOTS);
    assert_non_null(ac->highs);
    uint8_t any = 0;
    for (uint32_t i = 0; i < ac->header->n_slots; i++)
        any |= ac->highs[i];
    assert_int_not_equal(any, 0);
    unsigned char text[2000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)('a' + random_below(4));
    check_scans(ac, patterns, N, text, sizeof text);
    ac_free(ac);
    check_patterns_on(patterns, N, text, sizeof text);
    check_dense(2);
    check_random(500);
}

/* A hostile wide automaton: random bytes of it changed, its checksum right. */
static void test_wide_damaged(void **state) {
    (void)state;
    make_patterns();
    ac_automaton *ac = build_ok(patterns, N), *mapped;
    size_t size, n_accepted = 0;
    unsigned char *block = copy_block(ac, &size), text[200];
    ac_free(ac);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)('a' + random_below(5));
    for (size_t round = 0; round < 3000; round++) {
        size_t at = sizeof(ac_header) + random_below((uint32_t)(size - sizeof(ac_header)));
        unsigned char old = block[at];
        block[at] = (unsigned char)next_random();
        uint64_t checksum = ac_block_checksum(block, size);
        memcpy(block + offsetof(ac_header, checksum), &checksum, sizeof checksum);
        if (ac_map(&mapped, block, size, NULL) == AC_OK) {
            n_accepted++;
            check_batch(mapped, text, sizeof text, 8);
            ac_free(mapped);
        }
        block[at] = old;
    }
    assert_true(n_accepted > 0 && n_accepted < 2500);
    free(block);
}

static void test_allocations_fail(void **state) {
    (void)state;
    make_patterns();
    ac_automaton *ac = build_ok(patterns, N), *other;
    ac_error error;
    size_t size;
    const void *data = ac_data(ac, &size);
    long n_failed = 0;
    for (;; n_failed++) {
        allocations_left = n_failed;
        ac_status status = ac_build(&other, patterns, N, NULL, &error);
        allocations_left = -1;
        if (status == AC_OK)
            break;
        assert_int_equal(status, AC_E_MEMORY);
        assert_null(other);
    }
    assert_true(n_failed > 12);
    ac_free(other);
    for (n_failed = 0;; n_failed++) {
        allocations_left = n_failed;
        ac_status status = ac_map(&other, data, size, &error);
        allocations_left = -1;
        if (status == AC_OK)
            break;
        assert_int_equal(status, AC_E_MEMORY);
        assert_null(other);
    }
    assert_int_equal(n_failed, 3);
    ac_free(other);
    ac_free(ac);
}

/* Chains of lone children lie side by side, and little room is lost. */
static void test_density(void **state) {
    (void)state;
    enum { MANY = 20000 };
    unsigned char *bytes = malloc((size_t)MANY * 12);
    ac_pattern *many = malloc(MANY * sizeof *many);
    assert_non_null(bytes);
    assert_non_null(many);
    for (size_t i = 0; i < MANY; i++) {
        size_t size = 6 + random_below(7);
        for (size_t k = 0; k < size; k++)
            bytes[12 * i + k] = (unsigned char)('a' + random_below(1 + random_below(26)));
        many[i] = (ac_pattern){bytes + 12 * i, size};
    }
    ac_automaton *ac = build_ok(many, MANY);
    assert_true(ac->header->n_slots < ac->header->n_states + ac->header->n_states / 20 + 1024);
    ac_free(ac);
    free(bytes);
    free(many);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_wide_damaged),
        cmocka_unit_test(test_allocations_fail),
        cmocka_unit_test(test_density),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
