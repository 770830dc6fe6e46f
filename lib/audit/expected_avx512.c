/* The path for AVX-512: eight texts at a time, which are drawn for by the way, as what a draw looks
 * up is what is needed here. */
#if defined(__x86_64__)

#include "balance/key_avx512.h"

#define LANES MC_DRAW_LANES
#define NOT_BELOW_ZERO(x) _mm512_max_pd((x), _mm512_setzero_pd())
#include "audit/expected_kernel.h"

static void draw_group(mc_expected *e, const mc_block *block, const uint32_t *texts, uint32_t n,
                       uint32_t first, double *keys) {
    const mc_draw *draw = e->plan->draw;
    const __m512d never = _mm512_set1_pd(INFINITY), one = _mm512_set1_pd(1);
    reals rates[MC_EXPECTED_LONG];
    group g = {.rates = rates,
               .n_entries = block->offsets[texts[n - 1] + 1] - block->offsets[texts[n - 1]]};
    mc_draw_lanes lanes = mc_draw_lanes_begin(draw, block, texts, n);
    __m512d filler = _mm512_maskz_mov_pd(lanes.all, never); /* no text: kept for certain */
    __m512d least = never, fewest = filler;
    for (uint32_t i = 0; i < g.n_entries; i++) {
        __mmask8 live;
        __m256i ids;
        __m512d counts, key = mc_draw_lanes_key(&lanes, draw, block, i, &live, &ids, &counts);
        least = _mm512_mask_min_pd(least, live, key, least);
        live = mc_draw_lanes_firsts(draw, live, ids);
        counts = _mm512_mask_mov_pd(filler, live, counts);
        fewest = _mm512_min_pd(fewest, counts);
        rates[i] = _mm512_div_pd(one, counts);
    }
    g.most = _mm512_reduce_max_pd(fewest);
    add_group(e, &g);
    __m256i places = _mm256_sub_epi32(lanes.texts, _mm256_set1_epi32((int)first));
    _mm512_mask_i32scatter_pd(keys, lanes.all, places, least, 8);
}

void mc_expected_draw_avx512(mc_expected *e, const mc_block *block, const uint32_t *texts,
                             uint32_t n, uint32_t first, double *keys) {
    for (uint32_t i = 0; i < n; i += LANES)
        draw_group(e, block, texts + i, n - i < LANES ? n - i : LANES, first, keys);
}

#else
typedef int no_avx512;
#endif
