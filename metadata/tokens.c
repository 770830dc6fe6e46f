/* Words are runs of bytes that the table below lets pass; only at the first bytes of characters
 * that may be spaces, marks or CJK-like is the character decoded. */
#include "metadata/tokens.h"

#include <stdbool.h>

/* What a character does, told by its first byte where that is enough. */
enum {
    W, /* is part of a word */
    S, /* white space */
    B, /* parts pairs: a mark or a line feed */
    L, /* look at the character */
    T  /* a token of its own */
};

/* NUL is white space, so that words never hold it. */
static const unsigned char CLASSES[256] = {
    S, W, W, W, W, W, W, W, W, S, B, S, S, S, W, W, /* 00: tab, line feed, ... */
    W, W, W, W, W, W, W, W, W, W, W, W, S, S, S, S, /* 10 */
    S, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, /* 20: space ! " # ... */
    W, W, W, W, W, W, W, W, W, W, B, B, B, B, B, B, /* 30: : ; < = > ? */
    B, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 40: @ */
    W, W, W, W, W, W, W, W, W, W, W, B, B, B, B, B, /* 50: [ \ ] ^ _ */
    B, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 60: ` */
    W, W, W, W, W, W, W, W, W, W, W, B, B, B, B, W, /* 70: { | } ~ */
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 80 */
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 90 */
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* A0 */
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* B0 */
    W, W, L, W, W, W, W, W, W, W, W, W, W, W, W, W, /* C0: U+0080 to 00BF */
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* D0 */
    L, L, L, L, L, L, L, L, L, L, W, W, W, W, W, L, /* E0: U+0800 to 9FFF, F000 to FFFF */
    L, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* F0: U+10000 to 3FFFF */
};

static bool is_within(unsigned point, unsigned first, unsigned last) {
    return point - first <= last - first;
}

static bool is_space(unsigned point) {
    return point == 0x85 || point == 0xA0 || point == 0x1680 || is_within(point, 0x2000, 0x200A) ||
           point == 0x2028 || point == 0x2029 || point == 0x202F || point == 0x205F ||
           point == 0x3000;
}

static bool is_mark(unsigned point) {
    switch (point) {
    case 0xBF:   /* inverted question mark */
    case 0x2014: /* em dash, quotes */
    case 0x2018:
    case 0x2019:
    case 0x201C:
    case 0x201D:
    case 0x3001: /* ideographic comma and full stop */
    case 0x3002:
    case 0xFF01: /* full-width forms */
    case 0xFF08:
    case 0xFF09:
    case 0xFF0C:
    case 0xFF1A:
    case 0xFF1B:
    case 0xFF1F:
    case 0xFF5E:
        return true;
    default: /* brackets */
        return is_within(point, 0x3008, 0x3011);
    }
}

/* Han with its radicals and composition marks; Thai, Lao, Tibetan, Burmese, Khmer. */
static bool is_cjk_like(unsigned point) {
    return is_within(point, 0x4E00, 0x9FFF) || is_within(point, 0x0E00, 0x109F) ||
           is_within(point, 0x1780, 0x17FF) || is_within(point, 0x2E80, 0x2FDF) ||
           is_within(point, 0x2FF0, 0x2FFF) || is_within(point, 0x3400, 0x4DBF) ||
           is_within(point, 0xF900, 0xFAFF) || is_within(point, 0x20000, 0x2A6DF) ||
           is_within(point, 0x2A700, 0x2EBEF);
}

/* Class and size of a character whose first byte says to look. What is no character is a byte of a
 * word. */
static unsigned look(const unsigned char *s, size_t left, size_t *size) {
    size_t n = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    unsigned point = s[0] & (0x7Fu >> n);
    *size = 1;
    if (left < n)
        return W;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return W;
        point = point << 6 | (s[i] & 0x3Fu);
    }
    *size = n;
    return is_space(point) ? S : is_mark(point) ? B : is_cjk_like(point) ? T : W;
}

/* Where the word that goes on at s ends. */
static const unsigned char *find_end(const unsigned char *s, const unsigned char *end) {
    for (; s < end; s++) {
        unsigned kind = CLASSES[*s];
        if (kind == W)
            continue;
        size_t size = 1;
        if (kind != L || look(s, (size_t)(end - s), &size) != W)
            break;
        s += size - 1;
    }
    return s;
}

size_t mc_tokens_next(mc_tokens *tokens, mc_bytes *out, size_t max) {
    const unsigned char *s = tokens->at, *end = tokens->end;
    size_t n = 0;
    while (n < max && s < end) {
        unsigned kind = CLASSES[*s];
        size_t size = 1;
        if (kind == L)
            kind = look(s, (size_t)(end - s), &size);
        if (kind == W)
            size = (size_t)(find_end(s + size, end) - s);
        if (kind != S) {
            bool counts = kind == T || (kind == W && size <= MC_WORD_MAX);
            out[n++] = (mc_bytes){(const char *)s, counts ? size : 0};
        }
        s += size;
    }
    tokens->at = s;
    return n;
}
