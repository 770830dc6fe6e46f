/* What one thread counts, however much it is; and how the threads' counts become one. */
#ifndef MC_METADATA_NGRAM_COUNTER_H
#define MC_METADATA_NGRAM_COUNTER_H

#include "metadata/ngram_run.h"
#include "metadata/ngrams.h"

typedef struct mc_ngram_counter {
    mc_ngram_table table;
    const char *folder; /* borrowed, as is cancel */
    uint64_t memory;
    const atomic_int *cancel;
    mc_run *runs; /* all in one file */
    size_t n_runs, runs_capacity;
    int fd; /* that file; -1: none yet */
    uint64_t end;
} mc_ngram_counter;

/* memory: what this thread may use. */
MC_MUST_CHECK mc_status mc_counter_init(mc_ngram_counter *counter, const char *folder,
                                        uint64_t memory, const atomic_int *cancel, mc_error *error);
void mc_counter_dispose(mc_ngram_counter *counter);

/* Counts the tokens of a text. What came before it makes no pair with it. */
MC_MUST_CHECK mc_status mc_counter_text(mc_ngram_counter *counter, const char *text, size_t size,
                                        mc_error *error);
/* Adds to the count of a word, or (second: not empty) to that of a pair. */
MC_MUST_CHECK mc_status mc_counter_add(mc_ngram_counter *counter, mc_bytes first, mc_bytes second,
                                       uint64_t count, mc_error *error);

/* All that was counted, and the words ready to be looked up. */
struct mc_ngrams {
    mc_run run;
    int fd;
    const struct mc_ngram_word *words; /* n_words and one more, where the last ends; mapped */
    const char *bytes;                 /* behind them */
    size_t map_size;
    uint64_t tokens;
};

typedef struct mc_ngram_word {
    uint64_t offset;
    uint64_t count;
} mc_ngram_word;

static inline mc_bytes mc_ngrams_word(const mc_ngrams *ngrams, uint64_t id) {
    const mc_ngram_word *word = &ngrams->words[id];
    return (mc_bytes){ngrams->bytes + word->offset, (size_t)(word[1].offset - word->offset)};
}

/* What the options say, or the defaults. */
uint64_t mc_ngrams_memory(const mc_ngram_options *options);
const char *mc_ngrams_folder(const mc_ngram_options *options);

/* Merges what the counters hold, within memory; they hold nothing then. */
MC_MUST_CHECK mc_status mc_counters_merge(mc_ngrams **out, mc_ngram_counter *counters, size_t n,
                                          const char *folder, uint64_t memory,
                                          const atomic_int *cancel, mc_error *error);

#endif
