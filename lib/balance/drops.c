/* Finding duplicates, and images that are excluded or were taken down.
 *
 * All identities are scattered over partitions by their hash, so that equal ones meet in the same
 * partition, and each partition is looked through with a table of its distinct pairs. Comparing
 * with a list of uids works alike, scattered by uid, with the list in the table. So does keeping
 * one pair an image or a text, scattered by uid or by text_hash: the table then holds the best pair
 * met so far, which the next better one drops. */
#include "balance/drops.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "balance/pair_table.h"
#include "balance/takedowns.h"
#include "balance/uid_list.h"
#include "base/pipeline.h"

#define BYTES_A_PAIR 180 /* of a table at its worst: while it doubles */
#define PARTITIONS_MAX 16384
#define UID_SIZE 16
#define AHEAD 8 /* items whose slots are on their way */

enum { LISTED_ONLY = 1, LISTED_EXCLUDE = 2, LISTED_TAKEDOWN = 4 };

typedef struct run {
    mc_drops *drops;
    const mc_drops_input *input;
    const mc_balance_options *options;
    size_t n_threads;
    size_t n_partitions;
    mc_pair_key key; /* what meets in a partition, and in a slot of its table */
    char empty_hash[8];
    mc_partitions *texts;
    mc_partitions *listed; /* uids of the lists; NULL when equal pairs are looked for */
    mc_progress progress;
    _Atomic uint64_t n_excluded, n_taken_down, n_duplicates;
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

static mc_status scatter(void *user, const char *identities, uint64_t first, uint32_t n,
                         mc_error *error) {
    run *r = user;
    for (uint32_t i = 0; i < n; i++) {
        const char *identity = identities + (size_t)i * MC_IDENTITY_SIZE;
        mc_item item = {.value = first + i};
        if (memcmp(identity + UID_SIZE, r->empty_hash, 8) == 0 ||
            mc_bitmap_get(&r->drops->dropped, item.value))
            continue;
        memcpy(item.identity, identity, MC_IDENTITY_SIZE);
        size_t partition = mc_partition_of(mc_identity_hash(identity, r->key), r->n_partitions);
        MC_TRY(mc_partitions_add(r->texts, partition, &item, error));
    }
    return MC_OK;
}

static mc_status scatter_listed(void *context, mc_u128 uid, const json_t *object, mc_error *error) {
    run *r = context;
    (void)object;
    mc_item item = {.value = r->list_flag};
    mc_store_u64(item.identity, uid.low);
    mc_store_u64(item.identity + 8, uid.high);
    size_t partition = mc_partition_of(mc_identity_hash(item.identity, r->key), r->n_partitions);
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

static void drop_duplicate(run *r, uint64_t ordinal) {
    mc_bitmap_set(&r->drops->dropped, ordinal);
    atomic_fetch_add(&r->n_duplicates, 1);
}

/* True when a's pair goes before b's, both of the same key. */
static bool is_better(const char *a, const char *b) {
    mc_pair x = mc_pair_load(a), y = mc_pair_load(b);
    return mc_pair_compare(&x, &y) < 0;
}

static mc_status drop_duplicates(void *context, const mc_item *items, size_t n, mc_error *error) {
    comparison *c = context;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            mc_pair_table_prefetch(c->table, items[i + AHEAD].identity);
        mc_pair_slot *slot;
        MC_TRY(mc_pair_table_find(c->table, items[i].identity, &slot, error));
        bool is_new = slot->count++ == 0;
        /* Items come in the order of ordinals: of equal pairs the first stays. */
        if (is_new || is_better(items[i].identity, slot->identity)) {
            if (!is_new)
                drop_duplicate(c->r, slot->value);
            memcpy(slot->identity, items[i].identity, MC_IDENTITY_SIZE);
            slot->value = items[i].value;
        } else {
            drop_duplicate(c->r, items[i].value);
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
        bool excluded = (listed & must) != must || (listed & LISTED_EXCLUDE);
        if (!excluded && !(listed & LISTED_TAKEDOWN))
            continue;
        mc_bitmap_set(&c->r->drops->dropped, items[i].value);
        atomic_fetch_add(excluded ? &c->r->n_excluded : &c->r->n_taken_down, 1);
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
    c.table->key = r->key;
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
    mc_progress_begin(&r->progress, r->options->control, MC_STAGE_DEDUP, r->input->n_texts);
    mc_status status = mc_pipeline_run(&pipeline, error);
    free(r->taken);
    r->taken = NULL;
    return status;
}

static mc_status scatter_texts(run *r, mc_error *error) {
    MC_TRY(
        mc_partitions_create(&r->texts, r->options->folder, r->n_partitions, r->memory / 4, error));
    return r->input->read(r->input->context, scatter, r, error);
}

static mc_status read_list(run *r, const char *path, uint64_t flag, mc_error *error) {
    r->list_flag = flag;
    return path ? mc_uid_list_read(path, scatter_listed, r, error) : MC_OK;
}

static mc_status find_excluded(run *r, mc_error *error) {
    r->key = MC_KEY_UID;
    MC_TRY(mc_partitions_create(&r->listed, r->options->folder, r->n_partitions, r->memory / 4,
                                error));
    MC_TRY(read_list(r, r->options->only, LISTED_ONLY, error));
    MC_TRY(read_list(r, r->options->exclude, LISTED_EXCLUDE, error));
    for (size_t i = 0; i < r->input->n_takedowns; i++)
        MC_TRY(read_list(r, r->input->takedowns[i], LISTED_TAKEDOWN, error));
    MC_TRY(scatter_texts(r, error));
    return compare_partitions(r, error);
}

static mc_status find_duplicates(run *r, mc_error *error) {
    r->key = r->options->dedup == MC_DEDUP_URL    ? MC_KEY_UID
             : r->options->dedup == MC_DEDUP_TEXT ? MC_KEY_TEXT
                                                  : (mc_pair_key){0};
    MC_TRY(scatter_texts(r, error));
    return compare_partitions(r, error);
}

static void free_partitions(run *r) {
    mc_partitions_free(r->texts);
    mc_partitions_free(r->listed);
    r->texts = r->listed = NULL;
}

mc_status mc_drops_find_in(mc_drops *drops, const mc_drops_input *input,
                           const mc_balance_options *options, mc_error *error) {
    *drops = (mc_drops){0};
    run r = {.drops = drops, .input = input, .options = options};
    r.n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    r.memory = options->memory ? options->memory : MC_MEMORY_DEFAULT;
    r.n_partitions = mc_partition_count(input->n_texts, r.memory, r.n_threads);
    mc_store_u64(r.empty_hash, mc_hash64("", 0));
    MC_TRY(mc_bitmap_create(&drops->dropped, options->folder, input->n_texts, error));
    mc_status status = MC_OK;
    if (options->only || options->exclude || input->n_takedowns > 0)
        status = find_excluded(&r, error);
    free_partitions(&r);
    if (status == MC_OK && options->dedup != MC_DEDUP_NONE)
        status = find_duplicates(&r, error);
    free_partitions(&r);
    drops->n_excluded = r.n_excluded;
    drops->n_taken_down = r.n_taken_down;
    drops->n_duplicates = r.n_duplicates;
    if (status != MC_OK)
        mc_drops_dispose(drops);
    return status;
}

/* The identities of match indexes, through a pass. */
typedef struct index_reader {
    mc_index_set *set;
    const mc_balance_options *options;
    mc_status (*use)(void *user, const char *identities, uint64_t first, uint32_t n,
                     mc_error *error);
    void *user;
} index_reader;

static mc_status use_block(void *context, const mc_pass_block *block, mc_error *error) {
    index_reader *reader = context;
    return reader->use(reader->user, block->identity, block->first_text, block->n_texts, error);
}

static mc_status read_indexes(void *context,
                              mc_status (*use)(void *user, const char *identities, uint64_t first,
                                               uint32_t n, mc_error *error),
                              void *user, mc_error *error) {
    index_reader *reader = context;
    reader->use = use;
    reader->user = user;
    size_t n_threads = reader->options->n_threads;
    mc_pass pass = {.set = reader->set,
                    .n_threads = n_threads ? n_threads : mc_processor_count(),
                    .control = reader->options->control,
                    .stage = MC_STAGE_DEDUP,
                    .context = reader,
                    .identities_only = true,
                    .in_order = true,
                    .write = use_block};
    return mc_pass_run(&pass, error);
}

mc_status mc_drops_find(mc_drops *drops, mc_index_set *set, const mc_balance_options *options,
                        mc_error *error) {
    index_reader reader = {.set = set, .options = options};
    mc_drops_input input = {
        .n_texts = mc_index_set_texts(set), .context = &reader, .read = read_indexes};
    char **lists;
    size_t n_lists;
    *drops = (mc_drops){0};
    MC_TRY(mc_takedown_lists(set, &lists, &n_lists, error));
    /* Those that are there come first; one that cannot be looked at fails when it is read. */
    for (size_t i = 0; i < n_lists; i++) {
        char *path = lists[i];
        if (access(path, F_OK) != 0 && errno == ENOENT)
            continue;
        lists[i] = lists[input.n_takedowns];
        lists[input.n_takedowns++] = path;
    }
    input.takedowns = (const char *const *)lists;
    mc_status status = mc_drops_find_in(drops, &input, options, error);
    mc_takedown_lists_free(&lists, &n_lists);
    return status;
}

void mc_drops_dispose(mc_drops *drops) {
    mc_bitmap_dispose(&drops->dropped);
    *drops = (mc_drops){0};
}
