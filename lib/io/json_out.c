/* JSON written by hand: strings in runs between the characters that need escaping, numbers in their
 * shortest form. */
#include "io/json_out.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool needs_escape(unsigned char c) {
    return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

/* Writes the escape of c to out (room for 6) and returns its size. */
static size_t escape(unsigned char c, char *out) {
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *short_form = c ? strchr(from, c) : NULL;
    out[0] = '\\';
    if (short_form) {
        out[1] = to[short_form - from];
        return 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = hex[c >> 4];
    out[5] = hex[c & 15];
    return 6;
}

mc_status mc_json_string(mc_buffer *out, const char *data, size_t size, mc_error *error) {
    MC_TRY(mc_buffer_append(out, "\"", 1, error));
    size_t start = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        if (!needs_escape(c))
            continue;
        char escaped[6];
        MC_TRY(mc_buffer_append(out, data + start, i - start, error));
        MC_TRY(mc_buffer_append(out, escaped, escape(c, escaped), error));
        start = i + 1;
    }
    if (start < size)
        MC_TRY(mc_buffer_append(out, data + start, size - start, error));
    return mc_buffer_append(out, "\"", 1, error);
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
