#if defined(__x86_64__)

#include <immintrin.h>

#include "pool/wat_block.h"

static inline uint64_t join(__m256i low, __m256i high) {
    uint32_t a = (uint32_t)_mm256_movemask_epi8(low), b = (uint32_t)_mm256_movemask_epi8(high);
    return (uint64_t)b << 32 | a;
}

static inline uint64_t equal(__m256i low, __m256i high, char c) {
    __m256i all = _mm256_set1_epi8(c);
    return join(_mm256_cmpeq_epi8(low, all), _mm256_cmpeq_epi8(high, all));
}

static inline masks classify(const char *data) {
    const __m256i lower = _mm256_set1_epi8(0x20);
    __m256i a = _mm256_loadu_si256((const void *)data);
    __m256i b = _mm256_loadu_si256((const void *)(data + 32));
    __m256i c = _mm256_or_si256(a, lower); /* [ and ] become { and } */
    __m256i d = _mm256_or_si256(b, lower);
    return (masks){
        .quote = equal(a, b, '"'),
        .backslash = equal(a, b, '\\'),
        .bracket = equal(c, d, '{') | equal(c, d, '}'),
        .mark = equal(a, b, '@') & (equal(a, b, 'G') << 1 | 1),
        .high = join(a, b),
    };
}

size_t mc_wat_find_avx2(mc_wat_scan *scan, const char *data, size_t size,
                        uint32_t events[MC_WAT_EVENTS_MAX]) {
    return find_events(scan, data, size, events);
}

#endif
