/* Measures Hyperscan (or Vectorscan, which has the same interface): entries as literals, texts
 * spaced one by one, ids collected, sorted, repeats dropped.
 *
 *     bench_hyperscan TEXTS ENTRIES
 */
#include <stdlib.h>
#include <string.h>

#include <hs.h>

#include "engine/engine.h"
#include "metacurate/text.h"

typedef struct peer {
    const bench_input *input;
    hs_database_t *database;
    hs_scratch_t *scratch;
    char *spaced;
    uint32_t *ids; /* of the text at hand */
    size_t n_ids, capacity;
} peer;

static int take(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                void *context) {
    peer *p = context;
    (void)from, (void)to, (void)flags;
    if (p->n_ids == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 1024;
        p->ids = bench_grow(p->ids, p->capacity, sizeof *p->ids);
    }
    p->ids[p->n_ids++] = id;
    return 0;
}

static uint64_t pass(void *state, bench_digest *digest) {
    peer *p = state;
    uint64_t n_matches = 0;
    for (size_t i = 0; i < p->input->n_texts; i++) {
        mc_bytes text = p->input->texts[i];
        size_t size = mc_space(text.data, text.size, p->spaced);
        p->n_ids = 0;
        if (hs_scan(p->database, p->spaced, (unsigned)size, 0, p->scratch, take, p) != HS_SUCCESS)
            bench_die("Hyperscan failed to scan text %zu", i);
        size_t n = bench_sort_unique(p->ids, p->n_ids);
        n_matches += n;
        if (digest)
            bench_digest_set(digest, p->ids, n);
    }
    return n_matches;
}

static void compile(peer *p, const bench_input *input) {
    size_t n = input->n_entries, total = 0;
    for (size_t i = 0; i < n; i++)
        total += input->entries[i].size + 3;
    char *at = bench_alloc(total, 1);
    const char **literals = bench_alloc(n, sizeof *literals);
    unsigned *flags = bench_alloc(n, sizeof *flags), *ids = bench_alloc(n, sizeof *ids);
    size_t *sizes = bench_alloc(n, sizeof *sizes);
    for (size_t i = 0; i < n; i++) {
        mc_bytes entry = input->entries[i];
        literals[i] = at;
        *at++ = ' ';
        memcpy(at, entry.data, entry.size);
        at += entry.size;
        *at++ = ' ';
        *at++ = '\0';
        sizes[i] = entry.size + 2;
        ids[i] = (unsigned)i;
    }
    hs_compile_error_t *error;
    if (hs_compile_lit_multi(literals, flags, ids, sizes, (unsigned)n, HS_MODE_BLOCK, NULL,
                             &p->database, &error) != HS_SUCCESS)
        bench_die("Hyperscan does not compile the list: %s", error->message);
    if (hs_alloc_scratch(p->database, &p->scratch) != HS_SUCCESS)
        bench_die("Hyperscan has no memory to scan with");
    free((void *)literals[0]);
    free(literals);
    free(flags);
    free(ids);
    free(sizes);
}

static void *prepare(const bench_input *input, bench_facts *facts) {
    peer *p = bench_alloc(1, sizeof *p);
    size_t longest = 0;
    p->input = input;
    for (size_t i = 0; i < input->n_texts; i++)
        longest = input->texts[i].size > longest ? input->texts[i].size : longest;
    p->spaced = bench_alloc(MC_SPACED_MAX(longest), 1);
    double start = bench_seconds();
    compile(p, input);
    facts->compile_seconds = bench_seconds() - start;
    if (hs_database_size(p->database, &facts->automaton_bytes) != HS_SUCCESS)
        bench_die("Hyperscan does not know its size");
    return p;
}

int main(int argc, char **argv) {
    return bench_main(argc, argv, &(bench_engine){prepare, pass});
}
