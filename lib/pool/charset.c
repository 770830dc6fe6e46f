/* Decoding to UTF-8. UTF-8 and UTF-16 by hand; sets of one byte a character by a table that
 * iconv(3) fills once; the rest by iconv, stepping over what it refuses. */
#include "pool/charset.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/text.h"
#include "pool/charset_put.h"
#include "pool/charset_table.h"
#include "pool/charset_tables.h"
#include "pool/json_shim.h"

struct mc_charset {
    uint16_t *singles[MC_N_ENCODINGS];   /* NULL: not made */
    mc_pairs *pairs[MC_N_ENCODINGS];     /* the same */
    iconv_t descriptors[MC_N_ENCODINGS]; /* where is_open */
    unsigned char is_open[MC_N_ENCODINGS];
};

mc_status mc_charset_create(mc_charset **out, mc_error *error) {
    return MC_ALLOC(*out, 1, error);
}

void mc_charset_free(mc_charset *charset) {
    if (!charset)
        return;
    for (size_t i = 0; i < MC_N_ENCODINGS; i++) {
        free(charset->singles[i]);
        free(charset->pairs[i]);
        if (charset->is_open[i])
            iconv_close(charset->descriptors[i]);
    }
    free(charset);
}

/* What the decoder needs that is made once. */
static mc_status prepare(mc_charset *charset, mc_encoding encoding, mc_error *error) {
    mc_decoder decoder = mc_encodings[encoding].decoder;
    if (decoder == MC_DECODE_SINGLE && !charset->singles[encoding])
        return mc_charset_make_singles(encoding, &charset->singles[encoding], error);
    if (decoder != MC_DECODE_PAIRS && decoder != MC_DECODE_STATEFUL)
        return MC_OK;
    if (!charset->is_open[encoding]) {
        MC_TRY(mc_charset_open("UTF-8", encoding, &charset->descriptors[encoding], error));
        charset->is_open[encoding] = 1;
    }
    if (decoder == MC_DECODE_PAIRS && !charset->pairs[encoding])
        return mc_charset_make_pairs(encoding, charset->descriptors[encoding],
                                     &charset->pairs[encoding], error);
    return MC_OK;
}

/* Room for n parts of input, each of which becomes three bytes at most. */
static mc_status reserve_parts(mc_buffer *out, size_t n, mc_error *error) {
    if (n > SIZE_MAX / 3)
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    out->size = 0;
    return mc_buffer_reserve(out, 3 * n, error);
}

/* Copies the ASCII at *p; returns the end of the copy. */
static char *copy_ascii(char *to, const unsigned char **p, const unsigned char *end) {
    const unsigned char *from = *p;
    uint64_t word;
    for (; end - from >= 8; from += 8, to += 8) {
        memcpy(&word, from, 8);
        if (word & 0x8080808080808080u)
            break;
        memcpy(to, &word, 8);
    }
    while (from < end && *from < 0x80)
        *to++ = (char)*from++;
    *p = from;
    return to;
}

/* --- single bytes ---------------------------------------------------------------------------- */

static void decode_single(const uint16_t *table, mc_bytes bytes, mc_buffer *out,
                          size_t *n_replaced) {
    const unsigned char *p = (const unsigned char *)bytes.data, *end = p + bytes.size;
    char *to = out->data;
    while (p < end) {
        to = copy_ascii(to, &p, end);
        for (; p < end && *p >= 0x80; p++) {
            uint32_t c = table[*p - 0x80];
            *n_replaced += c == MC_REPLACEMENT;
            to = mc_charset_put(to, c);
        }
    }
    out->size = (size_t)(to - out->data);
}

static void decode_user_defined(mc_bytes bytes, mc_buffer *out) {
    char *to = out->data;
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        to = mc_charset_put(to, c < 0x80 ? c : 0xF700u + c);
    }
    out->size = (size_t)(to - out->data);
}

/* --- UTF-16 ---------------------------------------------------------------------------------- */

static uint32_t unit_at(const unsigned char *p, bool big) {
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static void decode_utf16(mc_bytes bytes, bool big, mc_buffer *out, size_t *n_replaced) {
    const unsigned char *p = (const unsigned char *)bytes.data, *end = p + bytes.size;
    char *to = out->data;
    while (p < end) {
        uint32_t c = MC_REPLACEMENT; /* also for half a unit at the end */
        bool bad = true;
        if (end - p >= 2) {
            c = unit_at(p, big);
            bad = c >= 0xD800 && c < 0xE000;
            uint32_t low = bad && c < 0xDC00 && end - p >= 4 ? unit_at(p + 2, big) : 0;
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                bad = false;
                p += 2;
            }
            p += 2;
        } else {
            p = end;
        }
        *n_replaced += bad;
        to = mc_charset_put(to, bad ? MC_REPLACEMENT : c);
    }
    out->size = (size_t)(to - out->data);
}

/* --- two bytes, and more --------------------------------------------------------------------- */

/* How much is wrong at p: a lead byte, and a second byte with it unless that is ASCII. */
static size_t wrong_size(const unsigned char *p, size_t size) {
    return size > 1 && p[0] > 0x80 && p[0] < 0xFF && p[1] >= 0x80 ? 2 : 1;
}

/* The character at p, of up to four bytes, by iconv. Returns how many; 0 when it is wrong. */
static size_t decode_long(iconv_t descriptor, const unsigned char *p, size_t size, char **to) {
    for (size_t n = 2; n <= 4 && n <= size; n++) {
        char *in = (char *)(uintptr_t)p, *out = *to;
        size_t left = n, room = 2 * n; /* as much as there is, and a byte more */
        iconv(descriptor, NULL, NULL, NULL, NULL);
        size_t result = iconv(descriptor, &in, &left, &out, &room);
        if (result != (size_t)-1)
            result = iconv(descriptor, NULL, NULL, &out, &room);
        if (result != (size_t)-1) {
            *to = out;
            return n;
        }
        if (errno != EINVAL)
            break;
    }
    return 0;
}

static void decode_pairs(const mc_pairs *table, iconv_t descriptor, mc_bytes bytes, mc_buffer *out,
                         size_t *n_replaced) {
    const unsigned char *p = (const unsigned char *)bytes.data, *end = p + bytes.size;
    char *to = out->data;
    while (p < end) {
        to = copy_ascii(to, &p, end);
        while (p < end && *p >= 0x80) {
            size_t left = (size_t)(end - p), taken = 2;
            uint32_t c = table->singles[*p - 0x80];
            if (c)
                taken = 1;
            else if (left > 1)
                c = table->pairs[*p - 0x80][p[1]];
            if (c > MC_PAIR_LONG) {
                to = mc_charset_put(to, c);
            } else if (c == MC_PAIR_BAD || (taken = decode_long(descriptor, p, left, &to)) == 0) {
                taken = wrong_size(p, left);
                to = mc_charset_put(to, MC_REPLACEMENT);
                ++*n_replaced;
            }
            p += taken;
        }
    }
    out->size = (size_t)(to - out->data);
}

static mc_status decode_stateful(iconv_t descriptor, mc_bytes bytes, mc_buffer *out,
                                 size_t *n_replaced, mc_error *error) {
    /* iconv's interface is older than const; it does not write to its input. */
    char *p = (char *)(uintptr_t)bytes.data;
    size_t left = bytes.size;
    iconv(descriptor, NULL, NULL, NULL, NULL);
    while (left > 0) {
        char *to = out->data + out->size;
        size_t room = out->capacity - out->size;
        size_t result = iconv(descriptor, &p, &left, &to, &room);
        int problem = errno;
        out->size = (size_t)(to - out->data);
        if (result != (size_t)-1)
            break;
        MC_TRY(mc_buffer_reserve(out, problem == E2BIG ? out->size + 64 : 16, error));
        if (problem == E2BIG)
            continue;
        size_t wrong = problem == EINVAL ? left : 1;
        to = mc_charset_put(out->data + out->size, MC_REPLACEMENT);
        out->size = (size_t)(to - out->data);
        p += wrong;
        left -= wrong;
        ++*n_replaced;
    }
    return MC_OK;
}

static bool is_ascii(mc_bytes bytes) {
    size_t i = 0;
    for (; i + 8 <= bytes.size; i += 8) {
        uint64_t word;
        memcpy(&word, bytes.data + i, 8);
        if (word & 0x8080808080808080u)
            return false;
    }
    while (i < bytes.size && (unsigned char)bytes.data[i] < 0x80)
        i++;
    return i == bytes.size;
}

mc_status mc_charset_decode(mc_charset *charset, mc_encoding encoding, mc_bytes bytes,
                            mc_buffer *out, mc_bytes *text, size_t *n_replaced, mc_error *error) {
    mc_decoder decoder = encoding < 0 || encoding >= MC_N_ENCODINGS
                             ? MC_DECODE_NEVER
                             : mc_encodings[encoding].decoder;
    size_t replaced = 0;
    *text = bytes;
    if (decoder == MC_DECODE_NEVER)
        return mc_fail(error, MC_E_UNSUPPORTED, "the character set is not decoded");
    if (decoder == MC_DECODE_UTF8 && mc_json_utf8_valid(bytes.data, bytes.size))
        return MC_OK;
    if ((decoder == MC_DECODE_SINGLE || decoder == MC_DECODE_USER_DEFINED) && is_ascii(bytes))
        return MC_OK;
    MC_TRY(prepare(charset, encoding, error));
    MC_TRY(reserve_parts(out, bytes.size, error));

    if (decoder == MC_DECODE_UTF8)
        out->size = mc_utf8_replace(bytes.data, bytes.size, out->data, &replaced);
    else if (decoder == MC_DECODE_UTF16)
        decode_utf16(bytes, encoding == MC_ENCODING_UTF16BE, out, &replaced);
    else if (decoder == MC_DECODE_USER_DEFINED)
        decode_user_defined(bytes, out);
    else if (decoder == MC_DECODE_SINGLE)
        decode_single(charset->singles[encoding], bytes, out, &replaced);
    else if (decoder == MC_DECODE_PAIRS)
        decode_pairs(charset->pairs[encoding], charset->descriptors[encoding], bytes, out,
                     &replaced);
    else
        MC_TRY(decode_stateful(charset->descriptors[encoding], bytes, out, &replaced, error));
    *text = (mc_bytes){out->data, out->size};
    *n_replaced += replaced;
    return MC_OK;
}
