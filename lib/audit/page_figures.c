/* The figures of the report, each with a sentence on what it shows and the numbers as a table. */
#include "audit/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/chart.h"

/* A figure: what it shows, the chart, then a table that is opened on demand. */
static void open_figure(mc_markup *m, const mc_chart *chart) {
    mc_markup_raw(m, "<figure>");
    mc_chart_write(m, chart);
    mc_markup_raw(m, "<figcaption>");
    mc_markup_string(m, chart->summary);
    mc_markup_raw(m, "</figcaption></figure>\n");
}

static void open_numbers(mc_markup *m) {
    mc_markup_raw(m, "<details><summary>The numbers</summary>\n");
}

static void close_numbers(mc_markup *m) {
    mc_table_close(m);
    mc_markup_raw(m, "</details>\n");
}

static double at(const mc_numbers *numbers, size_t i) {
    return i < numbers->n ? numbers->values[i] : NAN;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* --- counts ------------------------------------------------------------------------------------
 */

static void put_ranks_table(mc_markup *m, const mc_numbers *rank, const mc_numbers *before,
                            const mc_numbers *after) {
    static const char *const columns[] = {"Rank", "Count before", "Count after"};
    open_numbers(m);
    mc_table_open(m, "counts-table", "Counts by rank, before and after by themselves", columns,
                  after->n ? 3 : 2, 0, "tall");
    for (size_t i = 0; i < rank->n; i++) {
        mc_markup_raw(m, "<tr>");
        mc_table_count(m, rank->values[i]);
        mc_table_count(m, at(before, i));
        if (after->n)
            mc_table_count(m, at(after, i));
        mc_markup_raw(m, "</tr>\n");
    }
    close_numbers(m);
}

void mc_section_counts(mc_markup *m, const json_t *report) {
    const json_t *ranks = mc_document_get(report, "ranks"), *c = mc_document_get(report, "counts");
    mc_numbers rank = mc_numbers_read(m, ranks, "rank");
    mc_numbers before = mc_numbers_read(m, ranks, "before");
    mc_numbers after = mc_numbers_read(m, ranks, "after");
    double t = mc_report_threshold(report);
    double head = mc_document_number(mc_document_get(ranks, "head"));
    mc_markup_raw(m, "<p>Of the entries, ");
    mc_markup_number(m, mc_document_get(c, "matched_entries"));
    mc_markup_raw(m, " occur in the pool; the most frequent one in ");
    mc_markup_number(m, mc_document_get(c, "largest"));
    mc_markup_raw(m, " pairs. The distribution over entries has an entropy of ");
    mc_markup_real(m, mc_document_number(mc_document_get(c, "entropy_before")));
    mc_markup_raw(m, " bits");
    if (mc_document_has(c, "entropy_after")) {
        mc_markup_raw(m, " before balancing and of ");
        mc_markup_real(m, mc_document_number(mc_document_get(c, "entropy_after")));
        mc_markup_raw(m, " bits after: the more bits, the flatter it is");
    }
    mc_markup_raw(m, ".</p>\n");
    mc_chart_series series[2] = {{"before", MC_MARK_LINE, 0, false, least(rank.n, before.n),
                                  rank.values, before.values, NULL, NULL},
                                 {"after", MC_MARK_LINE, 1, false, least(rank.n, after.n),
                                  rank.values, after.values, NULL, NULL}};
    mc_chart_rule rules[2];
    size_t n_rules = 0;
    if (isfinite(t) && t > 0)
        rules[n_rules++] = (mc_chart_rule){true, t, "threshold t"};
    if (head > 0 && isfinite(head))
        rules[n_rules++] = (mc_chart_rule){false, head, "head | tail"};
    mc_chart chart = {
        .id = "counts-plot",
        .title = "Counts of entries, sorted",
        .summary = after.n
                       ? "Counts of the matched entries, largest first; before and after are "
                         "each sorted by themselves. Entries left of the upright line are the "
                         "head: balancing brings them down, and leaves the tail nearly as it is."
                       : "Counts of the matched entries, largest first.",
        .x = {"rank of the entry", true, MC_FORM_COUNT},
        .y = {"pairs with the entry", true, MC_FORM_COUNT},
        .series = series,
        .n_series = after.n ? 2 : 1,
        .rules = rules,
        .n_rules = n_rules};
    open_figure(m, &chart);
    put_ranks_table(m, &rank, &before, &after);
    free(rank.values);
    free(before.values);
    free(after.values);
}

/* --- cumulative counts -------------------------------------------------------------------------
 */

enum { CURVES = 4 };

typedef struct curves {
    mc_numbers entries;
    mc_numbers sums[CURVES];
    char names[CURVES][48];
    size_t n;
} curves;

static void read_curves(mc_markup *m, curves *c, const json_t *cumulative) {
    const json_t *list = mc_document_get(cumulative, "curves");
    c->entries = mc_numbers_read(m, cumulative, "entries");
    c->n = least(json_array_size(list), CURVES);
    for (size_t i = 0; i < c->n; i++) {
        const json_t *curve = json_array_get(list, i);
        mc_markup name = {.error = m->error};
        c->sums[i] = mc_numbers_read(m, curve, "sum");
        mc_markup_raw(&name, "t = ");
        mc_markup_number(&name, mc_document_get(curve, "t"));
        snprintf(c->names[i], sizeof c->names[i], "%.*s", (int)least(name.out.size, 40),
                 name.out.data ? name.out.data : "");
        if (m->status == MC_OK)
            m->status = name.status;
        mc_buffer_dispose(&name.out);
    }
}

static void put_curves_table(mc_markup *m, const curves *c) {
    const char *columns[CURVES + 1] = {"Entries"};
    for (size_t k = 0; k < c->n; k++)
        columns[k + 1] = c->names[k];
    open_numbers(m);
    mc_table_open(m, "cumulative-table", "Sums of min(count, t) over the least frequent entries",
                  columns, c->n + 1, 0, "tall");
    for (size_t i = 0; i < c->entries.n; i++) {
        mc_markup_raw(m, "<tr>");
        mc_table_count(m, c->entries.values[i]);
        for (size_t k = 0; k < c->n; k++)
            mc_table_count(m, at(&c->sums[k], i));
        mc_markup_raw(m, "</tr>\n");
    }
    close_numbers(m);
}

void mc_section_cumulative(mc_markup *m, const json_t *report) {
    curves c = {.n = 0};
    mc_chart_series series[CURVES];
    read_curves(m, &c, mc_document_get(report, "cumulative"));
    for (size_t k = 0; k < c.n; k++)
        series[k] = (mc_chart_series){
            c.names[k],       MC_MARK_LINE,     (unsigned)k, true, least(c.entries.n, c.sums[k].n),
            c.entries.values, c.sums[k].values, NULL,        NULL};
    mc_chart chart = {
        .id = "cumulative-plot",
        .title = "Cumulative counts from tail to head",
        .summary = "Entries in ascending order of their counts: how many matches the least "
                   "frequent ones have together, when each count is capped at t. The steeper a "
                   "curve ends, the more the head weighs.",
        .x = {"entries, least frequent first", false, MC_FORM_COUNT},
        .y = {"matches", false, MC_FORM_COUNT},
        .series = series,
        .n_series = c.n,
        .from_zero = true};
    open_figure(m, &chart);
    put_curves_table(m, &c);
    free(c.entries.values);
    for (size_t k = 0; k < c.n; k++)
        free(c.sums[k].values);
}

/* --- sizes -------------------------------------------------------------------------------------
 */

enum { SIZES = 7 };
static const char *const size_keys[SIZES] = {"t",          "realised", "expected",    "deviation",
                                             "tail_share", "capped",   "head_entries"};
enum { T, REALISED, EXPECTED, DEVIATION, TAIL_SHARE, CAPPED, HEAD };

static void put_sizes_table(mc_markup *m, const mc_numbers columns[SIZES], double t) {
    static const char *const names[] = {
        "t",      "Pairs, realised", "Pairs, expected", "Deviation",
        "Off by", "Tail share",      "Capped counts",   "Head entries"};
    mc_table_open(m, "sizes-table", "Sizes at t; the row of this run is marked", names, 8, 0,
                  "tall");
    for (size_t i = 0; i < columns[T].n; i++) {
        double realised = at(&columns[REALISED], i), expected = at(&columns[EXPECTED], i);
        double deviation = at(&columns[DEVIATION], i), value = columns[T].values[i];
        mc_markup_raw(m, value == t ? "<tr class=\"run\">" : "<tr>");
        mc_table_real(m, value);
        mc_table_count(m, realised);
        mc_table_count(m, expected);
        mc_table_real(m, deviation);
        mc_markup_raw(m, "<td class=\"n\">");
        if (deviation > 0) {
            mc_markup_real(m, (realised - expected) / deviation);
            mc_markup_raw(m, " σ");
        } else {
            mc_markup_real(m, NAN);
        }
        mc_markup_raw(m, "</td>");
        mc_table_share(m, at(&columns[TAIL_SHARE], i));
        mc_table_count(m, at(&columns[CAPPED], i));
        mc_table_count(m, at(&columns[HEAD], i));
        mc_markup_raw(m, "</tr>\n");
    }
    mc_table_close(m);
}

/* What is asked most often of a threshold. */
static void explain_capped(mc_markup *m, const json_t *report) {
    const json_t *c = mc_document_get(report, "counts");
    mc_markup_raw(m,
                  "<h3>Capped counts are not pairs</h3><p>Each entry of a pair is drawn with "
                  "probability t / count, or 1 in the tail. Capped counts, the sum of min(count, "
                  "t) over entries, are the draws that are expected to succeed. A pair is kept "
                  "when at least one of its draws does, and a pair with several successful draws "
                  "is kept once: so the subset is smaller than the capped counts, and keeps more "
                  "than t pairs of many head entries, which come along with others.");
    if (mc_report_is_balanced(report) && mc_document_has(c, "capped")) {
        mc_markup_raw(m, " Here the capped counts come to ");
        mc_markup_number(m, mc_document_get(c, "capped"));
        mc_markup_raw(m, ", the subset to ");
        mc_markup_number(m, mc_document_get(mc_document_get(report, "result"), "kept"));
        mc_markup_raw(m, " pairs, which hold ");
        mc_markup_number(m, mc_document_get(c, "matches_after"));
        mc_markup_raw(m, " matches.");
    }
    mc_markup_raw(m, "</p>\n");
}

/* Realised less expected sizes, in deviations. Where copies were kept there are none. */
static void put_residuals(mc_markup *m, const mc_numbers columns[SIZES], const mc_chart_rule *rules,
                          size_t n_rules) {
    size_t n = columns[T].n, n_off = 0;
    double *off = NULL, *bands[4] = {NULL};
    if (m->status == MC_OK)
        m->status = MC_ALLOC(off, n, m->error);
    for (size_t k = 0; k < 4 && m->status == MC_OK; k++)
        m->status = MC_ALLOC(bands[k], n, m->error);
    for (size_t i = 0; m->status == MC_OK && i < n; i++) {
        double deviation = at(&columns[DEVIATION], i);
        off[i] = deviation > 0 ? (at(&columns[REALISED], i) - at(&columns[EXPECTED], i)) / deviation
                               : NAN;
        n_off += isnan(off[i]) ? 0 : 1;
        for (size_t k = 0; k < 4; k++)
            bands[k][i] = (k < 2 ? 2 : 1) * (k % 2 ? -1 : 1);
    }
    if (m->status == MC_OK && n_off > 0) {
        const double *x = columns[T].values;
        mc_chart_series series[3] = {
            {"two deviations", MC_MARK_BAND, 2, false, n, x, bands[0], bands[1], NULL},
            {"one deviation", MC_MARK_BAND, 2, false, n, x, bands[2], bands[3], NULL},
            {"realised", MC_MARK_DOTS, 1, false, n, x, off, NULL, NULL}};
        mc_chart chart = {
            .id = "residual-plot",
            .title = "Realised less expected size",
            .summary = "The same sizes, as their distance from the expected one in standard "
                       "deviations. Subsets for growing t are nested, so neighbours lie close.",
            .x = {"threshold t", true, MC_FORM_REAL},
            .y = {"deviations", false, MC_FORM_REAL},
            .series = series,
            .n_series = 3,
            .rules = rules,
            .n_rules = n_rules};
        open_figure(m, &chart);
    }
    free(off);
    for (size_t k = 0; k < 4; k++)
        free(bands[k]);
}

void mc_section_sizes(mc_markup *m, const json_t *report) {
    const json_t *sizes = mc_document_get(report, "sizes");
    double t = mc_report_threshold(report), matched;
    mc_numbers columns[SIZES];
    for (size_t k = 0; k < SIZES; k++)
        columns[k] = mc_numbers_read(m, sizes, size_keys[k]);
    matched = mc_document_number(mc_document_get(mc_document_get(report, "totals"), "matched"));
    size_t n = columns[T].n;
    mc_chart_series series[3] = {{"capped counts", MC_MARK_LINE, 3, true,
                                  least(n, columns[CAPPED].n), columns[T].values,
                                  columns[CAPPED].values, NULL, NULL},
                                 {"realised", MC_MARK_LINE, 1, true, least(n, columns[REALISED].n),
                                  columns[T].values, columns[REALISED].values, NULL, NULL},
                                 {"expected", MC_MARK_LINE, 0, true, least(n, columns[EXPECTED].n),
                                  columns[T].values, columns[EXPECTED].values, NULL, NULL}};
    mc_chart_rule rules[2] = {{true, matched, "all matched pairs"}, {false, t, "this run"}};
    mc_chart chart = {
        .id = "sizes-plot",
        .title = "Size of the subset against the threshold",
        .summary = "How many pairs each threshold keeps. The realised line follows from the seed "
                   "and is exact; the expected one is the mean over seeds.",
        .x = {"threshold t", true, MC_FORM_REAL},
        .y = {"pairs", true, MC_FORM_COUNT},
        .series = series,
        .n_series = 3,
        .rules = matched > 0 ? rules : rules + 1,
        .n_rules = (size_t)(matched > 0) + (isfinite(t) && t > 0)};
    open_figure(m, &chart);
    put_residuals(m, columns, rules + 1, isfinite(t) && t > 0);
    put_sizes_table(m, columns, t);
    explain_capped(m, report);
    for (size_t k = 0; k < SIZES; k++)
        free(columns[k].values);
}

/* --- matches a text ----------------------------------------------------------------------------
 */

void mc_section_matches(mc_markup *m, const json_t *report) {
    static const char *const columns[] = {"Matches", "Texts before", "Texts after"};
    const json_t *matches = mc_document_get(report, "matches_a_text");
    mc_numbers number = mc_numbers_read(m, matches, "matches");
    mc_numbers before = mc_numbers_read(m, matches, "before");
    mc_numbers after = mc_numbers_read(m, matches, "after");
    size_t n = least(number.n, before.n);
    bool more = n > 0 && before.values[n - 1] > 0;
    while (n > 1 && before.values[n - 1] == 0)
        n--;
    mc_markup_raw(m, "<p>A text has at most ");
    mc_markup_number(m, mc_document_get(matches, "most"));
    mc_markup_raw(m, " matches");
    mc_markup_raw(m, more ? "; the last column stands for 100 and more.</p>\n" : ".</p>\n");
    mc_chart_series series[2] = {
        {"before", MC_MARK_BARS, 0, false, n, number.values, before.values, NULL, NULL},
        {"after", MC_MARK_LINE, 1, false, least(n, after.n), number.values, after.values, NULL,
         NULL}};
    mc_chart chart = {
        .id = "matches-plot",
        .title = "Matches a text",
        .summary = after.n ? "How many texts have so many entries in them, before and after. A "
                             "text with more entries has more draws, and is kept more often."
                           : "How many texts have so many entries in them.",
        .x = {"entries in the text", false, MC_FORM_COUNT},
        .y = {"texts", false, MC_FORM_COUNT},
        .series = series,
        .n_series = after.n ? 2 : 1,
        .from_zero = true};
    open_figure(m, &chart);
    open_numbers(m);
    mc_table_open(m, "matches-table", "Texts by their number of matches", columns, after.n ? 3 : 2,
                  0, "tall");
    for (size_t i = 0; i < n; i++) {
        mc_markup_raw(m, "<tr>");
        mc_table_count(m, number.values[i]);
        mc_table_count(m, before.values[i]);
        if (after.n)
            mc_table_count(m, at(&after, i));
        mc_markup_raw(m, "</tr>\n");
    }
    close_numbers(m);
    free(number.values);
    free(before.values);
    free(after.values);
}
