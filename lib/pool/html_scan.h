/* Looking for the few bytes at which HTML changes its state: 16 bytes at a time where SSE2 is part
 * of the architecture, else one. Every finder returns the first hit in [p, end), or end. */
#ifndef MC_POOL_HTML_SCAN_H
#define MC_POOL_HTML_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

/* Returns from the finder with the first byte at which test, of v, is all ones; runs p over whole
 * vectors. The first 64 bytes, in which most searches end, are looked at with a single branch. */
#define MC_HTML_SCAN(test)                                                                         \
    if (end - p >= 64) {                                                                           \
        uint64_t hits = 0;                                                                         \
        for (int i = 0; i < 4; i++) {                                                              \
            __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));              \
            hits |= (uint64_t)(unsigned)_mm_movemask_epi8(test) << 16 * i;                         \
        }                                                                                          \
        if (hits)                                                                                  \
            return p + __builtin_ctzll(hits);                                                      \
        p += 64;                                                                                   \
    }                                                                                              \
    for (; end - p >= 16; p += 16) {                                                               \
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);                             \
        unsigned hits = (unsigned)_mm_movemask_epi8(test);                                         \
        if (hits)                                                                                  \
            return p + __builtin_ctz(hits);                                                        \
    }
#define MC_HTML_IS(byte) _mm_cmpeq_epi8(v, _mm_set1_epi8(byte))
#define MC_HTML_OR(a, b) _mm_or_si128(a, b)
/* White space, and of the rest below U+000E what the finders sort out. */
#define MC_HTML_SPACES                                                                             \
    MC_HTML_OR(MC_HTML_IS(' '), _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8('\r')), v))
#else
#define MC_HTML_SCAN(test)
#endif

/* After input preprocessing CR is LF. */
static inline bool mc_html_is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static inline bool mc_html_is_letter(char c) {
    return (unsigned)(c | 0x20) - 'a' < 26u;
}

static inline char mc_html_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Equal to lower, which is in lower case. (strncasecmp asks the locale.) */
static inline bool mc_html_is_same(const char *given, const char *lower, size_t size) {
    size_t i = 0;
    while (i < size && mc_html_lower(given[i]) == lower[i])
        i++;
    return i == size;
}

static inline bool mc_html_is_name(const char *given, size_t size, const char *lower) {
    return size == strlen(lower) && mc_html_is_same(given, lower, size);
}

static inline const char *mc_html_find(const char *p, const char *end, char a) {
    MC_HTML_SCAN(MC_HTML_IS(a))
    while (p < end && *p != a)
        p++;
    return p;
}

static inline const char *mc_html_find_either(const char *p, const char *end, char a, char b) {
    MC_HTML_SCAN(MC_HTML_OR(MC_HTML_IS(a), MC_HTML_IS(b)))
    while (p < end && *p != a && *p != b)
        p++;
    return p;
}

/* The next '>' with a dash or an exclamation mark before it (p[-1] is readable). */
static inline const char *mc_html_find_comment_end(const char *p, const char *end) {
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i before = _mm_loadu_si128((const __m128i *)(const void *)(p - 1));
        __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(before, _mm_set1_epi8('-')),
                                     _mm_cmpeq_epi8(before, _mm_set1_epi8('!')));
        unsigned hits = (unsigned)_mm_movemask_epi8(_mm_and_si128(MC_HTML_IS('>'), marks));
        if (hits)
            return p + __builtin_ctz(hits);
    }
#endif
    while (p < end && !(*p == '>' && (p[-1] == '-' || p[-1] == '!')))
        p++;
    return p;
}

#ifdef __SSE2__
static inline const char *mc_html_skip_to_ending(const char *p, const char *end) {
    MC_HTML_SCAN(MC_HTML_OR(MC_HTML_OR(MC_HTML_IS('>'), MC_HTML_IS('/')), MC_HTML_SPACES))
    return p;
}
static inline const char *mc_html_skip_to_value_ending(const char *p, const char *end) {
    MC_HTML_SCAN(MC_HTML_OR(MC_HTML_IS('>'), MC_HTML_SPACES))
    return p;
}
#else
#define mc_html_skip_to_ending(p, end) (p)
#define mc_html_skip_to_value_ending(p, end) (p)
#endif

/* What ends a tag's name: white space, '/', '>'. */
static inline const char *mc_html_find_name_end(const char *p, const char *end) {
    for (p = mc_html_skip_to_ending(p, end); p < end; p++)
        if (mc_html_is_space(*p) || *p == '/' || *p == '>')
            break;
    return p;
}

/* What ends a value without quotes: white space, '>'. */
static inline const char *mc_html_find_value_end(const char *p, const char *end) {
    for (p = mc_html_skip_to_value_ending(p, end); p < end; p++)
        if (mc_html_is_space(*p) || *p == '>')
            break;
    return p;
}

#endif
