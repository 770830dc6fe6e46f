/* Draws for eight texts at a time, entry by entry, a lane a text; for sources that are compiled for
 * AVX-512. */
#ifndef MC_BALANCE_KEY_AVX512_H
#define MC_BALANCE_KEY_AVX512_H

#include <immintrin.h>

#include "balance/key.h"

enum { MC_DRAW_LANES = 8 };

/* mc_fold of each lane: products of halves, for there is none of whole words. */
static inline __m512i mc_fold_lanes(__m512i a, __m512i b) {
    const __m512i half = _mm512_set1_epi64(0xffffffff);
    __m512i a_high = _mm512_srli_epi64(a, 32), b_high = _mm512_srli_epi64(b, 32);
    __m512i low = _mm512_mul_epu32(a, b), high = _mm512_mul_epu32(a_high, b_high);
    __m512i cross = _mm512_mul_epu32(a, b_high), other = _mm512_mul_epu32(a_high, b);
    __m512i middle = _mm512_add_epi64(
        _mm512_add_epi64(_mm512_srli_epi64(low, 32), _mm512_and_si512(cross, half)),
        _mm512_and_si512(other, half));
    high = _mm512_add_epi64(high, _mm512_srli_epi64(cross, 32));
    high = _mm512_add_epi64(high, _mm512_srli_epi64(other, 32));
    high = _mm512_add_epi64(high, _mm512_srli_epi64(middle, 32));
    low = _mm512_mask_blend_epi32(0xaaaa, low, _mm512_slli_epi64(middle, 32));
    return _mm512_xor_si512(low, high);
}

/* mc_draw_u of each lane. */
static inline __m512d mc_draw_u_lanes(__m512i start, __m512i text, __m512i mixed) {
    __m512i h = _mm512_add_epi64(start, mc_fold_lanes(text, mixed));
    h = _mm512_xor_si512(h, _mm512_srli_epi64(h, 37));
    h = _mm512_mullo_epi64(h, _mm512_set1_epi64(0x165667919e3779f9));
    h = _mm512_xor_si512(h, _mm512_srli_epi64(h, 32));
    return _mm512_mul_pd(_mm512_cvtepi64_pd(_mm512_srli_epi64(h, 11)), _mm512_set1_pd(0x1p-53));
}

/* Texts that are drawn for together. */
typedef struct mc_draw_lanes {
    __mmask8 all;        /* lanes with a text */
    __m256i texts;       /* in the block */
    __m256i from, sizes; /* of each text's ids */
    __m512i start, text; /* of each text's hashes */
} mc_draw_lanes;

/* For n <= MC_DRAW_LANES texts. */
static inline mc_draw_lanes mc_draw_lanes_begin(const mc_draw *draw, const mc_block *block,
                                                const uint32_t *texts, uint32_t n) {
    mc_draw_lanes l = {.all = (__mmask8)((1u << n) - 1)};
    l.texts = _mm256_maskz_loadu_epi32(l.all, texts);
    l.from = _mm256_mmask_i32gather_epi32(l.texts, l.all, l.texts, block->offsets, 4);
    l.sizes = _mm256_sub_epi32(
        _mm256_mmask_i32gather_epi32(l.texts, l.all, l.texts, block->offsets + 1, 4), l.from);
    __m512i words = _mm512_cvtepu32_epi64(l.texts); /* an identity is three of them */
    words = _mm512_add_epi64(words, _mm512_slli_epi64(words, 1));
    const char *identity = block->identity;
    const __m512i zero = _mm512_setzero_si512();
    __m512i low = _mm512_mask_i64gather_epi64(zero, l.all, words, identity, 8);
    __m512i high = _mm512_mask_i64gather_epi64(zero, l.all, words, identity + 8, 8);
    l.text = _mm512_mask_i64gather_epi64(zero, l.all, words, identity + 16, 8);
    low = _mm512_xor_si512(low, _mm512_set1_epi64((int64_t)(MC_XXH3_SECRET0 + draw->seed)));
    high = _mm512_xor_si512(high, _mm512_set1_epi64((int64_t)(MC_XXH3_SECRET1 - draw->seed)));
    l.text = _mm512_xor_si512(l.text, _mm512_set1_epi64((int64_t)(MC_XXH3_SECRET2 + draw->seed)));
    l.start = _mm512_add_epi64(_mm512_set1_epi64((int64_t)(32 * MC_XXH3_PRIME)),
                               mc_fold_lanes(low, high));
    return l;
}

/* The draws of each text's entry number i, where it has so many: live says which have, ids and
 * counts (1 elsewhere) of which entries. Returns u * c_e. */
static inline __m512d mc_draw_lanes_key(const mc_draw_lanes *l, const mc_draw *draw,
                                        const mc_block *block, uint32_t i, __mmask8 *live,
                                        __m256i *ids, __m512d *counts) {
    __m256i i8 = _mm256_set1_epi32((int)i), at = _mm256_add_epi32(l->from, i8);
    *live = _mm256_mask_cmplt_epu32_mask(l->all, i8, l->sizes);
    *ids = _mm256_mmask_i32gather_epi32(at, *live, at, block->ids, 4);
    __m512i slots = _mm512_slli_epi64(_mm512_cvtepu32_epi64(*ids), 1); /* of two words each */
    __m512i mixed =
        _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), *live, slots, &draw->entries->mixed, 8);
    *counts = _mm512_mask_i64gather_pd(_mm512_set1_pd(1), *live, slots, &draw->entries->count, 8);
    return _mm512_mul_pd(mc_draw_u_lanes(l->start, l->text, mixed), *counts);
}

/* Which of the live lanes draw with the lowest id of their entry's string. */
static inline __mmask8 mc_draw_lanes_firsts(const mc_draw *draw, __mmask8 live, __m256i ids) {
    if (!draw->firsts)
        return live;
    __m256i firsts = _mm256_mmask_i32gather_epi32(ids, live, ids, draw->firsts, 4);
    return _mm256_mask_cmpeq_epi32_mask(live, ids, firsts);
}

#endif
