#include "audit/best.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

mc_status mc_best_init(mc_best *best, size_t most, size_t item_size,
                       int (*compare)(const void *a, const void *b), mc_error *error) {
    *best = (mc_best){.most = most, .item_size = item_size, .compare = compare};
    return mc_alloc(&best->items, most + 1, item_size, error); /* one to swap by */
}

void mc_best_dispose(mc_best *best) {
    free(best->items);
    *best = (mc_best){0};
}

static bool is_worse(const mc_best *best, size_t a, size_t b) {
    return best->compare(mc_best_item(best, a), mc_best_item(best, b)) > 0;
}

static void swap(mc_best *best, size_t a, size_t b) {
    size_t size = best->item_size;
    char *spare = best->items + best->most * size;
    memcpy(spare, best->items + a * size, size);
    memcpy(best->items + a * size, best->items + b * size, size);
    memcpy(best->items + b * size, spare, size);
}

static void sift_up(mc_best *best, size_t at) {
    for (size_t parent; at > 0 && is_worse(best, at, parent = (at - 1) / 2); at = parent)
        swap(best, at, parent);
}

static void sift_down(mc_best *best) {
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < best->n; at = child) {
        if (child + 1 < best->n && is_worse(best, child + 1, child))
            child++;
        if (!is_worse(best, child, at))
            return;
        swap(best, at, child);
    }
}

bool mc_best_takes(const mc_best *best, const void *item) {
    return best->n < best->most || (best->most > 0 && best->compare(item, best->items) < 0);
}

void mc_best_add(mc_best *best, const void *item) {
    if (!mc_best_takes(best, item))
        return;
    if (best->n < best->most) {
        memcpy(best->items + best->n * best->item_size, item, best->item_size);
        sift_up(best, best->n++);
    } else {
        memcpy(best->items, item, best->item_size);
        sift_down(best);
    }
}

void mc_best_sort(mc_best *best) {
    if (best->n > 0)
        qsort(best->items, best->n, best->item_size, best->compare);
}
