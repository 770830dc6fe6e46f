/* The last stages: from the ids of a block to the set of each text, sorted, each id once.
 *
 * Texts are parted by how many ids they have, since a branch on that number for each text would be
 * guessed wrongly as often as not. Each kind is sorted by a way of its own to wherever there is
 * room; then the sets are put in the order of their texts. The including file gives, for up to 8,
 * up to 16, up to 32, and more ids of a text,
 *
 *   static inline uint32_t put_8(const words_block *b, uint32_t text, uint32_t *to)
 *   put_16, put_32, put_more
 *
 * which write a text's set, 16 ids more than that at most, and return its size. They may read
 * SET_PAD ids around those of the text.
 */
#ifndef MC_CONCEPTS_WORDS_SETS_H
#define MC_CONCEPTS_WORDS_SETS_H

#include "concepts/words_block.h"

#ifndef HAVE_PART_IDS
/* Where the ids of each text start. */
STAGE void part_ids(words_block *b) {
    for (uint32_t i = 0; i <= b->n_texts; i++) {
        b->single_at[i] = rank_of(b->single_rank, b->text_token[i]);
        b->multi_at[i] = rank_of(b->multi_rank, b->text_token[i]);
    }
    merge_extras(b);
}

STAGE kinds list_texts(words_block *b) {
    kinds k = {0};
    for (uint32_t i = 0; i < b->n_texts; i++) {
        uint32_t n = ids_of(b, i);
        b->small[k.n_small] = b->middle[k.n_middle] = b->large[k.n_large] = b->huge[k.n_huge] = i;
        k.n_small += n <= 8;
        k.n_middle += (n > 8) & (n <= 16);
        k.n_large += (n > 16) & (n <= 32);
        k.n_huge += n > 32;
    }
    return k;
}
#endif

#define SORT_TEXTS(b, put, texts, n, at)                                                           \
    for (uint32_t k_ = 0; k_ < (n); k_++) {                                                        \
        uint32_t text_ = (texts)[k_], size_ = put((b), text_, (b)->sets + (at));                   \
        (b)->set_at[text_] = (at);                                                                 \
        (b)->set_size[text_] = size_;                                                              \
        (at) += size_;                                                                             \
    }

#ifndef HAVE_SORT_SMALL
STAGE uint32_t sort_small(words_block *b, uint32_t n, uint32_t at) {
    SORT_TEXTS(b, put_8, b->small, n, at)
    return at;
}
#endif

STAGE uint32_t sort_middle(words_block *b, uint32_t n, uint32_t at) {
    SORT_TEXTS(b, put_16, b->middle, n, at)
    return at;
}

STAGE uint32_t sort_large(words_block *b, uint32_t n, uint32_t at) {
    SORT_TEXTS(b, put_32, b->large, n, at)
    return at;
}

STAGE uint32_t sort_huge(words_block *b, uint32_t n, uint32_t at) {
    SORT_TEXTS(b, put_more, b->huge, n, at)
    return at;
}

/* The sets in the order of their texts; ids have room for them. Returns how many ids there are. */
STAGE uint32_t put_sets(words_block *b, uint32_t *ids, uint32_t n_before, uint32_t *offsets) {
    enum { STEP = 16 };
    kinds k = list_texts(b);
    uint32_t at = sort_small(b, k.n_small, 0);
    at = sort_middle(b, k.n_middle, at);
    at = sort_large(b, k.n_large, at);
    sort_huge(b, k.n_huge, at);
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->n_texts; i++) {
        const uint32_t *from = b->sets + b->set_at[i];
        uint32_t size = b->set_size[i];
        memcpy(ids + n, from, STEP * sizeof *ids);
        for (uint32_t done = STEP; done < size; done += STEP)
            memcpy(ids + n + done, from + done, STEP * sizeof *ids);
        n += size;
        offsets[i + 1] = n_before + n;
    }
    return n;
}

/* The same where texts are odd or entries repeated. */
static mc_status put_sets_singly(mc_words_scratch *s, words_block *b, const mc_bytes *texts,
                                 uint32_t *offsets, mc_error *error) {
    for (uint32_t i = 0; i < b->n_texts; i++) {
        if (b->odd[i]) {
            MC_TRY(mc_words_scan_text(s, texts[i], error));
        } else {
            size_t start = s->n_ids;
            MC_TRY(MC_GROW(s->ids, s->ids_capacity, start + ids_of(b, i), error));
            s->n_ids += copy_ids(b, i, s->ids + start);
            MC_TRY(mc_words_finish_set(s, start, error));
        }
        MC_TRY(mc_words_end_set(s, &offsets[i + 1], error));
    }
    return MC_OK;
}

static mc_status finish_block(mc_words_scratch *s, words_block *b, const mc_bytes *texts,
                              uint32_t *offsets, mc_error *error) {
    part_ids(b);
    if (b->n_odd > 0 || s->view->header.n_repeats > 0)
        return put_sets_singly(s, b, texts, offsets, error);
    size_t n = b->n_singles + b->n_multis;
    MC_TRY(MC_GROW(s->ids, s->ids_capacity, s->n_ids + n + SET_PAD, error));
    if (s->n_ids + n > UINT32_MAX)
        return mc_fail(error, MC_E_LIMIT, "a block of texts has more than 2^32 matches");
    s->n_ids += put_sets(b, s->ids + s->n_ids, (uint32_t)s->n_ids, offsets);
    return MC_OK;
}

/* ---- all of it ---- */

/* The stages in their order; the including file has all but the last. */
static mc_status scan_by_blocks(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                                uint32_t *offsets, mc_error *error) {
    const bool outer_gaps = (s->view->header.flags & MC_WORDS_OUTER_GAPS) != 0;
    words_block *b = s->block;
    for (size_t i = 0; i < n;) {
        uint32_t n_texts = outer_gaps ? 0 : fill(b, texts + i, n - i);
        if (n_texts == 0) {
            MC_TRY(mc_words_scan_texts(s, texts + i, 1, offsets + i, error));
            i++;
            continue;
        }
        if (b->n_odd > 0)
            memset(b->odd, 0, sizeof b->odd);
        b->n_odd = 0;
        tokenise(b);
        part_texts(b);
        find_words(s, b);
        find_neighbours(s, b);
        if (find_pairs(s, b)) {
            MC_TRY(finish_block(s, b, texts + i, offsets + i, error));
        } else {
            MC_TRY(mc_words_scan_texts(s, texts + i, n_texts, offsets + i, error));
        }
        i += n_texts;
    }
    return MC_OK;
}

#endif
