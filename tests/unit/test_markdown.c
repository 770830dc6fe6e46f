/* Strings of the data as Markdown and as words of a shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "audit/card/markdown.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))
#define BYTES(literal)                                                                             \
    { literal, sizeof(literal) - 1 }

typedef void put_bytes(mc_markdown *m, mc_bytes bytes);

static void check_bytes(put_bytes *put, mc_bytes bytes, const char *expected) {
    mc_error error = {0};
    mc_markdown m = {.error = &error};
    put(&m, bytes);
    assert_int_equal(m.status, MC_OK);
    assert_int_equal(mc_buffer_append(&m.out, "", 1, NULL), MC_OK);
    assert_string_equal(m.out.data, expected);
    mc_buffer_dispose(&m.out);
}

static void text_means_nothing_in_markdown(void **state) {
    (void)state;
    static const struct {
        mc_bytes text;
        const char *expected;
    } rows[] = {
        {BYTES("olive oil"), "olive oil"},
        {BYTES("St , Louis (x)-y"), "St , Louis (x)-y"},
        {BYTES("a|b\\"), "a&#124;b&#92;"},
        {BYTES("<b>&amp;"), "&#60;b&#62;&#38;amp;"},
        {BYTES("*x* _y_ `z` [a](b) ~~"), "\\*x\\* \\_y\\_ \\`z\\` \\[a\\](b) \\~\\~"},
        {BYTES("http://a.b @c #d $e$"), "http\\://a\\.b \\@c \\#d \\$e\\$"},
        {BYTES("a\nb\r\t\x1b\x7f"),
         "a\\[U+000A\\]b\\[U+000D\\]\\[U+0009\\]\\[U+001B\\]\\[U+007F\\]"},
        {BYTES("x\0y"), "x\\[U+0000\\]y"},
        {BYTES("\xE2\x80\xAEx\xE2\x81\xA9"), "\\[U+202E\\]x\\[U+2069\\]"},
        {BYTES("\xC2\xA0\xE2\x80\x8B\xEF\xBB\xBF"), "\\[U+00A0\\]\\[U+200B\\]\\[U+FEFF\\]"},
        {BYTES("\xF3\xA0\x81\x81"), "\\[U+E0041\\]"},
        {BYTES("caf\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x98\x80"),
         "caf\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x98\x80"},
        {BYTES(" a  b "), "\\[U+0020\\]a \\[U+0020\\]b\\[U+0020\\]"},
        {BYTES("\xFF"), "(not UTF-8)"},
        {BYTES(""), "(empty)"},
        {{NULL, 0}, "(empty)"},
    };
    for (size_t i = 0; i < N_OF(rows); i++)
        check_bytes(mc_markdown_text, rows[i].text, rows[i].expected);
}

static void code_holds_what_it_can(void **state) {
    (void)state;
    static const struct {
        mc_bytes text;
        const char *expected;
    } rows[] = {
        {BYTES("out/list_1.json"), "`out/list_1.json`"},
        {BYTES("<b> *x* &amp;"), "`<b> *x* &amp;`"},
        {BYTES("a|b"), "a&#124;b"},
        {BYTES("`"), "\\`"},
        {BYTES(" x"), "\\[U+0020\\]x"},
        {BYTES("x\n"), "x\\[U+000A\\]"},
        {BYTES("\xFF"), "(not UTF-8)"},
        {BYTES(""), "(empty)"},
    };
    for (size_t i = 0; i < N_OF(rows); i++)
        check_bytes(mc_markdown_code, rows[i].text, rows[i].expected);
}

static void long_texts_are_cut(void **state) {
    (void)state;
    enum { SIZE = 10 << 20 };
    char *long_text = malloc(SIZE), expected[1000];
    assert_non_null(long_text);
    for (size_t i = 0; i < SIZE; i += 2)
        memcpy(long_text + i, "\xC3\xA9", 2);
    memcpy(expected, long_text, 2 * MC_MARKDOWN_LONGEST);
    strcpy(expected + 2 * MC_MARKDOWN_LONGEST, "\xE2\x80\xA6 (10485760 bytes)");
    check_bytes(mc_markdown_text, (mc_bytes){long_text, SIZE}, expected);
    check_bytes(mc_markdown_code, (mc_bytes){long_text, SIZE}, expected);
    expected[2 * MC_MARKDOWN_LONGEST] = '\0';
    check_bytes(mc_markdown_text, (mc_bytes){long_text, 2 * MC_MARKDOWN_LONGEST}, expected);
    free(long_text);
}

static void words_are_quoted_for_the_shell(void **state) {
    (void)state;
    static const struct {
        mc_bytes word;
        const char *expected;
    } rows[] = {
        {BYTES("pool/a-1.jsonl.zst"), "pool/a-1.jsonl.zst"},
        {BYTES("a b"), "'a b'"},
        {BYTES("$(x) ; *"), "'$(x) ; *'"},
        {BYTES("caf\xC3\xA9"), "'caf\xC3\xA9'"},
        {BYTES("it's"), "$'it\\'s'"},
        {BYTES("a`b\\c"), "$'a\\140b\\\\c'"},
        {BYTES("a\n```\n"), "$'a\\012\\140\\140\\140\\012'"},
        {BYTES("\xE2\x80\xAEx1"), "$'\\342\\200\\256x1'"},
        {BYTES("\xFF\xC3 7"), "$'\\377\\303 7'"},
        {BYTES(""), "''"},
        {{NULL, 0}, "''"},
    };
    for (size_t i = 0; i < N_OF(rows); i++)
        check_bytes(mc_markdown_shell, rows[i].word, rows[i].expected);
}

typedef void put_value(mc_markdown *m, const json_t *value);

static void values_are_as_people_read_them(void **state) {
    (void)state;
    static const struct {
        put_value *put;
        const char *json, *expected;
    } rows[] = {
        {mc_markdown_count, "0", "0"},
        {mc_markdown_count, "999", "999"},
        {mc_markdown_count, "1000", "1,000"},
        {mc_markdown_count, "1234567", "1,234,567"},
        {mc_markdown_count, "-1000", "-1000"},
        {mc_markdown_count, "null", "-"},
        {mc_markdown_count, "\"18446744073709551615\"", "`18446744073709551615`"},
        {mc_markdown_real, "0.1234567", "0.123457"},
        {mc_markdown_real, "20000.0", "20,000"},
        {mc_markdown_real, "399998123.44", "399,998,123.4"},
        {mc_markdown_real, "12", "12"},
        {mc_markdown_real, "\"inf\"", "`inf`"},
        {mc_markdown_real, "null", "-"},
        {mc_markdown_share, "0.25", "25 %"},
        {mc_markdown_share, "0.0000123456", "0.001235 %"},
        {mc_markdown_share, "null", "-"},
        {mc_markdown_value, "true", "yes"},
        {mc_markdown_value, "\"a_b\"", "`a_b`"},
        {mc_markdown_value, "2.5", "2.5"},
        {mc_markdown_value, "{}", "-"},
    };
    for (size_t i = 0; i < N_OF(rows); i++) {
        mc_markdown m = {0};
        json_t *value = json_loads(rows[i].json, JSON_DECODE_ANY, NULL);
        rows[i].put(&m, value);
        mc_markdown_printf(&m, "%c", 0);
        assert_int_equal(m.status, MC_OK);
        assert_string_equal(m.out.data, rows[i].expected);
        mc_buffer_dispose(&m.out);
        json_decref(value);
    }
}

static void the_first_failure_stays(void **state) {
    (void)state;
    static char line[2000];
    mc_error error = {0};
    mc_markdown m = {.error = &error};
    memset(line, 'x', sizeof line - 1);
    mc_markdown_printf(&m, "%s", line);
    assert_int_equal(m.status, MC_E_LIMIT);
    mc_markdown_printf(&m, "more");
    mc_markdown_text(&m, (mc_bytes){"text", 4});
    assert_int_equal(m.status, MC_E_LIMIT);
    assert_int_equal(m.out.size, 0);
    mc_buffer_dispose(&m.out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_means_nothing_in_markdown),
        cmocka_unit_test(code_holds_what_it_can),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(words_are_quoted_for_the_shell),
        cmocka_unit_test(values_are_as_people_read_them),
        cmocka_unit_test(the_first_failure_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
