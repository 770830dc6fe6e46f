/* Balancing: from match indexes to a balanced pair index.
 *
 * Everything is a function of (pairs, metadata, rules, threshold, seed): the order of the shards,
 * the number of threads and the machine change nothing. docs/rules.md states the rules.
 */
#ifndef METACURATE_BALANCE_H
#define METACURATE_BALANCE_H

#include "metacurate/match.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MC_MEMORY_DEFAULT (512ull << 20)

typedef enum mc_target {
    MC_TARGET_THRESHOLD,  /* keep at threshold t */
    MC_TARGET_SIZE,       /* keep exactly so many pairs */
    MC_TARGET_TAIL_SHARE, /* keep at the threshold whose tail share is nearest */
    MC_TARGET_COUNTS      /* only compare pairs and count */
} mc_target;

typedef enum mc_dedup {
    MC_DEDUP_PAIR, /* equal pairs count once */
    MC_DEDUP_NONE, /* copies count and share a draw */
    MC_DEDUP_URL,  /* one text an image: of its pairs the one with the smallest text_hash */
    MC_DEDUP_TEXT  /* one image a text: of its pairs the one with the smallest uid */
} mc_dedup;

/* "pair", "none", "url", "text". */
const char *mc_dedup_name(mc_dedup dedup);
MC_MUST_CHECK mc_status mc_dedup_parse(const char *name, mc_dedup *out, mc_error *error);

/* Extra layouts, to be or-ed. */
enum { MC_EMIT_TSV = 1, MC_EMIT_DATACOMP = 2, MC_EMIT_METACLIP = 4 };

typedef struct mc_balance_options {
    const char *const *indexes; /* paths of .mcm files, in the order of the pool */
    size_t n_indexes;
    const mc_concepts *concepts; /* or NULL: entries are taken from the indexes */
    const uint64_t *counts; /* of all texts of the indexes, as mc_match_run gives them; or NULL */
    const char *folder;     /* output folder */
    mc_target target;
    double threshold;  /* > 0, may be infinite */
    uint64_t size;     /* > 0 */
    double tail_share; /* 0 to 1 */
    uint64_t seed;
    mc_dedup dedup;
    const char *only;        /* file of uids: pairs of other images are excluded; or NULL */
    const char *exclude;     /* file of uids: pairs of these images are excluded; or NULL */
    const char *counts_file; /* .npy: draw against these counts; or NULL */
    uint64_t memory;         /* bytes to use at most, about; 0: 512 MiB */
    size_t n_threads;        /* 0: one a processor */
    unsigned emit;
    const char *reader; /* the reader command that may be run to read a pool again; or NULL */
    const mc_control *control;
} mc_balance_options;

/* An entry in a summary. */
typedef struct mc_top_entry {
    uint32_t id;
    uint64_t before; /* matched pairs that hold it */
    uint64_t after;  /* kept ones */
    char *entry;     /* its string, NUL-terminated for printing; NUL bytes in it are shown as '?' */
} mc_top_entry;

#define MC_TOP_ENTRIES 20

/* The last pair that --size kept, in the order of (key, uid, text_hash). */
typedef struct mc_last_pair {
    bool known; /* false where a threshold decided, or all were kept */
    double key;
    char uid[33];
    uint64_t text_hash;
    uint64_t ordinal; /* of the text over all indexes; tells copies apart */
} mc_last_pair;

typedef struct mc_balance_result {
    mc_totals totals;
    uint32_t n_entries;
    uint64_t *counts;       /* c_e over the pairs; n_entries */
    uint64_t *counts_after; /* over the kept pairs */
    double threshold;       /* t: given, found for the tail share, or for --size the smallest key
                               left out (infinite when all are kept) */
    mc_last_pair last;
    double tail_share;    /* t_to_p(t) */
    double expected_size; /* over the draws */
    double expected_deviation;
    uint32_t n_head;                  /* entries with a count of at least t */
    uint32_t n_tail;                  /* entries with a count of at least 1 and below t */
    uint32_t n_never;                 /* entries without a match */
    bool fewer_than_asked;            /* fewer pairs match than --size asks for: all are kept */
    mc_top_entry top[MC_TOP_ENTRIES]; /* by count, then id */
    size_t n_top;
} mc_balance_result;

/* Balances and writes into folder: counts.npy, dropped.npy, subset/, subset.jsonl.zst and what emit
 * asks for (with MC_TARGET_COUNTS the first two only). Each file appears whole or not at all.
 * MC_E_MISMATCH when the indexes differ in metadata or rules, or when a kept text is not found
 * again in the pool as it was matched. */
MC_MUST_CHECK mc_status mc_balance_run(const mc_balance_options *options, mc_balance_result *result,
                                       mc_error *error);
void mc_balance_result_dispose(mc_balance_result *result);

/* Tells before anything is done whether the pool behind the indexes is there to be read again:
 * MC_E_IO when a file that kept texts could have to be read from is gone, MC_E_MISMATCH when it was
 * read by another command than reader (NULL: none). */
MC_MUST_CHECK mc_status mc_balance_check_pool(const char *const *indexes, size_t n,
                                              const char *reader, mc_error *error);

/* t_to_p: sum of the counts below t over the sum of all counts; 0 when all are 0. */
double mc_tail_share_of(const uint64_t *counts, size_t n, double t);
/* p_to_t: the count at which the cumulative share of the ascending counts is nearest p (the first
 * on a tie), and at least 1. */
MC_MUST_CHECK mc_status mc_threshold_for(const uint64_t *counts, size_t n, double p, uint64_t *out,
                                         mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
