/* Checking a section. Scanning is written so that wrong contents give wrong matches and nothing
 * worse: slots are reached through hashes cut to the size of their table, ids are compared with
 * the number of entries before they are given out, and a step through the pairs consumes a word.
 * What remains to be checked is that every part lies within the section, and the parts that point
 * elsewhere: long words, and repeats. */
#include "concepts/words.h"

/* True when count items of item_size at offset lie within the section. */
static bool inside(const mc_words_header *h, uint64_t offset, uint64_t count, size_t item_size) {
    return offset % MC_WORDS_ALIGN == 0 && offset >= sizeof *h && offset <= h->size &&
           count <= (h->size - offset) / item_size;
}

static bool view_table(mc_words_table *table, const mc_words_header *h, const char *data,
                       const mc_table_place *place, size_t slot_size) {
    if (place->n_slots == 0 || place->n_buckets == 0 ||
        !inside(h, place->slots_offset, place->n_slots, slot_size) ||
        !inside(h, place->groups_offset, place->n_buckets / MC_GROUP_BUCKETS + 1, sizeof(uint64_t)))
        return false;
    *table =
        (mc_words_table){data + place->slots_offset, (const void *)(data + place->groups_offset),
                         place->seed, place->n_slots, place->n_buckets};
    return true;
}

static bool long_words_hold(const mc_words *v) {
    const mc_words_header *h = &v->header;
    size_t n_buckets = (size_t)1 << h->long_bits;
    if (v->long_starts[0] != 0 || v->long_starts[n_buckets] != h->n_long_words)
        return false;
    for (size_t i = 0; i < n_buckets; i++)
        if (v->long_starts[i] > v->long_starts[i + 1])
            return false;
    for (uint32_t i = 0; i < h->n_long_words; i++) {
        const mc_long_word *word = &v->long_words[i];
        if (word->offset > h->long_bytes_size || word->size > h->long_bytes_size - word->offset)
            return false;
    }
    return true;
}

static bool repeats_hold(const mc_words *v) {
    const mc_words_header *h = &v->header;
    for (uint32_t i = 0; i < h->n_repeats; i++) {
        const mc_word_repeat *repeat = &v->repeats[i];
        if (repeat->id >= h->n_entries || repeat->first >= repeat->id)
            return false;
        if (i == 0 || repeat[-1].first < repeat->first)
            continue;
        if (repeat[-1].first > repeat->first || repeat[-1].id >= repeat->id)
            return false;
    }
    return true;
}

mc_status mc_words_view(mc_words *view, const void *data, size_t size, mc_error *error) {
    mc_words_header *h = &view->header;
    if (size < sizeof *h)
        return mc_fail(error, MC_E_FORMAT, "the words section is cut short");
    if ((uintptr_t)data % MC_WORDS_ALIGN != 0)
        return mc_fail(error, MC_E_ARGUMENT, "the words section is not aligned");
    memcpy(h, data, sizeof *h);
    if (memcmp(h->magic, MC_WORDS_MAGIC, sizeof h->magic) != 0)
        return mc_fail(error, MC_E_FORMAT, "the words section has an unknown format");
    const char *base = data;
    if (h->size > size || h->size < sizeof *h || h->n_entries > MC_ENTRIES_MAX ||
        h->empty_code != h->n_entries + 1 || h->n_codes >= MC_WORDS_CODE_LIMIT ||
        !view_table(&view->short_words, h, base, &h->short_words, sizeof(mc_short_word)) ||
        !view_table(&view->wide_words, h, base, &h->wide_words, sizeof(mc_wide_word)) ||
        !view_table(&view->pairs, h, base, &h->pairs, sizeof(mc_word_pair)) ||
        !inside(h, h->pair_misfits_offset, h->n_pair_misfits, sizeof(mc_word_pair)) ||
        h->long_bits < 1 || h->long_bits > 30 ||
        !inside(h, h->long_starts_offset, ((uint64_t)1 << h->long_bits) + 1, sizeof(uint32_t)) ||
        !inside(h, h->long_words_offset, h->n_long_words, sizeof(mc_long_word)) ||
        !inside(h, h->long_bytes_offset, h->long_bytes_size, 1) || h->gap_bits < 6 ||
        h->gap_bits > 32 ||
        !inside(h, h->gap_filter_offset, (uint64_t)1 << (h->gap_bits - 6), sizeof(uint64_t)) ||
        (h->n_repeats > 0 &&
         (!inside(h, h->repeat_bits_offset, h->n_entries / 64 + 1, sizeof(uint64_t)) ||
          !inside(h, h->repeats_offset, h->n_repeats, sizeof(mc_word_repeat)))))
        return mc_fail(error, MC_E_FORMAT, "the words section is damaged");
    view->pair_misfits = (const void *)(base + h->pair_misfits_offset);
    view->long_starts = (const void *)(base + h->long_starts_offset);
    view->long_words = (const void *)(base + h->long_words_offset);
    view->long_bytes = base + h->long_bytes_offset;
    view->gap_filter = (const void *)(base + h->gap_filter_offset);
    view->repeat_bits = h->n_repeats ? (const void *)(base + h->repeat_bits_offset) : NULL;
    view->repeats = h->n_repeats ? (const void *)(base + h->repeats_offset) : NULL;
    if (!long_words_hold(view) || !repeats_hold(view))
        return mc_fail(error, MC_E_FORMAT, "the words section is damaged");
    return MC_OK;
}
