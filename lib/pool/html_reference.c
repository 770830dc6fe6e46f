/* Character references after the standard: the longest name of the table that fits, numbers with
 * the table for 0x80-0x9F, and in attributes no reference without a semicolon before '=', a letter
 * or a digit. The names are searched in a sorted table, narrowing a range letter by letter. */
#include "pool/html_reference.h"

#include <string.h>

#include "pool/charset_put.h"
#include "pool/html_entities.inc"
#include "pool/html_scan.h"

#define N_ENTITIES (sizeof ENTITIES / sizeof *ENTITIES)

/* windows-1252 from 0x80 on; 0 where the number stays as it is. */
static const uint16_t OF_WINDOWS_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Value of a digit, base when it is none. */
static uint32_t digit_value(char c, uint32_t base) {
    uint32_t value = base;
    if (is_digit(c))
        value = (uint32_t)(c - '0');
    else if (base == 16 && mc_html_is_letter(c) && (c | 0x20) <= 'f')
        value = (uint32_t)((c | 0x20) - 'a') + 10;
    return value;
}

/* The number at p, which is behind "&#"; NULL when there is no digit. */
static const char *read_number(const char *p, const char *end, uint32_t *number) {
    uint32_t base = 10;
    if (p < end && (*p | 0x20) == 'x') {
        base = 16;
        p++;
    }
    const char *first = p;
    uint32_t n = 0, digit;
    for (; p < end && (digit = digit_value(*p, base)) < base; p++)
        if (n <= 0x10FFFF) /* more stays out of range */
            n = n * base + digit;
    if (p == first)
        return NULL;
    if (n >= 0x80 && n < 0xA0 && OF_WINDOWS_1252[n - 0x80])
        n = OF_WINDOWS_1252[n - 0x80];
    if (n == 0 || n > 0x10FFFF || (n >= 0xD800 && n < 0xE000))
        n = MC_REPLACEMENT;
    *number = n;
    return p < end && *p == ';' ? p + 1 : p;
}

/* The first entity in [low, high) whose letter at position i is at least c. */
static size_t find_letter(size_t low, size_t high, size_t i, unsigned c) {
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((unsigned char)ENTITIES[middle].name[i] < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The longest name at p, which is behind '&': returns its size, 0 when there is none. */
static size_t find_name(const char *p, const char *end, size_t *entity) {
    size_t low = 0, high = N_ENTITIES, found = 0;
    for (size_t i = 0; i < ENTITY_NAME_MAX && p + i < end; i++) {
        unsigned c = (unsigned char)p[i];
        low = find_letter(low, high, i, c);
        high = find_letter(low, high, i, c + 1);
        if (low == high || c == 0)
            break;
        if (!ENTITIES[low].name[i + 1]) {
            found = i + 1;
            *entity = low;
        }
    }
    return found;
}

/* Writes what the reference at *at, a '&', stands for, and moves *at behind it; where it stands for
 * nothing, as much of it as is plain text. */
static char *put_reference(char *out, const char **at, const char *end) {
    const char *p = *at + 1;
    if (p < end && *p == '#') {
        uint32_t number;
        p = read_number(p + 1, end, &number);
        if (p) {
            *at = p;
            return mc_charset_put(out, number);
        }
    } else {
        size_t entity, size = find_name(p, end, &entity);
        p += size;
        if (size &&
            (p[-1] == ';' || p == end || !(*p == '=' || mc_html_is_letter(*p) || is_digit(*p)))) {
            size_t value_size = strlen(ENTITIES[entity].value);
            memcpy(out, ENTITIES[entity].value, value_size);
            *at = p;
            return out + value_size;
        }
    }
    *out++ = *(*at)++;
    return out;
}

static const char *find_special(const char *p, const char *end) {
#ifdef __SSE2__
    MC_HTML_SCAN(MC_HTML_OR(MC_HTML_OR(MC_HTML_IS('&'), MC_HTML_IS('\r')), MC_HTML_IS('\0')))
#endif
    while (p < end && *p != '&' && *p != '\r' && *p != '\0')
        p++;
    return p;
}

mc_status mc_html_resolve(mc_bytes *value, mc_buffer *scratch, mc_error *error) {
    const char *p = value->data, *end = p + value->size;
    const char *special = find_special(p, end);
    if (special == end)
        return MC_OK;

    /* A reference grows by a quarter at most (tools/make-entities asserts it), a NUL to three. */
    size_t n_nul = 0, start = scratch->size;
    for (const char *c = special; c < end && (c = memchr(c, '\0', (size_t)(end - c))); c++)
        n_nul++;
    MC_TRY(mc_buffer_reserve(scratch, value->size + value->size / 4 + 2 * n_nul + 1, error));
    char *out = scratch->data + start;
    while (p < end) {
        memcpy(out, p, (size_t)(special - p));
        out += special - p;
        p = special;
        if (p == end)
            break;
        if (*p == '&') {
            out = put_reference(out, &p, end);
        } else if (*p == '\r') {
            *out++ = '\n';
            p += p + 1 < end && p[1] == '\n' ? 2 : 1;
        } else {
            out = mc_charset_put(out, MC_REPLACEMENT);
            p++;
        }
        special = find_special(p, end);
    }
    scratch->size = (size_t)(out - scratch->data);
    *value = (mc_bytes){scratch->data + start, scratch->size - start};
    return MC_OK;
}
