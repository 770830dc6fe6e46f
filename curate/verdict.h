/* What is said of a run that went through, and the exit code that goes with it. */
#ifndef CURATE_VERDICT_H
#define CURATE_VERDICT_H

#include "options.h"

/* Everything is borrowed. */
typedef struct verdict {
    const settings *s;
    const mc_totals *totals;
    const mc_error *first_reject; /* status MC_OK: none in this run */
    size_t n_shards;
    size_t n_failed;
    const char *ledger; /* the folder with rejects.jsonl; NULL: there is none */
} verdict;

/* Warns of rejected records, of a pool without records and of filters that leave nothing; says
 * which shards are missing. */
exit_code verdict_say(const verdict *v);

/* MC_E_IO when none of n_shards could be read. */
mc_status verdict_check_read(size_t n_shards, size_t n_failed, const mc_error *first,
                             mc_error *error);

#endif
