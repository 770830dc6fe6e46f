/* The options of the program: one table says how each is spelled, read and explained. */
#ifndef CURATE_OPTIONS_H
#define CURATE_OPTIONS_H

#include <stdbool.h>

#include "metacurate.h"

/* Groups of options; a command takes some of them. */
enum {
    OPTIONS_METADATA = 1,      /* -m, --rules */
    OPTIONS_POOL = 2,          /* how records are read */
    OPTIONS_MATCH = 4,         /* --keep-texts, --no-keep-texts */
    OPTIONS_BALANCE = 8,       /* threshold, size, seed, ... */
    OPTIONS_PAIRS = 16,        /* --only, --exclude: what match needs to count */
    OPTIONS_OUTPUT = 32,       /* -o */
    OPTIONS_FOLDER = 64,       /* --overwrite, --dry-run */
    OPTIONS_THREADS = 128,     /* -j */
    OPTIONS_CONSOLE = 256,     /* --quiet, --log-json */
    OPTIONS_BUILD = 512,       /* recipe, sources, parameters of the recipe */
    OPTIONS_LINES = 1024,      /* --lines */
    OPTIONS_FILE = 2048,       /* --overwrite alone */
    OPTIONS_DEDUP = 4096,      /* --dedup, --memory */
    OPTIONS_RUN = 8192,        /* --max-rejects, --resume: runs over a pool */
    OPTIONS_SHOW = 16384,      /* --json, --all */
    OPTIONS_EXPORT = 32768,    /* --as */
    OPTIONS_AUDIT = 65536,     /* questions to a run */
    OPTIONS_TAKEDOWN = 131072, /* what is to go */
    OPTIONS_JSON = 262144,     /* --json */
    OPTIONS_RUNS = 524288,     /* --matches: where a run's indexes are */
    OPTIONS_EXTRACT = 1048576  /* --dedup of extract; bits from 24 on are options.c's */
};

/* Inputs that are named by options, any number of each. */
typedef enum file_kind {
    FILE_OMW,
    FILE_WIKIPEDIA,
    FILE_TEXT,
    FILE_NGRAMS,
    FILE_PAGEVIEWS,
    FILE_UIDS, /* no files these two: what takedown is asked for */
    FILE_HOSTS,
    FILE_KINDS
} file_kind;

/* A parameter of the recipe that an option changes. */
typedef struct parameter_change {
    const char *name, *value;
} parameter_change;
#define MAX_CHANGES 32

/* Everything the options can set, with its default. */
typedef struct settings {
    const char *metadata;
    const char *rules;
    const char *output;
    mc_pool_options pool;
    bool has_lid;
    mc_keep keep_texts;
    bool resume;
    bool overwrite;
    bool dry_run;
    bool has_max_rejects;
    uint64_t max_rejects;
    mc_target target;
    bool has_target;
    double threshold;
    uint64_t size;
    double tail_share;
    uint64_t seed;
    mc_dedup dedup;
    bool has_dedup;
    const char *only;
    const char *exclude;
    const char *counts;
    unsigned emit;
    uint64_t memory;
    size_t threads;
    bool quiet;
    bool log_json;
    const char *recipe;
    const char *wordnet;
    const char *without;
    bool no_numbers;
    const char *project;
    const char *folder;
    parameter_change changes[MAX_CHANGES];
    size_t n_changes;
    const char *form;
    bool json;
    bool all;
    bool lines;
    bool no_report;
    bool forecast;
    bool compare;
    const char *matches;
    const char *explain;
    const char *entry;
    const char *coverage;
    const char *url;
    size_t samples;
    unsigned forms;         /* of the report */
    const char *thresholds; /* lists of numbers */
    const char *sizes;
    const char *tail_shares;
    const char *uid_file;
    const char *url_file;
    const char **inputs; /* what is no option; borrowed from argv */
    size_t n_inputs;
    const char **files[FILE_KINDS]; /* borrowed likewise; in the memory of inputs */
    size_t n_files[FILE_KINDS];
} settings;

typedef enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_REJECTS = 3,
    EXIT_INTERRUPTED = 130
} exit_code;

/* A subcommand. */
typedef struct command {
    const char *name;
    const char *summary;  /* one line for the list of commands */
    const char *usage;    /* what follows "metacurate NAME" */
    const char *help;     /* a paragraph or two */
    const char *examples; /* lines that begin with two spaces, or NULL */
    unsigned options;
    exit_code (*run)(const settings *s);
} command;

/* Reads the arguments after the command's name. False when the program is to end at once, with the
 * code in *code: help was asked for and printed, or the usage is wrong and was explained. Free
 * inputs with free(). */
bool options_read(const command *command, int argc, char **argv, settings *out, exit_code *code);

void options_print_help(const command *command);

#endif
