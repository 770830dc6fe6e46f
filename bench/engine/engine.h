/* What every measured C program has in common: it loads texts and entries, gets its engine ready,
 * and then obeys the driver (bench/engines.py), which starts all engines of a run side by side.
 *
 *     PROGRAM TEXTS ENTRIES [OPTION]      both files hold one string a line
 *
 *     it prints, once ready  {"texts":..,"bytes":..,"compile_seconds":..,"automaton_bytes":..}
 *     "digest"            -> {"matches":..,"digest":"16 hex digits"}
 *     "round SECONDS"     -> {"passes":..,"seconds":..,"matches":..}; whole passes over all texts,
 *                            at least one, until the seconds are over
 *     end of input        -> it ends
 *
 * A digest is XXH64 over what was found, text by text, as little-endian 32-bit numbers. For match
 * sets: how many ids, then the ids ascending. For occurrences: how many, then (end, id) of each,
 * ascending.
 *
 * A benchmark that fails says so on stderr and exits with 1.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include <stdint.h>

#include "metacurate/base.h"

typedef struct bench_input {
    mc_bytes *texts;
    size_t n_texts;
    mc_bytes *entries;
    size_t n_entries;
    const char *entries_path;
    const char *option; /* "" when there is none */
} bench_input;

/* What an engine tells of itself. Zero: has none, or is the sum of the texts' bytes. */
typedef struct bench_facts {
    size_t scanned_bytes;
    double compile_seconds;
    double open_seconds; /* mapping and checking a saved automaton, its pages in memory */
    size_t automaton_bytes;
    size_t n_states;
} bench_facts;

typedef struct bench_digest bench_digest;
void bench_digest_add(bench_digest *digest, const uint32_t *numbers, size_t n);
/* Adds a match set: n and the ids. */
void bench_digest_set(bench_digest *digest, const uint32_t *ids, size_t n);

typedef struct bench_engine {
    void *(*prepare)(const bench_input *input, bench_facts *facts);
    /* One pass over all texts; returns the matches found. With a digest (else NULL) each text's
     * go into it, in order. */
    uint64_t (*pass)(void *state, bench_digest *digest);
} bench_engine;

int bench_main(int argc, char **argv, const bench_engine *engine);

double bench_seconds(void); /* a monotonic clock */
_Noreturn void bench_die(const char *format, ...) MC_PRINTF(1, 2);
void bench_check(mc_status status, const mc_error *error); /* dies unless MC_OK */
void *bench_alloc(size_t n, size_t size);                  /* zeroed; dies when out of memory */
void *bench_grow(void *memory, size_t n, size_t size);     /* room for n; dies likewise */

/* Sorts ids and drops repeats; returns how many are left. */
size_t bench_sort_unique(uint32_t *ids, size_t n);

#endif
