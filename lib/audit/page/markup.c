/* Markup and numbers, written without the locale's help: a page is the same wherever it is made. */
#include "audit/page/markup.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json_out.h"
#include "metacurate/text.h"

void mc_markup_bytes(mc_markup *m, const void *data, size_t size) {
    if (m->status == MC_OK)
        m->status = mc_buffer_append(&m->out, data, size, m->error);
}

void mc_markup_raw(mc_markup *m, const char *text) {
    mc_markup_bytes(m, text, strlen(text));
}

void mc_markup_printf(mc_markup *m, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (m->status == MC_OK && (size < 0 || (size_t)size >= sizeof text))
        m->status = mc_fail(m->error, MC_E_LIMIT, "a piece of a page is too long");
    if (m->status == MC_OK)
        mc_markup_bytes(m, text, (size_t)size);
}

/* The code point at data and its length; length 1 and U+DC80.. for a byte that is ill-formed. */
static size_t code_point(const char *data, size_t size, uint32_t *out) {
    static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned char lead = (unsigned char)data[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length > size || !mc_utf8_valid(data, length)) {
        *out = 0xdc00u + lead;
        return 1;
    }
    *out = lead & first_bits[length];
    for (size_t i = 1; i < length; i++)
        *out = *out << 6 | ((unsigned char)data[i] & 0x3f);
    return length;
}

/* Characters that cannot be seen, or that change how others are shown. */
static bool is_hidden(uint32_t c) {
    static const uint32_t ranges[][2] = {
        {0x00, 0x1f},     {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},
        {0x61c, 0x61c},   {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},
        {0xd800, 0xdfff}, {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
        {0xfffe, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

static void put_hidden(mc_markup *m, uint32_t c) {
    if (c >= 0xdc80 && c <= 0xdcff)
        mc_markup_printf(m, "<span class=\"esc\">\\x%02x</span>", c - 0xdc00);
    else if (c > 0xffff)
        mc_markup_printf(m, "<span class=\"esc\">\\u{%x}</span>", c);
    else
        mc_markup_printf(m, "<span class=\"esc\">\\u%04x</span>", c);
}

static const char *reference(uint32_t c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Appends up to limit code points; returns how many bytes they took. */
static size_t put_text(mc_markup *m, mc_bytes text, size_t limit) {
    size_t at = 0, plain = 0;
    for (size_t n = 0; at < text.size && n < limit && m->status == MC_OK; n++) {
        uint32_t c;
        size_t length = code_point(text.data + at, text.size - at, &c);
        bool hidden = is_hidden(c);
        if (hidden || reference(c)) {
            mc_markup_bytes(m, text.data + plain, at - plain);
            plain = at + length;
            if (hidden)
                put_hidden(m, c);
            else
                mc_markup_raw(m, reference(c));
        }
        at += length;
    }
    mc_markup_bytes(m, text.data + plain, at - plain);
    return at;
}

void mc_markup_text(mc_markup *m, mc_bytes text) {
    put_text(m, text, SIZE_MAX);
}

void mc_markup_string(mc_markup *m, const char *text) {
    mc_markup_text(m, (mc_bytes){text, strlen(text)});
}

void mc_markup_entry(mc_markup *m, const json_t *string) {
    if (!json_is_string(string)) {
        mc_markup_raw(m, "<span class=\"none\">not known</span>");
        return;
    }
    mc_bytes text = {json_string_value(string), json_string_length(string)};
    if (text.size == 0) {
        mc_markup_raw(m, "<span class=\"none\">empty</span>");
        return;
    }
    mc_markup_raw(m, "<bdi class=\"entry\">");
    size_t shown = put_text(m, text, MC_MARKUP_LONGEST);
    if (shown < text.size)
        mc_markup_raw(m, "…");
    mc_markup_raw(m, "</bdi>");
    if (shown < text.size) {
        mc_markup_raw(m, " <span class=\"cut\">(");
        mc_markup_count(m, text.size);
        mc_markup_raw(m, " bytes)</span>");
    }
}

/* --- numbers --------------------------------------------------------------------------------- */

static const char dash[] = "<span class=\"none\">–</span>";

/* Digits in groups of three; returns where they begin in text. */
static const char *group_digits(char text[32], uint64_t value) {
    char *at = text + 31;
    *at = '\0';
    for (unsigned n = 0; n == 0 || value > 0; n++, value /= 10) {
        if (n > 0 && n % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + value % 10);
    }
    return at;
}

void mc_markup_count(mc_markup *m, uint64_t value) {
    char text[32];
    mc_markup_raw(m, group_digits(text, value));
}

/* Rounds to places decimals; the whole part in groups where grouped. */
static void put_decimal(mc_markup *m, double value, int places, bool grouped) {
    uint64_t unit = 1;
    for (int i = 0; i < places; i++)
        unit *= 10;
    double scaled = floor(fabs(value) * (double)unit + 0.5);
    if (!(scaled < 9e18)) {
        mc_markup_raw(m, dash);
        return;
    }
    uint64_t whole = (uint64_t)scaled;
    if (value < 0 && whole > 0)
        mc_markup_raw(m, grouped ? "−" : "-");
    if (grouped)
        mc_markup_count(m, whole / unit);
    else
        mc_markup_printf(m, "%" PRIu64, whole / unit);
    if (places > 0 && (grouped || whole % unit > 0))
        mc_markup_printf(m, ".%0*" PRIu64, places, whole % unit);
}

void mc_markup_fixed(mc_markup *m, double value, int places) {
    put_decimal(m, value, places, false);
}

void mc_markup_decimal(mc_markup *m, double value, int places) {
    if (isnan(value))
        mc_markup_raw(m, dash);
    else
        put_decimal(m, value, places, true);
}

/* Decimals that give about 4 significant digits. */
static int places_of(double value) {
    double size = fabs(value);
    int places = size >= 999.95 ? 0 : 1;
    for (double bound = 99.995; places > 0 && places < 12 && size < bound; bound /= 10)
        places++;
    return places;
}

void mc_markup_real(mc_markup *m, double value) {
    if (isnan(value))
        mc_markup_raw(m, dash);
    else if (isinf(value))
        mc_markup_raw(m, value < 0 ? "−∞" : "∞");
    else if (value == floor(value))
        put_decimal(m, value, 0, true);
    else
        put_decimal(m, value, places_of(value), true);
}

void mc_markup_share(mc_markup *m, double value) {
    if (!isfinite(value)) {
        mc_markup_raw(m, dash);
        return;
    }
    double percent = value * 100;
    if (percent == 0 || fabs(percent) >= 1e-7) {
        int places = percent == 0 ? 0 : places_of(percent) - 1;
        if (percent < 100 && percent >= 99.95) /* nearly all is not all */
            places = 2;
        put_decimal(m, percent, places > 0 ? places : percent == floor(percent) ? 0 : 1, true);
    } else {
        mc_markup_raw(m, "under 0.0000001");
    }
    mc_markup_raw(m, "%");
}

void mc_markup_bytes_size(mc_markup *m, double bytes) {
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    for (; bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1000;
    if (isnan(bytes))
        mc_markup_raw(m, dash);
    else
        put_decimal(m, bytes, unit > 0 && bytes < 99.95 ? 1 : 0, true);
    mc_markup_printf(m, " %s", units[unit]);
}

void mc_markup_compact(mc_markup *m, double value) {
    static const char *const units[] = {"", "k", "M", "B", "T"};
    size_t unit = 0;
    double size = value;
    for (; fabs(size) >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
        size /= 1000;
    int places = 0; /* as many as it takes */
    for (double power = 1; places < 12; places++, power *= 10)
        if (fabs(size * power - floor(size * power + 0.5)) <= 1e-6 * fabs(size * power))
            break;
    put_decimal(m, size, places, true);
    mc_markup_raw(m, units[unit]);
}

void mc_markup_json(mc_markup *m, const json_t *string) {
    if (!json_is_string(string)) {
        mc_markup_raw(m, "null");
        return;
    }
    mc_buffer text = {0};
    if (m->status == MC_OK)
        m->status =
            mc_json_string(&text, json_string_value(string), json_string_length(string), m->error);
    size_t plain = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '<')
            continue;
        mc_markup_bytes(m, text.data + plain, i - plain);
        mc_markup_raw(m, "\\u003c");
        plain = i + 1;
    }
    if (text.size > 0)
        mc_markup_bytes(m, text.data + plain, text.size - plain);
    mc_buffer_dispose(&text);
}

void mc_markup_number(mc_markup *m, const json_t *number) {
    if (json_is_integer(number) && json_integer_value(number) >= 0)
        mc_markup_count(m, (uint64_t)json_integer_value(number));
    else if (json_is_string(number) && mc_document_count(number) > 0)
        mc_markup_count(m, mc_document_count(number));
    else
        mc_markup_real(m, mc_document_number(number));
}

/* --- documents ------------------------------------------------------------------------------- */

/* A string that is nothing but digits, of a number of 64 bits. */
static bool read_digits(const json_t *string, uint64_t *out) {
    const char *text = json_string_value(string);
    *out = 0;
    if (!text || !*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (*out > (UINT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    return true;
}

double mc_document_number(const json_t *number) {
    uint64_t digits;
    if (json_is_number(number))
        return json_number_value(number);
    if (json_is_string(number) && !strcmp(json_string_value(number), "inf"))
        return INFINITY;
    return read_digits(number, &digits) ? (double)digits : NAN;
}

uint64_t mc_document_count(const json_t *number) {
    uint64_t digits;
    if (json_is_integer(number))
        return json_integer_value(number) > 0 ? (uint64_t)json_integer_value(number) : 0;
    return read_digits(number, &digits) ? digits : 0;
}

const json_t *mc_document_get(const json_t *object, const char *key) {
    return json_object_get(object, key);
}

bool mc_document_has(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return value && !json_is_null(value);
}

const char *mc_document_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
