/* The automaton as an object: its block, its figures, its errors. */
#define _DEFAULT_SOURCE /* for madvise */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "format.h"

uint64_t ac_block_size(uint32_t n_slots, uint32_t n_patterns) {
    uint64_t slot = sizeof(uint32_t) + sizeof(ac_link) + (n_slots > AC_NARROW_SLOTS);
    return sizeof(ac_header) + n_slots * slot + (uint64_t)n_patterns * sizeof(ac_output);
}

void *ac_block_allocate(uint64_t size) {
    if (size > SIZE_MAX / 2)
        return NULL;
#ifdef MADV_HUGEPAGE
    const size_t page = (size_t)2 << 20;
    if (size >= 4 * page) {
        size_t whole = ((size_t)size + page - 1) / page * page;
        void *block = aligned_alloc(page, whole);
        if (block) /* asking is all one can do; without, scans are a little slower */
            (void)madvise(block, whole, MADV_HUGEPAGE);
        return block;
    }
#endif
    return malloc((size_t)size);
}

uint64_t ac_block_checksum(const void *data, size_t size) {
    ac_header header;
    memcpy(&header, data, sizeof header);
    header.checksum = 0;
    XXH64_state_t state;
    XXH64_reset(&state, 0);
    XXH64_update(&state, &header, sizeof header);
    XXH64_update(&state, (const char *)data + sizeof header, size - sizeof header);
    return XXH64_digest(&state);
}

void ac_attach(ac_automaton *ac, const void *data) {
    ac->header = data;
    ac->words = (const void *)(ac->header + 1);
    ac->links = (const void *)(ac->words + ac->header->n_slots);
    ac->outputs = (const void *)(ac->links + ac->header->n_slots);
    if (ac->header->n_slots > AC_NARROW_SLOTS)
        ac->highs = (const void *)(ac->outputs + ac->header->n_patterns);
}

ac_status ac_fail(ac_error *error, ac_status status, size_t pattern, const char *format, ...) {
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        error->pattern = pattern;
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}

ac_status ac_fail_memory(ac_error *error) {
    return ac_fail(error, AC_E_MEMORY, AC_NONE, "out of memory");
}

const char *ac_status_name(ac_status status) {
    switch (status) {
    case AC_OK:
        return "ok";
    case AC_E_MEMORY:
        return "out of memory";
    case AC_E_ARGUMENT:
        return "bad argument";
    case AC_E_LIMIT:
        return "limit exceeded";
    case AC_E_FORMAT:
        return "bad format";
    case AC_E_CANCELLED:
        return "cancelled";
    }
    return "unknown status";
}

bool ac_is_automaton(const void *data, size_t size) {
    return size >= 8 && memcmp(data, AC_MAGIC, 8) == 0;
}

const void *ac_data(const ac_automaton *ac, size_t *size) {
    *size = (size_t)ac->header->size;
    return ac->header;
}

void ac_free(ac_automaton *ac) {
    if (ac) {
        free(ac->owned);
        free(ac);
    }
}

size_t ac_pattern_count(const ac_automaton *ac) {
    return ac->header->n_patterns;
}
size_t ac_state_count(const ac_automaton *ac) {
    return ac->header->n_states;
}
size_t ac_longest(const ac_automaton *ac) {
    return ac->header->longest;
}
