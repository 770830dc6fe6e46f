/* Any bytes as an HTTP response: a page is well-formed UTF-8, no longer than it may be, and the
 * same the second time. Inputs that do not begin like a response are given a head made from their
 * first bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "metacurate/text.h"
#include "pool/charset_table.h"
#include "pool/http_body.h"

#define MAX_SIZE 100000u

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_http_body: %s\n", what);
    abort();
}

/* Behind a head of two bytes: a coding and a character set. */
static size_t make_head(const uint8_t *data, size_t size, char *out, size_t room) {
    static const char *const CODINGS[] = {
        "",
        "Content-Encoding: gzip\r\n",
        "Content-Encoding: deflate\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n",
        "Content-Encoding: gzip, deflate\r\n",
        "Content-Encoding: br\r\n",
    };
    unsigned coding = size > 0 ? data[0] % 7 : 0;
    int encoding = size > 1 ? data[1] % (MC_N_ENCODINGS + 1) - 1 : MC_ENCODING_NONE;
    const char *name = mc_charset_name(encoding);
    int n = snprintf(out, room, "HTTP/1.1 200 OK\r\nContent-Type: text/html%s%.*s\r\n%s\r\n",
                     *name ? "; charset=" : "", (int)strcspn(name, " "), name, CODINGS[coding]);
    return (size_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mc_http *http;
    if (!http)
        check(mc_http_create(&http, NULL) == MC_OK, "no memory");
    char head[256];
    size_t head_size = 0;
    if (size < 5 || memcmp(data, "HTTP/", 5) != 0) {
        head_size = make_head(data, size, head, sizeof head);
        data += size < 2 ? size : 2;
        size -= size < 2 ? size : 2;
    }
    char *bytes = malloc(head_size + size + 1);
    check(bytes != NULL, "no memory");
    memcpy(bytes, head, head_size);
    if (size > 0)
        memcpy(bytes + head_size, data, size);
    mc_bytes response = {bytes, head_size + size}, page;
    mc_http_kind kind, again;
    size_t n_replaced;
    mc_status status = mc_http_page(http, response, MAX_SIZE, &kind, &page, &n_replaced, NULL);
    check(status == MC_OK || status == MC_E_FORMAT, "a status that none may be");
    if (status == MC_OK && kind == MC_HTTP_HTML) {
        check(page.size <= 4 * (size_t)MAX_SIZE, "the page is too long");
        check(mc_utf8_valid(page.data, page.size), "the page is no UTF-8");
        check(n_replaced <= page.size, "more is replaced than there is");
        uint64_t hash = mc_hash64(page.data, page.size);
        status = mc_http_page(http, response, MAX_SIZE, &again, &page, NULL, NULL);
        check(status == MC_OK && again == kind && mc_hash64(page.data, page.size) == hash,
              "another page the second time");
    }
    free(bytes);
    return 0;
}
