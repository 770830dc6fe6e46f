/* Measures the word-level engine: words LIST.json TEXTS [isa ...]. The paths' sets are compared
 * before any time is printed; runs are interleaved, medians shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/hash.h"
#include "concepts/words.h"

enum { RUNS = 15, BLOCK = 1024 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static char *slurp(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(1);
    }
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    char *data = malloc(*size + 1);
    if (!data || fread(data, 1, *size, f) != *size)
        exit(1);
    fclose(f);
    return data;
}

static void check(mc_status status, const mc_error *error) {
    if (status == MC_OK)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    mc_error error = {0};
    json_t *list = json_load_file(argv[1], JSON_ALLOW_NUL, NULL);
    if (!list)
        return 1;
    size_t n_entries = json_array_size(list);
    mc_bytes *entries = calloc(n_entries, sizeof *entries);
    for (size_t i = 0; i < n_entries; i++) {
        json_t *item = json_array_get(list, i);
        entries[i] = (mc_bytes){json_string_value(item), json_string_length(item)};
    }
    mc_buffer section = {0};
    double compile_times[3];
    for (int i = 0; i < 3; i++) {
        section.size = 0;
        double start = now();
        check(mc_words_compile(&section, entries, n_entries, &error), &error);
        compile_times[i] = now() - start;
    }
    qsort(compile_times, 3, sizeof(double), compare);
    printf("section %.2f MB, digest %016llx, compiled in %.3f s\n", (double)section.size * 1e-6,
           (unsigned long long)mc_hash64(section.data, section.size), compile_times[1]);
    void *image = aligned_alloc(1 << 21, (section.size + (1 << 21) - 1) >> 21 << 21);
    memcpy(image, section.data, section.size);
    mc_words view;
    double start = now();
    check(mc_words_view(&view, image, section.size, &error), &error);
    printf("checked in %.2f ms; %u words, %u long, %u misfits; %u pairs, %u misfits\n",
           (now() - start) * 1e3, view.header.n_words, view.header.n_long_words,
           view.header.n_misfits, view.header.n_pairs, view.header.n_pair_misfits);

    size_t size;
    char *data = slurp(argv[2], &size);
    size_t n_texts = 0, capacity = 1 << 20;
    mc_bytes *texts = malloc(capacity * sizeof *texts);
    for (char *at = data, *end = data + size; at < end;) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        if (n_texts == capacity)
            texts = realloc(texts, (capacity *= 2) * sizeof *texts);
        texts[n_texts++] = (mc_bytes){at, (size_t)(stop - at)};
        at = stop + 1;
    }

    mc_isa isas[3] = {MC_ISA_PORTABLE, MC_ISA_AVX2, MC_ISA_AVX512};
    int n_isas = (int)mc_cpu_best() + 1;
    if (argc > 3) {
        n_isas = 0;
        for (int i = 3; i < argc && n_isas < 3; i++)
            for (int k = 0; k <= (int)mc_cpu_best(); k++)
                if (strcmp(argv[i], mc_isa_name((mc_isa)k)) == 0)
                    isas[n_isas++] = (mc_isa)k;
    }
    mc_words_scratch *scratch[3];
    uint64_t digest[3] = {0};
    double times[3][RUNS];
    for (int k = 0; k < n_isas; k++)
        check(mc_words_scratch_create(&scratch[k], &view, isas[k], &error), &error);
    size_t n_ids = 0;
    for (int run = -1; run < RUNS; run++) {
        for (int k = 0; k < n_isas; k++) {
            start = now();
            n_ids = 0;
            for (size_t i = 0; i < n_texts; i += BLOCK) {
                mc_match_sets sets;
                size_t n = n_texts - i < BLOCK ? n_texts - i : BLOCK;
                check(mc_words_scan(scratch[k], texts + i, n, &sets, &error), &error);
                n_ids += sets.offsets[n];
                if (run < 0) {
                    digest[k] = XXH3_64bits_withSeed(sets.ids, sets.offsets[n] * 4, digest[k]);
                    digest[k] = XXH3_64bits_withSeed(sets.offsets, n * 4 + 4, digest[k]);
                }
            }
            if (run >= 0)
                times[k][run] = now() - start;
        }
        for (int k = 1; run < 0 && k < n_isas; k++)
            if (digest[k] != digest[0]) {
                fprintf(stderr, "%s and %s differ\n", mc_isa_name(isas[k]), mc_isa_name(isas[0]));
                return 1;
            }
    }
    printf("%zu texts, %zu bytes, %zu ids, digest %016llx\n", n_texts, size, n_ids,
           (unsigned long long)digest[0]);
    for (int k = 0; k < n_isas; k++) {
        qsort(times[k], RUNS, sizeof(double), compare);
        printf("%-9s %7.1f MB/s (%.1f to %.1f)\n", mc_isa_name(isas[k]),
               (double)size * 1e-6 / times[k][RUNS / 2], (double)size * 1e-6 / times[k][RUNS - 1],
               (double)size * 1e-6 / times[k][0]);
    }
    return 0;
}
