/* The stages of words_block.h token by token and without branches on tokens: all of the portable
 * path, and what AVX2 does not do better. The including file gives, before it includes this:
 *
 *   static void classify_block(const char *text, size_t n_chunks, uint64_t *blank, uint64_t *mark)
 *       for each 64 bytes the bits of the separators and of the marks
 *   static uint32_t count_bits(uint64_t bits)
 *   static uint32_t first_bit(uint64_t bits)
 *       anything for 0
 *   static uint64_t pick_bits(uint64_t bits, uint64_t mask)
 *       the bits where mask has one, moved together
 *   put_8, put_16, put_32, put_more
 *       see words_sets.h
 */
#ifndef MC_CONCEPTS_WORDS_STAGES_H
#define MC_CONCEPTS_WORDS_STAGES_H

#include "concepts/words_block.h"

#ifndef TOKENS_BY_ENDS
#error "these stages know tokens by their ends"
#endif

/* Writes base + the number of each bit that is set. Eight are written at a time, whether there are
 * that many or not, since the loop's end is what a processor guesses wrongly. */
static inline uint32_t list_bits(uint16_t *to, uint32_t n, uint64_t bits, uint32_t base) {
    uint32_t count = count_bits(bits);
    for (uint32_t i = 0; i < count; i += 8) {
        for (uint32_t j = 0; j < 8; j++) {
            to[n + i + j] = (uint16_t)(base + (uint32_t)first_bit(bits));
            bits &= bits - 1;
        }
    }
    return n + count;
}

/* ---- filling the block ---- */

/* Copies by steps of a fixed size, the last of which may overlap the one before. */
static inline void copy_text(char *to, const char *from, size_t size) {
    enum { STEP = 32 };
    if (size < STEP) {
        for (size_t i = 0; i < size; i++)
            to[i] = from[i];
        return;
    }
    for (size_t at = 0; at < size - STEP; at += STEP)
        memcpy(to + at, from + at, STEP);
    memcpy(to + size - STEP, from + size - STEP, STEP);
}

STAGE uint32_t copy_texts(words_block *b, const mc_bytes *texts, size_t n) {
    uint32_t size = 0, i = 0;
    for (; i < n && i < BLOCK_TEXTS; i++) {
        size_t length = texts[i].size;
        if (length >= BLOCK_BYTES - size)
            break;
        copy_text(b->text + size, texts[i].data, length);
        b->text_start[i] = size;
        size += (uint32_t)length;
        b->text[size++] = ' ';
    }
    memset(b->text + size, ' ', BLOCK_PAD / 2);
    b->text_start[i] = size;
    b->bytes = b->text;
    b->n_texts = i;
    b->size = size;
    return i;
}

static inline uint32_t fill(words_block *b, const mc_bytes *texts, size_t n) {
    uint32_t n_texts = view_texts(b, texts, n);
    return n_texts > 0 ? n_texts : copy_texts(b, texts, n);
}

/* ---- tokens ---- */

/* Token i starts at the i-th start and ends at the i-th stop. */
STAGE void tokenise(words_block *b) {
    uint32_t n_chunks = (b->size + 63) / 64, n = 0, n_stops = 0;
    uint64_t was_end = 1, was_blank = 1, was_mark = 0, were_ends = 3;
    classify_block(b->bytes, n_chunks + 1, b->blank_bits, b->mark_bits);
    b->blank_bits[n_chunks] = ~(uint64_t)0;
    b->mark_bits[n_chunks] = 0;
    if (b->size % 64 > 0) {
        uint64_t outside = ~(uint64_t)0 << b->size % 64;
        b->blank_bits[n_chunks - 1] |= outside;
        b->mark_bits[n_chunks - 1] &= ~outside;
    }
    b->breaks[0] = 0;
    /* One chunk more, for the end of a mark that ends the last. */
    for (uint32_t k = 0; k <= n_chunks; k++) {
        uint64_t blank = b->blank_bits[k], mark = b->mark_bits[k], end = blank | mark;
        uint64_t before_end = end << 1 | was_end, before_blank = blank << 1 | was_blank;
        uint64_t starts = (~end & before_end) | mark;
        uint64_t stops = (end & ~before_end) | mark << 1 | was_mark;
        uint64_t breaks = (mark & before_end) | (~end & before_blank & (end << 2 | were_ends));
        was_end = end >> 63;
        was_blank = blank >> 63;
        was_mark = mark >> 63;
        were_ends = end >> 62;
        b->start_bits[k] = starts;
        b->first_token[k] = (uint16_t)n;
        uint64_t token_breaks = pick_bits(breaks, starts);
        b->breaks[n >> 6] |= token_breaks << (n & 63);
        b->breaks[(n >> 6) + 1] = (token_breaks >> 1) >> (63 - (n & 63));
        n = list_bits(b->from, n, starts, 64 * k);
        n_stops = list_bits(b->to, n_stops, stops, 64 * k);
    }
    b->breaks[(n >> 6) + 1] = 0;
    b->n_tokens = n;
}

STAGE void part_texts(words_block *b) {
    for (uint32_t i = 0; i <= b->n_texts; i++) {
        uint32_t at = b->text_start[i];
        uint64_t below = b->start_bits[at >> 6] & (((uint64_t)1 << (at & 63)) - 1);
        uint32_t token = b->first_token[at >> 6] + count_bits(below);
        b->text_token[i] = token;
        b->breaks[token >> 6] |= (uint64_t)1 << (token & 63);
    }
}

/* ---- words ---- */

#ifndef HAVE_FIND_CACHED
/* As many tokens at a time as the first-level cache has room for their slots. */
enum { CACHED_STEP = 256 };

static inline void place_words(const mc_words_scratch *s, words_block *b, uint32_t i,
                               uint32_t end) {
    static const uint64_t blank_masks[9] = BLANK_MASKS;
    for (; i < end; i++) {
        uint32_t start = b->from[i], length = b->to[i] - start;
        uint64_t key, blank = blank_masks[length < 8 ? length : 8];
        memcpy(&key, b->bytes + start, sizeof key);
        key = (key & ~blank) | (MC_WORDS_BLANKS & blank);
        b->key[i] = key;
        b->place[i] = mc_word_cache_slot(key);
        __builtin_prefetch(&s->words[b->place[i]]);
    }
}

STAGE void find_cached(const mc_words_scratch *s, words_block *b) {
    uint32_t n = b->n_tokens, n_missed = 0, n_wide = 0;
    for (uint32_t i = 0; i < n;) {
        uint32_t end = n - i < CACHED_STEP ? n : i + CACHED_STEP;
        place_words(s, b, i, end);
        for (; i < end; i++) {
            const mc_short_word *cached = &s->words[b->place[i]];
            bool wide = token_length(b, i) > 8;
            b->code[i] = cached->code;
            b->masks[i] = cached->next | (uint32_t)cached->previous << 16;
            b->words.item[n_missed] = b->wide[n_wide] = (uint16_t)i;
            n_missed += (cached->key != b->key[i]) & !wide;
            n_wide += wide;
        }
    }
    b->words.n = n_missed;
    b->n_wide = n_wide;
}

#endif

static inline void find_words(mc_words_scratch *s, words_block *b) {
    find_cached(s, b);
    find_others(s, b);
    set_word(b, b->n_tokens, 0);
}

/* ---- neighbours ---- */

#ifndef HAVE_FIND_NEIGHBOURS
STAGE void find_neighbours(const mc_words_scratch *s, words_block *b) {
    const mc_words_header *h = &s->view->header;
    const bool gaps = (h->flags & MC_WORDS_GAPS) != 0;
    uint32_t n = b->n_tokens, n_entries = h->n_entries, n_singles = 0, n_candidates = 0;
    uint32_t *single_id = single_ids(b);
    for (uint32_t i = 0; i <= n; i++) {
        uint32_t left = b->code[i], right = b->code[i + 1];
        uint32_t single = left - 1 < n_entries;
        if (i % 16 == 0)
            b->single_rank[i >> 4] = n_singles << 16;
        b->single_rank[i >> 4] |= single << (i & 15);
        single_id[n_singles] = left - 1;
        n_singles += single;
        if (i == n)
            break;
        uint32_t joins = b->masks[i] >> (right & 15) & b->masks[i + 1] >> 16 >> (left & 15) & 1;
        uint32_t apart = is_break(b, i + 1);
        if (gaps && (joins & apart & h->gap_classes >> (left & 31)))
            check_gap(s, b, i);
        b->candidate[n_candidates] = (uint16_t)i;
        n_candidates += joins & ~apart;
    }
    b->n_singles = n_singles;
    b->n_candidates = n_candidates;
}
#endif

/* ---- pairs ---- */

#ifndef HAVE_FIND_PAIRS_CACHED
STAGE void find_pairs_cached(const mc_words_scratch *s, words_block *b) {
    uint32_t n_missed = 0;
    for (uint32_t i = 0; i < b->n_candidates; i++) {
        b->key[i] = candidate_key(b, i);
        b->place[i] = mc_pair_cache_slot(b->key[i]);
        __builtin_prefetch(&s->pairs[b->place[i]]);
    }
    for (uint32_t i = 0; i < b->n_candidates; i++) {
        const mc_word_pair *cached = &s->pairs[b->place[i]];
        b->entry[i] = cached->entry;
        b->node[i] = cached->node;
        b->pairs.item[n_missed] = (uint16_t)i;
        n_missed += cached->key != b->key[i];
    }
    b->pairs.n = n_missed;
}
#endif

STAGE uint32_t pick_pairs(const mc_words_scratch *s, words_block *b) {
    uint32_t n_entries = s->view->header.n_entries, n_multis = 0, n_walks = 0;
    uint32_t n_ranks = (b->n_tokens >> 4) + 1;
    uint32_t *multi_id = multi_ids(b);
    memset(b->multi_rank, 0, n_ranks * sizeof *b->multi_rank);
    for (uint32_t i = 0; i < b->n_candidates; i++) {
        uint32_t token = b->candidate[i], multi = b->entry[i] - 1 < n_entries;
        b->walk_token[n_walks] = token;
        multi_id[n_multis] = b->entry[i] - 1;
        b->walk_node[n_walks] = b->node[i];
        b->multi_rank[token >> 4] |= multi << (token & 15);
        n_multis += multi;
        n_walks += b->node[i] != 0;
    }
    n_multis = 0;
    for (uint32_t i = 0; i < n_ranks; i++) {
        uint32_t bits = b->multi_rank[i];
        b->multi_rank[i] |= n_multis << 16;
        n_multis += count_bits(bits);
    }
    b->n_multis = n_multis;
    return n_walks;
}

static inline bool find_pairs(mc_words_scratch *s, words_block *b) {
    find_pairs_cached(s, b);
    ask_pairs(s, b);
    choose_slots(&b->pairs, &s->view->pairs, sizeof(mc_word_pair));
    take_pairs(s, b);
    return walk(s, b, pick_pairs(s, b));
}

#include "concepts/words_sets.h"

#endif
