#include "balance/key.h"

#include <math.h>
#include <stdlib.h>

mc_status mc_draw_init(mc_draw *draw, const uint64_t *hashes, const uint64_t *counts,
                       const uint32_t *firsts, uint32_t n, uint64_t seed, mc_error *error) {
    *draw = (mc_draw){.n_entries = n, .seed = seed, .isa = mc_cpu_isa()};
    MC_TRY(MC_ALLOC(draw->entries, n, error));
    for (uint32_t i = 0; i < n; i++) {
        if (firsts[i] != i)
            draw->firsts = firsts;
        draw->entries[i] = (mc_draw_entry){hashes[i] ^ (MC_XXH3_SECRET3 - seed), (double)counts[i]};
    }
    return MC_OK;
}

/* What the draws of a text share. */
typedef struct text_draw {
    uint64_t start, text; /* of the hash */
    uint32_t end;         /* its last id is before this one */
    uint32_t number;
} text_draw;

/* Those of n texts that have a match; texts has room for all of them and one more. */
static void list_texts(const mc_draw *draw, const mc_block *block, uint32_t first, uint32_t n,
                       text_draw *texts) {
    uint32_t n_listed = 0;
    for (uint32_t i = 0; i < n; i++) {
        const char *identity = block->identity + (size_t)(first + i) * MC_IDENTITY_SIZE;
        uint64_t low = mc_load_u64(identity) ^ (MC_XXH3_SECRET0 + draw->seed);
        uint64_t high = mc_load_u64(identity + 8) ^ (MC_XXH3_SECRET1 - draw->seed);
        texts[n_listed] = (text_draw){
            .start = 32 * MC_XXH3_PRIME + mc_fold(low, high),
            .text = mc_load_u64(identity + 16) ^ (MC_XXH3_SECRET2 + draw->seed),
            .end = block->offsets[first + i + 1],
            .number = i,
        };
        n_listed += block->offsets[first + i + 1] > block->offsets[first + i];
    }
    texts[n_listed].end = UINT32_MAX;
}

/* Goes over the ids of all texts in one row: a loop over each text's own would be guessed wrongly
 * about once a text. The entries of a large list do not fit a near cache, so they are asked for
 * some way ahead. */
static void draw_in_a_row(const mc_draw *draw, const mc_block *block, uint32_t first, uint32_t n,
                          double t, double *keys, double *chances) {
    enum { AHEAD = 32 }; /* ids */
    text_draw texts[MC_DRAW_TEXTS + 1];
    list_texts(draw, block, first, n, texts);
    const text_draw *text = texts;
    const uint32_t *ids = block->ids;
    uint32_t end = block->offsets[first + n], last = block->info.n_ids;
    for (uint32_t i = 0; i < n; i++)
        keys[i] = INFINITY;
    for (uint32_t i = 0; chances && i < n; i++)
        chances[i] = 1; /* of not being kept, until all draws are done */
    for (uint32_t i = block->offsets[first]; i < end; i++) {
        __builtin_prefetch(&draw->entries[ids[i + AHEAD < last ? i + AHEAD : i]]);
        const mc_draw_entry *entry = &draw->entries[ids[i]];
        double key = mc_draw_u(text->start, text->text, entry->mixed) * entry->count;
        double least = keys[text->number];
        keys[text->number] = key < least ? key : least;
        if (chances && (!draw->firsts || draw->firsts[ids[i]] == ids[i])) {
            double p = t / entry->count;
            chances[text->number] *= 1 - (p < 1 ? p : 1);
        }
        text += i + 1 == text->end;
    }
    for (uint32_t i = 0; chances && i < n; i++)
        chances[i] = 1 - chances[i];
}

#if defined(__x86_64__)

enum { MANY = 64 }; /* entries */

/* Lists the texts by how many entries they have, below MANY, and then all others; returns how many
 * there are of the former. */
static uint32_t sort_texts(const mc_block *block, uint32_t first, uint32_t n, uint32_t *sorted) {
    uint32_t starts[MANY + 2] = {0};
    const uint32_t *offsets = block->offsets + first;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size = offsets[i + 1] - offsets[i];
        starts[(size < MANY ? size : MANY) + 1]++;
    }
    for (uint32_t size = 1; size <= MANY; size++)
        starts[size] += starts[size - 1];
    uint32_t n_few = starts[MANY];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size = offsets[i + 1] - offsets[i];
        sorted[starts[size < MANY ? size : MANY]++] = first + i;
    }
    return n_few;
}

/* Texts that are drawn for together have about equally many entries, so that no lane waits; those
 * with a great many are drawn for alone. */
static void draw_in_lanes(const mc_draw *draw, const mc_block *block, uint32_t first, uint32_t n,
                          double t, double *keys, double *chances) {
    uint32_t sorted[MC_DRAW_TEXTS] = {0};
    for (uint32_t i = block->offsets[first]; i < block->offsets[first + n]; i++)
        __builtin_prefetch(&draw->entries[block->ids[i]], 0, 2);
    uint32_t n_few = sort_texts(block, first, n, sorted);
    mc_draw_avx512(draw, block, sorted, n_few, first, t, keys, chances);
    for (uint32_t i = n_few; i < n; i++)
        draw_in_a_row(draw, block, sorted[i], 1, t, &keys[sorted[i] - first],
                      chances ? &chances[sorted[i] - first] : NULL);
}

#endif

void mc_draw_texts(const mc_draw *draw, const mc_block *block, uint32_t first, uint32_t n, double t,
                   double *keys, double *chances) {
#if defined(__x86_64__)
    if (draw->isa == MC_ISA_AVX512) {
        draw_in_lanes(draw, block, first, n, t, keys, chances);
        return;
    }
#endif
    draw_in_a_row(draw, block, first, n, t, keys, chances);
}

void mc_draw_dispose(mc_draw *draw) {
    free(draw->entries);
    *draw = (mc_draw){0};
}
