/* extract: a pool into lines of JSON. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "console.h"
#include "folder.h"
#include "inputs.h"
#include "job.h"
#include "summary.h"
#include "verdict.h"

typedef struct extraction {
    settings s;
    mc_pool *pool;
    mc_extract_result result;
} extraction;

static bool has_suffix(const char *text, const char *suffix) {
    size_t n = strlen(text), k = strlen(suffix);
    return n >= k && strcmp(text + n - k, suffix) == 0;
}

/* One stream of lines, in the order of the input: standard output, or a file. */
static bool is_stream(const settings *s) {
    return strcmp(s->output, "-") == 0 || has_suffix(s->output, ".jsonl.zst");
}

static mc_status check(const settings *s, mc_error *error) {
    MC_TRY(inputs_check_given(s, "extract", NULL, "-o FOLDER (or FILE.jsonl.zst, or -)",
                              "a POOL (files, folders, globs, URLs, @lists or -)", error));
    if (has_suffix(s->output, ".jsonl") || has_suffix(s->output, ".json"))
        return mc_fail(error, MC_E_ARGUMENT,
                       "one file of lines is compressed: call it %.200s.zst, or give a folder",
                       s->output);
    if (s->resume && s->overwrite)
        return mc_fail(error, MC_E_ARGUMENT, "--resume and --overwrite exclude each other");
    if (is_stream(s) && s->resume)
        return mc_fail(error, MC_E_ARGUMENT, "only a run into a folder can be resumed");
    if (is_stream(s) && s->dedup != MC_DEDUP_NONE)
        return mc_fail(error, MC_E_ARGUMENT,
                       "--dedup needs a folder for the output: duplicates are known at the end "
                       "only");
    return MC_OK;
}

static mc_status extract(extraction *e, mc_error *error) {
    const settings *s = &e->s;
    mc_extract_options options = {.pool = e->pool,
                                  .folder = s->output,
                                  .n_threads = s->threads,
                                  .dedup = s->dedup,
                                  .memory = s->memory,
                                  .resume = s->resume,
                                  .control = console_control()};
    if (strcmp(s->output, "-") == 0)
        return mc_extract_print(&options, console_write, NULL, &e->result, error);
    if (is_stream(s)) {
        MC_TRY(folder_check_file(s, error));
        return mc_extract_file(&options, s->output, &e->result, error);
    }
    MC_TRY(folder_prepare(s, FOLDER_EXTRACTED, error));
    MC_TRY(mc_extract_run(&options, &e->result, error));
    if (e->result.n_resumed > 0)
        console_note("%zu of %zu shards were finished before", e->result.n_resumed,
                     mc_pool_count(e->pool));
    return verdict_check_read(mc_pool_count(e->pool), e->result.n_failed, &e->result.first_failure,
                              error);
}

static exit_code judge(const extraction *e) {
    verdict v = {.s = &e->s,
                 .totals = &e->result.totals,
                 .first_reject = &e->result.first_reject,
                 .n_shards = mc_pool_count(e->pool),
                 .n_failed = e->result.n_failed,
                 .ledger = is_stream(&e->s) ? NULL : e->s.output};
    return verdict_say(&v);
}

static exit_code say_plan(const extraction *e) {
    job_say_pool(&e->s, e->pool);
    job_say_output(&e->s);
    return EXIT_DONE;
}

static exit_code run(const settings *s) {
    mc_error error = {0};
    extraction e = {.s = *s};
    if (!s->has_dedup)
        e.s.dedup = MC_DEDUP_NONE;
    double start = job_now();
    mc_status status = check(&e.s, &error);
    if (status == MC_OK)
        status = inputs_open(&e.s, &e.pool, &error);
    if (status == MC_OK && s->resume && job_reads_once(e.pool))
        status =
            mc_fail(&error, MC_E_ARGUMENT, "a run over standard input or a pipe cannot be resumed");
    if (status == MC_OK)
        inputs_warn(s, e.pool);
    if (status == MC_OK && !s->dry_run)
        status = extract(&e, &error);
    console_end_progress();
    exit_code code;
    if (status != MC_OK) {
        code = console_fail(&error);
    } else if (s->dry_run) {
        code = say_plan(&e);
    } else {
        if (strcmp(s->output, "-") != 0)
            summary_print_extracted(s, &e.result, job_now() - start);
        code = judge(&e);
    }
    mc_pool_free(e.pool);
    return code;
}

const command command_extract = {
    .name = "extract",
    .summary = "pool (WAT, WARC, ...) -> lines of JSON",
    .usage = "-o FOLDER|FILE.jsonl.zst|- POOL ...",
    .help = "Reads a pool (files, folders, globs, URLs, @lists, or - for standard input) and "
            "writes a line of\nJSON for every image link with its texts: FOLDER/pairs/"
            "SHARD.jsonl.zst, manifest.json and\nrejects.jsonl; or all lines in input order to one "
            "file or, with -o -, to standard output. The\nlines are a pool again, with the same "
            "uids and texts. match and curate read crawls directly,\nwithout this step.",
    .examples =
        "  metacurate extract -o out pool/*.warc.gz\n"
        "  metacurate extract --lid cld2 -o out --base https://data.commoncrawl.org/ @wat.paths.gz",
    .options = OPTIONS_EXTRACT | OPTIONS_POOL | OPTIONS_RUN | OPTIONS_DEDUP | OPTIONS_OUTPUT |
               OPTIONS_FOLDER | OPTIONS_THREADS | OPTIONS_CONSOLE,
    .run = run,
};
