/* 128-bit numbers as hex digits. */
#include "base/hash.h"

void mc_u128_hex(mc_u128 value, char out[33]) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        out[i] = digits[value.high >> (60 - 4 * i) & 15];
        out[16 + i] = digits[value.low >> (60 - 4 * i) & 15];
    }
    out[32] = '\0';
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool mc_u128_parse(const char *text, size_t size, mc_u128 *out) {
    mc_u128 value = {0, 0};
    int n = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '-')
            continue;
        int digit = hex_digit(text[i]);
        if (digit < 0 || ++n > 32)
            return false;
        value.high = value.high << 4 | value.low >> 60;
        value.low = value.low << 4 | (uint64_t)digit;
    }
    if (n != 24 && n != 32)
        return false;
    *out = value;
    return true;
}
