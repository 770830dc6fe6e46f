/* Building: the tree of the patterns is laid into a double array, then links to suffixes and chains
 * of outputs are added breadth first.
 *
 * Placing: the children of a state with base b sit in slots b ^ byte, all in one block of 256. The
 * nodes are taken in preorder, so that the states of a pattern lie near each other, and each gets
 * the first base that fits among the newest blocks; older blocks are closed with the holes they
 * have. */
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "trie.h"

/* Blocks that are still being filled. */
#define N_OPEN 16u
/* Bases 0 and 1 are never given out. Base 0 belongs to states without children: no check leads to
 * it. Base 1 is where the free slots of block 0 and the root lead. */
#define NO_CHILDREN 0u

typedef struct build {
    ac_trie trie;
    const ac_build_options *options;
    ac_error *error;
    ac_slot *slots;
    size_t n_slots;
    size_t capacity;
    unsigned char *taken; /* a byte a slot: bit 0 the slot is a state, bit 1 it is a base in use */
    uint32_t *slot_of;    /* of a node */
    ac_output *outputs;
} build;

static ac_status no_memory(ac_error *error) {
    return ac_fail(error, AC_E_MEMORY, AC_NONE, "out of memory");
}

static ac_status report(const build *b, uint64_t done, uint64_t total) {
    if (b->options && b->options->progress &&
        !b->options->progress(b->options->context, done, total))
        return ac_fail(b->error, AC_E_CANCELLED, AC_NONE, "cancelled");
    return AC_OK;
}

/* Gives the free slots of a block a check that leads to a base nobody has. */
static void close_block(build *b, size_t start) {
    uint32_t unused = 1;
    while (start != 0 && unused < 256 && b->taken[start + unused] & 2)
        unused++;
    for (uint32_t i = 0; i < 256; i++)
        if (!(b->taken[start + i] & 1) || start + i == AC_ROOT)
            b->slots[start + i].output_check = (i ^ unused) & 0xff;
}

static ac_status add_block(build *b) {
    if (b->n_slots + 256 > (size_t)UINT32_MAX)
        return ac_fail(b->error, AC_E_LIMIT, AC_NONE, "the patterns need too many states");
    if (b->n_slots + 256 > b->capacity) {
        size_t capacity = b->capacity + b->capacity / 2 + 4096;
        ac_slot *slots = realloc(b->slots, capacity * sizeof *slots);
        if (!slots)
            return no_memory(b->error);
        b->slots = slots;
        unsigned char *taken = realloc(b->taken, capacity);
        if (!taken)
            return no_memory(b->error);
        b->taken = taken;
        b->capacity = capacity;
    }
    memset(b->slots + b->n_slots, 0, 256 * sizeof *b->slots);
    memset(b->taken + b->n_slots, 0, 256);
    b->n_slots += 256;
    if (b->n_slots == 256)
        b->taken[0] = 3, b->taken[1] = 2;
    if (b->n_slots > N_OPEN * 256)
        close_block(b, b->n_slots - (N_OPEN + 1) * 256);
    return AC_OK;
}

/* The first base in the open blocks that fits n labels, or NO_CHILDREN. */
static size_t find_base(const build *b, const unsigned char *labels, size_t n) {
    size_t i = b->n_slots > N_OPEN * 256 ? b->n_slots - N_OPEN * 256 : 0;
    for (; i < b->n_slots; i++) {
        if (b->taken[i] & 1)
            continue;
        size_t base = i ^ labels[0], k = 1;
        if (b->taken[base] & 2)
            continue;
        while (k < n && !(b->taken[base ^ labels[k]] & 1))
            k++;
        if (k == n)
            return base;
    }
    return NO_CHILDREN;
}

static ac_status place_node(build *b, uint32_t node) {
    unsigned char labels[256];
    size_t n = 0;
    for (uint32_t child = node + 1; child != 0; child = b->trie.sibling[child])
        labels[n++] = b->trie.label[child];
    size_t base = find_base(b, labels, n);
    while (base == NO_CHILDREN) {
        ac_status status = add_block(b);
        if (status != AC_OK)
            return status;
        base = find_base(b, labels, n);
    }
    b->slots[b->slot_of[node]].base = (uint32_t)base;
    b->taken[base] |= 2;
    for (uint32_t child = node + 1; child != 0; child = b->trie.sibling[child]) {
        uint32_t slot = (uint32_t)base ^ b->trie.label[child];
        b->slot_of[child] = slot;
        b->slots[slot].output_check = b->trie.label[child];
        b->taken[slot] |= 1;
    }
    return AC_OK;
}

static ac_status place(build *b) {
    ac_status status = add_block(b);
    b->slot_of[0] = AC_ROOT;
    for (size_t v = 0; v < b->trie.n_nodes && status == AC_OK; v++) {
        if (b->trie.parent[v])
            status = place_node(b, (uint32_t)v);
        if (v % 65536 == 0 && status == AC_OK)
            status = report(b, v, 2 * b->trie.n_nodes);
    }
    if (status == AC_OK) {
        size_t open = b->n_slots > N_OPEN * 256 ? b->n_slots - N_OPEN * 256 : 0;
        for (; open < b->n_slots; open += 256)
            close_block(b, open);
    }
    return status;
}

static uint32_t fail_of_child(const ac_slot *slots, uint32_t state, uint32_t byte) {
    while (state != AC_ROOT) {
        state = slots[state].fail;
        uint32_t child = slots[state].base ^ byte;
        if (ac_slot_check(slots[child]) == byte)
            return child;
    }
    return AC_ROOT;
}

/* Puts the patterns that end at node in front of the chain of its suffix. first[node] is 1 + the
 * first of them in sorted order, or 0. Returns the 1-based head of the chain. */
static uint32_t chain(build *b, uint32_t node, const uint32_t *first, const ac_pattern *patterns,
                      uint32_t *n_outputs, uint32_t next) {
    if (first[node] == 0)
        return next;
    size_t low = first[node] - 1u, high = low;
    while (high < b->trie.n_patterns && b->trie.node[high] == node)
        high++;
    while (high-- > low) {
        uint32_t id = b->trie.order[high];
        b->outputs[*n_outputs] = (ac_output){id, (uint32_t)patterns[id].size, next};
        next = ++*n_outputs;
    }
    return next;
}

static ac_status link_states(build *b, const ac_pattern *patterns) {
    const size_t n = b->trie.n_nodes;
    uint32_t *queue = malloc(n * sizeof *queue), *first = calloc(n, sizeof *first);
    ac_status status = queue && first ? AC_OK : no_memory(b->error);
    for (size_t i = b->trie.n_patterns; status == AC_OK && i-- > 0;)
        first[b->trie.node[i]] = (uint32_t)i + 1;
    size_t head = 0, tail = 0;
    uint32_t n_outputs = 0;
    if (status == AC_OK)
        queue[tail++] = 0;
    while (head < tail && status == AC_OK) {
        uint32_t node = queue[head++];
        uint32_t state = b->slot_of[node];
        for (uint32_t c = b->trie.parent[node] ? node + 1 : 0; c != 0; c = b->trie.sibling[c]) {
            ac_slot *slot = &b->slots[b->slot_of[c]];
            slot->fail = fail_of_child(b->slots, state, b->trie.label[c]);
            uint32_t next = ac_slot_output(b->slots[slot->fail]);
            slot->output_check |= chain(b, c, first, patterns, &n_outputs, next) << 8;
            queue[tail++] = c;
        }
        if (head % 65536 == 0)
            status = report(b, n + head, 2 * n);
    }
    free(queue);
    free(first);
    return status;
}

static ac_status write_block(const build *b, ac_automaton **out) {
    size_t slots_size = b->n_slots * sizeof *b->slots;
    size_t outputs_size = b->trie.n_patterns * sizeof *b->outputs;
    size_t size = sizeof(ac_header) + slots_size + outputs_size;
    ac_automaton *ac = calloc(1, sizeof *ac);
    char *block = malloc(size);
    if (!ac || !block) {
        free(ac);
        free(block);
        return no_memory(b->error);
    }
    ac_header header = {.magic = AC_MAGIC,
                        .version = AC_VERSION,
                        .n_patterns = (uint32_t)b->trie.n_patterns,
                        .size = size,
                        .n_slots = (uint32_t)b->n_slots,
                        .n_states = (uint32_t)b->trie.n_nodes,
                        .n_outputs = (uint32_t)b->trie.n_patterns,
                        .longest = (uint32_t)b->trie.longest,
                        .slots_offset = sizeof(ac_header),
                        .outputs_offset = sizeof(ac_header) + slots_size};
    memcpy(block, &header, sizeof header);
    memcpy(block + header.slots_offset, b->slots, slots_size);
    memcpy(block + header.outputs_offset, b->outputs, outputs_size);
    header.checksum = ac_block_checksum(block, size);
    memcpy(block, &header, sizeof header);
    ac->header = (const void *)block;
    ac->slots = (const void *)(block + header.slots_offset);
    ac->outputs = (const void *)(block + header.outputs_offset);
    ac->owned = block;
    *out = ac;
    return AC_OK;
}

static ac_status compile(build *b, const ac_pattern *patterns, ac_automaton **out) {
    b->slot_of = malloc(b->trie.n_nodes * sizeof *b->slot_of);
    b->outputs = malloc((b->trie.n_patterns + 1) * sizeof *b->outputs);
    if (!b->slot_of || !b->outputs)
        return no_memory(b->error);
    ac_status status = place(b);
    if (status == AC_OK)
        status = link_states(b, patterns);
    if (status == AC_OK)
        status = report(b, 2 * b->trie.n_nodes, 2 * b->trie.n_nodes);
    return status == AC_OK ? write_block(b, out) : status;
}

ac_status ac_build(ac_automaton **out, const ac_pattern *patterns, size_t n,
                   const ac_build_options *options, ac_error *error) {
    build b = {.options = options, .error = error};
    *out = NULL;
    ac_status status = ac_trie_build(&b.trie, patterns, n, error);
    if (status == AC_OK)
        status = compile(&b, patterns, out);
    free(b.slots);
    free(b.taken);
    free(b.slot_of);
    free(b.outputs);
    ac_trie_dispose(&b.trie);
    return status;
}
