/* Finding texts by their identities, and what was chosen instead of them.
 *
 * Identities alone are read to find texts, since they are the smaller part of an index and need no
 * decoding. A text that was dropped is a duplicate when one that makes it so takes part: its equal
 * pair, or, as images or texts were made distinct, a pair of its image, or of its text whose uid is
 * smaller (were it larger, this one would have been chosen unless it was excluded). */
#include <stdlib.h>

#include "audit/questions/explain.h"

typedef struct search {
    mc_audited *run;
    mc_explained_list *list;
    mc_u128 uid;
    const uint64_t *text_hash; /* NULL: any */
    uint64_t empty_hash;       /* of texts without a byte, which are neither dropped nor chosen */
    uint64_t hashes[1 << 6];   /* bits for the text hashes of what was dropped, by their low bits */
} search;

static int compare_ordinals(const void *x, const void *y) {
    const mc_explained *a = x, *b = y;
    return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

/* The number of items before an ordinal. */
static size_t items_before(const mc_explained_list *list, uint64_t ordinal) {
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->items[middle].ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const mc_explained *mc_explained_find(const mc_explained_list *list, uint64_t ordinal) {
    return &list->items[items_before(list, ordinal)];
}

void mc_explained_dispose(mc_explained_list *list) {
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i].ids);
    free(list->items);
    *list = (mc_explained_list){0};
}

static mc_status add_item(mc_explained_list *list, const mc_explained *item, mc_error *error) {
    MC_TRY(MC_GROW(list->items, list->capacity, list->n + 1, error));
    list->items[list->n++] = *item;
    return MC_OK;
}

/* ---- the texts that are asked for ---- */

static mc_status match_block(void *context, const mc_pass_block *block, mc_error *error) {
    search *s = context;
    for (uint32_t i = 0; i < block->n_texts; i++) {
        mc_pair pair = mc_pair_load(block->identity + (size_t)i * MC_IDENTITY_SIZE);
        if (!mc_u128_equal(pair.uid, s->uid) || (s->text_hash && pair.text_hash != *s->text_hash))
            continue;
        mc_explained item = {.in_pool = true,
                             .ordinal = block->first_text + i,
                             .index = block->index,
                             .pair = pair,
                             .dropped = mc_audited_dropped(s->run, block->first_text + i),
                             .asked = true,
                             .chosen = UINT64_MAX};
        if (s->list->n_found++ < MC_EXPLAINED_MAX)
            MC_TRY(add_item(s->list, &item, error));
    }
    return MC_OK;
}

/* ---- what was chosen instead ---- */

static bool may_be_needed(const search *s, uint64_t text_hash) {
    return s->hashes[text_hash >> 6 & 63] >> (text_hash & 63) & 1;
}

/* True when the item was dropped because of a pair that takes part. */
static bool is_beaten(const search *s, const mc_explained *item, const mc_pair *pair) {
    if (!item->dropped)
        return false;
    switch (s->run->dedup) {
    case MC_DEDUP_PAIR:
        return mc_pair_compare(pair, &item->pair) == 0;
    case MC_DEDUP_URL:
        return mc_u128_equal(pair->uid, item->pair.uid);
    case MC_DEDUP_TEXT:
        return pair->text_hash == item->pair.text_hash &&
               mc_u128_compare(pair->uid, item->pair.uid) <= 0;
    case MC_DEDUP_NONE:
        break;
    }
    return false;
}

static mc_status match_chosen(void *context, const mc_pass_block *block, mc_error *error) {
    search *s = context;
    bool by_text = s->run->dedup == MC_DEDUP_TEXT;
    for (uint32_t i = 0; i < block->n_texts; i++) {
        mc_pair pair = mc_pair_load(block->identity + (size_t)i * MC_IDENTITY_SIZE);
        uint64_t ordinal = block->first_text + i;
        bool candidate =
            by_text ? may_be_needed(s, pair.text_hash) : mc_u128_equal(pair.uid, s->uid);
        if (!candidate || pair.text_hash == s->empty_hash || mc_audited_dropped(s->run, ordinal))
            continue;
        bool chosen = false;
        for (size_t k = 0; k < s->list->n; k++) {
            mc_explained *item = &s->list->items[k];
            if (item->asked && item->chosen == UINT64_MAX && is_beaten(s, item, &pair)) {
                item->chosen = ordinal;
                chosen = true;
            }
        }
        mc_explained item = {.in_pool = true,
                             .ordinal = ordinal,
                             .index = block->index,
                             .pair = pair,
                             .chosen = UINT64_MAX};
        if (chosen)
            MC_TRY(add_item(s->list, &item, error));
    }
    return MC_OK;
}

static mc_status read_identities(search *s,
                                 mc_status (*write)(void *context, const mc_pass_block *block,
                                                    mc_error *error),
                                 mc_error *error) {
    const mc_pass pass = {.set = &s->run->set,
                          .n_threads = mc_answer_threads(s->run),
                          .control = s->run->options->control,
                          .stage = MC_STAGE_DEDUP,
                          .context = s,
                          .identities_only = true,
                          .in_order = true,
                          .write = write};
    return mc_pass_run(&pass, error);
}

/* Items by ordinal, each once: what was chosen may be asked for as well. */
static void sort_items(mc_explained_list *list) {
    size_t n = 0;
    if (list->n > 0)
        qsort(list->items, list->n, sizeof *list->items, compare_ordinals);
    for (size_t i = 0; i < list->n; i++) {
        mc_explained *item = &list->items[i];
        if (n > 0 && list->items[n - 1].ordinal == item->ordinal) {
            if (item->asked)
                list->items[n - 1] = *item;
            continue;
        }
        list->items[n++] = *item;
    }
    list->n = n;
}

/* A smaller uid with the same text beats an excluded image, too: only the lists tell. */
static mc_status find_lists(search *s, mc_error *error) {
    bool by_text = s->run->dedup == MC_DEDUP_TEXT, looked = false;
    for (size_t i = 0; i < s->list->n; i++) {
        mc_explained *item = &s->list->items[i];
        if (!item->asked || !item->dropped || (item->chosen != UINT64_MAX && !by_text))
            continue;
        if (!looked)
            MC_TRY(mc_explained_left_out(s->run, s->uid, &s->list->left_out, error));
        looked = true;
        if (s->list->left_out != MC_LEFT_OUT_UNKNOWN)
            item->chosen = UINT64_MAX;
    }
    return MC_OK;
}

static mc_status find_chosen(search *s, mc_error *error) {
    bool any = false;
    for (size_t i = 0; i < s->list->n; i++) {
        uint64_t hash = s->list->items[i].pair.text_hash;
        if (s->list->items[i].dropped)
            s->hashes[hash >> 6 & 63] |= UINT64_C(1) << (hash & 63);
        any |= s->list->items[i].dropped;
    }
    if (any && s->run->dedup != MC_DEDUP_NONE)
        MC_TRY(read_identities(s, match_chosen, error));
    sort_items(s->list);
    return find_lists(s, error);
}

/* ---- all that is in the index ---- */

static bool is_wanted(void *context, uint64_t first_text, uint64_t n_texts) {
    const search *s = context;
    size_t next = items_before(s->list, first_text);
    return next < s->list->n && s->list->items[next].ordinal - first_text < n_texts;
}

/* An item is of one block, so threads do not meet. */
static mc_status fill_in(void *context, const mc_pass_block *place, void *scratch,
                         mc_error *error) {
    const search *s = context;
    const mc_block *block = place->block;
    mc_kept_cursor cursor = mc_kept_of_block(s->run, place->index, &block->info);
    (void)scratch;
    for (size_t k = items_before(s->list, place->first_text);
         k < s->list->n && s->list->items[k].ordinal - place->first_text < place->n_texts; k++) {
        mc_explained *item = &s->list->items[k];
        uint32_t text = (uint32_t)(item->ordinal - place->first_text);
        uint32_t start = block->offsets[text];
        item->record = block->info.first_record + block->records[text];
        item->number = block->numbers[text];
        item->language = block->languages[text];
        item->empty = block->empty[text] != 0;
        item->kept = mc_kept_next(&cursor, block, text);
        item->n_ids = block->offsets[text + 1] - start;
        MC_TRY(MC_ALLOC(item->ids, item->n_ids, error));
        if (item->n_ids > 0)
            memcpy(item->ids, block->ids + start, item->n_ids * sizeof *item->ids);
    }
    return MC_OK;
}

mc_status mc_explained_search(mc_explained_list *list, mc_audited *audited, mc_u128 uid,
                              const uint64_t *text_hash, mc_error *error) {
    search s = {.run = audited,
                .list = list,
                .uid = uid,
                .text_hash = text_hash,
                .empty_hash = mc_hash64("", 0)};
    MC_TRY(read_identities(&s, match_block, error));
    MC_TRY(find_chosen(&s, error));
    const mc_pass pass = {.set = &audited->set,
                          .n_threads = mc_answer_threads(audited),
                          .control = audited->options->control,
                          .stage = MC_STAGE_SELECT,
                          .context = &s,
                          .wanted = is_wanted,
                          .work = fill_in};
    return list->n > 0 ? mc_pass_run(&pass, error) : MC_OK;
}
