/* Mending a JSON line.
 *
 * Bytes are made well-formed on the way into the buffer. Then one walk, which only needs to know
 * strings from what is outside them, rewrites escapes and numbers in place: a replacement is never
 * longer than what it stands for. Whatever else is wrong with the line stays, for the parser.
 */
#include "pool/json_mend.h"

#include <string.h>

#include "metacurate/text.h"
#include "pool/json_shim.h"

/* The code unit of an escape \uXXXX at s, or -1. */
static int escaped_unit(const char *s, size_t size) {
    if (size < 6 || s[0] != '\\' || s[1] != 'u')
        return -1;
    int unit = 0;
    for (size_t i = 2; i < 6; i++) {
        char c = s[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool is_high(int unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Mends the string whose first character is at i; returns the position after its quote. */
static size_t mend_string(char *s, size_t size, size_t i, size_t *n_replaced) {
    while (i < size && s[i] != '"') {
        if (s[i] != '\\') {
            i++;
            continue;
        }
        int unit = escaped_unit(s + i, size - i);
        if (is_high(unit) && is_low(escaped_unit(s + i + 6, size - i - 6))) {
            i += 12;
        } else if (is_high(unit) || is_low(unit)) {
            memcpy(s + i, "\\ufffd", 6);
            ++*n_replaced;
            i += 6;
        } else {
            i += 2;
        }
    }
    return i + 1;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static size_t digits_end(const char *s, size_t size, size_t i) {
    while (i < size && is_digit(s[i]))
        i++;
    return i;
}

/* True for whole digits beyond 64 bits. */
static bool is_wide(const char *s, size_t size, bool negative) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        uint64_t digit = (uint64_t)(s[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return true;
        value = value * 10 + digit;
    }
    return negative && value > (uint64_t)1 << 63;
}

/* True for a number of JSON's grammar (s is without its sign) that is out of range: beyond 64 bits
 * when whole, about 10^308 and beyond when not. */
static bool is_out_of_range(const char *s, size_t size, bool negative) {
    size_t whole = digits_end(s, size, 0);
    if (whole == 0 || (whole > 1 && s[0] == '0'))
        return false;
    if (whole == size)
        return is_wide(s, size, negative);

    /* The value is 0.d * 10^magnitude, d its digits from the first that is not 0. */
    int64_t magnitude = s[0] == '0' ? 0 : (int64_t)whole;
    bool zero = s[0] == '0';
    size_t i = whole;
    if (s[i] == '.') {
        size_t fraction = i + 1;
        i = digits_end(s, size, fraction);
        if (i == fraction)
            return false;
        for (size_t k = fraction; k < i && zero; k++) {
            zero = s[k] == '0';
            magnitude -= zero;
        }
    }
    if (i < size && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        bool minus = i < size && s[i] == '-';
        if (i < size && (s[i] == '-' || s[i] == '+'))
            i++;
        size_t first = i;
        i = digits_end(s, size, i);
        if (i == first)
            return false;
        int64_t exponent = 0;
        for (size_t k = first; k < i && exponent < INT64_C(1) << 40; k++)
            exponent = exponent * 10 + (s[k] - '0');
        magnitude += minus ? -exponent : exponent;
    }
    return i == size && !zero && magnitude >= 309;
}

/* Mends the number at i; returns the position after it. */
static size_t mend_number(char *s, size_t size, size_t i, bool *changed) {
    bool negative = s[i] == '-';
    size_t start = i + negative, end = start;
    while (end < size && (is_digit(s[end]) || memchr("+-.eE", s[end], 5)))
        end++;
    size_t n = end - start;
    /* The shortest numbers out of range, such as 9e308, have five characters. */
    if (n >= 5 && is_out_of_range(s + start, n, negative)) {
        memset(s + start, '0', n);
        memcpy(s + start, "9e", 2);
        memcpy(s + end - 2, "19", 2);
        *changed = true;
    }
    return end;
}

mc_status mc_json_mend(mc_bytes line, mc_buffer *out, bool *changed, size_t *n_replaced,
                       mc_error *error) {
    *changed = false;
    *n_replaced = 0;
    out->size = 0;
    bool valid = mc_json_utf8_valid(line.data, line.size);
    size_t room = valid ? line.size : MC_UTF8_REPLACED_MAX(line.size);
    MC_TRY(mc_buffer_reserve(out, room + MC_JSON_PADDING, error));
    char *s = out->data;
    size_t size = line.size;
    if (valid)
        memcpy(s, line.data, size);
    else
        size = mc_utf8_replace(line.data, line.size, s, n_replaced);

    for (size_t i = 0; i < size;) {
        if (s[i] == '"')
            i = mend_string(s, size, i + 1, n_replaced);
        else if (s[i] == '-' || is_digit(s[i]))
            i = mend_number(s, size, i, changed);
        else
            i++;
    }
    memset(s + size, 0, MC_JSON_PADDING);
    out->size = size;
    *changed = *changed || *n_replaced > 0;
    return MC_OK;
}
