/* From values to places in a chart, and where its ticks are. */
#ifndef MC_AUDIT_PAGE_CHART_SCALE_H
#define MC_AUDIT_PAGE_CHART_SCALE_H

#include <stdbool.h>
#include <stddef.h>

enum { MC_TICKS_MAX = 24 };

typedef struct mc_scale {
    bool log;
    double low, high; /* values; low < high, and above 0 where log */
    double from, to;  /* where they are */
} mc_scale;

/* Where value is; values that a logarithm has none for are at the low end. */
double mc_scale_at(const mc_scale *scale, double value);

/* Round values within the scale, about apart units from each other; returns how many. */
size_t mc_scale_ticks(const mc_scale *scale, double apart, double ticks[MC_TICKS_MAX]);

/* Widens low and high to a range that can be drawn: not empty and, with round, from a tick to a
 * tick. Without any value (low > high) a range is made up. */
void mc_scale_range(bool log, bool round, double *low, double *high);

#endif
