/* Linear probing, at most three quarters full. A slot holds half of the hash, which tells nearly
 * all other strings apart without a look at them. */
#include "metadata/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define STRINGS_MAX ((size_t)1 << 31)
#define INDEX_MASK ((uint64_t)UINT32_MAX)

/* The slot of string, or the free one where it belongs. */
static size_t find_slot(const mc_tally *tally, mc_bytes string, uint64_t hash) {
    size_t mask = tally->n_slots - 1, at = (size_t)hash & mask;
    for (; tally->slots[at] != 0; at = (at + 1) & mask) {
        if ((tally->slots[at] ^ hash) > INDEX_MASK)
            continue;
        size_t index = (size_t)((tally->slots[at] & INDEX_MASK) - 1);
        mc_bytes there = mc_candidate_string(&tally->strings, index);
        if (there.size == string.size &&
            (string.size == 0 || memcmp(there.data, string.data, string.size) == 0))
            break;
    }
    return at;
}

static void fill_slot(mc_tally *tally, size_t at, uint64_t hash, size_t index) {
    tally->slots[at] = (hash & ~INDEX_MASK) | ((uint64_t)index + 1);
}

/* Room for one string more. */
static mc_status make_room(mc_tally *tally, mc_error *error) {
    size_t n = tally->strings.n, n_slots = tally->n_slots ? tally->n_slots : 64;
    if (n >= STRINGS_MAX)
        return mc_fail(error, MC_E_LIMIT, "there are more than 2^31 different strings");
    while (n_slots / 4 * 3 <= n)
        n_slots *= 2;
    if (n_slots == tally->n_slots)
        return MC_OK;
    uint64_t *slots;
    MC_TRY(MC_ALLOC(slots, n_slots, error));
    free(tally->slots);
    tally->slots = slots;
    tally->n_slots = n_slots;
    for (size_t i = 0; i < n; i++) {
        mc_bytes string = mc_candidate_string(&tally->strings, i);
        uint64_t hash = mc_hash64(string.data, string.size);
        fill_slot(tally, find_slot(tally, string, hash), hash, i);
    }
    return MC_OK;
}

mc_status mc_tally_add(mc_tally *tally, mc_bytes string, uint64_t hash, uint64_t count,
                       mc_error *error) {
    MC_TRY(make_room(tally, error));
    size_t at = find_slot(tally, string, hash);
    if (tally->slots[at] == 0) {
        MC_TRY(mc_candidates_add(&tally->strings, string, count, (double)count, error));
        fill_slot(tally, at, hash, tally->strings.n - 1);
        return MC_OK;
    }
    mc_candidate *item = &tally->strings.items[(tally->slots[at] & INDEX_MASK) - 1];
    item->count = count > UINT64_MAX - item->count ? UINT64_MAX : item->count + count;
    item->score = (double)item->count;
    return MC_OK;
}

size_t mc_tally_size(const mc_tally *tally) {
    return tally->strings.n * sizeof *tally->strings.items + tally->strings.bytes.size +
           tally->n_slots * sizeof *tally->slots;
}

void mc_tally_dispose(mc_tally *tally) {
    mc_candidates_dispose(&tally->strings);
    free(tally->slots);
    *tally = (mc_tally){0};
}
