/* Builds the tree of all patterns by sorting them: each pattern adds the nodes below the prefix it
 * shares with the one before it. */
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "trie.h"

/* A pattern to be sorted: its first eight bytes as a number, then its id. */
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

/* True when a must not come after b; equal patterns keep their order. */
static bool in_order(const ac_pattern *patterns, const item *a, const item *b) {
    if (a->key != b->key)
        return a->key < b->key;
    const ac_pattern *p = &patterns[a->id], *q = &patterns[b->id];
    int difference = memcmp(p->data, q->data, p->size < q->size ? p->size : q->size);
    if (difference != 0)
        return difference < 0;
    return p->size != q->size ? p->size < q->size : a->id < b->id;
}

/* Merge sort, bottom up. Returns the array of the two that holds the result. */
static item *sort(const ac_pattern *patterns, item *from, item *to, size_t n) {
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t middle = low + width < n ? low + width : n;
            size_t high = middle + width < n ? middle + width : n;
            size_t i = low, j = middle, k = low;
            while (i < middle && j < high)
                to[k++] = in_order(patterns, &from[i], &from[j]) ? from[i++] : from[j++];
            while (i < middle)
                to[k++] = from[i++];
            while (j < high)
                to[k++] = from[j++];
        }
        item *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

static ac_status sort_patterns(ac_trie *trie, const ac_pattern *patterns, ac_error *error) {
    size_t n = trie->n_patterns;
    item *from = malloc((n + 1) * sizeof *from), *to = malloc((n + 1) * sizeof *to);
    trie->order = malloc((n + 1) * sizeof *trie->order);
    if (!from || !to || !trie->order) {
        free(from);
        free(to);
        return ac_fail(error, AC_E_MEMORY, AC_NONE, "out of memory");
    }
    for (size_t i = 0; i < n; i++)
        from[i] = (item){key_of(&patterns[i]), (uint32_t)i};
    const item *sorted = sort(patterns, from, to, n);
    for (size_t i = 0; i < n; i++)
        trie->order[i] = sorted[i].id;
    free(from);
    free(to);
    return AC_OK;
}

static size_t shared_prefix(const ac_pattern *p, const ac_pattern *q) {
    const unsigned char *a = p->data, *b = q->data;
    size_t size = p->size < q->size ? p->size : q->size, i = 0;
    while (i < size && a[i] == b[i])
        i++;
    return i;
}

/* Fills the nodes; path has room for the nodes on the way to the longest pattern. */
static void add_nodes(ac_trie *trie, const ac_pattern *patterns, uint32_t *path, uint32_t *last) {
    uint32_t n_nodes = 1;
    size_t before = 0;
    path[0] = 0;
    for (size_t i = 0; i < trie->n_patterns; i++) {
        const ac_pattern *p = &patterns[trie->order[i]];
        const unsigned char *bytes = p->data;
        size_t depth = i == 0 ? 0 : shared_prefix(&patterns[trie->order[i - 1]], p);
        if (depth < p->size && depth < before)
            trie->sibling[last[depth]] = n_nodes;
        for (; depth < p->size; depth++) {
            trie->label[n_nodes] = bytes[depth];
            trie->parent[path[depth]] = 1;
            last[depth] = n_nodes;
            path[depth + 1] = n_nodes++;
        }
        trie->node[i] = path[p->size];
        before = p->size;
    }
}

ac_status ac_trie_build(ac_trie *trie, const ac_pattern *patterns, size_t n, ac_error *error) {
    *trie = (ac_trie){.n_patterns = n};
    if (n > AC_MAX_PATTERNS)
        return ac_fail(error, AC_E_LIMIT, AC_NONE, "%zu patterns are more than %zu", n,
                       AC_MAX_PATTERNS);
    for (size_t i = 0; i < n; i++) {
        if (patterns[i].size == 0)
            return ac_fail(error, AC_E_ARGUMENT, i, "pattern %zu is empty", i);
        if (patterns[i].size > AC_MAX_PATTERN_BYTES)
            return ac_fail(error, AC_E_LIMIT, i, "pattern %zu has more than %zu bytes", i,
                           AC_MAX_PATTERN_BYTES);
        if (patterns[i].size > trie->longest)
            trie->longest = patterns[i].size;
    }
    ac_status status = sort_patterns(trie, patterns, error);
    if (status != AC_OK)
        return status;
    uint64_t n_nodes = 1;
    for (size_t i = 0; i < n; i++) {
        const ac_pattern *p = &patterns[trie->order[i]];
        n_nodes += p->size - (i == 0 ? 0 : shared_prefix(&patterns[trie->order[i - 1]], p));
    }
    if (n_nodes > AC_MAX_STATES)
        return ac_fail(error, AC_E_LIMIT, AC_NONE, "the patterns need more than %zu states",
                       AC_MAX_STATES);
    trie->n_nodes = (size_t)n_nodes;
    trie->sibling = calloc(trie->n_nodes, sizeof *trie->sibling);
    trie->label = calloc(trie->n_nodes, 1);
    trie->parent = calloc(trie->n_nodes, 1);
    trie->node = malloc((n + 1) * sizeof *trie->node);
    uint32_t *path = malloc((trie->longest + 1) * sizeof *path);
    uint32_t *last = malloc((trie->longest + 1) * sizeof *last);
    if (trie->sibling && trie->label && trie->parent && trie->node && path && last)
        add_nodes(trie, patterns, path, last);
    else
        status = ac_fail(error, AC_E_MEMORY, AC_NONE, "out of memory");
    free(path);
    free(last);
    return status;
}

void ac_trie_dispose(ac_trie *trie) {
    free(trie->sibling);
    free(trie->label);
    free(trie->parent);
    free(trie->order);
    free(trie->node);
    *trie = (ac_trie){0};
}
