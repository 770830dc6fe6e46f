/* The block of bytes of an automaton. Little-endian throughout.
 *
 *     header   ac_header
 *     slots    ac_slot[n_slots]      a double array: the states and the links between them
 *     outputs  ac_output[n_outputs]  chains of patterns that end at a state
 */
#ifndef AC_FORMAT_H
#define AC_FORMAT_H

#include "ahocorasick.h"

#define AC_MAGIC "ahocora\x1a"
#define AC_VERSION 1u
/* The slot of the root, the state of the empty prefix. */
#define AC_ROOT 0u

typedef struct ac_header {
    char magic[8];
    uint32_t version;
    uint32_t n_patterns;
    uint64_t size; /* of the whole block */
    uint32_t n_slots;
    uint32_t n_states;
    uint32_t n_outputs;
    uint32_t longest;
    uint64_t reserved;
    uint64_t slots_offset;
    uint64_t outputs_offset;
    uint64_t checksum; /* XXH64 of the block, this field taken as 0 */
} ac_header;

/* A state with its base. The child of state s by byte b is slot base(s) ^ b, provided that this
 * slot's check is b. No two states with children have the same base, and neither a free slot
 * nor the root has a check that leads back to a base in use, so one byte is enough to tell. */
typedef struct ac_slot {
    uint32_t base;
    uint32_t fail;         /* the longest proper suffix that is a state */
    uint32_t output_check; /* output << 8 | check; output 0: nothing ends here, else 1 + index */
} ac_slot;

/* A pattern that ends at a state. next is 1 + index of the next shorter one, or of an equal one
 * with a higher id, and always less than this one's own 1 + index; 0 ends the chain. */
typedef struct ac_output {
    uint32_t id;
    uint32_t size;
    uint32_t next;
} ac_output;

struct ac_automaton {
    const ac_header *header;
    const ac_slot *slots;
    const ac_output *outputs; /* outputs[-1] is never read: links are 1-based */
    void *owned;              /* the block when ac_build made it */
};

uint64_t ac_block_checksum(const void *data, size_t size);
ac_status ac_fail(ac_error *error, ac_status status, size_t pattern, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static inline uint32_t ac_slot_check(ac_slot slot) {
    return slot.output_check & 0xff;
}
static inline uint32_t ac_slot_output(ac_slot slot) {
    return slot.output_check >> 8;
}

#endif
