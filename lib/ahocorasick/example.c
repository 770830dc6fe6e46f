/* Prints every place in standard input where one of the arguments occurs, as offset and pattern:
 *     printf 'ushers' | ahocorasick_example he she his hers */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ahocorasick.h"

int main(int argc, char **argv) {
    static ac_pattern patterns[1000];
    size_t n = 0, size, found;
    for (; n + 1 < (size_t)argc && n < 1000; n++)
        patterns[n] = (ac_pattern){argv[n + 1], strlen(argv[n + 1])};
    ac_automaton *ac;
    ac_error error;
    if (ac_build(&ac, patterns, n, NULL, &error) != AC_OK)
        return fprintf(stderr, "%s\n", error.message), 1;
    static char text[65536];
    ac_match matches[256];
    ac_scanner scanner;
    ac_scanner_init(&scanner, ac);
    while ((size = fread(text, 1, sizeof text, stdin)) > 0) {
        ac_scanner_feed(&scanner, text, size);
        while ((found = ac_scanner_next(&scanner, matches, 256)) > 0)
            for (size_t i = 0; i < found; i++)
                printf("%" PRIu64 " %s\n", matches[i].end - matches[i].size,
                       argv[matches[i].id + 1]);
    }
    ac_free(ac);
    return ferror(stdin) != 0;
}
