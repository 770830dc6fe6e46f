/* URLs: a base and a reference with a NUL between, joined by the quick path where it applies and by
 * the whole algorithm (a space before the reference, which is taken off again, sees to that); both
 * must say the same. What comes out holds no space, tab or line end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_url: %s\n", what);
    abort();
}

/* A copy whose ends a sanitizer sees. */
static mc_bytes copy(const uint8_t *data, size_t size, size_t spaces) {
    char *bytes = malloc(size + spaces + !size);
    check(bytes != NULL, "out of memory");
    memset(bytes, ' ', spaces);
    if (size > 0)
        memcpy(bytes + spaces, data, size);
    return (mc_bytes){bytes, size + spaces};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mc_buffer quick, whole;
    const uint8_t *split = size > 0 ? memchr(data, '\0', size) : NULL;
    size_t base_size = split ? (size_t)(split - data) : 0;
    size_t start = split ? base_size + 1 : 0;
    mc_bytes base = copy(data, base_size, 0);
    mc_bytes plain = copy(data + start, size - start, 0);
    mc_bytes spaced = copy(data + start, size - start, 1);
    check(mc_url_join(base, plain, &quick, NULL) == MC_OK, "a join fails");
    check(mc_url_join(base, spaced, &whole, NULL) == MC_OK, "a join fails");
    check(quick.size == whole.size && !memcmp(quick.data, whole.data, quick.size),
          "the quick path joins otherwise");
    for (size_t i = 0; i < quick.size; i++)
        check(!strchr(" \t\r\n", quick.data[i]) || quick.data[i] == '\0', "white space is left");
    mc_bytes url = {quick.data, quick.size}, host = mc_url_host(url);
    check(mc_url_is_http(url) == (host.size > 0), "a host more or less");
    check(host.size == 0 || (host.data >= url.data && host.data + host.size <= url.data + url.size),
          "the host is not in the URL");
    free((char *)base.data);
    free((char *)plain.data);
    free((char *)spaced.data);
    return 0;
}
