/* Decoding to UTF-8. UTF-8 and UTF-16 by hand; sets of one byte a character by a table that
 * iconv(3) fills once; the rest by iconv, stepping over what it refuses. */
#include "pool/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/text.h"
#include "pool/charset_put.h"
#include "pool/charset_table.h"
#include "pool/json_shim.h"

#define N_HIGH 128 /* bytes from 0x80 on */

struct mc_charset {
    uint16_t *tables[MC_N_ENCODINGS];    /* code points of bytes from 0x80 on; NULL: not made */
    iconv_t descriptors[MC_N_ENCODINGS]; /* where is_open */
    unsigned char is_open[MC_N_ENCODINGS];
};

static iconv_t const NO_ICONV = (iconv_t)-1;

mc_status mc_charset_create(mc_charset **out, mc_error *error) {
    return MC_ALLOC(*out, 1, error);
}

void mc_charset_free(mc_charset *charset) {
    if (!charset)
        return;
    for (size_t i = 0; i < MC_N_ENCODINGS; i++) {
        free(charset->tables[i]);
        if (charset->is_open[i])
            iconv_close(charset->descriptors[i]);
    }
    free(charset);
}

static mc_status open_iconv(const char *to, mc_encoding encoding, iconv_t *out, mc_error *error) {
    *out = iconv_open(to, mc_encodings[encoding].iconv_name);
    if (*out != NO_ICONV)
        return MC_OK;
    if (errno == ENOMEM)
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    return mc_fail(error, MC_E_UNSUPPORTED, "this system has no converter for %.40s",
                   mc_encodings[encoding].iconv_name);
}

/* Room for n parts of input, each of which becomes three bytes at most. */
static mc_status reserve_parts(mc_buffer *out, size_t n, mc_error *error) {
    if (n > SIZE_MAX / 3)
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    out->size = 0;
    return mc_buffer_reserve(out, 3 * n, error);
}

/* --- single bytes ---------------------------------------------------------------------------- */

/* Where the standard's table differs from glibc's. */
static const struct {
    const char *iconv_name;
    unsigned char byte;
    uint16_t code_point;
} CORRECTIONS[] = {{"CP1255", 0xCA, 0x05BA},    {"KOI8-U", 0xAE, 0x045E},
                   {"KOI8-U", 0xBE, 0x040E},    {"MACINTOSH", 0xC6, 0x2206},
                   {"MACINTOSH", 0xF0, 0xF8FF}, {"MAC-UK", 0xFF, 0x20AC}};

static void correct_table(uint16_t *table, const char *iconv_name) {
    for (size_t i = 0; i < sizeof CORRECTIONS / sizeof *CORRECTIONS; i++)
        if (strcmp(CORRECTIONS[i].iconv_name, iconv_name) == 0)
            table[CORRECTIONS[i].byte - 0x80] = CORRECTIONS[i].code_point;
}

static mc_status make_table(mc_charset *charset, mc_encoding encoding, mc_error *error) {
    uint16_t *table = NULL;
    iconv_t descriptor;
    MC_TRY(open_iconv("UTF-16LE", encoding, &descriptor, error));
    mc_status status = MC_ALLOC(table, N_HIGH, error);
    for (unsigned i = 0; status == MC_OK && i < N_HIGH; i++) {
        char byte = (char)(0x80 + i), *in = &byte;
        unsigned char units[8];
        char *out = (char *)units;
        size_t in_size = 1, out_size = sizeof units;
        iconv(descriptor, NULL, NULL, NULL, NULL);
        size_t result = iconv(descriptor, &in, &in_size, &out, &out_size);
        if (result != (size_t)-1) /* some keep a letter back for an accent that may follow */
            result = iconv(descriptor, NULL, NULL, &out, &out_size);
        if (result != (size_t)-1 && out_size == sizeof units - 2)
            table[i] = (uint16_t)(units[0] | units[1] << 8);
        else /* the standard keeps what is no letter as a control character */
            table[i] = i < 0x20 ? (uint16_t)(0x80 + i) : MC_REPLACEMENT;
    }
    iconv_close(descriptor);
    if (status == MC_OK) {
        correct_table(table, mc_encodings[encoding].iconv_name);
        charset->tables[encoding] = table;
    }
    return status;
}

static void decode_single(const uint16_t *table, mc_bytes bytes, mc_buffer *out,
                          size_t *n_replaced) {
    const unsigned char *p = (const unsigned char *)bytes.data, *end = p + bytes.size;
    char *to = out->data;
    for (; p < end; p++) {
        uint32_t c = *p < 0x80 ? *p : table[*p - 0x80];
        *n_replaced += c == MC_REPLACEMENT;
        to = mc_charset_put(to, c);
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

/* --- iconv ----------------------------------------------------------------------------------- */

/* What iconv refuses at p: a lead byte, and a second byte with it unless that is ASCII. */
static size_t refused_size(const char *p, size_t size) {
    unsigned char lead = (unsigned char)p[0];
    return size > 1 && lead > 0x80 && lead < 0xFF && (unsigned char)p[1] >= 0x80 ? 2 : 1;
}

static mc_status decode_several(mc_charset *charset, mc_encoding encoding, mc_bytes bytes,
                                mc_buffer *out, size_t *n_replaced, mc_error *error) {
    if (!charset->is_open[encoding]) {
        MC_TRY(open_iconv("UTF-8", encoding, &charset->descriptors[encoding], error));
        charset->is_open[encoding] = 1;
    }
    iconv_t descriptor = charset->descriptors[encoding];
    iconv(descriptor, NULL, NULL, NULL, NULL);
    bool chinese = strcmp(mc_encodings[encoding].iconv_name, "GB18030") == 0;
    /* iconv's interface is older than const; it does not write to its input. */
    char *p = (char *)(uintptr_t)bytes.data;
    size_t left = bytes.size;
    out->size = 0;
    MC_TRY(mc_buffer_reserve(out, bytes.size + bytes.size / 2 + 16, error));
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
        size_t refused = problem == EINVAL ? left : refused_size(p, left);
        bool euro = chinese && (unsigned char)*p == 0x80;
        *n_replaced += !euro;
        to = mc_charset_put(out->data + out->size, euro ? 0x20AC : MC_REPLACEMENT);
        out->size = (size_t)(to - out->data);
        p += refused;
        left -= refused;
    }
    MC_TRY(mc_buffer_reserve(out, 16, error));
    char *to = out->data + out->size;
    size_t room = out->capacity - out->size;
    iconv(descriptor, NULL, NULL, &to, &room); /* a letter kept back for an accent */
    out->size = (size_t)(to - out->data);
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
    if (decoder == MC_DECODE_SINGLE && !charset->tables[encoding])
        MC_TRY(make_table(charset, encoding, error));
    if (decoder == MC_DECODE_SEVERAL)
        MC_TRY(decode_several(charset, encoding, bytes, out, &replaced, error));
    else
        MC_TRY(reserve_parts(out, bytes.size, error));

    if (decoder == MC_DECODE_UTF8)
        out->size = mc_utf8_replace(bytes.data, bytes.size, out->data, &replaced);
    else if (decoder == MC_DECODE_UTF16)
        decode_utf16(bytes, encoding == MC_ENCODING_UTF16BE, out, &replaced);
    else if (decoder == MC_DECODE_USER_DEFINED)
        decode_user_defined(bytes, out);
    else if (decoder == MC_DECODE_SINGLE)
        decode_single(charset->tables[encoding], bytes, out, &replaced);
    *text = (mc_bytes){out->data, out->size};
    *n_replaced += replaced;
    return MC_OK;
}
