/* One pass over the match indexes of a run: sizes at many thresholds, matches a text, languages,
 * and what was kept. */
#ifndef MC_AUDIT_SURVEY_H
#define MC_AUDIT_SURVEY_H

#include "audit/audited.h"

enum { MC_SURVEY_MATCHES = 100 }; /* texts with at least as many matches are one group */

typedef struct mc_survey_language {
    mc_language code; /* 0: not known */
    uint64_t matched; /* pairs with a match that take part */
    uint64_t kept;
    uint64_t matches; /* entry ids in their match sets */
    uint64_t matches_after;
} mc_survey_language;

typedef struct mc_survey {
    /* Asked for. */
    const double *thresholds; /* ascending, each once; the last may be infinite */
    size_t n_thresholds;
    const uint64_t *sizes; /* the t for these sizes, in any order */
    size_t n_sizes;
    /* Found; the arrays are the survey's. */
    uint64_t *realised;  /* by threshold: pairs with key < t */
    double *expected;    /* by threshold: sum of q */
    double *deviations;  /* by threshold: sqrt(sum of q (1 - q)); NaN where copies were kept */
    double *size_t_low;  /* by size: the largest t found that keeps at most so many, ... */
    uint64_t *size_low;  /* ... and how many it keeps */
    double *size_t_high; /* the next t above it, and how many that keeps */
    uint64_t *size_high;
    uint64_t n_matched; /* pairs with a match that take part */
    uint64_t n_matches; /* entry ids in their match sets */
    uint64_t
        matched_with[MC_SURVEY_MATCHES + 1]; /* [k]: pairs with k matches, the last: and more */
    uint64_t kept_with[MC_SURVEY_MATCHES + 1];
    uint32_t most_matches;         /* that a text has */
    uint64_t *counts_after;        /* of the entries, over the kept pairs; NULL without a subset */
    uint64_t n_kept;               /* pairs that the subset's files hold */
    uint64_t n_by_rule;            /* pairs that the rules keep at the run's t */
    uint64_t n_differ;             /* pairs of which files and rules say different things */
    mc_survey_language *languages; /* most pairs first, then by code */
    size_t n_languages;
} mc_survey;

/* Fills in what is found. What is found depends on neither threads nor the order of the indexes. */
MC_MUST_CHECK mc_status mc_survey_run(mc_survey *survey, const mc_audited *audited,
                                      mc_error *error);
void mc_survey_dispose(mc_survey *survey);

#endif
