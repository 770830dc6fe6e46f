/* Size against threshold: realised and expected, how far they are from each other, and why capped
 * counts are no sizes. */
#include "audit/page/parts.h"

#include <math.h>
#include <stdlib.h>

#include "audit/page/chart.h"

enum { T, REALISED, EXPECTED, DEVIATION, TAIL_SHARE, CAPPED, HEAD, COLUMNS };
static const char *const keys[COLUMNS] = {"t",          "realised", "expected",    "deviation",
                                          "tail_share", "capped",   "head_entries"};

/* The columns of the document, as long as t's, and what follows from them. */
typedef struct sizes {
    size_t n;
    mc_numbers columns[COLUMNS];
    double *low, *high; /* two deviations about the expected size */
    double *off;        /* realised less expected, in deviations */
    double *bounds[4];  /* 1, -1, 2, -2 for each t */
    double t, matched;
} sizes;

static double at(const sizes *s, int column, size_t i) {
    return mc_numbers_at(&s->columns[column], i);
}

/* A column may be shorter in a document that is damaged; charts need whole ones. */
static void complete(mc_markup *m, mc_numbers *column, size_t n) {
    mc_numbers whole = {.n = n};
    if (column->n >= n)
        return;
    if (m->status == MC_OK)
        m->status = MC_ALLOC(whole.values, n, m->error);
    for (size_t i = 0; m->status == MC_OK && i < n; i++)
        whole.values[i] = mc_numbers_at(column, i);
    free(column->values);
    *column = whole.values ? whole : (mc_numbers){0};
}

static void read_sizes(mc_markup *m, sizes *s, const json_t *report) {
    for (int k = 0; k < COLUMNS; k++)
        s->columns[k] = mc_numbers_read(m, mc_document_get(report, "sizes"), keys[k]);
    s->n = s->columns[T].n;
    for (int k = 0; k < COLUMNS; k++)
        complete(m, &s->columns[k], s->n);
    s->t = mc_report_threshold(report);
    s->matched = mc_document_number(mc_document_get(mc_document_get(report, "totals"), "matched"));
    double **const made[] = {&s->low,       &s->high,      &s->off,      &s->bounds[0],
                             &s->bounds[1], &s->bounds[2], &s->bounds[3]};
    for (size_t k = 0; k < sizeof made / sizeof *made && m->status == MC_OK; k++)
        m->status = MC_ALLOC(*made[k], s->n, m->error);
    if (m->status != MC_OK)
        s->n = 0;
    for (size_t i = 0; i < s->n; i++) {
        double expected = at(s, EXPECTED, i), deviation = at(s, DEVIATION, i);
        s->low[i] = expected - 2 * deviation;
        s->high[i] = expected + 2 * deviation;
        s->off[i] = deviation > 0 ? (at(s, REALISED, i) - expected) / deviation : NAN;
        for (int k = 0; k < 4; k++)
            s->bounds[k][i] = (k < 2 ? 1 : 2) * (k % 2 ? -1 : 1);
    }
}

static void dispose(sizes *s) {
    for (int k = 0; k < COLUMNS; k++)
        free(s->columns[k].values);
    free(s->low);
    free(s->high);
    free(s->off);
    for (int k = 0; k < 4; k++)
        free(s->bounds[k]);
}

static bool has_deviations(const sizes *s) {
    for (size_t i = 0; i < s->n; i++)
        if (!isnan(s->off[i]))
            return true;
    return false;
}

/* --- figures ----------------------------------------------------------------------------- */

static void put_sizes(mc_markup *m, const sizes *s) {
    const double *t = s->columns[T].values;
    const mc_chart_series series[] = {
        {"capped counts", MC_MARK_LINE, 3, true, s->n, t, s->columns[CAPPED].values, NULL, NULL},
        {"expected ± 2 deviations", MC_MARK_BAND, 2, false, s->n, t, s->high, s->low, NULL},
        {"expected", MC_MARK_LINE, 0, true, s->n, t, s->columns[EXPECTED].values, NULL, NULL},
        {"realised", MC_MARK_LINE, 1, true, s->n, t, s->columns[REALISED].values, NULL, NULL}};
    mc_chart_rule rules[2];
    size_t n_rules = 0;
    if (s->matched > 0)
        rules[n_rules++] = (mc_chart_rule){true, s->matched, "all matched pairs"};
    if (s->t > 0)
        rules[n_rules++] = (mc_chart_rule){false, s->t, "this run"};
    const mc_chart chart = {
        .id = "sizes-plot",
        .title = "Size of the subset against the threshold",
        .summary = "How many pairs each threshold keeps. The realised size follows from the seed; "
                   "the expected one is the mean over all seeds. They lie close to each other: "
                   "the next figure shows by how much they differ.",
        .x = {"threshold t", true, MC_FORM_REAL},
        .y = {"pairs", true, MC_FORM_COUNT},
        .series = series,
        .n_series = sizeof series / sizeof *series,
        .rules = rules,
        .n_rules = n_rules,
    };
    mc_page_figure(m, &chart);
}

/* Where copies were kept and deviations are not known, there is no such figure. */
static void put_residuals(mc_markup *m, const sizes *s) {
    const double *t = s->columns[T].values;
    const mc_chart_series series[] = {
        {"two deviations", MC_MARK_BAND, 2, false, s->n, t, s->bounds[2], s->bounds[3], NULL},
        {"one deviation", MC_MARK_BAND, 0, false, s->n, t, s->bounds[0], s->bounds[1], NULL},
        {"realised", MC_MARK_DOTS, 1, false, s->n, t, s->off, NULL, NULL}};
    const mc_chart_rule rule = {false, s->t, "this run"};
    const mc_chart chart = {
        .id = "residual-plot",
        .title = "Realised less expected size",
        .summary = "The same sizes, as their distance from the expected one in standard "
                   "deviations. About two in three should lie within one deviation, and nineteen "
                   "in twenty within two.",
        .x = {"threshold t", true, MC_FORM_REAL},
        .y = {"deviations", false, MC_FORM_REAL},
        .series = series,
        .n_series = sizeof series / sizeof *series,
        .rules = &rule,
        .n_rules = s->t > 0,
    };
    mc_page_figure(m, &chart);
}

/* --- numbers ----------------------------------------------------------------------------- */

static void put_table(mc_markup *m, const sizes *s) {
    static const char *const names[] = {"t",      "Realised",   "Expected",      "Deviation",
                                        "Off by", "Tail share", "Capped counts", "Head entries"};
    mc_table_open(m, "sizes-table",
                  s->t > 0 ? "Pairs kept at t; the row of this run is marked" : "Pairs kept at t",
                  names, 8, 0, "");
    for (size_t i = 0; i < s->n; i++) {
        mc_markup_raw(m, at(s, T, i) == s->t ? "<tr class=\"run\">" : "<tr>");
        mc_table_real(m, at(s, T, i));
        mc_table_count(m, at(s, REALISED, i));
        mc_table_count(m, at(s, EXPECTED, i));
        mc_table_real(m, at(s, DEVIATION, i));
        mc_markup_raw(m, "<td class=\"n\">");
        mc_markup_decimal(m, s->off[i], 2);
        mc_markup_raw(m, isnan(s->off[i]) ? "</td>" : " σ</td>");
        mc_table_share(m, at(s, TAIL_SHARE, i));
        mc_table_count(m, at(s, CAPPED, i));
        mc_table_count(m, at(s, HEAD, i));
        mc_markup_raw(m, "</tr>\n");
    }
    mc_table_close(m);
}

/* What is asked most often of a threshold. */
static void explain_capped(mc_markup *m, const json_t *report) {
    const json_t *counts = mc_document_get(report, "counts");
    mc_markup_raw(m,
                  "<h3>Capped counts are not pairs</h3>\n<p>Each entry of a pair is drawn with "
                  "probability t / count, or 1 in the tail. Capped counts, the sum of min(count, "
                  "t) over entries, are how many draws are expected to succeed. A pair is kept "
                  "when at least one of its draws does, and once however many do: so there are "
                  "fewer pairs than capped counts. And a kept pair brings all its entries along, "
                  "those whose draws failed, too: so most entries of the head keep more than t "
                  "pairs.");
    if (mc_report_is_balanced(report) && mc_document_has(counts, "capped")) {
        mc_markup_raw(m, " Here ");
        mc_markup_number(m, mc_document_get(counts, "capped"));
        mc_markup_raw(m, " draws are expected to succeed, ");
        mc_markup_number(m, mc_document_get(mc_document_get(report, "result"), "kept"));
        mc_markup_raw(m, " pairs were kept, and they hold ");
        mc_markup_number(m, mc_document_get(counts, "matches_after"));
        mc_markup_raw(m, " matches.");
    }
    mc_markup_raw(m, "</p>\n");
}

void mc_section_sizes(mc_markup *m, const json_t *report) {
    sizes s = {.n = 0};
    read_sizes(m, &s, report);
    if (m->status == MC_OK) {
        put_sizes(m, &s);
        if (has_deviations(&s))
            put_residuals(m, &s);
        put_table(m, &s);
        explain_capped(m, report);
    }
    dispose(&s);
}
