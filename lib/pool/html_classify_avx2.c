/* Classes of bytes, 32 at a time. */
#if defined(__x86_64__)

#include <immintrin.h>

#include "pool/html_classify.h"

static __m256i equal(__m256i v, char c) {
    return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
}

static uint64_t bits(__m256i v, int place) {
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(v) << place;
}

void mc_html_classify_avx2(const char *bytes, uint64_t hits[MC_HTML_N_CLASSES]) {
    uint64_t less = 0, marks = 0, endings = 0, doubles = 0, singles = 0;
    for (int i = 0; i < MC_HTML_BLOCK; i += 32) {
        __m256i v = _mm256_loadu_si256((const void *)(bytes + i));
        __m256i greater = equal(v, '>');
        __m256i from_tab = _mm256_add_epi8(v, _mm256_set1_epi8(-'\t'));
        __m256i white =
            _mm256_cmpeq_epi8(_mm256_min_epu8(from_tab, _mm256_set1_epi8('\r' - '\t')), from_tab);
        white = _mm256_or_si256(white, equal(v, ' '));
        less |= bits(equal(v, '<'), i);
        marks |= bits(_mm256_or_si256(greater, equal(v, '=')), i);
        endings |= bits(_mm256_or_si256(_mm256_or_si256(white, greater), equal(v, '/')), i);
        doubles |= bits(equal(v, '"'), i);
        singles |= bits(equal(v, '\''), i);
    }
    hits[MC_HTML_LESS] = less;
    hits[MC_HTML_MARKS] = marks;
    hits[MC_HTML_ENDINGS] = endings;
    hits[MC_HTML_DOUBLE] = doubles;
    hits[MC_HTML_SINGLE] = singles;
}

#else
typedef int mc_html_classify_avx2_is_empty;
#endif
