/* Sums by language. */
#ifndef MC_AUDIT_SURVEY_LANGUAGES_H
#define MC_AUDIT_SURVEY_LANGUAGES_H

#include "audit/survey.h"

/* A growing hash table; one thread's. */
typedef struct mc_language_tally {
    mc_survey_language *slots; /* without a matched pair: empty */
    size_t n_slots;            /* a power of 2, or 0 */
    size_t n_used;
} mc_language_tally; /* {0} is empty */

void mc_language_tally_dispose(mc_language_tally *tally);

/* Adds sums, of which matched is above 0, to those of their language. */
MC_MUST_CHECK mc_status mc_language_tally_add(mc_language_tally *tally,
                                              const mc_survey_language *sums, mc_error *error);
MC_MUST_CHECK mc_status mc_language_tally_merge(mc_language_tally *tally,
                                                const mc_language_tally *other, mc_error *error);
/* All of them, most matched pairs first, then by code; the caller frees the array. */
MC_MUST_CHECK mc_status mc_language_tally_list(const mc_language_tally *tally,
                                               mc_survey_language **out, size_t *n,
                                               mc_error *error);

#endif
