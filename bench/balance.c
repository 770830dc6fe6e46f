/* Balancing at the size of the paper's pools: times what balancing does with match indexes of the
 * pool's shape (bench/shape/paper_shape.h).
 *
 * usage: balance FOLDER TEXTS [gathered] [threads]
 * The indexes are made when FOLDER/0.mcm is not there, and stay. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "balance/select.h"
#include "base/pipeline.h"
#include "bench/shape/paper_shape.h"
#include "match/resume.h"
#include "metacurate/balance.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void stop(const mc_error *error) {
    char text[1200];
    fprintf(stderr, "bench balance: %s\n", mc_error_text(error, text, sizeof text));
    exit(1);
}

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "bench balance: wrong result: %s\n", what);
    exit(1);
}

/* ---- the passes ---- */

typedef struct tally {
    uint64_t *counts;
    uint64_t n_kept, n_ids;
    mc_sum expected, variance;
} tally;

typedef struct passes {
    mc_index_set *set;
    const mc_draw *draw; /* NULL: count */
    double t;
    tally *tallies[256];
    _Atomic size_t n_tallies;
} passes;

static mc_status create_tally(void *context, void **scratch, mc_error *error) {
    passes *p = context;
    tally *t;
    MC_TRY(mc_alloc(&t, 1, sizeof *t, error));
    p->tallies[atomic_fetch_add(&p->n_tallies, 1)] = t;
    *scratch = t;
    return MC_ALLOC(t->counts, PAPER_ENTRIES, error);
}

static mc_status tally_block(void *context, const mc_pass_block *place, void *scratch,
                             mc_error *error) {
    const passes *p = context;
    tally *t = scratch;
    const mc_block *block = place->block;
    (void)error;
    double keys[MC_DRAW_TEXTS], chances[MC_DRAW_TEXTS];
    for (uint32_t i = 0; !p->draw && i < block->info.n_ids; i++)
        t->counts[block->ids[i]]++;
    for (uint32_t first = 0; p->draw && first < place->n_texts; first += MC_DRAW_TEXTS) {
        uint32_t left = place->n_texts - first, n = left < MC_DRAW_TEXTS ? left : MC_DRAW_TEXTS;
        mc_draw_texts(p->draw, block, first, n, p->t, keys, chances);
        for (uint32_t i = 0; i < n; i++) {
            mc_sum_add(&t->expected, chances[i], 1);
            mc_sum_add(&t->variance, chances[i] * (1 - chances[i]), 1);
            t->n_kept += keys[i] < p->t;
        }
    }
    t->n_ids += block->info.n_ids;
    return MC_OK;
}

/* Runs a pass; returns its seconds. The sums are in *sum, whose counts the caller frees. */
static double run_pass(passes *p, size_t n_threads, tally *sum) {
    mc_error error = {0};
    mc_pass pass = {.set = p->set,
                    .n_threads = n_threads,
                    .context = p,
                    .scratch_create = create_tally,
                    .work = tally_block};
    p->n_tallies = 0;
    double start = now();
    if (mc_pass_run(&pass, &error) != MC_OK)
        stop(&error);
    double seconds = now() - start;
    *sum = *p->tallies[0];
    for (size_t i = 1; i < p->n_tallies; i++) {
        for (uint32_t e = 0; e < PAPER_ENTRIES; e++)
            sum->counts[e] += p->tallies[i]->counts[e];
        sum->n_kept += p->tallies[i]->n_kept;
        sum->n_ids += p->tallies[i]->n_ids;
        sum->expected.units += p->tallies[i]->expected.units;
        sum->variance.units += p->tallies[i]->variance.units;
        free(p->tallies[i]->counts);
    }
    for (size_t i = 0; i < p->n_tallies; i++)
        free(p->tallies[i]);
    return seconds;
}

static void print_rate(const char *what, double seconds, uint64_t n_texts, size_t n_threads) {
    printf("%-34s %8.2f s %8.1f M texts/s %8.1f a thread\n", what, seconds,
           (double)n_texts / seconds / 1e6, (double)n_texts / seconds / 1e6 / (double)n_threads);
}

int main(int argc, char **argv) {
    mc_error error = {0};
    uint64_t n_texts;
    if (argc < 3 || mc_parse_count(argv[2], &n_texts, &error) != MC_OK) {
        fprintf(stderr, "usage: balance FOLDER TEXTS [gathered] [THREADS]\n");
        return 2;
    }
    bool gathered = argc > 3 && strcmp(argv[3], "gathered") == 0;
    const char *threads = argc > 3 + gathered ? argv[3 + gathered] : NULL;
    size_t n_threads = threads ? (size_t)strtoul(threads, NULL, 10) : mc_processor_count();
    check(n_threads >= 1 && n_threads <= 256, "threads must be from 1 to 256");

    char first[MC_PATH_MAX], **paths;
    size_t n_shards;
    paper_shape shape = {.n_texts = n_texts, .gathered = gathered};
    snprintf(first, sizeof first, "%s/0.mcm", argv[1]);
    if (access(first, F_OK) != 0 && paper_generate(&shape, argv[1], &error) != MC_OK)
        stop(&error);
    if (paper_paths(&shape, argv[1], &paths, &n_shards, &error) != MC_OK)
        stop(&error);
    mc_index_set set;
    if (mc_index_set_open(&set, (const char *const *)paths, n_shards, &error) != MC_OK)
        stop(&error);
    check(mc_index_set_texts(&set) == n_texts, "the folder holds indexes of another size");

    uint64_t *hashes = calloc(PAPER_ENTRIES, sizeof *hashes);
    uint32_t *firsts = calloc(PAPER_ENTRIES, sizeof *firsts);
    check(hashes && firsts, "out of memory");
    for (uint32_t e = 0; e < PAPER_ENTRIES; e++) {
        hashes[e] = mc_hash64(&e, sizeof e);
        firsts[e] = e;
    }
    passes p = {.set = &set, .t = paper_threshold(n_texts)};
    tally counted, drawn;
    double count_seconds = run_pass(&p, n_threads, &counted);
    check(counted.n_ids == set.totals.matches, "matches counted");
    mc_draw draw;
    if (mc_draw_init(&draw, hashes, counted.counts, firsts, PAPER_ENTRIES, 0, &error) != MC_OK)
        stop(&error);
    p.draw = &draw;
    double draw_seconds = run_pass(&p, n_threads, &drawn);
    double expected = mc_sum_value(&drawn.expected);
    double deviation = sqrt(mc_sum_value(&drawn.variance));
    double z = ((double)drawn.n_kept - expected) / deviation;
    check(fabs(z) < 4, "the realised size lies 4 deviations from the expected one");

    mc_drops drops;
    mc_balance_options options = {
        .folder = argv[1], .n_threads = n_threads, .dedup = MC_DEDUP_NONE};
    if (mc_drops_find(&drops, &set, &options, &error) != MC_OK)
        stop(&error);
    mc_selection selection = {0};
    double start = now();
    uint64_t size = n_texts / 4;
    if (mc_select_size(&selection, &set, &drops, &draw, size, &options, &error) != MC_OK)
        stop(&error);
    double select_seconds = now() - start;
    p.t = selection.threshold; /* keys below the first one left out: as many as asked for */
    tally selected;
    run_pass(&p, n_threads, &selected);
    check(selected.n_kept == size, "--size keeps another number");
    options.dedup = MC_DEDUP_PAIR;
    mc_drops_dispose(&drops);
    start = now();
    if (mc_drops_find(&drops, &set, &options, &error) != MC_OK)
        stop(&error);
    double drops_seconds = now() - start;
    check(drops.n_duplicates == 0, "duplicates where there are none");

    uint64_t head = 0, n_head = 0;
    double t = paper_threshold(n_texts);
    for (uint32_t e = 0; e < PAPER_ENTRIES; e++) {
        n_head += (double)counted.counts[e] >= t;
        head += (double)counted.counts[e] >= t ? counted.counts[e] : 0;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%" PRIu64 " texts, %.2f matches a text, %zu threads; t = %g: %" PRIu64
           " head entries hold %.2f %%\n",
           n_texts, (double)counted.n_ids / (double)n_texts, n_threads, t, n_head,
           100.0 * (double)head / (double)counted.n_ids);
    printf("kept at t: %" PRIu64 " (%.2f %%), expected %.0f, deviation %.0f, z %.2f\n",
           drawn.n_kept, 100.0 * (double)drawn.n_kept / (double)n_texts, expected, deviation, z);
    print_rate("index -> counts", count_seconds, n_texts, n_threads);
    print_rate("index -> keys, kept, expected", draw_seconds, n_texts, n_threads);
    print_rate("index -> --size (exact)", select_seconds, n_texts, n_threads);
    print_rate("index -> equal pairs", drops_seconds, n_texts, n_threads);
    printf("peak memory %.0f MiB\n", (double)usage.ru_maxrss / 1024);
    return 0;
}
