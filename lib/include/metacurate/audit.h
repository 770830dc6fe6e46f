/* Looking at a run: what it says of itself (manifest.json, rejects.jsonl), the report of how a pool
 * and its subset are distributed over their concepts, forecasts, comparisons, explanations; and any
 * file as JSON. docs/audit.md teaches it; docs/report.schema.json describes report.json. */
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
    uint32_t n_repeated;       /* of the concept set; not known without list and path */
    uint32_t n_dead;
    const mc_balance_options *options; /* indexes, target, seed, ...; folder is where to write */
    const mc_balance_result *result;
    const char *failures; /* ledger lines of shards that could not be read, or NULL */
    size_t n_failed;
} mc_run_record;

/* Writes rejects.jsonl, the ledgers of all indexes, in order, and the failures; and, last,
 * manifest.json. */
MC_MUST_CHECK mc_status mc_run_record_write(const mc_run_record *record, mc_error *error);

/* Paths of the match indexes of a folder that match, balance or curate wrote, in the order of its
 * manifest: where that says, or, with matches not NULL, in that folder. The caller frees each and
 * the array with free(). MC_E_FORMAT when there is no whole manifest. */
MC_MUST_CHECK mc_status mc_find_indexes(const char *folder, const char *matches, char ***paths,
                                        size_t *n, mc_error *error);
/* The concept list that a folder's manifest names, *path, which the caller frees (NULL: none), and
 * its digest ("": none). */
MC_MUST_CHECK mc_status mc_find_metadata(const char *folder, char **path, char digest[33],
                                         mc_error *error);

/* --- audits ------------------------------------------------------------------------------------
 *
 * All of these look at a folder that match, balance or curate wrote, and at the match indexes that
 * its manifest names. Those that answer a question give it as a JSON document (text, compact, ended
 * by a line feed) in *json, which the caller frees; docs/formats.md has their members. Answers
 * depend on neither threads nor memory. MC_E_FORMAT when the folder is no finished run or a file of
 * it is damaged; MC_E_MISMATCH when files do not belong together. */

/* Where entries come from: names[of[id]] is the source of entry id; UINT16_MAX: not known. */
typedef struct mc_audit_sources {
    const char *const *names;
    size_t n_names;
    const uint16_t *of; /* one an entry */
} mc_audit_sources;

/* Everything is borrowed for the call. */
typedef struct mc_audit_options {
    const char *folder;
    const char *const *indexes; /* .mcm files, where they are not (any more) where the manifest
                                   says; or NULL */
    size_t n_indexes;
    const mc_concepts *concepts;     /* or NULL: entries that match nothing then have no string */
    const mc_audit_sources *sources; /* or NULL */
    const char *reader; /* the reader command that may be run to read a pool again; or NULL */
    uint64_t memory;    /* bytes to use at most, about; 0: 512 MiB */
    size_t n_threads;   /* 0: one a processor */
    const mc_control *control;
} mc_audit_options;

/* Forms of the report, to be or-ed. */
enum {
    MC_REPORT_JSON = 1, /* report.json */
    MC_REPORT_HTML = 2, /* report.html and, for long lists, report-entries.js beside it */
    MC_REPORT_CARD = 4  /* card.md */
};

/* Reports on a run into folder (NULL: the run's own). Each file appears whole or not at all. */
MC_MUST_CHECK mc_status mc_audit_report(const mc_audit_options *options, const char *folder,
                                        unsigned forms, mc_error *error);

/* What a forecast is asked for. */
typedef struct mc_forecast_options {
    const double *thresholds; /* sizes at these t */
    size_t n_thresholds;
    const uint64_t *sizes; /* the t for these sizes */
    size_t n_sizes;
    const double *tail_shares; /* the t for these tail shares */
    size_t n_tail_shares;
    uint64_t seed;
} mc_forecast_options;

/* Sizes before anything is balanced, in one pass over the match indexes. Without any question: the
 * series 1, 2, 5, 10, ... up to the largest count. */
MC_MUST_CHECK mc_status mc_audit_forecast(const mc_audit_options *options,
                                          const mc_forecast_options *forecast, char **json,
                                          mc_error *error);

/* Compares two runs: their pools' distributions over entries and, where both were balanced, their
 * subsets'; with b NULL, a's pool with a's subset. Entries meet by their strings. With folder not
 * NULL, comparison.json and comparison.html are written there, too. */
MC_MUST_CHECK mc_status mc_audit_compare(const mc_audit_options *a, const mc_audit_options *b,
                                         const char *folder, char **json, mc_error *error);

/* Why the pairs of an image are in or out: each of its texts. uid has 32 hex digits, or 24.
 * MC_E_ARGUMENT when no text of the indexes has it. */
MC_MUST_CHECK mc_status mc_audit_explain_uid(const mc_audit_options *options, const char *uid,
                                             char **json, mc_error *error);
/* The same of a text that need not be in the pool, as the text of an image with that URL (NULL:
 * with none, so that its uid follows from the text). */
MC_MUST_CHECK mc_status mc_audit_explain_text(const mc_audit_options *options, mc_bytes text,
                                              const char *url, char **json, mc_error *error);

/* One entry: counts, rank, probability, and up to n_samples of its texts that were kept and of
 * those that were not, chosen by a hash. MC_E_ARGUMENT when the list does not hold it. */
MC_MUST_CHECK mc_status mc_audit_entry(const mc_audit_options *options, mc_bytes entry,
                                       size_t n_samples, char **json, mc_error *error);

/* Which of the class names in a file (one a line) are entries, and their counts. */
MC_MUST_CHECK mc_status mc_audit_coverage(const mc_audit_options *options, const char *path,
                                          char **json, mc_error *error);

/* --- taking down ------------------------------------------------------------------------------ */

/* Which images go. Everything is borrowed. */
typedef struct mc_takedown_request {
    const char *const *uids; /* each 24 or 32 hex digits */
    size_t n_uids;
    const char *const *hosts; /* and all their subdomains */
    size_t n_hosts;
    const char *url_file; /* URLs, one a line; or NULL */
    const char *uid_file; /* uids, one a line (or JSON lines with "uid"); or NULL */
} mc_takedown_request;

/* Takes images out of a run's subset: lists their uids beside the match indexes (takedown.jsonl),
 * which every later balancing of these indexes honours; rewrites what of the subset holds them,
 * each file whole or not at all; and adds a line to the folder's changes.jsonl. URLs and hosts are
 * looked for in the whole pool, not in the subset alone. A run that was killed is finished by the
 * next call, which may have an empty request. */
MC_MUST_CHECK mc_status mc_takedown(const mc_audit_options *options,
                                    const mc_takedown_request *request, char **json,
                                    mc_error *error);

/* --- files ------------------------------------------------------------------------------------ */

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
