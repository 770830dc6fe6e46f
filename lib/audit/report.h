/* The document of report.json, which docs/report.schema.json describes. */
#ifndef MC_AUDIT_REPORT_H
#define MC_AUDIT_REPORT_H

#include "audit/distribution.h"
#include "audit/survey.h"

enum { MC_REPORT_THRESHOLDS_MAX = MC_SERIES_MAX + 1 };

/* The thresholds for which a report gives sizes: 1, 2, 5, 10, ... up to the first above the largest
 * count that draws were made against, and the run's own. Returns how many; ascending, each once. */
size_t mc_report_thresholds(const mc_audited *audited, double out[MC_REPORT_THRESHOLDS_MAX]);

/* The document, from a survey at these thresholds. json_decref it. */
MC_MUST_CHECK mc_status mc_report_build(const mc_audited *audited, const mc_survey *survey,
                                        json_t **report, mc_error *error);

#endif
