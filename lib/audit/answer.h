/* What the answers to questions about a run have in common. */
#ifndef MC_AUDIT_ANSWER_H
#define MC_AUDIT_ANSWER_H

#include "audit/audited.h"
#include "audit/value.h"

/* A document that begins with its name and the version. */
json_t *mc_answer_begin(const char *name, bool *lost);
/* Makes it the text that the caller of a question gets, MC_E_MEMORY when some of it was lost; frees
 * it in any case. */
MC_MUST_CHECK mc_status mc_answer_end(json_t *document, bool lost, char **json, mc_error *error);

/* p_e = min(1, t / c_e) at the run's t; null when nothing was balanced. */
json_t *mc_answer_p(const mc_audited *audited, uint32_t id);
/* Sum of a run's counts; MC_E_FORMAT when no pool can have so many. */
MC_MUST_CHECK mc_status mc_answer_sum(const uint64_t *counts, uint32_t n, uint64_t *out,
                                      mc_error *error);
/* The share of a count in a sum; 0 of nothing. */
static inline double mc_answer_share(uint64_t count, uint64_t sum) {
    return sum ? (double)count / (double)sum : 0;
}

/* Threads for a pass. */
size_t mc_answer_threads(const mc_audited *audited);

#endif
