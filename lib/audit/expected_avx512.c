/* The path for AVX-512: eight texts at a time. */
#if defined(__x86_64__)

#include <immintrin.h>

#define LANES 8
#define KERNEL mc_expected_bits_avx512
#define NOT_BELOW_ZERO(x) _mm512_max_pd((x), _mm512_setzero_pd())
#define OWN_GATHER
#include "audit/expected_kernel.h"

/* As the loop over lanes in expected_kernel.h does, but entry by entry. */
static inline void gather(group *g, const mc_draw *draw, const mc_block *block,
                          const uint32_t *texts, uint32_t n) {
    const __m512d never = _mm512_set1_pd(INFINITY);
    __mmask8 all = (__mmask8)((1u << n) - 1);
    __m256i places = _mm256_maskz_loadu_epi32(all, texts);
    __m256i from = _mm256_mmask_i32gather_epi32(places, all, places, block->offsets, 4);
    __m256i to = _mm256_mmask_i32gather_epi32(places, all, places, block->offsets + 1, 4);
    __m256i sizes = _mm256_sub_epi32(to, from);
    __m512d least = _mm512_maskz_mov_pd(all, never);
    g->n_entries = block->offsets[texts[n - 1] + 1] - block->offsets[texts[n - 1]];
    for (uint32_t i = 0; i < g->n_entries; i++) {
        __m256i i8 = _mm256_set1_epi32((int)i);
        __mmask8 live = _mm256_mask_cmplt_epu32_mask(all, i8, sizes);
        __m256i at = _mm256_add_epi32(from, i8);
        __m256i ids = _mm256_mmask_i32gather_epi32(at, live, at, block->ids, 4);
        if (draw->firsts) {
            __m256i firsts = _mm256_mmask_i32gather_epi32(at, live, ids, draw->firsts, 4);
            live = _mm256_mask_cmpeq_epi32_mask(live, ids, firsts);
        }
        __m512i slots = _mm512_slli_epi64(_mm512_cvtepu32_epi64(ids), 1);
        __m512d filler = _mm512_maskz_mov_pd(all, never);
        __m512d counts = _mm512_mask_i64gather_pd(filler, live, slots, &draw->entries->count, 8);
        least = _mm512_min_pd(least, counts);
        g->rates[i] = counts;
    }
    g->most = _mm512_reduce_max_pd(least);
}

#else
typedef int no_avx512;
#endif
