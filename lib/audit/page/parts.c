/* Parts that every page has: head, contents, sections, tables, foot. */
#include "audit/page/parts.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "audit/page/chart.h"

/* --- the page -------------------------------------------------------------------------------- */

/* 'sha256-...' of an asset, by which the policy allows it and nothing else that is inline. */
static void put_digest(mc_markup *m, const mc_page_asset *asset) {
    unsigned char digest[EVP_MAX_MD_SIZE], text[4 * EVP_MAX_MD_SIZE / 3 + 4];
    unsigned size = 0;
    if (m->status == MC_OK &&
        !EVP_Digest(asset->data, asset->size, digest, &size, EVP_sha256(), NULL))
        m->status = mc_fail(m->error, MC_E_MEMORY, "out of memory: a digest");
    if (m->status != MC_OK)
        return;
    EVP_EncodeBlock(text, digest, (int)size);
    mc_markup_printf(m, "'sha256-%s'", (const char *)text);
}

static void put_contents(mc_markup *m, const mc_page_section *sections, size_t n,
                         const json_t *report) {
    mc_markup_raw(m, "<nav class=\"contents\" aria-label=\"Contents\"><ol>");
    for (size_t i = 0; i < n; i++)
        if (!sections[i].is_there || sections[i].is_there(report))
            mc_markup_printf(m, "<li><a href=\"#%s\">%s</a></li>", sections[i].id,
                             sections[i].title);
    mc_markup_raw(m, "</ol></nav>\n");
}

void mc_page_open(mc_markup *m, const char *title, const mc_page_section *sections, size_t n,
                  const json_t *report, bool external) {
    mc_markup_raw(m, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "base-uri 'none'; form-action 'none'; img-src data:; style-src ");
    put_digest(m, &mc_page_style);
    mc_markup_raw(m, "; script-src ");
    put_digest(m, &mc_page_script);
    /* What this script adds may run; without 'strict-dynamic' the others say from where. */
    mc_markup_raw(m, external ? " 'strict-dynamic' 'self' file:" : "");
    mc_markup_printf(m,
                     "\">\n<meta name=\"viewport\" content=\"width=device-width, "
                     "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"generator\" content=\"metacurate %s\">\n"
                     "<link rel=\"icon\" href=\"data:,\">\n<title>%s</title>\n<style>",
                     mc_version(), title);
    mc_markup_bytes(m, mc_page_style.data, mc_page_style.size);
    mc_markup_raw(m, "</style>\n<script>");
    mc_markup_bytes(m, mc_page_script.data, mc_page_script.size);
    mc_markup_raw(m, "</script>\n</head>\n<body>\n"
                     "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
                     "<header class=\"top\"><span class=\"brand\">metacurate</span></header>\n"
                     "<div class=\"page\">\n");
    put_contents(m, sections, n, report);
    mc_markup_raw(m, "<main id=\"main\" tabindex=\"-1\">\n");
}

void mc_page_close(mc_markup *m, const json_t *document, const char *file) {
    mc_markup_raw(m, "</main>\n</div>\n<footer><p>Written by metacurate ");
    mc_markup_string(m, mc_document_text(document, "version"));
    mc_markup_printf(m,
                     ". The same figures for programs: <code>%s</code>. This page needs "
                     "no network.</p></footer>\n</body>\n</html>\n",
                     file);
}

void mc_page_sections(mc_markup *m, const mc_page_section *sections, size_t n,
                      const json_t *report) {
    for (size_t i = 0; i < n; i++) {
        const mc_page_section *s = &sections[i];
        if (!s->write || (s->is_there && !s->is_there(report)))
            continue;
        mc_markup_printf(m, "<section id=\"%s\" aria-labelledby=\"%s-h\"><h2 id=\"%s-h\">%s</h2>\n",
                         s->id, s->id, s->id, s->title);
        s->write(m, report);
        mc_markup_raw(m, "</section>\n");
    }
}

void mc_page_tile_open(mc_markup *m, const char *label) {
    mc_markup_printf(m, "<div class=\"tile\"><dt>%s</dt><dd>", label);
}

void mc_page_tile_close(mc_markup *m, const char *note) {
    mc_markup_printf(m, " <small>%s</small></dd></div>", note);
}

void mc_page_figure(mc_markup *m, const mc_chart *chart) {
    mc_markup_raw(m, "<figure>");
    mc_chart_write(m, chart);
    mc_markup_raw(m, "<figcaption>");
    mc_markup_string(m, chart->summary);
    mc_markup_raw(m, "</figcaption></figure>\n");
}

void mc_page_numbers_open(mc_markup *m) {
    mc_markup_raw(m, "<details><summary>The numbers</summary>\n");
}

void mc_page_numbers_close(mc_markup *m) {
    mc_table_close(m);
    mc_markup_raw(m, "</details>\n");
}

/* --- tables ---------------------------------------------------------------------------------- */

void mc_table_open(mc_markup *m, const char *id, const char *caption, const char *const *columns,
                   size_t n_columns, size_t n_text, const char *style) {
    mc_markup_printf(m,
                     "<div class=\"scroll %s\" tabindex=\"0\" role=\"region\" "
                     "aria-labelledby=\"%s-c\"><table id=\"%s\"><caption id=\"%s-c\">",
                     style, id, id, id);
    mc_markup_string(m, caption);
    mc_markup_raw(m, "</caption><thead><tr>");
    bool bars = strstr(style, "barred") != NULL;
    for (size_t i = 0; i < n_columns; i++)
        mc_markup_printf(m, "<th scope=\"col\"%s>%s</th>", i < n_text ? "" : " class=\"n\"",
                         columns[i]);
    if (bars)
        mc_markup_raw(m, "<th scope=\"col\" class=\"bars\"><span class=\"unseen\">Bar</span></th>");
    mc_markup_raw(m, "</tr></thead><tbody>\n");
}

void mc_table_close(mc_markup *m) {
    mc_markup_raw(m, "</tbody></table></div>\n");
}

void mc_table_entry(mc_markup *m, const json_t *row) {
    const json_t *entry = mc_document_get(row, "entry");
    mc_markup_raw(m, "<tr><th scope=\"row\">");
    if (json_is_null(entry) && mc_document_has(row, "id")) {
        mc_markup_raw(m, "<span class=\"none\">no. ");
        mc_markup_number(m, mc_document_get(row, "id"));
        mc_markup_raw(m, "</span>");
    } else {
        mc_markup_entry(m, entry);
    }
    mc_markup_raw(m, "</th>");
}

void mc_table_text(mc_markup *m, const json_t *string) {
    mc_markup_raw(m, "<td>");
    if (json_is_string(string))
        mc_markup_entry(m, string);
    else
        mc_markup_real(m, NAN);
    mc_markup_raw(m, "</td>");
}

void mc_table_number(mc_markup *m, const json_t *number) {
    mc_markup_raw(m, "<td class=\"n\">");
    mc_markup_number(m, number);
    mc_markup_raw(m, "</td>");
}

void mc_table_count(mc_markup *m, double count) {
    mc_markup_raw(m, "<td class=\"n\">");
    mc_markup_real(m, round(count));
    mc_markup_raw(m, "</td>");
}

void mc_table_real(mc_markup *m, double value) {
    mc_markup_raw(m, "<td class=\"n\">");
    mc_markup_real(m, value);
    mc_markup_raw(m, "</td>");
}

void mc_table_share(mc_markup *m, double share) {
    mc_markup_raw(m, "<td class=\"n\">");
    mc_markup_share(m, share);
    mc_markup_raw(m, "</td>");
}

/* --- the document ---------------------------------------------------------------------------- */

mc_numbers mc_numbers_read(mc_markup *m, const json_t *object, const char *key) {
    const json_t *array = mc_document_get(object, key);
    mc_numbers numbers = {.n = json_array_size(array)};
    if (m->status == MC_OK)
        m->status = MC_ALLOC(numbers.values, numbers.n, m->error);
    if (!numbers.values)
        return (mc_numbers){0};
    for (size_t i = 0; i < numbers.n; i++)
        numbers.values[i] = mc_document_number(json_array_get(array, i));
    return numbers;
}

double mc_numbers_at(const mc_numbers *numbers, size_t i) {
    return i < numbers->n ? numbers->values[i] : NAN;
}

bool mc_report_is_balanced(const json_t *report) {
    return mc_document_has(report, "result");
}

double mc_report_threshold(const json_t *report) {
    double t = mc_document_number(mc_document_get(mc_document_get(report, "result"), "t"));
    return isfinite(t) ? t : NAN;
}

bool mc_report_has_sources(const json_t *report) {
    const json_t *sources = mc_document_get(report, "sources");
    for (size_t i = 0; i < json_array_size(sources); i++)
        if (mc_document_has(json_array_get(sources, i), "source"))
            return true;
    return false;
}
