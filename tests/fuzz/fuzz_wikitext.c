/* Any bytes as wikitext: the text is empty or ends with a line feed, holds no run of white space,
 * is well-formed where the wikitext is, and is appended to what is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/text.h"
#include "metadata/wikitext.h"

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_wikitext: %s\n", what);
    abort();
}

static bool is_white(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mc_buffer out = {0};
    mc_bytes wikitext = {(const char *)data, size};
    check(mc_buffer_append(&out, "http", 4, NULL) == MC_OK, "no memory");
    check(mc_wikitext_strip(wikitext, NULL, &out, NULL) == MC_OK, "no text");
    check(out.size >= 4 && memcmp(out.data, "http", 4) == 0, "what was there has changed");
    const char *text = out.data + 4;
    size_t n = out.size - 4;
    check(n == 0 || text[n - 1] == '\n', "the last line has no end");
    check(n == 0 || !is_white(text[0]), "white space at the beginning");
    for (size_t i = 1; i < n; i++)
        check(!is_white(text[i]) || !is_white(text[i - 1]), "a run of white space");
    check(!mc_utf8_valid(wikitext.data, size) || mc_utf8_valid(text, n), "text is no UTF-8");
    check(n <= 3 * size + 1, "more text than there was");
    mc_buffer_dispose(&out);
    return 0;
}
