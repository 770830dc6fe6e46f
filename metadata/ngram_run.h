/* A run: counts in order, in a temporary file. First the words, by their bytes: each as what it
 * shares with the one before (its size), the rest (its size and bytes) and its count; a word's
 * number in the run is its place, from 0. Then the pairs, by the numbers of their words: with the
 * first word of the pair before, twice the number of words between the seconds, else one and twice
 * the step to the first, and the second; then the count. All numbers are LEB128. */
#ifndef MC_METADATA_NGRAM_RUN_H
#define MC_METADATA_NGRAM_RUN_H

#include <stdbool.h>

#include "base/buffer.h"
#include "metadata/ngram_table.h"
#include "metadata/tokens.h"

typedef struct mc_run {
    int fd; /* of the file it is in; borrowed */
    uint64_t words_at, pairs_at, end;
    uint64_t n_words, n_pairs;
    uint64_t words_size; /* bytes of all words */
} mc_run;

/* Writes a run at offset `end` of a file: its words, then mc_run_begin_pairs, then its pairs. */
typedef struct mc_run_writer {
    mc_run run;
    mc_buffer buffer;
    char word[MC_WORD_MAX]; /* the word before */
    size_t word_size;
    uint64_t first, second; /* the pair before; second is one more */
} mc_run_writer;

MC_MUST_CHECK mc_status mc_run_writer_init(mc_run_writer *writer, int fd, uint64_t end,
                                           mc_error *error);
void mc_run_writer_dispose(mc_run_writer *writer);
MC_MUST_CHECK mc_status mc_run_put_word(mc_run_writer *writer, mc_bytes word, uint64_t count,
                                        mc_error *error);
void mc_run_begin_pairs(mc_run_writer *writer);
MC_MUST_CHECK mc_status mc_run_put_pair(mc_run_writer *writer, uint32_t first, uint32_t second,
                                        uint64_t count, mc_error *error);
MC_MUST_CHECK mc_status mc_run_finish(mc_run_writer *writer, mc_run *run, mc_error *error);

/* Writes a table's counts as a run. The table is to be cleared then. */
MC_MUST_CHECK mc_status mc_run_spill(mc_run *run, mc_ngram_table *table, int fd, uint64_t end,
                                     mc_error *error);

/* Goes over a run's words, or over its pairs. What is in the fields is what was read last. */
typedef struct mc_run_reader {
    const mc_run *run;
    uint64_t at, end; /* of the file: what is to be read into the buffer yet */
    uint64_t left;    /* words or pairs */
    char *buffer;
    size_t pos, size, capacity;
    uint64_t count;
    char word[MC_WORD_MAX];
    size_t word_size;
    uint64_t first, second; /* at the beginning, second is one before 0 */
} mc_run_reader;

MC_MUST_CHECK mc_status mc_run_read_words(mc_run_reader *reader, const mc_run *run,
                                          size_t buffer_size, mc_error *error);
MC_MUST_CHECK mc_status mc_run_read_pairs(mc_run_reader *reader, const mc_run *run,
                                          size_t buffer_size, mc_error *error);
void mc_run_reader_dispose(mc_run_reader *reader);
/* MC_END after the last. */
MC_MUST_CHECK mc_status mc_run_next_word(mc_run_reader *reader, mc_error *error);
MC_MUST_CHECK mc_status mc_run_next_pair(mc_run_reader *reader, mc_error *error);

enum { MC_RUN_BUFFER_MIN = 8 << 10, MC_RUN_BUFFER_MAX = 256 << 10 };

#endif
