/* Candidates: appending, keeping the best, sorting. */
#include "metadata/candidates.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b, const char *bytes) {
    const mc_candidate *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    size_t common = x->size < y->size ? x->size : y->size;
    int order = common ? memcmp(bytes + x->offset, bytes + y->offset, common) : 0;
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

/* A heap sort: in place, and without a comparison that needs a global. */
static void sift(mc_candidate *items, size_t n, size_t at, const char *bytes) {
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= n)
            return;
        if (child + 1 < n && compare(&items[child + 1], &items[child], bytes) > 0)
            child++;
        if (compare(&items[at], &items[child], bytes) >= 0)
            return;
        mc_candidate item = items[at];
        items[at] = items[child];
        items[child] = item;
        at = child;
    }
}

static void cut(mc_candidates *candidates) {
    if (candidates->limit == 0 || candidates->n <= candidates->limit)
        return;
    candidates->n = candidates->limit;
    candidates->has_cut = true;
    candidates->cut = candidates->items[candidates->n - 1].score;
}

void mc_candidates_sort(mc_candidates *candidates) {
    mc_candidate *items = candidates->items;
    const char *bytes = candidates->bytes.data;
    for (size_t i = candidates->n / 2; i-- > 0;)
        sift(items, candidates->n, i, bytes);
    for (size_t end = candidates->n; end-- > 1;) {
        mc_candidate item = items[0];
        items[0] = items[end];
        items[end] = item;
        sift(items, end, 0, bytes);
    }
    cut(candidates);
}

/* Lets go of all but the best, and of the strings of the others. */
static mc_status keep_best(mc_candidates *candidates, mc_error *error) {
    mc_buffer kept = {0};
    mc_candidates_sort(candidates);
    for (size_t i = 0; i < candidates->n; i++) {
        mc_candidate *item = &candidates->items[i];
        mc_status status =
            mc_buffer_append(&kept, candidates->bytes.data + item->offset, item->size, error);
        if (status != MC_OK) {
            mc_buffer_dispose(&kept);
            return status;
        }
        item->offset = kept.size - item->size;
    }
    mc_buffer_dispose(&candidates->bytes);
    candidates->bytes = kept;
    return MC_OK;
}

mc_status mc_candidates_add(mc_candidates *candidates, mc_bytes string, uint64_t count,
                            double score, mc_error *error) {
    if (string.size > UINT32_MAX)
        return mc_fail(error, MC_E_LIMIT, "a string of %zu bytes is no entry", string.size);
    if (candidates->accept && !candidates->accept(candidates->context, string))
        return MC_OK;
    candidates->seen++;
    if (candidates->has_cut && score < candidates->cut)
        return MC_OK;
    if (candidates->limit > 0 && candidates->n / 2 >= candidates->limit + 1024)
        MC_TRY(keep_best(candidates, error));
    MC_TRY(MC_GROW(candidates->items, candidates->capacity, candidates->n + 1, error));
    candidates->items[candidates->n] = (mc_candidate){.offset = candidates->bytes.size,
                                                      .size = (uint32_t)string.size,
                                                      .count = count,
                                                      .score = score};
    MC_TRY(mc_buffer_append(&candidates->bytes, string.data, string.size, error));
    candidates->n++;
    return MC_OK;
}

void mc_candidates_dispose(mc_candidates *candidates) {
    mc_buffer_dispose(&candidates->bytes);
    free(candidates->items);
    *candidates = (mc_candidates){0};
}
