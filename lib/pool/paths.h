/* Lists of paths: what inputs of a pool stand for. */
#ifndef MC_POOL_PATHS_H
#define MC_POOL_PATHS_H

#include <stdbool.h>

#include "metacurate/base.h"

typedef struct mc_paths {
    char **items;
    size_t n, capacity;
} mc_paths; /* {0} is empty */

/* Appends the files that input stands for; see mc_pool_create. "-" and URLs are taken as they are.
 */
MC_MUST_CHECK mc_status mc_paths_expand(mc_paths *paths, const char *input, mc_error *error);
/* Appends the lines of a list, those that are relative after base (NULL: as they are). */
MC_MUST_CHECK mc_status mc_paths_add_list(mc_paths *paths, const char *file, const char *base,
                                          const atomic_int *cancel, mc_error *error);
MC_MUST_CHECK mc_status mc_paths_add(mc_paths *paths, const char *path, mc_error *error);
void mc_paths_dispose(mc_paths *paths);

#endif
