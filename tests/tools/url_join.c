/* Joins URLs for tests: a line of input holds a base and a reference in hex with a tab between; a
 * line of output the joined URL, and its host where it is an http(s) URL, in hex, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/url.h"

static int digit(char c) {
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* In place. */
static mc_bytes unhex(char *text, size_t size) {
    for (size_t i = 0; i < size / 2; i++)
        text[i] = (char)(digit(text[2 * i]) * 16 + digit(text[2 * i + 1]));
    return (mc_bytes){text, size / 2};
}

static void print_hex(mc_bytes bytes) {
    for (size_t i = 0; i < bytes.size; i++)
        printf("%02x", (unsigned)(unsigned char)bytes.data[i]);
}

int main(void) {
    char *line = NULL;
    size_t capacity = 0;
    mc_buffer out = {0};
    ssize_t size;
    while ((size = getline(&line, &capacity, stdin)) > 0) {
        char *tab = memchr(line, '\t', (size_t)size);
        if (!tab || line[size - 1] != '\n')
            return 1;
        char *end = line + size - 1;
        mc_bytes base = unhex(line, (size_t)(tab - line));
        mc_bytes reference = unhex(tab + 1, (size_t)(end - tab - 1));
        mc_error error;
        if (mc_url_join(base, reference, &out, &error) != MC_OK) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        mc_bytes url = {out.data, out.size};
        print_hex(url);
        putchar('\t');
        print_hex(mc_url_host(url));
        putchar('\n');
    }
    mc_buffer_dispose(&out);
    free(line);
    return 0;
}
