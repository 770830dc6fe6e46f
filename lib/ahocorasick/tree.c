/* Builds the tree of all patterns by sorting them: each pattern then adds the nodes below the
 * prefix it shares with the one before it. */
#include <stdlib.h>
#include <string.h>

#include "build.h"

/* A pattern to be sorted. Its first bytes, as a number, decide most comparisons. */
typedef struct item {
    uint64_t key;
    uint32_t id;
} item;

static uint64_t key_of(const ac_pattern *p) {
    const unsigned char *bytes = p->data;
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (i < p->size ? bytes[i] : 0u);
    return key;
}

/* True when a may come before b. Equal patterns keep their order. */
static bool in_order(const ac_pattern *patterns, const item *a, const item *b) {
    if (a->key != b->key)
        return a->key < b->key;
    const ac_pattern *p = &patterns[a->id], *q = &patterns[b->id];
    int difference = memcmp(p->data, q->data, p->size < q->size ? p->size : q->size);
    if (difference != 0)
        return difference < 0;
    return p->size != q->size ? p->size < q->size : a->id < b->id;
}

static void merge(const ac_pattern *patterns, const item *from, item *to, size_t low, size_t middle,
                  size_t high) {
    size_t i = low, j = middle, k = low;
    while (i < middle && j < high)
        to[k++] = in_order(patterns, &from[i], &from[j]) ? from[i++] : from[j++];
    while (i < middle)
        to[k++] = from[i++];
    while (j < high)
        to[k++] = from[j++];
}

/* Merge sort, bottom up. *items is the array of the two that holds the result. */
static ac_status sort_items(const ac_pattern *patterns, item **items, item *to, size_t n,
                            const ac_watch *watch) {
    uint64_t n_passes = 1, done = 0;
    for (size_t width = 1; width < n; width *= 2)
        n_passes++;
    for (size_t width = 1; width < n; width *= 2) {
        item *from = *items;
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t middle = low + width < n ? low + width : n;
            size_t high = middle + width < n ? middle + width : n;
            merge(patterns, from, to, low, middle, high);
        }
        *items = to;
        to = from;
        ac_status status = ac_report(watch, AC_WORK_TREE * ++done / n_passes);
        if (status != AC_OK)
            return status;
    }
    return AC_OK;
}

static ac_status sort_patterns(ac_tree *tree, const ac_pattern *patterns, const ac_watch *watch) {
    const size_t n = tree->n_patterns;
    item *one = malloc((n + 1) * sizeof *one), *two = malloc((n + 1) * sizeof *two);
    tree->order = malloc((n + 1) * sizeof *tree->order);
    ac_status status = AC_OK;
    if (one && two && tree->order) {
        item *items = one;
        for (size_t i = 0; i < n; i++)
            items[i] = (item){key_of(&patterns[i]), (uint32_t)i};
        status = sort_items(patterns, &items, two, n, watch);
        for (size_t i = 0; i < n && status == AC_OK; i++)
            tree->order[i] = items[i].id;
    } else {
        status = ac_fail_memory(watch->error);
    }
    free(one);
    free(two);
    return status;
}

static size_t shared_prefix(const ac_pattern *p, const ac_pattern *q) {
    const unsigned char *a = p->data, *b = q->data;
    size_t size = p->size < q->size ? p->size : q->size, i = 0;
    while (i < size && a[i] == b[i])
        i++;
    return i;
}

/* Fills the nodes. path[d] is the node at depth d on the way to the pattern at hand; it has room
 * for the longest one. */
static void add_nodes(ac_tree *tree, const ac_pattern *patterns, uint32_t *path) {
    uint32_t n_nodes = 1;
    size_t before = 0; /* size of the pattern before */
    path[0] = 0;
    for (size_t i = 0; i < tree->n_patterns; i++) {
        const ac_pattern *p = &patterns[tree->order[i]];
        const unsigned char *bytes = p->data;
        size_t depth = i == 0 ? 0 : shared_prefix(&patterns[tree->order[i - 1]], p);
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

static ac_status count_nodes(ac_tree *tree, const ac_pattern *patterns, ac_error *error) {
    uint64_t n_nodes = 1;
    for (size_t i = 0; i < tree->n_patterns; i++) {
        const ac_pattern *p = &patterns[tree->order[i]];
        n_nodes += p->size - (i == 0 ? 0 : shared_prefix(&patterns[tree->order[i - 1]], p));
    }
    if (n_nodes > AC_MAX_STATES)
        return ac_fail(error, AC_E_LIMIT, AC_NONE, "the patterns need more than %zu states",
                       AC_MAX_STATES);
    tree->n_nodes = (size_t)n_nodes;
    return AC_OK;
}

ac_status ac_tree_build(ac_tree *tree, const ac_pattern *patterns, size_t n,
                        const ac_watch *watch) {
    *tree = (ac_tree){.n_patterns = n};
    ac_status status = check_patterns(tree, patterns, watch->error);
    if (status == AC_OK)
        status = sort_patterns(tree, patterns, watch);
    if (status == AC_OK)
        status = count_nodes(tree, patterns, watch->error);
    if (status != AC_OK)
        return status;
    tree->sibling = calloc(tree->n_nodes, sizeof *tree->sibling);
    tree->label = calloc(tree->n_nodes, 1);
    tree->inner = calloc(tree->n_nodes, 1);
    tree->ends = malloc((n + 1) * sizeof *tree->ends);
    uint32_t *path = malloc((tree->longest + 1) * sizeof *path);
    if (tree->sibling && tree->label && tree->inner && tree->ends && path)
        add_nodes(tree, patterns, path);
    else
        status = ac_fail_memory(watch->error);
    free(path);
    return status;
}

void ac_tree_dispose(ac_tree *tree) {
    free(tree->sibling);
    free(tree->label);
    free(tree->inner);
    free(tree->order);
    free(tree->ends);
    *tree = (ac_tree){0};
}
