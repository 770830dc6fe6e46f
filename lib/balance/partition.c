#include "balance/partition.h"

#include <stdlib.h>
#include <unistd.h>

#include "io/sink.h"

#define BUFFER_MIN 128 /* items */
#define BUFFER_MAX 2048

typedef struct extent {
    uint64_t offset;
    uint64_t n;
} extent;

typedef struct partition {
    mc_item *buffer;
    size_t n_buffered;
    extent *extents;
    size_t n_extents, extents_capacity;
    uint64_t n_items;
} partition;

struct mc_partitions {
    int fd;
    uint64_t end; /* of the file */
    size_t buffer_items;
    size_t n;
    partition *partitions;
};

mc_status mc_partitions_create(mc_partitions **out, const char *folder, size_t n, uint64_t memory,
                               mc_error *error) {
    *out = NULL;
    mc_partitions *p;
    MC_TRY(mc_alloc(&p, 1, sizeof *p, error));
    p->fd = -1;
    p->n = n;
    p->buffer_items = memory / n / sizeof(mc_item);
    if (p->buffer_items < BUFFER_MIN)
        p->buffer_items = BUFFER_MIN;
    if (p->buffer_items > BUFFER_MAX)
        p->buffer_items = BUFFER_MAX;
    mc_status status = MC_ALLOC(p->partitions, n, error);
    if (status == MC_OK)
        status = mc_temporary_file(folder, &p->fd, error);
    if (status != MC_OK) {
        mc_partitions_free(p);
        return status;
    }
    *out = p;
    return MC_OK;
}

void mc_partitions_free(mc_partitions *partitions) {
    if (!partitions)
        return;
    for (size_t i = 0; partitions->partitions && i < partitions->n; i++) {
        free(partitions->partitions[i].buffer);
        free(partitions->partitions[i].extents);
    }
    free(partitions->partitions);
    if (partitions->fd >= 0)
        close(partitions->fd);
    free(partitions);
}

/* Writes the buffer as an extent. */
static mc_status flush(mc_partitions *p, partition *part, mc_error *error) {
    MC_TRY(MC_GROW(part->extents, part->extents_capacity, part->n_extents + 1, error));
    size_t size = part->n_buffered * sizeof(mc_item);
    MC_TRY(mc_write_all(p->fd, part->buffer, size, "work file", error));
    part->extents[part->n_extents++] = (extent){p->end, part->n_buffered};
    p->end += size;
    part->n_buffered = 0;
    return MC_OK;
}

mc_status mc_partitions_add(mc_partitions *partitions, size_t number, const mc_item *item,
                            mc_error *error) {
    partition *part = &partitions->partitions[number];
    if (!part->buffer)
        MC_TRY(MC_ALLOC(part->buffer, partitions->buffer_items, error));
    if (part->n_buffered == partitions->buffer_items)
        MC_TRY(flush(partitions, part, error));
    part->buffer[part->n_buffered++] = *item;
    part->n_items++;
    return MC_OK;
}

uint64_t mc_partitions_items(const mc_partitions *partitions, size_t number) {
    return partitions->partitions[number].n_items;
}

mc_status mc_partitions_read(const mc_partitions *partitions, size_t number,
                             mc_status (*use)(void *context, const mc_item *items, size_t n,
                                              mc_error *error),
                             void *context, mc_error *error) {
    const partition *part = &partitions->partitions[number];
    mc_item *items;
    MC_TRY(MC_ALLOC(items, partitions->buffer_items, error));
    mc_status status = MC_OK;
    for (size_t i = 0; i < part->n_extents && status == MC_OK; i++) {
        const extent *e = &part->extents[i];
        status =
            mc_read_at(partitions->fd, items, e->n * sizeof *items, e->offset, "work file", error);
        if (status == MC_OK)
            status = use(context, items, e->n, error);
    }
    free(items);
    MC_TRY(status);
    return part->n_buffered ? use(context, part->buffer, part->n_buffered, error) : MC_OK;
}
