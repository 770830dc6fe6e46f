/* New versions of a subset's files, without the pairs that go. */
#ifndef MC_AUDIT_TAKEDOWN_SUBSET_H
#define MC_AUDIT_TAKEDOWN_SUBSET_H

#include "audit/audited.h"
#include "audit/takedown/journal.h"
#include "audit/takedown/list.h"

/* Finds the pairs of listed images in the subset, writes new versions of the files that hold them
 * and enters these in changes; n_taken_down is their number. MC_E_MISMATCH when the files are not
 * of one subset. */
MC_MUST_CHECK mc_status mc_takedown_subset(const mc_audited *audited, const mc_takedown_list *list,
                                           mc_changes *changes, mc_error *error);

#endif
