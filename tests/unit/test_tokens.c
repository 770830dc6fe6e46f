/* Tokens: which characters part words, stand for themselves or part pairs; and that any bytes and
 * any cut of the reading give the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/tokens.h"
#include "random.h"

/* The tokens of a text, max at a time, as "[word][word]|[word]": | parts pairs. */
static void render(const char *text, size_t size, size_t max, char *out, size_t out_size) {
    mc_tokens tokens = mc_tokens_of(text, size);
    mc_bytes words[64];
    size_t n, at = 0;
    while ((n = mc_tokens_next(&tokens, words, max)) > 0) {
        assert_true(n <= max);
        for (size_t i = 0; i < n; i++) {
            assert_true(at + words[i].size + 3 < out_size);
            if (words[i].size == 0) {
                out[at++] = '|';
                continue;
            }
            out[at++] = '[';
            memcpy(out + at, words[i].data, words[i].size);
            at += words[i].size;
            out[at++] = ']';
        }
    }
    out[at] = '\0';
}

static void assert_tokens(const char *text, const char *expected) {
    char out[4096];
    for (size_t max = 1; max <= 64; max += 21) {
        render(text, strlen(text), max, out, sizeof out);
        assert_string_equal(out, expected);
    }
}

static void words_are_parted_by_white_space(void **state) {
    (void)state;
    assert_tokens("", "");
    assert_tokens(" \t\r\v\f\x1c\x1d\x1e\x1f ", "");
    assert_tokens("a dog", "[a][dog]");
    assert_tokens("  two   dogs\t", "[two][dogs]");
    /* no-break space, next line, ogham, em space, line separator, ideographic space */
    assert_tokens("a\u00a0b\xc2\x85"
                  "c\u1680d\u2003e\u2028f\u3000g",
                  "[a][b][c][d][e][f][g]");
    assert_tokens("\u202f\u205f\u2029\u200a\u2000", "");
    /* zero-width space, byte order mark and others are no white space */
    assert_tokens("a\u200bb \ufeff \x1b\x7f", "[a\u200bb][\ufeff][\x1b\x7f]");
}

static void line_feeds_part_pairs(void **state) {
    (void)state;
    assert_tokens("one line\nanother\r\nthird", "[one][line]|[another]|[third]");
}

static void marks_part_words_and_pairs(void **state) {
    (void)state;
    assert_tokens("don't", "[don]|[t]");
    assert_tokens("U.S.", "[U]|[S]|");
    assert_tokens("a!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~b", "[a]||||||||||||||||||||||||||||||||[b]");
    assert_tokens("a\u00bfb\u2014c\u2018d\u2019e\u201cf\u201dg", "[a]|[b]|[c]|[d]|[e]|[f]|[g]");
    assert_tokens("\u3001\u3002\u3008\u3009\u300a\u300b\u300c\u300d\u300e\u300f\u3010\u3011",
                  "||||||||||||");
    assert_tokens("\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\uff5e", "||||||||");
    /* These are none of the published marks. */
    assert_tokens("1990\u20131995 caf\u00e9\u2026 \u00a1\u00ab\u3007\u3012\uff02\uff5d",
                  "[1990\u20131995][caf\u00e9\u2026][\u00a1\u00ab\u3007\u3012\uff02\uff5d]");
}

static void cjk_like_characters_are_tokens(void **state) {
    (void)state;
    assert_tokens("\u4e2d\u6587abc\u3400", "[\u4e2d][\u6587][abc][\u3400]");
    assert_tokens("\u0e00\u0eff\u0f00\u0fff\u1000\u109f\u1780\u17ff\u2e80\u2fdf\u2ff0\u2fff\u4dbf"
                  "\u9fff\uf900\ufaff",
                  "[\u0e00][\u0eff][\u0f00][\u0fff][\u1000][\u109f][\u1780][\u17ff][\u2e80][\u2fdf]"
                  "[\u2ff0][\u2fff][\u4dbf][\u9fff][\uf900][\ufaff]");
    assert_tokens("\U00020000\U0002a6df\U0002a700\U0002ebef",
                  "[\U00020000][\U0002a6df][\U0002a700][\U0002ebef]");
    /* Their neighbours, kana and Hangul are letters. */
    assert_tokens("\u0dff\u10a0\u177f\u1800\u2e7f\u2fe0\u2fef\u33ff\u4dc0\ua000\uf8ff\ufb00",
                  "[\u0dff\u10a0\u177f\u1800\u2e7f\u2fe0\u2fef\u33ff\u4dc0\ua000\uf8ff\ufb00]");
    assert_tokens("\U0001ffff\U0002a6e0\U0002ebf0", "[\U0001ffff\U0002a6e0\U0002ebf0]");
    assert_tokens("\u3072\u3089 \u30ab\u30ca \ud55c\uae00",
                  "[\u3072\u3089][\u30ab\u30ca][\ud55c\uae00]");
}

static void long_words_part_pairs(void **state) {
    (void)state;
    char text[2 * MC_WORD_MAX], out[3 * MC_WORD_MAX];
    for (size_t size = MC_WORD_MAX - 1; size <= MC_WORD_MAX + 1; size++) {
        memset(text, 'x', size);
        memcpy(text + size, " y", 3);
        render(text, size + 2, 64, out, sizeof out);
        assert_string_equal(strchr(out, 'y') - 1, "[y]");
        assert_int_equal(strchr(out, '|') != NULL, size > MC_WORD_MAX);
    }
}

static void nul_is_white_space(void **state) {
    (void)state;
    char out[64];
    render("a\0b", 3, 64, out, sizeof out);
    assert_string_equal(out, "[a][b]");
}

/* Whatever the bytes: tokens lie in order within the text, and words hold no white space. */
static void any_bytes_are_read(void **state) {
    (void)state;
    static const char *const pieces[] = {
        " ",        "a",    "\n",           "\xe4",        "\xb8",     "\xad", "\xe4\xb8\xad",
        "\xf0",     "\xa0", "\x80",         "\xc2",        "\xe3\x80", "\xff", ",",
        "\xc2\xa0", "word", "\xe2\x80\x94", "\xed\xa0\x80"};
    char text[512], one[2048], many[2048];
    for (size_t round = 0; round < 20000; round++) {
        size_t size = random_pieces(text, 60, pieces, sizeof pieces / sizeof *pieces);
        mc_tokens tokens = mc_tokens_of(text, size);
        mc_bytes word;
        const char *before = text;
        while (mc_tokens_next(&tokens, &word, 1)) {
            assert_true(word.data >= before && word.data + word.size <= text + size);
            assert_false(word.size > 1 && memchr(word.data, ' ', word.size));
            before = word.data + word.size;
        }
        /* A copy at the very end of an allocation, where reading beyond is seen. */
        char *exact = malloc(size ? size : 1);
        assert_non_null(exact);
        memcpy(exact, text, size);
        render(exact, size, 1, one, sizeof one);
        render(exact, size, 64, many, sizeof many);
        assert_string_equal(one, many);
        free(exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_parted_by_white_space),
        cmocka_unit_test(line_feeds_part_pairs),
        cmocka_unit_test(marks_part_words_and_pairs),
        cmocka_unit_test(cjk_like_characters_are_tokens),
        cmocka_unit_test(long_words_part_pairs),
        cmocka_unit_test(nul_is_white_space),
        cmocka_unit_test(any_bytes_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
