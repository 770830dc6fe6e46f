#include "balance/pair_table.h"

#include <stdlib.h>

void mc_pair_table_dispose(mc_pair_table *table) {
    free(table->slots);
    *table = (mc_pair_table){0};
}

void mc_pair_table_clear(mc_pair_table *table) {
    if (table->slots)
        memset(table->slots, 0,
               table->n_slots * sizeof *table->slots); /* values of unused slots too */
    table->n_used = 0;
}

static mc_pair_slot *look(mc_pair_slot *slots, size_t n_slots, mc_pair_key key,
                          const char *identity) {
    size_t at = mc_identity_hash(identity, key) & (n_slots - 1);
    size_t size = key.size ? key.size : MC_IDENTITY_SIZE;
    while (slots[at].count && memcmp(slots[at].identity + key.at, identity + key.at, size) != 0)
        at = (at + 1) & (n_slots - 1);
    return &slots[at];
}

static mc_status grow(mc_pair_table *table, mc_error *error) {
    size_t n_slots = table->n_slots ? 2 * table->n_slots : 1024;
    mc_pair_slot *slots;
    MC_TRY(MC_ALLOC(slots, n_slots, error));
    for (size_t i = 0; i < table->n_slots; i++)
        if (table->slots[i].count)
            *look(slots, n_slots, table->key, table->slots[i].identity) = table->slots[i];
    free(table->slots);
    table->slots = slots;
    table->n_slots = n_slots;
    return MC_OK;
}

mc_status mc_pair_table_find(mc_pair_table *table, const char *identity, mc_pair_slot **out,
                             mc_error *error) {
    if (table->n_used + table->n_used / 2 >= table->n_slots)
        MC_TRY(grow(table, error));
    mc_pair_slot *slot = look(table->slots, table->n_slots, table->key, identity);
    if (!slot->count) {
        memcpy(slot->identity, identity, MC_IDENTITY_SIZE);
        slot->value = 0;
        table->n_used++;
    }
    *out = slot;
    return MC_OK;
}

uint64_t mc_pair_table_get(const mc_pair_table *table, const char *identity) {
    return table->n_slots ? look(table->slots, table->n_slots, table->key, identity)->value : 0;
}
