/* What a section of the word-level engine looks like in a file, and the hashes that place things
 * in it. All numbers are little-endian; offsets are bytes from the header and multiples of 64.
 *
 * Codes. Every word has a code: 1 + id where the word itself is an entry (the first id of repeated
 * ones), larger ones for words that only occur inside entries, 0 for no word. One code stands for
 * the empty token. Nodes, the proper prefixes of entries of three and more words, are numbered
 * after the words, so that "word or node" is one number.
 *
 * Tables are perfect hashes (words_perfect.h). The pilots of four buckets lie in one number with a
 * Bloom filter over the keys of these buckets, misfits included: what is looked up in vain mostly
 * ends there, and what is found is so after two steps through the memory. A word's slot carries two
 * masks of 16 bits: the classes (code mod 16) of the words that may follow it in an entry, where it
 * comes first, and of the words it may follow as the second. They rule out most neighbours without
 * a look at the pairs.
 */
#ifndef MC_CONCEPTS_WORDS_FORMAT_H
#define MC_CONCEPTS_WORDS_FORMAT_H

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "sections are used in place, so a little-endian machine is needed"
#endif

#define MC_WORDS_MAGIC "mcwords2"
#define MC_WORDS_ALIGN 64

/* Codes and nodes stay below this; with the bit set a code names a pair across empty tokens. */
#define MC_WORDS_CODE_LIMIT 0x80000000u
#define MC_WORDS_GAP_BIT 0x80000000u

/* Flags of a section. */
#define MC_WORDS_GAPS 1u       /* some entries hold an empty token */
#define MC_WORDS_OUTER_GAPS 2u /* some of them only at their ends */

typedef struct mc_table_place {
    uint64_t slots_offset;
    uint64_t groups_offset; /* u64[n_buckets / MC_GROUP_BUCKETS + 1] */
    uint64_t seed;
    uint32_t n_slots;
    uint32_t n_buckets;
    uint64_t reserved[2];
} mc_table_place;

typedef struct mc_words_header {
    char magic[8];
    uint64_t size; /* of the whole section */
    uint32_t n_entries;
    uint32_t n_codes;
    uint32_t empty_code;
    uint32_t flags;
    mc_table_place short_words;
    mc_table_place wide_words;
    mc_table_place pairs;
    uint64_t pair_misfits_offset;
    uint64_t long_starts_offset; /* u32[2^long_bits + 1] */
    uint64_t long_words_offset;
    uint64_t long_bytes_offset;
    uint64_t long_bytes_size;
    uint64_t gap_filter_offset;  /* 2^gap_bits bits */
    uint64_t repeat_bits_offset; /* one bit an entry; only where n_repeats > 0 */
    uint64_t repeats_offset;
    uint32_t n_pair_misfits;
    uint32_t n_long_words;
    uint32_t long_bits;
    uint32_t gap_bits;
    uint32_t n_repeats;
    uint32_t n_misfits; /* words of at most 16 bytes among the long ones */
    uint32_t n_words;   /* distinct words of the entries, for information */
    uint32_t n_pairs;
    uint32_t gap_classes; /* a bit for code mod 32 of each word before a gap */
    uint32_t reserved_32;
    uint64_t reserved[8];
} mc_words_header;

_Static_assert(sizeof(mc_words_header) == 344, "the header is part of the format");

/* Words are padded with spaces, which no word holds. A slot without a word has code 0. */
typedef struct mc_short_word {
    uint64_t key;
    uint32_t code;
    uint16_t next, previous; /* masks of classes */
} mc_short_word;

typedef struct mc_wide_word {
    uint64_t key[2];
    uint32_t code;
    uint16_t next, previous;
} mc_wide_word;

typedef struct mc_long_word {
    uint64_t hash;
    uint32_t offset, size; /* in long_bytes */
    uint32_t code;
    uint16_t next, previous;
} mc_long_word;

/* The step from a (a word or node, or a word with the gap bit) over the word b. */
typedef struct mc_word_pair {
    uint64_t key;   /* b in the upper half, a in the lower; 0 in an unused slot */
    uint32_t entry; /* 1 + id of the entry that ends here, or 0 */
    uint32_t node;  /* for entries that go on, or 0 */
} mc_word_pair;

/* Entry id is the same string as entry first, which comes before it. */
typedef struct mc_word_repeat {
    uint32_t first, id;
} mc_word_repeat;

/* A perfect hash in use. */
typedef struct mc_words_table {
    const void *slots;
    const uint64_t *groups;
    uint64_t seed;
    uint32_t n_slots;
    uint32_t n_buckets;
} mc_words_table;

/* A group of buckets is a number: in its lower half the filter, two bits a key; above it the
 * pilots, one byte each, that of the first bucket lowest. */
enum { MC_GROUP_BUCKETS = 4 };

static inline unsigned mc_pilot_shift(uint32_t bucket) {
    return 32 + 8 * (bucket % MC_GROUP_BUCKETS);
}

static inline uint64_t mc_filter_bits(uint64_t hash) {
    return (uint64_t)1 << (hash & 31) | (uint64_t)1 << (hash >> 5 & 31);
}

#define MC_WORDS_BLANKS 0x2020202020202020u

/* A bijection that spreads every bit over all. */
static inline uint64_t mc_words_mix(uint64_t x) {
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ (x >> 32);
}

static inline uint64_t mc_short_hash(uint64_t key, uint64_t seed) {
    return mc_words_mix(key ^ seed);
}

static inline uint64_t mc_wide_hash(uint64_t low, uint64_t high, uint64_t seed) {
    return mc_words_mix(mc_words_mix(low ^ seed) + (high ^ (seed >> 7)) * 0x9e3779b97f4a7c15u);
}

static inline uint64_t mc_pair_key(uint32_t a, uint32_t b) {
    return (uint64_t)b << 32 | a;
}

static inline uint32_t mc_gap_bit(uint64_t pair_key, uint32_t gap_bits) {
    return (uint32_t)(mc_words_mix(pair_key) >> (64 - gap_bits));
}

/* The up to 8 bytes of a word as a padded key; size <= 8. */
static inline uint64_t mc_short_key(const char *word, size_t size) {
    uint64_t key = MC_WORDS_BLANKS;
    memcpy(&key, word, size);
    return key;
}

#endif
