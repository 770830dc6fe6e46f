/* Every way of scanning an automaton, held against a search that compares each pattern at each
 * place. */
#ifndef TEST_AHOCORASICK_CHECKS_H
#define TEST_AHOCORASICK_CHECKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ahocorasick.h"
#include "random.h"

typedef struct match_list {
    ac_match *items;
    size_t n, capacity;
} match_list;

static inline void list_add(match_list *list, ac_match match) {
    if (list->n == list->capacity) {
        list->capacity = list->capacity * 2 + 64;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
        assert_non_null(list->items);
    }
    list->items[list->n++] = match;
}

static inline void list_dispose(match_list *list) {
    free(list->items);
    *list = (match_list){0};
}

static inline void assert_same(const match_list *got, const match_list *want) {
    assert_int_equal(got->n, want->n);
    for (size_t i = 0; i < got->n; i++) {
        assert_int_equal(got->items[i].end, want->items[i].end);
        assert_int_equal(got->items[i].id, want->items[i].id);
        assert_int_equal(got->items[i].size, want->items[i].size);
    }
}

static inline bool is_at(const ac_pattern *p, const unsigned char *text, size_t size, size_t at) {
    return p->size <= size - at && memcmp(p->data, text + at, p->size) == 0;
}

/* Every match in the order the header promises: the patterns are tried the longest first. */
static inline match_list naive_all(const ac_pattern *patterns, size_t n, const unsigned char *text,
                                   size_t size) {
    match_list all = {0};
    size_t longest = 0;
    for (size_t i = 0; i < n; i++)
        longest = patterns[i].size > longest ? patterns[i].size : longest;
    for (size_t end = 1; end <= size; end++)
        for (size_t length = longest < end ? longest : end; length > 0; length--)
            for (size_t i = 0; i < n; i++)
                if (patterns[i].size == length && is_at(&patterns[i], text, end, end - length))
                    list_add(&all, (ac_match){end, (uint32_t)i, (uint32_t)length});
    return all;
}

static inline match_list naive_leftmost(const ac_pattern *patterns, size_t n,
                                        const unsigned char *text, size_t size) {
    match_list all = {0};
    for (size_t at = 0; at < size;) {
        size_t best = n;
        for (size_t i = 0; i < n; i++)
            if (is_at(&patterns[i], text, size, at) &&
                (best == n || patterns[i].size > patterns[best].size))
                best = i;
        if (best == n) {
            at++;
            continue;
        }
        at += patterns[best].size;
        list_add(&all, (ac_match){at, (uint32_t)best, (uint32_t)patterns[best].size});
    }
    return all;
}

/* All that a scanner finds in one buffer, fetched capacity at a time. */
static inline void scan_on(ac_scanner *scanner, const void *text, size_t size, size_t capacity,
                           match_list *list) {
    ac_match out[64];
    size_t n;
    ac_scanner_feed(scanner, text, size);
    do {
        n = ac_scanner_next(scanner, out, capacity);
        assert_true(n <= capacity);
        for (size_t i = 0; i < n; i++)
            list_add(list, out[i]);
    } while (n == capacity);
    assert_int_equal(ac_scanner_next(scanner, out, capacity), 0);
}

static inline bool add_match(void *context, const ac_match *match) {
    list_add(context, *match);
    return true;
}

static inline match_list leftmost_by(const ac_automaton *ac, const void *text, size_t size,
                                     size_t capacity) {
    match_list list = {0};
    ac_match out[64];
    size_t n, position = 0;
    do {
        n = ac_leftmost(ac, text, size, &position, out, capacity);
        for (size_t i = 0; i < n; i++)
            list_add(&list, out[i]);
    } while (n == capacity);
    assert_int_equal(ac_leftmost(ac, text, size, &position, out, capacity), 0);
    return list;
}

/* Cuts text into pieces, which are then texts of their own, and compares the batch's matches with
 * the scanner's. */
static inline void check_batch(const ac_automaton *ac, const unsigned char *text, size_t size,
                               size_t capacity) {
    enum { MAX = 100 };
    ac_pattern texts[MAX];
    match_list got[MAX] = {0};
    ac_text_match out[64];
    ac_batch batch;
    size_t n_texts = random_below(MAX + 1), n;
    for (size_t i = 0; i < n_texts; i++) {
        size_t at = random_below((uint32_t)size + 1);
        texts[i] = (ac_pattern){text + at, random_below((uint32_t)(size - at) + 1)};
    }
    ac_batch_init(&batch, ac, texts, n_texts);
    do {
        n = ac_batch_next(&batch, out, capacity);
        assert_true(n <= capacity);
        for (size_t i = 0; i < n; i++) {
            assert_true(out[i].text < n_texts);
            list_add(&got[out[i].text], (ac_match){out[i].end, out[i].id, out[i].size});
        }
    } while (n == capacity);
    assert_int_equal(ac_batch_next(&batch, out, capacity), 0);
    for (size_t i = 0; i < n_texts; i++) {
        match_list want = {0};
        ac_scanner scanner;
        ac_scanner_init(&scanner, ac);
        scan_on(&scanner, texts[i].data, texts[i].size, 64, &want);
        assert_same(&got[i], &want);
        list_dispose(&want);
        list_dispose(&got[i]);
    }
}

/* A copy of the automaton's block, aligned; the caller frees it. */
static inline void *copy_block(const ac_automaton *ac, size_t *size) {
    const void *data = ac_data(ac, size);
    void *copy = malloc(*size);
    assert_non_null(copy);
    return memcpy(copy, data, *size);
}

/* Holds every way of scanning text with ac against the naive search. */
static inline void check_scans(const ac_automaton *ac, const ac_pattern *patterns, size_t n,
                               const unsigned char *text, size_t size) {
    match_list want = naive_all(patterns, n, text, size), got = {0};
    ac_scanner scanner;
    ac_scanner_init(&scanner, ac);
    scan_on(&scanner, text, size, 64, &got);
    assert_same(&got, &want);
    got.n = 0;
    ac_scanner_init(&scanner, ac);
    scan_on(&scanner, text, size, 1 + random_below(3), &got);
    assert_same(&got, &want);
    got.n = 0;
    ac_scanner_init(&scanner, ac);
    for (size_t at = 0; at < size;) {
        size_t piece = random_below(5);
        piece = piece < size - at ? piece : size - at;
        scan_on(&scanner, text + at, piece, 1 + random_below(9), &got);
        at += piece;
    }
    assert_same(&got, &want);
    got.n = 0;
    ac_scanner_init(&scanner, ac);
    assert_true(ac_scan(&scanner, text, size, add_match, &got));
    assert_same(&got, &want);
    list_dispose(&got);
    list_dispose(&want);
    want = naive_leftmost(patterns, n, text, size);
    got = leftmost_by(ac, text, size, 1 + random_below(4));
    assert_same(&got, &want);
    list_dispose(&got);
    list_dispose(&want);
    check_batch(ac, text, size, 1 + random_below(8));
}

static inline ac_automaton *build_ok(const ac_pattern *patterns, size_t n) {
    ac_automaton *ac;
    ac_error error = {0};
    if (ac_build(&ac, patterns, n, NULL, &error) != AC_OK)
        fail_msg("%s", error.message);
    return ac;
}

/* Builds, checks, saves, maps and checks again. */
static inline void check_patterns_on(const ac_pattern *patterns, size_t n,
                                     const unsigned char *text, size_t size) {
    ac_automaton *ac = build_ok(patterns, n), *mapped;
    size_t block_size;
    assert_int_equal(ac_pattern_count(ac), n);
    check_scans(ac, patterns, n, text, size);
    void *block = copy_block(ac, &block_size);
    ac_free(ac);
    ac_error error = {0};
    assert_true(ac_is_automaton(block, block_size));
    if (ac_map(&mapped, block, block_size, &error) != AC_OK)
        fail_msg("%s", error.message);
    assert_int_equal(ac_pattern_count(mapped), n);
    check_scans(mapped, patterns, n, text, size);
    ac_free(mapped);
    free(block);
}

/* Random patterns over n_letters letters, of at most max_size bytes, in storage. */
static inline size_t random_patterns(ac_pattern *patterns, unsigned char (*storage)[16], size_t max,
                                     uint32_t n_letters, uint32_t max_size) {
    size_t n = random_below((uint32_t)max + 1);
    for (size_t i = 0; i < n; i++) {
        size_t size = 1 + random_below(1 + random_below(max_size));
        for (size_t k = 0; k < size; k++)
            storage[i][k] = (unsigned char)(random_below(n_letters) * 85);
        patterns[i] = (ac_pattern){storage[i], size};
    }
    return n;
}

/* Small alphabets make every kind of overlap; 0, 85, 170 and 255 are the letters. */
static inline void check_random(size_t n_rounds) {
    enum { MAX = 40 };
    static unsigned char storage[MAX][16];
    ac_pattern patterns[MAX];
    for (size_t round = 0; round < n_rounds; round++) {
        uint32_t n_letters = 1 + random_below(4);
        size_t n = random_patterns(patterns, storage, MAX, n_letters, 16);
        unsigned char text[80];
        size_t size = random_below(sizeof text + 1);
        for (size_t i = 0; i < size; i++)
            text[i] = (unsigned char)(random_below(n_letters) * 85);
        check_patterns_on(patterns, n, text, size);
    }
}

/* Random bytes of all values and many patterns: full blocks, wide families. */
static inline void check_dense(size_t n_rounds) {
    enum { MAX = 3000 };
    static unsigned char storage[MAX][16];
    static ac_pattern patterns[MAX];
    for (size_t round = 0; round < n_rounds; round++) {
        unsigned char text[300];
        for (size_t i = 0; i < MAX; i++) {
            size_t size = 1 + random_below(1 + random_below(6));
            for (size_t k = 0; k < size; k++)
                storage[i][k] = (unsigned char)next_random();
            patterns[i] = (ac_pattern){storage[i], size};
        }
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (unsigned char)next_random();
        for (size_t i = 0; i < 60; i++) {
            const ac_pattern *p = &patterns[random_below(MAX)];
            memcpy(text + random_below((uint32_t)(sizeof text - p->size)), p->data, p->size);
        }
        check_patterns_on(patterns, MAX, text, sizeof text);
    }
}

#endif
