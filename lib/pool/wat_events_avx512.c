#if defined(__x86_64__)

#include <immintrin.h>

#include "pool/wat_block.h"

static inline masks classify(const char *data) {
    __m512i v = _mm512_loadu_si512((const void *)data);
    __m512i w = _mm512_or_si512(v, _mm512_set1_epi8(0x20)); /* [ and ] become { and } */
    uint64_t g = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('G'));
    return (masks){
        .quote = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')),
        .backslash = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\')),
        .bracket = _mm512_cmpeq_epi8_mask(w, _mm512_set1_epi8('{')) |
                   _mm512_cmpeq_epi8_mask(w, _mm512_set1_epi8('}')),
        .mark = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('@')) & (g << 1 | 1),
        .high = _mm512_movepi8_mask(v),
    };
}

size_t mc_wat_find_avx512(mc_wat_scan *scan, const char *data, size_t size,
                          uint32_t events[MC_WAT_EVENTS_MAX]) {
    return find_events(scan, data, size, events);
}

#endif
