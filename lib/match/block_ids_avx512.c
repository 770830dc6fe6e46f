/* The column of entry ids with AVX-512: where numbers end is told for 64 bytes at a time, and eight
 * numbers at a time are put together of their groups of 7 bits. */
#if defined(__x86_64__)

#include <immintrin.h>

#include "match/block_layout.h"

/* Numbers from the bytes that hold them: pairs of groups, pairs of those, and the fifth group. */
static inline __m512i join_groups(__m512i words, __m512i lengths) {
    const __m512i sixty_four = _mm512_set1_epi64(64);
    __m512i unused = _mm512_sub_epi64(sixty_four, _mm512_slli_epi64(lengths, 3));
    words = _mm512_and_si512(words, _mm512_srlv_epi64(_mm512_set1_epi64(-1), unused));
    words = _mm512_and_si512(words, _mm512_set1_epi8(0x7f));
    words = _mm512_maddubs_epi16(_mm512_set1_epi16((short)0x8001), words);
    words = _mm512_madd_epi16(words, _mm512_set1_epi32(0x40000001));
    __m512i fifth = _mm512_slli_epi64(_mm512_srli_epi64(words, 32), 28);
    return _mm512_or_si512(_mm512_and_si512(words, _mm512_set1_epi64(0xffffffff)), fifth);
}

bool mc_block_get_ids_avx512(const mc_block *block, const unsigned char *column, size_t size,
                             uint32_t n_entries) {
    static const unsigned char counting[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    const __m512i places = _mm512_loadu_si512(counting);
    uint32_t n_ids = block->info.n_ids, n = 0;
    uint32_t *ids = block->ids;
    size_t start = 0; /* of the next number */
    uint64_t id = 0;
    bool bad = false;
    for (size_t at = 0; at < size; at += 64) {
        __mmask64 inside = size - at < 64 ? ((__mmask64)1 << (size - at)) - 1 : ~(__mmask64)0;
        __m512i bytes = _mm512_maskz_loadu_epi8(inside, column + at);
        __mmask64 last = ~_mm512_movepi8_mask(bytes) & inside;
        uint32_t n_ends = (uint32_t)__builtin_popcountll(last);
        unsigned char ends[64 + 8];
        uint64_t steps[64 + 8];
        if (n_ends > n_ids - n)
            return false;
        _mm512_storeu_si512(ends, _mm512_maskz_compress_epi8(last, places));
        __m512i base = _mm512_set1_epi64((int64_t)at);
        /* Where the number before each of the eight ended, and the first of them starts. */
        __m512i starts = _mm512_set1_epi64((int64_t)start);
        for (uint32_t i = 0; i < n_ends; i += 8) {
            __m512i stops = _mm512_cvtepu8_epi64(_mm_loadl_epi64((const void *)(ends + i)));
            stops = _mm512_add_epi64(_mm512_add_epi64(stops, base), _mm512_set1_epi64(1));
            starts = _mm512_alignr_epi64(stops, starts, 7);
            __mmask8 live = (__mmask8)(n_ends - i < 8 ? (1u << (n_ends - i)) - 1 : 0xff);
            __m512i words =
                _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), live, starts, column, 1);
            __m512i lengths = _mm512_sub_epi64(stops, starts);
            bad |= _mm512_mask_cmpgt_epu64_mask(live, lengths, _mm512_set1_epi64(5)) != 0;
            _mm512_storeu_si512(steps + i, join_groups(words, lengths));
            starts = stops;
        }
        for (uint32_t i = 0; i < n_ends; i++) {
            uint64_t first = ids[n];
            id = steps[i] + (id & (first - 1));
            bad |= id >= n_entries || (steps[i] | first) == 0;
            ids[n++] = (uint32_t)id;
        }
        if (n_ends > 0)
            start = at + ends[n_ends - 1] + 1;
    }
    return !bad && n == n_ids && start == size;
}

#else
typedef int no_avx512;
#endif
