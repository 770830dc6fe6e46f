/* Compiling, second half: words and pairs into the tables of a section. */
#include <stdlib.h>

#include "base/hash.h"
#include "concepts/words_build.h"
#include "concepts/words_perfect.h"

/* Attempts at a perfect hash without misfits. An ordinary list needs one. */
enum { ATTEMPTS = 8 };
/* Bits of the gap filter for each pair across a gap, at least. */
enum { GAP_BITS_A_PAIR = 64, GAP_BITS_MIN = 12, GAP_BITS_MAX = 32 };

/* The section so far. Offsets count from its header. */
typedef struct section {
    mc_buffer *out;
    size_t start;
    mc_words_header header;
} section;

static mc_status align(mc_buffer *out, mc_error *error) {
    static const char zeros[MC_WORDS_ALIGN];
    return mc_buffer_append(out, zeros,
                            (MC_WORDS_ALIGN - out->size % MC_WORDS_ALIGN) % MC_WORDS_ALIGN, error);
}

static mc_status append(section *s, const void *data, size_t size, uint64_t *offset,
                        mc_error *error) {
    *offset = s->out->size - s->start;
    MC_TRY(mc_buffer_append(s->out, data, size, error));
    return align(s->out, error);
}

/* The parts that go into one table. */
typedef struct table {
    size_t n;
    uint32_t *items; /* indices of words or pairs */
    uint64_t *hashes;
    uint32_t *slots;
    uint8_t *pilots;
    size_t n_misfits;
    mc_table_place place;
} table;

static void dispose(table *t) {
    free(t->items);
    free(t->hashes);
    free(t->slots);
    free(t->pilots);
}

static void word_key(const mc_build_word *word, uint64_t key[2]) {
    key[0] = key[1] = MC_WORDS_BLANKS;
    memcpy(key, word->data, word->size);
}

static uint64_t short_word_hash(const mc_build *b, uint32_t item, uint64_t seed) {
    return mc_short_hash(mc_short_key(b->words[item].data, b->words[item].size), seed);
}

static uint64_t wide_word_hash(const mc_build *b, uint32_t item, uint64_t seed) {
    uint64_t key[2];
    word_key(&b->words[item], key);
    return mc_wide_hash(key[0], key[1], seed);
}

static uint64_t pair_hash(const mc_build *b, uint32_t item, uint64_t seed) {
    return mc_short_hash(b->pairs[item].key, seed);
}

/* Finds slots for the t->n items. */
static mc_status fit(const mc_build *b, table *t,
                     uint64_t (*hash)(const mc_build *b, uint32_t item, uint64_t seed),
                     mc_error *error) {
    t->place.n_buckets = mc_perfect_buckets(t->n);
    MC_TRY(MC_ALLOC(t->hashes, t->n, error));
    MC_TRY(MC_ALLOC(t->slots, t->n, error));
    MC_TRY(MC_ALLOC(t->pilots, t->place.n_buckets, error));
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        t->place.seed = mc_words_mix(attempt + 1);
        t->place.n_slots = mc_perfect_slots(t->n, attempt);
        for (size_t i = 0; i < t->n; i++)
            t->hashes[i] = hash(b, t->items[i], t->place.seed);
        MC_TRY(mc_perfect_build(t->hashes, t->n, b->bucket_limit, t->place.n_buckets,
                                t->place.n_slots, t->pilots, t->slots, &t->n_misfits, error));
        if (t->n_misfits == 0)
            break;
    }
    return MC_OK;
}

/* Makes zeroed room for the slots and appends the groups of buckets. */
static mc_status append_table(section *s, table *t, size_t slot_size, mc_error *error) {
    size_t size = (size_t)t->place.n_slots * slot_size;
    t->place.slots_offset = s->out->size - s->start;
    MC_TRY(mc_buffer_reserve(s->out, size, error));
    memset(s->out->data + s->out->size, 0, size);
    s->out->size += size;
    MC_TRY(align(s->out, error));

    uint32_t n_groups = t->place.n_buckets / MC_GROUP_BUCKETS + 1;
    uint64_t *groups;
    MC_TRY(MC_ALLOC(groups, n_groups, error));
    for (uint32_t i = 0; i < t->place.n_buckets; i++)
        groups[i / MC_GROUP_BUCKETS] |= (uint64_t)t->pilots[i] << mc_pilot_shift(i);
    for (size_t i = 0; i < t->n; i++)
        groups[mc_perfect_bucket(t->hashes[i], t->place.n_buckets) / MC_GROUP_BUCKETS] |=
            mc_filter_bits(t->hashes[i]);
    mc_status status = append(s, groups, n_groups * sizeof *groups, &t->place.groups_offset, error);
    free(groups);
    return status;
}

static char *slot_at(section *s, const table *t, size_t i, size_t slot_size) {
    return s->out->data + s->start + t->place.slots_offset + t->slots[i] * slot_size;
}

/* ---- words ---- */

/* Words of more than 16 bytes and misfits, in the order they are searched in. */
typedef struct long_list {
    const mc_build_word **words;
    size_t n;
} long_list;

static int compare_long(const void *a, const void *b) {
    const mc_build_word *x = *(const mc_build_word *const *)a;
    const mc_build_word *y = *(const mc_build_word *const *)b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return memcmp(x->data, y->data, x->size);
}

static mc_status append_long_words(section *s, long_list *list, mc_error *error) {
    mc_words_header *h = &s->header;
    qsort(list->words, list->n, sizeof *list->words, compare_long);
    h->n_long_words = (uint32_t)list->n;
    h->long_bits = 1;
    while (h->long_bits < 30 && (size_t)1 << h->long_bits < list->n)
        h->long_bits++;
    size_t n_starts = ((size_t)1 << h->long_bits) + 1;
    mc_long_word *records = NULL;
    uint32_t *starts = NULL;
    mc_buffer bytes = {0};
    mc_status status = MC_ALLOC(records, list->n, error);
    if (status == MC_OK)
        status = MC_ALLOC(starts, n_starts, error);
    for (size_t i = 0; status == MC_OK && i < list->n; i++) {
        const mc_build_word *word = list->words[i];
        if (bytes.size + word->size > UINT32_MAX)
            status = mc_fail(error, MC_E_LIMIT, "the long words have more than 4 GiB");
        else
            status = mc_buffer_append(&bytes, word->data, word->size, error);
        records[i] = (mc_long_word){word->hash, (uint32_t)bytes.size - word->size,
                                    word->size, word->code,
                                    word->next, word->previous};
        starts[(word->hash >> (64 - h->long_bits)) + 1]++;
    }
    if (status == MC_OK) {
        for (size_t i = 1; i < n_starts; i++)
            starts[i] += starts[i - 1];
        status = append(s, starts, n_starts * sizeof *starts, &h->long_starts_offset, error);
    }
    if (status == MC_OK)
        status = append(s, records, list->n * sizeof *records, &h->long_words_offset, error);
    h->long_bytes_size = bytes.size;
    if (status == MC_OK)
        status = append(s, bytes.data, bytes.size, &h->long_bytes_offset, error);
    free(records);
    free(starts);
    mc_buffer_dispose(&bytes);
    return status;
}

static mc_status write_words(section *s, const mc_build *b, table *narrow, table *wide,
                             long_list *list, mc_error *error) {
    MC_TRY(MC_ALLOC(narrow->items, b->n_words, error));
    MC_TRY(MC_ALLOC(wide->items, b->n_words, error));
    MC_TRY(MC_ALLOC(list->words, b->n_words, error));
    for (size_t i = 0; i < b->n_words; i++) {
        if (b->words[i].size <= 8)
            narrow->items[narrow->n++] = (uint32_t)i;
        else if (b->words[i].size <= 16)
            wide->items[wide->n++] = (uint32_t)i;
        else
            list->words[list->n++] = &b->words[i];
    }
    MC_TRY(fit(b, narrow, short_word_hash, error));
    MC_TRY(fit(b, wide, wide_word_hash, error));
    s->header.n_misfits = (uint32_t)(narrow->n_misfits + wide->n_misfits);

    MC_TRY(append_table(s, narrow, sizeof(mc_short_word), error));
    for (size_t i = 0; i < narrow->n; i++) {
        const mc_build_word *word = &b->words[narrow->items[i]];
        if (narrow->slots[i] == MC_MISFIT) {
            list->words[list->n++] = word;
            continue;
        }
        mc_short_word slot = {mc_short_key(word->data, word->size), word->code, word->next,
                              word->previous};
        memcpy(slot_at(s, narrow, i, sizeof slot), &slot, sizeof slot);
    }
    MC_TRY(append_table(s, wide, sizeof(mc_wide_word), error));
    for (size_t i = 0; i < wide->n; i++) {
        const mc_build_word *word = &b->words[wide->items[i]];
        if (wide->slots[i] == MC_MISFIT) {
            list->words[list->n++] = word;
            continue;
        }
        mc_wide_word slot = {.code = word->code, .next = word->next, .previous = word->previous};
        word_key(word, slot.key);
        memcpy(slot_at(s, wide, i, sizeof slot), &slot, sizeof slot);
    }
    s->header.short_words = narrow->place;
    s->header.wide_words = wide->place;
    return append_long_words(s, list, error);
}

/* ---- pairs ---- */

static int compare_pairs(const void *a, const void *b) {
    uint64_t x = ((const mc_word_pair *)a)->key, y = ((const mc_word_pair *)b)->key;
    return (x > y) - (x < y);
}

static mc_status append_misfits(section *s, const mc_build *b, const table *t, mc_error *error) {
    mc_word_pair *misfits;
    MC_TRY(MC_ALLOC(misfits, t->n_misfits, error));
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        if (t->slots[i] == MC_MISFIT)
            misfits[n++] = b->pairs[i];
    qsort(misfits, n, sizeof *misfits, compare_pairs);
    s->header.n_pair_misfits = (uint32_t)n;
    mc_status status =
        append(s, misfits, n * sizeof *misfits, &s->header.pair_misfits_offset, error);
    free(misfits);
    return status;
}

static mc_status append_gap_filter(section *s, const mc_build *b, mc_error *error) {
    uint32_t bits = GAP_BITS_MIN;
    while (bits < GAP_BITS_MAX && (size_t)1 << bits < b->n_gap_pairs * GAP_BITS_A_PAIR)
        bits++;
    uint64_t *filter;
    MC_TRY(MC_ALLOC(filter, (size_t)1 << (bits - 6), error));
    for (size_t i = 0; i < b->n_pairs; i++) {
        if (b->pairs[i].key & MC_WORDS_GAP_BIT) {
            uint32_t bit = mc_gap_bit(b->pairs[i].key, bits);
            filter[bit >> 6] |= (uint64_t)1 << (bit & 63);
            s->header.gap_classes |= 1u << (b->pairs[i].key & 31);
        }
    }
    s->header.gap_bits = bits;
    mc_status status =
        append(s, filter, ((size_t)1 << bits) / 8, &s->header.gap_filter_offset, error);
    free(filter);
    return status;
}

static mc_status write_pairs(section *s, const mc_build *b, table *t, mc_error *error) {
    MC_TRY(MC_ALLOC(t->items, b->n_pairs, error));
    for (; t->n < b->n_pairs; t->n++)
        t->items[t->n] = (uint32_t)t->n;
    MC_TRY(fit(b, t, pair_hash, error));
    MC_TRY(append_table(s, t, sizeof(mc_word_pair), error));
    for (size_t i = 0; i < t->n; i++)
        if (t->slots[i] != MC_MISFIT)
            memcpy(slot_at(s, t, i, sizeof(mc_word_pair)), &b->pairs[i], sizeof(mc_word_pair));
    s->header.pairs = t->place;
    MC_TRY(append_misfits(s, b, t, error));
    return append_gap_filter(s, b, error);
}

/* ---- repeated entries ---- */

static int compare_repeats(const void *a, const void *b) {
    const mc_word_repeat *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static mc_status write_repeats(section *s, const mc_build *b, mc_error *error) {
    mc_words_header *h = &s->header;
    h->n_repeats = (uint32_t)b->n_repeats;
    if (b->n_repeats == 0)
        return MC_OK;
    qsort(b->repeats, b->n_repeats, sizeof *b->repeats, compare_repeats);
    size_t n_bits = b->n_entries / 64 + 1;
    uint64_t *bits;
    MC_TRY(MC_ALLOC(bits, n_bits, error));
    for (size_t i = 0; i < b->n_repeats; i++)
        bits[b->repeats[i].first >> 6] |= (uint64_t)1 << (b->repeats[i].first & 63);
    mc_status status = append(s, bits, n_bits * sizeof *bits, &h->repeat_bits_offset, error);
    free(bits);
    MC_TRY(status);
    return append(s, b->repeats, b->n_repeats * sizeof *b->repeats, &h->repeats_offset, error);
}

mc_status mc_build_write(const mc_build *b, mc_buffer *out, mc_error *error) {
    MC_TRY(align(out, error));
    section s = {.out = out, .start = out->size};
    memcpy(s.header.magic, MC_WORDS_MAGIC, sizeof s.header.magic);
    s.header.n_entries = (uint32_t)b->n_entries;
    s.header.n_codes = b->n_codes;
    s.header.empty_code = b->empty_code;
    s.header.flags = b->flags;
    s.header.n_words = (uint32_t)b->n_words;
    s.header.n_pairs = (uint32_t)b->n_pairs;
    uint64_t header_offset;
    MC_TRY(append(&s, &s.header, sizeof s.header, &header_offset, error));

    table narrow = {0}, wide = {0}, pairs = {0};
    long_list list = {0};
    mc_status status = write_words(&s, b, &narrow, &wide, &list, error);
    if (status == MC_OK)
        status = write_pairs(&s, b, &pairs, error);
    if (status == MC_OK)
        status = write_repeats(&s, b, error);
    dispose(&narrow);
    dispose(&wide);
    dispose(&pairs);
    free(list.words);
    MC_TRY(status);
    s.header.size = out->size - s.start;
    memcpy(out->data + s.start, &s.header, sizeof s.header);
    return MC_OK;
}
