/* One thread's counts: words with numbers of their own, and pairs of those numbers. */
#ifndef MC_METADATA_NGRAM_TABLE_H
#define MC_METADATA_NGRAM_TABLE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "metadata/radix.h"

typedef struct mc_counted_word {
    uint64_t count;
    uint32_t offset; /* of the word, in bytes of the table */
    uint32_t size;
} mc_counted_word;

typedef struct mc_word_slot {
    uint32_t tag; /* upper half of the word's hash */
    uint32_t id;  /* the word's number, from 1; 0: free */
} mc_word_slot;

typedef struct mc_ngram_table {
    mc_counted_word *words;
    size_t n_words, words_capacity;
    mc_buffer bytes;
    mc_word_slot *slots; /* at most half full; n_slots is a power of two */
    size_t n_slots;
    mc_keyed *pairs; /* slots, at most half full; key: number of the first word << 32 | of the
                        second, 0: free; value: how often */
    size_t n_pairs, n_pair_slots;
    size_t max_pair_slots; /* what memory allows */
    uint64_t max_words_size;
    uint32_t previous; /* the number of the word before, 0: none */
} mc_ngram_table;

enum { MC_NGRAM_BATCH = 64 }; /* words that one call counts */

MC_MUST_CHECK mc_status mc_ngram_table_init(mc_ngram_table *table, uint64_t memory,
                                            mc_error *error);
void mc_ngram_table_dispose(mc_ngram_table *table);
/* Forgets all counts, and which word came before. */
void mc_ngram_table_clear(mc_ngram_table *table);
/* True when what memory is allowed may not suffice for another batch. */
bool mc_ngram_table_is_full(const mc_ngram_table *table);

/* Counts up to MC_NGRAM_BATCH words that go on where the last call ended, and the pairs they make;
 * a word of size 0 parts pairs. */
MC_MUST_CHECK mc_status mc_ngram_table_count(mc_ngram_table *table, const mc_bytes *words, size_t n,
                                             mc_error *error);

/* Adds to one word's count, and to one pair's. *id is the word's number. MC_E_LIMIT when a count
 * goes beyond 2^64 - 1. */
MC_MUST_CHECK mc_status mc_ngram_table_add(mc_ngram_table *table, mc_bytes word, uint64_t count,
                                           uint32_t *id, mc_error *error);
MC_MUST_CHECK mc_status mc_ngram_table_add_pair(mc_ngram_table *table, uint32_t first,
                                                uint32_t second, uint64_t count, mc_error *error);

/* The word of a number. */
static inline mc_bytes mc_ngram_table_word(const mc_ngram_table *table, uint32_t id) {
    const mc_counted_word *word = &table->words[id - 1];
    return (mc_bytes){table->bytes.data + word->offset, word->size};
}

/* Adds a count to a sum; false when it does not fit. */
static inline bool mc_add_count(uint64_t *sum, uint64_t count) {
    *sum += count;
    return *sum >= count;
}

mc_status mc_counts_overflow(mc_error *error); /* what to say then */

#endif
