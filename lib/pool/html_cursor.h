/* Finding what is next in a page, where it is mostly near: 64 bytes at a time are looked at for all
 * that is searched for, and their bits answer one search after the other. A search is then a shift
 * and a count, and what comes next in the page does not have to wait for loads and comparisons. */
#ifndef MC_POOL_HTML_CURSOR_H
#define MC_POOL_HTML_CURSOR_H

#include "pool/html_scan.h"

#define MC_HTML_BLOCK 64

typedef enum mc_html_class {
    MC_HTML_LESS,    /* < */
    MC_HTML_MARKS,   /* > = */
    MC_HTML_ENDINGS, /* what ends a tag's name: white space / > */
    MC_HTML_DOUBLE,  /* " */
    MC_HTML_SINGLE,  /* ' */
    MC_HTML_N_CLASSES
} mc_html_class;

typedef struct mc_html_cursor {
    const char *block, *end;
    uint64_t hits[MC_HTML_N_CLASSES]; /* of the bytes at block; none are at end or behind it */
} mc_html_cursor;

#ifdef __SSE2__
static inline void mc_html_classify(const char *p, uint64_t hits[MC_HTML_N_CLASSES]) {
    uint64_t less = 0, marks = 0, endings = 0, doubles = 0, singles = 0;
    for (int i = 0; i < MC_HTML_BLOCK; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i greater = MC_HTML_IS('>');
        __m128i white =
            _mm_add_epi8(v, _mm_set1_epi8(-'\t')); /* tab to return; vertical tab, too */
        white = _mm_cmpeq_epi8(_mm_min_epu8(white, _mm_set1_epi8('\r' - '\t')), white);
        white = _mm_or_si128(white, MC_HTML_IS(' '));
        __m128i ending = _mm_or_si128(_mm_or_si128(white, greater), MC_HTML_IS('/'));
#define BITS(test) ((uint64_t)(unsigned)_mm_movemask_epi8(test) << i)
        less |= BITS(MC_HTML_IS('<'));
        marks |= BITS(_mm_or_si128(greater, MC_HTML_IS('=')));
        endings |= BITS(ending);
        doubles |= BITS(MC_HTML_IS('"'));
        singles |= BITS(MC_HTML_IS('\''));
#undef BITS
    }
    hits[MC_HTML_LESS] = less;
    hits[MC_HTML_MARKS] = marks;
    hits[MC_HTML_ENDINGS] = endings;
    hits[MC_HTML_DOUBLE] = doubles;
    hits[MC_HTML_SINGLE] = singles;
}
#else
static inline void mc_html_classify(const char *p, uint64_t hits[MC_HTML_N_CLASSES]) {
    for (size_t k = 0; k < MC_HTML_N_CLASSES; k++)
        hits[k] = 0;
    for (int i = 0; i < MC_HTML_BLOCK; i++) {
        char c = p[i];
        hits[MC_HTML_LESS] |= (uint64_t)(c == '<') << i;
        hits[MC_HTML_MARKS] |= (uint64_t)(c == '>' || c == '=') << i;
        hits[MC_HTML_ENDINGS] |= (uint64_t)(mc_html_is_space(c) || c == '/' || c == '>') << i;
        hits[MC_HTML_DOUBLE] |= (uint64_t)(c == '"') << i;
        hits[MC_HTML_SINGLE] |= (uint64_t)(c == '\'') << i;
    }
}
#endif

static inline void mc_html_look(mc_html_cursor *cursor, const char *block) {
    cursor->block = block;
    size_t left = (size_t)(cursor->end - block);
    if (left >= MC_HTML_BLOCK) {
        mc_html_classify(block, cursor->hits);
    } else {
        char rest[MC_HTML_BLOCK];
        memset(rest, 'x', sizeof rest);
        memcpy(rest, block, left);
        mc_html_classify(rest, cursor->hits);
    }
}

/* The first of kind at p or behind it, or end. p is nowhere before where it was last. */
static inline const char *mc_html_next(mc_html_cursor *cursor, const char *p, mc_html_class kind) {
    size_t i = (size_t)(p - cursor->block);
    uint64_t hits = i < MC_HTML_BLOCK ? cursor->hits[kind] >> i : 0;
    if (hits)
        return p + __builtin_ctzll(hits);
    p = i < MC_HTML_BLOCK ? cursor->block + MC_HTML_BLOCK : p;
    while (p < cursor->end) {
        mc_html_look(cursor, p);
        if (cursor->hits[kind])
            return p + __builtin_ctzll(cursor->hits[kind]);
        p += MC_HTML_BLOCK;
        if (p >= cursor->end)
            break;
        /* Far: long text and long values are for the searches that do nothing else. */
        if (kind == MC_HTML_LESS)
            p = mc_html_find(p, cursor->end, '<');
        else if (kind == MC_HTML_DOUBLE)
            p = mc_html_find(p, cursor->end, '"');
    }
    return cursor->end;
}

#endif
