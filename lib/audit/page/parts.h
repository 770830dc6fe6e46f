/* What pages are put together from: sections, tables, arrays of numbers, the rows of all entries.
 * Each part of the report is a section that is there or not, as the document has it. */
#ifndef MC_AUDIT_PAGE_PARTS_H
#define MC_AUDIT_PAGE_PARTS_H

#include "audit/page/markup.h"
#include "audit/page/page.h"

/* The style sheet and the script of pages (page/report.css, page/report.js), put into the library
 * when it is built. */
typedef struct mc_page_asset {
    const unsigned char *data;
    size_t size;
} mc_page_asset;
extern const mc_page_asset mc_page_style, mc_page_script;

typedef struct mc_page_section {
    const char *id;
    const char *title;
    bool (*is_there)(const json_t *report); /* NULL: always */
    void (*write)(mc_markup *m, const json_t *report);
} mc_page_section;

/* From the doctype to the opened main element: title, policy, style, script, and the list of
 * contents over sections. With external, the page loads a script from beside it. */
void mc_page_open(mc_markup *m, const char *title, const mc_page_section *sections, size_t n,
                  const json_t *report, bool external);
void mc_page_close(mc_markup *m, const json_t *document, const char *file);
void mc_page_sections(mc_markup *m, const mc_page_section *sections, size_t n,
                      const json_t *report);

/* A number for people to see at a glance. */
void mc_page_tile_open(mc_markup *m, const char *label);
void mc_page_tile_close(mc_markup *m, const char *note);

/* A chart and its summary under it; then, closed at first, a table of its numbers. */
struct mc_chart;
void mc_page_figure(mc_markup *m, const struct mc_chart *chart);
void mc_page_numbers_open(mc_markup *m);
void mc_page_numbers_close(mc_markup *m); /* closes the table, too */

/* A table in a region of its own that scrolls; of its columns the first n_text hold text, the
 * others numbers. style is any of: tall (it scrolls downwards), barred (bars in one column more),
 * stages. */
void mc_table_open(mc_markup *m, const char *id, const char *caption, const char *const *columns,
                   size_t n_columns, size_t n_text, const char *style);
void mc_table_close(mc_markup *m);
/* A row's head: the entry of a row of the document, or its number where it is not known. */
void mc_table_entry(mc_markup *m, const json_t *row);
void mc_table_text(mc_markup *m, const json_t *string); /* null: a dash */
void mc_table_number(mc_markup *m, const json_t *number);
void mc_table_count(mc_markup *m, double count); /* NaN: a dash */
void mc_table_real(mc_markup *m, double value);
void mc_table_share(mc_markup *m, double share);

/* An array of numbers of the document; NaN for what is none. Dispose it with free(values). */
typedef struct mc_numbers {
    double *values;
    size_t n;
} mc_numbers;
mc_numbers mc_numbers_read(mc_markup *m, const json_t *object, const char *key);
double mc_numbers_at(const mc_numbers *numbers, size_t i); /* NaN past its end */

/* What the report is about: was anything balanced, and at which finite t (else NaN)? */
bool mc_report_is_balanced(const json_t *report);
double mc_report_threshold(const json_t *report);
/* True when any source has a name. */
bool mc_report_has_sources(const json_t *report);

/* Sections of the report. */
void mc_section_stages(mc_markup *m, const json_t *report);
void mc_section_run(mc_markup *m, const json_t *report);
void mc_section_check(mc_markup *m, const json_t *report);
void mc_section_counts(mc_markup *m, const json_t *report);
void mc_section_cumulative(mc_markup *m, const json_t *report);
void mc_section_sizes(mc_markup *m, const json_t *report);
void mc_section_matches(mc_markup *m, const json_t *report);
void mc_section_frequent(mc_markup *m, const json_t *report);
void mc_section_moved(mc_markup *m, const json_t *report);
void mc_section_sources(mc_markup *m, const json_t *report);
void mc_section_languages(mc_markup *m, const json_t *report);
void mc_section_never(mc_markup *m, const json_t *report);

enum {
    MC_PAGE_MOST = 3000000, /* bytes of a page with its table of all entries in it */
    MC_PAGE_MOST_ROWS = 1000000
};

#endif
