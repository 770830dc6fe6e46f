/* Balancing at the size of the paper's pools: generates match indexes with the shape of MetaCLIP's
 * pool and times what balancing does with them.
 *
 * Shape: 500,000 entries, of which 114,000 have no match; the matches of the others fall off in two
 * power laws that meet at rank 16,000 (3.2 %), so fitted that those above hold 94.5 % of the
 * matches and an entry at that rank has a count of t when t is scaled to the pool as 20,000 is
 * to 1.6 billion texts. Matches a text are geometric with mean 3.5. With "gathered", rare matches
 * fall more often to texts with many matches: a match of a text with k of them is rare with a
 * probability proportional to k.
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
#include "match/resume.h"
#include "metacurate/balance.h"

#define N_ENTRIES 500000u
#define N_MATCHED 386000u
#define N_HEAD 16000u
#define HEAD_SHARE 0.945
#define MEAN_MATCHES 3.5
#define SHARD_TEXTS 4000000u
#define BLOCK_TEXTS 16384u
#define MOST_MATCHES 64u

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

/* ---- the shape ---- */

/* Walker's alias method: a draw by weight in constant time. */
typedef struct alias_table {
    uint32_t n;
    double *keep;
    uint32_t *other;
} alias_table;

typedef struct shape {
    alias_table head, tail;
    double tail_share;
} shape;

static alias_table make_alias(const double *weights, uint32_t n) {
    alias_table a = {n, malloc(n * sizeof(double)), malloc(n * sizeof(uint32_t))};
    uint32_t *small = malloc(n * sizeof *small), *large = malloc(n * sizeof *large);
    uint32_t n_small = 0, n_large = 0;
    double sum = 0;
    check(a.keep && a.other && small && large, "out of memory");
    for (uint32_t i = 0; i < n; i++)
        sum += weights[i];
    for (uint32_t i = 0; i < n; i++) {
        a.keep[i] = weights[i] / sum * n;
        a.other[i] = i;
        if (a.keep[i] < 1)
            small[n_small++] = i;
        else
            large[n_large++] = i;
    }
    while (n_small && n_large) {
        uint32_t s = small[--n_small], l = large[n_large - 1];
        a.other[s] = l;
        a.keep[l] -= 1 - a.keep[s];
        if (a.keep[l] < 1) {
            n_large--;
            small[n_small++] = l;
        }
    }
    while (n_small)
        a.keep[small[--n_small]] = 1;
    free(small);
    free(large);
    return a;
}

/* The exponent at which power-law weights, 1 at the rank where the laws meet, have a given sum. */
static double fit(uint32_t first, uint32_t last, double sum, double *weights) {
    double low = 0, high = 20;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2, total = 0;
        for (uint32_t r = first; r <= last; r++)
            total += pow((double)r / N_HEAD, -middle);
        if ((total > sum) == (first > N_HEAD))
            low = middle;
        else
            high = middle;
    }
    for (uint32_t r = first; r <= last; r++)
        weights[r - first] = pow((double)r / N_HEAD, -low);
    return low;
}

static shape make_shape(void) {
    /* At 1.6 billion texts, t = 20,000: counts in units of t. */
    double matches = 1.6e9 * MEAN_MATCHES / 20000;
    double *weights = malloc(N_MATCHED * sizeof *weights);
    check(weights != NULL, "out of memory");
    double a = fit(1, N_HEAD, HEAD_SHARE * matches, weights);
    double b = fit(N_HEAD + 1, N_MATCHED, (1 - HEAD_SHARE) * matches, weights + N_HEAD);
    printf("shape: counts fall as rank^-%.3f to rank %u, then as rank^-%.3f\n", a, N_HEAD, b);
    shape s = {make_alias(weights, N_HEAD), make_alias(weights + N_HEAD, N_MATCHED - N_HEAD),
               1 - HEAD_SHARE};
    free(weights);
    return s;
}

typedef struct random_state {
    uint64_t s;
} random_state;

static uint64_t next_u64(random_state *r) { /* splitmix64 */
    uint64_t z = r->s += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static double next_double(random_state *r) {
    return (double)(next_u64(r) >> 11) * 0x1p-53;
}

static uint32_t draw_alias(const alias_table *a, random_state *r) {
    uint32_t i = (uint32_t)(((next_u64(r) >> 32) * a->n) >> 32);
    return next_double(r) < a->keep[i] ? i : a->other[i];
}

/* Ranks are scattered over the ids, as frequency is over a real list. */
static uint32_t id_of(uint32_t rank) {
    return (uint32_t)((uint64_t)rank * 300007u % N_ENTRIES);
}

/* A match set: k distinct ids, ascending. */
static uint32_t draw_set(const shape *s, random_state *r, bool gathered, uint32_t *ids) {
    uint32_t k = 1;
    while (k < MOST_MATCHES && next_double(r) < 1 - 1 / MEAN_MATCHES)
        k++;
    /* A slot lies in a text of k with a mean of E[k^2] / E[k] = 2 * mean - 1. */
    double rare = gathered ? s->tail_share * k / (2 * MEAN_MATCHES - 1) : s->tail_share;
    for (uint32_t i = 0; i < k;) {
        uint32_t rank =
            next_double(r) < rare ? N_HEAD + draw_alias(&s->tail, r) : draw_alias(&s->head, r);
        uint32_t id = id_of(rank), at = i;
        bool again = false;
        for (uint32_t j = 0; j < i; j++)
            again |= ids[j] == id;
        if (again)
            continue;
        for (; at > 0 && ids[at - 1] > id; at--)
            ids[at] = ids[at - 1];
        ids[at] = id;
        i++;
    }
    return k;
}

/* ---- generation: a lane a shard ---- */

typedef struct generation {
    const shape *s;
    const char *folder;
    uint64_t n_texts;
    bool gathered;
} generation;

static mc_status write_block(const generation *g, random_state *r, uint64_t first, uint32_t n,
                             mc_batch *batch, mc_block_encoder *encoder, mc_index_writer *writer,
                             mc_index_info *info, mc_error *error) {
    static const mc_bytes none = {NULL, 0};
    uint32_t *ids = malloc((size_t)n * MOST_MATCHES * sizeof *ids);
    uint32_t *offsets = malloc(((size_t)n + 1) * sizeof *offsets);
    check(ids && offsets, "out of memory");
    mc_batch_clear(batch);
    offsets[0] = 0;
    for (uint32_t i = 0; i < n; i++) {
        char text[24];
        int size = snprintf(text, sizeof text, "%" PRIu64, first + i);
        MC_TRY(mc_batch_begin(batch, error));
        MC_TRY(mc_batch_text(batch, (mc_bytes){text, (size_t)size}, error));
        MC_TRY(mc_batch_end(batch, &none, &none, &none, error));
        offsets[i + 1] = offsets[i] + draw_set(g->s, r, g->gathered, ids + offsets[i]);
    }
    mc_buffer block = {0};
    mc_match_sets sets = {ids, offsets};
    mc_status status = mc_block_encode(encoder, batch, &sets, false, &block, error);
    if (status == MC_OK) {
        mc_block_place(block.data, info->totals.records);
        status = mc_index_append(writer, &block, n, error);
    }
    info->totals.records += n;
    info->totals.read += n;
    info->totals.texts += n;
    info->totals.matched += n;
    info->totals.matches += offsets[n];
    mc_buffer_dispose(&block);
    free(ids);
    free(offsets);
    return status;
}

static void index_path(const char *folder, size_t shard, char path[MC_PATH_MAX]) {
    snprintf(path, MC_PATH_MAX, "%s/%zu.mcm", folder, shard);
}

static mc_status generate_shard(void *context, size_t shard, mc_error *error) {
    const generation *g = context;
    char path[MC_PATH_MAX], name[32];
    uint64_t first = (uint64_t)shard * SHARD_TEXTS, end = first + SHARD_TEXTS;
    random_state r = {shard + 1};
    mc_batch batch = {0};
    mc_block_encoder *encoder;
    mc_index_writer *writer;
    snprintf(name, sizeof name, "%zu", shard);
    mc_index_info info = {
        .shard = name, .path = name, .n_entries = N_ENTRIES, .rules = MC_RULES_METACLIP1};
    memset(info.metadata_digest, '0', 32);
    memset(info.source_digest, '0', 32);
    info.read.format = MC_FORMAT_TEXT;
    index_path(g->folder, shard, path);
    MC_TRY(mc_block_encoder_create(&encoder, error));
    MC_TRY(mc_index_create(&writer, path, error));
    for (uint64_t at = first; at < end && at < g->n_texts; at += BLOCK_TEXTS) {
        uint64_t limit = end < g->n_texts ? end : g->n_texts;
        uint32_t n = limit - at < BLOCK_TEXTS ? (uint32_t)(limit - at) : BLOCK_TEXTS;
        MC_TRY(write_block(g, &r, at, n, &batch, encoder, writer, &info, error));
    }
    mc_buffer nothing = {0};
    mc_status status = mc_index_commit(&writer, &info, &nothing, &nothing, error);
    mc_block_encoder_free(encoder);
    mc_batch_dispose(&batch);
    return status;
}

static mc_status read_nothing(void *context, size_t lane, void *batch, mc_error *error) {
    (void)context;
    (void)lane;
    (void)batch;
    (void)error;
    return MC_END;
}

static void generate(const char *folder, uint64_t n_texts, bool gathered, size_t n_shards) {
    mc_error error = {0};
    shape s = make_shape();
    generation g = {&s, folder, n_texts, gathered};
    mc_pipeline pipeline = {.n_lanes = n_shards,
                            .n_threads = mc_processor_count(),
                            .context = &g,
                            .open = generate_shard,
                            .read = read_nothing};
    double start = now();
    if (mc_make_folder(folder, &error) != MC_OK || mc_pipeline_run(&pipeline, &error) != MC_OK)
        stop(&error);
    printf("generated %" PRIu64 " texts in %.1f s\n", n_texts, now() - start);
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
    return MC_ALLOC(t->counts, N_ENTRIES, error);
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
        for (uint32_t e = 0; e < N_ENTRIES; e++)
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
    size_t n_shards = (size_t)((n_texts + SHARD_TEXTS - 1) / SHARD_TEXTS);
    check(n_threads >= 1 && n_threads <= 256, "threads must be from 1 to 256");

    char path[MC_PATH_MAX];
    index_path(argv[1], 0, path);
    if (access(path, F_OK) != 0)
        generate(argv[1], n_texts, gathered, n_shards);
    char **paths = calloc(n_shards, sizeof *paths);
    for (size_t i = 0; paths && i < n_shards; i++) {
        index_path(argv[1], i, path);
        check((paths[i] = strdup(path)) != NULL, "out of memory");
    }
    mc_index_set set;
    if (mc_index_set_open(&set, (const char *const *)paths, n_shards, &error) != MC_OK)
        stop(&error);
    check(mc_index_set_texts(&set) == n_texts, "the folder holds indexes of another size");

    uint64_t *hashes = calloc(N_ENTRIES, sizeof *hashes);
    uint32_t *firsts = calloc(N_ENTRIES, sizeof *firsts);
    check(hashes && firsts, "out of memory");
    for (uint32_t e = 0; e < N_ENTRIES; e++) {
        hashes[e] = mc_hash64(&e, sizeof e);
        firsts[e] = e;
    }
    passes p = {.set = &set, .t = 20000.0 * (double)n_texts / 1.6e9};
    tally counted, drawn;
    double count_seconds = run_pass(&p, n_threads, &counted);
    check(counted.n_ids == set.totals.matches, "matches counted");
    mc_draw draw;
    if (mc_draw_init(&draw, hashes, counted.counts, firsts, N_ENTRIES, 0, &error) != MC_OK)
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
    double t = 20000.0 * (double)n_texts / 1.6e9;
    for (uint32_t e = 0; e < N_ENTRIES; e++) {
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
