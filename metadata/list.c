/* A concept list in memory: entries in order, their bytes in blocks that never move. */
#include "metadata/list.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define BLOCK_BYTES ((size_t)256 << 10)

struct mc_list_block {
    mc_list_block *next;
    size_t used, size;
    char data[];
};

mc_status mc_list_create(mc_list **out, mc_error *error) {
    return MC_ALLOC(*out, 1, error);
}

void mc_list_free(mc_list *list) {
    if (!list)
        return;
    while (list->blocks) {
        mc_list_block *block = list->blocks;
        list->blocks = block->next;
        free(block);
    }
    for (size_t i = 0; i < list->n_names; i++)
        free(list->names[i]);
    free(list->names);
    free(list->entries);
    free(list->origins);
    json_decref(list->about);
    free(list);
}

/* Room for size bytes. A large entry gets a block of its own, behind the one being filled. */
static mc_status reserve(mc_list *list, size_t size, char **out, mc_error *error) {
    mc_list_block *block = list->blocks;
    if (block && size <= block->size - block->used) {
        *out = block->data + block->used;
        block->used += size;
        return MC_OK;
    }
    bool is_large = size > BLOCK_BYTES / 4;
    size_t room = is_large ? size : BLOCK_BYTES;
    if (room > SIZE_MAX / 2 || !(block = malloc(sizeof *block + room)))
        return mc_fail(error, MC_E_MEMORY, "out of memory: an entry of %zu bytes", size);
    block->size = room;
    block->used = size;
    *out = block->data;
    if (is_large && list->blocks) {
        block->next = list->blocks->next;
        list->blocks->next = block;
    } else {
        block->next = list->blocks;
        list->blocks = block;
    }
    return MC_OK;
}

mc_status mc_list_append_ranked(mc_list *list, mc_bytes entry, mc_list_origin origin,
                                mc_error *error) {
    char *bytes = NULL;
    MC_TRY(MC_GROW(list->entries, list->entries_capacity, list->n + 1, error));
    MC_TRY(MC_GROW(list->origins, list->origins_capacity, list->n + 1, error));
    MC_TRY(reserve(list, entry.size, &bytes, error));
    if (entry.size > 0)
        memcpy(bytes, entry.data, entry.size);
    list->entries[list->n] = (mc_bytes){bytes, entry.size};
    list->origins[list->n] = origin;
    list->n++;
    return MC_OK;
}

mc_status mc_list_append(mc_list *list, mc_bytes entry, uint32_t source, mc_error *error) {
    return mc_list_append_ranked(list, entry, (mc_list_origin){.source = source, .score = NAN},
                                 error);
}

mc_status mc_list_add_name(mc_list *list, const char *name, mc_error *error) {
    if (list->n_names >= MC_LIST_NO_SOURCE)
        return mc_fail(error, MC_E_LIMIT, "a list has too many sources");
    MC_TRY(MC_GROW(list->names, list->names_capacity, list->n_names + 1, error));
    MC_TRY(mc_copy_string(&list->names[list->n_names], name, error));
    list->n_names++;
    return MC_OK;
}

mc_status mc_list_find_name(mc_list *list, const char *name, uint32_t *source, mc_error *error) {
    *source = MC_LIST_NO_SOURCE;
    if (!name)
        return MC_OK;
    size_t i = 0;
    while (i < list->n_names && strcmp(list->names[i], name) != 0)
        i++;
    if (i == list->n_names)
        MC_TRY(mc_list_add_name(list, name, error));
    *source = (uint32_t)i;
    return MC_OK;
}

mc_status mc_list_add(mc_list *list, mc_bytes entry, const char *source, mc_error *error) {
    uint32_t index;
    MC_TRY(mc_list_find_name(list, source, &index, error));
    return mc_list_append(list, entry, index, error);
}

size_t mc_list_count(const mc_list *list) {
    return list->n;
}

const mc_bytes *mc_list_entries(const mc_list *list) {
    return list->entries;
}

const char *mc_list_source(const mc_list *list, size_t id) {
    uint32_t source = list->origins[id].source;
    return source == MC_LIST_NO_SOURCE ? NULL : list->names[source];
}

double mc_list_score(const mc_list *list, size_t id) {
    return list->origins[id].score;
}

uint32_t mc_list_rank(const mc_list *list, size_t id) {
    return list->origins[id].rank;
}

mc_status mc_list_add_numbers(mc_list *list, mc_error *error) {
    uint32_t source;
    MC_TRY(mc_list_find_name(list, "number", &source, error));
    for (int i = 0; i < 100; i++) {
        char digits[12];
        int size = snprintf(digits, sizeof digits, "%d", i);
        MC_TRY(mc_list_append(list, (mc_bytes){digits, (size_t)size}, source, error));
    }
    return MC_OK;
}
