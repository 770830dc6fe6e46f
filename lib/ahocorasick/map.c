/* Mapping: a block of bytes becomes an automaton once everything a scan relies on is shown to
 * hold.
 *
 * Every slot's base tells its children, so each state is given its depth through its one parent, up
 * to the root. Links to suffixes must lead to smaller depths, and chains of outputs to
 * smaller indices, so both end; and no pattern may be longer than the state it is reported at is
 * deep, so no match begins before the text. */
#include <stdlib.h>

#include "format.h"

static const uint32_t none = UINT32_MAX;

/* What is found out about the slots. */
typedef struct survey {
    const ac_automaton *ac;
    uint32_t n;       /* slots */
    uint32_t *parent; /* of a base: the state that has it, or none */
    uint32_t *depth;  /* of a slot: none when it is no state */
    uint32_t n_states;
    uint32_t longest;
} survey;

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
    uint32_t reserved = 0;
    for (size_t i = 0; i < sizeof h->reserved / sizeof h->reserved[0]; i++)
        reserved |= h->reserved[i];
    if (h->n_slots < 512 || h->n_slots % 256 != 0 || h->n_slots > AC_MAX_SLOTS ||
        h->n_patterns > AC_MAX_PATTERNS || h->size != ac_block_size(h->n_slots, h->n_patterns) ||
        reserved != 0)
        return damaged(error, "its parts do not add up");
    return AC_OK;
}

static ac_status check_outputs(const ac_automaton *ac, ac_error *error) {
    for (uint32_t i = 0; i < ac->header->n_patterns; i++) {
        const ac_output *o = &ac->outputs[i];
        if (o->id >= ac->header->n_patterns || o->size == 0 || o->next > i)
            return damaged(error, "an output leads nowhere");
        if (o->next != 0 && ac->outputs[o->next - 1].size > o->size)
            return damaged(error, "outputs are out of order");
    }
    return AC_OK;
}

static uint32_t base_of(const survey *s, uint32_t slot) {
    const ac_automaton *ac = s->ac;
    return ac_base(ac->highs, slot, ac->words[slot], ac->highs != NULL);
}

static bool is_root_copy(const survey *s, uint32_t slot) {
    return slot < 256 && base_of(s, slot) == AC_ROOT_BASE;
}

/* Bounds of all links; the root; and whose child each slot would be. */
static ac_status check_slots(survey *s, ac_error *error) {
    const ac_link *links = s->ac->links;
    for (uint32_t i = 0; i < s->n; i++)
        s->parent[i] = s->depth[i] = none;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t base = base_of(s, i), check = ac_check(s->ac->words[i]);
        bool ends = s->ac->words[i] & AC_ENDS;
        if (base >= s->n || links[i].fail >= s->n || links[i].output > s->ac->header->n_patterns)
            return damaged(error, "a state leads nowhere");
        if (ends != (links[i].output != 0))
            return damaged(error, "a state and its outputs disagree");
        if (i < 256 && check != i)
            return damaged(error, "its root lacks a byte");
        if ((i ^ check) == AC_CHILDLESS)
            return damaged(error, "a state that has no children has one");
        if (is_root_copy(s, i) && ends)
            return damaged(error, "something ends at its root");
        if (base == AC_CHILDLESS || is_root_copy(s, i))
            continue;
        if (s->parent[base] != none)
            return damaged(error, "two states have the same children");
        s->parent[base] = i;
    }
    if (s->parent[AC_ROOT_BASE] != AC_ROOT || links[AC_ROOT].output != 0)
        return damaged(error, "its root is missing");
    return AC_OK;
}

static uint32_t parent_of(const survey *s, uint32_t slot) {
    return s->parent[slot ^ ac_check(s->ac->words[slot])];
}

/* Gives slot its depth, and all above it that have none yet: at first the number of steps up to
 * one that has, then, going up once more, the sum. */
static ac_status find_depth(survey *s, uint32_t slot, ac_error *error) {
    uint32_t n_steps = 0, top = slot;
    while (s->depth[top] == none) {
        uint32_t up = parent_of(s, top);
        if (up == none)
            return n_steps == 0 ? AC_OK : damaged(error, "a free slot has children");
        if (++n_steps == s->n)
            return damaged(error, "a state is its own prefix");
        top = up;
    }
    uint32_t depth = s->depth[top] + n_steps;
    if (depth > s->longest)
        s->longest = depth;
    s->n_states += n_steps;
    for (uint32_t at = slot; at != top; at = parent_of(s, at))
        s->depth[at] = depth--;
    return AC_OK;
}

static ac_status check_states(survey *s, ac_error *error) {
    ac_status status = check_slots(s, error);
    if (status != AC_OK)
        return status;
    for (uint32_t i = 0; i < 256; i++)
        if (is_root_copy(s, i))
            s->depth[i] = 0;
    s->depth[AC_ROOT] = 0;
    s->n_states = 1;
    for (uint32_t i = 0; i < s->n && status == AC_OK; i++)
        status = find_depth(s, i, error);
    if (status != AC_OK)
        return status;
    if (s->n_states != s->ac->header->n_states || s->longest != s->ac->header->longest)
        return damaged(error, "its states do not add up");
    for (uint32_t i = 0; i < s->n; i++) {
        const ac_link *link = &s->ac->links[i];
        if (s->depth[i] == none || s->depth[i] == 0)
            continue;
        /* "no state" is the greatest depth. */
        if (s->depth[link->fail] >= s->depth[i])
            return damaged(error, "a suffix is not shorter");
        if (link->output != 0 && s->ac->outputs[link->output - 1].size > s->depth[i])
            return damaged(error, "a pattern is longer than its state");
    }
    return AC_OK;
}

static ac_status check_all(const ac_automaton *ac, ac_error *error) {
    ac_status status = check_outputs(ac, error);
    if (status != AC_OK)
        return status;
    survey s = {.ac = ac, .n = ac->header->n_slots};
    s.parent = malloc(s.n * sizeof *s.parent);
    s.depth = malloc(s.n * sizeof *s.depth);
    status = s.parent && s.depth ? check_states(&s, error) : ac_fail_memory(error);
    free(s.parent);
    free(s.depth);
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
        return ac_fail_memory(error);
    ac_attach(ac, data);
    status = check_all(ac, error);
    if (status == AC_OK)
        *out = ac;
    else
        ac_free(ac);
    return status;
}
