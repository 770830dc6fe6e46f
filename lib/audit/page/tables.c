/* Sections that are tables of entries, sources and languages. */
#include "audit/page/parts.h"

#include <math.h>

#include "audit/page/chart.h"

static double number(const json_t *object, const char *key) {
    return mc_document_number(mc_document_get(object, key));
}

/* --- entries --------------------------------------------------------------------------------- */

static void put_entries(mc_markup *m, const json_t *report, const char *key, const char *caption) {
    const json_t *list = mc_document_get(mc_document_get(report, "entries"), key);
    bool balanced = mc_report_is_balanced(report), sources = mc_report_has_sources(report);
    const char *columns[6] = {"Entry"};
    size_t n = 1, n_text = 1;
    if (sources)
        columns[n++] = "Source", n_text++;
    columns[n++] = balanced ? "Before" : "Count";
    columns[n++] = balanced ? "After" : "Share";
    if (balanced)
        columns[n++] = "Kept";
    if (!json_is_array(list))
        return;
    mc_table_open(m, key, caption, columns, n, n_text, "tall");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        mc_table_entry(m, row);
        if (sources)
            mc_table_text(m, mc_document_get(row, "source"));
        mc_table_number(m, mc_document_get(row, "before"));
        if (balanced) {
            mc_table_number(m, mc_document_get(row, "after"));
            mc_table_share(m, number(row, "after") / number(row, "before"));
        } else {
            mc_table_share(m, number(row, "share_before"));
        }
        mc_markup_raw(m, "</tr>\n");
    }
    mc_table_close(m);
}

void mc_section_frequent(mc_markup *m, const json_t *report) {
    bool balanced = mc_report_is_balanced(report);
    mc_markup_raw(m, "<p>At most 50 each, of the entries that occur in the pool. Equal counts "
                     "stand in the order of the list.</p>\n<div class=\"pairs\">\n");
    put_entries(m, report, "top_before", balanced ? "Most frequent before" : "Most frequent");
    put_entries(m, report, "top_after", "Most frequent after");
    put_entries(m, report, "bottom_before", balanced ? "Least frequent before" : "Least frequent");
    put_entries(m, report, "bottom_after", "Least frequent after");
    mc_markup_raw(m, "</div>\n");
}

static void put_moved(mc_markup *m, const json_t *report, const char *key, const char *caption) {
    const json_t *list = mc_document_get(mc_document_get(report, "entries"), key);
    bool sources = mc_report_has_sources(report);
    const char *columns[6] = {"Entry"};
    size_t n = 1;
    if (sources)
        columns[n++] = "Source";
    columns[n++] = "Share before";
    columns[n++] = "Share after";
    columns[n++] = "Factor";
    if (!json_is_array(list))
        return;
    mc_table_open(m, key, caption, columns, n, sources ? 2 : 1, "tall");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        mc_table_entry(m, row);
        if (sources)
            mc_table_text(m, mc_document_get(row, "source"));
        mc_table_share(m, number(row, "share_before"));
        mc_table_share(m, number(row, "share_after"));
        mc_markup_raw(m, "<td class=\"n\">× ");
        double factor = number(row, "share_after") / number(row, "share_before");
        mc_markup_decimal(m, factor, factor < 1 ? 3 : 2);
        mc_markup_raw(m, "</td></tr>\n");
    }
    mc_table_close(m);
}

void mc_section_moved(mc_markup *m, const json_t *report) {
    mc_markup_raw(m, "<p>Entries whose share of all matches rose or fell most between pool and "
                     "subset.</p>\n<div class=\"pairs\">\n");
    put_moved(m, report, "gained", "Gained most");
    put_moved(m, report, "lost", "Lost most");
    mc_markup_raw(m, "</div>\n");
}

/* --- sources and languages ------------------------------------------------------------------- */

static double largest_share(const json_t *list) {
    double largest = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        largest = fmax(largest, number(json_array_get(list, i), "share_before"));
        largest = fmax(largest, number(json_array_get(list, i), "share_after"));
    }
    return largest > 0 ? largest : 1;
}

static void put_share_bars(mc_markup *m, double before, double after, double largest) {
    mc_markup_raw(m, "<td class=\"bars\">");
    mc_chart_bar(m, before / largest, 0);
    if (!isnan(after))
        mc_chart_bar(m, after / largest, 1);
    mc_markup_raw(m, "</td></tr>\n");
}

void mc_section_sources(mc_markup *m, const json_t *report) {
    static const char *const balanced_columns[] = {"Source",  "Share before",  "Share after",
                                                   "Entries", "Never matched", "Dead"};
    static const char *const columns[] = {"Source", "Share", "Entries", "Never matched", "Dead"};
    const json_t *list = mc_document_get(report, "sources");
    bool balanced = mc_report_is_balanced(report);
    double largest = largest_share(list);
    mc_markup_raw(m, "<p>How the matches spread over the sources of the concept list");
    mc_markup_raw(m, balanced ? ": the upper bar before, the lower one after.</p>\n" : ".</p>\n");
    mc_markup_raw(m, "<figure>");
    mc_table_open(m, "sources-table", "Share of all matches by source",
                  balanced ? balanced_columns : columns, balanced ? 6 : 5, 1, "barred");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        mc_markup_raw(m, "<tr><th scope=\"row\">");
        mc_markup_entry(m, mc_document_get(row, "source"));
        mc_markup_raw(m, "</th>");
        mc_table_share(m, number(row, "share_before"));
        if (balanced)
            mc_table_share(m, number(row, "share_after"));
        mc_table_number(m, mc_document_get(row, "entries"));
        mc_table_number(m, mc_document_get(row, "never_matched"));
        mc_table_number(m, mc_document_get(row, "dead"));
        put_share_bars(m, number(row, "share_before"), number(row, "share_after"), largest);
    }
    mc_table_close(m);
    mc_markup_raw(m, "</figure>\n");
}

void mc_section_languages(mc_markup *m, const json_t *report) {
    static const char *const balanced_columns[] = {"Language", "Pairs", "Kept", "Share kept",
                                                   "Matches a pair"};
    static const char *const columns[] = {"Language", "Pairs", "Matches a pair"};
    const json_t *list = mc_document_get(report, "languages");
    bool balanced = mc_report_is_balanced(report);
    double largest = fmax(number(json_array_get(list, 0), "matched"), 1);
    mc_markup_raw(m, "<p>Languages of the matched texts, most pairs first");
    mc_markup_raw(m, balanced ? ": the upper bar before, the lower one after.</p>\n" : ".</p>\n");
    mc_markup_raw(m, "<figure>");
    mc_table_open(m, "languages-table", "Pairs by language", balanced ? balanced_columns : columns,
                  balanced ? 5 : 3, 1, "barred tall");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        mc_markup_raw(m, "<tr><th scope=\"row\">");
        mc_markup_entry(m, mc_document_get(row, "lang"));
        mc_markup_raw(m, "</th>");
        mc_table_number(m, mc_document_get(row, "matched"));
        if (balanced) {
            mc_table_number(m, mc_document_get(row, "kept"));
            mc_table_share(m, number(row, "kept") / number(row, "matched"));
        }
        mc_table_real(m, number(row, "matches") / number(row, "matched"));
        put_share_bars(m, number(row, "matched") / largest, number(row, "kept") / largest, 1);
    }
    mc_table_close(m);
    mc_markup_raw(m, "</figure>\n");
}

/* --- never matched and dead ------------------------------------------------------------------ */

static void put_list(mc_markup *m, const json_t *report, const char *id, const char *key,
                     const char *caption) {
    const json_t *list = mc_document_get(mc_document_get(report, key), "first");
    bool sources = mc_report_has_sources(report);
    const char *columns[3] = {"Entry", "Source", "No."};
    if (json_array_size(list) == 0)
        return;
    if (!sources)
        columns[1] = "No.";
    mc_table_open(m, id, caption, columns, sources ? 3 : 2, sources ? 2 : 1, "tall");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        mc_table_entry(m, row);
        if (sources)
            mc_table_text(m, mc_document_get(row, "source"));
        mc_table_number(m, mc_document_get(row, "id"));
        mc_markup_raw(m, "</tr>\n");
    }
    mc_table_close(m);
}

void mc_section_never(mc_markup *m, const json_t *report) {
    double entries = number(mc_document_get(report, "metadata"), "entries");
    const json_t *never = mc_document_get(report, "never_matched");
    const json_t *dead = mc_document_get(report, "dead");
    mc_markup_raw(m, "<p>");
    mc_markup_number(m, mc_document_get(never, "entries"));
    mc_markup_raw(m, " entries (");
    mc_markup_share(m, number(never, "entries") / entries);
    mc_markup_raw(m, ") could match and occur in no text of the pool. ");
    if (json_is_null(mc_document_get(dead, "entries"))) {
        mc_markup_raw(m,
                      "Some of them may be unable to occur in any text: without the concept list "
                      "that is not known. ");
    } else if (mc_document_count(mc_document_get(dead, "entries")) > 0) {
        mc_markup_number(m, mc_document_get(dead, "entries"));
        mc_markup_raw(m, " more are dead: the rules set marks apart with spaces, so that no text "
                         "can hold an entry like “U.S.”. ");
    } else {
        mc_markup_raw(m, "None is dead, that is, unable to occur in any text. ");
    }
    mc_markup_raw(m, "Here are at most 100 of each; the table of all entries has the others.</p>\n"
                     "<div class=\"pairs\">\n");
    put_list(m, report, "never-table", "never_matched", "Never matched");
    put_list(m, report, "dead-table", "dead", "Dead");
    mc_markup_raw(m, "</div>\n");
}
