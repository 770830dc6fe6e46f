/* Images of HTML: a table of cases after the states of the standard, the same pages through a plain
 * tokenizer, hostile pages, and sources of lazily loaded images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "pool/html_classify.h"
#include "pool/html_srcset.h"
#include "random.h"
#include "tests/html_plain.h"

#define R "\xEF\xBF\xBD"
#define N_OF(array) (sizeof(array) / sizeof *(array))

static mc_html *html;

/* "src|alt|title|data-image-title|base" of each image and a ';'; attributes that are absent "~". */
static mc_status print(void *context, const mc_html_image *image, mc_error *error) {
    const mc_bytes values[] = {image->src, image->alt, image->title, image->data_image_title,
                               image->base};
    for (size_t i = 0; i < N_OF(values); i++) {
        mc_bytes value = values[i].data ? values[i] : (mc_bytes){"~", 1};
        MC_TRY(mc_buffer_append(context, value.data, value.size, error));
        MC_TRY(mc_buffer_append(context, i + 1 < N_OF(values) ? "|" : ";", 1, error));
    }
    return MC_OK;
}

static char *end_text(mc_buffer *text) {
    assert_int_equal(mc_buffer_append(text, "", 1, NULL), MC_OK);
    return text->data;
}

/* A copy that ends where the page ends, so that a sanitizer sees any step beyond. */
static char *images_of(mc_bytes page, bool lazy) {
    mc_buffer text = {0};
    char *copy = malloc(page.size + 1);
    assert_non_null(copy);
    char *start = copy + 1;
    if (page.size > 0)
        memcpy(start, page.data, page.size);
    assert_int_equal(mc_html_images(html, (mc_bytes){start, page.size}, lazy, print, &text, NULL),
                     MC_OK);
    free(copy);
    return end_text(&text);
}

static char *plain_images_of(mc_bytes page) {
    mc_buffer text = {0};
    bool too_many;
    assert_int_equal(plain_images(page, print, &text, &too_many), MC_OK);
    assert_false(too_many);
    return end_text(&text);
}

static const struct {
    const char *page, *images;
} CASES[] = {
    /* Tags and attributes. */
    {"", ""},
    {"<", ""},
    {"<img", ""},
    {"<img src=a", ""},
    {"<img src=a>", "a|~|~|~|~;"},
    {"<img src=a alt=b title=c data-image-title=d>", "a|b|c|d|~;"},
    {"<IMG SRC=A aLt=B>", "A|B|~|~|~;"},
    {"<img/src=\"a\"alt='b'/title=c/>", "a|b|c/|~|~;"},
    {"<img\tsrc\n=\r\fa\falt = b >", "a|b|~|~|~;"},
    {"<img src=a alt>", "a||~|~|~;"},
    {"<img src=a alt=>", "a||~|~|~;"},
    {"<img src=a alt= >", "a||~|~|~;"},
    {"<img src=a alt=\"\">", "a||~|~|~;"},
    {"<img src=a alt=1 alt=2 ALT=3>", "a|1|~|~|~;"},
    {"<img src=a alt alt=2>", "a||~|~|~;"},
    {"<img alt=b>", ""},
    {"<img src alt=b><img src='' alt=b><img src=' \n' alt=b>", ""},
    {"<img src=\"a>b\" alt='<c>'>", "a>b|<c>|~|~|~;"},
    {"<img src=a\"b'c alt=`d`>", "a\"b'c|`d`|~|~|~;"},
    {"<img =src=a src=b>", "b|~|~|~|~;"},
    {"<img src==a>", "=a|~|~|~|~;"},
    {"<img src = = alt=b>", "=|b|~|~|~;"},
    {"<img src=a <b alt=c>", "a|c|~|~|~;"},
    {"<img src=a\valt=b>", "a\valt=b|~|~|~|~;"},
    {"<img\v src=a>", ""},
    {"<imgs src=a><im src=a><img: src=a>", ""},
    {"<image src=a>", "a|~|~|~|~;"},
    {"</img src=a>", ""},
    {"<img src=a alt=\"1\r\n2\r3\n4\">", "a|1\n2\n3\n4|~|~|~;"},
    {"<a b=c\"d><img src=a>\"><img src=b>", "a|~|~|~|~;b|~|~|~|~;"},
    {"<a b =\"c>\"d='>'e=>f<img src=a>", "a|~|~|~|~;"},
    {"<a =\"b>\"<img src=a>", "a|~|~|~|~;"},
    {"<a / = \"b><img src=a>\"><img src=b>", "a|~|~|~|~;b|~|~|~|~;"},
    {"<a b=\"<img src=a>", ""},
    /* What is no tag. */
    {"< img src=a><1img src=a><<img src=b>", "b|~|~|~|~;"},
    {"<>img<img src=a>", "a|~|~|~|~;"},
    {"</><img src=a>", "a|~|~|~|~;"},
    {"</ <img src=a><img src=b>", "b|~|~|~|~;"},
    {"</3 a='>'<img src=a>", "a|~|~|~|~;"},
    {"</p a='>'><img src=a>", "a|~|~|~|~;"},
    {"<?php <img src=a> ?><img src=b>", "b|~|~|~|~;"},
    {"<!doctype html \"a>b\"<img src=a>", "a|~|~|~|~;"},
    {"<!x<img src=a><img src=b>", "b|~|~|~|~;"},
    {"<![CDATA[ a > <img src=a> ]]>", "a|~|~|~|~;"},
    /* Comments. */
    {"<!-- <img src=a> --><img src=b>", "b|~|~|~|~;"},
    {"<!--><img src=a>-->", "a|~|~|~|~;"},
    {"<!---><img src=a>-->", "a|~|~|~|~;"},
    {"<!----><img src=a>-->", "a|~|~|~|~;"},
    {"<!--!><img src=a>--><img src=b>", "b|~|~|~|~;"},
    {"<!---!><img src=a>--><img src=b>", "b|~|~|~|~;"},
    {"<!----!><img src=a>-->", "a|~|~|~|~;"},
    {"<!-- --!><img src=a>-->", "a|~|~|~|~;"},
    {"<!-- --!-><img src=a>--><img src=b>", "b|~|~|~|~;"},
    {"<!-- ----><img src=a>", "a|~|~|~|~;"},
    {"<!-- -- > <img src=a>--><img src=b>", "b|~|~|~|~;"},
    {"<!-- <!-- --><img src=a>-->", "a|~|~|~|~;"},
    {"<!-- <img src=a>", ""},
    /* Text without tags. */
    {"<title><img src=a></title><img src=b>", "b|~|~|~|~;"},
    {"<title></titles><img src=a></TITLE a='>'><img src=b>", "b|~|~|~|~;"},
    {"<title></title", ""},
    {"<title/><img src=a></title/><img src=b>", "b|~|~|~|~;"},
    {"<textarea><!--</textarea><img src=a>-->", "a|~|~|~|~;"},
    {"<style><img src=a></style ><img src=b>", "b|~|~|~|~;"},
    {"<xmp><img src=a></xmp><iframe><img src=a></iframe><noembed><img src=a></noembed>"
     "<noframes><img src=a></noframes><img src=b>",
     "b|~|~|~|~;"},
    {"<noscript><img src=a></noscript>", "a|~|~|~|~;"},
    {"<template><img src=a></template><select><img src=b></select>", "a|~|~|~|~;b|~|~|~|~;"},
    {"<plaintext><img src=a></plaintext><img src=b>", ""},
    {"<script><img src=a></script><img src=b>", "b|~|~|~|~;"},
    {"<script>\"</script><img src=b>", "b|~|~|~|~;"},
    {"<script><!--<script></script><img src=a>--></script><img src=b>", "b|~|~|~|~;"},
    {"<script><!--<script></script></script><img src=a>", "a|~|~|~|~;"},
    {"<script><!--<script>--></script><img src=a>", "a|~|~|~|~;"},
    {"<script><!--<scripts></script><img src=a>", "a|~|~|~|~;"},
    {"<script><!--><script></script><img src=a>", "a|~|~|~|~;"},
    {"<script><!- -<script></script><img src=a>", "a|~|~|~|~;"},
    {"<script><!--</script><img src=a>", "a|~|~|~|~;"},
    {"<script><!--<script/</script/<script </script>--></script x><img src=a>", "a|~|~|~|~;"},
    {"<script><!--<script>", ""},
    /* Character references. */
    {"<img src=a?b&amp;c alt=\"&lt;&gt;&quot;&#39;\">", "a?b&c|<>\"'|~|~|~;"},
    {"<img src=a?b&copy=c&copyx&copy1&copy alt=&copy>",
     "a?b&copy=c&copyx&copy1\xC2\xA9|\xC2\xA9|~|~|~;"},
    {"<img src=a alt='&notit;&notin;&not &not;'>", "a|&notit;\xE2\x88\x89\xC2\xAC \xC2\xAC|~|~|~;"},
    {"<img src=a alt='&;&&#;&#x;&#xg;&nonsense;&Amp;'>", "a|&;&&#;&#x;&#xg;&nonsense;&Amp;|~|~|~;"},
    {"<img src=a alt='&#65&#x42;&#X43;&#0068;'>", "a|ABCD|~|~|~;"},
    {"<img src=a alt='&#128;&#x9F;&#129;'>", "a|\xE2\x82\xAC\xC5\xB8\xC2\x81|~|~|~;"},
    {"<img src=a alt='&#0;&#xD800;&#xDFFF;&#x110000;&#99999999999999999999;'>",
     "a|" R R R R R "|~|~|~;"},
    {"<img src=a alt='&#x10FFFF;&#xFFFE;&#13;'>", "a|\xF4\x8F\xBF\xBF\xEF\xBF\xBE\r|~|~|~;"},
    {"<img src=a alt='&CounterClockwiseContourIntegral;&nGt;'>",
     "a|\xE2\x88\xB3\xE2\x89\xAB\xE2\x83\x92|~|~|~;"},
    {"<img src=a alt=&amp>", "a|&|~|~|~;"},
    {"<img src=a al&#116;=b>", "a|~|~|~|~;"},
    {"<img src='&#32;' alt=b>", ""},
    /* <base>. */
    {"<img src=a><base href=b><img src=c><base href=d><img src=e>",
     "a|~|~|~|~;c|~|~|~|b;e|~|~|~|b;"},
    {"<base target=a><base HREF='b&amp;c'><img src=d>", "d|~|~|~|b&c;"},
    {"<base href><base href=a><img src=b>", "b|~|~|~|;"},
    {"<base href=a href=b><img src=c>", "c|~|~|~|a;"},
    {"<base href=a", ""},
    {"<svg><base href=a></svg><img src=b>", "b|~|~|~|~;"},
    /* SVG and MathML. */
    {"<svg><image src=a /><img src=b></svg>", "b|~|~|~|~;"},
    {"<svg><title/><img src=a>", "a|~|~|~|~;"},
    {"<svg><style/><path d='M0 0'/></svg><img src=a>", "a|~|~|~|~;"},
    {"<svg><style><b><img src=a></style></svg>", "a|~|~|~|~;"},
    {"<svg/><title><img src=a></title><img src=b>", "b|~|~|~|~;"},
    {"<svg><![CDATA[ > <img src=a> ]]></svg><img src=b>", "b|~|~|~|~;"},
    {"<svg><![CDATA[ ]] > ]]]><image src=a></svg><![CDATA[><img src=b>", "b|~|~|~|~;"},
    {"<svg><svg></svg><image src=a></svg><image src=b>", "b|~|~|~|~;"},
    {"<svg><foreignObject><image src=a></foreignObject><image src=b></svg><image src=c>",
     "a|~|~|~|~;c|~|~|~|~;"},
    {"<svg><desc><title><img src=a></title></desc><title/></svg><image src=b>", "b|~|~|~|~;"},
    {"<svg><p><image src=a>", "a|~|~|~|~;"},
    {"<svg></p><image src=a>", "a|~|~|~|~;"},
    {"<math><mi><image src=a></mi><image src=b></math><image src=c>", "a|~|~|~|~;c|~|~|~|~;"},
    {"<math><title/><svg><title/></math><image src=a>", "a|~|~|~|~;"},
};

static void cases_are_as_the_standard_says(void **state) {
    (void)state;
    for (size_t i = 0; i < N_OF(CASES); i++) {
        mc_bytes page = {CASES[i].page, strlen(CASES[i].page)};
        char *ours = images_of(page, false), *plain = plain_images_of(page);
        if (strcmp(ours, CASES[i].images) != 0 || strcmp(plain, CASES[i].images) != 0)
            fail_msg("%s\n  gives %s\n  plain %s\n  not   %s", CASES[i].page, ours, plain,
                     CASES[i].images);
        free(ours);
        free(plain);
    }
}

/* Every case behind texts of every length to beyond a block, so that each lies across its ends. */
static void cases_are_the_same_anywhere(void **state) {
    (void)state;
    char page[1024], padded[300];
    for (size_t i = 0; i < N_OF(CASES); i++) {
        char *alone = images_of((mc_bytes){CASES[i].page, strlen(CASES[i].page)}, false);
        for (size_t before = 0; before < 140; before += 1 + i % 3) {
            memset(padded, ' ', sizeof padded);
            int n = snprintf(page, sizeof page, "%.*s%s", (int)before, padded, CASES[i].page);
            char *ours = images_of((mc_bytes){page, (size_t)n}, false);
            if (strcmp(ours, alone) != 0)
                fail_msg("%s\n  gives %s behind %zu spaces", CASES[i].page, ours, before);
            free(ours);
        }
        free(alone);
    }
}

/* Every byte and random ones, by each instruction set this processor has. */
static void instruction_sets_agree(void **state) {
    (void)state;
    for (int round = 0; round < 2000; round++) {
        char bytes[MC_HTML_BLOCK];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)(round < 4 ? (size_t)round * 64 + i : random_below(64));
        uint64_t expected[MC_HTML_N_CLASSES] = {0}, found[MC_HTML_N_CLASSES];
        for (size_t i = 0; i < sizeof bytes; i++) {
            static const char *const CLASSES[] = {"<", ">=", "\t\n\v\f\r />", "\"", "'"};
            for (size_t k = 0; k < MC_HTML_N_CLASSES; k++)
                if (bytes[i] && strchr(CLASSES[k], bytes[i]))
                    expected[k] |= (uint64_t)1 << i;
        }
        mc_html_classify_portable(bytes, found);
        assert_memory_equal(found, expected, sizeof found);
#if defined(__x86_64__)
        if (mc_cpu_best() >= MC_ISA_AVX2) {
            mc_html_classify_avx2(bytes, found);
            assert_memory_equal(found, expected, sizeof found);
        }
        if (mc_cpu_best() >= MC_ISA_AVX512) {
            mc_html_classify_avx512(bytes, found);
            assert_memory_equal(found, expected, sizeof found);
        }
#endif
    }
}

static void nul_becomes_a_replacement(void **state) {
    (void)state;
    static const char page[] = "<img src=a\0b al\0t=c alt='\0\0'><title>\0</title>\0<i\0mg src=d>";
    char *ours = images_of((mc_bytes){page, sizeof page - 1}, false);
    assert_string_equal(ours, "a" R "b|" R R "|~|~|~;");
    free(ours);
}

static const char *const PIECES[] = {
    "<",          ">",        "\"",        "'",         "=",        "/",           "!",
    "-",          "--",       "-->",       "<!--",      "<!",       "<?",          "</",
    "<script>",   "</script", "<script",   "<title>",   "</title>", "<style",      "</style>",
    "<textarea>", "<svg>",    "</svg>",    "<svg/>",    "<desc>",   "</desc>",     "<math>",
    "<mi>",       "</mi>",    "<![CDATA[", "]]>",       "<image",   "<img",        "<img src=a",
    " src=",      " alt=",    " alt='",    " title=\"", "<base",    " href=b",     "<plaintext",
    "&amp;",      "&",        "&#6",       "x",         "\xC3\xA9", " ",           "\n",
    "\r",         "\t",       "\v",        "<a b=",     "</p>",     "<div a='b'>", "<xmp>"};

static void random_pages_equal_the_plain_tokenizer(void **state) {
    (void)state;
    static char page[30 * 16];
    size_t n_images = 0;
    for (int round = 0; round < 60000; round++) {
        mc_bytes bytes = {page, random_pieces(page, 30, PIECES, N_OF(PIECES))};
        char *ours = images_of(bytes, false), *plain = plain_images_of(bytes);
        if (strcmp(ours, plain) != 0)
            fail_msg("%.*s\n  gives %s\n  plain %s", (int)bytes.size, page, ours, plain);
        n_images += *ours != '\0';
        free(ours);
        free(plain);
    }
    assert_true(n_images > 3000);
}

static void lazy_sources_are_preferred(void **state) {
    (void)state;
    static const struct {
        const char *page, *src;
    } cases[] = {
        {"<img src=a>", "a"},
        {"<img src=a data-src=b>", "b"},
        {"<img data-original=c src=a>", "c"},
        {"<img src=a data-src=b data-original=c data-srcset=d srcset=e>", "b"},
        {"<img src=a data-src=' ' data-original=c>", "c"},
        {"<img src=a srcset='b 1x, c 2x'>", "c"},
        {"<img src=a srcset='b 1x, c 2x' data-srcset='d 100w, e 300w, f 200w'>", "e"},
        {"<img src=a data-src='data:image/gif;base64,x'>", "a"},
        {"<img src=' DATA:x' data-srcset=''>", " DATA:x"},
        {"<img data-src='a&amp;b'>", "a&b"},
        {"<img data-srcset='a&amp;b&#32;3x'>", "a&b"},
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        char *images = images_of((mc_bytes){cases[i].page, strlen(cases[i].page)}, true);
        *strchr(images, '|') = '\0';
        assert_string_equal(images, cases[i].src);
        free(images);
    }
}

static void the_largest_of_a_srcset_is_found(void **state) {
    (void)state;
    static const struct {
        const char *srcset, *url;
    } cases[] = {
        {"", ""},
        {" , ,", ""},
        {"a", "a"},
        {"a, b", "a"},
        {"a,b 2x", "a,b"},
        {"a 1x,b 2x", "b"},
        {"a 1.5x, b 1.25x, c .5x", "a"},
        {"a 100w, b 99w", "a"},
        {"a 9x, b 10w", "b"},
        {"a, b 2x", "b"},
        {"a 2x 3x, b 1x", "b"},
        {"a 100w 50h, b 99w", "a"},
        {"a 0w, b -3x, c wx, d 1x", "d"},
        {"a (1, 2) 5x, b 1x", "b"},
        {"a 1x\n,\tb\f2x", "b"},
        {"data:x,y 1x, b 2x", "b"},
        {"a, , b 2x,,", "b"},
        {",a 3x", "a"},
        {"a 1e3w, b 1w", "b"},
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        mc_bytes found = mc_html_largest((mc_bytes){cases[i].srcset, strlen(cases[i].srcset)});
        if (found.size != strlen(cases[i].url) || memcmp(found.data, cases[i].url, found.size) != 0)
            fail_msg("\"%s\" gives \"%.*s\"", cases[i].srcset, (int)found.size, found.data);
    }
}

/* --- hostile pages --------------------------------------------------------------------------- */

static mc_status count(void *context, const mc_html_image *image, mc_error *error) {
    (void)error;
    size_t *sums = context; /* images, bytes of their alts */
    sums[0]++;
    sums[1] += image->alt.size;
    return MC_OK;
}

/* before, n times middle, after. */
static void expect_of(const char *before, const char *middle, size_t n, const char *after,
                      size_t n_images, size_t n_alt_bytes) {
    mc_buffer page = {0};
    size_t sums[2] = {0};
    assert_int_equal(mc_buffer_append(&page, before, strlen(before), NULL), MC_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(mc_buffer_append(&page, middle, strlen(middle), NULL), MC_OK);
    assert_int_equal(mc_buffer_append(&page, after, strlen(after), NULL), MC_OK);
    assert_int_equal(
        mc_html_images(html, (mc_bytes){page.data, page.size}, false, count, sums, NULL), MC_OK);
    assert_int_equal(sums[0], n_images);
    assert_int_equal(sums[1], n_alt_bytes);
    mc_buffer_dispose(&page);
}

static void hostile_pages_take_no_longer(void **state) {
    (void)state;
    const size_t million = 1000000, much = 8u << 20;
    expect_of("", "<div>", million, "<img src=a>", 1, 0);
    expect_of("", "<svg><desc>", million, "<img src=a>", 1, 0);
    expect_of("", "<svg>", million, "<img src=a>", 1, 0);
    expect_of("<img src=a alt='", "x", much, "'>", 1, much);
    expect_of("<img src=a alt='", "&amp;", much / 4, "'>", 1, much / 4);
    expect_of("<img src=a alt='", "&CounterClockwiseContourIntegra", much / 16, "'>", 1,
              much / 16 * 31);
    expect_of("<img src=a alt='", "\r", much, "'>", 1, much);
    expect_of("<!--", "<img src=a>", million, "--><img src=a>", 1, 0);
    expect_of("<!--", "->", much, "", 0, 0);
    expect_of("", "<!--", million, "<img src=a>", 0, 0);
    expect_of("", "<title>", million, "<img src=a>", 0, 0);
    expect_of("<script>", "<!--<script>", million, "<img src=a>", 0, 0);
    expect_of("<script>", "</scrip", million, "</script><img src=a>", 1, 0);
    expect_of("", "<", much, "<img src=a>", 1, 0);
    expect_of("<a ", "=", much, "><img src=a>", 1, 0);
    expect_of("<a ", " =", much / 2, "><img src=a>", 1, 0);
    expect_of("<a b", " ", much, "=c><img src=a>", 1, 0);
    expect_of("<img src=a ", "alt=b ", million, ">", 1, 1);
    expect_of("<img src=a ", "x", much, " alt=b>", 1, 1);
    expect_of("", "<img src=a alt=b>", million, "", million, million);
}

static mc_status refuse(void *context, const mc_html_image *image, mc_error *error) {
    (void)image;
    ++*(size_t *)context;
    return mc_fail(error, MC_E_LIMIT, "enough");
}

static void what_use_returns_ends_it(void **state) {
    (void)state;
    size_t n = 0;
    mc_error error = {0};
    mc_bytes page = {"<img src=a><img src=b>", 22};
    assert_int_equal(mc_html_images(html, page, false, refuse, &n, &error), MC_E_LIMIT);
    assert_int_equal(n, 1);
    assert_string_equal(error.message, "enough");
}

static int set_up(void **state) {
    (void)state;
    return mc_html_create(&html, NULL);
}

static int tear_down(void **state) {
    (void)state;
    mc_html_free(html);
    mc_html_free(NULL);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_are_as_the_standard_says),
        cmocka_unit_test(cases_are_the_same_anywhere),
        cmocka_unit_test(instruction_sets_agree),
        cmocka_unit_test(nul_becomes_a_replacement),
        cmocka_unit_test(random_pages_equal_the_plain_tokenizer),
        cmocka_unit_test(lazy_sources_are_preferred),
        cmocka_unit_test(the_largest_of_a_srcset_is_found),
        cmocka_unit_test(hostile_pages_take_no_longer),
        cmocka_unit_test(what_use_returns_ends_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
