/* The portable path: the stages token by token, bytes classified through a table. */
#include "concepts/words_scratch.h"

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

static size_t sort_set(uint32_t *ids, size_t n) {
    return mc_words_sort_ids(ids, n);
}

#include "concepts/words_stages.h"

size_t mc_words_block_size_portable(void) {
    return sizeof(words_block);
}

mc_status mc_words_scan_portable(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                                 uint32_t *offsets, mc_error *error) {
    return scan_by_blocks(s, texts, n, offsets, error);
}
