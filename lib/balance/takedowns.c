#include "balance/takedowns.h"

#include <stdio.h>
#include <stdlib.h>

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static mc_status list_path(const char *index, char **out, mc_error *error) {
    const char *slash = strrchr(index, '/');
    size_t folder = slash ? (size_t)(slash - index) + 1 : 0;
    size_t size = folder + sizeof MC_TAKEDOWN_LIST;
    MC_TRY(mc_alloc(out, size, 1, error));
    memcpy(*out, index, folder);
    memcpy(*out + folder, MC_TAKEDOWN_LIST, sizeof MC_TAKEDOWN_LIST);
    return MC_OK;
}

mc_status mc_takedown_lists(const mc_index_set *set, char ***paths, size_t *n, mc_error *error) {
    char **p;
    *n = 0;
    MC_TRY(MC_ALLOC(*paths, set->n, error));
    p = *paths;
    for (size_t i = 0; i < set->n; i++, ++*n) {
        mc_status status = list_path(set->indexes[i].file, &p[i], error);
        if (status != MC_OK) {
            mc_takedown_lists_free(paths, n);
            return status;
        }
    }
    qsort(p, *n, sizeof *p, compare_paths);
    size_t n_left = 0;
    for (size_t i = 0; i < *n; i++) {
        if (n_left > 0 && strcmp(p[i], p[n_left - 1]) == 0)
            free(p[i]);
        else
            p[n_left++] = p[i];
    }
    *n = n_left;
    return MC_OK;
}

void mc_takedown_lists_free(char ***paths, size_t *n) {
    for (size_t i = 0; *paths && i < *n; i++)
        free((*paths)[i]);
    free(*paths);
    *paths = NULL;
    *n = 0;
}
