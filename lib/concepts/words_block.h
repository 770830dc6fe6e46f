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
    SET_PAD = 64,
    TEXTS = BLOCK_TEXTS + 64,
    RANKS = TOKENS / 16 + 8,
    SETS = 3 * TOKENS + SET_PAD
};

/* What a cache lacks, on its way through a table of the section. That takes rounds over all of it,
 * so that the memory of many is on its way at once, while other stages have their turn in between.
 */
typedef struct lookups {
    uint32_t n, n_found;
    uint16_t item[TOKENS]; /* a token, a wide word, a candidate */
    uint64_t hash[TOKENS];
    uint16_t found[TOKENS]; /* what the filter lets pass, as indices */
    const void *slot[TOKENS];
} lookups;

typedef struct words_block {
    const char *bytes; /* the texts side by side: in text, or where they were */
    _Alignas(64) char text[BLOCK_BYTES + BLOCK_PAD];
    uint32_t n_texts, n_odd, size;
    _Alignas(64) uint32_t text_start[TEXTS]; /* offset in text */
    _Alignas(64) uint32_t text_token[TEXTS]; /* the text's first token */
    _Alignas(64) uint8_t odd[BLOCK_TEXTS];   /* to be scanned on the exact path */

    /* tokens */
    uint32_t n_tokens;
    _Alignas(64) uint64_t start_bits[BLOCK_WORDS];  /* over bytes: a token starts here */
    _Alignas(64) uint16_t first_token[BLOCK_WORDS]; /* tokens that start before these 64 bytes */
    _Alignas(64) uint64_t blank_bits[BLOCK_WORDS];
    _Alignas(64) uint64_t mark_bits[BLOCK_WORDS]; /* over bytes */
    _Alignas(64) uint16_t from[TOKENS];
    _Alignas(64) uint16_t to[TOKENS];    /* bytes of each token */
    _Alignas(64) uint16_t base[TOKENS];  /* where the 64 bytes are in which the token starts */
    _Alignas(64) uint8_t start[TOKENS];  /* and where it starts in them */
    _Alignas(64) uint8_t length[TOKENS]; /* more than 16 says just that */
    _Alignas(64) uint64_t key[TOKENS];   /* of words of at most 8 bytes, else their first 8; later
                                            of the candidates */
    _Alignas(64) uint64_t wide_bits[BLOCK_WORDS]; /* over tokens: more than 8 bytes */
    _Alignas(64) uint64_t breaks[BLOCK_WORDS]; /* over tokens: not a neighbour of the one before */
    uint32_t n_wide, n_long;                   /* more than 8 bytes, more than 16 bytes */
    _Alignas(64) uint16_t wide[TOKENS];
    _Alignas(64) uint16_t longer[TOKENS];

    /* words */
    _Alignas(64) uint32_t code[TOKENS];
    _Alignas(64) uint32_t masks[TOKENS];
    _Alignas(64) uint64_t place[TOKENS]; /* byte offset in the cache */
    _Alignas(64) uint64_t missed_bits[BLOCK_WORDS];
    _Alignas(64) uint64_t wide_key[TOKENS][2];
    _Alignas(64) uint16_t wide_place[TOKENS];
    _Alignas(64) lookups words, wides, pairs; /* what the caches lack; pairs also those of walks */

    /* neighbours */
    uint32_t n_singles;
    _Alignas(64) uint32_t padded_single_id[SET_PAD + TOKENS]; /* read from before its first id on */
    _Alignas(64) uint32_t single_rank[RANKS];                 /* over tokens: it is an entry */
    _Alignas(64) uint16_t candidate_bits[RANKS];              /* it begins a candidate */
    uint32_t n_candidates;
    _Alignas(64) uint16_t candidate[TOKENS];

    /* pairs */
    _Alignas(64) uint32_t entry[TOKENS];
    _Alignas(64) uint32_t node[TOKENS]; /* of each candidate */
    uint32_t n_multis;
    _Alignas(64) uint16_t multi_bits[RANKS];                 /* over candidates: it is an entry */
    _Alignas(64) uint32_t multi_rank[RANKS];                 /* over tokens */
    _Alignas(64) uint32_t padded_multi_id[SET_PAD + MULTIS]; /* read from before its first id on */
    _Alignas(64) uint32_t walk_token[TOKENS];
    _Alignas(64) uint32_t walk_node[TOKENS];
    uint32_t n_extras; /* entries that walks have found, in the order of their tokens */
    _Alignas(64) uint32_t extra_token[TOKENS];
    _Alignas(64) uint32_t extra_id[TOKENS];

    /* sets */
    _Alignas(64) uint32_t single_at[TEXTS]; /* where each text's ids start */
    _Alignas(64) uint32_t multi_at[TEXTS];
    _Alignas(64) uint32_t small[TEXTS];  /* texts of up to 8 ids */
    _Alignas(64) uint32_t middle[TEXTS]; /* up to 16 */
    _Alignas(64) uint32_t large[TEXTS];  /* up to 32 */
    _Alignas(64) uint32_t huge[TEXTS];
    _Alignas(64) uint32_t set_at[TEXTS]; /* of each text in sets */
    _Alignas(64) uint32_t set_size[TEXTS];
    _Alignas(64) uint32_t sets[SETS];
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

static inline uint32_t *single_ids(words_block *b) {
    return b->padded_single_id + SET_PAD;
}

static inline uint32_t *multi_ids(words_block *b) {
    return b->padded_multi_id + SET_PAD;
}

static inline bool is_break(const words_block *b, uint32_t token) {
    return b->breaks[token >> 6] >> (token & 63) & 1;
}

/* ---- filling the block ---- */

/* Bytes of the list of texts; any place may be prefetched, whether there is memory or not. */
enum { TEXTS_AHEAD = 1024 };

/* Texts that follow one another in memory, one separator after each, are scanned where they are. So
 * that stages may read a little further, some texts more have to follow. Returns how many texts the
 * block then has; 0 when it would not be even half full. */
STAGE uint32_t view_texts(words_block *b, const mc_bytes *texts, size_t n) {
    uint32_t size = 0, i = 0;
    for (; i + 1 < n && i < BLOCK_TEXTS && texts[i].size < BLOCK_BYTES - size; i++) {
        const char *next = texts[i + 1].data;
        if ((uintptr_t)next != (uintptr_t)texts[i].data + texts[i].size + 1 ||
            mc_token_end[(unsigned char)next[-1]] != MC_BLANK)
            break;
        __builtin_prefetch((const void *)((uintptr_t)(texts + i) + TEXTS_AHEAD));
        b->text_start[i] = size;
        size += (uint32_t)texts[i].size + 1;
    }
    if (size < BLOCK_BYTES / 2)
        return 0;
    size_t readable = size + texts[i].size;
    b->text_start[i] = size;
    while (i > 0 && readable - b->text_start[i] < BLOCK_PAD / 2)
        i--;
    b->bytes = texts[0].data;
    b->n_texts = i;
    b->size = b->text_start[i];
    return i;
}

/* ---- words ---- */

static inline void set_word(words_block *b, uint32_t token, mc_word_info info) {
    b->code[token] = (uint32_t)info;
    b->masks[token] = (uint32_t)(info >> 32);
}

static inline mc_word_info word_info(const words_block *b, uint32_t token) {
    return b->code[token] | (uint64_t)b->masks[token] << 32;
}

static inline mc_word_info misfit_info(const mc_words *v, const words_block *b, uint32_t token,
                                       mc_word_info info) {
    if (info || v->header.n_misfits == 0)
        return info;
    return mc_words_find_long(v, b->bytes + token_start(b, token), token_length(b, token));
}

/* The first round: where the hash leads to is fetched. */
static inline void ask(lookups *q, const mc_words_table *table, uint32_t i, uint64_t hash) {
    q->hash[i] = hash;
    __builtin_prefetch(mc_table_group(table, hash));
}

/* The second round: what the filter does not know is left out, the slots of the others are fetched.
 */
STAGE void choose_slots(lookups *q, const mc_words_table *table, size_t slot_size) {
    uint32_t n_found = 0;
    for (uint32_t i = 0; i < q->n; i++) {
        q->found[n_found] = (uint16_t)i;
        q->slot[n_found] =
            (const char *)table->slots + mc_table_slot(table, q->hash[i]) * slot_size;
        n_found += mc_table_may_hold(table, q->hash[i]);
    }
    for (uint32_t i = 0; i < n_found; i++)
        __builtin_prefetch(q->slot[i]);
    q->n_found = n_found;
}

/* Of n misses, those that are to be remembered are first, first + step and so on. */
static inline uint32_t first_remembered(mc_words_scratch *s, uint32_t n, uint32_t step) {
    uint32_t first = (0 - s->misses) % step;
    s->misses += n;
    return first;
}

/* Short words that the cache lacks. */
STAGE void ask_words(const mc_words_scratch *s, words_block *b) {
    const mc_words_table *table = &s->view->short_words;
    lookups *q = &b->words;
    for (uint32_t i = 0; i < q->n; i++) {
        ask(q, table, i, mc_short_hash(b->key[q->item[i]], table->seed));
        set_word(b, q->item[i], 0);
    }
}

STAGE void take_words(mc_words_scratch *s, words_block *b) {
    const lookups *q = &b->words;
    for (uint32_t i = 0; i < q->n_found; i++) {
        uint32_t token = q->item[q->found[i]];
        const mc_short_word *slot = q->slot[i];
        uint64_t same = slot->key == b->key[token] ? UINT64_MAX : 0;
        mc_word_info info = mc_info(slot->code, slot->next, slot->previous) & same;
        set_word(b, token, misfit_info(s->view, b, token, info));
    }
    uint32_t step = MC_WORD_CACHE_REPLACE;
    for (uint32_t i = first_remembered(s, q->n, step); i < q->n; i += step) {
        uint32_t token = q->item[i];
        uint64_t key = b->key[token];
        s->words[mc_word_cache_slot(key)] = short_word(key, word_info(b, token));
    }
}

/* Words of 9 to 16 bytes, with their own cache in front. Longer words pass through as if they ended
 * after 16 bytes, and are set right by find_long. */
STAGE void place_wides(const mc_words_scratch *s, words_block *b) {
    static const uint64_t blank_masks[9] = BLANK_MASKS;
    uint32_t n_long = 0;
    for (uint32_t i = 0; i < b->n_wide; i++) {
        uint32_t token = b->wide[i], length = token_length(b, token);
        uint64_t key[2], blank = blank_masks[length < 16 ? length - 8 : 8];
        memcpy(key, b->bytes + token_start(b, token), sizeof key);
        key[1] = (key[1] & ~blank) | (MC_WORDS_BLANKS & blank);
        size_t place = mc_wide_cache_slot(key[0], key[1]);
        __builtin_prefetch(&s->wide[place]);
        b->wide_place[i] = (uint16_t)place;
        b->wide_key[i][0] = key[0];
        b->wide_key[i][1] = key[1];
        b->longer[n_long] = (uint16_t)token;
        n_long += length > 16;
    }
    b->n_long = n_long;
}

STAGE void ask_wides(const mc_words_scratch *s, words_block *b) {
    const mc_words_table *table = &s->view->wide_words;
    lookups *q = &b->wides;
    uint32_t n_missed = 0;
    for (uint32_t i = 0; i < b->n_wide; i++) {
        const uint64_t *key = b->wide_key[i];
        const mc_wide_cached *cached = &s->wide[b->wide_place[i]];
        uint64_t differ = (cached->key[0] ^ key[0]) | (cached->key[1] ^ key[1]);
        mc_word_info info = mc_info(cached->code, cached->next, cached->previous);
        set_word(b, b->wide[i], info & (differ ? 0 : UINT64_MAX));
        q->item[n_missed] = (uint16_t)i;
        n_missed += differ != 0;
    }
    q->n = n_missed;
    for (uint32_t i = 0; i < n_missed; i++) {
        const uint64_t *key = b->wide_key[q->item[i]];
        ask(q, table, i, mc_wide_hash(key[0], key[1], table->seed));
    }
}

STAGE void take_wides(mc_words_scratch *s, words_block *b) {
    const lookups *q = &b->wides;
    for (uint32_t i = 0; i < q->n_found; i++) {
        uint32_t number = q->item[q->found[i]], token = b->wide[number];
        const uint64_t *key = b->wide_key[number];
        const mc_wide_word *slot = q->slot[i];
        uint64_t differ = (slot->key[0] ^ key[0]) | (slot->key[1] ^ key[1]);
        mc_word_info info =
            mc_info(slot->code, slot->next, slot->previous) & (differ ? 0 : UINT64_MAX);
        if (token_length(b, token) <= 16)
            info = misfit_info(s->view, b, token, info);
        set_word(b, token, info);
    }
    uint32_t step = MC_WORD_CACHE_REPLACE;
    for (uint32_t i = first_remembered(s, q->n, step); i < q->n; i += step) {
        const uint64_t *key = b->wide_key[q->item[i]];
        s->wide[mc_wide_cache_slot(key[0], key[1])] =
            wide_cached(key[0], key[1], word_info(b, b->wide[q->item[i]]));
    }
}

/* How far the word at start goes; every text in the block ends with a separator. */
static inline size_t measure_word(const words_block *b, uint32_t start) {
    uint32_t end = start;
    while (!mc_token_end[(unsigned char)b->bytes[end]])
        end++;
    return end - start;
}

static inline void find_long(const mc_words_scratch *s, words_block *b) {
    for (uint32_t i = 0; i < b->n_long; i++) {
        uint32_t token = b->longer[i], start = token_start(b, token);
        set_word(b, token, mc_words_find_long(s->view, b->bytes + start, measure_word(b, start)));
    }
}

/* From the list of what the cache lacks, and that of wide words, to all codes and masks. */
static inline void find_others(mc_words_scratch *s, words_block *b) {
    place_wides(s, b);
    ask_words(s, b);
    ask_wides(s, b);
    choose_slots(&b->words, &s->view->short_words, sizeof(mc_short_word));
    choose_slots(&b->wides, &s->view->wide_words, sizeof(mc_wide_word));
    take_words(s, b);
    take_wides(s, b);
    find_long(s, b);
}

/* ---- neighbours ---- */

static inline uint32_t text_of(const words_block *b, uint32_t token) {
    uint32_t low = 0, high = b->n_texts;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (b->text_token[middle] <= token)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* left and right are parted by empty tokens only. Where an entry has them like that, the text is
 * scanned anew; over the end of a text it costs no more than that. */
static inline void check_gap(const mc_words_scratch *s, words_block *b, uint32_t token) {
    if (!mc_words_has_gap(s->view, b->code[token], b->code[token + 1]))
        return;
    b->odd[text_of(b, token)] = 1;
    b->n_odd++;
}

/* ---- pairs ---- */

/* The codes of two neighbours, as they lie in memory, are the key of their pair. */
static inline uint64_t candidate_key(const words_block *b, uint32_t candidate) {
    uint64_t key;
    memcpy(&key, b->code + b->candidate[candidate], sizeof key);
    return key;
}

/* Candidates that the cache lacks. */
STAGE void ask_pairs(const mc_words_scratch *s, words_block *b) {
    const mc_words_table *table = &s->view->pairs;
    lookups *q = &b->pairs;
    for (uint32_t i = 0; i < q->n; i++) {
        uint32_t c = q->item[i];
        ask(q, table, i, mc_short_hash(b->key[c], table->seed));
        b->entry[c] = 0;
        b->node[c] = 0;
    }
}

STAGE void take_pairs(mc_words_scratch *s, words_block *b) {
    const mc_words *v = s->view;
    const lookups *q = &b->pairs;
    for (uint32_t i = 0; i < q->n_found; i++) {
        uint32_t c = q->item[q->found[i]];
        const mc_word_pair *pair = q->slot[i];
        uint64_t key = b->key[c];
        uint32_t same = pair->key == key ? UINT32_MAX : 0;
        b->entry[c] = pair->entry & same;
        b->node[c] = pair->node & same;
        if (v->header.n_pair_misfits > 0) {
            mc_word_pair found = mc_words_find_pair(v, key);
            b->entry[c] = found.entry;
            b->node[c] = found.node;
        }
    }
    uint32_t step = MC_PAIR_CACHE_REPLACE;
    for (uint32_t i = first_remembered(s, q->n, step); i < q->n; i += step) {
        uint32_t c = q->item[i];
        s->pairs[mc_pair_cache_slot(b->key[c])] =
            (mc_word_pair){b->key[c], b->entry[c], b->node[c]};
    }
}

/* Looks up the next step of each walk and forgets the walks that have none. Most end here. */
STAGE uint32_t begin_walks(const mc_words_scratch *s, words_block *b, uint32_t n_walks) {
    const mc_words_table *table = &s->view->pairs;
    lookups *q = &b->pairs;
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_walks; i++) {
        uint32_t token = b->walk_token[i], node = b->walk_node[i], code = b->code[token + 2];
        b->walk_token[n] = token;
        b->walk_node[n] = node;
        ask(q, table, n, mc_short_hash(mc_pair_key(node, code), table->seed));
        n += !is_break(b, token + 2) & (code != 0);
    }
    q->n = n;
    choose_slots(q, table, sizeof(mc_word_pair));
    const bool misfits = s->view->header.n_pair_misfits > 0;
    n = 0;
    for (uint32_t i = 0; i < q->n_found; i++) {
        uint32_t token = b->walk_token[q->found[i]], node = b->walk_node[q->found[i]];
        const mc_word_pair *pair = q->slot[i];
        b->walk_token[n] = token;
        b->walk_node[n] = node;
        n += (pair->key == mc_pair_key(node, b->code[token + 2])) | misfits;
    }
    return n;
}

/* Follows the n_walks beginnings of longer entries. False when there is no room for what is found.
 */
STAGE bool walk(const mc_words_scratch *s, words_block *b, uint32_t n_walks) {
    const mc_words *v = s->view;
    uint32_t n_entries = v->header.n_entries, n_found = 0;
    n_walks = begin_walks(s, b, n_walks);
    for (uint32_t i = 0; i < n_walks; i++) {
        uint32_t node = b->walk_node[i];
        for (uint32_t at = b->walk_token[i] + 2; node && !is_break(b, at) && b->code[at]; at++) {
            uint64_t key = mc_pair_key(node, b->code[at]);
            if (!mc_table_may_hold(&v->pairs, mc_short_hash(key, v->pairs.seed)))
                break;
            mc_word_pair pair = mc_words_find_pair(v, key);
            node = pair.node;
            b->extra_token[n_found] = b->walk_token[i];
            b->extra_id[n_found] = pair.entry - 1;
            n_found += pair.entry - 1 < n_entries;
            if (n_found == TOKENS)
                return false;
        }
    }
    b->n_extras = n_found;
    return true;
}

/* ---- sets ---- */

/* A rank is a bit for each of 16 tokens, and above these how many are set before. */
static inline uint32_t rank_of(const uint32_t *ranks, uint32_t token) {
    uint32_t rank = ranks[token >> 4];
    return (rank >> 16) + (uint32_t)__builtin_popcount(rank & ((1u << (token & 15)) - 1));
}

/* Texts by the number of their ids. */
typedef struct kinds {
    uint32_t n_small, n_middle, n_large, n_huge;
} kinds;

static inline uint32_t ids_of(const words_block *b, uint32_t text) {
    return b->single_at[text + 1] - b->single_at[text] + b->multi_at[text + 1] - b->multi_at[text];
}

/* All ids of a text as they come. */
static inline uint32_t copy_ids(const words_block *b, uint32_t text, uint32_t *to) {
    uint32_t single = b->single_at[text], n = b->single_at[text + 1] - single;
    uint32_t multi = b->multi_at[text], n_multis = b->multi_at[text + 1] - multi;
    memcpy(to, b->padded_single_id + SET_PAD + single, n * sizeof *to);
    memcpy(to + n, b->padded_multi_id + SET_PAD + multi, n_multis * sizeof *to);
    return n + n_multis;
}

/* What walks have found goes behind the other multis of its text. */
static inline void merge_extras(words_block *b) {
    uint32_t *id = multi_ids(b);
    uint32_t end = b->n_multis, last = b->n_texts + 1;
    for (uint32_t n = b->n_extras; n > 0; n--) {
        uint32_t text = text_of(b, b->extra_token[n - 1]);
        uint32_t at = text < last ? b->multi_at[text + 1] : end;
        memmove(id + at + n, id + at, (end - at) * sizeof *id);
        id[at + n - 1] = b->extra_id[n - 1];
        end = at;
        for (uint32_t i = text + 1; i <= last; i++)
            b->multi_at[i] += n;
        last = text;
    }
    b->n_multis += b->n_extras;
}

#endif
