/* Two lists as sets of strings. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "metadata/name_set.h"

typedef struct id_array {
    uint64_t *ids;
    size_t n, capacity;
} id_array;

static mc_status add_id(id_array *array, size_t id, mc_error *error) {
    MC_TRY(MC_GROW(array->ids, array->capacity, array->n + 1, error));
    array->ids[array->n++] = id;
    return MC_OK;
}

static bool same_source(const mc_list *a, size_t i, const mc_list *b, size_t k) {
    const char *x = mc_list_source(a, i), *y = mc_list_source(b, k);
    return x && y ? strcmp(x, y) == 0 : x == y;
}

/* Ids in a of strings that b lacks; of the others, *moved (when not NULL) receives pairs. */
static mc_status find(const mc_list *a, const mc_name_set *in_a, const mc_list *b,
                      const mc_name_set *in_b, id_array *only, id_array *moved, size_t *n_common,
                      mc_error *error) {
    for (size_t i = 0; i < a->n; i++) {
        if (mc_name_set_find(in_a, a->entries[i]) != i)
            continue;
        size_t there = mc_name_set_find(in_b, a->entries[i]);
        if (there == MC_NO_ID) {
            MC_TRY(add_id(only, i, error));
            continue;
        }
        ++*n_common;
        if (moved && !same_source(a, i, b, there)) {
            MC_TRY(add_id(moved, i, error));
            MC_TRY(add_id(moved, there, error));
        }
    }
    return MC_OK;
}

mc_status mc_list_compare(mc_difference *out, const mc_list *a, const mc_list *b, mc_error *error) {
    mc_name_set in_a = {0}, in_b = {0};
    id_array only_a = {0}, only_b = {0}, moved = {0};
    size_t n_common = 0, again = 0;
    mc_status status = mc_name_set_init(&in_a, a, error);
    if (status == MC_OK)
        status = mc_name_set_init(&in_b, b, error);
    if (status == MC_OK)
        status = find(a, &in_a, b, &in_b, &only_a, &moved, &n_common, error);
    if (status == MC_OK)
        status = find(b, &in_b, a, &in_a, &only_b, NULL, &again, error);
    mc_name_set_dispose(&in_a);
    mc_name_set_dispose(&in_b);
    *out = (mc_difference){.only_a = only_a.ids,
                           .only_b = only_b.ids,
                           .n_only_a = only_a.n,
                           .n_only_b = only_b.n,
                           .moved = moved.ids,
                           .n_moved = moved.n / 2,
                           .n_common = n_common};
    if (status != MC_OK)
        mc_difference_dispose(out);
    return status;
}

void mc_difference_dispose(mc_difference *difference) {
    free(difference->only_a);
    free(difference->only_b);
    free(difference->moved);
    *difference = (mc_difference){0};
}
