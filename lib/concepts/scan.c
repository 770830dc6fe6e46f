/* Scanning: the word-level engine with the best instruction set there is. */
#include <stdlib.h>

#include "concepts/image.h"

struct mc_scanner {
    mc_words_scratch *words;
};

mc_status mc_scanner_create(mc_scanner **out, const mc_concepts *concepts, mc_error *error) {
    *out = NULL;
    mc_scanner *scanner;
    MC_TRY(mc_alloc(&scanner, 1, sizeof *scanner, error));
    mc_status status =
        mc_words_scratch_create(&scanner->words, &concepts->words, mc_cpu_isa(), error);
    if (status != MC_OK) {
        free(scanner);
        return status;
    }
    *out = scanner;
    return MC_OK;
}

void mc_scanner_free(mc_scanner *scanner) {
    if (!scanner)
        return;
    mc_words_scratch_free(scanner->words);
    free(scanner);
}

mc_status mc_scan(mc_scanner *scanner, const mc_bytes *texts, size_t n, mc_match_sets *out,
                  mc_error *error) {
    return mc_words_scan(scanner->words, texts, n, out, error);
}
