/* Lays the tree into a double array: finds for every node with children a base such that the slots
 * base ^ byte of its children are free.
 *
 * These slots lie in one block of 256, so the search is one over blocks, and each block keeps a
 * bit for every free slot and every free base. Slot b ^ label is free for the bases whose bits are
 * those of the free slots with their places swapped as ^ label swaps numbers; the bases that
 * suit all labels are the intersection. Nodes are taken in preorder, so that the states of a
 * pattern lie near each other, and take the lowest base of the first block that has one. A block
 * that failed too often is not asked again, which bounds the time; only children go on filling it,
 * since a single one fits nearly anywhere. */
#include <stdlib.h>
#include <string.h>

#include "build.h"

#define WORDS 4u /* of 64 bits, for the 256 slots of a block */

typedef struct block {
    uint64_t free_slots[WORDS];
    uint64_t free_bases[WORDS];
} block;

/* Blocks that are still asked, oldest first. */
typedef struct ring {
    struct {
        uint32_t block;
        uint32_t n_misses;
    } items[16];
    uint32_t n;
    uint32_t max_misses;
} ring;

typedef struct placer {
    ac_places *places;
    const ac_tree *tree;
    const ac_watch *watch;
    block *blocks;
    uint32_t n_blocks;
    uint32_t capacity; /* in blocks, of slots and of blocks */
    ring families;     /* for nodes with several children */
    ring singles;      /* for nodes with one */
} placer;

static const uint32_t no_base = UINT32_MAX;

/* Bit i of the result is bit i ^ label of word, label < 64. */
static uint64_t swap_bits(uint64_t word, uint32_t label) {
    if (label & 1)
        word = (word >> 1 & 0x5555555555555555u) | (word & 0x5555555555555555u) << 1;
    if (label & 2)
        word = (word >> 2 & 0x3333333333333333u) | (word & 0x3333333333333333u) << 2;
    if (label & 4)
        word = (word >> 4 & 0x0f0f0f0f0f0f0f0fu) | (word & 0x0f0f0f0f0f0f0f0fu) << 4;
    if (label & 8)
        word = (word >> 8 & 0x00ff00ff00ff00ffu) | (word & 0x00ff00ff00ff00ffu) << 8;
    if (label & 16)
        word = (word >> 16 & 0x0000ffff0000ffffu) | (word & 0x0000ffff0000ffffu) << 16;
    if (label & 32)
        word = word >> 32 | word << 32;
    return word;
}

static void take(uint64_t *bits, uint32_t i) {
    bits[i / 64] &= ~((uint64_t)1 << i % 64);
}
static bool is_free(const uint64_t *bits, uint32_t i) {
    return bits[i / 64] >> i % 64 & 1;
}

static uint32_t lowest(const uint64_t *bits) {
    for (uint32_t w = 0; w < WORDS; w++)
        if (bits[w] != 0)
            return w * 64 + (uint32_t)__builtin_ctzll(bits[w]);
    return no_base;
}

/* The lowest base of the block whose slots are free for all labels, or no_base. */
static uint32_t fit_family(const block *b, const unsigned char *labels, size_t n) {
    uint64_t bases[WORDS];
    memcpy(bases, b->free_bases, sizeof bases);
    for (size_t i = 0; i < n; i++) {
        uint64_t any = 0;
        for (uint32_t w = 0; w < WORDS; w++) {
            bases[w] &= swap_bits(b->free_slots[w ^ labels[i] / 64u], labels[i] % 64u);
            any |= bases[w];
        }
        if (any == 0)
            return no_base;
    }
    return lowest(bases);
}

/* The base that puts a single child into the lowest slot it can have: chains of only children
 * thus fill consecutive slots. */
static uint32_t fit_single(const block *b, uint32_t label) {
    for (uint32_t w = 0; w < WORDS; w++) {
        uint64_t slots = b->free_slots[w];
        if (slots != 0)
            slots &= swap_bits(b->free_bases[w ^ label / 64], label % 64);
        if (slots != 0)
            return (w * 64 + (uint32_t)__builtin_ctzll(slots)) ^ label;
    }
    return no_base;
}

static uint32_t fit(const block *b, const unsigned char *labels, size_t n) {
    return n == 1 ? fit_single(b, labels[0]) : fit_family(b, labels, n);
}

static void ring_remove(ring *r, uint32_t i) {
    r->n--;
    memmove(&r->items[i], &r->items[i + 1], (r->n - i) * sizeof r->items[0]);
}

static void ring_add(ring *r, uint32_t number) {
    if (r->n == sizeof r->items / sizeof r->items[0])
        ring_remove(r, 0);
    r->items[r->n].block = number;
    r->items[r->n++].n_misses = 0;
}

/* Grows the arrays by a block of free slots. */
static ac_status add_block(placer *p) {
    ac_places *places = p->places;
    if (p->n_blocks == AC_MAX_SLOTS / 256)
        return ac_fail(p->watch->error, AC_E_LIMIT, AC_NONE, "the patterns need too many states");
    if (p->n_blocks == p->capacity) {
        uint32_t capacity = p->capacity + p->capacity / 2 + 64;
        uint32_t *bases = realloc(places->bases, (size_t)capacity * 256 * sizeof *bases);
        if (bases)
            places->bases = bases;
        unsigned char *checks = realloc(places->checks, (size_t)capacity * 256);
        if (checks)
            places->checks = checks;
        block *blocks = realloc(p->blocks, capacity * sizeof *blocks);
        if (blocks)
            p->blocks = blocks;
        if (!bases || !checks || !blocks)
            return ac_fail_memory(p->watch->error);
        p->capacity = capacity;
    }
    memset(&p->blocks[p->n_blocks], 0xff, sizeof *p->blocks);
    p->n_blocks++;
    places->n_slots = p->n_blocks * 256;
    return AC_OK;
}

static ac_status add_open_block(placer *p) {
    ac_status status = add_block(p);
    if (status == AC_OK) {
        ring_add(&p->families, p->n_blocks - 1);
        ring_add(&p->singles, p->n_blocks - 1);
    }
    return status;
}

/* The first base of the ring's blocks that fits n labels, or no_base. */
static uint32_t search(placer *p, ring *r, const unsigned char *labels, size_t n) {
    for (uint32_t i = 0; i < r->n;) {
        uint32_t number = r->items[i].block;
        uint32_t base = fit(&p->blocks[number], labels, n);
        if (base != no_base)
            return number * 256 + base;
        if (++r->items[i].n_misses > r->max_misses)
            ring_remove(r, i);
        else
            i++;
    }
    return no_base;
}

static void set_slot(placer *p, uint32_t slot, uint32_t base, uint32_t check) {
    p->places->bases[slot] = base;
    p->places->checks[slot] = (unsigned char)check;
}

static void occupy(placer *p, uint32_t node, uint32_t base) {
    block *b = &p->blocks[base / 256];
    take(b->free_bases, base % 256);
    p->places->bases[p->places->slot_of[node]] = base;
    for (uint32_t c = node + 1; c != 0; c = p->tree->sibling[c]) {
        uint32_t label = p->tree->label[c], slot = base ^ label;
        take(b->free_slots, slot % 256);
        set_slot(p, slot, AC_CHILDLESS, label);
        p->places->slot_of[c] = slot;
    }
}

static ac_status place_children(placer *p, uint32_t node) {
    unsigned char labels[256];
    size_t n = 0;
    for (uint32_t c = node + 1; c != 0; c = p->tree->sibling[c])
        labels[n++] = p->tree->label[c];
    uint32_t base;
    /* A fresh block, past the first two, fits anything. */
    while ((base = search(p, n == 1 ? &p->singles : &p->families, labels, n)) == no_base) {
        ac_status status = add_open_block(p);
        if (status != AC_OK)
            return status;
    }
    occupy(p, node, base);
    return AC_OK;
}

/* Makes the first two blocks as format.h has them. */
static ac_status place_root(placer *p) {
    ac_status status = add_block(p);
    if (status == AC_OK)
        status = add_open_block(p);
    if (status != AC_OK)
        return status;
    for (uint32_t i = 0; i < 256; i++)
        set_slot(p, i, AC_ROOT_BASE, i);
    memset(&p->blocks[0], 0, sizeof *p->blocks);
    take(p->blocks[1].free_slots, AC_ROOT % 256);
    take(p->blocks[1].free_bases, AC_NOWHERE % 256);
    take(p->blocks[1].free_bases, AC_CHILDLESS % 256);
    set_slot(p, AC_ROOT, AC_ROOT_BASE, AC_ROOT ^ AC_NOWHERE);
    p->places->slot_of[0] = AC_ROOT;
    if (p->tree->inner[0])
        occupy(p, 0, AC_ROOT_BASE);
    return AC_OK;
}

/* Makes the checks of the free slots lead to a base that no state has. There is one in every block
 * with a free slot, as every base in use has a slot of its own. */
static void close_block(placer *p, uint32_t number) {
    const block *b = &p->blocks[number];
    uint32_t nowhere = number == AC_NOWHERE / 256 ? AC_NOWHERE % 256 : lowest(b->free_bases);
    for (uint32_t i = 0; i < 256; i++)
        if (is_free(b->free_slots, i))
            set_slot(p, number * 256 + i, AC_CHILDLESS, i ^ nowhere);
}

static ac_status place_all(placer *p) {
    ac_status status = place_root(p);
    for (size_t v = 1; v < p->tree->n_nodes && status == AC_OK; v++) {
        if (p->tree->inner[v])
            status = place_children(p, (uint32_t)v);
        if (v % 65536 == 0 && status == AC_OK)
            status = ac_report(p->watch, AC_WORK_TREE +
                                             (AC_WORK_PLACE - AC_WORK_TREE) * v / p->tree->n_nodes);
    }
    for (uint32_t i = 0; i < p->n_blocks && status == AC_OK; i++)
        close_block(p, i);
    return status;
}

ac_status ac_places_build(ac_places *places, const ac_tree *tree, const ac_watch *watch) {
    placer p = {.places = places,
                .tree = tree,
                .watch = watch,
                .families = {.max_misses = 32},
                .singles = {.max_misses = 256}};
    *places = (ac_places){.slot_of = malloc(tree->n_nodes * sizeof *places->slot_of)};
    ac_status status = places->slot_of ? place_all(&p) : ac_fail_memory(watch->error);
    free(p.blocks);
    return status;
}

void ac_places_dispose(ac_places *places) {
    free(places->bases);
    free(places->checks);
    free(places->slot_of);
    *places = (ac_places){0};
}
