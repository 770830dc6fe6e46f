/* Classes of bytes, all 64 at once. */
#if defined(__x86_64__)

#include <immintrin.h>

#include "pool/html_classify.h"

static uint64_t equal(__m512i v, char c) {
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

void mc_html_classify_avx512(const char *bytes, uint64_t hits[MC_HTML_N_CLASSES]) {
    __m512i v = _mm512_loadu_si512((const void *)bytes);
    uint64_t greater = equal(v, '>');
    uint64_t white = _mm512_cmple_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8('\t')),
                                            _mm512_set1_epi8('\r' - '\t')) |
                     equal(v, ' ');
    hits[MC_HTML_LESS] = equal(v, '<');
    hits[MC_HTML_MARKS] = greater | equal(v, '=');
    hits[MC_HTML_ENDINGS] = white | greater | equal(v, '/');
    hits[MC_HTML_DOUBLE] = equal(v, '"');
    hits[MC_HTML_SINGLE] = equal(v, '\'');
}

#else
typedef int mc_html_classify_avx512_is_empty;
#endif
