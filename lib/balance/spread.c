#include "balance/spread.h"

#include <stdlib.h>

#include "balance/drops.h"
#include "balance/key.h"
#include "balance/pair_table.h"

struct mc_spread {
    mc_partitions *partitions;
    size_t n;
};

mc_status mc_spread_create(mc_spread **out, const mc_balance_options *options, uint64_t n_texts,
                           mc_error *error) {
    *out = NULL;
    mc_spread *spread;
    uint64_t memory = options->memory ? options->memory : MC_MEMORY_DEFAULT;
    MC_TRY(mc_alloc(&spread, 1, sizeof *spread, error));
    spread->n = mc_partition_count(n_texts, memory, 1);
    mc_status status =
        mc_partitions_create(&spread->partitions, options->folder, spread->n, memory / 4, error);
    if (status != MC_OK) {
        free(spread);
        return status;
    }
    *out = spread;
    return MC_OK;
}

void mc_spread_free(mc_spread *spread) {
    if (!spread)
        return;
    mc_partitions_free(spread->partitions);
    free(spread);
}

mc_status mc_spread_add(mc_spread *spread, const char *identity, double variance, mc_error *error) {
    mc_item item;
    memcpy(item.identity, identity, MC_IDENTITY_SIZE);
    memcpy(&item.value, &variance, sizeof item.value);
    uint64_t hash = mc_identity_hash(identity, (mc_pair_key){0});
    return mc_partitions_add(spread->partitions, mc_partition_of(hash, spread->n), &item, error);
}

static mc_status count_copies(void *context, const mc_item *items, size_t n, mc_error *error) {
    for (size_t i = 0; i < n; i++) {
        mc_pair_slot *slot;
        MC_TRY(mc_pair_table_find(context, items[i].identity, &slot, error));
        slot->count++;
        slot->value = items[i].value;
    }
    return MC_OK;
}

mc_status mc_spread_sum(const mc_spread *spread, double *out, mc_error *error) {
    mc_pair_table table = {0};
    mc_sum sum = {0};
    mc_status status = MC_OK;
    for (size_t p = 0; p < spread->n && status == MC_OK; p++) {
        mc_pair_table_clear(&table);
        status = mc_partitions_read(spread->partitions, p, count_copies, &table, error);
        for (size_t i = 0; i < table.n_slots && status == MC_OK; i++) {
            double variance;
            memcpy(&variance, &table.slots[i].value, sizeof variance);
            if (table.slots[i].count)
                mc_sum_add(&sum, variance, table.slots[i].count * table.slots[i].count);
        }
    }
    mc_pair_table_dispose(&table);
    *out = mc_sum_value(&sum);
    return status;
}
