/* Compiling, first half: entries into words, words into codes, entries of several words into a
 * trie over codes whose steps are pairs. Everything is numbered in the order of its first
 * appearance, so that the section depends on the list alone. */
#include "concepts/words_build.h"

#include <stdlib.h>

#include "base/hash.h"
#include "concepts/words_perfect.h"

/* A search through the index longer than this means that somebody chose the keys: it is then laid
 * anew under another seed, a bounded number of times. */
enum { PROBE_LIMIT = 1000, SEEDS = 16 };

static uint64_t next_seed(uint64_t seed) {
    return mc_words_mix(seed + 0x9e3779b97f4a7c15u);
}

static mc_status make_index(mc_build_index *index, size_t n_max, mc_error *error) {
    size_t size = 64;
    while (size < n_max + n_max / 2)
        size *= 2;
    index->mask = size - 1;
    return MC_ALLOC(index->slots, size, error);
}

/* ---- words ---- */

static size_t word_home(const mc_build *b, uint64_t hash) {
    return (size_t)mc_words_mix(hash ^ b->word_index.seed) & b->word_index.mask;
}

static void reseed_words(mc_build *b, unsigned *n_seeds) {
    mc_build_index *index = &b->word_index;
    index->seed = next_seed(index->seed);
    ++*n_seeds;
    memset(index->slots, 0, (index->mask + 1) * sizeof *index->slots);
    for (size_t i = 0; i < b->n_words; i++) {
        size_t at = word_home(b, b->words[i].hash);
        while (index->slots[at])
            at = (at + 1) & index->mask;
        index->slots[at] = (uint32_t)i + 1;
    }
}

static mc_status find_word(mc_build *b, const char *data, size_t size, unsigned *n_seeds,
                           uint32_t *out, mc_error *error) {
    uint64_t hash = mc_hash64(data, size);
    mc_build_index *index = &b->word_index;
    size_t at = word_home(b, hash);
    for (size_t probes = 0; index->slots[at]; probes++) {
        const mc_build_word *word = &b->words[index->slots[at] - 1];
        if (word->hash == hash && word->size == size && memcmp(word->data, data, size) == 0) {
            *out = index->slots[at] - 1;
            return MC_OK;
        }
        at = (at + 1) & index->mask;
        if (probes == PROBE_LIMIT && *n_seeds < SEEDS) {
            reseed_words(b, n_seeds);
            at = word_home(b, hash);
            probes = 0;
        }
    }
    if (b->n_words >= MC_WORDS_CODE_LIMIT)
        return mc_fail(error, MC_E_LIMIT, "the entries have more than 2^31 different words");
    MC_TRY(MC_GROW(b->words, b->words_capacity, b->n_words + 1, error));
    b->words[b->n_words] = (mc_build_word){.data = data, .hash = hash, .size = (uint32_t)size};
    *out = (uint32_t)b->n_words++;
    index->slots[at] = *out + 1;
    return MC_OK;
}

static mc_status add_repeat(mc_build *b, uint32_t first, size_t id, mc_error *error) {
    MC_TRY(MC_GROW(b->repeats, b->repeats_capacity, b->n_repeats + 1, error));
    b->repeats[b->n_repeats++] = (mc_word_repeat){first, (uint32_t)id};
    return MC_OK;
}

/* Tokens of an entry, or 0 for one that is dead. */
static size_t count_tokens(mc_bytes entry) {
    if (mc_entry_is_dead(entry.data, entry.size, MC_RULES_METACLIP1))
        return 0;
    size_t n = 1;
    for (size_t i = 0; i < entry.size; i++)
        n += entry.data[i] == ' ';
    return n;
}

static mc_status split(mc_build *b, size_t id, unsigned *n_seeds, mc_error *error) {
    const char *at = b->entries[id].data, *end = at + b->entries[id].size;
    size_t first = b->starts[id], n = b->starts[id + 1] - first;
    for (size_t i = 0; i < n; i++) {
        const char *stop = at < end ? memchr(at, ' ', (size_t)(end - at)) : NULL;
        if (!stop)
            stop = end;
        b->tokens[first + i] = MC_EMPTY_WORD;
        if (stop > at)
            MC_TRY(find_word(b, at, (size_t)(stop - at), n_seeds, &b->tokens[first + i], error));
        at = stop + 1;
    }
    if (n != 1)
        return MC_OK;
    mc_build_word *word = &b->words[b->tokens[first]];
    if (word->code)
        return add_repeat(b, word->code - 1, id, error);
    word->code = (uint32_t)id + 1;
    return MC_OK;
}

mc_status mc_build_words(mc_build *b, mc_error *error) {
    if (b->n_entries > MC_ENTRIES_MAX)
        return mc_fail(error, MC_E_LIMIT, "a list may have at most %d entries", MC_ENTRIES_MAX);
    MC_TRY(MC_ALLOC(b->starts, b->n_entries + 1, error));
    for (size_t i = 0; i < b->n_entries; i++) {
        if (b->entries[i].size > MC_ENTRY_MAX_BYTES)
            return mc_fail(error, MC_E_LIMIT, "entry %zu has %zu bytes, more than %d", i,
                           b->entries[i].size, MC_ENTRY_MAX_BYTES);
        b->starts[i + 1] = b->starts[i] + count_tokens(b->entries[i]);
    }
    size_t n_tokens = b->starts[b->n_entries];
    if (n_tokens >= MC_WORDS_CODE_LIMIT)
        return mc_fail(error, MC_E_LIMIT, "the entries have more than 2^31 words");
    MC_TRY(MC_ALLOC(b->tokens, n_tokens, error));
    MC_TRY(make_index(&b->word_index, n_tokens, error));
    unsigned n_seeds = 0;
    for (size_t i = 0; i < b->n_entries; i++)
        if (b->starts[i + 1] > b->starts[i])
            MC_TRY(split(b, i, &n_seeds, error));

    b->empty_code = (uint32_t)b->n_entries + 1;
    uint64_t code = (uint64_t)b->empty_code + 1;
    for (size_t i = 0; i < b->n_words; i++)
        if (!b->words[i].code)
            b->words[i].code = (uint32_t)code++;
    /* Each token may become a node besides. */
    if (code + n_tokens >= MC_WORDS_CODE_LIMIT)
        return mc_fail(error, MC_E_LIMIT, "the entries have too many words");
    b->n_codes = (uint32_t)code;
    return MC_OK;
}

/* ---- pairs ---- */

static size_t pair_home(const mc_build *b, uint64_t key) {
    return (size_t)mc_words_mix(key ^ b->pair_index.seed) & b->pair_index.mask;
}

static void reseed_pairs(mc_build *b, unsigned *n_seeds) {
    mc_build_index *index = &b->pair_index;
    index->seed = next_seed(index->seed);
    ++*n_seeds;
    memset(index->slots, 0, (index->mask + 1) * sizeof *index->slots);
    for (size_t i = 0; i < b->n_pairs; i++) {
        size_t at = pair_home(b, b->pairs[i].key);
        while (index->slots[at])
            at = (at + 1) & index->mask;
        index->slots[at] = (uint32_t)i + 1;
    }
}

/* The index of the pair a, b, which is new when it is not there. */
static mc_status find_pair(mc_build *b, uint64_t key, unsigned *n_seeds, size_t *out,
                           mc_error *error) {
    mc_build_index *index = &b->pair_index;
    size_t at = pair_home(b, key);
    for (size_t probes = 0; index->slots[at]; probes++) {
        *out = index->slots[at] - 1;
        if (b->pairs[*out].key == key)
            return MC_OK;
        at = (at + 1) & index->mask;
        if (probes == PROBE_LIMIT && *n_seeds < SEEDS) {
            reseed_pairs(b, n_seeds);
            at = pair_home(b, key);
            probes = 0;
        }
    }
    MC_TRY(MC_GROW(b->pairs, b->pairs_capacity, b->n_pairs + 1, error));
    *out = b->n_pairs++;
    b->pairs[*out] = (mc_word_pair){.key = key};
    index->slots[at] = (uint32_t)*out + 1;
    return MC_OK;
}

static uint32_t code_of(const mc_build *b, uint32_t token) {
    return token == MC_EMPTY_WORD ? b->empty_code : b->words[token].code;
}

static void allow_neighbours(mc_build *b, uint32_t left, uint32_t right) {
    uint32_t right_class = code_of(b, right) & 15, left_class = code_of(b, left) & 15;
    if (left != MC_EMPTY_WORD)
        b->words[left].next |= (uint16_t)(1u << right_class);
    if (right != MC_EMPTY_WORD)
        b->words[right].previous |= (uint16_t)(1u << left_class);
}

/* The first two words of the entry with only empty tokens between them are marked, so that a scan
 * that passes over empty tokens knows which texts to look at again. */
static mc_status mark_gap(mc_build *b, const uint32_t *tokens, size_t n, unsigned *n_seeds,
                          mc_error *error) {
    size_t left = n;
    bool gap = false;
    for (size_t i = 0; i < n; i++) {
        if (tokens[i] == MC_EMPTY_WORD) {
            gap = true;
            continue;
        }
        if (left < n && i > left + 1) {
            allow_neighbours(b, tokens[left], tokens[i]);
            size_t pair;
            uint64_t key =
                mc_pair_key(code_of(b, tokens[left]) | MC_WORDS_GAP_BIT, code_of(b, tokens[i]));
            size_t n_before = b->n_pairs;
            MC_TRY(find_pair(b, key, n_seeds, &pair, error));
            b->n_gap_pairs += b->n_pairs - n_before;
            b->flags |= MC_WORDS_GAPS;
            return MC_OK;
        }
        left = i;
    }
    if (gap)
        b->flags |= MC_WORDS_GAPS | MC_WORDS_OUTER_GAPS;
    return MC_OK;
}

static mc_status lay(mc_build *b, size_t id, unsigned *n_seeds, mc_error *error) {
    const uint32_t *tokens = b->tokens + b->starts[id];
    size_t n = b->starts[id + 1] - b->starts[id];
    if (n < 2)
        return MC_OK;
    MC_TRY(mark_gap(b, tokens, n, n_seeds, error));
    allow_neighbours(b, tokens[0], tokens[1]);
    uint32_t from = code_of(b, tokens[0]);
    for (size_t i = 1; i < n; i++) {
        size_t at;
        MC_TRY(find_pair(b, mc_pair_key(from, code_of(b, tokens[i])), n_seeds, &at, error));
        mc_word_pair *pair = &b->pairs[at];
        if (i + 1 == n && pair->entry)
            return add_repeat(b, pair->entry - 1, id, error);
        if (i + 1 == n)
            pair->entry = (uint32_t)id + 1;
        else if (!pair->node)
            pair->node = b->n_codes++;
        from = pair->node;
    }
    return MC_OK;
}

mc_status mc_build_pairs(mc_build *b, mc_error *error) {
    size_t n_max = 0;
    for (size_t i = 0; i < b->n_entries; i++)
        if (b->starts[i + 1] > b->starts[i] + 1)
            n_max += b->starts[i + 1] - b->starts[i]; /* its steps, and one across a gap */
    MC_TRY(make_index(&b->pair_index, n_max, error));
    unsigned n_seeds = 0;
    for (size_t i = 0; i < b->n_entries; i++)
        MC_TRY(lay(b, i, &n_seeds, error));
    return MC_OK;
}

void mc_build_dispose(mc_build *b) {
    free(b->starts);
    free(b->tokens);
    free(b->words);
    free(b->word_index.slots);
    free(b->pairs);
    free(b->pair_index.slots);
    free(b->repeats);
    *b = (mc_build){0};
}

mc_status mc_words_compile(mc_buffer *out, const mc_bytes *entries, size_t n, mc_error *error) {
    mc_build build = {.entries = entries, .n_entries = n, .bucket_limit = MC_BUCKET_LIMIT};
    size_t size_before = out->size;
    mc_status status = mc_build_words(&build, error);
    if (status == MC_OK)
        status = mc_build_pairs(&build, error);
    if (status == MC_OK)
        status = mc_build_write(&build, out, error);
    if (status != MC_OK)
        out->size = size_before;
    mc_build_dispose(&build);
    return status;
}
