/* Patterns and a text of the fuzzer's choice: every way of scanning must find what comparing each
 * pattern at each place finds, before and after mapping.
 *
 * Input: a byte for the number of patterns, each pattern a byte for its size and its bytes, then a
 * byte for where the text is cut and for the capacity of the arrays, the rest the text. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ahocorasick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_PATTERNS = 48, MAX_SIZE = 24, MAX_TEXT = 256, MAX_MATCHES = MAX_TEXT * MAX_PATTERNS };

typedef struct match_list {
    ac_match items[MAX_MATCHES];
    size_t n;
} match_list;

static ac_pattern patterns[MAX_PATTERNS];
static size_t n_patterns;

static void check(bool holds) {
    if (!holds)
        abort();
}

static void add(match_list *list, size_t end, uint32_t id, uint32_t size) {
    check(list->n < MAX_MATCHES);
    list->items[list->n++] = (ac_match){end, id, size};
}

static void check_same(const match_list *a, const match_list *b) {
    check(a->n == b->n);
    for (size_t i = 0; i < a->n; i++)
        check(a->items[i].end == b->items[i].end && a->items[i].id == b->items[i].id &&
              a->items[i].size == b->items[i].size);
}

static bool is_at(size_t id, const uint8_t *text, size_t size, size_t at) {
    return patterns[id].size <= size - at &&
           memcmp(patterns[id].data, text + at, patterns[id].size) == 0;
}

static void find_all(match_list *list, const uint8_t *text, size_t size) {
    list->n = 0;
    for (size_t end = 1; end <= size; end++)
        for (size_t length = end < MAX_SIZE ? end : MAX_SIZE; length > 0; length--)
            for (size_t id = 0; id < n_patterns; id++)
                if (patterns[id].size == length && is_at(id, text, end, end - length))
                    add(list, end, (uint32_t)id, (uint32_t)length);
}

static void find_leftmost(match_list *list, const uint8_t *text, size_t size) {
    list->n = 0;
    for (size_t at = 0; at < size;) {
        size_t best = n_patterns;
        for (size_t id = 0; id < n_patterns; id++)
            if (is_at(id, text, size, at) &&
                (best == n_patterns || patterns[id].size > patterns[best].size))
                best = id;
        at += best == n_patterns ? 1 : patterns[best].size;
        if (best < n_patterns)
            add(list, at, (uint32_t)best, (uint32_t)patterns[best].size);
    }
}

static void scan_on(match_list *list, ac_scanner *scanner, const uint8_t *text, size_t size,
                    size_t capacity) {
    ac_match out[16];
    size_t n;
    ac_scanner_feed(scanner, text, size);
    while ((n = ac_scanner_next(scanner, out, capacity)) > 0)
        for (size_t i = 0; i < n; i++)
            add(list, (size_t)out[i].end, out[i].id, out[i].size);
}

/* The text in a batch with its own tails, so that lanes end at different times. */
static void check_batch(const ac_automaton *ac, const uint8_t *text, size_t size, size_t capacity) {
    enum { N = AC_LANES + 8 };
    static match_list got[N], want;
    ac_pattern texts[N];
    ac_text_match out[16];
    ac_batch batch;
    size_t n;
    for (size_t i = 0; i < N; i++) {
        size_t skipped = size * i / N;
        texts[i] = (ac_pattern){text + skipped, size - skipped};
        got[i].n = 0;
    }
    ac_batch_init(&batch, ac, texts, N);
    while ((n = ac_batch_next(&batch, out, capacity)) > 0)
        for (size_t i = 0; i < n; i++) {
            check(out[i].text < N);
            add(&got[out[i].text], (size_t)out[i].end, out[i].id, out[i].size);
        }
    for (size_t i = 0; i < N; i++) {
        find_all(&want, texts[i].data, texts[i].size);
        check_same(&got[i], &want);
    }
}

static void check_scans(const ac_automaton *ac, const uint8_t *text, size_t size, size_t cut,
                        size_t capacity) {
    static match_list got, want;
    ac_scanner scanner;
    find_all(&want, text, size);
    got.n = 0;
    ac_scanner_init(&scanner, ac);
    scan_on(&got, &scanner, text, cut, capacity);
    scan_on(&got, &scanner, text + cut, size - cut, capacity);
    check_same(&got, &want);
    check_batch(ac, text, size, capacity);
    find_leftmost(&want, text, size);
    size_t position = 0, n;
    got.n = 0;
    while ((n = ac_leftmost(ac, text, size, &position, got.items + got.n, capacity)) > 0) {
        got.n += n;
        check(got.n + 16 < MAX_MATCHES);
    }
    check_same(&got, &want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1)
        return 0;
    size_t at = 1;
    for (n_patterns = 0; n_patterns < data[0] % MAX_PATTERNS && at < size; n_patterns++) {
        size_t bytes = 1 + data[at++] % MAX_SIZE;
        if (bytes > size - at)
            break;
        patterns[n_patterns] = (ac_pattern){data + at, bytes};
        at += bytes;
    }
    if (size - at < 2 || size - at - 2 > MAX_TEXT)
        return 0;
    const uint8_t *text = data + at + 2;
    size_t text_size = size - at - 2, cut = data[at] % (text_size + 1);
    size_t capacity = 1 + data[at + 1] % 16;

    ac_automaton *ac, *mapped;
    size_t block_size;
    check(ac_build(&ac, patterns, n_patterns, NULL, NULL) == AC_OK);
    check_scans(ac, text, text_size, cut, capacity);
    const void *block = ac_data(ac, &block_size);
    check(ac_map(&mapped, block, block_size, NULL) == AC_OK);
    check_scans(mapped, text, text_size, cut, capacity);
    ac_free(mapped);
    ac_free(ac);
    return 0;
}
