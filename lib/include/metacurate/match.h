/* Matching a pool: every text against a concept set, into one match index (.mcm) a shard. */
#ifndef METACURATE_MATCH_H
#define METACURATE_MATCH_H

#include <stdbool.h>

#include "metacurate/concepts.h"
#include "metacurate/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MC_MAX_REASONS 16 /* room for reasons of rejection; mc_reason_name names those in use */

/* The books of a pool or of a shard. Always:
 *   records = read + rejected
 *   texts   = empty + excluded + duplicates + unmatched + matched
 *   matched = kept + not kept (once balanced)
 * The filters of the pool exclude texts while they are read; those of balance, and duplicates, are
 * 0 until pairs are compared. */
typedef struct mc_totals {
    uint64_t records;
    uint64_t read;
    uint64_t rejected;
    uint64_t rejected_for[MC_MAX_REASONS]; /* by reason; sums up to rejected */
    uint64_t texts;
    uint64_t empty;
    uint64_t excluded;
    uint64_t excluded_for[MC_N_EXCLUSIONS]; /* by reason; sums up to excluded */
    uint64_t duplicates;
    uint64_t unmatched;
    uint64_t matched;
    uint64_t kept;
    uint64_t matches;  /* entry ids in the match sets of the matched texts */
    uint64_t replaced; /* ill-formed parts of texts that became U+FFFD */
    mc_crawl_totals crawl;
} mc_totals;

/* Name of a reason of rejection ("bad_json", ...); NULL at and past the last. */
const char *mc_reject_name(unsigned reason);

void mc_totals_add(mc_totals *sum, const mc_totals *more);

/* Whether url and text of every text are kept in the index. Without them the pool is read again for
 * the kept pairs. */
typedef enum mc_keep {
    MC_KEEP_AUTO, /* where reading again is impossible or dear: standard input, remote files, WARC
                     and WAT, tar */
    MC_KEEP_ALWAYS,
    MC_KEEP_NEVER
} mc_keep;

typedef struct mc_match_options {
    const mc_concepts *concepts;
    const mc_pool *pool;
    const char *folder; /* output folder; shards go to FOLDER/matches/NAME.mcm */
    size_t n_threads;   /* 0: one a processor */
    mc_keep keep_texts;
    bool resume; /* take finished shards of folder as they are */
    const mc_control *control;
} mc_match_options;

typedef struct mc_match_result {
    mc_totals totals;
    uint64_t *counts; /* matches of each entry over all texts, duplicates included; NULL when a
                         shard failed midway, so that they must be taken from the indexes */
    size_t n_counts;
    size_t n_shards;  /* with a match index: matched now or taken over */
    size_t n_resumed; /* of these, taken over */
    size_t n_failed;  /* shards that could not be opened or read; each was warned of */
    char *failures;   /* ledger lines (JSONL) of those, NULL when there are none */
    mc_error first_failure;
    mc_error first_reject; /* status MC_OK when no record was rejected in this run */
} mc_match_result;

/* Matches the pool. A shard's index appears whole or not at all. A damaged record is entered in its
 * shard's ledger; a shard that cannot be opened is reported in result and the others go on.
 * Resuming refuses (MC_E_MISMATCH) when metadata, rules, reading options or the content of a
 * finished shard's input have changed. When nothing was read and 10,000 records were rejected, the
 * run stops with MC_E_FORMAT and names the fields it saw. */
MC_MUST_CHECK mc_status mc_match_run(const mc_match_options *options, mc_match_result *result,
                                     mc_error *error);
void mc_match_result_dispose(mc_match_result *result);

/* Matches the pool and hands a line {"record":0,"text":0,"matches":[3,17]} for every text to write,
 * in input order (shard first). With more than one shard each line begins with "shard". totals (not
 * NULL) receives the books; rejected records are warned of. */
MC_MUST_CHECK mc_status mc_match_print(const mc_match_options *options,
                                       mc_status (*write)(void *context, const char *data,
                                                          size_t size, mc_error *error),
                                       void *context, mc_totals *totals, mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
