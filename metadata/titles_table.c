/* Titles are in parts by their hash, each behind a mutex of its own. When all parts together are
 * too large, the one that is being added to is written to the temporary file as a block of titles
 * and begins anew. In the end a part's blocks are added to what is left of it, one part after the
 * other, so that no more than a part's titles are in memory at once, besides those that are wanted.
 *
 * Sums depend on neither the order of the additions nor on what was written when.
 */
#include "metadata/titles_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "io/sink.h"
#include "metadata/tally.h"

#define PART_BITS 6
#define N_PARTS ((size_t)1 << PART_BITS)
#define PART_MIN_BYTES ((size_t)4 << 10) /* worth writing */
#define NO_ITEM SIZE_MAX

typedef struct block {
    uint64_t offset;
    size_t size;
} block;

typedef struct table_part {
    pthread_mutex_t mutex;
    mc_tally tally;
    block *blocks;
    size_t n_blocks, capacity;
} table_part;

struct mc_titles_table {
    const char *folder;
    uint64_t memory;
    _Atomic uint64_t size; /* of all parts */
    table_part parts[N_PARTS];
    pthread_mutex_t file_mutex;
    int fd; /* -1: nothing was written yet */
    uint64_t end;
};

/* Before each title of a block. */
typedef struct block_head {
    uint64_t views;
    uint64_t size;
} block_head;

mc_status mc_titles_table_create(mc_titles_table **out, const char *folder, uint64_t memory,
                                 mc_error *error) {
    *out = NULL;
    mc_titles_table *table;
    MC_TRY(MC_ALLOC(table, 1, error));
    const char *fallback = getenv("TMPDIR");
    table->folder = folder ? folder : fallback && *fallback ? fallback : "/tmp";
    table->memory = memory;
    table->fd = -1;
    pthread_mutex_init(&table->file_mutex, NULL);
    for (size_t i = 0; i < N_PARTS; i++)
        pthread_mutex_init(&table->parts[i].mutex, NULL);
    *out = table;
    return MC_OK;
}

void mc_titles_table_free(mc_titles_table *table) {
    if (!table)
        return;
    for (size_t i = 0; i < N_PARTS; i++) {
        mc_tally_dispose(&table->parts[i].tally);
        free(table->parts[i].blocks);
        pthread_mutex_destroy(&table->parts[i].mutex);
    }
    pthread_mutex_destroy(&table->file_mutex);
    if (table->fd >= 0)
        close(table->fd);
    free(table);
}

/* What a part takes, with what growing leaves free. */
static size_t part_size(const table_part *part) {
    return mc_tally_size(&part->tally) / 4 * 5;
}

static mc_status append_block(mc_titles_table *table, const mc_buffer *bytes, block *out,
                              mc_error *error) {
    pthread_mutex_lock(&table->file_mutex);
    mc_status status = MC_OK;
    if (table->fd < 0)
        status = mc_temporary_file(table->folder, &table->fd, error);
    if (status == MC_OK)
        status = mc_write_all(table->fd, bytes->data, bytes->size, table->folder, error);
    *out = (block){table->end, bytes->size};
    table->end += bytes->size;
    pthread_mutex_unlock(&table->file_mutex);
    return status;
}

static mc_status write_part(mc_titles_table *table, table_part *part, mc_error *error) {
    const mc_candidates *strings = &part->tally.strings;
    mc_buffer bytes = {0};
    mc_status status = MC_GROW(part->blocks, part->capacity, part->n_blocks + 1, error);
    if (status == MC_OK)
        status =
            mc_buffer_reserve(&bytes, strings->bytes.size + strings->n * sizeof(block_head), error);
    for (size_t i = 0; status == MC_OK && i < strings->n; i++) {
        mc_bytes title = mc_candidate_string(strings, i);
        block_head head = {strings->items[i].count, title.size};
        status = mc_buffer_append(&bytes, &head, sizeof head, error);
        if (status == MC_OK)
            status = mc_buffer_append(&bytes, title.data, title.size, error);
    }
    if (status == MC_OK)
        status = append_block(table, &bytes, &part->blocks[part->n_blocks], error);
    if (status == MC_OK) {
        part->n_blocks++;
        mc_tally_dispose(&part->tally);
    }
    mc_buffer_dispose(&bytes);
    return status;
}

/* Unsigned numbers wrap, so a part that shrinks is subtracted. */
static uint64_t note_size(mc_titles_table *table, uint64_t before, uint64_t after) {
    uint64_t change = after - before;
    return atomic_fetch_add_explicit(&table->size, change, memory_order_relaxed) + change;
}

static mc_status add_to_part(mc_titles_table *table, table_part *part, const mc_title_views *items,
                             size_t first, mc_error *error) {
    size_t before = part_size(part);
    for (size_t i = first; i != NO_ITEM; i = items[i].next)
        MC_TRY(mc_tally_add(&part->tally, items[i].title, items[i].hash, items[i].views, error));
    size_t after = part_size(part);
    if (note_size(table, before, after) <= table->memory || after < PART_MIN_BYTES)
        return MC_OK;
    MC_TRY(write_part(table, part, error));
    note_size(table, after, part_size(part));
    return MC_OK;
}

/* What belongs to a part is added at once, while the part is in the processor's cache. */
mc_status mc_titles_table_add(mc_titles_table *table, mc_title_views *items, size_t n,
                              mc_error *error) {
    size_t first[N_PARTS];
    for (size_t p = 0; p < N_PARTS; p++)
        first[p] = NO_ITEM;
    for (size_t i = 0; i < n; i++) {
        items[i].hash = mc_hash64(items[i].title.data, items[i].title.size);
        size_t p = items[i].hash >> (64 - PART_BITS);
        items[i].next = first[p];
        first[p] = i;
    }
    mc_status status = MC_OK;
    for (size_t p = 0; status == MC_OK && p < N_PARTS; p++) {
        if (first[p] == NO_ITEM)
            continue;
        pthread_mutex_lock(&table->parts[p].mutex);
        status = add_to_part(table, &table->parts[p], items, first[p], error);
        pthread_mutex_unlock(&table->parts[p].mutex);
    }
    return status;
}

static mc_status read_block(mc_titles_table *table, mc_tally *tally, const block *b,
                            mc_buffer *bytes, mc_error *error) {
    bytes->size = 0;
    MC_TRY(mc_buffer_reserve(bytes, b->size, error));
    MC_TRY(mc_read_at(table->fd, bytes->data, b->size, b->offset, table->folder, error));
    block_head head;
    for (size_t at = 0; at < b->size; at += sizeof head + head.size) {
        memcpy(&head, bytes->data + at, sizeof head);
        mc_bytes title = {bytes->data + at + sizeof head, head.size};
        MC_TRY(mc_tally_add(tally, title, mc_hash64(title.data, title.size), head.views, error));
    }
    return MC_OK;
}

static mc_status gather_part(mc_titles_table *table, table_part *part, uint64_t min_views,
                             mc_buffer *bytes, mc_candidates *out, mc_error *error) {
    for (size_t i = 0; i < part->n_blocks; i++)
        MC_TRY(read_block(table, &part->tally, &part->blocks[i], bytes, error));
    const mc_candidates *strings = &part->tally.strings;
    for (size_t i = 0; i < strings->n; i++) {
        const mc_candidate *item = &strings->items[i];
        if (item->count >= min_views)
            MC_TRY(mc_candidates_add(out, mc_candidate_string(strings, i), item->count, item->score,
                                     error));
    }
    part->n_blocks = 0;
    mc_tally_dispose(&part->tally);
    return MC_OK;
}

mc_status mc_titles_table_gather(mc_titles_table *table, uint64_t min_views, mc_candidates *out,
                                 mc_error *error) {
    mc_buffer bytes = {0};
    mc_status status = MC_OK;
    for (size_t i = 0; status == MC_OK && i < N_PARTS; i++)
        status = gather_part(table, &table->parts[i], min_views, &bytes, out, error);
    mc_buffer_dispose(&bytes);
    return status;
}
