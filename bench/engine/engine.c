/* Loading, digests and the command loop of a measured program. */
#include "engine/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xxhash.h>

#include "metacurate/io.h"

#define MAX_INPUT ((size_t)4 << 30)
#define INSERTION_LIMIT 24

struct bench_digest {
    XXH64_state_t *state;
};

void bench_die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void bench_check(mc_status status, const mc_error *error) {
    char text[1200];
    if (status != MC_OK)
        bench_die("%s", mc_error_text(error, text, sizeof text));
}

void *bench_alloc(size_t n, size_t size) {
    void *memory = calloc(n ? n : 1, size);
    if (!memory)
        bench_die("out of memory: %zu times %zu bytes", n, size);
    return memory;
}

void *bench_grow(void *memory, size_t n, size_t size) {
    if (n > SIZE_MAX / size || !(memory = realloc(memory, n * size)))
        bench_die("out of memory: %zu times %zu bytes", n, size);
    return memory;
}

double bench_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void bench_digest_add(bench_digest *digest, const uint32_t *numbers, size_t n) {
    if (XXH64_update(digest->state, numbers, n * sizeof *numbers) != XXH_OK)
        bench_die("the digest failed");
}

void bench_digest_set(bench_digest *digest, const uint32_t *ids, size_t n) {
    uint32_t count = (uint32_t)n;
    bench_digest_add(digest, &count, 1);
    if (n)
        bench_digest_add(digest, ids, n);
}

static int compare_ids(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

size_t bench_sort_unique(uint32_t *ids, size_t n) {
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

/* The lines of a file, line ends left out. The file's bytes stay for as long as the program. */
static mc_bytes *read_lines(const char *path, size_t *n_lines, size_t *n_bytes) {
    char *data;
    size_t size, n = 0;
    mc_error error = {0};
    bench_check(mc_read_file(path, MAX_INPUT, &data, &size, &error), &error);
    for (const char *at = data; (at = memchr(at, '\n', size - (size_t)(at - data))); at++)
        n++;
    n += size > 0 && data[size - 1] != '\n';
    mc_bytes *lines = bench_alloc(n, sizeof *lines);
    *n_bytes = 0;
    const char *at = data, *end = data + size;
    for (size_t i = 0; i < n; i++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        lines[i] = (mc_bytes){at, (size_t)((stop ? stop : end) - at)};
        *n_bytes += lines[i].size;
        at = stop ? stop + 1 : end;
    }
    *n_lines = n;
    return lines;
}

static void answer_digest(const bench_engine *engine, void *state) {
    bench_digest digest = {XXH64_createState()};
    if (!digest.state || XXH64_reset(digest.state, 0) != XXH_OK)
        bench_die("the digest failed");
    uint64_t matches = engine->pass(state, &digest);
    printf("{\"matches\":%llu,\"digest\":\"%016llx\"}\n", (unsigned long long)matches,
           (unsigned long long)XXH64_digest(digest.state));
    XXH64_freeState(digest.state);
}

static void answer_round(const bench_engine *engine, void *state, double seconds) {
    unsigned passes = 0;
    uint64_t matches;
    double start = bench_seconds(), taken;
    do {
        matches = engine->pass(state, NULL);
        passes++;
        taken = bench_seconds() - start;
    } while (taken < seconds);
    printf("{\"passes\":%u,\"seconds\":%.6f,\"matches\":%llu}\n", passes, taken,
           (unsigned long long)matches);
}

int bench_main(int argc, char **argv, const bench_engine *engine) {
    if (argc < 3 || argc > 4)
        bench_die("usage: %s TEXTS ENTRIES [OPTION]", argv[0]);
    bench_input input = {.entries_path = argv[2], .option = argc > 3 ? argv[3] : ""};
    bench_facts facts = {0};
    size_t unused;
    input.texts = read_lines(argv[1], &input.n_texts, &facts.scanned_bytes);
    input.entries = read_lines(argv[2], &input.n_entries, &unused);
    void *state = engine->prepare(&input, &facts);
    printf("{\"texts\":%zu,\"bytes\":%zu,\"compile_seconds\":%.6f,\"open_seconds\":%.6f,"
           "\"automaton_bytes\":%zu,\"states\":%zu}\n",
           input.n_texts, facts.scanned_bytes, facts.compile_seconds, facts.open_seconds,
           facts.automaton_bytes, facts.n_states);
    fflush(stdout);
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "digest", 6) == 0)
            answer_digest(engine, state);
        else if (strncmp(line, "round ", 6) == 0)
            answer_round(engine, state, strtod(line + 6, NULL));
        else
            bench_die("unknown command: %s", line);
        fflush(stdout);
    }
    return 0;
}
