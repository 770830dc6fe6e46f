#include "commands.h"
#include "job.h"

const command command_curate = {
    .name = "curate",
    .summary = "concept list and pool -> balanced pair index",
    .usage = "-m LIST -o FOLDER [-t N | --size N | --tail-share P] POOL ...",
    .help = "All of it: matches the pool (files, folders, globs, URLs, @lists, or - for standard "
            "input) and "
            "balances it.\nFOLDER then holds manifest.json, counts.npy, matches/, subset/, "
            "subset.jsonl.zst, report.json\nand rejects.jsonl.",
    .options = OPTIONS_METADATA | OPTIONS_POOL | OPTIONS_MATCH | OPTIONS_RUN | OPTIONS_DEDUP |
               OPTIONS_BALANCE | OPTIONS_PAIRS | OPTIONS_OUTPUT | OPTIONS_FOLDER | OPTIONS_THREADS |
               OPTIONS_CONSOLE,
    .run = job_curate,
};
