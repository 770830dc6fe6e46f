/* JSON written by hand: strings in runs between the characters that need escaping, numbers in their
 * shortest form. */
#include "io/json_out.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 32,         /* bytes that are looked at, and copied, at once */
    ESCAPED = 6,        /* bytes of the longest escape */
    COUNTED_FROM = 4096 /* strings of fewer bytes are taken to need nothing but escapes */
};

static inline unsigned needs_escape(unsigned char c) {
    return (unsigned)(c < 0x20) | (c == '"') | (c == '\\') | (c == 0x7f);
}

/* True when one of BLOCK bytes needs an escape; compilers make vector code of it. */
static inline bool block_needs_escape(const char *data) {
    unsigned char any = 0;
    for (size_t i = 0; i < BLOCK; i++)
        any |= (unsigned char)needs_escape((unsigned char)data[i]);
    return any;
}

/* Writes the escape of c; returns where it ends. */
static char *escape(unsigned char c, char *out) {
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *short_form = c ? strchr(from, c) : NULL;
    *out++ = '\\';
    if (short_form) {
        *out++ = to[short_form - from];
        return out;
    }
    memcpy(out, "u00", 3);
    out[3] = hex[c >> 4];
    out[4] = hex[c & 15];
    return out + 5;
}

static inline char *put_bytes(char *out, const char *data, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        if (needs_escape(c))
            out = escape(c, out);
        else
            *out++ = (char)c;
    }
    return out;
}

char *mc_json_put(char *out, const char *data, size_t size) {
    *out++ = '"';
    for (; size >= BLOCK; data += BLOCK, size -= BLOCK) {
        if (block_needs_escape(data)) {
            out = put_bytes(out, data, BLOCK);
        } else {
            memcpy(out, data, BLOCK);
            out += BLOCK;
        }
    }
    /* What is left, a block's halves, as long as nothing in them is to be escaped. */
    for (size_t half = BLOCK / 2; half > 1; half /= 2) {
        unsigned char any = 0;
        if (size < half)
            continue;
        for (size_t i = 0; i < half; i++)
            any |= (unsigned char)needs_escape((unsigned char)data[i]);
        if (any)
            break;
        memcpy(out, data, half);
        out += half;
        data += half;
        size -= half;
    }
    out = put_bytes(out, data, size);
    *out++ = '"';
    return out;
}

size_t mc_json_bound(const char *data, size_t size) {
    if (size < COUNTED_FROM)
        return 2 + ESCAPED * size;
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += needs_escape((unsigned char)data[i]);
    return 2 + size + (ESCAPED - 1) * n;
}

mc_status mc_json_string(mc_buffer *out, const char *data, size_t size, mc_error *error) {
    MC_TRY(mc_buffer_reserve(out, mc_json_bound(data, size), error));
    out->size = (size_t)(mc_json_put(out->data + out->size, data, size) - out->data);
    return MC_OK;
}

/* The program's locale may have another decimal point; JSON has not. */
static void restore_point(char *number) {
    const char *point = localeconv()->decimal_point;
    size_t size = strlen(point);
    char *at = size > 0 && strcmp(point, ".") != 0 ? strstr(number, point) : NULL;
    if (at) {
        *at = '.';
        memmove(at + 1, at + size, strlen(at + size) + 1);
    }
}

mc_status mc_json_double(mc_buffer *out, double value, mc_error *error) {
    if (!isfinite(value))
        return mc_buffer_append(out, "null", 4, error);
    char number[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(number, sizeof number, "%.*g", digits, value);
        double back = strtod(number, NULL);
        if (memcmp(&back, &value, sizeof value) == 0)
            break;
    }
    restore_point(number);
    return mc_buffer_append(out, number, strlen(number), error);
}

mc_status mc_json_u64(mc_buffer *out, uint64_t value, mc_error *error) {
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    return mc_buffer_append(out, digits + at, sizeof digits - at, error);
}
