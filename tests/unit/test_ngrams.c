/* n-grams: counts against a plain matrix whatever the memory and the threads, what is taken of them
 * against the formulas, and counts that others made, right and wrong. */
#include "scratch.h"

#include <math.h>
#include <stdbool.h>

#include "metadata/ngram_counter.h"
#include "random.h"

/* What random texts are made of: words (some long, some alike up to a point), then what parts. */
static const char *const PIECES[] = {"a",
                                     "b",
                                     "ab",
                                     "abcdefgh",
                                     "abcdefghi",
                                     "abcdefghj",
                                     "abcdefghijklmnopq",
                                     "\u00e9t",
                                     "\u0436",
                                     "\u4e2d",
                                     "\u6587",
                                     "x1",
                                     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                     "A",
                                     "aaaaaaaa",
                                     "aaaaaaaaa",
                                     ",",
                                     "\n",
                                     " ",
                                     "\u2014"};
enum { N_PIECES = sizeof PIECES / sizeof *PIECES, N_WORDS = 16 };

typedef struct matrix {
    uint64_t words[N_WORDS], pairs[N_WORDS][N_WORDS];
} matrix;

/* A text of n pieces, and what it holds. */
static void make_text(mc_buffer *text, size_t n, matrix *expected) {
    size_t previous = N_PIECES;
    text->size = 0;
    for (size_t i = 0; i < n; i++) {
        size_t piece = random_below(N_PIECES);
        assert_int_equal(mc_buffer_printf(text, NULL, "%s ", PIECES[piece]), MC_OK);
        if (strcmp(PIECES[piece], " ") == 0)
            continue;
        if (piece < N_WORDS) {
            expected->words[piece]++;
            if (previous < N_WORDS)
                expected->pairs[previous][piece]++;
        }
        previous = piece;
    }
}

static size_t find_word(mc_bytes word) {
    for (size_t i = 0; i < N_WORDS; i++)
        if (strlen(PIECES[i]) == word.size && memcmp(PIECES[i], word.data, word.size) == 0)
            return i;
    return N_WORDS;
}

static void assert_candidates(const mc_ngrams *ngrams, const matrix *expected) {
    mc_candidates found = {0};
    size_t n = 0;
    assert_int_equal(mc_ngrams_unigrams(ngrams, 0, &found, NULL), MC_OK);
    for (size_t i = 0; i < found.n; i++) {
        size_t word = find_word(mc_candidate_string(&found, i));
        assert_true(word < N_WORDS);
        assert_int_equal(found.items[i].count, expected->words[word]);
        assert_true(found.items[i].score == (double)found.items[i].count);
    }
    for (size_t i = 0; i < N_WORDS; i++)
        n += expected->words[i] > 0;
    assert_int_equal(found.n, n);
    mc_candidates_dispose(&found);
    n = 0;
    assert_int_equal(mc_ngrams_bigrams(ngrams, MC_BIGRAM_PMI, 0, -INFINITY, false, &found, NULL),
                     MC_OK);
    for (size_t i = 0; i < found.n; i++) {
        mc_bytes pair = mc_candidate_string(&found, i);
        size_t size = (size_t)((const char *)memchr(pair.data, ' ', pair.size) - pair.data);
        size_t a = find_word((mc_bytes){pair.data, size});
        size_t b = find_word((mc_bytes){pair.data + size + 1, pair.size - size - 1});
        assert_true(a < N_WORDS && b < N_WORDS);
        uint64_t count = expected->pairs[a][b];
        assert_int_equal(found.items[i].count, count);
        double pmi = log2((double)count) + log2((double)mc_ngrams_tokens(ngrams)) -
                     log2((double)expected->words[a]) - log2((double)expected->words[b]);
        assert_true(fabs(found.items[i].score - pmi) < 1e-12);
    }
    for (size_t i = 0; i < N_WORDS * N_WORDS; i++)
        n += expected->pairs[i / N_WORDS][i % N_WORDS] > 0;
    assert_int_equal(found.n, n);
    assert_int_equal(mc_ngrams_pairs(ngrams), n);
    mc_candidates_dispose(&found);
}

static mc_ngrams *merge(mc_ngram_counter *counters, size_t n, uint64_t memory) {
    mc_ngrams *ngrams;
    assert_int_equal(mc_counters_merge(&ngrams, counters, n, scratch_folder, memory, NULL, NULL),
                     MC_OK);
    assert_int_equal(scratch_count(), 0);
    return ngrams;
}

static void counts_are_exact(void **state) {
    (void)state;
    static const uint64_t memories[] = {1, 400 << 10, 64 << 20};
    mc_buffer text = {0};
    for (size_t round = 0; round < 12; round++) {
        uint64_t memory = memories[round % 3];
        size_t n_counters = 1 + round % 4;
        matrix expected = {0};
        mc_ngram_counter counters[4];
        for (size_t i = 0; i < n_counters; i++)
            assert_int_equal(mc_counter_init(&counters[i], scratch_folder, memory, NULL, NULL),
                             MC_OK);
        for (size_t i = 0; i < 40; i++) {
            make_text(&text, random_below(1500), &expected);
            assert_int_equal(mc_counter_text(&counters[random_below((uint32_t)n_counters)],
                                             text.data, text.size, NULL),
                             MC_OK);
        }
        mc_ngrams *ngrams = merge(counters, n_counters, memory);
        assert_candidates(ngrams, &expected);
        mc_ngrams_free(ngrams);
    }
    mc_buffer_dispose(&text);
}

/* Many different words and pairs: tables grow, spill and merge for real. */
static void large_vocabularies_are_counted(void **state) {
    (void)state;
    static const uint64_t memories[] = {256 << 20, 3 << 20};
    enum { N = 60000 };
    uint64_t digest[2] = {0};
    for (size_t round = 0; round < 2; round++) {
        mc_ngram_counter counters[3];
        mc_buffer text = {0};
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(
                mc_counter_init(&counters[i], scratch_folder, memories[round], NULL, NULL), MC_OK);
        random_state = 7;
        for (size_t i = 0; i < N; i++) {
            /* Word k is made k % 5 + 1 times in all; the first of a line tells them apart. */
            for (size_t k = 0; k <= i % 5; k++) {
                text.size = 0;
                assert_int_equal(
                    mc_buffer_printf(&text, NULL, "common w%zu common w%zu\n", i, (i + 1) % N),
                    MC_OK);
                size_t counter = round ? random_below(3) : 0;
                assert_int_equal(mc_counter_text(&counters[counter], text.data, text.size, NULL),
                                 MC_OK);
            }
        }
        if (round)
            assert_true(counters[0].n_runs > 1);
        mc_ngrams *ngrams = merge(counters, 3, memories[round]);
        mc_candidates words = {0}, pairs = {0};
        assert_int_equal(mc_ngrams_words(ngrams), N + 1);
        assert_int_equal(mc_ngrams_pairs(ngrams), 2 * N);
        assert_int_equal(mc_ngrams_tokens(ngrams), 4 * 3 * N);
        assert_int_equal(mc_ngrams_unigrams(ngrams, 1, &words, NULL), MC_OK);
        for (size_t i = 0; i < words.n; i++) {
            mc_bytes word = mc_candidate_string(&words, i);
            size_t number = strtoul(word.data + 1, NULL, 10);
            uint64_t count = 2 * 3 * N; /* of "common" */
            if (word.data[0] == 'w')
                count = number % 5 + 1 + (number + N - 1) % N % 5 + 1;
            assert_int_equal(words.items[i].count, count);
        }
        assert_int_equal(
            mc_ngrams_bigrams(ngrams, MC_BIGRAM_PMI, 1, -INFINITY, false, &pairs, NULL), MC_OK);
        mc_candidates_sort(&pairs);
        digest[round] = mc_hash64(pairs.bytes.data, pairs.bytes.size);
        for (size_t i = 0; i < pairs.n; i++)
            digest[round] = digest[round] * 31 + pairs.items[i].count + pairs.items[i].offset;
        mc_candidates_dispose(&words);
        mc_candidates_dispose(&pairs);
        mc_ngrams_free(ngrams);
        mc_buffer_dispose(&text);
    }
    assert_int_equal(digest[0], digest[1]);
}

/* --- what is taken ------------------------------------------------------------------------- */

static mc_ngrams *read_counts(const char *text, size_t size, mc_ngram_totals *totals,
                              mc_buffer *ledger) {
    mc_ngrams *ngrams;
    mc_error error = {0};
    mc_ngram_options options = {.folder = scratch_folder, .n_threads = 2};
    const char *path = scratch_write("counts", text, size);
    mc_status status = mc_ngrams_read(&ngrams, &path, 1, &options, totals, ledger, NULL, &error);
    if (status != MC_OK)
        print_error("%s\n", error.message);
    assert_int_equal(status, MC_OK);
    return ngrams;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double interpolate(double *values, size_t n) {
    qsort(values, n, sizeof *values, compare_doubles);
    size_t place = 3 * (n - 1) / 10;
    double rest = (double)(3 * (n - 1) % 10) / 10;
    return rest > 0 ? values[place] + (values[place + 1] - values[place]) * rest : values[place];
}

static void worldwide_scores_follow_the_formula(void **state) {
    (void)state;
    for (size_t round = 0; round < 60; round++) {
        mc_buffer text = {0}, ledger = {0};
        mc_ngram_totals totals;
        mc_candidates pmi = {0}, found = {0};
        size_t n_words = 1 + random_below(12);
        uint32_t counts = round % 3 ? 1000 : 2; /* few values, so that many are equal */
        for (size_t a = 0; a < n_words; a++) {
            assert_int_equal(
                mc_buffer_printf(&text, NULL, "w%zu %u\n", a, 1000 + random_below(counts)), MC_OK);
            for (size_t b = 0; b < n_words; b++)
                assert_int_equal(mc_buffer_printf(&text, NULL, "%u\tw%zu\tw%zu\n",
                                                  1 + random_below(counts), a, b),
                                 MC_OK);
        }
        uint64_t min_count = round % 5 == 0 ? 2 : 0;
        mc_ngrams *ngrams = read_counts(text.data, text.size, &totals, &ledger);
        assert_int_equal(
            mc_ngrams_bigrams(ngrams, MC_BIGRAM_PMI, min_count, -INFINITY, false, &pmi, NULL),
            MC_OK);
        assert_int_equal(mc_ngrams_bigrams(ngrams, MC_BIGRAM_WORLDWIDE, min_count, -INFINITY, true,
                                           &found, NULL),
                         MC_OK);
        assert_int_equal(pmi.n, found.n);
        double values[144];
        for (size_t i = 0; i < pmi.n; i++)
            values[i] = pmi.items[i].score;
        double base = pmi.n ? interpolate(values, pmi.n) : 0;
        for (size_t i = 0; i < found.n; i++) {
            double score = pow((double)pmi.items[i].count + 1, 0.7) * (pmi.items[i].score - base);
            assert_true(fabs(found.items[i].score - score) < 1e-9);
            assert_int_equal(found.items[i].size + 1, pmi.items[i].size);
        }
        mc_candidates_dispose(&pmi);
        mc_candidates_dispose(&found);
        mc_ngrams_free(ngrams);
        mc_buffer_dispose(&text);
        mc_buffer_dispose(&ledger);
    }
}

static void the_best_are_taken(void **state) {
    (void)state;
    mc_buffer text = {0}, ledger = {0};
    mc_ngram_totals totals;
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(mc_buffer_printf(&text, NULL, "w%zu %u\n%u\tw%zu\tw%zu\n", i,
                                          1 + random_below(40), 1 + random_below(3), i,
                                          (i * 7) % 3000),
                         MC_OK);
    mc_ngrams *ngrams = read_counts(text.data, text.size, &totals, &ledger);
    for (size_t max = 1; max <= 3001; max = max < 20 ? max + 1 : max * 3 - 1) {
        for (size_t kind = 0; kind < 2; kind++) {
            mc_candidates all = {0}, best = {0};
            for (size_t limited = 0; limited < 2; limited++) {
                mc_candidates *out = limited ? &best : &all;
                out->limit = limited ? max : 0;
                assert_int_equal(
                    kind ? mc_ngrams_bigrams(ngrams, MC_BIGRAM_PMI, 2, 1.5, false, out, NULL)
                         : mc_ngrams_unigrams(ngrams, 3, out, NULL),
                    MC_OK);
                mc_candidates_sort(out);
            }
            assert_int_equal(best.n, all.n < max ? all.n : max);
            for (size_t i = 0; i < best.n; i++) {
                mc_bytes a = mc_candidate_string(&all, i), b = mc_candidate_string(&best, i);
                assert_int_equal(a.size, b.size);
                assert_memory_equal(a.data, b.data, a.size);
                assert_true(all.items[i].score == best.items[i].score);
                assert_true(all.items[i].count >= (kind ? 2 : 3));
                assert_true(all.items[i].score >= 1.5);
            }
            mc_candidates_dispose(&all);
            mc_candidates_dispose(&best);
        }
    }
    mc_ngrams_free(ngrams);
    mc_buffer_dispose(&text);
    mc_buffer_dispose(&ledger);
}

/* --- counts that others made --------------------------------------------------------------- */

#define BYTES(literal) (literal), sizeof(literal) - 1

static uint64_t count_of(const mc_ngrams *ngrams, const char *string) {
    mc_candidates found = {0};
    uint64_t count = 0;
    mc_status status = strchr(string, ' ') ? mc_ngrams_bigrams(ngrams, MC_BIGRAM_PMI, 0, -INFINITY,
                                                               false, &found, NULL)
                                           : mc_ngrams_unigrams(ngrams, 0, &found, NULL);
    assert_int_equal(status, MC_OK);
    for (size_t i = 0; i < found.n; i++) {
        mc_bytes other = mc_candidate_string(&found, i);
        if (other.size == strlen(string) && memcmp(other.data, string, other.size) == 0)
            count = found.items[i].count;
    }
    mc_candidates_dispose(&found);
    return count;
}

static void lines_tell_their_form(void **state) {
    (void)state;
    mc_buffer ledger = {0};
    mc_ngram_totals totals;
    mc_ngrams *ngrams = read_counts(BYTES("dog 5\r\n"
                                          " cat   7 \n"
                                          "\n"
                                          "3\tdog\n"
                                          " 2 \t cat \r\n"
                                          "4\tcat\tdog\n"
                                          "1\tcat\tdog\n"
                                          "9\tcat\tghost\n"
                                          "0\tnothing\n"
                                          "10\tNew York\n"
                                          "2 2\n"
                                          "\u4e2d,x 1"),
                                    &totals, &ledger);
    assert_int_equal(totals.lines, 12);
    assert_int_equal(totals.refused, 0);
    assert_int_equal(ledger.size, 0);
    assert_int_equal(mc_ngrams_tokens(ngrams), 8 + 9 + 10 + 2 + 1);
    assert_int_equal(count_of(ngrams, "dog"), 8);
    assert_int_equal(count_of(ngrams, "cat"), 9);
    assert_int_equal(count_of(ngrams, "2"), 2);
    assert_int_equal(count_of(ngrams, "\u4e2d,x"), 1);
    assert_int_equal(count_of(ngrams, "nothing"), 0);
    assert_int_equal(count_of(ngrams, "cat dog"), 5);
    assert_int_equal(count_of(ngrams, "cat ghost"), 0); /* "ghost" has no count */
    mc_ngrams_free(ngrams);
    mc_buffer_dispose(&ledger);
}

static void wrong_lines_are_refused(void **state) {
    (void)state;
    static const char *const lines[][2] = {
        {"dog", "there is no count"},
        {"dog -5", "the count is negative"},
        {"dog 1.5", "the count is no number"},
        {"big dog 5", "more than a word and a count"},
        {"-1\tdog", "the count is negative"},
        {"\tdog", "there is no count"},
        {"dog\t5", "the count is no number"},
        {"5\t", "the word is empty"},
        {"5\t\tdog", "the word is empty"},
        {"5\tdog\t", "the second word is empty"},
        {"5\ta\tb\tc", "more than two words"},
        {"5\td\xffg", "no UTF-8"},
        {"18446744073709551616\tdog", "beyond 2^64 - 1"},
        {"dog 99999999999999999999", "beyond 2^64 - 1"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[200], place[60];
        mc_buffer ledger = {0};
        mc_ngram_totals totals;
        int size = snprintf(text, sizeof text, "good 1\n%s\nbetter 2\n", lines[i][0]);
        mc_ngrams *ngrams = read_counts(text, (size_t)size, &totals, &ledger);
        assert_int_equal(totals.lines, 3);
        assert_int_equal(totals.refused, 1);
        assert_int_equal(mc_ngrams_tokens(ngrams), 3);
        assert_int_equal(mc_buffer_append(&ledger, "", 1, NULL), MC_OK);
        if (!strstr(ledger.data, lines[i][1]))
            print_error("%s lacks \"%s\"\n", ledger.data, lines[i][1]);
        assert_non_null(strstr(ledger.data, lines[i][1]));
        snprintf(place, sizeof place, "\"record\":1,\"offset\":7,\"reason\":\"bad_count\"");
        assert_non_null(strstr(ledger.data, place));
        assert_null(strchr(strchr(ledger.data, '\n') + 1, '\n'));
        mc_ngrams_free(ngrams);
        mc_buffer_dispose(&ledger);
    }
}

static void sums_do_not_overflow(void **state) {
    (void)state;
    static const char *const texts[] = {
        "a 18446744073709551615\na 1\n",
        "a 18446744073709551615\nb 1\n",
        "a 1\n18446744073709551615\ta\ta\n1\ta\ta\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        mc_ngrams *ngrams;
        mc_ngram_totals totals;
        mc_buffer ledger = {0};
        mc_ngram_options options = {.folder = scratch_folder};
        const char *path = scratch_write("counts", texts[i], strlen(texts[i]));
        assert_int_equal(mc_ngrams_read(&ngrams, &path, 1, &options, &totals, &ledger, NULL, NULL),
                         MC_E_LIMIT);
        assert_null(ngrams);
        mc_buffer_dispose(&ledger);
    }
}

/* A line of many MiB among others, and more refused lines than the ledger takes. */
static void long_lines_and_many_refusals(void **state) {
    (void)state;
    mc_buffer text = {0}, ledger = {0};
    mc_ngram_totals totals;
    assert_int_equal(mc_buffer_append(&text, "first 1\n", 8, NULL), MC_OK);
    for (size_t i = 0; i < 3 << 20; i++)
        assert_int_equal(mc_buffer_append(&text, "x", 1, NULL), MC_OK);
    assert_int_equal(mc_buffer_printf(&text, NULL, " 5\n"), MC_OK);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(mc_buffer_printf(&text, NULL, "wrong\nright %zu\n", i), MC_OK);
    mc_ngrams *ngrams = read_counts(text.data, text.size, &totals, &ledger);
    assert_int_equal(totals.refused, 5001);
    assert_int_equal(totals.lines, 10002);
    assert_int_equal(mc_ngrams_tokens(ngrams), 1 + 4999 * 5000 / 2);
    size_t n_lines = 0;
    for (size_t i = 0; i < ledger.size; i++)
        n_lines += ledger.data[i] == '\n';
    assert_true(n_lines >= 1000 && n_lines <= 2001);
    assert_non_null(strstr(ledger.data, "\"record\":1,\"offset\":8,"));
    assert_non_null(strstr(ledger.data, "\"record\":2,"));
    mc_ngrams_free(ngrams);
    mc_buffer_dispose(&text);
    mc_buffer_dispose(&ledger);
}

static void files_add_up(void **state) {
    (void)state;
    mc_ngrams *ngrams;
    mc_ngram_totals totals;
    mc_buffer ledger = {0};
    mc_u128 digests[2];
    mc_ngram_options options = {.folder = scratch_folder, .memory = 1, .n_threads = 3};
    const char *paths[2] = {scratch_write("one", BYTES("a 1\nb 2\n1\ta\tb\n")),
                            scratch_write("two", BYTES("b 5\n2\ta\tb\nwrong\n"))};
    assert_int_equal(mc_ngrams_read(&ngrams, paths, 2, &options, &totals, &ledger, digests, NULL),
                     MC_OK);
    assert_int_equal(totals.lines, 6);
    assert_int_equal(count_of(ngrams, "b"), 7);
    assert_int_equal(count_of(ngrams, "a b"), 3);
    mc_u128 expected = mc_hash128(BYTES("b 5\n2\ta\tb\nwrong\n"));
    assert_true(mc_u128_equal(digests[1], expected));
    mc_ngrams_free(ngrams);
    mc_buffer_dispose(&ledger);
}

static void what_fails_says_so(void **state) {
    (void)state;
    mc_ngrams *ngrams;
    mc_ngram_totals totals;
    mc_buffer ledger = {0};
    mc_error error = {0};
    const char *path = scratch("missing");
    mc_ngram_options options = {.folder = scratch_folder};
    assert_int_equal(mc_ngrams_read(&ngrams, &path, 1, &options, &totals, &ledger, NULL, &error),
                     MC_E_IO);
    assert_non_null(strstr(error.file, "missing"));
    path = scratch_write("counts", BYTES("a 1\n"));
    options.folder = scratch("no folder");
    assert_int_equal(mc_ngrams_read(&ngrams, &path, 1, &options, &totals, &ledger, NULL, &error),
                     MC_E_IO);
    assert_null(ngrams);
    atomic_int cancel = 1;
    mc_control control = {.cancel = &cancel};
    options = (mc_ngram_options){.folder = scratch_folder, .control = &control};
    assert_int_equal(mc_ngrams_read(&ngrams, &path, 1, &options, &totals, &ledger, NULL, &error),
                     MC_E_INTERRUPTED);
    mc_buffer_dispose(&ledger);
    mc_ngrams_free(NULL);
}

static void radix_sorts_by_key(void **state) {
    (void)state;
    static mc_keyed items[5000], scratch_items[5000];
    for (size_t round = 0; round < 60; round++) {
        size_t n = round < 4 ? round : random_below(5000);
        uint64_t mask = UINT64_MAX >> random_below(64), sum = 0, sorted_sum = 0;
        for (size_t i = 0; i < n; i++) {
            items[i] = (mc_keyed){next_random() & mask, i};
            sum += items[i].key;
        }
        const mc_keyed *sorted = mc_radix_sort(items, scratch_items, n);
        for (size_t i = 0; i < n; i++) {
            sorted_sum += sorted[i].key;
            if (i > 0)
                assert_true(
                    sorted[i - 1].key < sorted[i].key ||
                    (sorted[i - 1].key == sorted[i].key && sorted[i - 1].value < sorted[i].value));
        }
        assert_true(sum == sorted_sum);
    }
}

static int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, empty_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(counts_are_exact),
        TEST(large_vocabularies_are_counted),
        TEST(worldwide_scores_follow_the_formula),
        TEST(the_best_are_taken),
        TEST(lines_tell_their_form),
        TEST(wrong_lines_are_refused),
        TEST(sums_do_not_overflow),
        TEST(long_lines_and_many_refusals),
        TEST(files_add_up),
        TEST(what_fails_says_so),
        TEST(radix_sorts_by_key),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
