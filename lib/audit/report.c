/* Builds report.json's document: what the manifest says, figures of the distributions, what the
 * survey found; and writes it in the forms that are asked for. Each member is made by a function
 * of its own; what cannot be made for want of memory is noted in `lost`. */
#include "audit/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/card/card.h"
#include "audit/page/page.h"
#include "audit/rows.h"
#include "audit/sources.h"
#include "audit/value.h"
#include "base/pipeline.h"
#include "base/progress.h"
#include "match/resume.h"
#include "metacurate/io.h"

typedef struct figures {
    const mc_audited *audited;
    const mc_survey *survey;
    mc_distribution before, after, other;
    const mc_distribution *drawn; /* before or other: what draws were made against */
    bool balanced;
    double t;
    bool lost;
} figures;

size_t mc_report_thresholds(const mc_audited *audited, double out[MC_REPORT_THRESHOLDS_MAX]) {
    const uint64_t *counts = mc_audited_drawn(audited);
    double t = audited->balanced ? audited->selection.threshold : INFINITY;
    uint64_t largest = 0;
    for (uint32_t id = 0; id < audited->set.n_entries; id++)
        largest = counts[id] > largest ? counts[id] : largest;
    size_t n = mc_threshold_series(largest, out), at = n;
    while (at > 0 && out[at - 1] >= t)
        at--;
    if (isinf(t) || (at < n && out[at] == t))
        return n;
    memmove(out + at + 1, out + at, (n - at) * sizeof *out);
    out[at] = t;
    return n + 1;
}

/* ---- arrays ---- */

static json_t *array_of(figures *f, const uint64_t *values, size_t n) {
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        mc_push(array, mc_value_number(values[i]), &f->lost);
    return array;
}

/* Of the subset; null without one. */
static json_t *array_after(figures *f, const uint64_t *values, size_t n) {
    return f->balanced ? array_of(f, values, n) : json_null();
}

static json_t *number_after(const figures *f, uint64_t value) {
    return f->balanced ? mc_value_number(value) : json_null();
}

/* ---- members ---- */

static json_t *describe_inputs(figures *f) {
    json_t *inputs = json_object();
    uint64_t bytes = 0;
    for (size_t i = 0; i < f->audited->set.n; i++)
        bytes += f->audited->set.indexes[i].info.source_size;
    mc_put(inputs, "shards", mc_value_number(f->audited->set.n), &f->lost);
    mc_put(inputs, "bytes", mc_value_number(bytes), &f->lost);
    return inputs;
}

static json_t *describe_check(figures *f) {
    const mc_survey *s = f->survey;
    if (!f->balanced)
        return json_null();
    json_t *check = json_object();
    mc_put(check, "kept", mc_value_number(s->n_kept), &f->lost);
    mc_put(check, "by_rule", mc_value_number(s->n_by_rule), &f->lost);
    mc_put(check, "differ", mc_value_number(s->n_differ), &f->lost);
    mc_put(check, "taken_down", mc_value_number(f->audited->n_taken_down), &f->lost);
    return check;
}

static json_t *describe_counts(figures *f) {
    json_t *c = json_object();
    const mc_distribution *before = &f->before, *after = &f->after;
    mc_put(c, "matched_entries", mc_value_number(mc_distribution_matched(before)), &f->lost);
    mc_put(c, "largest", mc_value_number(before->largest), &f->lost);
    mc_put(c, "matches_before", mc_value_number(before->total), &f->lost);
    mc_put(c, "matches_after", number_after(f, after->total), &f->lost);
    mc_put(c, "capped",
           f->balanced ? json_real(mc_distribution_capped(f->drawn, f->drawn->n, f->t))
                       : json_null(),
           &f->lost);
    mc_put(c, "entropy_before", json_real(mc_distribution_entropy(before)), &f->lost);
    mc_put(c, "entropy_after",
           f->balanced ? json_real(mc_distribution_entropy(after)) : json_null(), &f->lost);
    return c;
}

static json_t *describe_ranks(figures *f) {
    size_t ranks[MC_RANKS_MAX], n = f->before.n;
    size_t n_ranks = mc_distribution_ranks(mc_distribution_matched(&f->before), ranks);
    uint64_t rank[MC_RANKS_MAX], before[MC_RANKS_MAX], after[MC_RANKS_MAX];
    json_t *r = json_object();
    for (size_t i = 0; i < n_ranks; i++) {
        rank[i] = ranks[i];
        before[i] = f->before.sorted[n - ranks[i]];
        after[i] = f->balanced ? f->after.sorted[n - ranks[i]] : 0;
    }
    mc_put(r, "rank", array_of(f, rank, n_ranks), &f->lost);
    mc_put(r, "before", array_of(f, before, n_ranks), &f->lost);
    mc_put(r, "after", array_after(f, after, n_ranks), &f->lost);
    mc_put(r, "head", number_after(f, mc_distribution_head(&f->before, f->t)), &f->lost);
    return r;
}

/* The threshold in the middle of the curves: the run's, or else the usual one, if some entry is
 * above it, or the first of the series that none is above. */
static double middle_threshold(const figures *f) {
    double series[MC_SERIES_MAX];
    if (f->balanced && !isinf(f->t))
        return f->t;
    double last = series[mc_threshold_series(f->before.largest, series) - 1];
    return last < 20000 ? last : 20000;
}

static json_t *describe_curve(figures *f, double t, const size_t *positions, size_t n) {
    json_t *curve = json_object(), *sums = json_array();
    for (size_t i = 0; i < n; i++) {
        double sum = mc_distribution_capped(&f->before, f->before.n_zero + positions[i], t);
        mc_push(sums, json_real(sum), &f->lost);
    }
    mc_put(curve, "t", mc_value_real(t), &f->lost);
    mc_put(curve, "sum", sums, &f->lost);
    return curve;
}

static json_t *describe_cumulative(figures *f) {
    size_t ranks[MC_RANKS_MAX], positions[MC_RANKS_MAX];
    size_t n_matched = mc_distribution_matched(&f->before);
    size_t n = mc_distribution_ranks(n_matched, ranks);
    double t = middle_threshold(f);
    const double thresholds[] = {t / 10, t, t * 10, INFINITY};
    json_t *c = json_object(), *entries = json_array(), *curves = json_array();
    for (size_t i = 0; i < n; i++) {
        positions[i] = n_matched + 1 - ranks[n - 1 - i];
        mc_push(entries, mc_value_number(positions[i]), &f->lost);
    }
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++)
        mc_push(curves, describe_curve(f, thresholds[i], positions, n), &f->lost);
    mc_put(c, "entries", entries, &f->lost);
    mc_put(c, "curves", curves, &f->lost);
    return c;
}

static json_t *describe_sizes(figures *f) {
    const mc_survey *s = f->survey;
    json_t *sizes = json_object(), *t = json_array(), *expected = json_array(),
           *deviation = json_array(), *tail_share = json_array(), *capped = json_array(),
           *head = json_array();
    for (size_t i = 0; i < s->n_thresholds; i++) {
        double threshold = s->thresholds[i], spread = s->deviations[i];
        mc_push(t, mc_value_real(threshold), &f->lost);
        mc_push(expected, json_real(s->expected[i]), &f->lost);
        mc_push(deviation, isnan(spread) ? json_null() : json_real(spread), &f->lost);
        mc_push(tail_share, json_real(mc_distribution_tail_share(f->drawn, threshold)), &f->lost);
        mc_push(capped, json_real(mc_distribution_capped(f->drawn, f->drawn->n, threshold)),
                &f->lost);
        mc_push(head, mc_value_number(mc_distribution_head(f->drawn, threshold)), &f->lost);
    }
    mc_put(sizes, "t", t, &f->lost);
    mc_put(sizes, "realised", array_of(f, s->realised, s->n_thresholds), &f->lost);
    mc_put(sizes, "expected", expected, &f->lost);
    mc_put(sizes, "deviation", deviation, &f->lost);
    mc_put(sizes, "tail_share", tail_share, &f->lost);
    mc_put(sizes, "capped", capped, &f->lost);
    mc_put(sizes, "head_entries", head, &f->lost);
    return sizes;
}

static json_t *describe_matches_a_text(figures *f) {
    const mc_survey *s = f->survey;
    json_t *m = json_object();
    uint64_t numbers[MC_SURVEY_MATCHES];
    for (uint64_t i = 0; i < MC_SURVEY_MATCHES; i++)
        numbers[i] = i + 1;
    mc_put(m, "matches", array_of(f, numbers, MC_SURVEY_MATCHES), &f->lost);
    mc_put(m, "before", array_of(f, s->matched_with + 1, MC_SURVEY_MATCHES), &f->lost);
    mc_put(m, "after", array_after(f, s->kept_with + 1, MC_SURVEY_MATCHES), &f->lost);
    mc_put(m, "most", mc_value_number(s->most_matches), &f->lost);
    return m;
}

static json_t *describe_languages(figures *f) {
    json_t *languages = json_array();
    for (size_t i = 0; i < f->survey->n_languages; i++) {
        const mc_survey_language *l = &f->survey->languages[i];
        char code[MC_LANGUAGE_MAX + 1];
        json_t *row = json_object();
        mc_language_text(l->code, code);
        mc_put(row, "lang", l->code ? json_string(code) : json_null(), &f->lost);
        mc_put(row, "matched", mc_value_number(l->matched), &f->lost);
        mc_put(row, "kept", number_after(f, l->kept), &f->lost);
        mc_put(row, "matches", mc_value_number(l->matches), &f->lost);
        mc_put(row, "matches_after", number_after(f, l->matches_after), &f->lost);
        mc_push(languages, row, &f->lost);
    }
    return languages;
}

static mc_status describe(figures *f, json_t *r, mc_error *error) {
    const json_t *manifest = f->audited->manifest;
    const mc_row_counts counts = {.audited = f->audited,
                                  .after = f->balanced ? f->survey->counts_after : NULL,
                                  .total_before = f->before.total,
                                  .total_after = f->after.total};
    mc_put(r, "metacurate", json_string("report"), &f->lost);
    mc_put(r, "version", json_string(mc_version()), &f->lost);
    mc_put(r, "command", mc_value_copy(manifest, "command"), &f->lost);
    mc_put(r, "parameters", mc_value_copy(manifest, "parameters"), &f->lost);
    mc_put(r, "metadata", mc_value_copy(manifest, "metadata"), &f->lost);
    mc_put(r, "inputs", describe_inputs(f), &f->lost);
    mc_put(r, "totals", mc_value_copy(manifest, "totals"), &f->lost);
    mc_put(r, "result", mc_value_copy(manifest, "result"), &f->lost);
    mc_put(r, "check", describe_check(f), &f->lost);
    mc_put(r, "counts", describe_counts(f), &f->lost);
    mc_put(r, "ranks", describe_ranks(f), &f->lost);
    mc_put(r, "cumulative", describe_cumulative(f), &f->lost);
    mc_put(r, "sizes", describe_sizes(f), &f->lost);
    mc_put(r, "matches_a_text", describe_matches_a_text(f), &f->lost);
    json_t *entries = json_object();
    mc_put(r, "entries", entries, &f->lost);
    MC_TRY(mc_rows_describe(&counts, entries, &f->lost, error));
    MC_TRY(mc_sources_describe(&counts, r, &f->lost, error));
    mc_put(r, "languages", describe_languages(f), &f->lost);
    return f->lost ? mc_fail(error, MC_E_MEMORY, "out of memory: a report") : MC_OK;
}

static mc_status measure(figures *f, mc_error *error) {
    const mc_audited *a = f->audited;
    uint32_t n = a->set.n_entries;
    MC_TRY(mc_distribution_init(&f->before, a->counts, n, error));
    f->drawn = &f->before;
    if (f->balanced)
        MC_TRY(mc_distribution_init(&f->after, f->survey->counts_after, n, error));
    if (!a->other_counts)
        return MC_OK;
    f->drawn = &f->other;
    return mc_distribution_init(&f->other, a->other_counts, n, error);
}

mc_status mc_report_build(const mc_audited *audited, const mc_survey *survey, json_t **report,
                          mc_error *error) {
    figures f = {.audited = audited,
                 .survey = survey,
                 .balanced = audited->balanced,
                 .t = audited->balanced ? audited->selection.threshold : INFINITY};
    json_t *r = json_object();
    mc_status status = measure(&f, error);
    if (status == MC_OK)
        status = describe(&f, r, error);
    mc_distribution_dispose(&f.before);
    mc_distribution_dispose(&f.after);
    mc_distribution_dispose(&f.other);
    *report = status == MC_OK ? r : NULL;
    if (status != MC_OK)
        json_decref(r);
    return status;
}

/* ---- the forms ---- */

static mc_status write_document(json_t *report, const char *folder, mc_error *error) {
    char path[MC_PATH_MAX];
    mc_buffer text = {0};
    if (snprintf(path, sizeof path, "%s/report.json", folder) >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "the output folder's path is too long");
    mc_status status = mc_doc_text(json_incref(report), false, &text, error);
    if (status == MC_OK)
        status = mc_write_file(path, text.data, text.size, error);
    mc_buffer_dispose(&text);
    return status;
}

static mc_bytes string_of(const void *context, uint32_t id) {
    return mc_entry_table_string(&((const mc_audited *)context)->entries, id);
}

static bool is_dead(const void *context, uint32_t id) {
    return mc_audited_is_dead(context, id);
}

/* ---- all of it ---- */

typedef struct work {
    const mc_audited *audited;
    mc_survey *survey;
    mc_page_rows rows;
    mc_packed_rows packed;
} work;

enum { FIND_SURVEY, FIND_PAGE, N_FIND };

static mc_status find_piece(void *context, size_t piece, mc_error *error) {
    work *w = context;
    if (piece == FIND_SURVEY)
        return mc_survey_run(w->survey, w->audited, error);
    return mc_page_pack_pool(&w->packed, &w->rows, error);
}

/* Surveys and, meanwhile, packs what a page has of the pool. */
static mc_status find_out(work *w, bool with_page, mc_error *error) {
    const mc_audit_options *o = w->audited->options;
    size_t n_threads = o->n_threads ? o->n_threads : mc_processor_count();
    return mc_pipeline_each(with_page ? N_FIND : FIND_PAGE, n_threads,
                            mc_control_cancel(o->control), w, find_piece, error);
}

static mc_status write_forms(work *w, json_t *report, const char *folder, unsigned forms,
                             mc_error *error) {
    w->rows.after = w->survey->counts_after;
    if (forms & MC_REPORT_JSON)
        MC_TRY(write_document(report, folder, error));
    if (forms & MC_REPORT_HTML) {
        MC_TRY(mc_page_pack_subset(&w->packed, &w->rows, error));
        MC_TRY(mc_page_write(report, &w->rows, &w->packed, folder, error));
    }
    if (forms & MC_REPORT_CARD)
        MC_TRY(mc_card_write(w->audited, report, folder, error));
    return MC_OK;
}

static mc_status make(const mc_audited *a, const char *folder, unsigned forms, mc_error *error) {
    double thresholds[MC_REPORT_THRESHOLDS_MAX];
    mc_survey survey = {.thresholds = thresholds};
    json_t *report = NULL;
    work w = {.audited = a,
              .survey = &survey,
              .rows = {.n = a->set.n_entries,
                       .before = a->counts,
                       .string = string_of,
                       .is_dead = is_dead,
                       .context = a,
                       .sources = a->options->sources}};
    survey.n_thresholds = mc_report_thresholds(a, thresholds);
    mc_status status = find_out(&w, forms & MC_REPORT_HTML, error);
    if (status == MC_OK)
        status = mc_report_build(a, &survey, &report, error);
    if (status == MC_OK)
        status = write_forms(&w, report, folder, forms, error);
    json_decref(report);
    mc_packed_rows_dispose(&w.packed);
    mc_survey_dispose(&survey);
    return status;
}

mc_status mc_audit_report(const mc_audit_options *options, const char *folder, unsigned forms,
                          mc_error *error) {
    mc_audited audited;
    mc_status status = mc_audited_open(&audited, options, error);
    if (status == MC_OK)
        status = make(&audited, folder ? folder : options->folder, forms, error);
    mc_audited_dispose(&audited);
    return status;
}
