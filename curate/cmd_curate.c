#include "commands.h"
#include "job.h"

const command command_curate = {
    .name = "curate",
    .summary = "concept list and pool -> balanced pair index",
    .usage = "-m LIST -o FOLDER [-t N | --size N | --tail-share P] POOL ...",
    .help =
        "All of it: matches the pool (files, folders, globs, URLs, @lists, or - for standard "
        "input)\nand balances it. FOLDER then holds the kept pairs (subset.jsonl.zst, subset/), "
        "the counts of the\nentries (counts.npy), match indexes (matches/, which balance and "
        "audit take), dropped.npy,\nreport.html, report.json, rejects.jsonl, run.json and, last, "
        "manifest.json.",
    .examples = "  metacurate curate -m list.json -t 20k -o out pool/*.jsonl.gz\n"
                "  metacurate curate -m list.json --size 10M --lang en -o out \\\n"
                "      --base https://data.commoncrawl.org/ @wat.paths.gz",
    .options = OPTIONS_METADATA | OPTIONS_POOL | OPTIONS_MATCH | OPTIONS_RUN | OPTIONS_DEDUP |
               OPTIONS_BALANCE | OPTIONS_PAIRS | OPTIONS_OUTPUT | OPTIONS_FOLDER | OPTIONS_THREADS |
               OPTIONS_CONSOLE,
    .run = job_curate,
};
