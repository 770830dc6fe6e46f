/* Classes of bytes 16 at a time where SSE2 is part of the architecture, else one by one. */
#include "pool/html_classify.h"

#ifdef __SSE2__

#include <emmintrin.h>

static __m128i equal(__m128i v, char c) {
    return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

static uint64_t bits(__m128i v, int place) {
    return (uint64_t)(unsigned)_mm_movemask_epi8(v) << place;
}

void mc_html_classify_portable(const char *bytes, uint64_t hits[MC_HTML_N_CLASSES]) {
    uint64_t less = 0, marks = 0, endings = 0, doubles = 0, singles = 0;
    for (int i = 0; i < MC_HTML_BLOCK; i += 16) {
        __m128i v = _mm_loadu_si128((const void *)(bytes + i));
        __m128i greater = equal(v, '>');
        __m128i from_tab = _mm_add_epi8(v, _mm_set1_epi8(-'\t')); /* to return: white but a space */
        __m128i white =
            _mm_cmpeq_epi8(_mm_min_epu8(from_tab, _mm_set1_epi8('\r' - '\t')), from_tab);
        white = _mm_or_si128(white, equal(v, ' '));
        less |= bits(equal(v, '<'), i);
        marks |= bits(_mm_or_si128(greater, equal(v, '=')), i);
        endings |= bits(_mm_or_si128(_mm_or_si128(white, greater), equal(v, '/')), i);
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

void mc_html_classify_portable(const char *bytes, uint64_t hits[MC_HTML_N_CLASSES]) {
    for (int k = 0; k < MC_HTML_N_CLASSES; k++)
        hits[k] = 0;
    for (int i = 0; i < MC_HTML_BLOCK; i++) {
        char c = bytes[i];
        hits[MC_HTML_LESS] |= (uint64_t)(c == '<') << i;
        hits[MC_HTML_MARKS] |= (uint64_t)(c == '>' || c == '=') << i;
        hits[MC_HTML_ENDINGS] |=
            (uint64_t)(c == ' ' || (c >= '\t' && c <= '\r') || c == '/' || c == '>') << i;
        hits[MC_HTML_DOUBLE] |= (uint64_t)(c == '"') << i;
        hits[MC_HTML_SINGLE] |= (uint64_t)(c == '\'') << i;
    }
}

#endif
