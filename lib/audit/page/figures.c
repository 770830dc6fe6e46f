/* The figures of the report but for sizes: counts by rank, cumulative counts, matches a text. Each
 * has a sentence on what it shows, and its numbers as a table. */
#include "audit/page/parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/page/chart.h"

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* --- counts ------------------------------------------------------------------------------ */

static void put_ranks_table(mc_markup *m, const mc_numbers *rank, const mc_numbers *before,
                            const mc_numbers *after) {
    static const char *const columns[] = {"Rank", "Count before", "Count after"};
    mc_page_numbers_open(m);
    mc_table_open(m, "counts-table", "Counts by rank, before and after by themselves", columns,
                  after->n ? 3 : 2, 0, "tall");
    for (size_t i = 0; i < rank->n; i++) {
        mc_markup_raw(m, "<tr>");
        mc_table_count(m, rank->values[i]);
        mc_table_count(m, mc_numbers_at(before, i));
        if (after->n)
            mc_table_count(m, mc_numbers_at(after, i));
        mc_markup_raw(m, "</tr>\n");
    }
    mc_page_numbers_close(m);
}

static void put_entropy(mc_markup *m, const json_t *counts) {
    mc_markup_raw(m, "<p>Of the entries, ");
    mc_markup_number(m, mc_document_get(counts, "matched_entries"));
    mc_markup_raw(m, " occur in the pool; the most frequent one in ");
    mc_markup_number(m, mc_document_get(counts, "largest"));
    mc_markup_raw(m, " pairs. The distribution over entries has an entropy of ");
    mc_markup_decimal(m, mc_document_number(mc_document_get(counts, "entropy_before")), 3);
    mc_markup_raw(m, " bits");
    if (mc_document_has(counts, "entropy_after")) {
        mc_markup_raw(m, " before balancing and of ");
        mc_markup_decimal(m, mc_document_number(mc_document_get(counts, "entropy_after")), 3);
        mc_markup_raw(m, " bits after: the more bits, the flatter it is");
    }
    mc_markup_raw(m, ".</p>\n");
}

void mc_section_counts(mc_markup *m, const json_t *report) {
    const json_t *ranks = mc_document_get(report, "ranks");
    mc_numbers rank = mc_numbers_read(m, ranks, "rank");
    mc_numbers before = mc_numbers_read(m, ranks, "before");
    mc_numbers after = mc_numbers_read(m, ranks, "after");
    double t = mc_report_threshold(report);
    double head = mc_document_number(mc_document_get(ranks, "head"));
    put_entropy(m, mc_document_get(report, "counts"));
    const mc_chart_series series[] = {{"before", MC_MARK_LINE, 0, false, smaller(rank.n, before.n),
                                       rank.values, before.values, NULL, NULL},
                                      {"after", MC_MARK_LINE, 1, false, smaller(rank.n, after.n),
                                       rank.values, after.values, NULL, NULL}};
    mc_chart_rule rules[2];
    size_t n_rules = 0;
    if (t > 0)
        rules[n_rules++] = (mc_chart_rule){true, t, "threshold t"};
    if (head > 0)
        rules[n_rules++] = (mc_chart_rule){false, head, "head | tail"};
    const mc_chart chart = {
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
        .n_rules = n_rules,
    };
    mc_page_figure(m, &chart);
    put_ranks_table(m, &rank, &before, &after);
    free(rank.values);
    free(before.values);
    free(after.values);
}

/* --- cumulative counts ------------------------------------------------------------------- */

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
    c->n = smaller(json_array_size(list), CURVES);
    for (size_t i = 0; i < c->n; i++) {
        const json_t *curve = json_array_get(list, i);
        mc_markup name = {.error = m->error};
        c->sums[i] = mc_numbers_read(m, curve, "sum");
        mc_markup_raw(&name, "t = ");
        mc_markup_number(&name, mc_document_get(curve, "t"));
        snprintf(c->names[i], sizeof c->names[i], "%.*s", (int)smaller(name.out.size, 40),
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
    mc_page_numbers_open(m);
    mc_table_open(m, "cumulative-table", "Sums of min(count, t) over the least frequent entries",
                  columns, c->n + 1, 0, "tall");
    for (size_t i = 0; i < c->entries.n; i++) {
        mc_markup_raw(m, "<tr>");
        mc_table_count(m, c->entries.values[i]);
        for (size_t k = 0; k < c->n; k++)
            mc_table_count(m, mc_numbers_at(&c->sums[k], i));
        mc_markup_raw(m, "</tr>\n");
    }
    mc_page_numbers_close(m);
}

void mc_section_cumulative(mc_markup *m, const json_t *report) {
    curves c = {.n = 0};
    mc_chart_series series[CURVES];
    read_curves(m, &c, mc_document_get(report, "cumulative"));
    for (size_t k = 0; k < c.n; k++) /* the lower curves over the higher ones */
        series[c.n - 1 - k] = (mc_chart_series){.name = c.names[k],
                                                .mark = MC_MARK_LINE,
                                                .look = (unsigned)k,
                                                .labelled = true,
                                                .n = smaller(c.entries.n, c.sums[k].n),
                                                .x = c.entries.values,
                                                .y = c.sums[k].values};
    const mc_chart chart = {
        .id = "cumulative-plot",
        .title = "Cumulative counts from tail to head",
        .summary = "Entries in ascending order of their counts: how many matches the least "
                   "frequent ones have together, when each count is capped at t. The steeper a "
                   "curve ends, the more the head weighs.",
        .x = {"entries, least frequent first", false, MC_FORM_COUNT},
        .y = {"matches", false, MC_FORM_COUNT},
        .series = series,
        .n_series = c.n,
        .from_zero = true,
    };
    mc_page_figure(m, &chart);
    put_curves_table(m, &c);
    free(c.entries.values);
    for (size_t k = 0; k < c.n; k++)
        free(c.sums[k].values);
}

/* --- matches a text ---------------------------------------------------------------------- */

/* How many of the numbers the figure shows: those that nearly all texts have. */
static size_t common_part(const mc_numbers *before, size_t n) {
    double all = 0, sum = 0;
    size_t shown = 0;
    for (size_t i = 0; i < n; i++)
        all += before->values[i];
    while (shown < n && (sum < 0.999 * all || shown < 10))
        sum += before->values[shown++];
    return shown;
}

static void put_matches_table(mc_markup *m, const mc_numbers *number, const mc_numbers *before,
                              const mc_numbers *after, size_t n) {
    static const char *const columns[] = {"Matches", "Texts before", "Texts after"};
    mc_page_numbers_open(m);
    mc_table_open(m, "matches-table", "Texts by their number of matches", columns, after->n ? 3 : 2,
                  0, "tall");
    for (size_t i = 0; i < n; i++) {
        mc_markup_raw(m, "<tr><td class=\"n\">");
        mc_markup_real(m, number->values[i]);
        mc_markup_raw(m, i + 1 == number->n ? " and more</td>" : "</td>");
        mc_table_count(m, before->values[i]);
        if (after->n)
            mc_table_count(m, mc_numbers_at(after, i));
        mc_markup_raw(m, "</tr>\n");
    }
    mc_page_numbers_close(m);
}

void mc_section_matches(mc_markup *m, const json_t *report) {
    const json_t *matches = mc_document_get(report, "matches_a_text");
    mc_numbers number = mc_numbers_read(m, matches, "matches");
    mc_numbers before = mc_numbers_read(m, matches, "before");
    mc_numbers after = mc_numbers_read(m, matches, "after");
    size_t n = smaller(number.n, before.n);
    while (n > 1 && before.values[n - 1] == 0)
        n--;
    size_t shown = common_part(&before, n);
    mc_markup_raw(m, "<p>A text has at most ");
    mc_markup_number(m, mc_document_get(matches, "most"));
    mc_markup_raw(m, " matches.");
    if (shown < n) {
        mc_markup_raw(m, " The figure ends at ");
        mc_markup_real(m, number.values[shown - 1]);
        mc_markup_raw(m, ", which 999 of 1,000 texts do not exceed; the numbers below go on.");
    }
    mc_markup_raw(m, "</p>\n");
    const mc_chart_series series[] = {
        {"before", MC_MARK_BARS, 0, false, shown, number.values, before.values, NULL, NULL},
        {"after", MC_MARK_LINE, 1, false, smaller(shown, after.n), number.values, after.values,
         NULL, NULL}};
    const mc_chart chart = {
        .id = "matches-plot",
        .title = "Matches a text",
        .summary = after.n ? "How many texts have so many entries in them, before and after. A "
                             "text with more entries has more draws, and is kept more often."
                           : "How many texts have so many entries in them.",
        .x = {"entries in the text", false, MC_FORM_COUNT},
        .y = {"texts", false, MC_FORM_COUNT},
        .series = series,
        .n_series = after.n ? 2 : 1,
        .from_zero = true,
    };
    mc_page_figure(m, &chart);
    put_matches_table(m, &number, &before, &after, n);
    free(number.values);
    free(before.values);
    free(after.values);
}
