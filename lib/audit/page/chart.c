/* Charts: ranges from the data, then axes, rules, series and labels as SVG for two sizes, then the
 * numbers as JSON. Coordinates have one decimal and are written without the locale's help. */
#include "audit/page/chart.h"

#include <math.h>
#include <stdlib.h>

#include "audit/page/chart_numbers.h"
#include "audit/page/chart_scale.h"

/* A chart at one size. */
typedef struct view {
    mc_markup *m;
    const mc_chart *chart;
    const char *size; /* class of the SVG: wide or narrow */
    double width, height, left, top, right, bottom;
    mc_scale x, y;
} view;

/* --- ranges ---------------------------------------------------------------------------------- */

static void cover(mc_chart_range *r, double value) {
    if (!isfinite(value) || (r->log && value <= 0))
        return;
    r->low = fmin(r->low, value);
    r->high = fmax(r->high, value);
}

static void cover_series(const mc_chart *chart, mc_chart_range *x, mc_chart_range *y) {
    for (size_t k = 0; k < chart->n_series; k++) {
        const mc_chart_series *s = &chart->series[k];
        double half = s->mark == MC_MARK_BARS ? 0.5 : 0;
        for (size_t i = 0; i < s->n; i++) {
            cover(x, s->x[i] - half);
            cover(x, s->x[i] + half);
            cover(y, s->y[i]);
            if (s->low)
                cover(y, s->low[i]);
            if (s->mark == MC_MARK_BARS)
                cover(y, 0);
        }
    }
}

static void find_ranges(const mc_chart *chart, mc_chart_range *x, mc_chart_range *y) {
    *x = (mc_chart_range){chart->x.log, INFINITY, -INFINITY};
    *y = (mc_chart_range){chart->y.log, INFINITY, -INFINITY};
    cover_series(chart, x, y);
    if (chart->from_zero)
        cover(y, 0);
    for (size_t i = 0; i < chart->n_rules; i++)
        cover(chart->rules[i].across ? y : x, chart->rules[i].at);
    if (chart->square) {
        cover(x, y->low);
        cover(x, y->high);
        *y = *x;
    }
    mc_scale_range(x->log, chart->square, &x->low, &x->high);
    mc_scale_range(y->log, true, &y->low, &y->high);
}

/* --- pieces ---------------------------------------------------------------------------------- */

static void put_place(mc_markup *m, double value) {
    mc_markup_fixed(m, value, 1);
}

static void put_point(mc_markup *m, char command, double x, double y) {
    mc_markup_printf(m, "%c", command);
    put_place(m, x);
    mc_markup_raw(m, " ");
    put_place(m, y);
}

static void put_tick(mc_markup *m, const mc_chart_axis *axis, double value) {
    if (axis->form == MC_FORM_SHARE) {
        mc_markup_compact(m, value * 100);
        mc_markup_raw(m, "%");
    } else if (value != 0 && fabs(value) < 0.01) {
        mc_markup_real(m, value);
    } else {
        mc_markup_compact(m, value);
    }
}

static void draw_axes(const view *v) {
    mc_markup *m = v->m;
    double ticks[MC_TICKS_MAX];
    mc_markup_raw(m, "<g class=\"axes\">");
    size_t n = mc_scale_ticks(&v->y, 44, ticks);
    for (size_t i = 0; i < n; i++) {
        double y = mc_scale_at(&v->y, ticks[i]);
        mc_markup_raw(m, "<path class=\"grid\" d=\"");
        put_point(m, 'M', v->left, y);
        put_point(m, 'L', v->right, y);
        mc_markup_raw(m, "\"/><text class=\"tick\" text-anchor=\"end\" x=\"");
        put_place(m, v->left - 8);
        mc_markup_raw(m, "\" y=\"");
        put_place(m, y + 4);
        mc_markup_raw(m, "\">");
        put_tick(m, &v->chart->y, ticks[i]);
        mc_markup_raw(m, "</text>");
    }
    n = mc_scale_ticks(&v->x, v->chart->x.form == MC_FORM_SHARE ? 72 : 56, ticks);
    for (size_t i = 0; i < n; i++) {
        double x = mc_scale_at(&v->x, ticks[i]);
        mc_markup_raw(m, "<path class=\"axis\" d=\"");
        put_point(m, 'M', x, v->bottom);
        put_point(m, 'L', x, v->bottom + 5);
        mc_markup_raw(m, "\"/><text class=\"tick\" text-anchor=\"middle\" x=\"");
        put_place(m, x);
        mc_markup_raw(m, "\" y=\"");
        put_place(m, v->bottom + 19);
        mc_markup_raw(m, "\">");
        put_tick(m, &v->chart->x, ticks[i]);
        mc_markup_raw(m, "</text>");
    }
    mc_markup_raw(m, "<path class=\"axis\" d=\"");
    put_point(m, 'M', v->left, v->bottom);
    put_point(m, 'L', v->right, v->bottom);
    mc_markup_raw(m, "\"/></g><text class=\"label\" x=\"0\" y=\"12\">");
    mc_markup_string(m, v->chart->y.label);
    mc_markup_raw(m, "</text><text class=\"label\" text-anchor=\"end\" x=\"");
    put_place(m, v->right);
    mc_markup_raw(m, "\" y=\"");
    put_place(m, v->height - 4);
    mc_markup_raw(m, "\">");
    mc_markup_string(m, v->chart->x.label);
    mc_markup_raw(m, "</text>");
}

/* A vertical rule's label stands beside its upper end, an across one's above its left end. */
static void draw_rule(const view *v, const mc_chart_rule *rule) {
    mc_markup *m = v->m;
    double at = mc_scale_at(rule->across ? &v->y : &v->x, rule->at);
    mc_markup_raw(m, "<path class=\"rule\" d=\"");
    put_point(m, 'M', rule->across ? v->left : at, rule->across ? at : v->top);
    put_point(m, 'L', rule->across ? v->right : at, rule->across ? at : v->bottom);
    mc_markup_raw(m, "\"/>");
    if (!rule->label)
        return;
    bool leftwards = rule->across || at > (v->left + v->right) / 2;
    double x = rule->across ? v->right - 4 : at + (leftwards ? -6 : 6);
    mc_markup_printf(m, "<text class=\"note\" text-anchor=\"%s\" x=\"",
                     leftwards ? "end" : "start");
    put_place(m, x);
    mc_markup_raw(m, "\" y=\"");
    put_place(m, rule->across ? at - 6 : v->top + 12);
    mc_markup_raw(m, "\">");
    mc_markup_string(m, rule->label);
    mc_markup_raw(m, "</text>");
}

/* Outlines of the markers, about the current point. */
static const char *const marker_outlines[MC_CHART_LOOKS] = {
    "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0",
    "m-2.8 -2.8h5.6v5.6h-5.6z",
    "m0 -3.6l3.4 6.2h-6.8z",
    "m0 -3.8l3.8 3.8l-3.8 3.8l-3.8 -3.8z",
};

static void put_marker(mc_markup *m, unsigned look, double x, double y) {
    put_point(m, 'M', x, y);
    mc_markup_raw(m, marker_outlines[look]);
}

static bool is_drawn(const view *v, const mc_chart_series *s, size_t i) {
    return !isnan(s->y[i]) && (s->mark == MC_MARK_DOTS || !v->y.log || s->y[i] > 0) &&
           (s->mark == MC_MARK_DOTS || !v->x.log || s->x[i] > 0);
}

static void draw_line(const view *v, const mc_chart_series *s) {
    char command = 'M';
    mc_markup_printf(v->m, "<path class=\"line s%u\" d=\"", s->look);
    for (size_t i = 0; i < s->n; i++) {
        if (is_drawn(v, s, i)) {
            put_point(v->m, command, mc_scale_at(&v->x, s->x[i]), mc_scale_at(&v->y, s->y[i]));
            command = 'L';
        } else {
            command = 'M';
        }
    }
    mc_markup_raw(v->m, "\"/>");
}

/* Of a line, markers stand some way from each other. */
static void draw_markers(const view *v, const mc_chart_series *s) {
    double last_x = -INFINITY, last_y = -INFINITY, apart = s->mark == MC_MARK_DOTS ? 0 : 56;
    mc_markup_printf(v->m, "<path class=\"marker s%u\" d=\"", s->look);
    for (size_t i = 0; i < s->n; i++) {
        double x = mc_scale_at(&v->x, s->x[i]), y = mc_scale_at(&v->y, s->y[i]);
        if (!is_drawn(v, s, i) || hypot(x - last_x, y - last_y) < apart)
            continue;
        put_marker(v->m, s->look, x, y);
        last_x = x;
        last_y = y;
    }
    mc_markup_raw(v->m, "\"/>");
}

static void draw_bars(const view *v, const mc_chart_series *s) {
    mc_markup_printf(v->m, "<path class=\"bars s%u\" d=\"", s->look);
    for (size_t i = 0; i < s->n; i++) {
        double left = mc_scale_at(&v->x, s->x[i] - 0.4), right = mc_scale_at(&v->x, s->x[i] + 0.4);
        put_point(v->m, 'M', left, v->bottom);
        put_point(v->m, 'L', left, mc_scale_at(&v->y, s->y[i]));
        put_point(v->m, 'L', right, mc_scale_at(&v->y, s->y[i]));
        put_point(v->m, 'L', right, v->bottom);
        mc_markup_raw(v->m, "z");
    }
    mc_markup_raw(v->m, "\"/>");
}

static void draw_band(const view *v, const mc_chart_series *s) {
    char command = 'M';
    mc_markup_printf(v->m, "<path class=\"band s%u\" d=\"", s->look);
    for (size_t i = 0; i < s->n; i++)
        if (!isnan(s->low[i]) && is_drawn(v, s, i)) {
            put_point(v->m, command, mc_scale_at(&v->x, s->x[i]), mc_scale_at(&v->y, s->y[i]));
            command = 'L';
        }
    for (size_t i = s->n; i-- > 0;)
        if (!isnan(s->low[i]) && is_drawn(v, s, i))
            put_point(v->m, 'L', mc_scale_at(&v->x, s->x[i]), mc_scale_at(&v->y, s->low[i]));
    mc_markup_raw(v->m, command == 'L' ? "z\"/>" : "\"/>");
}

static void draw_series(const view *v, const mc_chart_series *s) {
    switch (s->mark) {
    case MC_MARK_LINE:
        draw_line(v, s);
        draw_markers(v, s);
        break;
    case MC_MARK_DOTS:
        draw_markers(v, s);
        break;
    case MC_MARK_BARS:
        draw_bars(v, s);
        break;
    case MC_MARK_BAND:
        draw_band(v, s);
        break;
    }
}

typedef struct end_label {
    const mc_chart_series *series;
    double y;
} end_label;

static int by_height(const void *a, const void *b) {
    const end_label *p = a, *q = b;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return (p->series > q->series) - (p->series < q->series);
}

/* Names at the right ends of series, moved apart where they would overlap. */
static void draw_end_labels(const view *v) {
    enum { MOST = 8, APART = 15 };
    end_label labels[MOST];
    size_t n = 0;
    for (size_t k = 0; k < v->chart->n_series && n < MOST; k++) {
        const mc_chart_series *s = &v->chart->series[k];
        if (s->labelled && s->n > 0 && is_drawn(v, s, s->n - 1))
            labels[n++] = (end_label){s, mc_scale_at(&v->y, s->y[s->n - 1])};
    }
    qsort(labels, n, sizeof *labels, by_height);
    for (size_t i = 1; i < n; i++)
        labels[i].y = fmax(labels[i].y, labels[i - 1].y + APART);
    for (size_t i = n; i-- > 0;) /* and back up where the lowest left the chart */
        labels[i].y = fmin(labels[i].y, i + 1 < n ? labels[i + 1].y - APART : v->bottom);
    for (size_t i = 0; i < n; i++) {
        mc_markup_printf(v->m, "<text class=\"end s%u\" x=\"", labels[i].series->look);
        put_place(v->m, v->right + 8);
        mc_markup_raw(v->m, "\" y=\"");
        put_place(v->m, labels[i].y + 4);
        mc_markup_raw(v->m, "\">");
        mc_markup_string(v->m, labels[i].series->name);
        mc_markup_raw(v->m, "</text>");
    }
}

/* --- the chart ------------------------------------------------------------------------------- */

static void open_svg(const view *v) {
    mc_markup *m = v->m;
    const char *id = v->chart->id;
    mc_markup_printf(m, "<svg class=\"%s\" viewBox=\"0 0 ", v->size);
    put_place(m, v->width);
    mc_markup_raw(m, " ");
    put_place(m, v->height);
    mc_markup_printf(m, "\" role=\"img\" aria-labelledby=\"%s-%s-t %s-%s-d\" data-box=\"", id,
                     v->size, id, v->size);
    put_place(m, v->left);
    mc_markup_raw(m, " ");
    put_place(m, v->top);
    mc_markup_raw(m, " ");
    put_place(m, v->right);
    mc_markup_raw(m, " ");
    put_place(m, v->bottom);
    mc_markup_printf(m, "\"><title id=\"%s-%s-t\">", id, v->size);
    mc_markup_string(m, v->chart->title);
    mc_markup_printf(m, "</title><desc id=\"%s-%s-d\">", id, v->size);
    mc_markup_string(m, v->chart->summary);
    mc_markup_printf(m, "</desc><clipPath id=\"%s-%s-c\"><rect x=\"", id, v->size);
    put_place(m, v->left - 4);
    mc_markup_raw(m, "\" y=\"");
    put_place(m, v->top - 4);
    mc_markup_raw(m, "\" width=\"");
    put_place(m, v->right - v->left + 8);
    mc_markup_raw(m, "\" height=\"");
    put_place(m, v->bottom - v->top + 8);
    mc_markup_raw(m, "\"/></clipPath>");
}

static void draw(const view *v) {
    const mc_chart *chart = v->chart;
    open_svg(v);
    draw_axes(v);
    mc_markup_printf(v->m, "<g class=\"marks\" clip-path=\"url(#%s-%s-c)\">", chart->id, v->size);
    for (size_t k = 0; k < chart->n_series; k++)
        draw_series(v, &chart->series[k]);
    mc_markup_raw(v->m, "</g><g class=\"rules\">");
    for (size_t i = 0; i < chart->n_rules; i++)
        draw_rule(v, &chart->rules[i]);
    mc_markup_raw(v->m, "</g><g class=\"ends\">");
    if (v->right + 16 < v->width)
        draw_end_labels(v);
    mc_markup_raw(v->m, "</g></svg>");
}

static void put_legend(mc_markup *m, const mc_chart *chart) {
    mc_markup_raw(m, "<ul class=\"legend\">");
    for (size_t k = 0; k < chart->n_series; k++) {
        const mc_chart_series *s = &chart->series[k];
        mc_markup_raw(m, "<li><svg viewBox=\"0 0 34 12\" width=\"34\" height=\"12\" "
                         "aria-hidden=\"true\">");
        if (s->mark == MC_MARK_BAND || s->mark == MC_MARK_BARS)
            mc_markup_printf(m, "<path class=\"%s s%u\" d=\"M3 1h28v10h-28z\"/>",
                             s->mark == MC_MARK_BAND ? "band" : "bars", s->look);
        if (s->mark == MC_MARK_LINE)
            mc_markup_printf(m, "<path class=\"line s%u\" d=\"M1 6h32\"/>", s->look);
        if (s->mark == MC_MARK_LINE || s->mark == MC_MARK_DOTS) {
            mc_markup_printf(m, "<path class=\"marker s%u\" d=\"", s->look);
            put_marker(m, s->look, 17, 6);
            mc_markup_raw(m, "\"/>");
        }
        mc_markup_raw(m, "</svg>");
        mc_markup_string(m, s->name);
        mc_markup_raw(m, "</li>");
    }
    mc_markup_raw(m, "</ul>");
}

static view make_view(mc_markup *m, const mc_chart *chart, const mc_chart_range *x,
                      const mc_chart_range *y, bool wide) {
    double width = wide ? 820 : 350, height = chart->square ? (wide ? 560 : 350) : wide ? 400 : 300;
    bool labelled = false;
    for (size_t k = 0; k < chart->n_series; k++)
        labelled = labelled || chart->series[k].labelled;
    view v = {m, chart, wide ? "wide" : "narrow", width, height, .top = 28};
    v.left = chart->y.form == MC_FORM_SHARE ? 62 : 46;
    v.right = width - (wide && labelled ? 150 : 14);
    v.bottom = height - 46;
    v.x = (mc_scale){x->log, x->low, x->high, v.left, v.right};
    v.y = (mc_scale){y->log, y->low, y->high, v.bottom, v.top};
    return v;
}

void mc_chart_write(mc_markup *m, const mc_chart *chart) {
    mc_chart_range x, y;
    find_ranges(chart, &x, &y);
    mc_markup_printf(m, "<div class=\"plot\" id=\"%s\">", chart->id);
    put_legend(m, chart);
    mc_markup_raw(m, "<div class=\"stage\">");
    for (int wide = 1; wide >= 0; wide--) {
        view v = make_view(m, chart, &x, &y, wide);
        draw(&v);
    }
    mc_markup_raw(m, "</div>");
    mc_chart_numbers(m, chart, &x, &y);
    mc_markup_raw(m, "</div>");
}

void mc_chart_bar(mc_markup *m, double share, unsigned look) {
    if (!(share >= 0))
        share = 0;
    mc_markup_printf(m,
                     "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
                     "aria-hidden=\"true\"><path class=\"track\" d=\"M0 0h100v10h-100z\"/>"
                     "<path class=\"bars s%u\" d=\"M0 0h",
                     look);
    mc_markup_fixed(m, fmin(share, 1) * 100, 3);
    mc_markup_raw(m, "v10H0z\"/></svg>");
}
