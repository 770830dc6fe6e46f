/* URLs: what joining gives for the examples of RFC 3986 and for what is no URL at all, and the host
 * in a URL. tests/cli/test_url.py holds joining to Python's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "text/url.h"

static mc_bytes bytes_of(const char *text) {
    return (mc_bytes){text, strlen(text)};
}

static void check_join(const char *base, const char *reference, const char *expected) {
    mc_buffer out = {0};
    assert_int_equal(mc_url_join(bytes_of(base), bytes_of(reference), &out, NULL), MC_OK);
    if (out.size != strlen(expected) || memcmp(out.data, expected, out.size) != 0)
        fail_msg("\"%s\" against \"%s\" is \"%.*s\", not \"%s\"", reference, base, (int)out.size,
                 out.data, expected);
    mc_buffer_dispose(&out);
}

static void joins_as_the_rfc_has_it(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http://a/b/c/g"}, /* as parsers of old have it */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_join("http://a/b/c/d;p?q", cases[i][0], cases[i][1]);
}

static void cleans_up(void **state) {
    (void)state;
    check_join("http://h/a/", " \t x y\n.jpg\x01\r\n", "http://h/a/x%20y.jpg");
    check_join(" http://h/a b/c ", "d", "http://h/a%20b/d");
    check_join("http://h/", "ht\ntp://\tg/x", "http://g/x");
    check_join("http://h/", "/a?b#", "http://h/a?b");
    check_join("https://h/", "http://g/?", "http://g/?"); /* another scheme: as it is */
    check_join("http://h/", "data:image/gif;base64,R0 lG", "data:image/gif;base64,R0%20lG");
    check_join("", "x", "x");
    check_join("http://h/", "   ", "http://h/");
}

static void leaves_out_what_makes_no_sense(void **state) {
    (void)state;
    check_join("http://h/", "http://[::1/x", "");
    check_join("http://h/", "//[1.2.3.4]/x", "");
    check_join("http://h/", "http://a\xE2\x84\x80z/x", "");
    check_join("http://[x]/", "/a", "");
    check_join("http://h/", "http://[::1]:8/x", "http://[::1]:8/x");
    check_join("http://h/", "/[x]", "http://h/[x]");
    mc_buffer out = {0};
    assert_int_equal(mc_url_join((mc_bytes){0}, (mc_bytes){0}, &out, NULL), MC_OK);
    assert_int_equal(out.size, 0);
    mc_buffer_dispose(&out);
}

static void tells_hosts(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"http://h/x", "h"},
        {"HTTPS://User:pw@Host.Example:80?q", "Host.Example"},
        {"http://a@b@c#f", "c"},
        {"https://[2001:db8::1]:443/", "2001:db8::1"},
        {"http://h.", "h."},
        {"http:///x", ""},
        {"http://:80/", ""},
        {"http://u@/", ""},
        {"http:/h/x", ""},
        {"http:h", ""},
        {"http", ""},
        {"ftp://h/", ""},
        {"//h/", ""},
        {"httpsx://h/", ""},
        {"data:,http://h/", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_bytes host = mc_url_host(bytes_of(cases[i][0]));
        if (host.size != strlen(cases[i][1]) || memcmp(host.data, cases[i][1], host.size) != 0)
            fail_msg("host of %s is %.*s", cases[i][0], (int)host.size, host.data);
        assert_int_equal(mc_url_is_http(bytes_of(cases[i][0])), host.size > 0);
    }
    assert_false(mc_url_is_http((mc_bytes){0}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_as_the_rfc_has_it),
        cmocka_unit_test(cleans_up),
        cmocka_unit_test(leaves_out_what_makes_no_sense),
        cmocka_unit_test(tells_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
