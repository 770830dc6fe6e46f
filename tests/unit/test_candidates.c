/* Candidates: taken, kept within a limit, put into their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/candidates.h"
#include "random.h"

typedef struct pair {
    char name[16];
    double score;
} pair;

static int compare_pairs(const void *a, const void *b) {
    const pair *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void add(mc_candidates *candidates, const char *name, double score) {
    mc_bytes string = {name, strlen(name)};
    assert_int_equal(mc_candidates_add(candidates, string, 1, score, NULL), MC_OK);
}

/* Of n random candidates the best are held, whatever the limit and however they come. */
static void hold_best(size_t n, size_t limit, unsigned n_scores, int order) {
    pair *pairs = calloc(n, sizeof *pairs);
    mc_candidates candidates = {.limit = limit};
    assert_non_null(pairs);
    for (size_t i = 0; i < n; i++) {
        snprintf(pairs[i].name, sizeof pairs[i].name, "%zx", i * 2654435761u % 1000003);
        pairs[i].score = (double)random_below(n_scores) - 5;
    }
    if (order != 0)
        qsort(pairs, n, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < n; i++) {
        const pair *p = &pairs[order < 0 ? n - 1 - i : i];
        add(&candidates, p->name, p->score);
        if (limit > 0)
            assert_true(candidates.n <= 2 * limit + 2050);
    }
    assert_true(candidates.seen == n);
    mc_candidates_sort(&candidates);
    qsort(pairs, n, sizeof *pairs, compare_pairs);
    assert_int_equal(candidates.n, limit > 0 && limit < n ? limit : n);
    for (size_t i = 0; i < candidates.n; i++) {
        mc_bytes string = mc_candidate_string(&candidates, i);
        assert_int_equal(string.size, strlen(pairs[i].name));
        assert_memory_equal(string.data, pairs[i].name, string.size);
        assert_true(candidates.items[i].score == pairs[i].score);
    }
    mc_candidates_dispose(&candidates);
    free(pairs);
}

static void the_best_are_held(void **state) {
    (void)state;
    static const size_t limits[] = {0, 1, 2, 700, 9999, 10000, 10001};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        for (int order = -1; order <= 1; order++) {
            hold_best(10000, limits[i], 40, order);
            hold_best(10000, limits[i], 1000000, order);
        }
    hold_best(0, 0, 1, 0);
    hold_best(1, 5, 1, 0);
    hold_best(9000, 10, 1, 0);
}

static bool is_short(const void *context, mc_bytes string) {
    return string.size <= *(const size_t *)context;
}

static void others_are_passed_over(void **state) {
    (void)state;
    const size_t most = 3;
    mc_candidates candidates = {.accept = is_short, .context = &most};
    add(&candidates, "four", 9);
    add(&candidates, "one", 1);
    add(&candidates, "", 2);
    add(&candidates, "longer", 3);
    mc_candidates_sort(&candidates);
    assert_int_equal(candidates.n, 2);
    assert_int_equal(candidates.seen, 2);
    assert_int_equal(mc_candidate_string(&candidates, 0).size, 0);
    mc_candidates_dispose(&candidates);
}

/* Where one is the beginning of the other, the shorter comes first. */
static void equal_scores_order_by_bytes(void **state) {
    (void)state;
    static const char *const expected[] = {"", "a", "aa", "ab", "b", "\xc3\xa9"};
    mc_candidates candidates = {0};
    for (size_t i = 6; i-- > 0;)
        add(&candidates, expected[i], 7);
    mc_candidates_sort(&candidates);
    for (size_t i = 0; i < 6; i++)
        assert_memory_equal(mc_candidate_string(&candidates, i).data, expected[i],
                            strlen(expected[i]));
    mc_candidates_dispose(&candidates);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_are_held),
        cmocka_unit_test(others_are_passed_over),
        cmocka_unit_test(equal_scores_order_by_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
