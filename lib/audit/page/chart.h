/* Charts as SVG that is complete without a script, with the numbers behind them beside it for the
 * page's script (page/report.js), which adds read-outs and zooming. A chart is drawn twice, for
 * wide and for narrow pages; the style sheet shows one. Looks are told apart by colour, dash and
 * marker. */
#ifndef MC_AUDIT_PAGE_CHART_H
#define MC_AUDIT_PAGE_CHART_H

#include "audit/page/markup.h"

typedef enum mc_chart_form { MC_FORM_COUNT, MC_FORM_REAL, MC_FORM_SHARE } mc_chart_form;

typedef struct mc_chart_axis {
    const char *label;
    bool log;
    mc_chart_form form;
} mc_chart_axis;

typedef enum mc_chart_mark {
    MC_MARK_LINE,
    MC_MARK_DOTS, /* markers alone */
    MC_MARK_BARS, /* from 0, one wide; x is whole */
    MC_MARK_BAND  /* between low and y */
} mc_chart_mark;

enum { MC_CHART_LOOKS = 4 };

/* Points in ascending order of x, but for dots. NaN leaves a point out. */
typedef struct mc_chart_series {
    const char *name;
    mc_chart_mark mark;
    unsigned look; /* below MC_CHART_LOOKS */
    bool labelled; /* its name stands at its right end, too */
    size_t n;
    const double *x, *y, *low;
    const json_t *rows; /* array of objects whose "entry" names the points; or NULL */
} mc_chart_series;

/* A line across the chart at a value of x or y. */
typedef struct mc_chart_rule {
    bool across; /* at a value of y */
    double at;
    const char *label;
} mc_chart_rule;

typedef struct mc_chart {
    const char *id; /* of the program: letters and hyphens */
    const char *title;
    const char *summary; /* what is to be seen, in words */
    mc_chart_axis x, y;
    const mc_chart_series *series;
    size_t n_series;
    const mc_chart_rule *rules;
    size_t n_rules;
    bool square;    /* both axes have one range */
    bool from_zero; /* a linear y begins at 0 */
} mc_chart;

void mc_chart_write(mc_markup *m, const mc_chart *chart);

/* A bar for a table's cell; share of its full length, 0 to 1. */
void mc_chart_bar(mc_markup *m, double share, unsigned look);

#endif
