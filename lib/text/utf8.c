/* UTF-8: validation with a fast path over ASCII, and replacement of ill-formed parts.
 *
 * What counts as one ill-formed part follows the WHATWG decoder: the longest prefix of a
 * well-formed sequence, or one byte where there is none. */
#include "metacurate/text.h"

#include <string.h>

/* Length of the well-formed sequence at s (1-4), or 0 with *bad the length of the ill-formed part.
 * Ranges of second bytes: Unicode Standard, table 3-7. */
static size_t sequence(const unsigned char *s, size_t size, size_t *bad) {
    unsigned char lead = s[0], low = 0x80, high = 0xBF;
    size_t need;
    *bad = 1;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF) {
        need = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        need = 2;
        if (lead == 0xE0)
            low = 0xA0;
        else if (lead == 0xED)
            high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        need = 3;
        if (lead == 0xF0)
            low = 0x90;
        else if (lead == 0xF4)
            high = 0x8F;
    } else {
        return 0;
    }
    for (size_t i = 1; i <= need; i++) {
        if (i >= size || s[i] < low || s[i] > high) {
            *bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xBF;
    }
    return need + 1;
}

/* How many of size bytes at s are ASCII from the start, eight at a time and then singly. */
static size_t ascii_run(const unsigned char *s, size_t size) {
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, s + i, 8);
        if (word & 0x8080808080808080u)
            break;
    }
    while (i < size && s[i] < 0x80)
        i++;
    return i;
}

bool mc_utf8_valid(const char *data, size_t size) {
    const unsigned char *s = (const unsigned char *)data;
    size_t i = 0, bad;
    while (i < size) {
        i += ascii_run(s + i, size - i);
        while (i < size && s[i] >= 0x80) {
            size_t length = sequence(s + i, size - i, &bad);
            if (!length)
                return false;
            i += length;
        }
    }
    return true;
}

size_t mc_utf8_replace(const char *data, size_t size, char *out, size_t *n_replaced) {
    const unsigned char *s = (const unsigned char *)data;
    size_t i = 0, n = 0, replaced = 0;
    while (i < size) {
        size_t run = ascii_run(s + i, size - i);
        memcpy(out + n, data + i, run);
        i += run;
        n += run;
        while (i < size && s[i] >= 0x80) {
            size_t bad, length = sequence(s + i, size - i, &bad);
            if (length) {
                memcpy(out + n, data + i, length);
                n += length;
                i += length;
            } else {
                memcpy(out + n, "\xEF\xBF\xBD", 3);
                n += 3;
                i += bad;
                replaced++;
            }
        }
    }
    if (n_replaced)
        *n_replaced = replaced;
    return n;
}
