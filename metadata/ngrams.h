/* n-grams: tokens of plain text (metadata/tokens.h), and how often single ones and neighbouring
 * pairs of them occur.
 *
 * Threads count into tables of their own, within the memory they may use; a full table is sorted
 * and spilled, and all that was spilled is merged at the end. Counts depend on neither the number
 * of threads nor the memory. */
#ifndef MC_METADATA_NGRAMS_H
#define MC_METADATA_NGRAMS_H

#include <stdbool.h>

#include "base/hash.h"
#include "metadata/candidates.h"
#include "metadata/corpus.h"

typedef struct mc_ngrams mc_ngrams; /* counted; read-only */

typedef struct mc_ngram_options {
    const char *folder; /* for unnamed temporary files; NULL: $TMPDIR, or /tmp */
    uint64_t memory;    /* bytes, about; 0: 1 GiB. Less than 32 MiB a thread is not kept to */
    size_t n_threads;   /* 0: one a processor */
    const mc_control *control;
} mc_ngram_options;

/* Counts the corpus. ledger receives the corpus's; digests (when not NULL) one a file. */
MC_MUST_CHECK mc_status mc_ngrams_count(mc_ngrams **out, mc_corpus *corpus,
                                        const mc_ngram_options *options, mc_corpus_totals *totals,
                                        mc_buffer *ledger, mc_u128 *digests, mc_error *error);

typedef struct mc_ngram_totals {
    uint64_t lines;   /* read, blank ones too */
    uint64_t refused; /* the first thousand or so of a file are in the ledger */
    uint64_t lost;    /* stretches of a file that were damaged; each is in the ledger */
} mc_ngram_totals;

/* Counts that others made, of files with a line an n-gram: "word count", "count TAB word",
 * "count TAB w1 TAB w2"; compressed or not, told by content. Equal n-grams add up, and a count of 0
 * adds nothing; a pair one of whose words has no count is passed over. A line without a count, with
 * a negative one or one beyond 2^64 - 1, without a word or with one longer than MC_WORD_MAX, or of
 * invalid UTF-8 is refused: a line of the ledger (file, record, offset, reason "bad_count",
 * detail). MC_E_LIMIT when a sum goes beyond 2^64 - 1. digests: one a file, or NULL. */
MC_MUST_CHECK mc_status mc_ngrams_read(mc_ngrams **out, const char *const *paths, size_t n,
                                       const mc_ngram_options *options, mc_ngram_totals *totals,
                                       mc_buffer *ledger, mc_u128 *digests, mc_error *error);
void mc_ngrams_free(mc_ngrams *ngrams);

uint64_t mc_ngrams_tokens(const mc_ngrams *ngrams); /* N: tokens counted */
uint64_t mc_ngrams_words(const mc_ngrams *ngrams);  /* different ones */
uint64_t mc_ngrams_pairs(const mc_ngrams *ngrams);  /* different ones */

/* Unigrams seen at least min_count times; score = count. In any order. */
MC_MUST_CHECK mc_status mc_ngrams_unigrams(const mc_ngrams *ngrams, uint64_t min_count,
                                           mc_candidates *out, mc_error *error);

typedef enum mc_bigram_score {
    MC_BIGRAM_PMI,      /* log2(c(ab) N / (c(a) c(b))) */
    MC_BIGRAM_WORLDWIDE /* (c(ab) + 1)^0.7 * (PMI - PMI at the 30th percentile) */
} mc_bigram_score;

/* Bigrams seen at least min_count times with a score of at least min_score, their words joined by a
 * space (by nothing where joined). The percentile is that of all bigrams seen at least min_count
 * times, between two of them linearly interpolated. There may be more of them than memory holds:
 * out had better have a limit, or min_score be high. */
MC_MUST_CHECK mc_status mc_ngrams_bigrams(const mc_ngrams *ngrams, mc_bigram_score score,
                                          uint64_t min_count, double min_score, bool joined,
                                          mc_candidates *out, mc_error *error);

#endif
