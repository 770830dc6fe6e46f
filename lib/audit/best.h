/* The best few of many items: a heap whose root is the worst of those kept, so that most items cost
 * one comparison. What is kept depends on the items alone, not on their order. One thread's. */
#ifndef MC_AUDIT_BEST_H
#define MC_AUDIT_BEST_H

#include <stdbool.h>

#include "metacurate/base.h"

typedef struct mc_best {
    size_t most;
    size_t item_size;
    /* Negative when a is better than b; 0 only for what may stand for one another. */
    int (*compare)(const void *a, const void *b);
    char *items;
    size_t n;
} mc_best; /* {0} takes nothing */

MC_MUST_CHECK mc_status mc_best_init(mc_best *best, size_t most, size_t item_size,
                                     int (*compare)(const void *a, const void *b), mc_error *error);
void mc_best_dispose(mc_best *best);

/* True when mc_best_add would keep the item. */
bool mc_best_takes(const mc_best *best, const void *item);
/* Copies the item if it is among the best so far. */
void mc_best_add(mc_best *best, const void *item);
/* Puts the best first; nothing can be added any more. */
void mc_best_sort(mc_best *best);

static inline const void *mc_best_item(const mc_best *best, size_t i) {
    return best->items + i * best->item_size;
}

#endif
