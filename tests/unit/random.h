/* Numbers that look random and are the same in every run. */
#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint64_t random_state = 1;

static inline uint64_t next_random(void) {
    random_state += 0x9e3779b97f4a7c15u;
    uint64_t z = random_state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* From 0 to n - 1. */
static inline uint32_t random_below(uint32_t n) {
    return (uint32_t)((next_random() >> 32) * n >> 32);
}

/* Up to max pieces of a list, one after the other, into out; returns their bytes together. */
static inline size_t random_pieces(char *out, size_t max, const char *const *pieces,
                                   size_t n_pieces) {
    size_t size = 0;
    for (size_t n = random_below((uint32_t)max + 1); n > 0; n--) {
        const char *piece = pieces[random_below((uint32_t)n_pieces)];
        size_t bytes = strlen(piece);
        memcpy(out + size, piece, bytes);
        size += bytes;
    }
    return size;
}

#endif
