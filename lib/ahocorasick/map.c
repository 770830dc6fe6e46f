/* Mapping: a block of bytes becomes an automaton once everything a scan relies on is shown to
 * hold. The states are visited breadth first from the root, each exactly once, which gives every
 * state its depth; links to suffixes must lead to smaller depths and chains of outputs to smaller
 * indices, so both end; and no pattern may be longer than its state is deep, so no match begins
 * before the text. */
#include <stdlib.h>
#include <string.h>

#include "format.h"

static const uint32_t unseen = UINT32_MAX;

static ac_status damaged(ac_error *error, const char *what) {
    return ac_fail(error, AC_E_FORMAT, AC_NONE, "damaged automaton: %s", what);
}

static ac_status check_header(const void *data, size_t size, ac_error *error) {
    if (!ac_is_automaton(data, size) || size < sizeof(ac_header))
        return ac_fail(error, AC_E_FORMAT, AC_NONE, "not an automaton");
    const ac_header *h = data;
    if (h->version != AC_VERSION)
        return ac_fail(error, AC_E_FORMAT, AC_NONE, "automaton of version %u, not %u",
                       (unsigned)h->version, AC_VERSION);
    if (h->size != size)
        return damaged(error, "its size is not what its header says");
    if (ac_block_checksum(data, size) != h->checksum)
        return damaged(error, "its checksum differs");
    uint64_t outputs_offset = sizeof(ac_header) + (uint64_t)h->n_slots * sizeof(ac_slot);
    if (h->n_slots == 0 || h->n_slots % 256 != 0 || h->slots_offset != sizeof(ac_header) ||
        h->outputs_offset != outputs_offset ||
        size != outputs_offset + (uint64_t)h->n_outputs * sizeof(ac_output) ||
        h->n_outputs != h->n_patterns || h->n_states > h->n_slots || h->reserved != 0)
        return damaged(error, "its parts do not add up");
    return AC_OK;
}

static ac_status check_outputs(const ac_automaton *ac, ac_error *error) {
    for (uint32_t i = 0; i < ac->header->n_outputs; i++) {
        const ac_output *o = &ac->outputs[i];
        if (o->id >= ac->header->n_patterns || o->size == 0 || o->next > i)
            return damaged(error, "an output leads nowhere");
        if (o->next != 0 && ac->outputs[o->next - 1].size > o->size)
            return damaged(error, "outputs are out of order");
    }
    return AC_OK;
}

/* Visits the states. depth, first and list have room for n_slots (first: one more) numbers. */
static ac_status check_states(const ac_automaton *ac, uint32_t *depth, uint32_t *first,
                              uint32_t *list, uint32_t *queue, ac_error *error) {
    const ac_slot *slots = ac->slots;
    const uint32_t n = ac->header->n_slots;
    for (uint32_t i = 0; i < n; i++) {
        if (slots[i].base >= n || slots[i].fail >= n ||
            ac_slot_output(slots[i]) > ac->header->n_outputs)
            return damaged(error, "a state leads nowhere");
        depth[i] = unseen;
        first[(i ^ ac_slot_check(slots[i])) + 1]++;
    }
    for (uint32_t i = 0; i < n; i++)
        first[i + 1] += first[i];
    for (uint32_t i = 0; i < n; i++)
        list[first[i ^ ac_slot_check(slots[i])]++] = i;

    uint32_t head = 0, tail = 0, longest = 0;
    depth[AC_ROOT] = 0;
    queue[tail++] = AC_ROOT;
    while (head < tail) {
        uint32_t state = queue[head++];
        uint32_t base = slots[state].base;
        longest = depth[state];
        for (uint32_t i = base == 0 ? 0 : first[base - 1]; i < first[base]; i++) {
            if (depth[list[i]] != unseen)
                return damaged(error, "a state has two parents");
            depth[list[i]] = depth[state] + 1;
            queue[tail++] = list[i];
        }
    }
    if (tail != ac->header->n_states || longest != ac->header->longest)
        return damaged(error, "its states do not add up");
    if (slots[AC_ROOT].fail != AC_ROOT || ac_slot_output(slots[AC_ROOT]) != 0)
        return damaged(error, "its root is no root");
    for (uint32_t i = 1; i < tail; i++) {
        uint32_t state = queue[i];
        uint32_t output = ac_slot_output(slots[state]);
        if (depth[slots[state].fail] >= depth[state])
            return damaged(error, "a suffix is not shorter");
        if (output != 0 && ac->outputs[output - 1].size > depth[state])
            return damaged(error, "a pattern is longer than its state");
    }
    return AC_OK;
}

static ac_status check_all(const ac_automaton *ac, ac_error *error) {
    ac_status status = check_outputs(ac, error);
    if (status != AC_OK)
        return status;
    const size_t n = ac->header->n_slots;
    uint32_t *depth = malloc(n * sizeof *depth), *first = calloc(n + 1, sizeof *first);
    uint32_t *list = malloc(n * sizeof *list), *queue = malloc(n * sizeof *queue);
    if (depth && first && list && queue)
        status = check_states(ac, depth, first, list, queue, error);
    else
        status = ac_fail(error, AC_E_MEMORY, AC_NONE, "out of memory");
    free(depth);
    free(first);
    free(list);
    free(queue);
    return status;
}

ac_status ac_map(ac_automaton **out, const void *data, size_t size, ac_error *error) {
    *out = NULL;
    if ((uintptr_t)data % 8 != 0)
        return ac_fail(error, AC_E_ARGUMENT, AC_NONE, "the bytes are not aligned to 8");
    ac_status status = check_header(data, size, error);
    if (status != AC_OK)
        return status;
    ac_automaton *ac = calloc(1, sizeof *ac);
    if (!ac)
        return ac_fail(error, AC_E_MEMORY, AC_NONE, "out of memory");
    ac->header = data;
    ac->slots = (const void *)((const char *)data + ac->header->slots_offset);
    ac->outputs = (const void *)((const char *)data + ac->header->outputs_offset);
    status = check_all(ac, error);
    if (status != AC_OK) {
        ac_free(ac);
        return status;
    }
    *out = ac;
    return AC_OK;
}
