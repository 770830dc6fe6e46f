/* Counts n-grams as the builder does and prints them, for tests that count by other means.
 *
 *   ngrams extract KIND FILE...                  the text of a corpus
 *   ngrams count KIND THREADS MEMORY FILE...     the n-grams of a corpus
 *   ngrams read - THREADS MEMORY FILE...         counts that others made
 *
 * KIND is auto, text or wikipedia. n-grams are lines with tabs between: "N" tokens words pairs; "U"
 * count word; "P" count pair PMI; "W" count pair score, the worldwide one. The ledger and a line of
 * totals go to standard error. With METACURATE_BEST=n only the n best of each. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/ngrams.h"

static mc_corpus_kind kind_of(const char *name) {
    return strcmp(name, "text") == 0        ? MC_CORPUS_TEXT
           : strcmp(name, "wikipedia") == 0 ? MC_CORPUS_WIKIPEDIA
                                            : MC_CORPUS_AUTO;
}

static mc_status extract(mc_corpus *corpus, mc_error *error) {
    mc_corpus_chunk *chunk;
    mc_corpus_scratch *scratch;
    mc_corpus_totals totals = {0};
    mc_buffer text = {0}, ledger = {0};
    MC_TRY(mc_corpus_chunk_create(&chunk, error));
    MC_TRY(mc_corpus_scratch_create(&scratch, error));
    for (size_t i = 0; i < mc_corpus_count(corpus); i++) {
        mc_status status;
        MC_TRY(mc_corpus_open(corpus, i, error));
        while ((status = mc_corpus_read(corpus, i, chunk, error)) == MC_OK) {
            text.size = 0;
            MC_TRY(mc_corpus_text(corpus, scratch, chunk, &text, &totals, &ledger, error));
            fwrite(text.data, 1, text.size, stdout);
        }
        if (status < 0)
            return status;
        mc_corpus_close(corpus, i);
    }
    mc_corpus_scratch_free(scratch);
    mc_corpus_chunk_free(chunk);
    mc_buffer_dispose(&text);
    mc_buffer_dispose(&ledger);
    return MC_OK;
}

static void print(mc_candidates *candidates, char letter) {
    if (candidates->limit)
        mc_candidates_sort(candidates);
    for (size_t i = 0; i < candidates->n; i++) {
        mc_bytes string = mc_candidate_string(candidates, i);
        printf("%c\t%" PRIu64 "\t", letter, candidates->items[i].count);
        fwrite(string.data, 1, string.size, stdout);
        if (letter == 'U')
            putchar('\n');
        else
            printf("\t%.17g\n", candidates->items[i].score);
    }
}

static mc_status show(const mc_ngrams *ngrams, mc_error *error) {
    const char *best = getenv("METACURATE_BEST");
    size_t limit = best ? strtoul(best, NULL, 10) : 0;
    mc_candidates found = {.limit = limit};
    printf("N\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", mc_ngrams_tokens(ngrams),
           mc_ngrams_words(ngrams), mc_ngrams_pairs(ngrams));
    MC_TRY(mc_ngrams_unigrams(ngrams, 1, &found, error));
    print(&found, 'U');
    mc_candidates_dispose(&found);
    found.limit = limit;
    for (int score = MC_BIGRAM_PMI; score <= MC_BIGRAM_WORLDWIDE; score++) {
        MC_TRY(
            mc_ngrams_bigrams(ngrams, (mc_bigram_score)score, 1, -INFINITY, false, &found, error));
        print(&found, score == MC_BIGRAM_PMI ? 'P' : 'W');
        mc_candidates_dispose(&found);
        found.limit = limit;
    }
    return MC_OK;
}

static mc_status count(mc_corpus *corpus, const mc_ngram_options *options, mc_error *error) {
    mc_ngrams *ngrams;
    mc_corpus_totals totals;
    mc_buffer ledger = {0};
    MC_TRY(mc_ngrams_count(&ngrams, corpus, options, &totals, &ledger, NULL, error));
    fwrite(ledger.data, 1, ledger.size, stderr);
    fprintf(stderr, "%" PRIu64 " articles, %" PRIu64 " bytes in, %" PRIu64 " bytes of text\n",
            totals.articles, totals.bytes_in, totals.bytes_out);
    mc_status status = show(ngrams, error);
    mc_ngrams_free(ngrams);
    mc_buffer_dispose(&ledger);
    return status;
}

static mc_status read_counts(const char *const *paths, size_t n, const mc_ngram_options *options,
                             mc_error *error) {
    mc_ngrams *ngrams;
    mc_ngram_totals totals;
    mc_buffer ledger = {0};
    MC_TRY(mc_ngrams_read(&ngrams, paths, n, options, &totals, &ledger, NULL, error));
    fwrite(ledger.data, 1, ledger.size, stderr);
    fprintf(stderr, "%" PRIu64 " lines, %" PRIu64 " refused, %" PRIu64 " lost\n", totals.lines,
            totals.refused, totals.lost);
    mc_status status = show(ngrams, error);
    mc_ngrams_free(ngrams);
    mc_buffer_dispose(&ledger);
    return status;
}

int main(int argc, char **argv) {
    int first = argc > 1 && strcmp(argv[1], "extract") == 0 ? 3 : 5;
    if (argc <= first) {
        fprintf(stderr, "usage: ngrams extract|count|read KIND [THREADS MEMORY] FILE...\n");
        return 2;
    }
    const char *const *paths = (const char *const *)argv + first;
    size_t n = (size_t)(argc - first);
    mc_ngram_options options = {0};
    mc_error error = {0};
    mc_corpus *corpus = NULL;
    if (first == 5)
        options = (mc_ngram_options){.n_threads = strtoul(argv[3], NULL, 10),
                                     .memory = strtoull(argv[4], NULL, 10)};
    mc_status status;
    if (strcmp(argv[1], "read") == 0) {
        status = read_counts(paths, n, &options, &error);
    } else {
        status = mc_corpus_create(&corpus, paths, n, kind_of(argv[2]), &error);
        if (status == MC_OK)
            status = first == 3 ? extract(corpus, &error) : count(corpus, &options, &error);
    }
    mc_corpus_free(corpus);
    if (status != MC_OK) {
        char text[1200];
        fprintf(stderr, "%s\n", mc_error_text(&error, text, sizeof text));
        return 1;
    }
    return 0;
}
