/* The portable path: the stages token by token, bytes classified through a table. */
#define TOKENS_BY_ENDS
#include "concepts/words_block.h"

/* A separator in bit 0, a mark in bit 32: 32 bytes' worth of either fit one number. */
static const uint64_t class_bits[256] = {
    [' '] = 1,
    ['\t'] = 1,
    ['\n'] = 1,
    ['\r'] = 1,
    [','] = (uint64_t)1 << 32,
    ['.'] = (uint64_t)1 << 32,
    [';'] = (uint64_t)1 << 32,
    [':'] = (uint64_t)1 << 32,
    ['?'] = (uint64_t)1 << 32,
    ['!'] = (uint64_t)1 << 32,
    ['`'] = (uint64_t)1 << 32,
};

static uint64_t classify32(const char *text) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < 32; i++)
        bits |= class_bits[(unsigned char)text[i]] << i;
    return bits;
}

static void classify_block(const char *text, size_t n_chunks, uint64_t *blank, uint64_t *mark) {
    for (size_t k = 0; k < n_chunks; k++) {
        uint64_t low = classify32(text + 64 * k), high = classify32(text + 64 * k + 32);
        blank[k] = (low & UINT32_MAX) | high << 32;
        mark[k] = low >> 32 | (high & ~(uint64_t)UINT32_MAX);
    }
}

static inline uint32_t count_bits(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (uint32_t)((bits * 0x0101010101010101u) >> 56);
}

static inline uint32_t first_bit(uint64_t bits) {
    return (uint32_t)__builtin_ctzll(bits | (uint64_t)1 << 63);
}

/* For few bits: one round each. */
static inline uint64_t pick_bits(uint64_t bits, uint64_t mask) {
    uint64_t picked = 0;
    for (; bits != 0; bits &= bits - 1)
        picked |= (uint64_t)1 << count_bits(mask & ((bits & (~bits + 1)) - 1));
    return picked;
}

/* An id's place is the number of smaller ones, which is counted without a branch; equal ids meet in
 * one place. Ids are below 2^31, so that they compare as signed numbers, as vectors like it. */
static inline uint32_t put_up_to(const words_block *b, uint32_t text, uint32_t *to, uint32_t most) {
    uint32_t ids[32 + 16];
    int32_t all[32], sorted[32];
    uint32_t n = copy_ids(b, text, ids), kept = 0;
    for (uint32_t i = 0; i < most; i++) {
        all[i] = i < n ? (int32_t)ids[i] : INT32_MAX;
        sorted[i] = INT32_MAX;
    }
    for (uint32_t i = 0; i < n; i++) {
        int32_t place = 0;
        for (uint32_t k = 0; k < most; k++)
            place += all[k] < all[i];
        sorted[place] = all[i];
    }
    for (uint32_t i = 0; i < n; i++) {
        to[kept] = (uint32_t)sorted[i];
        kept += sorted[i] != INT32_MAX;
    }
    return kept;
}

static inline uint32_t put_8(const words_block *b, uint32_t text, uint32_t *to) {
    return put_up_to(b, text, to, 8);
}

static inline uint32_t put_16(const words_block *b, uint32_t text, uint32_t *to) {
    return put_up_to(b, text, to, 16);
}

static inline uint32_t put_32(const words_block *b, uint32_t text, uint32_t *to) {
    return put_up_to(b, text, to, 32);
}

static inline uint32_t put_more(const words_block *b, uint32_t text, uint32_t *to) {
    return (uint32_t)mc_words_sort_ids(to, copy_ids(b, text, to));
}

#include "concepts/words_stages.h"

size_t mc_words_block_size_portable(void) {
    return sizeof(words_block);
}

mc_status mc_words_scan_portable(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                                 uint32_t *offsets, mc_error *error) {
    return scan_by_blocks(s, texts, n, offsets, error);
}
