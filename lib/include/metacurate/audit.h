/* What a run says of itself: manifest.json, report.json, rejects.jsonl; and any file as JSON. */
#ifndef METACURATE_AUDIT_H
#define METACURATE_AUDIT_H

#include "metacurate/balance.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A run, as its manifest describes it. Everything is borrowed. */
typedef struct mc_run_record {
    const char *command;       /* "match", "balance" or "curate" */
    const char *metadata_path; /* as given; NULL when balancing took entries from the indexes */
    uint32_t n_repeated;       /* of the concept set */
    uint32_t n_dead;
    const mc_balance_options *options; /* indexes, target, seed, ...; folder is where to write */
    const mc_balance_result *result;
    const char *failures; /* ledger lines of shards that could not be read, or NULL */
    size_t n_failed;
} mc_run_record;

/* Writes manifest.json and, when something was balanced, report.json, and rejects.jsonl: the
 * ledgers of all indexes, in order, and the failures. */
MC_MUST_CHECK mc_status mc_run_record_write(const mc_run_record *record, mc_error *error);

/* Paths of the match indexes of a folder that match or curate wrote, in the order of its manifest.
 * The caller frees each and the array with free(). MC_E_FORMAT when there is no whole manifest. */
MC_MUST_CHECK mc_status mc_find_indexes(const char *folder, char ***paths, size_t *n,
                                        mc_error *error);

/* Hands a description of any file metacurate writes to write, as one JSON document and a line end;
 * with lines, the texts of a match index or the entries of a compiled list as JSON lines instead.
 * MC_E_FORMAT for a file that is none or is damaged. */
MC_MUST_CHECK mc_status mc_inspect(const char *path, bool lines,
                                   mc_status (*write)(void *context, const char *data, size_t size,
                                                      mc_error *error),
                                   void *context, mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
