/* One code point as UTF-8. */
#ifndef MC_POOL_CHARSET_PUT_H
#define MC_POOL_CHARSET_PUT_H

#include <stdint.h>

#define MC_REPLACEMENT 0xFFFDu

/* Writes c (no surrogate, at most U+10FFFF) to out, which has room for four bytes. Returns the end
 * of it. */
static inline char *mc_charset_put(char *out, uint32_t c) {
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *out++ = (char)(0xE0 | c >> 12);
        } else {
            *out++ = (char)(0xF0 | c >> 18);
            *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (c & 0x3F));
    return out;
}

#endif
