/* Finding equal pairs and excluded images.
 *
 * All identities are scattered over partitions by their hash, so that equal ones meet in the same
 * partition, and each partition is looked through with a table of its distinct pairs. Comparing
 * with a list of uids works alike, scattered by uid, with the list in the table. */
#include "balance/drops.h"

#include <stdlib.h>

#include "balance/pair_table.h"
#include "balance/uid_list.h"
#include "base/pipeline.h"

#define BYTES_A_PAIR 180 /* of a table at its worst: while it doubles */
#define PARTITIONS_MAX 16384
#define UID_SIZE 16
#define AHEAD 8 /* items whose slots are on their way */

enum { LISTED_ONLY = 1, LISTED_EXCLUDE = 2 };

typedef struct run {
    mc_drops *drops;
    mc_index_set *set;
    const mc_balance_options *options;
    size_t n_threads;
    size_t n_partitions;
    size_t hashed; /* leading bytes of the identity that choose the partition */
    char empty_hash[8];
    mc_partitions *texts;
    mc_partitions *listed; /* uids of the lists; NULL when equal pairs are looked for */
    mc_progress progress;
    _Atomic uint64_t n_excluded, n_duplicates;
    uint64_t memory;
    bool *taken;        /* by partition: its batch was handed out */
    uint64_t list_flag; /* of the list being read */
} run;

size_t mc_partition_count(uint64_t n_items, uint64_t memory, size_t n_threads) {
    uint64_t a_table = memory / 2 / n_threads;
    if (a_table < 1u << 20)
        a_table = 1u << 20;
    uint64_t n = n_items / (a_table / BYTES_A_PAIR) + 1;
    return n > PARTITIONS_MAX ? PARTITIONS_MAX : (size_t)n;
}

static mc_status scatter(void *context, const mc_pass_block *block, mc_error *error) {
    run *r = context;
    for (uint32_t i = 0; i < block->n_texts; i++) {
        const char *identity = block->identity + (size_t)i * MC_IDENTITY_SIZE;
        mc_item item = {.value = block->first_text + i};
        if (memcmp(identity + UID_SIZE, r->empty_hash, 8) == 0 ||
            mc_bitmap_get(&r->drops->dropped, item.value))
            continue;
        memcpy(item.identity, identity, MC_IDENTITY_SIZE);
        size_t partition = mc_partition_of(mc_identity_hash(identity, r->hashed), r->n_partitions);
        MC_TRY(mc_partitions_add(r->texts, partition, &item, error));
    }
    return MC_OK;
}

static mc_status scatter_listed(void *context, mc_u128 uid, mc_error *error) {
    run *r = context;
    mc_item item = {.value = r->list_flag};
    mc_store_u64(item.identity, uid.low);
    mc_store_u64(item.identity + 8, uid.high);
    size_t partition = mc_partition_of(mc_identity_hash(item.identity, UID_SIZE), r->n_partitions);
    return mc_partitions_add(r->listed, partition, &item, error);
}

static mc_status create_table(void *context, void **scratch, mc_error *error) {
    (void)context;
    return mc_alloc(scratch, 1, sizeof(mc_pair_table), error);
}

static void free_table(void *context, void *scratch) {
    (void)context;
    if (scratch)
        mc_pair_table_dispose(scratch);
    free(scratch);
}

/* What the readers of a partition need at hand. */
typedef struct comparison {
    run *r;
    mc_pair_table *table;
} comparison;

static mc_status drop_duplicates(void *context, const mc_item *items, size_t n, mc_error *error) {
    comparison *c = context;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            mc_pair_table_prefetch(c->table, items[i + AHEAD].identity);
        mc_pair_slot *slot;
        MC_TRY(mc_pair_table_find(c->table, items[i].identity, &slot, error));
        if (slot->count++ > 0) { /* items come in the order of ordinals: the first stays */
            mc_bitmap_set(&c->r->drops->dropped, items[i].value);
            atomic_fetch_add(&c->r->n_duplicates, 1);
        }
    }
    return MC_OK;
}

static mc_status note_listed(void *context, const mc_item *items, size_t n, mc_error *error) {
    comparison *c = context;
    for (size_t i = 0; i < n; i++) {
        mc_pair_slot *slot;
        MC_TRY(mc_pair_table_find(c->table, items[i].identity, &slot, error));
        slot->count++;
        slot->value |= items[i].value;
    }
    return MC_OK;
}

static mc_status drop_excluded(void *context, const mc_item *items, size_t n, mc_error *error) {
    comparison *c = context;
    uint64_t must = c->r->options->only ? LISTED_ONLY : 0;
    for (size_t i = 0; i < n; i++) {
        char key[MC_IDENTITY_SIZE] = {0};
        memcpy(key, items[i].identity, UID_SIZE);
        uint64_t listed = mc_pair_table_get(c->table, key);
        if ((listed & must) != must || (listed & LISTED_EXCLUDE)) {
            mc_bitmap_set(&c->r->drops->dropped, items[i].value);
            atomic_fetch_add(&c->r->n_excluded, 1);
        }
    }
    (void)error;
    return MC_OK;
}

/* A lane is a partition, and its only batch all of it. */
static mc_status read_partition(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    (void)batch;
    (void)error;
    if (r->taken[lane])
        return MC_END;
    r->taken[lane] = true;
    return MC_OK;
}

static mc_status compare_partition(void *context, size_t lane, void *batch, void *scratch,
                                   mc_error *error) {
    run *r = context;
    comparison c = {r, scratch};
    (void)batch;
    mc_pair_table_clear(c.table);
    if (r->listed) {
        MC_TRY(mc_partitions_read(r->listed, lane, note_listed, &c, error));
        MC_TRY(mc_partitions_read(r->texts, lane, drop_excluded, &c, error));
    } else {
        MC_TRY(mc_partitions_read(r->texts, lane, drop_duplicates, &c, error));
    }
    uint64_t n = mc_partitions_items(r->texts, lane);
    mc_progress_add(&r->progress, n, n);
    return MC_OK;
}

static mc_status compare_partitions(run *r, mc_error *error) {
    MC_TRY(MC_ALLOC(r->taken, r->n_partitions, error));
    mc_pipeline pipeline = {.n_lanes = r->n_partitions,
                            .n_threads = r->n_threads,
                            .context = r,
                            .cancel = mc_control_cancel(r->options->control),
                            .scratch_create = create_table,
                            .scratch_free = free_table,
                            .read = read_partition,
                            .work = compare_partition};
    mc_progress_begin(&r->progress, r->options->control, MC_STAGE_DEDUP,
                      mc_index_set_texts(r->set));
    mc_status status = mc_pipeline_run(&pipeline, error);
    free(r->taken);
    r->taken = NULL;
    return status;
}

static mc_status scatter_texts(run *r, mc_error *error) {
    mc_pass pass = {.set = r->set,
                    .n_threads = r->n_threads,
                    .control = r->options->control,
                    .stage = MC_STAGE_DEDUP,
                    .context = r,
                    .identities_only = true,
                    .in_order = true,
                    .write = scatter};
    MC_TRY(
        mc_partitions_create(&r->texts, r->options->folder, r->n_partitions, r->memory / 4, error));
    return mc_pass_run(&pass, error);
}

static mc_status read_list(run *r, const char *path, uint64_t flag, mc_error *error) {
    r->list_flag = flag;
    return path ? mc_uid_list_read(path, scatter_listed, r, error) : MC_OK;
}

static mc_status find_excluded(run *r, mc_error *error) {
    r->hashed = UID_SIZE;
    MC_TRY(mc_partitions_create(&r->listed, r->options->folder, r->n_partitions, r->memory / 4,
                                error));
    MC_TRY(read_list(r, r->options->only, LISTED_ONLY, error));
    MC_TRY(read_list(r, r->options->exclude, LISTED_EXCLUDE, error));
    MC_TRY(scatter_texts(r, error));
    return compare_partitions(r, error);
}

static mc_status find_duplicates(run *r, mc_error *error) {
    r->hashed = MC_IDENTITY_SIZE;
    MC_TRY(scatter_texts(r, error));
    return compare_partitions(r, error);
}

static void free_partitions(run *r) {
    mc_partitions_free(r->texts);
    mc_partitions_free(r->listed);
    r->texts = r->listed = NULL;
}

mc_status mc_drops_find(mc_drops *drops, mc_index_set *set, const mc_balance_options *options,
                        mc_error *error) {
    *drops = (mc_drops){0};
    run r = {.drops = drops, .set = set, .options = options};
    r.n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    r.memory = options->memory ? options->memory : MC_MEMORY_DEFAULT;
    r.n_partitions = mc_partition_count(mc_index_set_texts(set), r.memory, r.n_threads);
    mc_store_u64(r.empty_hash, mc_hash64("", 0));
    MC_TRY(mc_bitmap_create(&drops->dropped, options->folder, mc_index_set_texts(set), error));
    mc_status status = MC_OK;
    if (options->only || options->exclude)
        status = find_excluded(&r, error);
    free_partitions(&r);
    if (status == MC_OK && options->dedup == MC_DEDUP_PAIR)
        status = find_duplicates(&r, error);
    free_partitions(&r);
    drops->n_excluded = r.n_excluded;
    drops->n_duplicates = r.n_duplicates;
    if (status != MC_OK)
        mc_drops_dispose(drops);
    return status;
}

void mc_drops_dispose(mc_drops *drops) {
    mc_bitmap_dispose(&drops->dropped);
    *drops = (mc_drops){0};
}
