/* Rows of entries: those that stand out by their counts, and what a row says of an entry. */
#ifndef MC_AUDIT_ROWS_H
#define MC_AUDIT_ROWS_H

#include "audit/audited.h"

enum { MC_ROWS_MAX = 50 };

typedef struct mc_row_counts {
    const mc_audited *audited;
    const uint64_t *after; /* NULL: nothing was balanced */
    uint64_t total_before; /* sums of all entries' counts; below 2^63 */
    uint64_t total_after;
} mc_row_counts;

/* {"id", "entry", "source"} */
json_t *mc_row_name(const mc_audited *audited, uint32_t id, bool *lost);
/* Puts "top_before", ..., "lost" into entries, as docs/report.schema.json describes them. */
MC_MUST_CHECK mc_status mc_rows_describe(const mc_row_counts *counts, json_t *entries, bool *lost,
                                         mc_error *error);

#endif
