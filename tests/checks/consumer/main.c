/* The smallest program on an installed metacurate: compiles a concept and finds it in a text. */
#include <ahocorasick.h>
#include <metacurate.h>
#include <stdio.h>

int main(void) {
    mc_error error = {0};
    mc_bytes entry = {"red fox", 7}, text = {"a red fox, asleep", 17};
    mc_concepts *concepts = NULL;
    mc_scanner *scanner = NULL;
    mc_match_sets sets;
    if (mc_concepts_compile(&concepts, &entry, 1, MC_RULES_METACLIP1, &error) != MC_OK ||
        mc_scanner_create(&scanner, concepts, &error) != MC_OK ||
        mc_scan(scanner, &text, 1, &sets, &error) != MC_OK || sets.offsets[1] != 1)
        return 1;
    printf("metacurate %s\n", mc_version());
    mc_scanner_free(scanner);
    mc_concepts_free(concepts);
    return 0;
}
