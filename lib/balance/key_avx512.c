/* Draws with AVX-512. */
#if defined(__x86_64__)

#include "balance/key_avx512.h"

#include <math.h>

static void draw_group(const mc_draw *draw, const mc_block *block, const uint32_t *texts,
                       uint32_t n, uint32_t first, double t, double *keys, double *chances) {
    const __m512d one = _mm512_set1_pd(1);
    uint32_t n_entries = block->offsets[texts[n - 1] + 1] - block->offsets[texts[n - 1]];
    mc_draw_lanes lanes = mc_draw_lanes_begin(draw, block, texts, n);
    __m512d least = _mm512_set1_pd(INFINITY), missed = one;
    for (uint32_t i = 0; i < n_entries; i++) {
        __mmask8 live;
        __m256i ids;
        __m512d counts, key = mc_draw_lanes_key(&lanes, draw, block, i, &live, &ids, &counts);
        least = _mm512_mask_min_pd(least, live, key, least);
        if (!chances)
            continue;
        __m512d p = _mm512_min_pd(_mm512_div_pd(_mm512_set1_pd(t), counts), one);
        live = mc_draw_lanes_firsts(draw, live, ids);
        missed = _mm512_mask_mul_pd(missed, live, missed, _mm512_sub_pd(one, p));
    }
    __m256i places = _mm256_sub_epi32(lanes.texts, _mm256_set1_epi32((int)first));
    _mm512_mask_i32scatter_pd(keys, lanes.all, places, least, 8);
    if (chances)
        _mm512_mask_i32scatter_pd(chances, lanes.all, places, _mm512_sub_pd(one, missed), 8);
}

void mc_draw_avx512(const mc_draw *draw, const mc_block *block, const uint32_t *texts, uint32_t n,
                    uint32_t first, double t, double *keys, double *chances) {
    for (uint32_t i = 0; i < n; i += MC_DRAW_LANES)
        draw_group(draw, block, texts + i, n - i < MC_DRAW_LANES ? n - i : MC_DRAW_LANES, first, t,
                   keys, chances);
}

#else
typedef int no_avx512;
#endif
