/* Finding what is next in a page, where it is mostly near: 64 bytes at a time are looked at for all
 * that is searched for, and their bits answer one search after the other. A search is then a shift
 * and a count, and what comes next in the page does not have to wait for loads and comparisons. */
#ifndef MC_POOL_HTML_CURSOR_H
#define MC_POOL_HTML_CURSOR_H

#include "pool/html_classify.h"
#include "pool/html_scan.h"

typedef struct mc_html_cursor {
    mc_html_classify *classify;
    const char *block, *end;
    uint64_t hits[MC_HTML_N_CLASSES]; /* of the bytes at block; none are at end or behind it */
} mc_html_cursor;

static inline void mc_html_look(mc_html_cursor *cursor, const char *block) {
    cursor->block = block;
    size_t left = (size_t)(cursor->end - block);
    if (left >= MC_HTML_BLOCK) {
        cursor->classify(block, cursor->hits);
    } else {
        char rest[MC_HTML_BLOCK];
        memset(rest, 'x', sizeof rest);
        memcpy(rest, block, left);
        cursor->classify(rest, cursor->hits);
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
