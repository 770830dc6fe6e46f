/* Which entries of two runs are the same: by id where the runs have the same metadata, else by
 * string. An entry whose string is not known matches nothing and meets none. */
#ifndef MC_AUDIT_QUESTIONS_MEETING_H
#define MC_AUDIT_QUESTIONS_MEETING_H

#include "audit/audited.h"

#define MC_NO_ENTRY UINT32_MAX

typedef struct mc_meeting {
    const mc_audited *a, *b;
    uint32_t *b_of;              /* by id of a: the id in b */
    bool *met;                   /* by id of b: it is that of an entry of a */
    bool *repeats_a, *repeats_b; /* by id: the entry repeats an earlier one */
} mc_meeting;

MC_MUST_CHECK mc_status mc_meeting_init(mc_meeting *meeting, const mc_audited *a,
                                        const mc_audited *b, mc_error *error);
void mc_meeting_dispose(mc_meeting *meeting);

/* An entry of either run. */
typedef struct mc_met_entry {
    uint32_t a, b;   /* ids, MC_NO_ENTRY where the run has none */
    mc_bytes string; /* data is NULL where it is not known */
} mc_met_entry;

/* Goes through all entries, each string once: those of a by id, then those of b alone. *at is 0 at
 * first. False when there are no more. */
bool mc_meeting_next(const mc_meeting *meeting, uint64_t *at, mc_met_entry *out);

#endif
