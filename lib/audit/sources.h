/* The entries of a list by their sources, and those that matched nothing. */
#ifndef MC_AUDIT_SOURCES_H
#define MC_AUDIT_SOURCES_H

#include "audit/rows.h"

/* Adds "sources", "never_matched" and "dead" to the report, as docs/report.schema.json describes
 * them. */
MC_MUST_CHECK mc_status mc_sources_describe(const mc_row_counts *counts, json_t *report, bool *lost,
                                            mc_error *error);

#endif
