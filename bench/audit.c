/* What an audit costs beside decompressing the same bytes: match indexes with the shape of the
 * paper's pool (bench/shape/paper_shape.h) and a subset drawn from them are surveyed and reported
 * on, and decompressed with zstd -d from a copy, in turn.
 *
 * usage: audit FOLDER TEXTS [ROUNDS]
 * What is needed is made when FOLDER/manifest.json is not there, and stays. Each measurement is a
 * process of its own, so that its peak memory is its own, too. */
#define _DEFAULT_SOURCE /* wait4 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/distribution.h"
#include "audit/manifest.h"
#include "audit/survey.h"
#include "base/pipeline.h"
#include "bench/engine/engine.h"
#include "bench/shape/paper_shape.h"
#include "io/npy.h"
#include "match/resume.h"

#define ROUNDS_MAX 99

static const char *folder;
static paper_shape shape;

static void check(bool holds, const char *what) {
    if (!holds)
        bench_die("wrong result: %s", what);
}

static char *path_of(const char *name) {
    static char paths[4][MC_PATH_MAX];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, MC_PATH_MAX, "%s/%s", folder, name);
    return path;
}

/* ---- what is looked at ---- */

typedef struct drawing {
    mc_draw draw;
    double t;
    mc_sink *rows;
    uint64_t n_kept, n_below; /* pairs with key < t */
    mc_sum expected, variance;
} drawing;

/* Draws as balancing does; one thread. */
static mc_status draw_block(void *context, const mc_pass_block *place, mc_error *error) {
    drawing *d = context;
    const mc_block *block = place->block;
    double keys[MC_DRAW_TEXTS], chances[MC_DRAW_TEXTS];
    for (uint32_t first = 0; first < place->n_texts; first += MC_DRAW_TEXTS) {
        uint32_t left = place->n_texts - first, n = left < MC_DRAW_TEXTS ? left : MC_DRAW_TEXTS;
        mc_draw_texts(&d->draw, block, first, n, d->t, keys, chances);
        for (uint32_t i = 0; i < n; i++) {
            mc_sum_add(&d->expected, chances[i], 1);
            mc_sum_add(&d->variance, chances[i] * (1 - chances[i]), 1);
            if (!(keys[i] < d->t))
                continue;
            char row[8];
            mc_store_u64(row, block->info.first_record + block->records[first + i]);
            d->n_below++;
            if (d->rows)
                MC_TRY(mc_sink_write(d->rows, row, sizeof row, error));
        }
    }
    return MC_OK;
}

static mc_status draw_all(drawing *d, mc_index_set *set, mc_error *error) {
    mc_pass pass = {
        .set = set, .n_threads = 1, .in_order = true, .context = d, .write = draw_block};
    return mc_pass_run(&pass, error);
}

/* The rows of the subset at the run's t, an index after the other. */
static mc_status write_subset(const char *const *paths, size_t n, drawing *d, mc_error *error) {
    char path[MC_PATH_MAX];
    MC_TRY(mc_make_folder(path_of("subset"), error));
    for (size_t i = 0; i < n; i++) {
        mc_index_set one;
        snprintf(path, sizeof path, "%s/subset/%zu.npy", folder, i);
        d->n_below = 0;
        MC_TRY(mc_index_set_open(&one, &paths[i], 1, error));
        MC_TRY(mc_npy_begin(&d->rows, path, "'<u8'", error));
        MC_TRY(draw_all(d, &one, error));
        MC_TRY(mc_npy_end(&d->rows, "'<u8'", d->n_below, 0, error));
        mc_index_set_dispose(&one);
        d->n_kept += d->n_below;
    }
    return MC_OK;
}

/* Turns what matching left into what balancing leaves, without subset.jsonl.zst. */
static mc_status balance(mc_error *error) {
    char **paths;
    size_t n;
    mc_balance_result result;
    mc_index_set set;
    mc_entry_table entries;
    drawing d = {.t = paper_threshold(shape.n_texts)};
    MC_TRY(paper_paths(&shape, path_of("matches"), &paths, &n, error));
    mc_balance_options options = {.indexes = (const char *const *)paths,
                                  .n_indexes = n,
                                  .folder = folder,
                                  .target = MC_TARGET_COUNTS};
    MC_TRY(mc_balance_run(&options, &result, error));
    MC_TRY(mc_index_set_open(&set, options.indexes, n, error));
    MC_TRY(mc_entry_table_init(&entries, &set, NULL, error));
    MC_TRY(mc_draw_init(&d.draw, entries.hashes, result.counts, entries.firsts, set.n_entries, 0,
                        error));
    MC_TRY(write_subset(options.indexes, n, &d, error));
    options.target = MC_TARGET_THRESHOLD;
    result.threshold = options.threshold = d.t;
    result.totals.kept = d.n_kept;
    result.expected_size = mc_sum_value(&d.expected);
    result.expected_deviation = sqrt(mc_sum_value(&d.variance));
    mc_run_record record = {.command = "balance", .options = &options, .result = &result};
    return mc_run_record_write(&record, error);
}

static void make_copy(void) {
    char command[3 * MC_PATH_MAX];
    snprintf(command, sizeof command, "cat '%s'/matches/*.mcm | zstd -q -f -o '%s'/all.zst", folder,
             folder);
    check(system(command) == 0, "zstd failed");
}

static void prepare(size_t n_threads) {
    mc_error error = {0};
    (void)n_threads;
    bench_check(paper_match(&shape, folder, &error), &error);
    bench_check(balance(&error), &error);
    make_copy();
}

/* ---- what is measured ---- */

static mc_status survey(size_t n_threads, mc_audited *audited, mc_survey *s, mc_error *error) {
    static double series[MC_SERIES_MAX];
    static mc_audit_options options;
    mc_distribution counts;
    options = (mc_audit_options){.folder = folder, .n_threads = n_threads};
    MC_TRY(mc_audited_open(audited, &options, error));
    MC_TRY(mc_distribution_init(&counts, audited->counts, audited->set.n_entries, error));
    *s = (mc_survey){.thresholds = series,
                     .n_thresholds = mc_threshold_series(counts.largest, series)};
    mc_distribution_dispose(&counts);
    return mc_survey_run(s, audited, error);
}

static void run_survey(size_t n_threads) {
    mc_error error = {0};
    mc_audited audited;
    mc_survey s;
    bench_check(survey(n_threads, &audited, &s, &error), &error);
}

static void run_report(size_t n_threads) {
    mc_error error = {0};
    mc_audit_options options = {.folder = folder, .n_threads = n_threads};
    bench_check(mc_make_folder(path_of("report"), &error), &error);
    unsigned forms = MC_REPORT_JSON | MC_REPORT_HTML | MC_REPORT_CARD;
    bench_check(mc_audit_report(&options, path_of("report"), forms, &error), &error);
}

static void run_zstd(size_t n_threads) {
    char command[2 * MC_PATH_MAX];
    (void)n_threads;
    snprintf(command, sizeof command, "exec zstd -d -q -c '%s'/all.zst > /dev/null", folder);
    check(system(command) == 0, "zstd failed");
}

/* The survey against the draws of balancing. */
static void run_check(size_t n_threads) {
    mc_error error = {0};
    mc_audited audited;
    mc_survey s;
    bench_check(survey(n_threads, &audited, &s, &error), &error);
    check(s.n_matched == shape.n_texts, "pairs that match");
    check(s.n_kept == s.n_by_rule && s.n_differ == 0, "pairs kept are not those of the rules");
    for (size_t j = 0; j < s.n_thresholds; j += s.n_thresholds / 3 + 1) {
        drawing d = {.draw = audited.draw, .t = s.thresholds[j]};
        bench_check(draw_all(&d, &audited.set, &error), &error);
        double expected = mc_sum_value(&d.expected), deviation = sqrt(mc_sum_value(&d.variance));
        check(s.realised[j] == d.n_below, "a realised size");
        check(fabs(s.expected[j] - expected) <= 1e-9 * expected, "an expected size");
        check(fabs(s.deviations[j] - deviation) <= 1e-6 * deviation, "a deviation");
    }
}

/* ---- rounds ---- */

typedef struct measurement {
    const char *name;
    void (*run)(size_t n_threads);
    size_t n_threads;
    double seconds[ROUNDS_MAX];
    long peak; /* KiB */
} measurement;

/* Runs it in a process of its own; returns its seconds. */
static double run_apart(void (*run)(size_t n_threads), size_t n_threads, long *peak) {
    struct rusage usage;
    int status;
    fflush(stdout);
    double start = bench_seconds();
    pid_t child = fork();
    check(child >= 0, "no process");
    if (child == 0) {
        run(n_threads);
        _exit(0);
    }
    check(wait4(child, &status, 0, &usage) == child && status == 0, "a part failed");
    if (peak)
        *peak = usage.ru_maxrss > *peak ? usage.ru_maxrss : *peak;
    return bench_seconds() - start;
}

static int compare_seconds(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint64_t bytes_of_indexes(void) {
    uint64_t bytes = 0;
    char **paths;
    size_t n;
    mc_error error = {0};
    bench_check(paper_paths(&shape, path_of("matches"), &paths, &n, &error), &error);
    for (size_t i = 0; i < n; i++) {
        struct stat info;
        check(stat(paths[i], &info) == 0, "an index is missing");
        bytes += (uint64_t)info.st_size;
    }
    mc_free_paths(&paths, &n);
    return bytes;
}

int main(int argc, char **argv) {
    mc_error error = {0};
    if (argc < 3) {
        fprintf(stderr, "usage: audit FOLDER TEXTS [ROUNDS]\n");
        return 2;
    }
    folder = argv[1];
    size_t rounds = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 5;
    check(rounds >= 1 && rounds <= ROUNDS_MAX, "rounds must be from 1 to 99");
    bench_check(mc_parse_count(argv[2], &shape.n_texts, &error), &error);
    if (access(path_of("all.zst"), F_OK) != 0)
        run_apart(prepare, 0, NULL);
    size_t n_threads = mc_processor_count();
    run_apart(run_check, n_threads, NULL);

    measurement measured[] = {
        {.name = "zstd -d, to nowhere", .run = run_zstd, .n_threads = 1},
        {.name = "survey, one thread", .run = run_survey, .n_threads = 1},
        {.name = "survey", .run = run_survey, .n_threads = n_threads},
        {.name = "audit, one thread", .run = run_report, .n_threads = 1},
        {.name = "audit", .run = run_report, .n_threads = n_threads},
    };
    size_t n = sizeof measured / sizeof *measured;
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < n; i++)
            measured[i].seconds[round] =
                run_apart(measured[i].run, measured[i].n_threads, &measured[i].peak);
    double bytes = (double)bytes_of_indexes(), decompression = 0;
    printf("%" PRIu64 " texts, %.0f bytes of match indexes, %.1f a text; medians of %zu rounds, "
           "results checked\n",
           shape.n_texts, bytes, bytes / (double)shape.n_texts, rounds);
    for (size_t i = 0; i < n; i++) {
        qsort(measured[i].seconds, rounds, sizeof *measured[i].seconds, compare_seconds);
        double seconds = measured[i].seconds[rounds / 2];
        if (i == 0)
            decompression = seconds;
        printf(
            "%-22s %zu threads %7.2f s %7.1f M texts/s %7.2f GB/s %6.0f %% of zstd -d %6.0f MiB\n",
            measured[i].name, measured[i].n_threads, seconds, (double)shape.n_texts / seconds / 1e6,
            bytes / seconds / 1e9, 100 * decompression / seconds, (double)measured[i].peak / 1024);
    }
    return 0;
}
