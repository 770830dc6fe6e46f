#include "balance/index_set.h"

#include <stdio.h>
#include <stdlib.h>

#include "match/totals.h"

static mc_status check_same(const mc_index *a, const mc_index *b, mc_error *error) {
    const char *what = NULL;
    if (strcmp(a->info.metadata_digest, b->info.metadata_digest) != 0 ||
        a->info.n_entries != b->info.n_entries)
        what = "metadata";
    else if (a->info.rules != b->info.rules)
        what = "rules";
    if (!what)
        return MC_OK;
    mc_fail(error, MC_E_MISMATCH, "was matched with other %s than %s; match one of them again",
            what, a->file);
    mc_error_place(error, b->file, MC_NONE, MC_NONE);
    return MC_E_MISMATCH;
}

static mc_status check_name(const mc_index *index, mc_error *error) {
    const char *name = index->info.shard;
    if (!strchr(name, '/') && name[0] != '.' && name[0] != '\0' && strlen(name) <= 255)
        return MC_OK;
    mc_fail(error, MC_E_FORMAT, "damaged match index: \"%.80s\" is no shard name", name);
    mc_error_place(error, index->file, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

typedef struct numbered {
    const char *name;
    size_t index;
} numbered;

static int compare_numbered(const void *a, const void *b) {
    const numbered *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Names the shards in outputs: by their own names, with "-2", "-3" where a name came before. */
static mc_status make_names(mc_index_set *set, numbered *by_name, mc_error *error) {
    for (size_t i = 0; i < set->n; i++) {
        MC_TRY(check_name(&set->indexes[i], error));
        by_name[i] = (numbered){set->indexes[i].info.shard, i};
    }
    qsort(by_name, set->n, sizeof *by_name, compare_numbered);
    for (size_t i = 0, nth = 0; i < set->n; i++) {
        nth = i > 0 && strcmp(by_name[i].name, by_name[i - 1].name) == 0 ? nth + 1 : 1;
        char **name = &set->names[by_name[i].index];
        size_t size = strlen(by_name[i].name) + 24;
        MC_TRY(mc_alloc(name, size, 1, error));
        if (nth > 1)
            snprintf(*name, size, "%s-%zu", by_name[i].name, nth);
        else
            snprintf(*name, size, "%s", by_name[i].name);
    }
    for (size_t i = 0; i < set->n; i++)
        by_name[i] = (numbered){set->names[i], i};
    qsort(by_name, set->n, sizeof *by_name, compare_numbered);
    for (size_t i = 1; i < set->n; i++)
        if (strcmp(by_name[i].name, by_name[i - 1].name) == 0)
            return mc_fail(error, MC_E_ARGUMENT, "two shards would both be called \"%.80s\"",
                           by_name[i].name);
    return MC_OK;
}

static mc_status open_all(mc_index_set *set, const char *const *paths, size_t n, mc_error *error) {
    MC_TRY(MC_ALLOC(set->indexes, n, error));
    MC_TRY(MC_ALLOC(set->names, n, error));
    MC_TRY(MC_ALLOC(set->first, n + 1, error));
    for (; set->n < n; set->n++) {
        mc_index *index = &set->indexes[set->n];
        MC_TRY(mc_index_open(index, paths[set->n], false, error));
        set->first[set->n + 1] = set->first[set->n] + mc_totals_indexed(&index->info.totals);
        mc_totals_add(&set->totals, &index->info.totals);
    }
    for (size_t i = 0; i < n; i++)
        MC_TRY(check_same(&set->indexes[0], &set->indexes[i], error));
    set->n_entries = n ? set->indexes[0].info.n_entries : 0;
    numbered *by_name;
    MC_TRY(MC_ALLOC(by_name, n, error));
    mc_status status = make_names(set, by_name, error);
    free(by_name);
    return status;
}

mc_status mc_index_set_open(mc_index_set *set, const char *const *paths, size_t n,
                            mc_error *error) {
    *set = (mc_index_set){0};
    mc_status status = open_all(set, paths, n, error);
    if (status != MC_OK)
        mc_index_set_dispose(set);
    return status;
}

void mc_index_set_dispose(mc_index_set *set) {
    for (size_t i = 0; i < set->n; i++) {
        mc_index_dispose(&set->indexes[i]);
        free(set->names[i]);
    }
    free(set->indexes);
    free(set->names);
    free(set->first);
    *set = (mc_index_set){0};
}

static mc_status note_entry(void *context, uint32_t id, mc_bytes entry, mc_error *error) {
    mc_entry_table *table = context;
    if (table->strings[id].size != SIZE_MAX)
        return MC_OK;
    /* Offsets first: the storage moves while it grows. */
    table->strings[id] = (mc_bytes){(const char *)(uintptr_t)table->storage.size, entry.size};
    table->own_hashes[id] = mc_hash64(entry.data, entry.size);
    return mc_buffer_append(&table->storage, entry.data, entry.size, error);
}

/* Entries are parted by so many bits of their hashes before they are sorted. */
enum { LEADING_BITS = 16, LEADING_SHIFT = 64 - LEADING_BITS, N_LEADING = 1 << LEADING_BITS };

/* An entry whose string is known. */
typedef struct known {
    uint64_t hash;
    const mc_bytes *string;
} known;

/* By hash, which as a rule says all; equal strings by id. */
static int compare_known(const void *a, const void *b) {
    const known *k = a, *l = b;
    const mc_bytes *x = k->string, *y = l->string;
    if (k->hash != l->hash)
        return k->hash > l->hash ? 1 : -1;
    size_t common = x->size < y->size ? x->size : y->size;
    int order = common ? memcmp(x->data, y->data, common) : 0;
    if (order == 0)
        order = (x->size > y->size) - (x->size < y->size);
    return order ? order : (x > y) - (x < y);
}

/* Lists the known entries by the leading bits of their hashes; starts has a place for each value of
 * these, and one more. */
static void list_known(const mc_entry_table *table, known *all, uint32_t *starts) {
    for (uint32_t id = 0; id < table->n; id++)
        if (table->strings[id].data)
            starts[(table->own_hashes[id] >> LEADING_SHIFT) + 1]++;
    for (size_t i = 0; i < N_LEADING; i++)
        starts[i + 1] += starts[i];
    for (uint32_t id = 0; id < table->n; id++)
        if (table->strings[id].data)
            all[starts[table->own_hashes[id] >> LEADING_SHIFT]++] =
                (known){table->own_hashes[id], &table->strings[id]};
}

/* Finds repeated strings among n entries with the same leading bits. */
static void find_repeated(mc_entry_table *table, known *some, size_t n) {
    if (n > 1)
        qsort(some, n, sizeof *some, compare_known);
    for (size_t i = 1; i < n; i++) {
        const mc_bytes *before = some[i - 1].string, *string = some[i].string;
        if (some[i].hash == some[i - 1].hash && string->size == before->size &&
            memcmp(string->data, before->data, string->size) == 0)
            table->own_firsts[string - table->strings] = table->own_firsts[before - table->strings];
    }
}

/* Finds repeated strings among those that are known. */
static mc_status find_firsts(mc_entry_table *table, mc_error *error) {
    known *all;
    uint32_t *ends;
    MC_TRY(MC_ALLOC(all, table->n, error));
    mc_status status = MC_ALLOC(ends, N_LEADING + 1, error);
    if (status == MC_OK) {
        for (uint32_t id = 0; id < table->n; id++)
            table->own_firsts[id] = id;
        list_known(table, all, ends);
        for (size_t i = 0; i < N_LEADING; i++) {
            uint32_t start = i ? ends[i - 1] : 0;
            find_repeated(table, all + start, ends[i] - start);
        }
        free(ends);
    }
    free(all);
    return status;
}

static mc_status read_entries(mc_entry_table *table, mc_index_set *set, mc_error *error) {
    MC_TRY(MC_ALLOC(table->own_hashes, table->n, error));
    MC_TRY(MC_ALLOC(table->own_firsts, table->n, error));
    MC_TRY(MC_ALLOC(table->strings, table->n, error));
    for (uint32_t id = 0; id < table->n; id++)
        table->strings[id].size = SIZE_MAX;
    for (size_t i = 0; i < set->n; i++) {
        mc_index *index = &set->indexes[i];
        MC_TRY(mc_index_reopen(index, error));
        mc_status status = mc_index_read_entries(index, note_entry, table, error);
        mc_index_shut(index);
        MC_TRY(status);
    }
    for (uint32_t id = 0; id < table->n; id++) {
        mc_bytes *string = &table->strings[id];
        if (string->size == SIZE_MAX)
            *string = (mc_bytes){NULL, 0};
        else
            string->data = table->storage.data + (uintptr_t)string->data;
    }
    MC_TRY(find_firsts(table, error));
    table->hashes = table->own_hashes;
    table->firsts = table->own_firsts;
    return MC_OK;
}

mc_status mc_entry_table_init(mc_entry_table *table, mc_index_set *set, const mc_concepts *concepts,
                              mc_error *error) {
    *table = (mc_entry_table){.n = set->n_entries, .concepts = concepts};
    if (concepts) {
        if (set->n > 0 &&
            (strcmp(mc_concepts_digest(concepts), set->indexes[0].info.metadata_digest) != 0 ||
             mc_concepts_count(concepts) != set->n_entries)) {
            mc_fail(error, MC_E_MISMATCH, "was matched with other metadata than what -m names");
            mc_error_place(error, set->indexes[0].file, MC_NONE, MC_NONE);
            return MC_E_MISMATCH;
        }
        table->n = mc_concepts_count(concepts);
        set->n_entries = table->n;
        table->hashes = mc_concepts_hashes(concepts);
        table->firsts = mc_concepts_firsts(concepts);
        return MC_OK;
    }
    mc_status status = read_entries(table, set, error);
    if (status != MC_OK)
        mc_entry_table_dispose(table);
    return status;
}

void mc_entry_table_dispose(mc_entry_table *table) {
    free(table->own_hashes);
    free(table->own_firsts);
    free(table->strings);
    mc_buffer_dispose(&table->storage);
    *table = (mc_entry_table){0};
}

mc_bytes mc_entry_table_string(const mc_entry_table *table, uint32_t id) {
    return table->concepts ? mc_concepts_entry(table->concepts, id) : table->strings[id];
}
