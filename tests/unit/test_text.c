/* Decoding, spacing and dead entries, each against the plainest statement of its rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/text.h"
#include "random.h"

#define R "\xEF\xBF\xBD"

/* ---- UTF-8 ---- */

/* The UTF-8 decoder of the WHATWG Encoding Standard, step by step, writing UTF-8 again. */
static size_t decode(const unsigned char *data, size_t size, char *out, size_t *n_replaced) {
    unsigned needed = 0, seen = 0, lower = 0x80, upper = 0xBF;
    char sequence[4];
    size_t n = 0, length = 0;
    *n_replaced = 0;
    for (size_t i = 0; i <= size; i++) {
        bool end = i == size;
        unsigned byte = end ? 0 : data[i];
        if (needed == 0) {
            if (end)
                break;
            length = 0;
            sequence[length++] = (char)byte;
            if (byte <= 0x7F) {
                out[n++] = (char)byte;
            } else if (byte >= 0xC2 && byte <= 0xDF) {
                needed = 1;
            } else if (byte >= 0xE0 && byte <= 0xEF) {
                lower = byte == 0xE0 ? 0xA0 : 0x80;
                upper = byte == 0xED ? 0x9F : 0xBF;
                needed = 2;
            } else if (byte >= 0xF0 && byte <= 0xF4) {
                lower = byte == 0xF0 ? 0x90 : 0x80;
                upper = byte == 0xF4 ? 0x8F : 0xBF;
                needed = 3;
            } else {
                memcpy(out + n, R, 3);
                n += 3;
                ++*n_replaced;
            }
            continue;
        }
        if (end || byte < lower || byte > upper) {
            needed = seen = 0;
            lower = 0x80;
            upper = 0xBF;
            memcpy(out + n, R, 3);
            n += 3;
            ++*n_replaced;
            i--; /* the byte is looked at again */
            if (end)
                break;
            continue;
        }
        lower = 0x80;
        upper = 0xBF;
        sequence[length++] = (char)byte;
        if (++seen == needed) {
            memcpy(out + n, sequence, length);
            n += length;
            needed = seen = 0;
        }
    }
    return n;
}

/* Bytes at the very end of a block of memory, so that a read beyond them is noticed. */
static char *exactly(const void *data, size_t size) {
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

static void check_decoding(const char *data, size_t size, const char *expected,
                           size_t expected_size, size_t expected_replaced) {
    char *bytes = exactly(data, size), *out = exactly("", 0);
    size_t replaced = 99;
    out = realloc(out, MC_UTF8_REPLACED_MAX(size) + 1);
    assert_non_null(out);
    assert_int_equal(mc_utf8_valid(bytes, size), expected_replaced == 0);
    assert_int_equal(mc_utf8_replace(bytes, size, out, &replaced), expected_size);
    assert_int_equal(replaced, expected_replaced);
    assert_memory_equal(out, expected, expected_size);
    assert_true(mc_utf8_valid(out, expected_size));
    assert_int_equal(mc_utf8_replace(bytes, size, out, NULL), expected_size);
    free(bytes);
    free(out);
}

static void ill_formed_parts_are_replaced(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *text;
        size_t n_replaced;
    } cases[] = {
        {"", "", 0},
        {"plain", "plain", 0},
        {"\x7F", "\x7F", 0},
        {"\xC2\x80", "\xC2\x80", 0},
        {"\xDF\xBF", "\xDF\xBF", 0},
        {"\xE0\xA0\x80", "\xE0\xA0\x80", 0},
        {"\xED\x9F\xBF", "\xED\x9F\xBF", 0},
        {"\xEE\x80\x80", "\xEE\x80\x80", 0},
        {"\xEF\xBF\xBF", "\xEF\xBF\xBF", 0},
        {"\xF0\x90\x80\x80", "\xF0\x90\x80\x80", 0},
        {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF", 0},
        {R, R, 0},
        /* bytes that begin nothing */
        {"\x80", R, 1},
        {"\xBF\xBF", R R, 2},
        {"\xC0\x80", R R, 2},
        {"\xC1\xBF", R R, 2},
        {"\xF5\x80\x80\x80", R R R R, 4},
        {"\xFE\xFF", R R, 2},
        /* sequences cut short are one part */
        {"\xC2", R, 1},
        {"\xE2\x82", R, 1},
        {"\xE2", R, 1},
        {"\xF0\x9F\x98", R, 1},
        {"\xF0\x9F", R, 1},
        {"\xF0", R, 1},
        {"\xE2\x82z", R "z", 1},
        {"\xF0\x9F\x98z", R "z", 1},
        {"\xF0\x9F\xC2\x80", R "\xC2\x80", 1},
        {"\xF0\x9F\x98\xF0\x9F\x98\x80", R "\xF0\x9F\x98\x80", 1},
        {"\xC2\xC2\x80", R "\xC2\x80", 1},
        /* second bytes out of range: each byte is a part */
        {"\xE0\x9F\xBF", R R R, 3},
        {"\xED\xA0\x80", R R R, 3},
        {"\xED\xBF\xBF", R R R, 3},
        {"\xED\xA0\xBD\xED\xB8\x80", R R R R R R, 6},
        {"\xF0\x8F\xBF\xBF", R R R R, 4},
        {"\xF4\x90\x80\x80", R R R R, 4},
        {"\xF8\x88\x80\x80\x80", R R R R R, 5},
        /* Unicode Standard, table 3-8 to 3-11 */
        {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", R R R R R R R R "A", 8},
        {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", R R R R R R R R "A", 8},
        {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", R R R R R "A" R R "B", 7},
        {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", R R R R "A", 4},
        /* beside the fast path over eight bytes of ASCII */
        {"abcdefg\x80", "abcdefg" R, 1},
        {"abcdefgh\x80ijklmnopq", "abcdefgh" R "ijklmnopq", 1},
        {"abcdefghijklmno\xC3\xA9pqrstuvwx", "abcdefghijklmno\xC3\xA9pqrstuvwx", 0},
        {"\xC3\xA9"
         "abcdefgh\xE2\x82",
         "\xC3\xA9"
         "abcdefgh" R,
         1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_decoding(cases[i].bytes, strlen(cases[i].bytes), cases[i].text, strlen(cases[i].text),
                       cases[i].n_replaced);
    check_decoding("a\0b\x80\0", 5, "a\0b" R "\0", 7, 1);
}

static void every_short_sequence_is_decoded_as_the_standard_says(void **state) {
    (void)state;
    /* Bytes on both sides of every bound of the table. */
    static const unsigned char edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                          0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                          0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    enum { N = sizeof edges };
    for (size_t size = 0; size <= 4; size++) {
        size_t n = 1;
        for (size_t i = 0; i < size; i++)
            n *= N;
        for (size_t number = 0; number < n; number++) {
            unsigned char bytes[4];
            char expected[12], out[12];
            size_t rest = number, n_replaced, got_replaced;
            for (size_t i = 0; i < size; i++, rest /= N)
                bytes[i] = edges[rest % N];
            size_t length = decode(bytes, size, expected, &n_replaced);
            size_t got = mc_utf8_replace((const char *)bytes, size, out, &got_replaced);
            if (got != length || got_replaced != n_replaced || memcmp(out, expected, got) != 0 ||
                mc_utf8_valid((const char *)bytes, size) != (n_replaced == 0))
                fail_msg("%02x %02x %02x %02x (%zu bytes)", bytes[0], bytes[1], bytes[2], bytes[3],
                         size);
        }
    }
}

static void random_bytes_are_decoded_as_the_standard_says(void **state) {
    (void)state;
    static const char *const pieces[] = {"a",
                                         "plain text of more than eight bytes",
                                         "\xC3\xA9",
                                         "\xE2\x82\xAC",
                                         "\xF0\x9F\x98\x80",
                                         "\x80",
                                         "\xC2",
                                         "\xE2\x82",
                                         "\xF0\x9F",
                                         "\xF0\x9F\x98",
                                         "\xED\xA0\x80",
                                         "\xFF",
                                         "\xF4\x90",
                                         "\xE0\x80",
                                         "12345678",
                                         "1234567"};
    for (int round = 0; round < 20000; round++) {
        char bytes[600], expected[1800];
        size_t size, n_replaced;
        if (round % 2) {
            size = random_pieces(bytes, 12, pieces, sizeof pieces / sizeof *pieces);
        } else {
            size = random_below(40);
            for (size_t i = 0; i < size; i++)
                bytes[i] = (char)(next_random() & 0xFF);
        }
        size_t length = decode((const unsigned char *)bytes, size, expected, &n_replaced);
        check_decoding(bytes, size, expected, length, n_replaced);
    }
}

/* ---- spacing ---- */

/* Replaces every c of s by a string, as str.replace does. */
static void replace(char *s, char c, const char *by) {
    char out[8192];
    size_t n = 0;
    for (const char *at = s; *at; at++) {
        if (*at != c) {
            out[n++] = *at;
        } else {
            memcpy(out + n, by, strlen(by));
            n += strlen(by);
        }
    }
    out[n] = '\0';
    memcpy(s, out, n + 1);
}

static void space_naively(const char *text, char *out) {
    strcpy(out, " ");
    strcat(out, text);
    strcat(out, " ");
    for (const char *mark = ",.;:?!`"; *mark; mark++) {
        char by[] = {' ', *mark, ' ', '\0'};
        replace(out, *mark, by);
    }
    replace(out, '\t', " ");
    replace(out, '\n', " ");
    replace(out, '\r', " ");
}

static void texts_are_spaced(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", "  "},
        {"a", " a "},
        {"St. Louis, MO", " St .  Louis ,  MO "},
        {"a.b", " a . b "},
        {"...", "  .  .  .  "},
        {"a\tb\nc\rd", " a b c d "},
        {"\r\n", "    "},
        {"'\"-/\\()", " '\"-/\\() "},
        {"\xC3\xA9!", " \xC3\xA9 !  "},
        {"\xC2\xA0\x0B\x0C", " \xC2\xA0\x0B\x0C "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[100];
        size_t size = mc_space(cases[i][0], strlen(cases[i][0]), out);
        out[size] = '\0';
        assert_string_equal(out, cases[i][1]);
    }
    char out[11];
    assert_int_equal(mc_space("\0,\0", 3, out), 7);
    assert_memory_equal(out, " \0 , \0 ", 7);
}

static void spacing_is_a_sequence_of_replacements(void **state) {
    (void)state;
    static const char *const pieces[] = {"a",    "b",        " ", "  ", ",",   ".",  ";",
                                         ":",    "?",        "!", "`",  "\t",  "\n", "\r",
                                         "word", "\xC3\xA9", "-", "'",  "\xFF"};
    for (int round = 0; round < 20000; round++) {
        char text[400], expected[1300], *spaced;
        size_t size = random_pieces(text, 60, pieces, sizeof pieces / sizeof *pieces);
        text[size] = '\0';
        space_naively(text, expected);
        spaced = malloc(MC_SPACED_MAX(size));
        assert_non_null(spaced);
        char *bytes = exactly(text, size);
        assert_int_equal(mc_space(bytes, size, spaced), strlen(expected));
        assert_memory_equal(spaced, expected, strlen(expected));
        free(bytes);
        free(spaced);
    }
}

/* ---- entries that can never match ---- */

static bool contains(const char *s, size_t size, const char *part, size_t part_size) {
    for (size_t i = 0; part_size <= size && i <= size - part_size; i++)
        if (memcmp(s + i, part, part_size) == 0)
            return true;
    return false;
}

static const char letters[] = "a,. \t";
enum { N_LETTERS = 5, ENTRY_MAX = 5, TEXT_MAX = 8, N_ENTRIES = 3906 /* sum of 5^0 to 5^5 */ };

/* Every string of up to ENTRY_MAX letters has a number. */
static size_t number_of(const char *entry, size_t size) {
    size_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number * N_LETTERS + (size_t)(strchr(letters, entry[i]) - letters) + 1;
    return number;
}

static bool is_live[N_ENTRIES];

/* Marks every entry that occurs in the spaced text. */
static void mark_entries(const char *text, size_t text_size) {
    char s[MC_SPACED_MAX(TEXT_MAX)];
    size_t size = mc_space(text, text_size, s);
    for (size_t i = 0; i < size; i++)
        for (size_t k = i + 1; s[i] == ' ' && k < size && k - i - 1 <= ENTRY_MAX; k++)
            if (s[k] == ' ')
                is_live[number_of(s + i + 1, k - i - 1)] = true;
}

static void mark_texts(char *text, size_t size) {
    mark_entries(text, size);
    for (size_t i = 0; size < TEXT_MAX && i < N_LETTERS; i++) {
        text[size] = letters[i];
        mark_texts(text, size + 1);
    }
}

static void check_entries(char *entry, size_t size) {
    /* The empty entry is dead by rule. */
    bool dead = size == 0 || !is_live[number_of(entry, size)];
    if (mc_entry_is_dead(entry, size, MC_RULES_METACLIP1) != dead)
        fail_msg("\"%.*s\" is %s", (int)size, entry, dead ? "dead" : "alive");
    for (size_t i = 0; size < ENTRY_MAX && i < N_LETTERS; i++) {
        entry[size] = letters[i];
        check_entries(entry, size + 1);
    }
}

/* An entry is alive when some text holds it: every short entry, against every short text. */
static void dead_entries_are_those_that_no_text_holds(void **state) {
    (void)state;
    char text[TEXT_MAX] = {0}, entry[ENTRY_MAX] = {0};
    mark_texts(text, 0);
    check_entries(entry, 0);
}

/* A text that holds the entry, which is alive: marks give back the spaces that spacing adds. */
static size_t unspace(const char *entry, size_t size, char *text) {
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        bool before_mark = i + 1 < size && strchr(",.;:?!`", entry[i + 1]);
        bool after_mark = i > 0 && strchr(",.;:?!`", entry[i - 1]);
        if (entry[i] != ' ' || (!before_mark && !after_mark))
            text[n++] = entry[i];
    }
    return n;
}

static void every_other_entry_occurs_in_some_text(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "a",   "bc",  " ",   " ",        " ", "  ", "   ", ",",  ".",    " ; ",  " : ",
        " ? ", " ! ", " ` ", "\xC3\xA9", "-", "\t", "\n",  "\r", "\xFF", "\x80", "\xE2\x82"};
    unsigned n_dead = 0, n_live = 0;
    for (int round = 0; round < 50000; round++) {
        char entry[200], text[200], spaced[700], wanted[210];
        size_t size = random_pieces(entry, 9, pieces, sizeof pieces / sizeof *pieces);
        char *bytes = exactly(entry, size);
        bool dead = mc_entry_is_dead(bytes, size, MC_RULES_METACLIP1);
        free(bytes);
        n_dead += dead;
        n_live += !dead;
        if (dead)
            continue;
        size_t text_size = unspace(entry, size, text);
        size_t spaced_size = mc_space(text, text_size, spaced);
        int wanted_size = snprintf(wanted, sizeof wanted, " %.*s ", (int)size, entry);
        assert_true(mc_utf8_valid(text, text_size));
        if (!contains(spaced, spaced_size, wanted, (size_t)wanted_size))
            fail_msg("\"%.*s\" does not occur in \"%.*s\"", (int)size, entry, (int)text_size, text);
    }
    assert_true(n_dead > 5000 && n_live > 5000);
}

static void dead_entries_are_told(void **state) {
    (void)state;
    static const char *const dead[] = {
        "",     "St. Louis", "U.S.",    "C.",           ".net", "a,b",    "a\tb", "\n",  "a\r",
        "\xFF", ", ,",       "a , . b", "\xED\xA0\x80", ",,",   "hello!", "a: b", "\xC3"};
    static const char *const alive[] = {
        "a",     "a b",  " ",    " a",    "a ", "a  b", ",",     ", ",       " ,",
        "a , b", "a  ,", ",  .", ".   .", "!",  "C++",  "don't", "\xC3\xA9", "U+00A0\xC2\xA0",
        "\x01"};
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++)
        if (!mc_entry_is_dead(dead[i], strlen(dead[i]), MC_RULES_METACLIP1))
            fail_msg("\"%s\" is alive", dead[i]);
    for (size_t i = 0; i < sizeof alive / sizeof *alive; i++)
        if (mc_entry_is_dead(alive[i], strlen(alive[i]), MC_RULES_METACLIP1))
            fail_msg("\"%s\" is dead", alive[i]);
    assert_false(mc_entry_is_dead("a\0b", 3, MC_RULES_METACLIP1));
}

/* ---- rules ---- */

static void rules_have_names(void **state) {
    (void)state;
    mc_rules rules = (mc_rules)0;
    mc_error error = {0};
    assert_int_equal(mc_rules_parse("metaclip1", &rules, &error), MC_OK);
    assert_int_equal(rules, MC_RULES_METACLIP1);
    assert_string_equal(mc_rules_name(rules), "metaclip1");
    assert_null(mc_rules_name((mc_rules)77));
    static const char *const unknown[] = {"", "metaclip", "METACLIP1", "metaclip1 ", "metaclip99"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_int_equal(mc_rules_parse(unknown[i], &rules, &error), MC_E_ARGUMENT);
        assert_non_null(strstr(error.message, "metaclip1"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ill_formed_parts_are_replaced),
        cmocka_unit_test(every_short_sequence_is_decoded_as_the_standard_says),
        cmocka_unit_test(random_bytes_are_decoded_as_the_standard_says),
        cmocka_unit_test(texts_are_spaced),
        cmocka_unit_test(spacing_is_a_sequence_of_replacements),
        cmocka_unit_test(dead_entries_are_those_that_no_text_holds),
        cmocka_unit_test(every_other_entry_occurs_in_some_text),
        cmocka_unit_test(dead_entries_are_told),
        cmocka_unit_test(rules_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
