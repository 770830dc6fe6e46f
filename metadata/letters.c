/* Tables of ranges, looked through in order: an entry has few letters, and a list is shown once. */
#include "metadata/letters.h"

#include <stdbool.h>

uint32_t mc_letter_next(const char **at, const char *end) {
    const unsigned char *p = (const unsigned char *)*at;
    size_t left = (size_t)(end - *at), size = p[0] < 0xc0   ? 1
                                              : p[0] < 0xe0 ? 2
                                              : p[0] < 0xf0 ? 3
                                                            : 4;
    if (p[0] < 0x80) {
        (*at)++;
        return p[0];
    }
    uint32_t code = size == 2 ? p[0] & 0x1fu : size == 3 ? p[0] & 0x0fu : p[0] & 0x07u;
    bool whole = size > 1 && size <= left;
    for (size_t i = 1; whole && i < size; i++) {
        whole = (p[i] & 0xc0) == 0x80;
        code = code << 6 | (p[i] & 0x3fu);
    }
    *at += whole ? size : 1;
    return whole ? code : 0xfffd;
}

/* --- scripts -----------------------------------------------------------------------------------
 */

enum {
    LATIN = MC_SCRIPT_OTHER + 1,
    GREEK,
    CYRILLIC,
    ARMENIAN,
    HEBREW,
    ARABIC,
    SYRIAC,
    DEVANAGARI,
    BENGALI,
    GURMUKHI,
    GUJARATI,
    ORIYA,
    TAMIL,
    TELUGU,
    KANNADA,
    MALAYALAM,
    SINHALA,
    THAI,
    LAO,
    TIBETAN,
    MYANMAR,
    GEORGIAN,
    HANGUL,
    ETHIOPIC,
    CHEROKEE,
    KHMER,
    MONGOLIAN,
    HIRAGANA,
    KATAKANA,
    BOPOMOFO,
    HAN,
    SCRIPTS
};

static const char *const script_names[SCRIPTS] = {
    "none",   "several",   "other",    "Latin",      "Greek",     "Cyrillic", "Armenian",
    "Hebrew", "Arabic",    "Syriac",   "Devanagari", "Bengali",   "Gurmukhi", "Gujarati",
    "Oriya",  "Tamil",     "Telugu",   "Kannada",    "Malayalam", "Sinhala",  "Thai",
    "Lao",    "Tibetan",   "Myanmar",  "Georgian",   "Hangul",    "Ethiopic", "Cherokee",
    "Khmer",  "Mongolian", "Hiragana", "Katakana",   "Bopomofo",  "Han"};

/* By blocks of Unicode, in order; what stands in none of them is a letter of another script. */
static const struct {
    uint32_t first, last;
    mc_script script;
} blocks[] = {{0x0000, 0x0040, MC_SCRIPT_NONE},
              {0x0041, 0x005a, LATIN},
              {0x005b, 0x0060, MC_SCRIPT_NONE},
              {0x0061, 0x007a, LATIN},
              {0x007b, 0x00a9, MC_SCRIPT_NONE},
              {0x00aa, 0x00aa, LATIN},
              {0x00ab, 0x00b9, MC_SCRIPT_NONE},
              {0x00ba, 0x00ba, LATIN},
              {0x00bb, 0x00bf, MC_SCRIPT_NONE},
              {0x00c0, 0x00d6, LATIN},
              {0x00d7, 0x00d7, MC_SCRIPT_NONE},
              {0x00d8, 0x00f6, LATIN},
              {0x00f7, 0x00f7, MC_SCRIPT_NONE},
              {0x00f8, 0x02af, LATIN},
              {0x02b0, 0x036f, MC_SCRIPT_NONE},
              {0x0370, 0x03ff, GREEK},
              {0x0400, 0x052f, CYRILLIC},
              {0x0530, 0x058f, ARMENIAN},
              {0x0590, 0x05ff, HEBREW},
              {0x0600, 0x06ff, ARABIC},
              {0x0700, 0x074f, SYRIAC},
              {0x0750, 0x077f, ARABIC},
              {0x0870, 0x08ff, ARABIC},
              {0x0900, 0x097f, DEVANAGARI},
              {0x0980, 0x09ff, BENGALI},
              {0x0a00, 0x0a7f, GURMUKHI},
              {0x0a80, 0x0aff, GUJARATI},
              {0x0b00, 0x0b7f, ORIYA},
              {0x0b80, 0x0bff, TAMIL},
              {0x0c00, 0x0c7f, TELUGU},
              {0x0c80, 0x0cff, KANNADA},
              {0x0d00, 0x0d7f, MALAYALAM},
              {0x0d80, 0x0dff, SINHALA},
              {0x0e00, 0x0e7f, THAI},
              {0x0e80, 0x0eff, LAO},
              {0x0f00, 0x0fff, TIBETAN},
              {0x1000, 0x109f, MYANMAR},
              {0x10a0, 0x10ff, GEORGIAN},
              {0x1100, 0x11ff, HANGUL},
              {0x1200, 0x139f, ETHIOPIC},
              {0x13a0, 0x13ff, CHEROKEE},
              {0x1780, 0x17ff, KHMER},
              {0x1800, 0x18af, MONGOLIAN},
              {0x19e0, 0x19ff, KHMER},
              {0x1c80, 0x1c8f, CYRILLIC},
              {0x1c90, 0x1cbf, GEORGIAN},
              {0x1d00, 0x1d25, LATIN},
              {0x1d26, 0x1d2a, GREEK},
              {0x1d2b, 0x1d2b, CYRILLIC},
              {0x1d2c, 0x1dbf, LATIN},
              {0x1dc0, 0x1dff, MC_SCRIPT_NONE},
              {0x1e00, 0x1eff, LATIN},
              {0x1f00, 0x1fff, GREEK},
              {0x2000, 0x2bff, MC_SCRIPT_NONE},
              {0x2c60, 0x2c7f, LATIN},
              {0x2d00, 0x2d2f, GEORGIAN},
              {0x2d80, 0x2ddf, ETHIOPIC},
              {0x2de0, 0x2dff, CYRILLIC},
              {0x2e00, 0x2e7f, MC_SCRIPT_NONE},
              {0x2e80, 0x2fdf, HAN},
              {0x2fe0, 0x3004, MC_SCRIPT_NONE},
              {0x3005, 0x3007, HAN},
              {0x3008, 0x3040, MC_SCRIPT_NONE},
              {0x3041, 0x309f, HIRAGANA},
              {0x30a0, 0x30a0, MC_SCRIPT_NONE},
              {0x30a1, 0x30fa, KATAKANA},
              {0x30fb, 0x30fc, MC_SCRIPT_NONE},
              {0x30fd, 0x30ff, KATAKANA},
              {0x3100, 0x312f, BOPOMOFO},
              {0x3130, 0x318f, HANGUL},
              {0x3190, 0x319f, MC_SCRIPT_NONE},
              {0x31a0, 0x31bf, BOPOMOFO},
              {0x31c0, 0x31ef, MC_SCRIPT_NONE},
              {0x31f0, 0x31ff, KATAKANA},
              {0x3200, 0x33ff, MC_SCRIPT_NONE},
              {0x3400, 0x4dbf, HAN},
              {0x4dc0, 0x4dff, MC_SCRIPT_NONE},
              {0x4e00, 0x9fff, HAN},
              {0xa640, 0xa69f, CYRILLIC},
              {0xa720, 0xa7ff, LATIN},
              {0xa960, 0xa97f, HANGUL},
              {0xa9e0, 0xa9ff, MYANMAR},
              {0xaa60, 0xaa7f, MYANMAR},
              {0xab00, 0xab2f, ETHIOPIC},
              {0xab30, 0xab6f, LATIN},
              {0xab70, 0xabbf, CHEROKEE},
              {0xac00, 0xd7ff, HANGUL},
              {0xd800, 0xf8ff, MC_SCRIPT_NONE},
              {0xf900, 0xfaff, HAN},
              {0xfb00, 0xfb06, LATIN},
              {0xfb13, 0xfb17, ARMENIAN},
              {0xfb1d, 0xfb4f, HEBREW},
              {0xfb50, 0xfdff, ARABIC},
              {0xfe00, 0xfe6f, MC_SCRIPT_NONE},
              {0xfe70, 0xfefe, ARABIC},
              {0xfeff, 0xff20, MC_SCRIPT_NONE},
              {0xff21, 0xff3a, LATIN},
              {0xff3b, 0xff40, MC_SCRIPT_NONE},
              {0xff41, 0xff5a, LATIN},
              {0xff5b, 0xff65, MC_SCRIPT_NONE},
              {0xff66, 0xff9f, KATAKANA},
              {0xffa0, 0xffdc, HANGUL},
              {0xffe0, 0xffff, MC_SCRIPT_NONE},
              {0x1b000, 0x1b16f, HIRAGANA},
              {0x1d000, 0x1d7ff, MC_SCRIPT_NONE},
              {0x1f000, 0x1ffff, MC_SCRIPT_NONE},
              {0x20000, 0x3ffff, HAN},
              {0xe0000, 0x10ffff, MC_SCRIPT_NONE}};

mc_script mc_script_of_letter(uint32_t code_point) {
    size_t low = 0, high = sizeof blocks / sizeof *blocks;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (blocks[middle].last < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_in = low < sizeof blocks / sizeof *blocks && blocks[low].first <= code_point;
    return is_in ? blocks[low].script : MC_SCRIPT_OTHER;
}

mc_script mc_script_of(mc_bytes entry) {
    const char *at = entry.data, *end = at + entry.size;
    mc_script found = MC_SCRIPT_NONE;
    while (at < end) {
        mc_script script = mc_script_of_letter(mc_letter_next(&at, end));
        if (script == MC_SCRIPT_NONE || script == found)
            continue;
        if (found != MC_SCRIPT_NONE)
            return MC_SCRIPT_SEVERAL;
        found = script;
    }
    return found;
}

const char *mc_script_name(mc_script script) {
    return script < SCRIPTS ? script_names[script] : NULL;
}

/* --- case --------------------------------------------------------------------------------------
 */

/* Capitals that lie a fixed step from their small letters, or (step 1) before each of them. */
static const struct {
    uint32_t first, last;
    int32_t step;
    bool alternate; /* capitals at first, first + 2, ... only */
} cases[] = {
    {0x0041, 0x005a, 32, false},  {0x00b5, 0x00b5, 775, false},  {0x00c0, 0x00d6, 32, false},
    {0x00d8, 0x00de, 32, false},  {0x0100, 0x012e, 1, true},     {0x0132, 0x0136, 1, true},
    {0x0139, 0x0147, 1, true},    {0x014a, 0x0176, 1, true},     {0x0178, 0x0178, -121, false},
    {0x0179, 0x017d, 1, true},    {0x017f, 0x017f, -268, false}, {0x0187, 0x0187, 1, false},
    {0x018f, 0x018f, 202, false}, {0x01a0, 0x01a4, 1, true},     {0x01af, 0x01af, 1, false},
    {0x01cd, 0x01db, 1, true},    {0x01de, 0x01ee, 1, true},     {0x01f8, 0x021e, 1, true},
    {0x0222, 0x0232, 1, true},    {0x0386, 0x0386, 38, false},   {0x0388, 0x038a, 37, false},
    {0x038c, 0x038c, 64, false},  {0x038e, 0x038f, 63, false},   {0x0391, 0x03a1, 32, false},
    {0x03a3, 0x03ab, 32, false},  {0x03c2, 0x03c2, 1, false},    {0x0400, 0x040f, 80, false},
    {0x0410, 0x042f, 32, false},  {0x0460, 0x0480, 1, true},     {0x048a, 0x04be, 1, true},
    {0x04c0, 0x04c0, 15, false},  {0x04c1, 0x04cd, 1, true},     {0x04d0, 0x052e, 1, true},
    {0x0531, 0x0556, 48, false},  {0x1e00, 0x1e94, 1, true},     {0x1ea0, 0x1efe, 1, true},
    {0xff21, 0xff3a, 32, false}};

uint32_t mc_letter_fold(uint32_t code_point) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases && cases[i].first <= code_point; i++) {
        if (code_point > cases[i].last)
            continue;
        if (cases[i].alternate && (code_point - cases[i].first) % 2 != 0)
            return code_point;
        return (uint32_t)((int32_t)code_point + cases[i].step);
    }
    return code_point;
}

static size_t encode(uint32_t code, char *out) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((size == 2 ? 0xc0 : size == 3 ? 0xe0 : 0xf0) | code);
    return size;
}

mc_status mc_fold(mc_buffer *out, mc_bytes entry, mc_error *error) {
    const char *at = entry.data, *end = at + entry.size;
    /* Small letters of these scripts take as many bytes as their capitals, or fewer. */
    MC_TRY(mc_buffer_reserve(out, 3 * entry.size, error));
    while (at < end)
        out->size += encode(mc_letter_fold(mc_letter_next(&at, end)), out->data + out->size);
    return MC_OK;
}
