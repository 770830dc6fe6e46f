#include "audit/questions/lookup.h"

#include <stdlib.h>
#include <string.h>

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The string is no longer than an entry may be. */
static uint64_t hash_of(const mc_lookup *lookup, mc_bytes string) {
    if (!lookup->folded)
        return mc_hash64(string.data, string.size);
    for (size_t i = 0; i < string.size; i++)
        lookup->folded[i] = lower(string.data[i]);
    return mc_hash64(lookup->folded, string.size);
}

static bool is_same(const mc_lookup *lookup, mc_bytes a, mc_bytes b) {
    if (a.size != b.size || !lookup->folded)
        return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
    size_t i = 0;
    while (i < a.size && lower(a.data[i]) == lower(b.data[i]))
        i++;
    return i == a.size;
}

/* The slot that holds the string, or else would. */
static uint32_t *find_slot(const mc_lookup *lookup, mc_bytes string, uint64_t hash) {
    for (size_t at = (size_t)hash & lookup->mask;; at = (at + 1) & lookup->mask) {
        uint32_t *slot = &lookup->slots[at];
        if (*slot == 0 ||
            is_same(lookup, mc_entry_table_string(lookup->entries, *slot - 1), string))
            return slot;
    }
}

mc_status mc_lookup_init(mc_lookup *lookup, const mc_entry_table *entries, const uint64_t *counts,
                         bool fold, mc_error *error) {
    *lookup = (mc_lookup){.entries = entries};
    size_t n_slots = 16;
    while (n_slots < (size_t)entries->n * 2)
        n_slots *= 2;
    lookup->mask = n_slots - 1;
    mc_status status = MC_ALLOC(lookup->slots, n_slots, error);
    if (status == MC_OK && fold)
        status = MC_ALLOC(lookup->folded, MC_ENTRY_MAX_BYTES, error);
    if (status != MC_OK) {
        mc_lookup_dispose(lookup);
        return status;
    }
    for (uint32_t id = 0; id < entries->n; id++) {
        mc_bytes string = mc_entry_table_string(entries, id);
        if (!string.data || string.size > MC_ENTRY_MAX_BYTES)
            continue;
        uint64_t hash = fold ? hash_of(lookup, string) : entries->hashes[id];
        uint32_t *slot = find_slot(lookup, string, hash);
        if (*slot == 0 || counts[id] > counts[*slot - 1])
            *slot = id + 1;
    }
    return MC_OK;
}

void mc_lookup_dispose(mc_lookup *lookup) {
    free(lookup->slots);
    free(lookup->folded);
    *lookup = (mc_lookup){0};
}

bool mc_lookup_find(const mc_lookup *lookup, mc_bytes string, uint32_t *id) {
    if (string.size > MC_ENTRY_MAX_BYTES)
        return false;
    uint32_t slot = *find_slot(lookup, string, hash_of(lookup, string));
    *id = slot - 1;
    return slot != 0;
}
