/* Concept sets: compiled, and scanned with. */
#include "concepts_sample.h"

#include <pthread.h>

#include "concepts/image.h"
#include "naive.h"
#include "random.h"

/* ---- what a set knows of its entries ---- */

static void a_set_knows_its_entries(void **state) {
    (void)state;
    mc_concepts *c = compile_sample();
    XXH3_state_t digest;
    char hex[33];
    XXH3_128bits_reset(&digest);
    assert_int_equal(mc_concepts_count(c), N_SAMPLE);
    assert_int_equal(mc_concepts_rules(c), MC_RULES_METACLIP1);
    uint32_t n_dead = 0, n_repeated = 0;
    for (uint32_t i = 0; i < N_SAMPLE; i++) {
        mc_bytes entry = mc_concepts_entry(c, i);
        assert_int_equal(entry.size, strlen(sample[i]));
        assert_memory_equal(entry.data, sample[i], entry.size);
        assert_true(mc_concepts_hashes(c)[i] == XXH3_64bits(sample[i], entry.size));
        uint32_t first = 0;
        while (strcmp(sample[first], sample[i]) != 0)
            first++;
        assert_int_equal(mc_concepts_firsts(c)[i], first);
        n_repeated += first != i;
        n_dead += mc_entry_is_dead(sample[i], entry.size, MC_RULES_METACLIP1);
        unsigned char size[4] = {(unsigned char)entry.size, 0, 0, 0};
        XXH3_128bits_update(&digest, size, 4);
        XXH3_128bits_update(&digest, sample[i], entry.size);
    }
    assert_int_equal(n_repeated, 3);
    assert_int_equal(mc_concepts_repeated(c), n_repeated);
    assert_int_equal(n_dead, 3);
    assert_int_equal(mc_concepts_dead(c), n_dead);
    XXH128_hash_t hash = XXH3_128bits_digest(&digest);
    mc_u128_hex((mc_u128){hash.high64, hash.low64}, hex);
    assert_string_equal(mc_concepts_digest(c), hex);
    mc_concepts_free(c);
    mc_concepts_free(NULL);
}

static void the_same_list_gives_the_same_bytes(void **state) {
    (void)state;
    mc_concepts *a = compile_sample();
    char *moved[N_SAMPLE];
    mc_bytes entries[N_SAMPLE];
    for (size_t i = N_SAMPLE; i-- > 0;) {
        moved[i] = strdup(sample[i]);
        entries[i] = bytes_of(moved[i]);
    }
    mc_concepts *b = compile(entries, N_SAMPLE);
    for (size_t i = 0; i < N_SAMPLE; i++)
        free(moved[i]);
    size_t a_size, b_size;
    const void *a_data = mc_concepts_data(a, &a_size), *b_data = mc_concepts_data(b, &b_size);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a_data, b_data, a_size);

    entries[0] = bytes_of("cas");
    for (size_t i = 1; i < N_SAMPLE; i++)
        entries[i] = bytes_of(sample[i]);
    mc_concepts *other = compile(entries, N_SAMPLE);
    assert_string_not_equal(mc_concepts_digest(a), mc_concepts_digest(other));
    mc_concepts_free(a);
    mc_concepts_free(b);
    mc_concepts_free(other);
}

static void an_empty_list_matches_nothing(void **state) {
    (void)state;
    mc_concepts *c = compile(NULL, 0);
    mc_scanner *scanner;
    assert_int_equal(mc_concepts_count(c), 0);
    assert_int_equal(mc_scanner_create(&scanner, c, NULL), MC_OK);
    assert_string_equal(scan_one(scanner, "a cat"), "");
    assert_string_equal(scan_one(scanner, ""), "");
    mc_scanner_free(scanner);
    mc_scanner_free(NULL);
    mc_concepts_free(c);
}

static void lists_have_limits(void **state) {
    (void)state;
    char *longest = malloc(MC_ENTRY_MAX_BYTES + 1);
    assert_non_null(longest);
    memset(longest, 'x', MC_ENTRY_MAX_BYTES + 1);
    mc_bytes entries[2] = {bytes_of("a"), {longest, MC_ENTRY_MAX_BYTES + 1}};
    mc_concepts *c;
    mc_error error = {0};
    assert_int_equal(mc_concepts_compile(&c, entries, 2, MC_RULES_METACLIP1, &error), MC_E_LIMIT);
    assert_non_null(strstr(error.message, "entry 1"));
    assert_null(c);
    assert_int_equal(
        mc_concepts_compile(&c, entries, (size_t)MC_ENTRIES_MAX + 1, MC_RULES_METACLIP1, &error),
        MC_E_LIMIT);
    assert_null(c);

    entries[1].size = MC_ENTRY_MAX_BYTES;
    c = compile(entries, 2);
    mc_scanner *scanner;
    mc_match_sets sets;
    assert_int_equal(mc_scanner_create(&scanner, c, NULL), MC_OK);
    assert_int_equal(mc_scan(scanner, &entries[1], 1, &sets, NULL), MC_OK);
    assert_int_equal(sets.offsets[1], 1);
    assert_int_equal(sets.ids[0], 1);
    entries[1].size--;
    assert_int_equal(mc_scan(scanner, &entries[1], 1, &sets, NULL), MC_OK);
    assert_int_equal(sets.offsets[1], 0);
    mc_scanner_free(scanner);
    mc_concepts_free(c);
    free(longest);
}

/* ---- match sets ---- */

static void entries_are_found_where_they_occur(void **state) {
    (void)state;
    mc_concepts *c = compile_sample();
    mc_scanner *scanner;
    assert_int_equal(mc_scanner_create(&scanner, c, NULL), MC_OK);
    static const char *const cases[][2] = {
        {"", ""},
        {" ", ""},
        {"cat", "0 7 21"},
        {"Cat", ""},
        {"cats", ""},
        {"a cat", "0 3 4 7 21"},
        {"a  cat", "0 3 7 21"},
        {"a\tcat", "0 3 4 7 21"},
        {"cat,dog", "0 1 7 10 14 21"},
        {"New York, York", "5 6 10"},
        {"St. Louis", ""},
        {"C++", "9"},
        {"C++11", ""},
        {"x\ty", ""},
        {"a, b", "3 10"},
        {"a,b", "3 10 11"},
        {"a,  b", "3 10"},
        {"a,   b", "3 10 12"},
        {"end.", ""},
        {"end. ", ""},
        {"end.  ", "12"},
        {"\xC3\xA9t\xC3\xA9!", "13"},
        {"in the house of the rising sun", "15 18 19 20"},
        {"an antidisestablishmentarianism", "17"},
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        mc_bytes entries[N_SAMPLE], text = bytes_of(cases[i][0]);
        uint32_t ids[N_SAMPLE];
        char expected[200] = "";
        size_t size = 0;
        sample_entries(entries);
        size_t n = naive_match(text, entries, N_SAMPLE, ids);
        for (size_t k = 0; k < n; k++)
            size += (size_t)snprintf(expected + size, sizeof expected - size, k ? " %u" : "%u",
                                     (unsigned)ids[k]);
        assert_string_equal(scan_one(scanner, cases[i][0]), expected);
        assert_string_equal(expected, cases[i][1]);
    }
    mc_scanner_free(scanner);
    mc_concepts_free(c);
}

/* Scans texts in blocks of random sizes and compares every set with the naive one. */
static void check_texts(const mc_concepts *c, const mc_bytes *entries, size_t n_entries,
                        const mc_bytes *texts, size_t n_texts) {
    mc_scanner *scanner;
    mc_match_sets sets;
    uint32_t *ids = calloc(n_entries + 1, sizeof *ids);
    assert_non_null(ids);
    assert_int_equal(mc_scanner_create(&scanner, c, NULL), MC_OK);
    for (size_t at = 0; at < n_texts;) {
        size_t n = random_below(9);
        if (n > n_texts - at)
            n = n_texts - at;
        assert_int_equal(mc_scan(scanner, texts + at, n, &sets, NULL), MC_OK);
        assert_int_equal(sets.offsets[0], 0);
        for (size_t i = 0; i < n; i++) {
            mc_bytes text = texts[at + i];
            size_t n_ids = naive_match(text, entries, n_entries, ids);
            uint32_t begin = sets.offsets[i], end = sets.offsets[i + 1];
            if (end - begin != n_ids || (n_ids && memcmp(sets.ids + begin, ids, 4 * n_ids) != 0))
                fail_msg("%zu ids, not %zu, in \"%.*s\"", (size_t)(end - begin), n_ids,
                         (int)text.size, text.data);
        }
        at += n;
    }
    mc_scanner_free(scanner);
    free(ids);
}

/* Random strings from pieces, each in a block of memory of its own. */
static void make_strings(mc_bytes *out, size_t n, size_t max_pieces, const char *const *pieces,
                         size_t n_pieces) {
    for (size_t i = 0; i < n; i++) {
        char bytes[4096];
        size_t size = random_pieces(bytes, max_pieces, pieces, n_pieces);
        char *copy = malloc(size ? size : 1);
        assert_non_null(copy);
        memcpy(copy, bytes, size);
        out[i] = (mc_bytes){copy, size};
    }
}

static void free_strings(mc_bytes *strings, size_t n) {
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)strings[i].data);
}

static void random_texts_match_as_the_rule_says(void **state) {
    (void)state;
    static const char *const few[] = {"a", "b", " "};
    static const char *const marks[] = {"a", "b", " ", " ", "  ", ",", ".", "a ", " b", "\t"};
    static const char *const words[] = {"the",
                                        "cat",
                                        "house",
                                        "of",
                                        " ",
                                        " ",
                                        " ",
                                        "  ",
                                        " , ",
                                        ".",
                                        "\n",
                                        "internationalization",
                                        "exactly16bytes!!",
                                        "fifteen bytes 1",
                                        "seventeen-bytes-1",
                                        "\xE6\x9D\xB1\xE4\xBA\xAC"};
    static const struct {
        const char *const *pieces;
        size_t n_pieces;
    } kinds[] = {{few, N_OF(few)}, {marks, N_OF(marks)}, {words, N_OF(words)}};
    for (int round = 0; round < 240; round++) {
        mc_bytes entries[60], texts[60];
        size_t kind = (size_t)round % N_OF(kinds);
        size_t n_entries = random_below(60), n_texts = 60;
        make_strings(entries, n_entries, 1 + random_below(8), kinds[kind].pieces,
                     kinds[kind].n_pieces);
        make_strings(texts, n_texts, 1 + random_below(90), kinds[kind].pieces,
                     kinds[kind].n_pieces);
        mc_concepts *c = compile(entries, n_entries);
        check_texts(c, entries, n_entries, texts, n_texts);
        free_strings(texts, n_texts);
        free_strings(entries, n_entries);
        mc_concepts_free(c);
    }
}

static void any_byte_may_stand_in_a_text_or_an_entry(void **state) {
    (void)state;
    for (int round = 0; round < 60; round++) {
        mc_bytes entries[40], texts[80];
        static const char *const none[] = {""};
        make_strings(entries, 40, 0, none, 1);
        make_strings(texts, 80, 0, none, 1);
        /* Few values, so that they meet: NUL, 0xFF and the space among them. */
        static const unsigned char values[] = {0, 1, ' ', ' ', 'a', 0x7F, 0x80, 0xC3, 0xA9, 0xFF};
        mc_bytes *lists[] = {entries, texts};
        const size_t sizes[] = {40, 80}, most[] = {5, 60};
        for (size_t l = 0; l < 2; l++)
            for (size_t i = 0; i < sizes[l]; i++) {
                size_t size = random_below((uint32_t)most[l]);
                char *bytes = realloc((char *)(uintptr_t)lists[l][i].data, size + 1);
                assert_non_null(bytes);
                for (size_t k = 0; k < size; k++)
                    bytes[k] = (char)values[random_below(N_OF(values))];
                lists[l][i] = (mc_bytes){bytes, size};
            }
        mc_concepts *c = compile(entries, 40);
        for (size_t i = 0; i < 40; i++) /* ill-formed ones are dead */
            if (!mc_utf8_valid(entries[i].data, entries[i].size))
                entries[i].size = 0;
        check_texts(c, entries, 40, texts, 80);
        free_strings(entries, 40);
        free_strings(texts, 80);
        mc_concepts_free(c);
    }
}

/* Entries "a", "a a", ... all occur in one text, many times over. */
static void sets_may_be_large(void **state) {
    (void)state;
    enum { N = 3000, REPEATS = 4000 };
    char *words = malloc(2 * REPEATS);
    mc_bytes *entries = calloc(N, sizeof *entries);
    assert_true(words && entries);
    for (size_t i = 0; i < REPEATS; i++)
        memcpy(words + 2 * i, "a ", 2);
    for (size_t i = 0; i < N; i++)
        entries[i] = (mc_bytes){words, 2 * (N - i) - 1}; /* the longest first */
    mc_concepts *c = compile(entries, N);
    mc_bytes texts[] = {{words, 2 * REPEATS - 1}, {words, 99}, {words, 2 * N - 1}};
    mc_scanner *scanner;
    mc_match_sets sets;
    assert_int_equal(mc_scanner_create(&scanner, c, NULL), MC_OK);
    assert_int_equal(mc_scan(scanner, texts, 3, &sets, NULL), MC_OK);
    assert_int_equal(sets.offsets[1], N);
    assert_int_equal(sets.offsets[2], N + 50);
    assert_int_equal(sets.offsets[3], 2 * N + 50);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(sets.ids[i], i);
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(sets.ids[N + i], N - 50 + i);
    mc_scanner_free(scanner);
    mc_concepts_free(c);
    free(entries);
    free(words);
}

static void texts_may_be_huge(void **state) {
    (void)state;
    mc_concepts *c = compile_sample();
    mc_scanner *scanner;
    mc_match_sets sets;
    size_t size = 8 << 20;
    char *text = malloc(size);
    assert_non_null(text);
    assert_int_equal(mc_scanner_create(&scanner, c, NULL), MC_OK);
    memset(text, 'x', size); /* one endless word */
    memcpy(text + size - 9, " New York", 9);
    mc_bytes texts[] = {bytes_of("cat"), {text, size}, bytes_of("dog")};
    assert_int_equal(mc_scan(scanner, texts, 3, &sets, NULL), MC_OK);
    assert_int_equal(sets.offsets[1], 3);
    assert_int_equal(sets.offsets[2], 5);
    assert_int_equal(sets.ids[3], 5);
    assert_int_equal(sets.ids[4], 6);
    assert_int_equal(sets.offsets[3], 7);
    memset(text, ',', size); /* nothing but marks */
    assert_int_equal(mc_scan(scanner, &texts[1], 1, &sets, NULL), MC_OK);
    assert_int_equal(sets.offsets[1], 1);
    assert_int_equal(sets.ids[0], 10);
    for (size_t i = 0; i < size; i++) /* words over and over */
        text[i] = "a cat, New York the dog "[i % 24];
    assert_int_equal(mc_scan(scanner, &texts[1], 1, &sets, NULL), MC_OK);
    assert_true(sets.offsets[1] > 6);
    mc_scanner_free(scanner);
    mc_concepts_free(c);
    free(text);
}

/* ---- sharing ---- */

typedef struct reader {
    const mc_concepts *concepts;
    const mc_bytes *texts;
    size_t n_texts;
    uint64_t sum;
    bool failed;
} reader;

static void *read_all(void *argument) {
    reader *r = argument;
    mc_scanner *scanner;
    mc_match_sets sets;
    r->failed = mc_scanner_create(&scanner, r->concepts, NULL) != MC_OK;
    if (r->failed)
        return NULL;
    for (size_t i = 0; i < r->n_texts && !r->failed; i++) {
        r->failed = mc_scan(scanner, &r->texts[i], 1, &sets, NULL) != MC_OK;
        for (uint32_t k = 0; !r->failed && k < sets.offsets[1]; k++)
            r->sum += (uint64_t)(sets.ids[k] + 1) * (i + 1);
    }
    mc_scanner_free(scanner);
    return NULL;
}

static void threads_may_share_a_set(void **state) {
    (void)state;
    static const char *const pieces[] = {"cat", " ", "a", "New York", ",", "the ", "of the "};
    mc_bytes texts[500];
    make_strings(texts, 500, 20, pieces, N_OF(pieces));
    mc_concepts *c = compile_sample();
    reader readers[4];
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        readers[i] = (reader){.concepts = c, .texts = texts, .n_texts = 500};
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 4; i++) {
        assert_false(readers[i].failed);
        assert_true(readers[i].sum == readers[0].sum && readers[i].sum > 0);
    }
    free_strings(texts, 500);
    mc_concepts_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_knows_its_entries),
        cmocka_unit_test(the_same_list_gives_the_same_bytes),
        cmocka_unit_test(an_empty_list_matches_nothing),
        cmocka_unit_test(lists_have_limits),
        cmocka_unit_test(entries_are_found_where_they_occur),
        cmocka_unit_test(random_texts_match_as_the_rule_says),
        cmocka_unit_test(any_byte_may_stand_in_a_text_or_an_entry),
        cmocka_unit_test(sets_may_be_large),
        cmocka_unit_test(texts_may_be_huge),
        cmocka_unit_test(threads_may_share_a_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
