/* The hashes the formats and rules are built on: XXH3 and XXH64 of the xxHash library, inlined. */
#ifndef MC_BASE_HASH_H
#define MC_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A 128-bit number: value = high * 2^64 + low. */
typedef struct mc_u128 {
    uint64_t high;
    uint64_t low;
} mc_u128;

static inline uint64_t mc_hash64(const void *data, size_t size) {
    return XXH3_64bits(data, size);
}

static inline mc_u128 mc_hash128(const void *data, size_t size) {
    XXH128_hash_t h = XXH3_128bits(data, size);
    return (mc_u128){h.high64, h.low64};
}

static inline uint64_t mc_checksum(const void *data, size_t size) {
    return XXH64(data, size, 0);
}

static inline bool mc_u128_equal(mc_u128 a, mc_u128 b) {
    return a.high == b.high && a.low == b.low;
}

/* -1, 0, 1 as a < b, a == b, a > b. */
static inline int mc_u128_compare(mc_u128 a, mc_u128 b) {
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

/* 32 lower-case hex digits and a NUL, high half first. */
void mc_u128_hex(mc_u128 value, char out[33]);

/* Reads 24 or 32 hex digits of either case, hyphens ignored, as a number. False if text is
 * anything else. */
bool mc_u128_parse(const char *text, size_t size, mc_u128 *out);

#endif
