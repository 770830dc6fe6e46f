/* Lists of paths: what inputs of a pool stand for. */
#ifndef MC_POOL_PATHS_H
#define MC_POOL_PATHS_H

#include "metacurate/base.h"

typedef struct mc_paths {
    char **items;
    size_t n, capacity;
} mc_paths; /* {0} is empty */

/* Appends the files that input stands for; see mc_pool_create. "-" is taken as it is. */
MC_MUST_CHECK mc_status mc_paths_expand(mc_paths *paths, const char *input, mc_error *error);
void mc_paths_dispose(mc_paths *paths);

#endif
