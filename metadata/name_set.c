/* Open addressing with linear probing, at most half full. */
#include "metadata/name_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"

/* The slot that holds name, or the free one where it belongs. */
static size_t find_slot(const mc_name_set *set, mc_bytes name) {
    size_t mask = set->n_slots - 1, at = (size_t)mc_hash64(name.data, name.size) & mask;
    for (; set->slots[at] != 0; at = (at + 1) & mask) {
        mc_bytes there = set->list->entries[set->slots[at] - 1];
        if (there.size == name.size && memcmp(there.data, name.data, name.size) == 0)
            break;
    }
    return at;
}

static mc_status resize(mc_name_set *set, size_t n_slots, mc_error *error) {
    uint64_t *old = set->slots, *slots;
    size_t n_old = set->n_slots;
    MC_TRY(MC_ALLOC(slots, n_slots, error));
    set->slots = slots;
    set->n_slots = n_slots;
    for (size_t i = 0; i < n_old; i++)
        if (old[i] != 0)
            slots[find_slot(set, set->list->entries[old[i] - 1])] = old[i];
    free(old);
    return MC_OK;
}

mc_status mc_name_set_init(mc_name_set *set, const mc_list *list, mc_error *error) {
    *set = (mc_name_set){.list = list};
    mc_status status = resize(set, 1024, error);
    for (size_t i = 0; status == MC_OK && i < list->n; i++)
        status = mc_name_set_add(set, i, error);
    if (status != MC_OK)
        mc_name_set_dispose(set);
    return status;
}

void mc_name_set_dispose(mc_name_set *set) {
    free(set->slots);
    *set = (mc_name_set){0};
}

bool mc_name_set_has(const mc_name_set *set, mc_bytes name) {
    return set->slots[find_slot(set, name)] != 0;
}

size_t mc_name_set_find(const mc_name_set *set, mc_bytes name) {
    uint64_t slot = set->slots[find_slot(set, name)];
    return slot ? (size_t)(slot - 1) : MC_NO_ID;
}

mc_status mc_name_set_add(mc_name_set *set, size_t id, mc_error *error) {
    if (set->n >= set->n_slots / 2)
        MC_TRY(resize(set, set->n_slots * 2, error));
    size_t at = find_slot(set, set->list->entries[id]);
    if (set->slots[at] == 0) {
        set->slots[at] = (uint64_t)id + 1;
        set->n++;
    }
    return MC_OK;
}
