/* Scanning with the byte-level automaton: space a text, collect the ids, sort, drop repeats. */
#include <stdlib.h>
#include <string.h>

#include "concepts/image.h"

#define MATCHES_AT_ONCE 256
#define INSERTION_LIMIT 24

struct mc_scanner {
    const mc_concepts *concepts;
    mc_buffer spaced;
    uint32_t *ids;
    size_t n_ids, ids_capacity;
    uint32_t *offsets;
    size_t offsets_capacity;
};

mc_status mc_scanner_create(mc_scanner **out, const mc_concepts *concepts, mc_error *error) {
    MC_TRY(mc_alloc(out, 1, sizeof **out, error));
    (*out)->concepts = concepts;
    return MC_OK;
}

void mc_scanner_free(mc_scanner *scanner) {
    if (!scanner)
        return;
    mc_buffer_dispose(&scanner->spaced);
    free(scanner->ids);
    free(scanner->offsets);
    free(scanner);
}

static int compare_ids(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sorts n ids and drops repeats; returns how many are left. */
static size_t sort_unique(uint32_t *ids, size_t n) {
    if (n > INSERTION_LIMIT)
        qsort(ids, n, sizeof *ids, compare_ids);
    for (size_t i = 1; i < n && n <= INSERTION_LIMIT; i++) {
        uint32_t id = ids[i];
        size_t j = i;
        for (; j > 0 && ids[j - 1] > id; j--)
            ids[j] = ids[j - 1];
        ids[j] = id;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || ids[kept - 1] != ids[i])
            ids[kept++] = ids[i];
    return kept;
}

static mc_status scan_text(mc_scanner *s, mc_bytes text, mc_error *error) {
    s->spaced.size = 0;
    MC_TRY(mc_buffer_reserve(&s->spaced, MC_SPACED_MAX(text.size), error));
    size_t size = mc_space(text.data, text.size, s->spaced.data);
    ac_scanner scanner;
    ac_match matches[MATCHES_AT_ONCE];
    ac_scanner_init(&scanner, s->concepts->bytes);
    ac_scanner_feed(&scanner, s->spaced.data, size);
    size_t start = s->n_ids, found, limit = 4096;
    while ((found = ac_scanner_next(&scanner, matches, MATCHES_AT_ONCE)) > 0) {
        MC_TRY(MC_GROW(s->ids, s->ids_capacity, s->n_ids + found, error));
        for (size_t i = 0; i < found; i++)
            s->ids[s->n_ids++] = matches[i].id;
        if (s->n_ids - start > limit) { /* a long text: keep what is held near the set's size */
            s->n_ids = start + sort_unique(s->ids + start, s->n_ids - start);
            limit = 2 * (s->n_ids - start) + 4096;
        }
    }
    s->n_ids = start + sort_unique(s->ids + start, s->n_ids - start);
    return MC_OK;
}

mc_status mc_scan(mc_scanner *scanner, const mc_bytes *texts, size_t n, mc_match_sets *out,
                  mc_error *error) {
    scanner->n_ids = 0;
    MC_TRY(MC_GROW(scanner->offsets, scanner->offsets_capacity, n + 1, error));
    for (size_t i = 0; i < n; i++) {
        scanner->offsets[i] = (uint32_t)scanner->n_ids;
        MC_TRY(scan_text(scanner, texts[i], error));
        if (scanner->n_ids > UINT32_MAX / 2)
            return mc_fail(error, MC_E_LIMIT, "a block of texts has too many matches");
    }
    scanner->offsets[n] = (uint32_t)scanner->n_ids;
    *out = (mc_match_sets){scanner->ids, scanner->offsets};
    return MC_OK;
}
