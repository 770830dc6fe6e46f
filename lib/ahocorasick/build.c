/* Building: the patterns become a tree (tree.c), the tree a double array (place.c), and here its
 * states are linked breadth first to their longest suffixes and to the patterns that end at them,
 * into the finished block. */
#include <stdlib.h>
#include <string.h>

#include "build.h"

/* The parts of the block while they are written. */
typedef struct links {
    const ac_tree *tree;
    const ac_places *places;
    const ac_pattern *patterns;
    uint32_t *words;
    ac_link *links;
    ac_output *outputs;
    uint32_t n_outputs;
    uint32_t *first; /* of a node: 1 + the first pattern in tree->order that ends at it, or 0 */
    uint32_t *queue; /* room for all nodes */
} links;

ac_status ac_report(const ac_watch *watch, uint64_t done) {
    const ac_build_options *options = watch->options;
    if (options && options->progress && !options->progress(options->context, done, AC_WORK_ALL))
        return ac_fail(watch->error, AC_E_CANCELLED, AC_NONE, "cancelled");
    return AC_OK;
}

/* The longest proper suffix of the child of state by byte. */
static uint32_t suffix_of_child(const links *l, uint32_t state, uint32_t byte) {
    const uint32_t *bases = l->places->bases;
    if (state == AC_ROOT)
        return AC_ROOT;
    uint32_t child;
    do {
        state = l->links[state].fail;
        child = bases[state] ^ byte;
    } while (l->places->checks[child] != byte);
    return bases[child] == AC_ROOT_BASE ? AC_ROOT : child;
}

/* Puts the patterns that end at node before the chain that begins at output next. Returns the
 * output that the longer chain begins at. */
static uint32_t add_outputs(links *l, uint32_t node, uint32_t next) {
    if (l->first[node] == 0)
        return next;
    size_t low = l->first[node] - 1u, high = low;
    while (high < l->tree->n_patterns && l->tree->ends[high] == node)
        high++;
    while (high-- > low) {
        uint32_t id = l->tree->order[high];
        l->outputs[l->n_outputs] = (ac_output){id, (uint32_t)l->patterns[id].size, next};
        next = ++l->n_outputs;
    }
    return next;
}

/* A state's suffix is shorter, so breadth first it is linked before the state itself. */
static ac_status link_states(links *l, const ac_watch *watch) {
    const size_t n = l->tree->n_nodes;
    size_t head = 0, tail = 0;
    l->queue[tail++] = 0;
    while (head < tail) {
        uint32_t node = l->queue[head++];
        if (head + 16 < tail) {
            __builtin_prefetch(&l->places->slot_of[l->queue[head + 16]]);
            __builtin_prefetch(&l->tree->label[l->queue[head + 16]]);
            __builtin_prefetch(&l->tree->sibling[l->queue[head + 16]]);
        }
        uint32_t state = l->places->slot_of[node];
        for (uint32_t c = ac_first_child(l->tree, node); c != 0; c = l->tree->sibling[c]) {
            uint32_t child = l->places->slot_of[c];
            uint32_t suffix = suffix_of_child(l, state, l->tree->label[c]);
            uint32_t output = add_outputs(l, c, l->links[suffix].output);
            l->links[child] = (ac_link){suffix, output};
            if (output != 0)
                l->words[child] |= AC_ENDS;
            l->queue[tail++] = c;
        }
        if (head % 65536 == 0) {
            uint64_t share = (AC_WORK_ALL - AC_WORK_PLACE) * head / n;
            ac_status status = ac_report(watch, AC_WORK_PLACE + share);
            if (status != AC_OK)
                return status;
        }
    }
    return AC_OK;
}

/* Lays out the parts of the block and fills in what is known before linking. */
static void lay_out(links *l, ac_header *header) {
    const ac_places *places = l->places;
    const uint32_t n_slots = places->n_slots;
    l->words = (uint32_t *)(header + 1);
    l->links = (ac_link *)(l->words + n_slots);
    l->outputs = (ac_output *)(l->links + n_slots);
    uint8_t *highs = (uint8_t *)(l->outputs + l->tree->n_patterns);
    for (uint32_t i = 0; i < n_slots; i++) {
        uint32_t low = places->bases[i] & (AC_NARROW_SLOTS - 1);
        l->words[i] = low << AC_BASE_SHIFT | places->checks[i];
        l->links[i] = (ac_link){AC_ROOT, 0};
        if (n_slots > AC_NARROW_SLOTS)
            highs[i] = (uint8_t)(places->bases[i] >> AC_NARROW_BITS);
    }
    for (size_t i = l->tree->n_patterns; i-- > 0;)
        l->first[l->tree->ends[i]] = (uint32_t)i + 1;
}

static ac_status fill_block(links *l, ac_automaton *ac, const ac_watch *watch) {
    const ac_tree *tree = l->tree;
    const uint64_t size = ac_block_size(l->places->n_slots, (uint32_t)tree->n_patterns);
    l->first = calloc(tree->n_nodes, sizeof *l->first);
    l->queue = malloc(tree->n_nodes * sizeof *l->queue);
    ac->owned = ac_block_allocate(size);
    if (!l->first || !l->queue || !ac->owned)
        return ac_fail_memory(watch->error);
    ac_header *header = ac->owned;
    *header = (ac_header){.magic = AC_MAGIC,
                          .version = AC_VERSION,
                          .n_patterns = (uint32_t)tree->n_patterns,
                          .size = size,
                          .n_slots = l->places->n_slots,
                          .n_states = (uint32_t)tree->n_nodes,
                          .longest = (uint32_t)tree->longest};
    lay_out(l, header);
    ac_status status = link_states(l, watch);
    if (status == AC_OK) {
        header->checksum = ac_block_checksum(header, (size_t)size);
        ac_attach(ac, header);
        status = ac_report(watch, AC_WORK_ALL);
    }
    return status;
}

ac_status ac_build(ac_automaton **out, const ac_pattern *patterns, size_t n,
                   const ac_build_options *options, ac_error *error) {
    const ac_watch watch = {options, error};
    ac_tree tree;
    ac_places places = {0};
    *out = NULL;
    ac_automaton *ac = calloc(1, sizeof *ac);
    if (!ac)
        return ac_fail_memory(error);
    ac_status status = ac_tree_build(&tree, patterns, n, &watch);
    if (status == AC_OK)
        status = ac_places_build(&places, &tree, &watch);
    if (status == AC_OK) {
        links l = {.tree = &tree, .places = &places, .patterns = patterns};
        status = fill_block(&l, ac, &watch);
        free(l.first);
        free(l.queue);
    }
    ac_places_dispose(&places);
    ac_tree_dispose(&tree);
    if (status == AC_OK)
        *out = ac;
    else
        ac_free(ac);
    return status;
}
