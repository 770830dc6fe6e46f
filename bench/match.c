/* Measures our matcher through the public headers alone: blocks of texts through mc_scan.
 *
 *     bench_match TEXTS ENTRIES [THREADS]     METACURATE_ISA names the path
 *
 * The texts are cut into blocks that fit a core's cache. Each thread has a scanner of its own and
 * takes the next block that nobody has; so the texts they do are disjoint.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "metacurate/concepts.h"
#include "metacurate/io.h"

#define BLOCK_BYTES ((size_t)128 << 10)
#define MAX_THREADS 1024

/* Texts first .. first + n; while a digest is made, their match sets, too. */
typedef struct block {
    size_t first, n;
    uint32_t *ids, *offsets;
} block;

typedef struct worker {
    struct matcher *matcher;
    mc_scanner *scanner;
    pthread_t thread;
    uint64_t n_matches;
} worker;

typedef struct matcher {
    const bench_input *input;
    mc_concepts *concepts;
    block *blocks;
    size_t n_blocks;
    atomic_size_t next;
    bool keep;
    worker *workers;
    size_t n_workers;
} matcher;

static void cut_blocks(matcher *m) {
    const mc_bytes *texts = m->input->texts;
    size_t n = m->input->n_texts;
    m->blocks = bench_alloc(n, sizeof *m->blocks);
    for (size_t i = 0; i < n;) {
        block *b = &m->blocks[m->n_blocks++];
        b->first = i;
        for (size_t bytes = 0; i < n && (bytes == 0 || bytes + texts[i].size <= BLOCK_BYTES); i++)
            bytes += texts[i].size + 1;
        b->n = i - b->first;
    }
}

static void *copy(const void *data, size_t size) {
    void *memory = bench_alloc(size, 1);
    memcpy(memory, data, size);
    return memory;
}

static void *work(void *context) {
    worker *w = context;
    matcher *m = w->matcher;
    mc_error error = {0};
    w->n_matches = 0;
    for (size_t i; (i = atomic_fetch_add(&m->next, 1)) < m->n_blocks;) {
        block *b = &m->blocks[i];
        mc_match_sets sets;
        bench_check(mc_scan(w->scanner, m->input->texts + b->first, b->n, &sets, &error), &error);
        w->n_matches += sets.offsets[b->n];
        if (m->keep) {
            b->ids = copy(sets.ids, sets.offsets[b->n] * sizeof *sets.ids);
            b->offsets = copy(sets.offsets, (b->n + 1) * sizeof *sets.offsets);
        }
    }
    return NULL;
}

static void put_sets(matcher *m, bench_digest *digest) {
    for (size_t i = 0; i < m->n_blocks; i++) {
        block *b = &m->blocks[i];
        for (size_t k = 0; k < b->n; k++)
            bench_digest_set(digest, b->ids + b->offsets[k], b->offsets[k + 1] - b->offsets[k]);
        free(b->ids);
        free(b->offsets);
    }
}

static uint64_t pass(void *state, bench_digest *digest) {
    matcher *m = state;
    atomic_store(&m->next, 0);
    m->keep = digest != NULL;
    for (size_t i = 1; i < m->n_workers; i++)
        if (pthread_create(&m->workers[i].thread, NULL, work, &m->workers[i]) != 0)
            bench_die("no thread could be made");
    work(&m->workers[0]);
    uint64_t n_matches = m->workers[0].n_matches;
    for (size_t i = 1; i < m->n_workers; i++) {
        pthread_join(m->workers[i].thread, NULL);
        n_matches += m->workers[i].n_matches;
    }
    if (digest)
        put_sets(m, digest);
    return n_matches;
}

/* Saves the compiled list and opens it twice; the second time its pages are in memory. */
static double time_opening(const matcher *m) {
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s.mca", m->input->entries_path) >= sizeof path)
        bench_die("the path of the entries is too long");
    mc_error error = {0};
    size_t size;
    const void *data = mc_concepts_data(m->concepts, &size);
    bench_check(mc_write_file(path, data, size, &error), &error);
    double seconds = 0;
    for (int i = 0; i < 2; i++) {
        double start = bench_seconds();
        mc_concepts *opened;
        bench_check(mc_map_file(path, &data, &size, &error), &error);
        bench_check(mc_concepts_map(&opened, data, size, &error), &error);
        seconds = bench_seconds() - start;
        mc_concepts_free(opened);
        mc_unmap_file(data, size);
    }
    remove(path);
    return seconds;
}

static void *prepare(const bench_input *input, bench_facts *facts) {
    matcher *m = bench_alloc(1, sizeof *m);
    mc_error error = {0};
    m->input = input;
    cut_blocks(m);
    double start = bench_seconds();
    bench_check(mc_concepts_compile(&m->concepts, input->entries, input->n_entries,
                                    MC_RULES_METACLIP1, &error),
                &error);
    facts->compile_seconds = bench_seconds() - start;
    facts->open_seconds = time_opening(m);
    mc_concepts_data(m->concepts, &facts->automaton_bytes);

    unsigned long n_threads = *input->option ? strtoul(input->option, NULL, 10) : 1;
    if (n_threads < 1 || n_threads > MAX_THREADS)
        bench_die("THREADS is a number from 1 to %d", MAX_THREADS);
    m->n_workers = n_threads;
    m->workers = bench_alloc(n_threads, sizeof *m->workers);
    for (size_t i = 0; i < n_threads; i++) {
        m->workers[i].matcher = m;
        bench_check(mc_scanner_create(&m->workers[i].scanner, m->concepts, &error), &error);
    }
    return m;
}

int main(int argc, char **argv) {
    return bench_main(argc, argv, &(bench_engine){prepare, pass});
}
