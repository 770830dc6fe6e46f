/* Looking up one word or one pair in a section: the part all scanning paths share. */
#ifndef MC_CONCEPTS_WORDS_LOOKUP_H
#define MC_CONCEPTS_WORDS_LOOKUP_H

#include "concepts/words.h"
#include "concepts/words_perfect.h"

/* What is known of a word, in one number: its code below, above it the masks of the words that may
 * follow (bits 32 to 47) and precede it (48 to 63). 0 for a word that no entry has. */
typedef uint64_t mc_word_info;

static inline mc_word_info mc_info(uint32_t code, uint16_t next, uint16_t previous) {
    return code | (uint64_t)next << 32 | (uint64_t)previous << 48;
}

static inline uint32_t mc_info_code(mc_word_info info) {
    return (uint32_t)info;
}

/* True unless the masks rule out that an entry begins with left and right. */
static inline bool mc_info_joins(mc_word_info left, mc_word_info right) {
    return (left >> 32 >> (right & 15) & right >> 48 >> (left & 15) & 1) != 0;
}

/* Where a hash leads to first. */
static inline const uint64_t *mc_table_group(const mc_words_table *table, uint64_t hash) {
    return &table->groups[mc_perfect_bucket(hash, table->n_buckets) / MC_GROUP_BUCKETS];
}

/* And then. */
static inline uint32_t mc_table_slot(const mc_words_table *table, uint64_t hash) {
    unsigned shift = mc_pilot_shift(mc_perfect_bucket(hash, table->n_buckets));
    return mc_perfect_slot(hash, (uint8_t)(*mc_table_group(table, hash) >> shift), table->n_slots);
}

/* False for most hashes of keys that are not there. */
static inline bool mc_table_may_hold(const mc_words_table *table, uint64_t hash) {
    return (~*mc_table_group(table, hash) & mc_filter_bits(hash)) == 0;
}

static inline const mc_short_word *mc_short_slot(const mc_words *v, uint64_t key) {
    return (const mc_short_word *)v->short_words.slots +
           mc_table_slot(&v->short_words, mc_short_hash(key, v->short_words.seed));
}

static inline const mc_wide_word *mc_wide_slot(const mc_words *v, uint64_t low, uint64_t high) {
    return (const mc_wide_word *)v->wide_words.slots +
           mc_table_slot(&v->wide_words, mc_wide_hash(low, high, v->wide_words.seed));
}

static inline mc_word_info mc_short_info(const mc_short_word *slot, uint64_t key) {
    return slot->key == key ? mc_info(slot->code, slot->next, slot->previous) : 0;
}

static inline mc_word_info mc_wide_info(const mc_wide_word *slot, uint64_t low, uint64_t high) {
    return ((slot->key[0] ^ low) | (slot->key[1] ^ high)) == 0
               ? mc_info(slot->code, slot->next, slot->previous)
               : 0;
}

static inline const mc_word_pair *mc_pair_slot(const mc_words *v, uint64_t key) {
    return (const mc_word_pair *)v->pairs.slots +
           mc_table_slot(&v->pairs, mc_short_hash(key, v->pairs.seed));
}

/* Any word by its bytes: of more than 16 bytes, or a misfit. */
mc_word_info mc_words_find_long(const mc_words *v, const char *word, size_t size);

/* Any word by its bytes. */
mc_word_info mc_words_find(const mc_words *v, const char *word, size_t size);

/* The pair of that key; one with entry and node 0 when there is none. */
mc_word_pair mc_words_find_pair(const mc_words *v, uint64_t key);

/* True when some entry has the words left and right with nothing but empty tokens between them. */
static inline bool mc_words_has_gap(const mc_words *v, uint32_t left, uint32_t right) {
    uint64_t key = mc_pair_key(left | MC_WORDS_GAP_BIT, right);
    uint32_t bit = mc_gap_bit(key, v->header.gap_bits);
    if (!(v->gap_filter[bit >> 6] >> (bit & 63) & 1))
        return false;
    /* With misfits, a place in the filter has to do: it only costs a second look. */
    return mc_pair_slot(v, key)->key == key || v->header.n_pair_misfits > 0;
}

#endif
