#include "audit/card/markdown.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "metacurate/text.h"

static void put(mc_markdown *m, const void *data, size_t size) {
    if (m->status == MC_OK)
        m->status = mc_buffer_append(&m->out, data, size, m->error);
}

void mc_markdown_printf(mc_markdown *m, const char *format, ...) {
    char line[1024];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (m->status == MC_OK && (size < 0 || size >= (int)sizeof line))
        m->status = mc_fail(m->error, MC_E_LIMIT, "a line of the card is too long");
    put(m, line, m->status == MC_OK ? (size_t)size : 0);
}

/* ---- characters ---- */

/* Ranges that are not seen, or that change how what is around them is seen: controls, soft hyphen,
 * marks of direction, separators, fillers, tags, and what is for private use. Spaces other than the
 * ordinary one are among them: two strings that differ should look different. Joiners and variation
 * selectors are not: they belong to the spelling of words and emoji. */
static const struct {
    uint32_t first, last;
} unseen[] = {{0, 0x1F},          {0x7F, 0xA0},       {0xAD, 0xAD},       {0x34F, 0x34F},
              {0x61C, 0x61C},     {0x115F, 0x1160},   {0x1680, 0x1680},   {0x17B4, 0x17B5},
              {0x180B, 0x180F},   {0x2000, 0x200B},   {0x200E, 0x200F},   {0x2028, 0x202F},
              {0x205F, 0x206F},   {0x3000, 0x3000},   {0x3164, 0x3164},   {0xE000, 0xF8FF},
              {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFC},   {0x1BCA0, 0x1BCA3},
              {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF}};

static bool is_unseen(uint32_t c) {
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (c >= unseen[i].first && c <= unseen[i].last)
            return true;
    return false;
}

/* Reads a code point of well-formed UTF-8. */
static uint32_t next(const char **at) {
    const unsigned char *s = (const unsigned char *)*at;
    int n = s[0] < 0x80 ? 0 : s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : 3;
    uint32_t c = n == 0 ? s[0] : s[0] & (0x3Fu >> n);
    for (int i = 1; i <= n; i++)
        c = c << 6 | (s[i] & 0x3Fu);
    *at += n + 1;
    return c;
}

/* Where the text ends that is shown: all of it, or as many code points. */
static const char *shown_end(mc_bytes text) {
    const char *at = text.data, *end = text.data + text.size;
    for (int n = 0; at < end && n < MC_MARKDOWN_LONGEST; n++)
        next(&at);
    return at;
}

/* A backslash in front takes the meaning of any ASCII punctuation, but of the bar in a table, whose
 * cells are cut first; there a reference serves in every dialect, and for the backslash too. */
static void put_text(mc_markdown *m, const char *at, uint32_t c, size_t size) {
    if (c == '|' || c == '\\' || c == '<' || c == '>' || c == '&')
        mc_markdown_printf(m, "&#%d;", (int)c);
    else if (is_unseen(c))
        mc_markdown_printf(m, "\\[U+%04" PRIX32 "\\]", c);
    else if (c < 0x80 && strchr("!#$*.:=@[]^_`{}~", (int)c))
        mc_markdown_printf(m, "\\%c", (int)c);
    else
        put(m, at, size);
}

void mc_markdown_text(mc_markdown *m, mc_bytes text) {
    if (!mc_utf8_valid(text.data, text.size)) {
        mc_markdown_printf(m, "(not UTF-8)");
        return;
    }
    if (text.size == 0) {
        mc_markdown_printf(m, "(empty)");
        return;
    }
    const char *end = shown_end(text);
    bool was_space = true; /* spaces at the ends or beside another would be lost */
    for (const char *at = text.data, *from = at; at < end; from = at) {
        uint32_t c = next(&at);
        bool space = c == ' ';
        if (space && (was_space || at == text.data + text.size))
            mc_markdown_printf(m, "\\[U+0020\\]");
        else
            put_text(m, from, c, (size_t)(at - from));
        was_space = space;
    }
    if (end < text.data + text.size)
        mc_markdown_printf(m, "… (%zu bytes)", text.size);
}

static bool code_can_hold(mc_bytes text) {
    if (text.size == 0 || text.data[0] == ' ' || text.data[text.size - 1] == ' ' ||
        !mc_utf8_valid(text.data, text.size))
        return false;
    for (const char *at = text.data; at < text.data + text.size;) {
        uint32_t c = next(&at);
        if (c == '|' || c == '\\' || c == '`' || is_unseen(c))
            return false;
    }
    return shown_end(text) == text.data + text.size;
}

void mc_markdown_code(mc_markdown *m, mc_bytes text) {
    if (!code_can_hold(text)) {
        mc_markdown_text(m, text);
        return;
    }
    put(m, "`", 1);
    put(m, text.data, text.size);
    put(m, "`", 1);
}

/* ---- the shell ---- */

/* Quoted as 'word', or as $'word' with what is not seen as bytes in octal. */
void mc_markdown_shell(mc_markdown *m, mc_bytes word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+=:,./-";
    bool valid = mc_utf8_valid(word.data, word.size), is_plain = true, seen = valid;
    if (word.size == 0) {
        put(m, "''", 2);
        return;
    }
    for (const char *at = word.data; valid && at < word.data + word.size;) {
        uint32_t c = next(&at);
        seen = seen && !is_unseen(c) && c != '\'' && c != '`' && c != '\\';
        is_plain = is_plain && c < 0x80 && strchr(plain, (int)c) != NULL;
    }
    if (seen) {
        put(m, "'", is_plain ? 0 : 1);
        put(m, word.data, word.size);
        put(m, "'", is_plain ? 0 : 1);
        return;
    }
    put(m, "$'", 2);
    for (const char *at = word.data, *from = at; at < word.data + word.size; from = at) {
        uint32_t c = valid ? next(&at) : (unsigned char)*at++;
        if (c == '\'' || c == '\\')
            mc_markdown_printf(m, "\\%c", (int)c);
        else if (c != '`' && (valid ? !is_unseen(c) : c >= 0x20 && c < 0x7F))
            put(m, from, (size_t)(at - from));
        else
            for (const char *byte = from; byte < at; byte++)
                mc_markdown_printf(m, "\\%03o", (unsigned)(unsigned char)*byte);
    }
    put(m, "'", 1);
}

/* ---- values ---- */

static mc_bytes bytes_of(const json_t *string) {
    return (mc_bytes){json_string_value(string), json_string_length(string)};
}

void mc_markdown_value(mc_markdown *m, const json_t *value) {
    if (json_is_string(value))
        mc_markdown_code(m, bytes_of(value));
    else if (json_is_integer(value))
        mc_markdown_printf(m, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        mc_markdown_printf(m, "%.15g", json_real_value(value));
    else if (json_is_boolean(value))
        mc_markdown_printf(m, json_is_true(value) ? "yes" : "no");
    else
        mc_markdown_printf(m, "-");
}

/* Digits with a comma before every third of those before the point. */
static void put_grouped(mc_markdown *m, const char *digits) {
    size_t n = strcspn(digits, ".");
    for (size_t i = 0; i < n; i++)
        mc_markdown_printf(m, "%s%c", i > 0 && (n - i) % 3 == 0 ? "," : "", digits[i]);
    mc_markdown_printf(m, "%s", digits + n);
}

void mc_markdown_count(mc_markdown *m, const json_t *value) {
    char digits[32];
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        mc_markdown_value(m, value);
        return;
    }
    snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    put_grouped(m, digits);
}

void mc_markdown_real(mc_markdown *m, const json_t *value) {
    char digits[64];
    double real = json_number_value(value);
    if (!json_is_number(value)) {
        mc_markdown_value(m, value);
        return;
    }
    bool large = real >= 1000 && real < 1e18;
    snprintf(digits, sizeof digits,
             large && real == floor(real) ? "%.0f"
             : large                      ? "%.1f"
                                          : "%.6g",
             real);
    if (large)
        put_grouped(m, digits);
    else
        mc_markdown_printf(m, "%s", digits);
}

void mc_markdown_share(mc_markdown *m, const json_t *value) {
    if (json_is_number(value))
        mc_markdown_printf(m, "%.4g %%", 100 * json_number_value(value));
    else
        mc_markdown_printf(m, "-");
}
