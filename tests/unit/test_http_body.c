/* Pages of HTTP responses: heads, chunks and codings, right, cut and lying; media types, character
 * sets and where they are declared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "pool/charset.h"
#include "pool/http_body.h"

#define R "\xEF\xBF\xBD"
#define N_OF(array) (sizeof(array) / sizeof *(array))
#define OK "HTTP/1.1 200 OK\r\n"
#define HTML OK "Content-Type: text/html\r\n"
#define LARGE ((uint64_t)1 << 30)

static mc_http *http;

/* What becomes of a response: "html:" and the page, or "other", "unsupported", "bad". */
static char *page_of_bytes(const void *response, size_t size, uint64_t max_size) {
    static const char *const KINDS[] = {"html:", "other", "unsupported"};
    mc_http_kind kind;
    mc_bytes page;
    mc_buffer text = {0};
    char *copy = malloc(size + 1); /* so that a sanitizer sees any step beyond the end */
    assert_non_null(copy);
    memcpy(copy, response, size);
    mc_status status =
        mc_http_page(http, (mc_bytes){copy, size}, max_size, &kind, &page, NULL, NULL);
    if (status != MC_OK) {
        assert_int_equal(status, MC_E_FORMAT);
        assert_int_equal(mc_buffer_append(&text, "bad", 4, NULL), MC_OK);
    } else {
        assert_int_equal(mc_buffer_append(&text, KINDS[kind], strlen(KINDS[kind]), NULL), MC_OK);
        if (page.size > 0)
            assert_int_equal(mc_buffer_append(&text, page.data, page.size, NULL), MC_OK);
        assert_int_equal(mc_buffer_append(&text, "", 1, NULL), MC_OK);
    }
    free(copy);
    return text.data;
}

static void expect(const char *response, const char *expected) {
    char *found = page_of_bytes(response, strlen(response), LARGE);
    if (strcmp(found, expected) != 0)
        fail_msg("%s\n  gives %s\n  not   %s", response, found, expected);
    free(found);
}

static void expect_body(const char *head, const void *body, size_t size, const char *expected) {
    mc_buffer response = {0};
    assert_int_equal(mc_buffer_append(&response, head, strlen(head), NULL), MC_OK);
    assert_int_equal(mc_buffer_append(&response, body, size, NULL), MC_OK);
    char *found = page_of_bytes(response.data, response.size, LARGE);
    if (strcmp(found, expected) != 0)
        fail_msg("%s\n  gives %s\n  not   %s", head, found, expected);
    free(found);
    mc_buffer_dispose(&response);
}

static void heads_are_read(void **state) {
    (void)state;
    expect("", "bad");
    expect("HTTP", "bad");
    expect("HTTP/x 200 OK\r\n\r\nx", "bad");
    expect("<html>", "bad");
    expect("Content-Type: text/html\r\n\r\nx", "bad");
    expect("HTTP/1.1 200 OK", "other");
    expect("HTTP/1.1 200 OK\r\n", "other");
    expect(HTML "\r\nx", "html:x");
    expect("http/2 200\nCONTENT-TYPE:TEXT/HTML\n\nx", "html:x");
    expect("HTTP/1.0 404 Not found\r\nContent-Type : text/html \r\n\r\nx", "html:x");
    expect(OK "nonsense\r\n: empty\r\nContent-Type: text/html\r\n\r\nx", "html:x");
    expect(OK "Content-Type:\r\n text/html;\r\n\tcharset=koi8-r\r\n\r\n\xC1", "html:\xD0\xB0");
    expect(OK "X: y\r\n Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx", "html:x");
    expect(HTML "Content-Type: text/plain\r\n\r\nx", "other");
    expect(HTML "Content-Type:\r\n\r\nx", "html:x");
    expect(HTML "Content-Length: -5\r\nContent-Length: 99999999999999999999\r\n\r\nx", "html:x");
    expect(HTML "no end <p>", "other");
    expect(HTML "\r\n", "other");
    expect(HTML "\n\r\nx", "html:\r\nx");
}

static void media_types_tell_html(void **state) {
    (void)state;
    expect(OK "Content-Type: application/xhtml+xml\r\n\r\nx", "html:x");
    expect(OK "Content-Type: text/html charset=utf-8\r\n\r\nx", "html:x");
    expect(OK "Content-Type: text/html, text/html\r\n\r\nx", "html:x");
    expect(OK "Content-Type: text/htmlx\r\n\r\n<html>", "other");
    expect(OK "Content-Type: image/png\r\n\r\n<html>", "other");
    static const char *const WITHOUT[] = {OK, OK "Content-Type: */*\r\n",
                                          OK "Content-Type: html\r\n",
                                          OK "Content-Type: unknown/unknown\r\n"};
    static const struct {
        const char *body;
        bool html;
    } BODIES[] = {{"<!DOCTYPE html>", true},
                  {" \r\n<hTmL >x", true},
                  {"<html", false},
                  {"<htmlx>", false},
                  {"<!-- x", true},
                  {"\xEF\xBB\xBF<p>", true},
                  {"<?xml version='1'>", false},
                  {"text", false},
                  {"<p", false}};
    for (size_t i = 0; i < N_OF(WITHOUT); i++) {
        for (size_t k = 0; k < N_OF(BODIES); k++) {
            char response[200], expected[200];
            snprintf(response, sizeof response, "%s\r\n%s", WITHOUT[i], BODIES[k].body);
            size_t mark = *BODIES[k].body == '\xEF' ? 3 : 0;
            snprintf(expected, sizeof expected, "html:%s", BODIES[k].body + mark);
            expect(response, BODIES[k].html ? expected : "other");
        }
    }
}

#define CHUNKED HTML "Transfer-Encoding: chunked\r\n\r\n"

static void chunks_are_joined(void **state) {
    (void)state;
    expect(CHUNKED "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "html:abcde");
    expect(CHUNKED "00A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", "html:0123456789");
    expect(CHUNKED "3\nabc\n1\nd\n0\n\n", "html:abcd");
    expect(CHUNKED "3\r\nabc\r\n", "html:abc");
    expect(CHUNKED "3\r\nabc", "html:abc");
    expect(CHUNKED "9\r\nabc", "html:abc");
    expect(CHUNKED "ffffffffff\r\nabc", "html:abc");
    expect(CHUNKED "3\r\nabc\r\nxyz\r\n", "html:abc");
    expect(CHUNKED "3\r\nabc\r\n2\r\ndexx\r\n", "html:abcde");
    expect(CHUNKED "3\r\nabc\r\nffffffffffffffffff\r\nx", "html:abc");
    expect(CHUNKED "0\r\n\r\n", "other");
    /* Bodies that are none. */
    expect(CHUNKED "<p>x", "html:<p>x");
    expect(CHUNKED "add\r\n<p>", "html:<p>");
    expect(CHUNKED "2\r\ntwo lines", "html:2\r\ntwo lines");
    expect(CHUNKED "\r\n3\r\nabc\r\n", "html:\r\n3\r\nabc\r\n");
    expect(CHUNKED "-3\r\nabc\r\n", "html:-3\r\nabc\r\n");
    expect(HTML "\r\n3\r\nabc\r\n0\r\n\r\n", "html:3\r\nabc\r\n0\r\n\r\n");
    expect(HTML "X-Crawl-Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "html:3\r\nabc\r\n");
}

/* data compressed into out: 31 gzip, 15 zlib, -15 raw deflate. */
static size_t compress_as(int window_bits, const void *data, size_t size, void *out, size_t room) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

#define CODED(name) HTML "Content-Encoding: " name "\r\n\r\n"
#define PAGE "<p>a page, a page, a page</p>"

static void codings_are_undone(void **state) {
    (void)state;
    unsigned char gzip[200], twice[400], zlib[200], raw[200], both[200];
    size_t n_gzip = compress_as(31, PAGE, strlen(PAGE), gzip, sizeof gzip);
    size_t n_zlib = compress_as(15, PAGE, strlen(PAGE), zlib, sizeof zlib);
    size_t n_raw = compress_as(-15, PAGE, strlen(PAGE), raw, sizeof raw);
    size_t n_both = compress_as(15, gzip, n_gzip, both, sizeof both);
    memcpy(twice, gzip, n_gzip);
    memcpy(twice + n_gzip, gzip, n_gzip);

    expect_body(CODED("gzip"), gzip, n_gzip, "html:" PAGE);
    expect_body(CODED("X-GZIP"), gzip, n_gzip, "html:" PAGE);
    expect_body(CODED("identity, gzip"), gzip, n_gzip, "html:" PAGE);
    expect_body(CODED("gzip"), twice, 2 * n_gzip, "html:" PAGE PAGE);
    expect_body(CODED("deflate"), zlib, n_zlib, "html:" PAGE);
    expect_body(CODED("deflate"), raw, n_raw, "html:" PAGE);
    expect_body(CODED("deflate"), gzip, n_gzip, "html:" PAGE);
    expect_body(CODED("gzip, deflate"), both, n_both, "html:" PAGE);
    expect_body(HTML "Content-Encoding: gzip\r\nContent-Encoding: deflate\r\n\r\n", both, n_both,
                "html:" PAGE);
    expect_body(HTML "Transfer-Encoding: gzip\r\n\r\n", gzip, n_gzip, "html:" PAGE);

    /* Cut and damaged: what comes before. */
    expect_body(CODED("gzip"), gzip, n_gzip - 8, "html:" PAGE);
    expect_body(CODED("gzip"), gzip, 10, "other");
    gzip[n_gzip - 1] ^= 1;
    expect_body(CODED("gzip"), gzip, n_gzip, "html:" PAGE);
    memcpy(twice + n_gzip, "\x1f\x8b\x08garbage garbage", 18);
    expect_body(CODED("gzip"), twice, n_gzip + 18, "html:" PAGE);
    memcpy(twice + n_gzip, "garbage", 7);
    expect_body(CODED("gzip"), twice, n_gzip + 7, "html:" PAGE);

    /* Decoded already, whatever the fields say. */
    expect(CODED("gzip") PAGE, "html:" PAGE);
    expect(CODED("deflate") PAGE, "html:" PAGE);
    expect(CODED("br") PAGE, "html:" PAGE);
    expect(CODED("gzip, br, zstd, x, y, z") PAGE, "html:" PAGE);
    expect(HTML "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n" PAGE, "html:" PAGE);
    expect(HTML "X-Crawl-Content-Encoding: br\r\n\r\n" PAGE, "html:" PAGE);

    expect(CODED("br") "\x0b\x02\x80x", "unsupported");
    expect(CODED("zstd") "\x28\xb5\x2f\xfd", "unsupported");
    expect(CODED("compress") "\x1f\x9d", "unsupported");
    expect(CODED("gzip, gzip, gzip, gzip, gzip") "\x1f\x8b", "unsupported");
    expect(OK "Content-Encoding: br\r\n\r\n\x0b\x02\x80x", "other");
}

static void bombs_are_cut(void **state) {
    (void)state;
    size_t size = (size_t)4 << 20, room = 64 << 10;
    char *zeros = malloc(size), *packed = malloc(room), *response = malloc(room + 200);
    assert_true(zeros && packed && response);
    memset(zeros, 'x', size);
    size_t n = compress_as(31, zeros, size, packed, room);
    size_t head = (size_t)sprintf(response, "%s", CODED("gzip"));
    memcpy(response + head, packed, n);
    static const size_t LIMITS[] = {1, 1000, 65536, 1u << 20, 8u << 20};
    for (size_t i = 0; i < N_OF(LIMITS); i++) {
        char *page = page_of_bytes(response, head + n, LIMITS[i]);
        size_t expected = LIMITS[i] < size ? LIMITS[i] : size;
        assert_int_equal(strspn(page + 5, "x"), expected);
        assert_int_equal(strlen(page), 5 + expected);
        free(page);
    }
    char *page = page_of_bytes(HTML "\r\n12345", strlen(HTML) + 7, 3);
    assert_string_equal(page, "html:123");
    free(page);
    free(zeros);
    free(packed);
    free(response);
}

#define CHARSET(name) OK "Content-Type: text/html; charset=" name "\r\n\r\n"

static void character_sets_are_told(void **state) {
    (void)state;
    /* Content-Type. */
    expect(CHARSET("iso-8859-1") "\x80\xE9", "html:\xE2\x82\xAC\xC3\xA9");
    expect(CHARSET("\"UTF-8\"") "\xC3\xA9\xE9", "html:\xC3\xA9" R);
    expect(CHARSET("'koi8-r'") "\xC1", "html:\xD0\xB0");
    expect(OK "Content-Type: text/html; x=charset; CharSet = koi8-r\r\n\r\n\xC1", "html:\xD0\xB0");
    expect(CHARSET("nonsense") "\xE9x", "html:\xC3\xA9x");
    expect(CHARSET("nonsense") "<meta charset=koi8-r>\xC1", "html:<meta charset=koi8-r>\xD0\xB0");
    expect(CHARSET("utf-8") "<meta charset=koi8-r>\xC1", "html:<meta charset=koi8-r>" R);
    expect(CHARSET("iso-2022-kr") "x", "unsupported");
    expect(CHARSET("replacement") "x", "unsupported");
    expect(CHARSET("x-user-defined") "a\x80\xFF", "html:a\xEF\x9E\x80\xEF\x9F\xBF");
    /* A mark is stronger. */
    expect(CHARSET("koi8-r") "\xEF\xBB\xBF\xC3\xA9", "html:\xC3\xA9");
    expect_body(CHARSET("utf-8"), "\xFF\xFEx\0\xE9\0", 6, "html:x\xC3\xA9");
    expect_body(CHARSET("utf-8"), "\xFE\xFF\0x\0\xE9", 6, "html:x\xC3\xA9");
    expect_body(CHARSET("utf-16"), "x\0\x3D\xD8\0\xDE\x3D\xD8y\0\0\xDCz", 13,
                "html:x\xF0\x9F\x98\x80" R "y" R R);
    expect_body(CHARSET("utf-16be"), "\0x\xD8\x3D\xDE\0", 6, "html:x\xF0\x9F\x98\x80");
    /* The page itself. */
    expect(HTML "\r\n<!--><meta/charset=koi8-r>\xC1", "html:<!--><meta/charset=koi8-r>\xD0\xB0");
    expect(HTML "\r\n<meta charset=utf-16>\xC3\xA9", "html:<meta charset=utf-16>\xC3\xA9");
    expect(HTML "\r\n<meta charset=x-user-defined>\x80",
           "html:<meta charset=x-user-defined>\xE2\x82\xAC");
    expect(HTML "\r\n<?xml version='1' encoding='koi8-r'?>\xC1",
           "html:<?xml version='1' encoding='koi8-r'?>\xD0\xB0");
    expect(HTML "\r\n<?xml encoding = \"utf-16\"?>\xC3\xA9",
           "html:<?xml encoding = \"utf-16\"?>\xC3\xA9");
    expect(HTML "\r\n<?xml encoding=koi8-r?>\xE9x", "html:<?xml encoding=koi8-r?>\xC3\xA9x");
    expect_body(HTML "\r\n", "<\0?\0x\0>\0", 8, "html:<?x>");
    /* Nothing: UTF-8 when it is well-formed, but for its end. */
    expect(HTML "\r\n\xC3\xA9\xE2\x82\xAC", "html:\xC3\xA9\xE2\x82\xAC");
    expect(HTML "\r\n\xC3\xA9\xE2\x82", "html:\xC3\xA9" R);
    expect(HTML "\r\n\xC3\xA9\xE2x", "html:\xC3\x83\xC2\xA9\xC3\xA2x");
    expect(HTML "\r\n\xE9", "html:" R);
    expect(HTML "\r\n\xE9t\xE9 x", "html:\xC3\xA9t\xC3\xA9 x");
}

static void a_declaration_counts_in_the_first_1024_bytes(void **state) {
    (void)state;
    static const char meta[] = "<meta charset=koi8-r>";
    for (size_t before = 1000; before < 1030; before++) {
        char response[1400], expected[1400];
        memset(response, ' ', sizeof response);
        size_t head = strlen(HTML "\r\n");
        memcpy(response, HTML "\r\n", head);
        memcpy(response + head + before, meta, sizeof meta - 1);
        size_t size = head + before + sizeof meta - 1;
        memcpy(response + size, "\xC1x", 3);
        bool counts = before + sizeof meta - 1 <= 1024;
        snprintf(expected, sizeof expected, "html:%*s%s%s", (int)before, "", meta,
                 counts ? "\xD0\xB0x" : "\xC3\x81x");
        expect(response, expected);
    }
}

static void labels_are_found(void **state) {
    (void)state;
    static const struct {
        const char *label, *name;
    } cases[] = {{"UTF8", "utf-8"},
                 {" Latin1\t", "windows-1252"},
                 {"sjis", "shift_jis"},
                 {"x-mac-roman", "macintosh"},
                 {"unicode", "utf-16le"},
                 {"tis-620", "windows-874"},
                 {"gb2312", "gbk"},
                 {"logical", "iso-8859-8-i"},
                 {"utf 8", ""},
                 {"", ""},
                 {" ", ""},
                 {"utf-", ""},
                 {"utf-8 utf8", ""},
                 {"iso-8859-12", ""}};
    for (size_t i = 0; i < N_OF(cases); i++) {
        mc_bytes label = {cases[i].label, strlen(cases[i].label)};
        const char *name = mc_charset_name(mc_charset_find(label));
        assert_int_equal(strcspn(name, " "), strlen(cases[i].name));
        assert_memory_equal(name, cases[i].name, strlen(cases[i].name));
    }
}

static void several_bytes_are_decoded(void **state) {
    (void)state;
    expect(CHARSET("shift_jis") "\x82\xA0\xB1\\", "html:\xE3\x81\x82\xEF\xBD\xB1\\");
    expect(CHARSET("shift_jis") "\x82\xA0\x81", "html:\xE3\x81\x82" R);
    expect(CHARSET("shift_jis") "\x81\"<", "html:" R "\"<");
    expect(CHARSET("euc-jp") "\xA4\xA2\xFF\xA4\xA2", "html:\xE3\x81\x82" R "\xE3\x81\x82");
    expect(CHARSET("iso-2022-jp") "a\x1B$B$\"\x1B(Bb", "html:a\xE3\x81\x82"
                                                       "b");
    expect(CHARSET("gb2312") "\xC4\xE3\x80.", "html:\xE4\xBD\xA0\xE2\x82\xAC.");
    expect(CHARSET("gb18030") "\x81\x30\x81\x30", "html:\xC2\x80");
    expect(CHARSET("euc-kr") "\xB0\xA1\x81\x41", "html:\xEA\xB0\x80\xEA\xB0\x82");
    expect(CHARSET("big5") "\xA7\x41\x88\x62", "html:\xE4\xBD\xA0\xC3\x8A\xCC\x84");
}

static void replacements_are_counted(void **state) {
    (void)state;
    mc_http_kind kind;
    mc_bytes page;
    size_t n;
    static const char response[] = CHARSET("utf-8") "a\xFF\xE2\x82z\xF0\x9F\x98";
    assert_int_equal(mc_http_page(http, (mc_bytes){response, sizeof response - 1}, LARGE, &kind,
                                  &page, &n, NULL),
                     MC_OK);
    assert_int_equal(n, 3);
    assert_int_equal(page.size, 11);
}

static int set_up(void **state) {
    (void)state;
    return mc_http_create(&http, NULL);
}

static int tear_down(void **state) {
    (void)state;
    mc_http_free(http);
    mc_http_free(NULL);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_read),
        cmocka_unit_test(media_types_tell_html),
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(codings_are_undone),
        cmocka_unit_test(bombs_are_cut),
        cmocka_unit_test(character_sets_are_told),
        cmocka_unit_test(a_declaration_counts_in_the_first_1024_bytes),
        cmocka_unit_test(labels_are_found),
        cmocka_unit_test(several_bytes_are_decoded),
        cmocka_unit_test(replacements_are_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
