/* What a chart shows, for the page's script. */
#ifndef MC_AUDIT_PAGE_CHART_NUMBERS_H
#define MC_AUDIT_PAGE_CHART_NUMBERS_H

#include "audit/page/chart.h"

/* Of an axis, as it is drawn. */
typedef struct mc_chart_range {
    bool log;
    double low, high;
} mc_chart_range;

void mc_chart_numbers(mc_markup *m, const mc_chart *chart, const mc_chart_range *x,
                      const mc_chart_range *y);

#endif
