/* Open addressing with linear probing. A lookup is a miss of the cache more often than not, so a
 * batch is gone through in rounds: each asks for the memory that the next one needs. */
#include "metadata/ngram_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "metadata/tokens.h"

enum { MIN_SLOTS = 1 << 12 };

/* Bytes a word costs beside its own: its record and its slots as they grow, and what sorting it
 * takes. */
enum { WORD_COST = 96 };

mc_status mc_counts_overflow(mc_error *error) {
    return mc_fail(error, MC_E_LIMIT, "a count goes beyond 2^64 - 1");
}

mc_status mc_ngram_table_init(mc_ngram_table *table, uint64_t memory, mc_error *error) {
    *table = (mc_ngram_table){.n_slots = MIN_SLOTS, .n_pair_slots = MIN_SLOTS};
    /* While pairs grow, their old slots are there beside twice as many new ones. */
    uint64_t slots = memory / 10 * 6 / (sizeof *table->pairs * 3 / 2), words = memory / 10 * 3;
    table->max_pair_slots = slots < MIN_SLOTS    ? MIN_SLOTS
                            : slots > UINT32_MAX ? UINT32_MAX
                                                 : (size_t)slots;
    table->max_words_size = words < UINT32_MAX ? words : UINT32_MAX; /* offsets have 32 bits */
    MC_TRY(MC_ALLOC(table->slots, table->n_slots, error));
    return MC_ALLOC(table->pairs, table->n_pair_slots, error);
}

void mc_ngram_table_dispose(mc_ngram_table *table) {
    free(table->words);
    mc_buffer_dispose(&table->bytes);
    free(table->slots);
    free(table->pairs);
    *table = (mc_ngram_table){0};
}

void mc_ngram_table_clear(mc_ngram_table *table) {
    memset(table->slots, 0, table->n_slots * sizeof *table->slots);
    memset(table->pairs, 0, table->n_pair_slots * sizeof *table->pairs);
    table->n_words = table->n_pairs = table->bytes.size = 0;
    table->previous = 0;
}

bool mc_ngram_table_is_full(const mc_ngram_table *table) {
    return table->n_pairs + MC_NGRAM_BATCH > table->max_pair_slots / 2 ||
           (table->n_words + MC_NGRAM_BATCH) * WORD_COST + table->bytes.size +
                   MC_NGRAM_BATCH * MC_WORD_MAX >
               table->max_words_size;
}

/* Slots are found by the upper bits, so that any number of them will do. */
static size_t pair_slot(const mc_ngram_table *table, uint64_t key) {
    uint64_t hash = (key ^ key >> 31) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    return (size_t)((hash >> 32) * table->n_pair_slots >> 32);
}

/* The slot of a key: the one that has it, or a free one. */
static mc_keyed *find_pair(const mc_ngram_table *table, uint64_t key) {
    size_t i = pair_slot(table, key);
    while (table->pairs[i].key != key && table->pairs[i].key != 0)
        i = i + 1 < table->n_pair_slots ? i + 1 : 0;
    return &table->pairs[i];
}

static mc_status reserve_pairs(mc_ngram_table *table, size_t n, mc_error *error) {
    if (table->n_pairs + n <= table->n_pair_slots / 2)
        return MC_OK;
    size_t n_old = table->n_pair_slots, n_new = n_old * 2;
    if (n_old < table->max_pair_slots && n_new > table->max_pair_slots)
        n_new = table->max_pair_slots; /* else the caller goes on although the table is full */
    if (n_new > UINT32_MAX)
        return mc_fail(error, MC_E_LIMIT, "a table of n-grams has too many pairs");
    mc_keyed *pairs, *old = table->pairs;
    MC_TRY(MC_ALLOC(pairs, n_new, error));
    table->pairs = pairs;
    table->n_pair_slots = n_new;
    for (size_t i = 0; i < n_old; i++)
        if (old[i].key)
            *find_pair(table, old[i].key) = old[i];
    free(old);
    return MC_OK;
}

static mc_status reserve_words(mc_ngram_table *table, size_t n, mc_error *error) {
    MC_TRY(MC_GROW(table->words, table->words_capacity, table->n_words + n, error));
    if (table->n_words + n <= table->n_slots / 2)
        return MC_OK;
    size_t n_new = table->n_slots * 2;
    mc_word_slot *slots, *old = table->slots;
    MC_TRY(MC_ALLOC(slots, n_new, error));
    for (size_t i = 0; i < table->n_slots; i++) {
        if (!old[i].id)
            continue;
        mc_bytes word = mc_ngram_table_word(table, old[i].id);
        size_t at = mc_hash64(word.data, word.size) & (n_new - 1);
        while (slots[at].id)
            at = (at + 1) & (n_new - 1);
        slots[at] = old[i];
    }
    free(old);
    table->slots = slots;
    table->n_slots = n_new;
    return MC_OK;
}

/* The number of a word, for which there is room. */
static mc_status find_word(mc_ngram_table *table, mc_bytes word, uint64_t hash, uint32_t *id,
                           mc_error *error) {
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t i = hash & (table->n_slots - 1);
    for (; table->slots[i].id; i = (i + 1) & (table->n_slots - 1)) {
        if (table->slots[i].tag != tag)
            continue;
        mc_bytes found = mc_ngram_table_word(table, table->slots[i].id);
        if (found.size == word.size && memcmp(found.data, word.data, word.size) == 0) {
            *id = table->slots[i].id;
            return MC_OK;
        }
    }
    if (table->bytes.size > UINT32_MAX - word.size || table->n_words >= UINT32_MAX - 1)
        return mc_fail(error, MC_E_LIMIT, "a table of n-grams has too many words");
    table->words[table->n_words] =
        (mc_counted_word){.offset = (uint32_t)table->bytes.size, .size = (uint32_t)word.size};
    MC_TRY(mc_buffer_append(&table->bytes, word.data, word.size, error));
    *id = (uint32_t)++table->n_words;
    table->slots[i] = (mc_word_slot){tag, *id};
    return MC_OK;
}

mc_status mc_ngram_table_count(mc_ngram_table *table, const mc_bytes *words, size_t n,
                               mc_error *error) {
    uint64_t hashes[MC_NGRAM_BATCH], keys[MC_NGRAM_BATCH];
    size_t n_keys = 0;
    MC_TRY(reserve_words(table, n, error));
    MC_TRY(reserve_pairs(table, n, error));
    for (size_t i = 0; i < n; i++) {
        hashes[i] = mc_hash64(words[i].data, words[i].size);
        __builtin_prefetch(&table->slots[hashes[i] & (table->n_slots - 1)]);
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t id = table->slots[hashes[i] & (table->n_slots - 1)].id;
        if (id)
            __builtin_prefetch(&table->words[id - 1]);
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t id = 0;
        if (words[i].size) {
            MC_TRY(find_word(table, words[i], hashes[i], &id, error));
            if (!mc_add_count(&table->words[id - 1].count, 1))
                return mc_counts_overflow(error);
        }
        if (table->previous && id) {
            keys[n_keys] = (uint64_t)table->previous << 32 | id;
            __builtin_prefetch(&table->pairs[pair_slot(table, keys[n_keys])], 1);
            n_keys++;
        }
        table->previous = id;
    }
    for (size_t i = 0; i < n_keys; i++) {
        mc_keyed *pair = find_pair(table, keys[i]);
        table->n_pairs += !pair->key;
        pair->key = keys[i];
        if (!mc_add_count(&pair->value, 1))
            return mc_counts_overflow(error);
    }
    return MC_OK;
}

mc_status mc_ngram_table_add(mc_ngram_table *table, mc_bytes word, uint64_t count, uint32_t *id,
                             mc_error *error) {
    MC_TRY(reserve_words(table, 1, error));
    MC_TRY(find_word(table, word, mc_hash64(word.data, word.size), id, error));
    return mc_add_count(&table->words[*id - 1].count, count) ? MC_OK : mc_counts_overflow(error);
}

mc_status mc_ngram_table_add_pair(mc_ngram_table *table, uint32_t first, uint32_t second,
                                  uint64_t count, mc_error *error) {
    uint64_t key = (uint64_t)first << 32 | second;
    MC_TRY(reserve_pairs(table, 1, error));
    mc_keyed *pair = find_pair(table, key);
    table->n_pairs += !pair->key;
    pair->key = key;
    return mc_add_count(&pair->value, count) ? MC_OK : mc_counts_overflow(error);
}
