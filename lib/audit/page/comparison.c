/* comparison.html: two distributions over entries, in a few numbers, a picture and tables. */
#include "audit/page/parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/page/chart.h"
#include "match/resume.h"
#include "metacurate/io.h"

/* One of the comparisons of the document; its place in it makes ids of it. */
typedef struct part {
    const json_t *comparison;
    const char *a, *b; /* what its sides are called */
    size_t number;
    char id[32]; /* scratch */
} part;

static double number(const json_t *object, const char *key) {
    return mc_document_number(mc_document_get(object, key));
}

/* An id of its own within the page. */
static const char *id_of(part *p, const char *name) {
    snprintf(p->id, sizeof p->id, "%.20s-%zu", name, p->number);
    return p->id;
}

/* --- the runs -------------------------------------------------------------------------------- */

static void put_run(mc_markup *m, const char *side, const json_t *run) {
    const json_t *result = mc_document_get(run, "result");
    const json_t *parameters = mc_document_get(run, "parameters");
    const json_t *metadata = mc_document_get(run, "metadata");
    mc_markup_printf(m, "<tr><th scope=\"row\">%s</th>", side);
    mc_table_text(m, mc_document_get(run, "folder"));
    mc_table_text(m, mc_document_get(run, "command"));
    mc_table_text(m, mc_document_get(parameters, "rules"));
    mc_table_number(m, mc_document_get(metadata, "entries"));
    mc_table_number(m, mc_document_get(result, "t"));
    mc_table_number(m, mc_document_get(result, "kept"));
    mc_markup_raw(m, "</tr>\n");
}

static void put_runs(mc_markup *m, const json_t *document) {
    static const char *const columns[] = {"Run",     "Folder", "Command",   "Rules",
                                          "Entries", "t",      "Pairs kept"};
    mc_table_open(m, "runs-table", "What is compared", columns, 7, 4, "");
    put_run(m, "A", mc_document_get(document, "a"));
    if (mc_document_has(document, "b"))
        put_run(m, "B", mc_document_get(document, "b"));
    mc_table_close(m);
}

/* --- numbers --------------------------------------------------------------------------------- */

static void put_measure(mc_markup *m, const char *name, const json_t *value, const char *range,
                        const char *meaning) {
    mc_markup_printf(m, "<div class=\"measure\"><h3>%s</h3><p class=\"value\">", name);
    mc_markup_decimal(m, mc_document_number(value), 4);
    mc_markup_printf(m, " <small>%s</small></p><p>%s</p></div>\n", range, meaning);
}

static void put_side(mc_markup *m, const json_t *side) {
    mc_markup_number(m, mc_document_get(side, "matches"));
    mc_markup_raw(m, " matches of ");
    mc_markup_number(m, mc_document_get(side, "entries"));
    mc_markup_raw(m, " entries");
}

static void put_measures(mc_markup *m, const part *p) {
    const json_t *c = p->comparison;
    mc_markup_printf(m, "<p>In %s there are ", p->a);
    put_side(m, mc_document_get(c, "a"));
    mc_markup_printf(m, ", in %s ", p->b);
    put_side(m, mc_document_get(c, "b"));
    mc_markup_raw(m, "; ");
    mc_markup_number(m, mc_document_get(c, "common_entries"));
    mc_markup_raw(m, " entries occur in both.</p>\n<div class=\"measures\">\n");
    put_measure(m, "Jensen-Shannon divergence", mc_document_get(c, "jensen_shannon"),
                "bits, 0 to 1",
                "How well one match, drawn from either side, tells which side it came from. 0: the "
                "distributions are the same; 1: they share no entry.");
    put_measure(m, "Total variation", mc_document_get(c, "total_variation"), "0 to 1",
                "The share of the matches on one side that would have to move to other entries to "
                "give the other side.");
    put_measure(m, "Rank correlation", mc_document_get(c, "rank_correlation"), "−1 to 1",
                "Spearman&#39;s, over the entries of both lists. 1: both put the entries in the "
                "same order by count; 0: the orders have nothing to do with each other.");
    mc_markup_raw(m, "</div>\n");
}

/* --- entries --------------------------------------------------------------------------------- */

static void read_shares(const json_t *rows, const char *key, double *out) {
    for (size_t i = 0; i < json_array_size(rows); i++)
        out[i] = number(json_array_get(rows, i), key);
}

static void put_scatter(mc_markup *m, part *p) {
    const json_t *rows = mc_document_get(p->comparison, "moved");
    size_t n = json_array_size(rows);
    double *a = NULL, *b = NULL, least = INFINITY, most = 0;
    if (m->status == MC_OK)
        m->status = MC_ALLOC(a, n, m->error);
    if (m->status == MC_OK)
        m->status = MC_ALLOC(b, n, m->error);
    if (m->status == MC_OK && n > 0) {
        read_shares(rows, "share_a", a);
        read_shares(rows, "share_b", b);
        for (size_t i = 0; i < n; i++) {
            most = fmax(most, fmax(a[i], b[i]));
            least = a[i] > 0 ? fmin(least, a[i]) : least;
            least = b[i] > 0 ? fmin(least, b[i]) : least;
        }
        double ends[] = {pow(10, floor(log10(least))), most * 1.3};
        char x_label[64], y_label[64];
        snprintf(x_label, sizeof x_label, "share in %.40s", p->a);
        snprintf(y_label, sizeof y_label, "share in %.40s", p->b);
        mc_chart_series series[2] = {
            {"equal shares", MC_MARK_LINE, 3, false, 2, ends, ends, NULL, NULL},
            {"entries", MC_MARK_DOTS, 1, false, n, a, b, NULL, rows}};
        mc_chart chart = {
            .id = id_of(p, "scatter"),
            .title = "Shares of the entries that moved most",
            .summary = "Each mark is an entry: the farther from the line, the more its share "
                       "changed. Entries that one side does not have stand on its edge.",
            .x = {x_label, true, MC_FORM_SHARE},
            .y = {y_label, true, MC_FORM_SHARE},
            .series = series,
            .n_series = 2,
            .square = true};
        mc_page_figure(m, &chart);
    }
    free(a);
    free(b);
}

/* "the pool" without its article, for the heads of columns. */
static const char *short_name(const char *name) {
    return strncmp(name, "the ", 4) == 0 ? name + 4 : name;
}

static bool has_sources(const json_t *rows) {
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (mc_document_has(json_array_get(rows, i), "source"))
            return true;
    return false;
}

static void put_rows(mc_markup *m, part *p, const char *id, const json_t *rows,
                     const char *caption) {
    char names[4][64];
    const char *a = short_name(p->a), *b = short_name(p->b);
    const char *columns[6] = {"Entry"};
    bool sources = has_sources(rows);
    size_t n = 1;
    snprintf(names[0], sizeof names[0], "Count, %.40s", a);
    snprintf(names[1], sizeof names[1], "Count, %.40s", b);
    snprintf(names[2], sizeof names[2], "Share, %.40s", a);
    snprintf(names[3], sizeof names[3], "Share, %.40s", b);
    if (sources)
        columns[n++] = "Source";
    for (size_t i = 0; i < 4; i++)
        columns[n++] = names[i];
    if (json_array_size(rows) == 0)
        return;
    mc_table_open(m, id_of(p, id), caption, columns, n, n - 4, "tall");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        mc_table_entry(m, row);
        if (sources)
            mc_table_text(m, mc_document_get(row, "source"));
        mc_table_number(m, mc_document_get(row, "a"));
        mc_table_number(m, mc_document_get(row, "b"));
        mc_table_share(m, number(row, "share_a"));
        mc_table_share(m, number(row, "share_b"));
        mc_markup_raw(m, "</tr>\n");
    }
    mc_table_close(m);
}

static void put_only(mc_markup *m, part *p, const char *id, const char *key, const char *name) {
    const json_t *only = mc_document_get(p->comparison, key);
    char caption[96];
    mc_markup_raw(m, "<p>");
    mc_markup_number(m, mc_document_get(only, "entries"));
    mc_markup_printf(m, " entries occur in %s alone.</p>\n", name);
    snprintf(caption, sizeof caption, "The most frequent entries in %.60s alone", name);
    put_rows(m, p, id, mc_document_get(only, "first"), caption);
}

/* --- the page -------------------------------------------------------------------------------- */

static const struct {
    const char *name, *title, *id, *a, *b;
} kinds[] = {
    {"pools", "Pools", "pools", "pool A", "pool B"},
    {"subsets", "Subsets", "subsets", "subset A", "subset B"},
    {"before and after", "Before and after", "before-after", "the pool", "the subset"},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* The comparison of a kind, or NULL. */
static const json_t *find_kind(const json_t *document, size_t kind) {
    const json_t *list = mc_document_get(document, "comparisons");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        if (!strcmp(mc_document_text(c, "name"), kinds[kind].name))
            return c;
    }
    return NULL;
}

static void put_comparison(mc_markup *m, const json_t *comparison, size_t kind) {
    part p = {comparison, kinds[kind].a, kinds[kind].b, kind, ""};
    mc_markup_printf(m, "<section id=\"%s\" aria-labelledby=\"%s-h\"><h2 id=\"%s-h\">%s</h2>\n",
                     kinds[kind].id, kinds[kind].id, kinds[kind].id, kinds[kind].title);
    put_measures(m, &p);
    put_scatter(m, &p);
    put_rows(m, &p, "moved", mc_document_get(comparison, "moved"), "Moved most");
    put_only(m, &p, "only-a", "only_a", p.a);
    put_only(m, &p, "only-b", "only_b", p.b);
    mc_markup_raw(m, "</section>\n");
}

static void put_page(mc_markup *m, const json_t *document) {
    mc_page_section contents[N_KINDS];
    size_t n = 0;
    for (size_t k = 0; k < N_KINDS; k++)
        if (find_kind(document, k))
            contents[n++] = (mc_page_section){kinds[k].id, kinds[k].title, NULL, NULL};
    mc_page_open(m, "Comparison", contents, n, document, false);
    mc_markup_raw(m, "<h1>Comparison</h1>\n<p class=\"lead\">");
    mc_markup_raw(m, mc_document_has(document, "b")
                         ? "Two runs, A and B: how differently their matches are spread over "
                           "entries, whatever their sizes. Entries meet by their strings."
                         : "One run: how differently the matches of its pool and those of its "
                           "subset are spread over entries, whatever their sizes.");
    mc_markup_raw(m, "</p>\n");
    put_runs(m, document);
    for (size_t k = 0; k < N_KINDS; k++)
        if (find_kind(document, k))
            put_comparison(m, find_kind(document, k), k);
    mc_page_close(m, document, "comparison.json");
}

mc_status mc_page_write_comparison(const json_t *comparison, const char *folder, mc_error *error) {
    char path[MC_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/comparison.html", folder);
    if (n < 0 || n >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "a path is too long");
    mc_markup m = {.error = error};
    put_page(&m, comparison);
    mc_status status = m.status;
    if (status == MC_OK)
        status = mc_write_file(path, m.out.data, m.out.size, error);
    mc_buffer_dispose(&m.out);
    return status;
}
