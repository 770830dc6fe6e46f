/* The last step: runs of white space become one space or, with a line feed among them, one line
 * feed; what cannot be seen goes; brackets that templates left empty go, too. Works in place, since
 * nothing grows. */
#include <string.h>

#include "metadata/wikitext_parts.h"

typedef enum gap { NO_GAP, SPACE, LINE } gap;

typedef struct writer {
    char *begin, *to;
    gap gap; /* before what is written next */
} writer;

static void widen(writer *w, gap kind) {
    if (w->gap < kind)
        w->gap = kind;
}

/* Size of an invisible character at p, or of a white one, which *found says; 0 for any other. */
static size_t special(const unsigned char *p, const unsigned char *end, gap *found) {
    size_t left = (size_t)(end - p);
    *found = SPACE;
    if (*p < 0x80) {
        *found = *p == '\n' ? LINE : SPACE;
        return *p <= ' ' || *p == 0x7F;
    }
    if (*p == 0xC2 && left >= 2) {
        if (p[1] == 0xAD) /* soft hyphen */
            *found = NO_GAP;
        return p[1] == 0xAD || p[1] <= 0xA0 ? 2 : 0; /* C1 controls, no-break space */
    }
    if (left < 3)
        return 0;
    if (*p == 0xE2 && p[1] == 0x80) {
        if (p[2] >= 0x80 && p[2] <= 0x8A)
            return 3;
        if (p[2] == 0xA8 || p[2] == 0xA9 || p[2] == 0xAF)
            return 3;
        *found = NO_GAP; /* zero-width space, directions of writing */
        return p[2] == 0x8B || p[2] == 0x8E || p[2] == 0x8F || (p[2] >= 0xAA && p[2] <= 0xAE) ? 3
                                                                                              : 0;
    }
    if (*p == 0xE2 && p[1] == 0x81) {
        if (p[2] == 0x9F)
            return 3;
        *found = NO_GAP;
        return p[2] == 0xA0 || (p[2] >= 0xA6 && p[2] <= 0xA9) ? 3 : 0;
    }
    if (*p == 0xE3 && p[1] == 0x80 && p[2] == 0x80)
        return 3;
    *found = NO_GAP; /* byte order mark */
    return *p == 0xEF && p[1] == 0xBB && p[2] == 0xBF ? 3 : 0;
}

static bool ends_word(const unsigned char *p, const unsigned char *end) {
    return p == end || *p <= ' ' || *p == ')' || *p == '"';
}

/* True when the mark at p goes, since templates left nothing for it to stand with. */
static bool is_left_over(writer *w, const unsigned char *p, const unsigned char *end) {
    bool opened = w->to > w->begin && w->to[-1] == '(' && w->gap != LINE;
    if (opened && *p == ')') {
        w->to--;
        widen(w, SPACE);
        if (w->to > w->begin && w->to[-1] == ' ')
            w->to--;
        return true;
    }
    if (opened && (*p == ',' || *p == ';'))
        return true;
    bool first = w->to == w->begin || w->gap == LINE || w->to[-1] == '\n';
    if (first && memchr(",;.", *p, 3) && ends_word(p + 1, end))
        return true;
    bool closes = *p == ')' || ((*p == ',' || *p == '.') && ends_word(p + 1, end));
    if (w->gap == SPACE && (opened || closes))
        w->gap = NO_GAP;
    return false;
}

/* Marks, and first bytes of what may be white or invisible. */
static const bool NOT_PLAIN[256] = {
    ['('] = true,  [')'] = true,  [','] = true,  [';'] = true,  ['.'] = true,
    [0x7F] = true, [0xC2] = true, [0xE2] = true, [0xE3] = true, [0xEF] = true,
};

static bool is_plain(unsigned char c) {
    return c > ' ' && !NOT_PLAIN[c];
}

/* End of the words at p, with single spaces between them, of plain bytes but the first. */
static const unsigned char *run_end(const unsigned char *p, const unsigned char *end) {
    bool opens = *p++ == '(';
    while (p < end && (is_plain(*p) || (*p == ' ' && !opens && p + 1 < end && is_plain(p[1]))))
        p++;
    return p;
}

void mc_wikitext_tidy(mc_buffer *out, size_t start) {
    if (out->size == start)
        return;
    writer w = {out->data + start, out->data + start, NO_GAP};
    const unsigned char *p = (const unsigned char *)w.begin, *end = p + (out->size - start);
    while (p < end) {
        gap found;
        bool plain = is_plain(*p);
        size_t size = plain ? 0 : special(p, end, &found);
        if (size > 0) {
            widen(&w, found);
            p += size;
            continue;
        }
        if ((!plain || w.gap == SPACE) && is_left_over(&w, p, end)) {
            p++;
            continue;
        }
        if (w.gap != NO_GAP && w.to > w.begin && w.to[-1] != '\n')
            *w.to++ = w.gap == LINE ? '\n' : ' ';
        w.gap = NO_GAP;
        const unsigned char *stop = run_end(p, end);
        size_t n = (size_t)(stop - p);
        memmove(w.to, p, n);
        w.to += n;
        p = stop;
    }
    if (w.to > w.begin && w.to[-1] != '\n')
        *w.to++ = '\n';
    out->size = (size_t)(w.to - out->data);
}
