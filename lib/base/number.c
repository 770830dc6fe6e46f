/* Numbers as people type them. Suffixed decimals are scaled exactly where the result is whole:
 * digits are collected as an integer and the decimal point is counted, not computed. */
#include "metacurate/base.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The largest exponent: a count has no more digits behind its first. */
#define EXPONENT_MAX 18

/* A decimal number and the unit after it, such as "1.5M": digits * 10^-decimals, then factor. */
typedef struct quantity {
    uint64_t digits;
    unsigned decimals;
    char suffix; /* upper case, or 0 */
    bool bytes;  /* "B" or "iB" follows the suffix */
} quantity;

/* "e3" makes thousands. False when there are too many. */
static bool take_exponent(const char **c, quantity *out) {
    unsigned exponent = 0;
    if ((**c | 32) != 'e' || (*c)[1] < '0' || (*c)[1] > '9')
        return true;
    for (++*c; **c >= '0' && **c <= '9' && exponent <= EXPONENT_MAX; ++*c)
        exponent = exponent * 10 + (unsigned)(**c - '0');
    if (exponent > EXPONENT_MAX)
        return false;
    for (; exponent > 0; exponent--) {
        if (out->decimals > 0) {
            out->decimals--;
        } else {
            if (out->digits > UINT64_MAX / 10)
                return false;
            out->digits *= 10;
        }
    }
    return true;
}

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
    if (!any || out->decimals > 18 || !take_exponent(&c, out))
        return false;
    if (*c) {
        out->suffix = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        c++;
    }
    out->bytes = out->suffix && out->suffix != 'B' && (!strcmp(c, "B") || !strcmp(c, "iB"));
    return out->bytes || *c == '\0';
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

/* The power of ten that a count's suffix stands for, or -1 where it is none. */
static int decimal_power(const quantity *q) {
    if (q->bytes)
        return -1;
    switch (q->suffix) {
    case 0:
        return 0;
    case 'K':
        return 3;
    case 'M':
        return 6;
    case 'B':
    case 'G':
        return 9;
    case 'T':
        return 12;
    default:
        return -1;
    }
}

static bool scale_decimal(const quantity *q, uint64_t *out) {
    uint64_t factor = 1;
    for (int i = 0; i < decimal_power(q); i++)
        factor *= 10;
    return scale(q, factor, out);
}

mc_status mc_parse_count(const char *text, uint64_t *out, mc_error *error) {
    quantity q;
    if (!read_quantity(text, &q) || decimal_power(&q) < 0 || !scale_decimal(&q, out))
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
    if (read_quantity(text, &q) && decimal_power(&q) >= 0) {
        if (scale_decimal(&q, &whole)) {
            *out = (double)whole;
        } else { /* a fraction; without a point strtod rounds it the same in every locale */
            char number[40];
            snprintf(number, sizeof number, "%" PRIu64 "e%d", q.digits,
                     decimal_power(&q) - (int)q.decimals);
            *out = strtod(number, NULL);
        }
        if (*out > 0)
            return MC_OK;
    }
    return mc_fail(error, MC_E_ARGUMENT,
                   "\"%.40s\" is no threshold (a number above 0 such as 20k, or inf)", text);
}
