/* Builds the tree of all patterns by sorting them: each pattern then adds the nodes below the
 * prefix it shares with the one before it.
 *
 * Sorting takes seven bytes of the patterns at a time, which go into a number together with how
 * many bytes there were: the numbers of a range are sorted, and each run of equal ones that do not
 * end there is a range to be sorted by its next seven bytes. So the patterns themselves, which lie
 * anywhere in memory, are looked at once for every seven bytes that matter. */
#include <stdlib.h>
#include <string.h>

#include "build.h"

#define KEY_BYTES 7u

/* A pattern to be sorted. key: the bytes from some depth on, the first one in front, 0 where there
 * is none, and then the number of bytes left, KEY_BYTES + 1 for more than KEY_BYTES. */
typedef struct item {
    uint64_t key;
    uint32_t id;
} item;

/* Items that are equal up to depth. */
typedef struct range {
    uint32_t low, high;
    uint32_t depth;
} range;

static uint64_t key_of(const ac_pattern *p, size_t depth) {
    const unsigned char *bytes = (const unsigned char *)p->data + depth;
    size_t left = p->size - depth;
    uint64_t key = 0;
    for (size_t i = 0; i < KEY_BYTES; i++)
        key = (key | (i < left ? bytes[i] : 0u)) << 8;
    return key | (left > KEY_BYTES ? KEY_BYTES + 1 : left);
}

static bool goes_on(uint64_t key) {
    return (key & 0xff) > KEY_BYTES;
}

static void insertion_sort(item *items, size_t n) {
    for (size_t i = 1; i < n; i++) {
        item one = items[i];
        size_t k = i;
        for (; k > 0 && items[k - 1].key > one.key; k--)
            items[k] = items[k - 1];
        items[k] = one;
    }
}

static void merge(const item *from, item *to, size_t low, size_t middle, size_t high) {
    size_t i = low, j = middle, k = low;
    while (i < middle && j < high)
        to[k++] = from[j].key < from[i].key ? from[j++] : from[i++];
    while (i < middle)
        to[k++] = from[i++];
    while (j < high)
        to[k++] = from[j++];
}

/* Sorts items by key; equal ones keep their order. spare has room for n. */
static void sort_by_key(item *items, item *spare, size_t n) {
    const size_t small = 16;
    for (size_t low = 0; low < n; low += small)
        insertion_sort(items + low, n - low < small ? n - low : small);
    item *from = items, *to = spare;
    for (size_t width = small; width < n; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t middle = low + width < n ? low + width : n;
            size_t high = middle + width < n ? middle + width : n;
            merge(from, to, low, middle, high);
        }
        item *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
}

/* Sorts a range by its next bytes and adds the ranges that are still to be sorted. */
static void sort_range(const ac_pattern *patterns, item *items, item *spare, range r,
                       range *pending, size_t *n_pending) {
    for (uint32_t i = r.low; i < r.high; i++)
        items[i].key = key_of(&patterns[items[i].id], r.depth);
    sort_by_key(items + r.low, spare, r.high - r.low);
    for (uint32_t low = r.low, high; low < r.high; low = high) {
        high = low + 1;
        while (high < r.high && items[high].key == items[low].key)
            high++;
        if (high - low > 1 && goes_on(items[low].key))
            pending[(*n_pending)++] = (range){low, high, r.depth + KEY_BYTES};
    }
}

static ac_status sort_patterns(ac_tree *tree, const ac_pattern *patterns, const ac_watch *watch) {
    const uint32_t n = (uint32_t)tree->n_patterns;
    item *items = malloc((n + (size_t)1) * sizeof *items);
    item *spare = malloc((n + (size_t)1) * sizeof *spare);
    /* Pending ranges do not overlap and hold two items or more. */
    range *pending = malloc((n / 2 + (size_t)1) * sizeof *pending);
    tree->order = malloc((n + (size_t)1) * sizeof *tree->order);
    ac_status status = AC_OK;
    if (items && spare && pending && tree->order) {
        for (uint32_t i = 0; i < n; i++)
            items[i].id = i;
        size_t n_pending = 0;
        if (n > 0)
            pending[n_pending++] = (range){0, n, 0};
        uint64_t sorted = 0;
        while (n_pending > 0 && status == AC_OK) {
            range r = pending[--n_pending];
            sort_range(patterns, items, spare, r, pending, &n_pending);
            /* Ranges are taken from the end, so what lies behind one is sorted. */
            uint64_t done = n - (n_pending > 0 ? pending[n_pending - 1].high : 0);
            if (done >= sorted + 65536) {
                sorted = done;
                status = ac_report(watch, AC_WORK_TREE * done / n);
            }
        }
        for (uint32_t i = 0; i < n && status == AC_OK; i++)
            tree->order[i] = items[i].id;
    } else {
        status = ac_fail_memory(watch->error);
    }
    free(items);
    free(spare);
    free(pending);
    return status;
}

static size_t shared_prefix(const ac_pattern *p, const ac_pattern *q) {
    const unsigned char *a = p->data, *b = q->data;
    size_t size = p->size < q->size ? p->size : q->size, i = 0;
    while (i < size && a[i] == b[i])
        i++;
    return i;
}

/* Asks for a pattern's bytes a few patterns before they are needed. */
static void prefetch_pattern(const ac_tree *tree, const ac_pattern *patterns, size_t i) {
    if (i < tree->n_patterns)
        __builtin_prefetch(patterns[tree->order[i]].data);
}

/* Fills the nodes. path[d] is the node at depth d on the way to the pattern at hand; it has room
 * for the longest one. */
static void add_nodes(ac_tree *tree, const ac_pattern *patterns, const uint32_t *shared,
                      uint32_t *path) {
    uint32_t n_nodes = 1;
    size_t before = 0; /* size of the pattern before */
    path[0] = 0;
    for (size_t i = 0; i < tree->n_patterns; i++) {
        const ac_pattern *p = &patterns[tree->order[i]];
        const unsigned char *bytes = p->data;
        size_t depth = shared[i];
        prefetch_pattern(tree, patterns, i + 8);
        if (depth < p->size && depth < before)
            tree->sibling[path[depth + 1]] = n_nodes;
        for (; depth < p->size; depth++) {
            tree->label[n_nodes] = bytes[depth];
            tree->inner[path[depth]] = 1;
            path[depth + 1] = n_nodes++;
        }
        tree->ends[i] = path[p->size];
        before = p->size;
    }
}

static ac_status check_patterns(ac_tree *tree, const ac_pattern *patterns, ac_error *error) {
    if (tree->n_patterns > AC_MAX_PATTERNS)
        return ac_fail(error, AC_E_LIMIT, AC_NONE, "%zu patterns are more than %zu",
                       tree->n_patterns, AC_MAX_PATTERNS);
    for (size_t i = 0; i < tree->n_patterns; i++) {
        size_t size = patterns[i].size;
        if (size == 0)
            return ac_fail(error, AC_E_ARGUMENT, i, "pattern %zu is empty", i);
        if (size > AC_MAX_PATTERN_BYTES)
            return ac_fail(error, AC_E_LIMIT, i, "pattern %zu has more than %zu bytes", i,
                           AC_MAX_PATTERN_BYTES);
        if (size > tree->longest)
            tree->longest = size;
    }
    return AC_OK;
}

/* shared[i]: bytes that pattern order[i] has in common with the one before it. */
static ac_status count_nodes(ac_tree *tree, const ac_pattern *patterns, uint32_t *shared,
                             ac_error *error) {
    uint64_t n_nodes = 1;
    for (size_t i = 0; i < tree->n_patterns; i++) {
        const ac_pattern *p = &patterns[tree->order[i]];
        prefetch_pattern(tree, patterns, i + 8);
        shared[i] = i == 0 ? 0 : (uint32_t)shared_prefix(&patterns[tree->order[i - 1]], p);
        n_nodes += p->size - shared[i];
    }
    if (n_nodes > AC_MAX_STATES)
        return ac_fail(error, AC_E_LIMIT, AC_NONE, "the patterns need more than %zu states",
                       AC_MAX_STATES);
    tree->n_nodes = (size_t)n_nodes;
    return AC_OK;
}

static ac_status make_nodes(ac_tree *tree, const ac_pattern *patterns, ac_error *error) {
    const size_t n = tree->n_patterns;
    uint32_t *shared = malloc((n + 1) * sizeof *shared);
    uint32_t *path = malloc((tree->longest + 1) * sizeof *path);
    ac_status status = shared && path ? AC_OK : ac_fail_memory(error);
    if (status == AC_OK)
        status = count_nodes(tree, patterns, shared, error);
    if (status == AC_OK) {
        tree->sibling = calloc(tree->n_nodes, sizeof *tree->sibling);
        tree->label = calloc(tree->n_nodes, 1);
        tree->inner = calloc(tree->n_nodes, 1);
        tree->ends = malloc((n + 1) * sizeof *tree->ends);
        if (tree->sibling && tree->label && tree->inner && tree->ends)
            add_nodes(tree, patterns, shared, path);
        else
            status = ac_fail_memory(error);
    }
    free(shared);
    free(path);
    return status;
}

ac_status ac_tree_build(ac_tree *tree, const ac_pattern *patterns, size_t n,
                        const ac_watch *watch) {
    *tree = (ac_tree){.n_patterns = n};
    ac_status status = check_patterns(tree, patterns, watch->error);
    if (status == AC_OK)
        status = sort_patterns(tree, patterns, watch);
    return status == AC_OK ? make_nodes(tree, patterns, watch->error) : status;
}

void ac_tree_dispose(ac_tree *tree) {
    free(tree->sibling);
    free(tree->label);
    free(tree->inner);
    free(tree->order);
    free(tree->ends);
    *tree = (ac_tree){0};
}
