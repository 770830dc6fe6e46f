/* Numbers as people type them. Suffixed decimals are scaled exactly where the result is whole:
 * digits are collected as an integer and the decimal point is counted, not computed. */
#include "metacurate/base.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A decimal number and the unit after it, such as "1.5M": value * 10^-decimals, then factor. */
typedef struct quantity {
    uint64_t digits;
    unsigned decimals;
    char suffix; /* upper case, or 0 */
} quantity;

static bool read_quantity(const char *text, quantity *out) {
    *out = (quantity){0};
    bool point = false, any = false;
    const char *c = text;
    for (; (*c >= '0' && *c <= '9') || (*c == '.' && !point) || (*c == '_' && any); c++) {
        if (*c == '.') {
            point = true;
            continue;
        }
        if (*c == '_')
            continue;
        any = true;
        uint64_t digit = (uint64_t)(*c - '0');
        if (out->digits > (UINT64_MAX - digit) / 10)
            return false;
        out->digits = out->digits * 10 + digit;
        out->decimals += point;
    }
    if (!any || out->decimals > 18)
        return false;
    if (*c) {
        out->suffix = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        c++;
    }
    if (out->suffix && out->suffix != 'B' && (!strcmp(c, "B") || !strcmp(c, "iB")))
        return true;
    return *c == '\0';
}

static bool scale(const quantity *q, uint64_t factor, uint64_t *out) {
    uint64_t value = q->digits;
    unsigned decimals = q->decimals;
    while (decimals > 0 && value % 10 == 0) {
        value /= 10;
        decimals--;
    }
    for (; decimals > 0 && factor % 10 == 0; decimals--)
        factor /= 10;
    uint64_t divisor = 1;
    for (; decimals > 0; decimals--)
        divisor *= 10;
    if (factor && value > UINT64_MAX / factor)
        return false;
    value *= factor;
    if (value % divisor)
        return false;
    *out = value / divisor;
    return true;
}

static uint64_t decimal_factor(char suffix) {
    switch (suffix) {
    case 0:
        return 1;
    case 'K':
        return 1000;
    case 'M':
        return 1000000;
    case 'B':
    case 'G':
        return 1000000000;
    case 'T':
        return 1000000000000;
    default:
        return 0;
    }
}

mc_status mc_parse_count(const char *text, uint64_t *out, mc_error *error) {
    quantity q;
    if (!read_quantity(text, &q) || !decimal_factor(q.suffix) ||
        !scale(&q, decimal_factor(q.suffix), out))
        return mc_fail(error, MC_E_ARGUMENT,
                       "\"%.40s\" is no whole number (such as 500, 20k, 1.5M or 2B)", text);
    return MC_OK;
}

mc_status mc_parse_size(const char *text, uint64_t *out, mc_error *error) {
    quantity q;
    uint64_t factor = 0;
    if (read_quantity(text, &q)) {
        switch (q.suffix) {
        case 0:
        case 'B':
            factor = 1;
            break;
        case 'K':
            factor = 1ull << 10;
            break;
        case 'M':
            factor = 1ull << 20;
            break;
        case 'G':
            factor = 1ull << 30;
            break;
        case 'T':
            factor = 1ull << 40;
            break;
        default:
            break;
        }
    }
    if (!factor || !scale(&q, factor, out))
        return mc_fail(error, MC_E_ARGUMENT,
                       "\"%.40s\" is no size in bytes (such as 65536, 256M or 4G)", text);
    return MC_OK;
}

mc_status mc_parse_threshold(const char *text, double *out, mc_error *error) {
    if (!strcmp(text, "inf")) {
        *out = INFINITY;
        return MC_OK;
    }
    quantity q;
    uint64_t whole;
    if (read_quantity(text, &q) && decimal_factor(q.suffix)) {
        if (scale(&q, decimal_factor(q.suffix), &whole)) {
            *out = (double)whole;
        } else { /* a fraction: strtod rounds correctly, and the factor is exact */
            *out = strtod(text, NULL) * (double)decimal_factor(q.suffix);
        }
        if (*out > 0)
            return MC_OK;
    }
    return mc_fail(error, MC_E_ARGUMENT,
                   "\"%.40s\" is no threshold (a number above 0 such as 20k, or inf)", text);
}
