#include "commands.h"
#include "job.h"

const command command_match = {
    .name = "match",
    .summary = "pool -> match index and counts",
    .usage = "-m LIST -o FOLDER POOL ...",
    .help = "Finds the entries that occur in every text of the pool (files, folders, globs, URLs, "
            "@lists,\nor - for standard input) and writes FOLDER/matches/SHARD.mcm, counts.npy and "
            "manifest.json.\n`balance` takes such folders any number of times. With -o - it prints "
            "a line\n{\"record\":0,\"text\":0,\"matches\":[3,17]} for every text instead.",
    .examples = "  metacurate match -m list.json -o matched pool/*.jsonl.gz\n"
                "  echo 'a dog and a cat' | metacurate match -m list.json -o - -",
    .options = OPTIONS_METADATA | OPTIONS_POOL | OPTIONS_MATCH | OPTIONS_RUN | OPTIONS_PAIRS |
               OPTIONS_DEDUP | OPTIONS_OUTPUT | OPTIONS_FOLDER | OPTIONS_THREADS | OPTIONS_CONSOLE,
    .run = job_match,
};
