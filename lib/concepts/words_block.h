/* Scanning by stages over a block of whole texts: what the vectorised paths share.
 *
 * The texts are copied side by side into a block that stays in the first-level cache. Each stage
 * then goes over the whole block and hands lists on to the next:
 *
 *   tokens      where each token starts and ends; short ones as padded keys; breaks, the places
 *               where an empty token or the end of a text parts two neighbours
 *   words       each token's code and masks: from the cache, else from the tables of the section
 *   neighbours  the tokens that are entries; and the candidates, neighbours whose masks allow that
 *               they begin an entry
 *   pairs       the entries of two words among the candidates; beginnings of longer ones are walked
 *   sets        per text both kinds of ids, sorted, each once
 *
 * No stage branches on a single token. A text that may hold an entry with an empty token is only
 * found out here, and takes the exact path; so do texts larger than a block.
 */
#ifndef MC_CONCEPTS_WORDS_BLOCK_H
#define MC_CONCEPTS_WORDS_BLOCK_H

#include "concepts/words_scratch.h"

/* A stage is a function of its own also in the profile. */
#define STAGE static __attribute__((noinline, unused))

/* Small blocks and caches make a fuzzer meet their limits. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { BLOCK_BYTES = 512, BLOCK_TEXTS = 8 };
#else
enum { BLOCK_BYTES = 8192, BLOCK_TEXTS = 1024 };
#endif

/* A block holds texts with one separator after each. */
enum {
    BLOCK_PAD = 256, /* what stages may read and write past what they hold */
    TOKENS = BLOCK_BYTES + BLOCK_PAD,
    BLOCK_WORDS = TOKENS / 64 + 2, /* of bitmaps over bytes or tokens */
    MULTIS = 2 * TOKENS,
    SET_PAD = 64
};

typedef struct words_block {
    char text[BLOCK_BYTES + BLOCK_PAD];
    uint32_t n_texts, n_odd, size;
    uint32_t text_start[BLOCK_TEXTS + 1]; /* offset in text */
    uint32_t text_token[BLOCK_TEXTS + 1]; /* the text's first token */
    uint8_t odd[BLOCK_TEXTS];             /* to be scanned on the exact path */

    /* tokens */
    uint32_t n_tokens;
    uint64_t start_bits[BLOCK_WORDS];  /* over bytes: a token starts here */
    uint16_t first_token[BLOCK_WORDS]; /* tokens that start before these 64 bytes */
    uint64_t blank_bits[BLOCK_WORDS], mark_bits[BLOCK_WORDS]; /* over bytes */
    uint16_t from[TOKENS], to[TOKENS];                        /* bytes of each token */
    uint16_t base[TOKENS];           /* where the 64 bytes are in which the token starts */
    uint8_t start[TOKENS];           /* and where it starts in them */
    uint8_t length[TOKENS];          /* more than 16 says just that */
    uint64_t key[TOKENS];            /* of words of at most 8 bytes; else their first 8 */
    uint64_t wide_bits[BLOCK_WORDS]; /* over tokens: more than 8 bytes */
    uint64_t breaks[BLOCK_WORDS];    /* over tokens: not a neighbour of the one before */
    uint32_t n_wide, n_long;         /* more than 8 bytes, more than 16 bytes */
    uint16_t wide[TOKENS], longer[TOKENS];

    /* words */
    uint32_t code[TOKENS], masks[TOKENS];
    uint64_t place[TOKENS]; /* byte offset in the cache */
    uint32_t n_missed;
    uint16_t missed[TOKENS];
    uint64_t hash[TOKENS];
    uint16_t found[TOKENS];
    const void *slot[TOKENS];
    uint64_t wide_key[TOKENS][2];

    /* neighbours */
    uint32_t n_singles;
    uint32_t single_id[TOKENS];
    uint16_t single_bits[TOKENS / 16 + 4];  /* over tokens: it is an entry */
    uint16_t single_first[TOKENS / 16 + 4]; /* singles before these 16 tokens */
    uint32_t n_candidates;
    uint16_t candidate[TOKENS];
    uint32_t left[TOKENS], right[TOKENS];

    /* pairs */
    uint32_t entry[TOKENS], node[TOKENS]; /* of each candidate */
    uint32_t n_multis;
    uint32_t multi_token[MULTIS];
    uint32_t padded_multi_id[SET_PAD + MULTIS]; /* read from before its first id on */
    uint32_t walk_token[TOKENS], walk_node[TOKENS];
} words_block;

#define BLANK_MASKS                                                                                \
    {                                                                                              \
        ~(uint64_t)0, ~(uint64_t)0 << 8, ~(uint64_t)0 << 16, ~(uint64_t)0 << 24,                   \
            ~(uint64_t)0 << 32, ~(uint64_t)0 << 40, ~(uint64_t)0 << 48, ~(uint64_t)0 << 56, 0      \
    }

static inline mc_short_word short_word(uint64_t key, mc_word_info info) {
    return (mc_short_word){key, (uint32_t)info, (uint16_t)(info >> 32), (uint16_t)(info >> 48)};
}

static inline mc_wide_cached wide_cached(uint64_t low, uint64_t high, mc_word_info info) {
    return (mc_wide_cached){
        {low, high}, (uint32_t)info, (uint16_t)(info >> 32), (uint16_t)(info >> 48), 0};
}

/* A path says where tokens are in one of two ways. */
#ifdef TOKENS_BY_ENDS
static inline uint32_t token_start(const words_block *b, uint32_t token) {
    return b->from[token];
}

static inline uint32_t token_length(const words_block *b, uint32_t token) {
    return (uint32_t)b->to[token] - b->from[token];
}
#else
static inline uint32_t token_start(const words_block *b, uint32_t token) {
    return (uint32_t)b->base[token] + b->start[token];
}

static inline uint32_t token_length(const words_block *b, uint32_t token) {
    return b->length[token];
}
#endif

static inline uint32_t *multi_ids(words_block *b) {
    return b->padded_multi_id + SET_PAD;
}

static inline bool is_break(const words_block *b, uint32_t token) {
    return b->breaks[token >> 6] >> (token & 63) & 1;
}

/* ---- words ---- */

static inline void set_word(words_block *b, uint32_t token, mc_word_info info) {
    b->code[token] = (uint32_t)info;
    b->masks[token] = (uint32_t)(info >> 32);
}

static inline mc_word_info misfit_info(const mc_words *v, const words_block *b, uint32_t token,
                                       mc_word_info info) {
    if (info || v->header.n_misfits == 0)
        return info;
    return mc_words_find_long(v, b->text + token_start(b, token), token_length(b, token));
}

/* From hashes to slots, for n of them at b->hash: in rounds, so that the memory of many is on its
 * way at once. Those that the filter does not know are left out; the others' numbers come to
 * b->found and their slots to b->slot. Returns how many. */
static inline uint32_t find_slots(words_block *b, const mc_words_table *table, size_t slot_size,
                                  uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        __builtin_prefetch(&table->filter[mc_filter_word(b->hash[i], table->n_filter_words)]);
    uint32_t n_found = 0;
    for (uint32_t i = 0; i < n; i++) {
        b->found[n_found] = (uint16_t)i;
        n_found += mc_table_may_hold(table, b->hash[i]);
    }
    for (uint32_t i = 0; i < n_found; i++)
        __builtin_prefetch(
            &table->pilots[mc_perfect_bucket(b->hash[b->found[i]], table->n_buckets)]);
    for (uint32_t i = 0; i < n_found; i++) {
        uint32_t slot = mc_table_slot(table, b->hash[b->found[i]]);
        b->slot[i] = (const char *)table->slots + slot * slot_size;
        __builtin_prefetch(b->slot[i]);
    }
    return n_found;
}

/* Looks the missed short words up in the section. */
STAGE void find_missed(mc_words_scratch *s, words_block *b) {
    const mc_words *v = s->view;
    for (uint32_t i = 0; i < b->n_missed; i++) {
        uint32_t token = b->missed[i];
        uint64_t key = b->key[token];
        b->hash[i] = mc_short_hash(key, v->short_words.seed);
        set_word(b, token, 0);
        if (s->misses++ % MC_WORD_CACHE_REPLACE == 0)
            s->words[mc_word_cache_slot(key)] = short_word(key, 0);
    }
    uint32_t n = find_slots(b, &v->short_words, sizeof(mc_short_word), b->n_missed);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t token = b->missed[b->found[i]];
        uint64_t key = b->key[token];
        mc_word_info info = misfit_info(v, b, token, mc_short_info(b->slot[i], key));
        set_word(b, token, info);
        /* A word that was put down as absent above must not stay so. */
        mc_short_word *cached = &s->words[mc_word_cache_slot(key)];
        if (cached->key == key || s->misses++ % MC_WORD_CACHE_REPLACE == 0)
            *cached = short_word(key, info);
    }
}

/* The same for words of 9 to 16 bytes, with their own cache in front. Longer words pass through
 * as if they ended after 16 bytes, and are set right by find_long. */
STAGE void find_wide(mc_words_scratch *s, words_block *b) {
    static const uint64_t blank_masks[9] = BLANK_MASKS;
    const mc_words *v = s->view;
    uint32_t n_missed = 0, n_long = 0;
    for (uint32_t i = 0; i < b->n_wide; i++) {
        uint32_t token = b->wide[i], length = token_length(b, token);
        uint64_t key[2], blank = blank_masks[length < 16 ? length - 8 : 8];
        memcpy(key, b->text + token_start(b, token), sizeof key);
        key[1] = (key[1] & ~blank) | (MC_WORDS_BLANKS & blank);
        b->wide_key[i][0] = key[0];
        b->wide_key[i][1] = key[1];
        __builtin_prefetch(&s->wide[mc_wide_cache_slot(key[0], key[1])]);
        b->longer[n_long] = (uint16_t)token;
        n_long += length > 16;
    }
    b->n_long = n_long;
    for (uint32_t i = 0; i < b->n_wide; i++) {
        uint64_t low = b->wide_key[i][0], high = b->wide_key[i][1];
        const mc_wide_cached *cached = &s->wide[mc_wide_cache_slot(low, high)];
        uint64_t differ = (cached->key[0] ^ low) | (cached->key[1] ^ high);
        mc_word_info info = mc_info(cached->code, cached->next, cached->previous);
        set_word(b, b->wide[i], differ ? 0 : info);
        b->missed[n_missed] = (uint16_t)i;
        n_missed += differ != 0;
    }
    for (uint32_t i = 0; i < n_missed; i++) {
        const uint64_t *key = b->wide_key[b->missed[i]];
        b->hash[i] = mc_wide_hash(key[0], key[1], v->wide_words.seed);
        if (s->misses++ % MC_WORD_CACHE_REPLACE == 0)
            s->wide[mc_wide_cache_slot(key[0], key[1])] = wide_cached(key[0], key[1], 0);
    }
    uint32_t n = find_slots(b, &v->wide_words, sizeof(mc_wide_word), n_missed);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = b->missed[b->found[i]], token = b->wide[number];
        uint64_t low = b->wide_key[number][0], high = b->wide_key[number][1];
        mc_word_info info = mc_wide_info(b->slot[i], low, high);
        if (token_length(b, token) <= 16)
            info = misfit_info(v, b, token, info);
        set_word(b, token, info);
        mc_wide_cached *cached = &s->wide[mc_wide_cache_slot(low, high)];
        if (((cached->key[0] ^ low) | (cached->key[1] ^ high)) == 0 ||
            s->misses++ % MC_WORD_CACHE_REPLACE == 0)
            *cached = wide_cached(low, high, info);
    }
}

/* How far the word at start goes; every text in the block ends with a separator. */
static inline size_t measure_word(const words_block *b, uint32_t start) {
    uint32_t end = start;
    while (!mc_token_end[(unsigned char)b->text[end]])
        end++;
    return end - start;
}

static inline void find_long(const mc_words_scratch *s, words_block *b) {
    for (uint32_t i = 0; i < b->n_long; i++) {
        uint32_t token = b->longer[i], start = token_start(b, token);
        set_word(b, token, mc_words_find_long(s->view, b->text + start, measure_word(b, start)));
    }
}

/* ---- neighbours ---- */

/* left and right are parted by empty tokens only. Where an entry has them like that, the text is
 * scanned anew; over the end of a text it costs no more than that. */
static inline void check_gap(const mc_words_scratch *s, words_block *b, uint32_t token) {
    if (!mc_words_has_gap(s->view, b->code[token], b->code[token + 1]))
        return;
    uint32_t low = 0, high = b->n_texts;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (b->text_token[middle] <= token)
            low = middle;
        else
            high = middle;
    }
    b->odd[low] = 1;
    b->n_odd++;
}

/* ---- pairs ---- */

/* Looks up the missed candidates, whose numbers are in b->missed. */
STAGE void find_missed_pairs(mc_words_scratch *s, words_block *b) {
    const mc_words *v = s->view;
    for (uint32_t i = 0; i < b->n_missed; i++) {
        uint32_t c = b->missed[i];
        uint64_t key = mc_pair_key(b->left[c], b->right[c]);
        b->hash[i] = mc_short_hash(key, v->pairs.seed);
        b->entry[c] = 0;
        b->node[c] = 0;
        if (s->misses++ % MC_PAIR_CACHE_REPLACE == 0)
            s->pairs[mc_pair_cache_slot(b->left[c], b->right[c])] = (mc_word_pair){key, 0, 0};
    }
    uint32_t n = find_slots(b, &v->pairs, sizeof(mc_word_pair), b->n_missed);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = b->missed[b->found[i]];
        mc_word_pair pair = *(const mc_word_pair *)b->slot[i];
        uint64_t key = mc_pair_key(b->left[c], b->right[c]);
        uint32_t same = pair.key == key ? UINT32_MAX : 0;
        pair = (mc_word_pair){key, pair.entry & same, pair.node & same};
        if (v->header.n_pair_misfits > 0)
            pair = mc_words_find_pair(v, key);
        b->entry[c] = pair.entry;
        b->node[c] = pair.node;
        mc_word_pair *cached = &s->pairs[mc_pair_cache_slot(b->left[c], b->right[c])];
        if (cached->key == key || s->misses++ % MC_PAIR_CACHE_REPLACE == 0)
            *cached = pair;
    }
}

/* Follows the n_walks beginnings of longer entries and merges what they find into the multis, which
 * are in the order of their tokens. False when there is no room. */
STAGE bool walk(const mc_words_scratch *s, words_block *b, uint32_t n_walks) {
    const mc_words *v = s->view;
    uint32_t n_entries = v->header.n_entries, n_pairs = b->n_multis, n_found = 0;
    uint32_t *multi_id = multi_ids(b);
    uint32_t *token = b->multi_token + MULTIS / 2, *id = multi_id + MULTIS / 2;
    for (uint32_t i = 0; i < n_walks; i++) {
        uint32_t node = b->walk_node[i];
        for (uint32_t at = b->walk_token[i] + 2; node && !is_break(b, at) && b->code[at]; at++) {
            uint64_t key = mc_pair_key(node, b->code[at]);
            if (!mc_table_may_hold(&v->pairs, mc_short_hash(key, v->pairs.seed)))
                break;
            mc_word_pair pair = mc_words_find_pair(v, key);
            node = pair.node;
            if (pair.entry - 1 >= n_entries)
                continue;
            if (n_found == MULTIS / 2 - BLOCK_PAD)
                return false;
            token[n_found] = b->walk_token[i];
            id[n_found++] = pair.entry - 1;
        }
    }
    if (n_found == 0)
        return true;
    if (n_found > TOKENS - BLOCK_PAD || n_pairs + n_found > MULTIS - BLOCK_PAD)
        return false;
    /* The walks are done with, so their lists hold what was found while the multis make room. */
    memcpy(b->walk_token, token, n_found * sizeof *token);
    memcpy(b->walk_node, id, n_found * sizeof *id);
    b->n_multis = n_pairs + n_found;
    for (uint32_t to = b->n_multis; n_found > 0;) {
        to--;
        if (n_pairs > 0 && b->multi_token[n_pairs - 1] > b->walk_token[n_found - 1]) {
            n_pairs--;
            b->multi_token[to] = b->multi_token[n_pairs];
            multi_id[to] = multi_id[n_pairs];
        } else {
            n_found--;
            b->multi_token[to] = b->walk_token[n_found];
            multi_id[to] = b->walk_node[n_found];
        }
    }
    return true;
}

/* ---- sets ---- */

/* Singles among the tokens before this one. */
static inline uint32_t singles_before(const words_block *b, uint32_t token) {
    uint32_t below = b->single_bits[token >> 4] & ((1u << (token & 15)) - 1);
    return b->single_first[token >> 4] + (uint32_t)__builtin_popcount(below);
}

#endif
