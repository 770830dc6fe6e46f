/* The flow of a run: list, pool, match, balance, record. */
#include "job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "concept_list.h"
#include "console.h"
#include "folder.h"
#include "inputs.h"
#include "summary.h"
#include "verdict.h"

typedef struct job {
    const char *command;
    settings s; /* a copy, with the defaults that depend on the input filled in */
    concept_list list;
    mc_pool *pool;
    mc_match_result match;
    char **indexes;
    size_t n_indexes;
    mc_balance_result result;
    double match_seconds, balance_seconds;
} job;

double job_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void dispose(job *j) {
    for (size_t i = 0; i < j->n_indexes; i++)
        free(j->indexes[i]);
    free(j->indexes);
    mc_balance_result_dispose(&j->result);
    mc_match_result_dispose(&j->match);
    mc_pool_free(j->pool);
    concept_list_close(&j->list);
}

bool job_reads_once(const mc_pool *pool) {
    struct stat info;
    for (size_t i = 0; i < mc_pool_count(pool); i++) {
        const char *path = mc_pool_path(pool, i);
        if (strcmp(path, "-") == 0 || (stat(path, &info) == 0 && !S_ISREG(info.st_mode)))
            return true;
    }
    return false;
}

static mc_status open_list(job *j, mc_error *error) {
    MC_TRY(concept_list_open(&j->list, j->s.metadata, j->s.rules, error));
    concept_list_warn(&j->list, j->s.metadata);
    return MC_OK;
}

static mc_status open_pool(job *j, mc_error *error) {
    MC_TRY(inputs_open(&j->s, &j->pool, error));
    if (job_reads_once(j->pool)) {
        if (j->s.resume)
            return mc_fail(error, MC_E_ARGUMENT,
                           "a run over standard input or a pipe cannot be resumed");
        if (j->s.keep_texts == MC_KEEP_NEVER)
            return mc_fail(error, MC_E_ARGUMENT,
                           "standard input and pipes cannot be read again: leave --no-keep-texts");
        j->s.keep_texts = MC_KEEP_ALWAYS;
    }
    inputs_warn(&j->s, j->pool);
    return MC_OK;
}

static mc_match_options match_options(const job *j) {
    return (mc_match_options){.concepts = j->list.concepts,
                              .pool = j->pool,
                              .folder = j->s.output,
                              .n_threads = j->s.threads,
                              .keep_texts = j->s.keep_texts,
                              .resume = j->s.resume,
                              .control = console_control()};
}

static mc_balance_options balance_options(const job *j) {
    const settings *s = &j->s;
    return (mc_balance_options){.indexes = (const char *const *)j->indexes,
                                .n_indexes = j->n_indexes,
                                .concepts = j->list.concepts,
                                .counts = j->match.counts,
                                .folder = s->output,
                                .target = s->target,
                                .threshold = s->threshold,
                                .size = s->size,
                                .tail_share = s->tail_share,
                                .seed = s->seed,
                                .dedup = s->dedup,
                                .only = s->only,
                                .exclude = s->exclude,
                                .counts_file = s->counts,
                                .memory = s->memory,
                                .n_threads = s->threads,
                                .emit = s->emit,
                                .reader = s->pool.reader,
                                .control = console_control()};
}

static mc_status add_index(job *j, char *path, mc_error *error) {
    char **grown = path ? realloc(j->indexes, (j->n_indexes + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(path);
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    }
    j->indexes = grown;
    j->indexes[j->n_indexes++] = path;
    return MC_OK;
}

/* The indexes that matching left, in the order of the pool. */
static mc_status list_matched(job *j, mc_error *error) {
    for (size_t i = 0; i < mc_pool_count(j->pool); i++) {
        char path[4096];
        struct stat info;
        int n =
            snprintf(path, sizeof path, "%s/matches/%s.mcm", j->s.output, mc_pool_name(j->pool, i));
        if (n < (int)sizeof path && stat(path, &info) == 0)
            MC_TRY(add_index(j, strdup(path), error));
    }
    return MC_OK;
}

/* What balance was given: a single index, or else a folder. */
static mc_status check_matched(const char *path, bool *is_index, mc_error *error) {
    struct stat info;
    size_t size = strlen(path);
    const char *problem = NULL;
    *is_index = false;
    if (stat(path, &info) < 0)
        problem = strerror(errno);
    else if (!S_ISDIR(info.st_mode))
        *is_index = size > 4 && strcmp(path + size - 4, ".mcm") == 0;
    if (problem)
        mc_fail(error, MC_E_IO, "cannot be found: %s", problem);
    else if (!*is_index && !S_ISDIR(info.st_mode))
        mc_fail(error, MC_E_FORMAT,
                "is no match index (.mcm): name a folder that match or curate wrote");
    else
        return MC_OK;
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return problem ? MC_E_IO : MC_E_FORMAT;
}

/* The indexes of the folders (or single .mcm files) that balance was given. */
static mc_status list_given(job *j, mc_error *error) {
    for (size_t i = 0; i < j->s.n_inputs; i++) {
        char **paths;
        size_t n;
        bool is_index;
        MC_TRY(check_matched(j->s.inputs[i], &is_index, error));
        if (is_index) {
            MC_TRY(add_index(j, strdup(j->s.inputs[i]), error));
            continue;
        }
        MC_TRY(mc_find_indexes(j->s.inputs[i], NULL, &paths, &n, error));
        mc_status status = MC_OK;
        for (size_t k = 0; k < n; k++) {
            if (status == MC_OK)
                status = add_index(j, paths[k], error);
            else
                free(paths[k]);
        }
        free(paths);
        MC_TRY(status);
    }
    return MC_OK;
}

static mc_status match(job *j, mc_error *error) {
    double start = job_now();
    mc_match_options options = match_options(j);
    MC_TRY(mc_match_run(&options, &j->match, error));
    j->match_seconds = job_now() - start;
    if (j->match.n_resumed > 0)
        console_note("%zu of %zu shards were finished before", j->match.n_resumed,
                     mc_pool_count(j->pool));
    MC_TRY(verdict_check_read(mc_pool_count(j->pool), j->match.n_failed, &j->match.first_failure,
                              error));
    return list_matched(j, error);
}

/* report.html and report.json of what was balanced. */
static mc_status report(const job *j, mc_error *error) {
    if (j->s.no_report || j->s.target == MC_TARGET_COUNTS)
        return MC_OK;
    mc_audit_options options = {.folder = j->s.output,
                                .indexes = (const char *const *)j->indexes,
                                .n_indexes = j->n_indexes,
                                .concepts = j->list.concepts,
                                .sources = j->list.sources.of ? &j->list.sources : NULL,
                                .memory = j->s.memory,
                                .n_threads = j->s.threads,
                                .control = console_control()};
    return mc_audit_report(&options, NULL, MC_REPORT_JSON | MC_REPORT_HTML, error);
}

static mc_status balance(job *j, mc_error *error) {
    double start = job_now();
    mc_balance_options options = balance_options(j);
    mc_status status = mc_balance_run(&options, &j->result, error);
    if (status == MC_E_IO && strcmp(error->file, "work file") == 0) /* without a name of its own */
        snprintf(error->file, sizeof error->file, "%.400s: a work file in it", j->s.output);
    MC_TRY(status);
    j->balance_seconds = job_now() - start;
    console_end_progress();
    if (j->result.fewer_than_asked)
        console_warn("only %llu pairs match, fewer than --size asks for: all of them are kept",
                     (unsigned long long)j->result.totals.matched);
    mc_run_record record = {.command = j->command,
                            .metadata_path = j->s.metadata,
                            .options = &options,
                            .result = &j->result,
                            .failures = j->match.failures,
                            .n_failed = j->match.n_failed};
    if (j->list.concepts) {
        record.n_repeated = mc_concepts_repeated(j->list.concepts);
        record.n_dead = mc_concepts_dead(j->list.concepts);
    }
    MC_TRY(summary_write_run(&j->s, j->command, j->match_seconds, j->balance_seconds, error));
    MC_TRY(mc_run_record_write(&record, error));
    MC_TRY(report(j, error));
    console_end_progress();
    summary_print(&j->s, &j->result, j->match.n_failed, j->match_seconds + j->balance_seconds);
    return MC_OK;
}

/* The exit code of a run that went through. */
static exit_code judge(const job *j) {
    verdict v = {.s = &j->s,
                 .totals = &j->result.totals,
                 .first_reject = &j->match.first_reject,
                 .n_shards = j->pool ? mc_pool_count(j->pool) : j->n_indexes,
                 .n_failed = j->match.n_failed,
                 .ledger = j->s.output};
    return verdict_say(&v);
}

/* 1 GB is a billion bytes here, as on disks. */
static void say_size(uint64_t bytes) {
    if (bytes >= 1000000000)
        printf("%.1f GB", (double)bytes / 1e9);
    else if (bytes >= 1000000)
        printf("%.1f MB", (double)bytes / 1e6);
    else
        printf("%.1f kB", (double)bytes / 1e3);
}

/* What a shard is taken for; nothing of what is dear to open, or can be opened only once. */
static void say_shard(const settings *s, const mc_pool *pool, size_t i) {
    mc_pool_look look;
    mc_error error = {0};
    struct stat info;
    char text[1200];
    const char *path = mc_pool_path(pool, i);
    printf("  %s -> %s", path, mc_pool_name(pool, i));
    if (i < INPUTS_LOOKED_AT && !s->pool.reader && stat(path, &info) == 0 &&
        S_ISREG(info.st_mode)) {
        mc_status status = mc_pool_look_at(&look, pool, i, true, &error);
        if (status != MC_OK)
            printf("\n      cannot be read: %s", mc_error_text(&error, text, sizeof text));
        else if (look.text[0])
            printf("\n      %s, first text: %s", mc_format_name(look.format), look.text);
        else
            printf("\n      %s%s%s", mc_format_name(look.format),
                   look.reject[0] ? ", the first record is rejected: " : "", look.reject);
    }
    printf("\n");
}

void job_say_pool(const settings *s, const mc_pool *pool) {
    size_t n = mc_pool_count(pool);
    printf("pool: %zu shard%s, ", n, n == 1 ? "" : "s");
    say_size(mc_pool_size(pool));
    printf(" as stored\n");
    for (size_t i = 0; i < n; i++)
        say_shard(s, pool, i);
}

void job_say_output(const settings *s) {
    printf("output: %s%s\nnothing was done (--dry-run)\n", s->output,
           folder_is_refused(s) ? " (is not empty: --overwrite or --resume will be needed)" : "");
}

static exit_code say_plan(const job *j) {
    if (j->pool)
        job_say_pool(&j->s, j->pool);
    else
        printf("match indexes: %zu\n", j->n_indexes);
    if (j->list.concepts)
        printf("metadata: %u entries (%u repeated, %u that can never match), rules %s\n",
               mc_concepts_count(j->list.concepts), mc_concepts_repeated(j->list.concepts),
               mc_concepts_dead(j->list.concepts),
               mc_rules_name(mc_concepts_rules(j->list.concepts)));
    switch (j->s.target) {
    case MC_TARGET_THRESHOLD:
        printf("target: threshold %g\n", j->s.threshold);
        break;
    case MC_TARGET_SIZE:
        printf("target: %llu pairs\n", (unsigned long long)j->s.size);
        break;
    case MC_TARGET_TAIL_SHARE:
        printf("target: tail share %g\n", j->s.tail_share);
        break;
    case MC_TARGET_COUNTS:
        printf("target: counts\n");
        break;
    }
    job_say_output(&j->s);
    return EXIT_DONE;
}

static const char a_pool[] = "a POOL (files, folders, globs, URLs, @lists or -)";

static mc_status check_output(const job *j, mc_error *error) {
    if (strcmp(j->s.output, "-") == 0)
        return mc_fail(error, MC_E_ARGUMENT, "%s cannot write to standard output: -o FOLDER",
                       j->command);
    if (j->s.resume && j->s.overwrite)
        return mc_fail(error, MC_E_ARGUMENT, "--resume and --overwrite exclude each other");
    return MC_OK;
}

static exit_code end(job *j, mc_status status, const mc_error *error) {
    exit_code code;
    if (status != MC_OK)
        code = console_fail(error);
    else
        code = j->s.dry_run ? say_plan(j) : judge(j);
    dispose(j);
    return code;
}

/* match and curate. */
static exit_code run_on_pool(const settings *s, const char *name, mc_target target) {
    mc_error error = {0};
    job j = {.command = name, .s = *s};
    j.s.target = target;
    mc_status status = inputs_check_given(s, name, "-m LIST", "-o FOLDER", a_pool, &error);
    if (status == MC_OK)
        status = check_output(&j, &error);
    if (status == MC_OK)
        status = open_list(&j, &error);
    if (status == MC_OK)
        status = open_pool(&j, &error);
    if (status == MC_OK)
        status = inputs_check_files(&j.s, &error);
    if (status == MC_OK && !j.s.dry_run) {
        status = folder_prepare(&j.s, FOLDER_MATCHED, &error);
        if (status == MC_OK)
            status = match(&j, &error);
        if (status == MC_OK)
            status = balance(&j, &error);
    }
    return end(&j, status, &error);
}

/* match -o -: lines on standard output, no files. */
static exit_code print_matches(const settings *s) {
    mc_error error = {0};
    mc_totals totals = {0};
    job j = {.command = "match", .s = *s};
    mc_status status = inputs_check_given(s, "match", "-m LIST", NULL, a_pool, &error);
    if (status == MC_OK)
        status = open_list(&j, &error);
    if (status == MC_OK)
        status = open_pool(&j, &error);
    if (status == MC_OK) {
        mc_match_options options = match_options(&j);
        status = mc_match_print(&options, console_write, NULL, &totals, &error);
    }
    exit_code code = status == MC_OK ? EXIT_DONE : console_fail(&error);
    if (status == MC_OK && s->has_max_rejects && totals.rejected > s->max_rejects)
        code = EXIT_REJECTS;
    console_end_progress();
    dispose(&j);
    return code;
}

exit_code job_match(const settings *s) {
    if (s->output && strcmp(s->output, "-") == 0)
        return print_matches(s);
    return run_on_pool(s, "match", MC_TARGET_COUNTS);
}

exit_code job_curate(const settings *s) {
    return run_on_pool(s, "curate", s->target);
}

exit_code job_balance(const settings *s) {
    mc_error error = {0};
    job j = {.command = "balance", .s = *s};
    mc_status status = inputs_check_given(s, "balance", NULL, "-o FOLDER",
                                          "a folder that match or curate wrote", &error);
    if (status == MC_OK)
        status = check_output(&j, &error);
    if (status == MC_OK && s->metadata)
        status = open_list(&j, &error);
    if (status == MC_OK)
        status = list_given(&j, &error);
    if (status == MC_OK && !s->only) /* a part of the pool may be all that is left of it */
        status = mc_balance_check_pool((const char *const *)j.indexes, j.n_indexes, s->pool.reader,
                                       &error);
    if (status == MC_OK)
        status = inputs_check_files(&j.s, &error);
    if (status == MC_OK && !s->dry_run) {
        status = folder_prepare(&j.s, FOLDER_BALANCED, &error);
        if (status == MC_OK)
            status = balance(&j, &error);
    }
    return end(&j, status, &error);
}
