/* Files that are neither pools nor concept lists, told by how they begin. */
#ifndef MC_POOL_FOREIGN_H
#define MC_POOL_FOREIGN_H

#include <stdbool.h>

#include "metacurate/base.h"

typedef struct mc_foreign {
    mc_bytes magic;
    const char *what;        /* "a zip archive" */
    const char *advice;      /* to who gave it as a pool */
    const char *list_advice; /* to who gave it as a concept list; NULL: none */
} mc_foreign;

/* What data begins like, or NULL. Every one of these beginnings holds a byte that no text does, or
 * is an address that no text begins with. */
const mc_foreign *mc_foreign_tell(mc_bytes data);

/* True when the first 4 KiB hold a NUL byte and are no UTF-8: either alone may be a text's. */
bool mc_foreign_is_binary(mc_bytes data);

#endif
