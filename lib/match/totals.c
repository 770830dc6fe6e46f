#include "match/totals.h"

#include "pool/batch.h"

const mc_crawl_field mc_crawl_fields[MC_N_CRAWL_FIELDS] = {
    {"documents", offsetof(mc_crawl_totals, documents)},
    {"pages", offsetof(mc_crawl_totals, pages)},
    {"passed_over", offsetof(mc_crawl_totals, passed_over)},
    {"unsupported", offsetof(mc_crawl_totals, unsupported)},
    {"links", offsetof(mc_crawl_totals, links)},
    {"no_text", offsetof(mc_crawl_totals, no_text)},
    {"no_http", offsetof(mc_crawl_totals, no_http)},
};

_Static_assert(sizeof(mc_crawl_totals) == MC_N_CRAWL_FIELDS * sizeof(uint64_t),
               "every number of a crawl has its name");
_Static_assert((int)MC_N_REASONS <= MC_MAX_REASONS, "there is room for every reason");

const char *mc_reject_name(unsigned reason) {
    return reason < MC_N_REASONS ? mc_reason_name((mc_reason)reason) : NULL;
}

void mc_totals_add(mc_totals *sum, const mc_totals *more) {
    sum->records += more->records;
    sum->read += more->read;
    sum->rejected += more->rejected;
    for (unsigned i = 0; i < MC_MAX_REASONS; i++)
        sum->rejected_for[i] += more->rejected_for[i];
    sum->texts += more->texts;
    sum->empty += more->empty;
    sum->excluded += more->excluded;
    for (unsigned i = 0; i < MC_N_EXCLUSIONS; i++)
        sum->excluded_for[i] += more->excluded_for[i];
    sum->duplicates += more->duplicates;
    sum->unmatched += more->unmatched;
    sum->matched += more->matched;
    sum->kept += more->kept;
    sum->matches += more->matches;
    sum->replaced += more->replaced;
    mc_crawl_totals_add(&sum->crawl, &more->crawl);
}
