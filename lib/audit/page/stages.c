/* How much came through each stage of a run, what the run was, and whether its files are as its
 * rules say. */
#include "audit/page/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit/page/chart.h"
#include "io/json_out.h"

/* --- stages ---------------------------------------------------------------------------------- */

typedef struct stages {
    mc_markup *m;
    const json_t *totals;
    double longest; /* what a full bar stands for */
} stages;

static double total(const stages *s, const char *key) {
    return mc_document_number(mc_document_get(s->totals, key));
}

/* A row: a stage, or a part that left before the next one. */
static void put_stage(const stages *s, const char *label, const json_t *number, double of,
                      const char *of_what, bool part) {
    mc_markup *m = s->m;
    double value = mc_document_number(number);
    mc_markup_printf(m, "<tr class=\"%s\"><th scope=\"row\">", part ? "part" : "stage");
    mc_markup_string(m, label);
    mc_markup_raw(m, "</th>");
    mc_table_number(m, number);
    mc_markup_raw(m, "<td class=\"n\">");
    if (of > 0) {
        mc_markup_share(m, value / of);
        mc_markup_printf(m, " <small>of %s</small>", of_what);
    }
    mc_markup_raw(m, "</td><td class=\"bars\">");
    mc_chart_bar(m, value / s->longest, part ? 3 : 0);
    mc_markup_raw(m, "</td></tr>\n");
}

static void put_reasons(const stages *s, const char *key, const char *prefix, double of,
                        const char *of_what) {
    const char *name;
    json_t *number, *reasons = json_object_get(s->totals, key);
    json_object_foreach(reasons, name, number) {
        char label[160];
        snprintf(label, sizeof label, "%s: %.120s", prefix, name);
        for (char *c = label; *c; c++)
            if (*c == '_')
                *c = ' ';
        put_stage(s, label, number, of, of_what, true);
    }
}

static void put_crawl(const stages *s) {
    static const char *const names[][2] = {
        {"documents", "Documents of the crawl"},
        {"pages", "Pages"},
        {"passed_over", "Documents passed over"},
        {"unsupported", "Documents of other kinds"},
        {"links", "Image links"},
        {"no_text", "Links without a text"},
        {"no_http", "Links that are no http or https"},
    };
    const json_t *crawl = mc_document_get(s->totals, "crawl");
    for (size_t i = 0; crawl && i < sizeof names / sizeof *names; i++) {
        mc_markup_raw(s->m, "<tr class=\"part\"><th scope=\"row\">");
        mc_markup_raw(s->m, names[i][1]);
        mc_markup_raw(s->m, "</th>");
        mc_table_number(s->m, mc_document_get(crawl, names[i][0]));
        mc_markup_raw(s->m, "<td></td><td></td></tr>\n");
    }
}

void mc_section_stages(mc_markup *m, const json_t *report) {
    static const char *const columns[] = {"Stage", "Number", "Share"};
    stages s = {m, mc_document_get(report, "totals"), 1};
    double records = total(&s, "records"), texts = total(&s, "texts");
    s.longest = fmax(fmax(records, texts), 1);
    mc_markup_raw(m, "<p>Each stage and, indented, what left before the next one. Texts are kept, "
                     "not kept, unmatched, empty, duplicates or excluded: these six add up.</p>\n");
    mc_markup_printf(m, "<figure>");
    mc_table_open(m, "stages-table", "Totals through the stages", columns, 3, 1, "stages barred");
    put_crawl(&s);
    put_stage(&s, "Records", mc_document_get(s.totals, "records"), NAN, "", false);
    put_stage(&s, "rejected", mc_document_get(s.totals, "rejected"), records, "records", true);
    put_reasons(&s, "rejected_for", "rejected", records, "records");
    put_stage(&s, "Texts", mc_document_get(s.totals, "texts"), NAN, "", false);
    put_stage(&s, "empty", mc_document_get(s.totals, "empty"), texts, "texts", true);
    put_stage(&s, "excluded", mc_document_get(s.totals, "excluded"), texts, "texts", true);
    put_reasons(&s, "excluded_for", "excluded", texts, "texts");
    put_stage(&s, "duplicates", mc_document_get(s.totals, "duplicates"), texts, "texts", true);
    put_stage(&s, "unmatched", mc_document_get(s.totals, "unmatched"), texts, "texts", true);
    put_stage(&s, "Matched", mc_document_get(s.totals, "matched"), texts, "texts", false);
    if (mc_report_is_balanced(report)) {
        double matched = total(&s, "matched");
        put_stage(&s, "not kept", mc_document_get(s.totals, "not_kept"), matched, "matched", true);
        put_stage(&s, "Kept", mc_document_get(s.totals, "kept"), matched, "matched", false);
    }
    mc_table_close(m);
    mc_markup_raw(m, "</figure>\n<p>The matched pairs hold ");
    mc_markup_number(m, mc_document_get(s.totals, "matches"));
    mc_markup_raw(m, " matches, ");
    mc_markup_real(m, total(&s, "matches") / fmax(total(&s, "matched"), 1));
    mc_markup_raw(m, " a pair.");
    if (total(&s, "replaced") > 0) {
        mc_markup_raw(m, " Ill-formed parts of texts that became U+FFFD: ");
        mc_markup_number(m, mc_document_get(s.totals, "replaced"));
        mc_markup_raw(m, ".");
    }
    mc_markup_raw(m, "</p>\n");
}

/* --- the run --------------------------------------------------------------------------------- */

/* Ends are written by the caller, who fills in between. */
static void open_fact(mc_markup *m, const char *label) {
    mc_markup_printf(m, "<div><dt>%s</dt><dd>", label);
}

static void close_fact(mc_markup *m) {
    mc_markup_raw(m, "</dd></div>\n");
}

static void put_fact_number(mc_markup *m, const char *label, const json_t *object,
                            const char *key) {
    if (!mc_document_has(object, key))
        return;
    open_fact(m, label);
    mc_markup_number(m, mc_document_get(object, key));
    close_fact(m);
}

static void put_fact_text(mc_markup *m, const char *label, const json_t *object, const char *key) {
    if (!mc_document_has(object, key))
        return;
    open_fact(m, label);
    mc_markup_entry(m, mc_document_get(object, key));
    close_fact(m);
}

/* A word of a command line, quoted where a shell needs it. */
static void put_word(mc_markup *m, const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./:@%+=,-";
    if (*text && strspn(text, plain) == strlen(text)) {
        mc_markup_string(m, text);
        return;
    }
    mc_markup_raw(m, "&#39;");
    for (const char *end; (end = strchr(text, '\'')) != NULL; text = end + 1) {
        mc_markup_text(m, (mc_bytes){text, (size_t)(end - text)});
        mc_markup_raw(m, "&#39;\\&#39;&#39;");
    }
    mc_markup_string(m, text);
    mc_markup_raw(m, "&#39;");
}

static void put_option_text(mc_markup *m, const char *option, const json_t *object,
                            const char *key) {
    if (!mc_document_has(object, key))
        return;
    mc_markup_printf(m, " <span>%s ", option);
    put_word(m, mc_document_text(object, key));
    mc_markup_raw(m, "</span>");
}

static void put_option_number(mc_markup *m, const char *option, const json_t *object,
                              const char *key) {
    const json_t *number = mc_document_get(object, key);
    if (json_is_string(number))
        put_option_text(m, option, object, key);
    if (!json_is_number(number))
        return;
    mc_markup_printf(m, " <span>%s ", option);
    if (m->status == MC_OK)
        m->status = json_is_integer(number)
                        ? mc_json_u64(&m->out, mc_document_count(number), m->error)
                        : mc_json_double(&m->out, json_real_value(number), m->error);
    mc_markup_raw(m, "</span>");
}

static void put_command(mc_markup *m, const json_t *report) {
    const json_t *p = mc_document_get(report, "parameters");
    const json_t *metadata = mc_document_get(report, "metadata");
    bool balanced = mc_report_is_balanced(report);
    bool indexes = !strcmp(mc_document_text(report, "command"), "balance");
    mc_markup_raw(m, "<div class=\"command\"><pre tabindex=\"0\" aria-label=\"Command line\"><code "
                     "id=\"command\">metacurate ");
    mc_markup_string(m, mc_document_text(report, "command"));
    if (mc_document_has(metadata, "path"))
        put_option_text(m, "-m", metadata, "path");
    else if (!indexes)
        mc_markup_raw(m, " -m LIST");
    put_option_text(m, "--rules", p, "rules");
    if (balanced) {
        put_option_number(m, "-t", p, "t");
        put_option_number(m, "--size", p, "size");
        put_option_number(m, "--tail-share", p, "tail_share");
        put_option_number(m, "--seed", p, "seed");
        put_option_text(m, "--counts", p, "counts");
    }
    put_option_text(m, "--dedup", p, "dedup");
    put_option_text(m, "--only", p, "only");
    put_option_text(m, "--exclude", p, "exclude");
    mc_markup_printf(m, " -o FOLDER %s</code></pre></div>\n", indexes ? "MATCHED ..." : "POOL ...");
}

static void put_result(mc_markup *m, const json_t *result) {
    double kept = mc_document_number(mc_document_get(result, "kept"));
    double expected = mc_document_number(mc_document_get(result, "expected_size"));
    double deviation = mc_document_number(mc_document_get(result, "expected_deviation"));
    mc_markup_raw(m, "<h3>Result</h3><dl class=\"facts\">\n");
    put_fact_number(m, "Threshold t", result, "t");
    open_fact(m, "Tail share p");
    mc_markup_share(m, mc_document_number(mc_document_get(result, "p")));
    close_fact(m);
    put_fact_number(m, "Pairs kept", result, "kept");
    open_fact(m, "Pairs expected at t");
    mc_markup_real(m, round(expected));
    if (isfinite(deviation)) {
        mc_markup_raw(m, " ± ");
        mc_markup_real(m, deviation);
    }
    close_fact(m);
    if (deviation > 0) {
        open_fact(m, "Kept less expected");
        mc_markup_decimal(m, (kept - expected) / deviation, 2);
        mc_markup_raw(m, " deviations");
        close_fact(m);
    }
    put_fact_number(m, "Head entries (count ≥ t)", result, "head_entries");
    put_fact_number(m, "Tail entries (count &lt; t)", result, "tail_entries");
    put_fact_number(m, "Entries never matched", result, "never_matched_entries");
    mc_markup_raw(m, "</dl>\n");
    if (json_is_true(mc_document_get(result, "fewer_than_asked")))
        mc_markup_raw(m, "<p class=\"warning\">The pool has fewer matched pairs than were asked "
                         "for: all of them were kept.</p>\n");
}

void mc_section_run(mc_markup *m, const json_t *report) {
    const json_t *p = mc_document_get(report, "parameters");
    const json_t *metadata = mc_document_get(report, "metadata");
    const json_t *inputs = mc_document_get(report, "inputs");
    if (mc_report_is_balanced(report))
        put_result(m, mc_document_get(report, "result"));
    mc_markup_raw(m, "<h3>Parameters</h3><p>With the same pool, this gives the same bytes on any "
                     "machine. Words in capitals are yours to fill in; options of how the pool was "
                     "read are in <code>manifest.json</code>.</p>\n");
    put_command(m, report);
    mc_markup_raw(m, "<dl class=\"facts\">\n");
    put_fact_text(m, "Concept list", metadata, "path");
    open_fact(m, "Digest of the list");
    mc_markup_raw(m, "<code>");
    mc_markup_string(m, mc_document_text(metadata, "digest"));
    mc_markup_raw(m, "</code>");
    close_fact(m);
    put_fact_number(m, "Entries", metadata, "entries");
    put_fact_number(m, "Repeated entries", metadata, "repeated");
    put_fact_text(m, "Matching rules", p, "rules");
    put_fact_number(m, "Seed", p, "seed");
    put_fact_text(m, "Equal pairs", p, "dedup");
    put_fact_text(m, "Only the images in", p, "only");
    put_fact_text(m, "Not the images in", p, "exclude");
    put_fact_text(m, "Counts drawn against", p, "counts");
    put_fact_number(m, "Shards", inputs, "shards");
    open_fact(m, "Size of the pool");
    mc_markup_bytes_size(m, mc_document_number(mc_document_get(inputs, "bytes")));
    close_fact(m);
    mc_markup_raw(m, "</dl>\n");
}

/* --- check ----------------------------------------------------------------------------------- */

void mc_section_check(mc_markup *m, const json_t *report) {
    const json_t *check = mc_document_get(report, "check");
    uint64_t differ = mc_document_count(mc_document_get(check, "differ"));
    uint64_t taken = mc_document_count(mc_document_get(check, "taken_down"));
    mc_markup_printf(m, "<p class=\"verdict %s\">", differ ? "bad" : "good");
    if (differ == 0) {
        mc_markup_raw(m, "<strong>Files and rules agree.</strong> The subset&#39;s files hold ");
        mc_markup_number(m, mc_document_get(check, "kept"));
        mc_markup_raw(m, " pairs, and drawing all pairs anew keeps exactly these.");
    } else {
        mc_markup_raw(m, "<strong>Files and rules differ.</strong> They disagree on ");
        mc_markup_count(m, differ);
        mc_markup_raw(m, " pairs: the subset&#39;s files hold ");
        mc_markup_number(m, mc_document_get(check, "kept"));
        mc_markup_raw(m, ", and the rules keep ");
        mc_markup_number(m, mc_document_get(check, "by_rule"));
        mc_markup_raw(m, ".");
    }
    if (taken > 0) {
        mc_markup_raw(m, " Pairs that the rules keep and that were taken down since: ");
        mc_markup_count(m, taken);
        mc_markup_raw(m, ".");
    }
    mc_markup_raw(m, "</p>\n");
}
