/* n-grams: tokens of plain text, and how often single ones and neighbouring pairs occur.
 *
 * Tokens as published: text is parted at white space; every CJK-like character and every mark is a
 * token of its own; tokens made only of marks are not counted and part the pairs around them. */
#ifndef MC_METADATA_NGRAMS_H
#define MC_METADATA_NGRAMS_H

#include <stdbool.h>

#include "base/hash.h"
#include "metadata/candidates.h"
#include "metadata/corpus.h"

typedef struct mc_ngrams mc_ngrams; /* counted; read-only */

typedef struct mc_ngram_options {
    const char *folder; /* for what does not fit memory; removed when done */
    uint64_t memory;    /* bytes, about */
    size_t n_threads;   /* 0: one a processor */
    const mc_control *control;
} mc_ngram_options;

/* Counts the corpus. ledger receives the corpus's; digests (when not NULL) one a file. */
MC_MUST_CHECK mc_status mc_ngrams_count(mc_ngrams **out, mc_corpus *corpus,
                                        const mc_ngram_options *options, mc_corpus_totals *totals,
                                        mc_buffer *ledger, mc_u128 *digests, mc_error *error);
/* Counts that others made, of files with a line an n-gram: "word count", "count TAB word",
 * "count TAB w1 TAB w2"; compressed or not, told by content. Equal n-grams add up. */
MC_MUST_CHECK mc_status mc_ngrams_read(mc_ngrams **out, const char *const *paths, size_t n,
                                       const mc_ngram_options *options, mc_error *error);
void mc_ngrams_free(mc_ngrams *ngrams);

uint64_t mc_ngrams_tokens(const mc_ngrams *ngrams); /* N: tokens counted */

/* Unigrams seen at least min_count times; score = count. */
MC_MUST_CHECK mc_status mc_ngrams_unigrams(const mc_ngrams *ngrams, uint64_t min_count,
                                           mc_candidates *out, mc_error *error);

typedef enum mc_bigram_score {
    MC_BIGRAM_PMI,      /* log2(c(ab) N / (c(a) c(b))) */
    MC_BIGRAM_WORLDWIDE /* (c + 1)^0.7 * (PMI - PMI at the 30th percentile) */
} mc_bigram_score;

/* Bigrams seen at least min_count times with a score of at least min_score, their words joined by a
 * space (by nothing where joined). */
MC_MUST_CHECK mc_status mc_ngrams_bigrams(const mc_ngrams *ngrams, mc_bigram_score score,
                                          uint64_t min_count, double min_score, bool joined,
                                          mc_candidates *out, mc_error *error);

#endif
