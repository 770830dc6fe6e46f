/* The images that a takedown asks for: those it names, and those found in the pool. */
#ifndef MC_AUDIT_TAKEDOWN_SEARCH_H
#define MC_AUDIT_TAKEDOWN_SEARCH_H

#include "audit/audited.h"
#include "audit/takedown/list.h"

/* How much was asked for. */
typedef struct mc_takedown_asked {
    uint64_t n_uids;
    uint64_t n_urls;
} mc_takedown_asked;

/* Adds them to the list. The pool is gone through only for hosts and URLs. */
MC_MUST_CHECK mc_status mc_takedown_search(mc_audited *audited, const mc_takedown_request *request,
                                           mc_takedown_list *list, mc_takedown_asked *asked,
                                           mc_error *error);

#endif
