/* The block of bytes of an automaton, and what the files of this library share.
 *
 *     header    ac_header
 *     words     uint32_t[n_slots]      a double array: the states and the links to their children
 *     links     ac_link[n_slots]       of a state to its longest suffix and to what ends at it
 *     outputs   ac_output[n_patterns]  chains of the patterns that end at a state
 *     highs     uint8_t[n_slots]       only in wide automata, of more than AC_NARROW_SLOTS slots
 *
 * All numbers are little-endian. A state is known by the number of its slot. What a scan reads at
 * every byte, the words, is kept apart from what it reads now and then, and as small as can be, for
 * the time goes by waiting for memory. docs/ahocorasick.md explains the format.
 */
#ifndef AC_FORMAT_H
#define AC_FORMAT_H

#include "ahocorasick.h"

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "blocks are used in place, so the machine must be little-endian"
#endif

#define AC_MAGIC "ahocora\x1a"
#define AC_VERSION 1u

/* The slots' first two blocks of 256. Base 0 is the root's: slot b of block 0 is the root's child
 * by byte b, or, where it has none, a copy of the root; so the root has a child for every byte, and
 * a scan that falls back to it need not ask whether it has arrived. In block 1 lies the root. */
#define AC_ROOT_BASE 0u
#define AC_ROOT 256u
/* Bases that no state with children has: AC_NOWHERE, where the checks of the root and of block 1's
 * free slots lead, and AC_CHILDLESS, the base of all states without children, where no check leads.
 */
#define AC_NOWHERE 256u
#define AC_CHILDLESS 257u

typedef struct ac_header {
    char magic[8];
    uint32_t version;
    uint32_t n_patterns;
    uint64_t size; /* of the whole block */
    uint32_t n_slots;
    uint32_t n_states;
    uint32_t longest; /* bytes of the longest pattern */
    uint32_t reserved[5];
    uint64_t checksum; /* XXH64 of the block, these 8 bytes taken as 0 */
} ac_header;

/* A slot's word: check | ends << 8 | base << 9, with as much of base as there is room for; its
 * other bits are in highs, which narrow automata do not need. ends: a pattern ends at the state.
 *
 * The child of state s by byte b is slot base(s) ^ b, provided that this slot's check is b: then
 * slot ^ check, the base it belongs to, is that of s. No two states with children have the same
 * base and the checks of free slots lead to a base that no state has, so one byte tells. */
#define AC_ENDS ((uint32_t)1 << 8)
#define AC_BASE_SHIFT 9u
#ifndef AC_NARROW_BITS /* tests make small automata wide */
#define AC_NARROW_BITS 23u
#endif
#define AC_NARROW_SLOTS ((uint32_t)1 << AC_NARROW_BITS)
#define AC_MAX_SLOTS ((uint32_t)1 << 31)

typedef struct ac_link {
    uint32_t fail;   /* the longest proper suffix that is a state */
    uint32_t output; /* 1 + index of the longest pattern that ends here, or 0 */
} ac_link;

/* A pattern that ends at a state. next is 1 + index of the one to be reported after it: of an equal
 * pattern or a shorter one. It is at most the output's own index; 0 ends the chain. */
typedef struct ac_output {
    uint32_t id;
    uint32_t size;
    uint32_t next;
} ac_output;

struct ac_automaton {
    const ac_header *header;
    const uint32_t *words;
    const ac_link *links;
    const ac_output *outputs;
    const uint8_t *highs; /* NULL in narrow automata */
    void *owned;          /* the block, when it is ours to free */
};

static inline uint32_t ac_check(uint32_t word) {
    return word & 0xff;
}

/* The base in slot's word. Where wide is known, the compiler leaves the question out. */
static inline uint32_t ac_base(const uint8_t *highs, uint32_t slot, uint32_t word, bool wide) {
    uint32_t base = word >> AC_BASE_SHIFT;
    return wide ? base | (uint32_t)highs[slot] << AC_NARROW_BITS : base;
}

/* Size of a block. */
uint64_t ac_block_size(uint32_t n_slots, uint32_t n_patterns);
/* Memory for a block, for free(); a large one in huge pages where there are such, because a scan
 * touches pages at random. NULL when there is none. */
void *ac_block_allocate(uint64_t size);
uint64_t ac_block_checksum(const void *data, size_t size);
/* Points into a block of bytes whose header is right. */
void ac_attach(ac_automaton *ac, const void *data);

/* Fills *error, when there is one. Returns status. */
ac_status ac_fail(ac_error *error, ac_status status, size_t pattern, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
ac_status ac_fail_memory(ac_error *error);

#endif
