/* report.html: its sections in order, and the table of all entries in it or beside it. */
#include "audit/page/parts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "match/resume.h"
#include "metacurate/io.h"

static bool has_check(const json_t *report) {
    return mc_document_has(report, "check");
}

static bool has_languages(const json_t *report) {
    const json_t *list = mc_document_get(report, "languages");
    return json_array_size(list) > 1 || mc_document_has(json_array_get(list, 0), "lang");
}

static bool has_matches(const json_t *report) {
    return mc_document_number(
               mc_document_get(mc_document_get(report, "counts"), "matched_entries")) > 0;
}

static bool has_moved(const json_t *report) {
    const json_t *entries = mc_document_get(report, "entries");
    return mc_document_has(entries, "gained") || mc_document_has(entries, "lost");
}

/* The last one is written here, by itself. */
static const mc_page_section sections[] = {
    {"stages", "Through the stages", NULL, mc_section_stages},
    {"run", "Result and parameters", NULL, mc_section_run},
    {"check", "Check", has_check, mc_section_check},
    {"counts", "Counts, sorted", has_matches, mc_section_counts},
    {"cumulative", "Cumulative counts", has_matches, mc_section_cumulative},
    {"sizes", "Size against threshold", has_matches, mc_section_sizes},
    {"matches", "Matches a text", has_matches, mc_section_matches},
    {"frequent", "Most and least frequent", has_matches, mc_section_frequent},
    {"moved", "Gained and lost", has_moved, mc_section_moved},
    {"sources", "Sources of the list", mc_report_has_sources, mc_section_sources},
    {"languages", "Languages", has_languages, mc_section_languages},
    {"never", "Never matched and dead", NULL, mc_section_never},
    {"all", "All entries", NULL, NULL},
};
enum { N_SECTIONS = sizeof sections / sizeof *sections };

/* --- the summary ----------------------------------------------------------------------------- */

static void put_tile(mc_markup *m, const json_t *object, const char *key, const char *label,
                     const char *note) {
    mc_page_tile_open(m, label);
    mc_markup_number(m, mc_document_get(object, key));
    mc_page_tile_close(m, note);
}

static void put_tiles(mc_markup *m, const json_t *report) {
    const json_t *totals = mc_document_get(report, "totals");
    const json_t *result = mc_document_get(report, "result");
    mc_markup_raw(m, "<dl class=\"tiles\">");
    put_tile(m, totals, "texts", "Texts", "read");
    put_tile(m, totals, "matched", "Matched", "pairs");
    if (mc_report_is_balanced(report)) {
        put_tile(m, totals, "kept", "Kept", "pairs");
        put_tile(m, result, "t", "Threshold", "t");
        mc_page_tile_open(m, "Tail share");
        mc_markup_share(m, mc_document_number(mc_document_get(result, "p")));
        mc_page_tile_close(m, "p");
    }
    put_tile(m, mc_document_get(report, "counts"), "matched_entries", "Entries", "matched");
    mc_markup_raw(m, "</dl>\n");
}

static void put_summary(mc_markup *m, const json_t *report) {
    const json_t *totals = mc_document_get(report, "totals");
    const json_t *result = mc_document_get(report, "result");
    double texts = mc_document_number(mc_document_get(totals, "texts"));
    double matched = mc_document_number(mc_document_get(totals, "matched"));
    mc_markup_raw(m, "<p class=\"lead\">A pool of ");
    mc_markup_number(m, mc_document_get(totals, "records"));
    mc_markup_raw(m, " records gave ");
    mc_markup_number(m, mc_document_get(totals, "texts"));
    mc_markup_raw(m, " texts. ");
    mc_markup_number(m, mc_document_get(totals, "matched"));
    mc_markup_raw(m, " distinct pairs");
    if (texts > 0) {
        mc_markup_raw(m, " (");
        mc_markup_share(m, matched / texts);
        mc_markup_raw(m, " of the texts)");
    }
    mc_markup_raw(m, " hold at least one of the ");
    mc_markup_number(m, mc_document_get(mc_document_get(report, "metadata"), "entries"));
    mc_markup_raw(m, " entries of the concept list.");
    if (mc_report_is_balanced(report)) {
        mc_markup_raw(m, " Balancing at threshold t = ");
        mc_markup_number(m, mc_document_get(result, "t"));
        mc_markup_raw(m, " kept ");
        mc_markup_number(m, mc_document_get(totals, "kept"));
        mc_markup_raw(m, " of them");
        if (matched > 0) {
            mc_markup_raw(m, " (");
            mc_markup_share(m, mc_document_number(mc_document_get(totals, "kept")) / matched);
            mc_markup_raw(m, ")");
        }
        mc_markup_raw(m, "; entries that occur less often than t make up ");
        mc_markup_share(m, mc_document_number(mc_document_get(result, "p")));
        mc_markup_raw(m, " of all matches.");
    } else {
        mc_markup_raw(m, " Nothing was balanced: this page shows the pool alone, and leaves out "
                         "what needs a subset (its check, counts after, and which entries gained "
                         "and lost).");
    }
    mc_markup_raw(m, "</p>\n");
}

/* --- all entries ----------------------------------------------------------------------------- */

#define ENTRIES_FILE "report-entries.js"

/* With packed NULL the rows are in the file beside the page. */
static void put_table(mc_markup *m, const mc_page_rows *rows, const mc_packed_rows *packed,
                      bool external) {
    mc_markup_printf(m,
                     "<section id=\"all\" aria-labelledby=\"all-h\" data-key=\"%s\"%s>"
                     "<h2 id=\"all-h\">All entries</h2>\n<p>",
                     packed->key, external ? " data-file=\"" ENTRIES_FILE "\"" : "");
    if (packed->n < rows->n) {
        mc_markup_raw(m, "The ");
        mc_markup_count(m, packed->n);
        mc_markup_raw(m, " most frequent of ");
        mc_markup_count(m, rows->n);
        mc_markup_raw(m, " entries");
    } else {
        mc_markup_raw(m, "All ");
        mc_markup_count(m, rows->n);
        mc_markup_raw(m, " entries");
    }
    mc_markup_raw(m, ", to search, filter and sort.");
    if (external) {
        mc_markup_raw(m, " Their ");
        mc_markup_bytes_size(m, (double)packed->text.size);
        mc_markup_raw(
            m, " would make this page slow to open, so they are beside it in <code>" ENTRIES_FILE
               "</code>, which is loaded when the table is asked for: keep "
               "both files together.");
    }
    mc_markup_raw(m, "</p>\n<p class=\"needs-script\">The table needs JavaScript. Without it: "
                     "<code>counts.npy</code> has the counts of all entries, in the order of the "
                     "concept list.</p>\n<div id=\"all-view\"></div>\n");
    if (!external) {
        mc_markup_raw(m, "<script type=\"text/plain\" id=\"all-rows\">");
        mc_markup_bytes(m, packed->text.data, packed->text.size);
        mc_markup_raw(m, "</script>\n");
    }
    mc_markup_raw(m, "</section>\n");
}

static void put_page(mc_markup *m, const json_t *report, const mc_page_rows *rows,
                     const mc_packed_rows *packed, bool external) {
    const char *title = mc_report_is_balanced(report) ? "Curation report" : "Pool report";
    mc_page_open(m, title, sections, N_SECTIONS, report, external);
    mc_markup_printf(m, "<h1>%s</h1>\n", title);
    put_summary(m, report);
    put_tiles(m, report);
    mc_page_sections(m, sections, N_SECTIONS, report);
    put_table(m, rows, packed, external);
    mc_page_close(m, report, "report.json");
}

/* --- files ----------------------------------------------------------------------------------- */

static mc_status make_path(char path[MC_PATH_MAX], const char *folder, const char *name,
                           mc_error *error) {
    int n = snprintf(path, MC_PATH_MAX, "%s/%s", folder, name);
    return n >= 0 && n < MC_PATH_MAX ? MC_OK : mc_fail(error, MC_E_LIMIT, "a path is too long");
}

static mc_status write_rows(const char *path, const mc_packed_rows *packed, mc_error *error) {
    mc_markup m = {.error = error};
    mc_markup_printf(&m, "metacurateEntries(\"%s\",\"", packed->key);
    mc_markup_bytes(&m, packed->text.data, packed->text.size);
    mc_markup_raw(&m, "\");\n");
    mc_status status = m.status;
    if (status == MC_OK)
        status = mc_write_file(path, m.out.data, m.out.size, error);
    mc_buffer_dispose(&m.out);
    return status;
}

/* The rows go first, so that a page never waits for a file that is not there; a file of an earlier
 * page goes when nothing needs it any more. */
static mc_status write_files(const mc_markup *page, const mc_packed_rows *packed, bool external,
                             const char *folder, mc_error *error) {
    char path[MC_PATH_MAX], rows_path[MC_PATH_MAX];
    MC_TRY(make_path(path, folder, "report.html", error));
    MC_TRY(make_path(rows_path, folder, ENTRIES_FILE, error));
    if (external)
        MC_TRY(write_rows(rows_path, packed, error));
    MC_TRY(mc_write_file(path, page->out.data, page->out.size, error));
    if (!external && unlink(rows_path) != 0 && errno != ENOENT) {
        mc_fail(error, MC_E_IO, "cannot be removed: %s", strerror(errno));
        mc_error_place(error, rows_path, MC_NONE, MC_NONE);
        return MC_E_IO;
    }
    return MC_OK;
}

mc_status mc_page_write(const json_t *report, const mc_page_rows *rows,
                        const mc_packed_rows *packed, const char *folder, mc_error *error) {
    mc_markup m = {.error = error};
    bool external = packed->text.size >= MC_PAGE_MOST;
    put_page(&m, report, rows, packed, external);
    if (!external && m.out.size >= MC_PAGE_MOST) { /* once more, without the rows */
        external = true;
        m.out.size = 0;
        put_page(&m, report, rows, packed, external);
    }
    mc_status status = m.status;
    if (status == MC_OK)
        status = write_files(&m, packed, external, folder, error);
    mc_buffer_dispose(&m.out);
    return status;
}
