/* The path that is right for every text and fast for none: one pass, token by token, with the
 * beginnings of entries that are still open kept as a list of nodes. Texts that do not fit a block,
 * and those that may hold an entry with an empty token, come here.
 *
 * Spacing is counted, not written: a separator is one space, a mark has one on either side, and a
 * gap of k spaces between two words holds k - 1 empty tokens. */
#include <stdlib.h>

#include "concepts/words_scratch.h"

/* A set is sorted before it is finished when it has grown past this many ids, and twice as many
 * as were different the last time. */
enum { SET_MAX_UNSORTED = 1 << 20 };

/* No entry has more tokens, so no more of its beginnings can be open at once. */
enum { NODES_MAX = MC_ENTRY_MAX_BYTES + 1 };

const uint8_t mc_token_end[256] = {
    [' '] = MC_BLANK, ['\t'] = MC_BLANK, ['\n'] = MC_BLANK, ['\r'] = MC_BLANK,
    [','] = MC_MARK,  ['.'] = MC_MARK,   [';'] = MC_MARK,   [':'] = MC_MARK,
    ['?'] = MC_MARK,  ['!'] = MC_MARK,   ['`'] = MC_MARK,
};

/* Where a text stands. */
typedef struct state {
    mc_words_scratch *scratch;
    mc_word_info previous; /* the token before, or 0 */
    size_t first;          /* of the text's ids */
    size_t sort_at;        /* number of ids to sort at */
} state;

static mc_status make_room(state *t, mc_error *error) {
    mc_words_scratch *s = t->scratch;
    size_t n = s->n_ids - t->first;
    if (n >= t->sort_at) {
        n = mc_words_sort_ids(s->ids + t->first, n);
        s->n_ids = t->first + n;
        t->sort_at = n > SET_MAX_UNSORTED / 2 ? 2 * n : SET_MAX_UNSORTED;
    }
    return MC_GROW(s->ids, s->ids_capacity, s->n_ids + 1, error);
}

static inline mc_status emit(state *t, uint32_t code, mc_error *error) {
    mc_words_scratch *s = t->scratch;
    if (code - 1 >= s->view->header.n_entries)
        return MC_OK;
    if (s->n_ids == s->ids_capacity || s->n_ids - t->first >= t->sort_at)
        MC_TRY(make_room(t, error));
    s->ids[s->n_ids++] = code - 1;
    return MC_OK;
}

static mc_word_info find_word_slowly(mc_words_scratch *s, const char *word, size_t size,
                                     uint64_t key, mc_short_word *cached) {
    mc_word_info info = mc_words_find(s->view, word, size);
    if (s->misses++ % MC_WORD_CACHE_REPLACE == 0)
        *cached = (mc_short_word){key, mc_info_code(info), (uint16_t)(info >> 32),
                                  (uint16_t)(info >> 48)};
    return info;
}

/* after: bytes of the text from the word on; from 8 on a short word is loaded at once. */
static inline mc_word_info find_word(mc_words_scratch *s, const char *word, size_t size,
                                     size_t after) {
    if (size > 8)
        return mc_words_find(s->view, word, size);
    uint64_t key;
    if (after >= 8) {
        uint64_t blank = size == 8 ? 0 : ~(uint64_t)0 << (8 * size);
        memcpy(&key, word, 8);
        key = (key & ~blank) | (MC_WORDS_BLANKS & blank);
    } else {
        key = mc_short_key(word, size);
    }
    mc_short_word *cached = &s->words[mc_word_cache_slot(key)];
    if (cached->key == key)
        return mc_info(cached->code, cached->next, cached->previous);
    return find_word_slowly(s, word, size, key, cached);
}

static inline mc_word_pair find_pair(mc_words_scratch *s, uint32_t a, uint32_t b) {
    uint64_t key = mc_pair_key(a, b);
    mc_word_pair *cached = &s->pairs[mc_pair_cache_slot(key)];
    if (cached->key == key)
        return *cached;
    mc_word_pair pair = mc_words_find_pair(s->view, key);
    if (s->misses++ % MC_PAIR_CACHE_REPLACE == 0)
        *cached = pair;
    return pair;
}

static inline mc_status follow(state *t, uint32_t from, uint32_t over, mc_error *error) {
    mc_words_scratch *s = t->scratch;
    mc_word_pair pair = find_pair(s, from, over);
    if (pair.node && s->n_nodes < NODES_MAX) {
        MC_TRY(MC_GROW(s->nodes, s->nodes_capacity, s->n_nodes + 1, error));
        s->nodes[s->n_nodes++] = pair.node;
    }
    return emit(t, pair.entry, error);
}

/* Takes the next token, empty ones included. */
static inline mc_status step(state *t, mc_word_info info, mc_error *error) {
    mc_words_scratch *s = t->scratch;
    uint32_t code = mc_info_code(info);
    size_t n_open = s->n_nodes;
    if (n_open > 0) {
        s->n_nodes = 0;
        /* Node i is read before its place can be written. */
        for (size_t i = 0; code && i < n_open; i++)
            MC_TRY(follow(t, s->nodes[i], code, error));
    }
    if (mc_info_joins(t->previous, info))
        MC_TRY(follow(t, mc_info_code(t->previous), code, error));
    t->previous = info;
    return emit(t, code, error);
}

/* Takes n empty tokens. */
static inline mc_status pass_gap(state *t, size_t n, mc_error *error) {
    const mc_words_header *h = &t->scratch->view->header;
    if (!(h->flags & MC_WORDS_GAPS)) {
        t->previous = 0;
        t->scratch->n_nodes = 0;
        return MC_OK;
    }
    while (n-- > 0)
        MC_TRY(step(t, mc_info(h->empty_code, UINT16_MAX, UINT16_MAX), error));
    return MC_OK;
}

mc_status mc_words_scan_text(mc_words_scratch *s, mc_bytes text, mc_error *error) {
    state t = {.scratch = s, .first = s->n_ids, .sort_at = SET_MAX_UNSORTED};
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.size;
    size_t spaces = 1;
    s->n_nodes = 0;
    while (at < end) {
        unsigned char class = mc_token_end[*at];
        if (class == MC_BLANK) {
            spaces++;
            at++;
            continue;
        }
        const unsigned char *word = at++;
        if (class == MC_MARK)
            spaces++;
        else
            while (at < end && mc_token_end[*at] == MC_PLAIN)
                at++;
        if (spaces > 1)
            MC_TRY(pass_gap(&t, spaces - 1, error));
        MC_TRY(step(&t, find_word(s, (const char *)word, (size_t)(at - word), (size_t)(end - word)),
                    error));
        spaces = class == MC_MARK;
    }
    if (spaces > 0)
        MC_TRY(pass_gap(&t, spaces, error));
    return mc_words_finish_set(s, t.first, error);
}

mc_status mc_words_scan_texts(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                              uint32_t *offsets, mc_error *error) {
    for (size_t i = 0; i < n; i++) {
        MC_TRY(mc_words_scan_text(s, texts[i], error));
        MC_TRY(mc_words_end_set(s, &offsets[i + 1], error));
    }
    return MC_OK;
}
