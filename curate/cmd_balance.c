#include "commands.h"
#include "job.h"

const command command_balance = {
    .name = "balance",
    .summary = "match indexes -> balanced pair index",
    .usage = "-o FOLDER [-t N | --size N | --tail-share P] MATCHED ...",
    .help = "Balances what match or curate left in the folders MATCHED (or single .mcm files), "
            "without\nmatching again: equal pairs are found over all of them and counts are taken "
            "anew. The pool is\nread again for the kept texts, unless they were kept in the index. "
            "-m is not needed; where it\nis given it must be the list that was matched.",
    .examples = "  metacurate balance -t 20k -o balanced matched\n"
                "  metacurate balance --size 10M --emit datacomp -o balanced crawl1 crawl2",
    .options = OPTIONS_METADATA | OPTIONS_BALANCE | OPTIONS_PAIRS | OPTIONS_DEDUP | OPTIONS_OUTPUT |
               OPTIONS_FOLDER | OPTIONS_THREADS | OPTIONS_CONSOLE,
    .run = job_balance,
};
