/* A string without escapes is found eight bytes at a time and left where it is; one with escapes is
 * copied, piece by piece between them.
 */
#include "pool/json_string.h"

#include <string.h>

const char *mc_json_string_end(const char *s) {
    for (;;) {
        s = mc_json_find_special(s);
        if (*s == '"')
            return s + 1;
        s += 2;
    }
}

/* The number that four hex digits write, or -1. */
static int hex4(const char *s) {
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = s[i] >= '0' && s[i] <= '9'   ? s[i] - '0'
                    : s[i] >= 'a' && s[i] <= 'f' ? s[i] - 'a' + 10
                    : s[i] >= 'A' && s[i] <= 'F' ? s[i] - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static size_t put_utf8(char *out, uint32_t c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(0xF00 >> n | c);
    return n;
}

/* Decodes the escape at s, which is a backslash: returns the bytes read, 0 when it is none. A
 * string's end stops it, since no quote is a hex digit. */
static size_t decode_escape(const char *s, char out[4], size_t *n_written, size_t *n_replaced) {
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *letter = s[1] ? strchr(letters, s[1]) : NULL;
    if (letter) {
        out[0] = values[letter - letters];
        *n_written = 1;
        return 2;
    }
    int unit = s[1] == 'u' ? hex4(s + 2) : -1;
    if (unit < 0)
        return 0;
    uint32_t point = (uint32_t)unit;
    size_t n_read = 6;
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        int low = unit < 0xDC00 && s[6] == '\\' && s[7] == 'u' ? hex4(s + 8) : -1;
        if (low >= 0xDC00 && low <= 0xDFFF) {
            point = 0x10000 + ((point - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
            n_read = 12;
        } else {
            point = 0xFFFD;
            ++*n_replaced;
        }
    }
    *n_written = put_utf8(out, point);
    return n_read;
}

mc_status mc_json_decode(const char *s, mc_buffer *scratch, mc_bytes *out, size_t *n_replaced,
                         mc_error *error) {
    const char *special = mc_json_find_special(s);
    *out = (mc_bytes){s, (size_t)(special - s)};
    if (*special == '"')
        return MC_OK;
    scratch->size = 0;
    for (;;) {
        MC_TRY(mc_buffer_append(scratch, s, (size_t)(special - s), error));
        if (*special == '"')
            break;
        char decoded[4];
        size_t n_written, n_read = decode_escape(special, decoded, &n_written, n_replaced);
        if (n_read == 0)
            return MC_E_FORMAT;
        MC_TRY(mc_buffer_append(scratch, decoded, n_written, error));
        s = special + n_read;
        special = mc_json_find_special(s);
    }
    *out = (mc_bytes){scratch->data, scratch->size};
    return MC_OK;
}

/* Where the string goes on behind the word it begins with; NULL when it does not. */
static const char *match(const char *s, const char *word, size_t size) {
    size_t dropped = 0;
    for (size_t i = 0; i < size;) {
        if (*s == word[i]) {
            s++;
            i++;
            continue;
        }
        char decoded[4];
        size_t n_written, n_read = 0;
        if (*s == '\\')
            n_read = decode_escape(s, decoded, &n_written, &dropped);
        if (n_read == 0 || n_written > size - i || memcmp(decoded, word + i, n_written) != 0)
            return NULL;
        s += n_read;
        i += n_written;
    }
    return s;
}

bool mc_json_string_is(const char *s, const char *word, size_t size) {
    const char *end = match(s, word, size);
    return end && *end == '"';
}

bool mc_json_string_begins(const char *s, const char *word, size_t size) {
    return match(s, word, size) != NULL;
}
