/* Draws with AVX-512: for eight texts at a time, entry by entry, a lane a text. */
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>

#include "balance/key.h"

enum { LANES = 8 };

/* mc_fold of each lane: products of halves, for there is none of whole words. */
static inline __m512i fold(__m512i a, __m512i b) {
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
static inline __m512d draw_u(__m512i start, __m512i text, __m512i mixed) {
    __m512i h = _mm512_add_epi64(start, fold(text, mixed));
    h = _mm512_xor_si512(h, _mm512_srli_epi64(h, 37));
    h = _mm512_mullo_epi64(h, _mm512_set1_epi64(0x165667919e3779f9));
    h = _mm512_xor_si512(h, _mm512_srli_epi64(h, 32));
    return _mm512_mul_pd(_mm512_cvtepi64_pd(_mm512_srli_epi64(h, 11)), _mm512_set1_pd(0x1p-53));
}

/* 1 - p_e of each lane; 1 where the lane draws with a lower id. */
static inline __m512d miss(const mc_draw *draw, __mmask8 live, __m256i ids, __m512d t,
                           __m512d counts) {
    const __m512d one = _mm512_set1_pd(1);
    if (draw->firsts) {
        __m256i firsts = _mm256_mmask_i32gather_epi32(ids, live, ids, draw->firsts, 4);
        live &= _mm256_cmpeq_epi32_mask(ids, firsts);
    }
    __m512d p = _mm512_min_pd(_mm512_div_pd(t, counts), one);
    return _mm512_mask_sub_pd(one, live, one, p);
}

static void draw_group(const mc_draw *draw, const mc_block *block, const uint32_t *texts,
                       uint32_t n, uint32_t first, double t, double *keys, double *chances) {
    uint32_t n_entries = block->offsets[texts[n - 1] + 1] - block->offsets[texts[n - 1]];
    __mmask8 all = (__mmask8)((1u << n) - 1);
    __m256i texts8 = _mm256_maskz_loadu_epi32(all, texts);
    __m256i from = _mm256_mmask_i32gather_epi32(texts8, all, texts8, block->offsets, 4);
    __m256i to = _mm256_mmask_i32gather_epi32(texts8, all, texts8, block->offsets + 1, 4);
    __m256i sizes = _mm256_sub_epi32(to, from);
    __m512i words = _mm512_cvtepu32_epi64(texts8); /* an identity is three of them */
    words = _mm512_add_epi64(words, _mm512_slli_epi64(words, 1));
    const char *identity = block->identity;
    const __m512i zero = _mm512_setzero_si512();
    __m512i low = _mm512_mask_i64gather_epi64(zero, all, words, identity, 8);
    __m512i high = _mm512_mask_i64gather_epi64(zero, all, words, identity + 8, 8);
    __m512i text = _mm512_mask_i64gather_epi64(zero, all, words, identity + 16, 8);
    low = _mm512_xor_si512(low, _mm512_set1_epi64((int64_t)(MC_XXH3_SECRET0 + draw->seed)));
    high = _mm512_xor_si512(high, _mm512_set1_epi64((int64_t)(MC_XXH3_SECRET1 - draw->seed)));
    text = _mm512_xor_si512(text, _mm512_set1_epi64((int64_t)(MC_XXH3_SECRET2 + draw->seed)));
    __m512i start =
        _mm512_add_epi64(_mm512_set1_epi64((int64_t)(32 * MC_XXH3_PRIME)), fold(low, high));
    __m512d least = _mm512_set1_pd(INFINITY), missed = _mm512_set1_pd(1);
    for (uint32_t i = 0; i < n_entries; i++) {
        __m256i i8 = _mm256_set1_epi32((int)i);
        __mmask8 live = _mm256_mask_cmplt_epu32_mask(all, i8, sizes);
        __m256i ids =
            _mm256_mmask_i32gather_epi32(texts8, live, _mm256_add_epi32(from, i8), block->ids, 4);
        __m512i slots = _mm512_slli_epi64(_mm512_cvtepu32_epi64(ids), 1);
        __m512i mixed = _mm512_mask_i64gather_epi64(zero, live, slots, &draw->entries->mixed, 8);
        __m512d counts =
            _mm512_mask_i64gather_pd(_mm512_set1_pd(1), live, slots, &draw->entries->count, 8);
        __m512d key = _mm512_mul_pd(draw_u(start, text, mixed), counts);
        least = _mm512_mask_min_pd(least, live, key, least);
        if (chances)
            missed = _mm512_mul_pd(missed, miss(draw, live, ids, _mm512_set1_pd(t), counts));
    }
    __m256i places = _mm256_sub_epi32(texts8, _mm256_set1_epi32((int)first));
    _mm512_mask_i32scatter_pd(keys, all, places, least, 8);
    if (chances)
        _mm512_mask_i32scatter_pd(chances, all, places, _mm512_sub_pd(_mm512_set1_pd(1), missed),
                                  8);
}

void mc_draw_avx512(const mc_draw *draw, const mc_block *block, const uint32_t *texts, uint32_t n,
                    uint32_t first, double t, double *keys, double *chances) {
    for (uint32_t i = 0; i < n; i += LANES)
        draw_group(draw, block, texts + i, n - i < LANES ? n - i : LANES, first, t, keys, chances);
}

#else
typedef int no_avx512;
#endif
