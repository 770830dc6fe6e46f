/* Filling tables: iconv is asked for each byte, or each two, once. */
#include "pool/charset_tables.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pool/charset_put.h"
#include "pool/charset_table.h"

/* Where the standard's table differs from glibc's. */
static const struct {
    const char *iconv_name;
    unsigned char byte;
    uint16_t code_point;
} CORRECTIONS[] = {{"CP1255", 0xCA, 0x05BA},    {"KOI8-U", 0xAE, 0x045E},
                   {"KOI8-U", 0xBE, 0x040E},    {"MACINTOSH", 0xC6, 0x2206},
                   {"MACINTOSH", 0xF0, 0xF8FF}, {"MAC-UK", 0xFF, 0x20AC}};

mc_status mc_charset_open(const char *to, mc_encoding encoding, iconv_t *out, mc_error *error) {
    const char *name = mc_encodings[encoding].iconv_name;
    *out = iconv_open(to, name);
    if (*out != (iconv_t)-1)
        return MC_OK;
    if (errno == ENOMEM)
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    return mc_fail(error, MC_E_UNSUPPORTED, "this system has no converter for %.40s", name);
}

/* Converts n bytes alone; returns the bytes written, 0 when they are refused or not whole (*cut).
 */
static size_t convert(iconv_t descriptor, const unsigned char *bytes, size_t n, unsigned char *out,
                      size_t room, bool *cut) {
    char copy[4], *in = copy, *to = (char *)out;
    size_t left = room;
    memcpy(copy, bytes, n);
    iconv(descriptor, NULL, NULL, NULL, NULL);
    size_t result = iconv(descriptor, &in, &n, &to, &left);
    *cut = result == (size_t)-1 && errno == EINVAL;
    if (result != (size_t)-1) /* some keep a letter back for an accent that may follow */
        result = iconv(descriptor, NULL, NULL, &to, &left);
    return result == (size_t)-1 ? 0 : room - left;
}

mc_status mc_charset_make_singles(mc_encoding encoding, uint16_t **out, mc_error *error) {
    uint16_t *table;
    iconv_t descriptor;
    MC_TRY(mc_charset_open("UTF-16LE", encoding, &descriptor, error));
    mc_status status = MC_ALLOC(table, MC_N_HIGH, error);
    for (unsigned i = 0; status == MC_OK && i < MC_N_HIGH; i++) {
        unsigned char byte = (unsigned char)(0x80 + i), units[8];
        bool cut;
        if (convert(descriptor, &byte, 1, units, sizeof units, &cut) == 2)
            table[i] = (uint16_t)(units[0] | units[1] << 8);
        else /* the standard keeps what is no letter as a control character */
            table[i] = i < 0x20 ? (uint16_t)(0x80 + i) : MC_REPLACEMENT;
    }
    iconv_close(descriptor);
    MC_TRY(status);
    for (size_t i = 0; i < sizeof CORRECTIONS / sizeof *CORRECTIONS; i++)
        if (strcmp(CORRECTIONS[i].iconv_name, mc_encodings[encoding].iconv_name) == 0)
            table[CORRECTIONS[i].byte - 0x80] = CORRECTIONS[i].code_point;
    *out = table;
    return MC_OK;
}

/* The code point that all of size bytes of UTF-8 are; MC_PAIR_LONG when there are more. */
static uint32_t read_code_point(const unsigned char *s, size_t size) {
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (length != size)
        return MC_PAIR_LONG;
    uint32_t c = length == 1 ? s[0] : s[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++)
        c = c << 6 | (s[i] & 0x3Fu);
    return c > MC_PAIR_LONG ? c : MC_PAIR_BAD;
}

mc_status mc_charset_make_pairs(mc_encoding encoding, iconv_t descriptor, mc_pairs **out,
                                mc_error *error) {
    mc_pairs *table;
    const char *name = mc_encodings[encoding].iconv_name;
    MC_TRY(MC_ALLOC(table, 1, error));
    if (strcmp(name, "GB18030") == 0) {
        table->singles[0] = 0x20AC;
    } else if (strcmp(name, "CP932") == 0) {
        table->singles[0] = 0x80;
        for (unsigned i = 0xA1; i <= 0xDF; i++)
            table->singles[i - 0x80] = (uint16_t)(0xFF61 - 0xA1 + i);
    }
    for (unsigned lead = 0; lead < MC_N_HIGH; lead++) {
        for (unsigned trail = 0x30; !table->singles[lead] && trail < 0xFF; trail++) {
            unsigned char bytes[2] = {(unsigned char)(0x80 + lead), (unsigned char)trail}, text[16];
            bool cut, alone;
            if (trail == 0x30 && convert(descriptor, bytes, 1, text, sizeof text, &alone) > 0)
                break; /* the standard has no other single bytes */
            size_t size = convert(descriptor, bytes, 2, text, sizeof text, &cut);
            if (size > 0)
                table->pairs[lead][trail] = read_code_point(text, size);
            else
                table->pairs[lead][trail] = cut ? MC_PAIR_LONG : MC_PAIR_BAD;
        }
    }
    *out = table;
    return MC_OK;
}
