/* Comparing runs: two distributions over the strings of entries. One walk over the entries of both
 * adds up how alike they are and keeps the rows that are shown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/answer.h"
#include "audit/best.h"
#include "audit/questions/likeness.h"
#include "audit/questions/meeting.h"
#include "audit/page/page.h"
#include "audit/survey.h"
#include "io/sink.h"
#include "match/resume.h"
#include "metacurate/io.h"

enum { MOVED_ROWS = 100, ONLY_ROWS = 50 };

/* A run and, where it was balanced, the counts of its subset. */
typedef struct side {
    mc_audited run;
    mc_survey survey;
} side;

typedef struct distribution {
    const char *of; /* "pool" or "subset" */
    const uint64_t *counts;
    uint64_t n_matched; /* strings with a count */
    uint64_t sum;
} distribution;

typedef struct row {
    mc_met_entry entry;
    uint64_t a, b; /* counts */
    double share_a, share_b;
    double order; /* the largest first */
} row;

typedef struct comparison {
    const mc_meeting *meeting;
    distribution a, b;
    mc_likeness likeness;
    mc_best moved, only_a, only_b;
    uint64_t n_common, n_only_a, n_only_b;
    mc_count_pair *pairs; /* of the entries of both lists that either matched */
    size_t n_pairs;
    bool *lost; /* of the document */
} comparison;

/* ---- going over the entries ---- */

static int compare_rows(const void *x, const void *y) {
    const row *a = x, *b = y;
    if (a->order != b->order)
        return a->order > b->order ? -1 : 1;
    mc_bytes s = a->entry.string, t = b->entry.string;
    size_t common = s.size < t.size ? s.size : t.size;
    int order = common ? memcmp(s.data, t.data, common) : 0;
    return order ? order : (s.size > t.size) - (s.size < t.size);
}

static void add_entry(comparison *c, const mc_met_entry *entry) {
    row r = {.entry = *entry,
             .a = entry->a == MC_NO_ENTRY ? 0 : c->a.counts[entry->a],
             .b = entry->b == MC_NO_ENTRY ? 0 : c->b.counts[entry->b]};
    if (r.a == 0 && r.b == 0)
        return;
    r.share_a = mc_answer_share(r.a, c->a.sum);
    r.share_b = mc_answer_share(r.b, c->b.sum);
    mc_likeness_add(&c->likeness, r.share_a, r.share_b);
    if (entry->a != MC_NO_ENTRY && entry->b != MC_NO_ENTRY)
        c->pairs[c->n_pairs++] = (mc_count_pair){r.a, r.b};
    r.order = fabs(r.share_b - r.share_a);
    if (r.order > 0)
        mc_best_add(&c->moved, &r);
    c->n_common += r.a > 0 && r.b > 0;
    r.order = (double)(r.a > 0 ? r.a : r.b);
    if (r.b == 0) {
        c->n_only_a++;
        mc_best_add(&c->only_a, &r);
    } else if (r.a == 0) {
        c->n_only_b++;
        mc_best_add(&c->only_b, &r);
    }
}

/* Each string counts once, however often the list repeats it. */
static mc_status sum_up(comparison *c, mc_error *error) {
    mc_wide a = 0, b = 0;
    mc_met_entry entry;
    for (uint64_t at = 0; mc_meeting_next(c->meeting, &at, &entry);) {
        uint64_t in_a = entry.a == MC_NO_ENTRY ? 0 : c->a.counts[entry.a];
        uint64_t in_b = entry.b == MC_NO_ENTRY ? 0 : c->b.counts[entry.b];
        a += in_a;
        b += in_b;
        c->a.n_matched += in_a > 0;
        c->b.n_matched += in_b > 0;
    }
    if (a > INT64_MAX || b > INT64_MAX)
        return mc_fail(error, MC_E_FORMAT, "damaged counts: no pool has so many matches");
    c->a.sum = (uint64_t)a;
    c->b.sum = (uint64_t)b;
    return MC_OK;
}

static mc_status compare(comparison *c, mc_error *error) {
    mc_met_entry entry;
    MC_TRY(mc_best_init(&c->moved, MOVED_ROWS, sizeof(row), compare_rows, error));
    MC_TRY(mc_best_init(&c->only_a, ONLY_ROWS, sizeof(row), compare_rows, error));
    MC_TRY(mc_best_init(&c->only_b, ONLY_ROWS, sizeof(row), compare_rows, error));
    MC_TRY(MC_ALLOC(c->pairs, c->meeting->a->entries.n, error));
    MC_TRY(sum_up(c, error));
    for (uint64_t at = 0; mc_meeting_next(c->meeting, &at, &entry);)
        add_entry(c, &entry);
    return MC_OK;
}

/* ---- as a document ---- */

static json_t *describe_row(const comparison *c, const row *r) {
    const mc_met_entry *e = &r->entry;
    const char *source = NULL;
    json_t *o = json_object();
    if (e->a != MC_NO_ENTRY)
        source = mc_audited_source(c->meeting->a, e->a);
    if (!source && e->b != MC_NO_ENTRY)
        source = mc_audited_source(c->meeting->b, e->b);
    mc_put(o, "entry", e->string.data ? mc_doc_bytes(e->string) : json_null(), c->lost);
    mc_put(o, "source", mc_value_string(source), c->lost);
    mc_put(o, "a", mc_value_number(r->a), c->lost);
    mc_put(o, "b", mc_value_number(r->b), c->lost);
    mc_put(o, "share_a", mc_value_real(r->share_a), c->lost);
    mc_put(o, "share_b", mc_value_real(r->share_b), c->lost);
    return o;
}

static json_t *describe_rows(const comparison *c, mc_best *best) {
    json_t *rows = json_array();
    mc_best_sort(best);
    for (size_t i = 0; i < best->n; i++)
        mc_push(rows, describe_row(c, mc_best_item(best, i)), c->lost);
    return rows;
}

static json_t *describe_distribution(const distribution *d, bool *lost) {
    json_t *o = json_object();
    mc_put(o, "of", json_string(d->of), lost);
    mc_put(o, "entries", mc_value_number(d->n_matched), lost);
    mc_put(o, "matches", mc_value_number(d->sum), lost);
    return o;
}

static json_t *describe_only(const comparison *c, uint64_t n, mc_best *best) {
    json_t *o = json_object();
    mc_put(o, "entries", mc_value_number(n), c->lost);
    mc_put(o, "first", describe_rows(c, best), c->lost);
    return o;
}

static json_t *describe_comparison(comparison *c, const char *name) {
    json_t *o = json_object();
    bool *lost = c->lost, known = c->a.sum > 0 && c->b.sum > 0;
    double divergence = mc_likeness_divergence(&c->likeness);
    double variation = mc_likeness_variation(&c->likeness);
    double ranks = mc_rank_correlation(c->pairs, c->n_pairs);
    mc_put(o, "name", json_string(name), lost);
    mc_put(o, "a", describe_distribution(&c->a, lost), lost);
    mc_put(o, "b", describe_distribution(&c->b, lost), lost);
    mc_put(o, "jensen_shannon", known ? json_real(divergence) : json_null(), lost);
    mc_put(o, "total_variation", known ? json_real(variation) : json_null(), lost);
    mc_put(o, "rank_correlation", isnan(ranks) ? json_null() : json_real(ranks), lost);
    mc_put(o, "common_entries", mc_value_number(c->n_common), lost);
    mc_put(o, "only_a", describe_only(c, c->n_only_a, &c->only_a), lost);
    mc_put(o, "only_b", describe_only(c, c->n_only_b, &c->only_b), lost);
    mc_put(o, "moved", describe_rows(c, &c->moved), lost);
    return o;
}

/* Two runs, and the document on them. */
typedef struct answer {
    const side *a, *b; /* b is NULL when a's pool is compared with a's subset */
    json_t *document, *list;
    bool lost;
} answer;

static mc_status add_comparison(answer *out, const char *name, const mc_meeting *meeting,
                                distribution a, distribution b, mc_error *error) {
    comparison c = {.meeting = meeting, .a = a, .b = b, .lost = &out->lost};
    mc_status status = compare(&c, error);
    if (status == MC_OK)
        mc_push(out->list, describe_comparison(&c, name), &out->lost);
    mc_best_dispose(&c.moved);
    mc_best_dispose(&c.only_a);
    mc_best_dispose(&c.only_b);
    free(c.pairs);
    return status;
}

/* The folder's own name, without the way that leads to it. */
static json_t *name_folder(const char *folder) {
    size_t end = strlen(folder);
    while (end > 1 && folder[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && folder[start - 1] != '/')
        start--;
    return mc_doc_bytes((mc_bytes){folder + start, end - start});
}

static json_t *describe_run(const side *s, bool *lost) {
    json_t *o = json_object();
    const json_t *manifest = s->run.manifest;
    mc_put(o, "command", mc_value_copy(manifest, "command"), lost);
    mc_put(o, "folder", name_folder(s->run.options->folder), lost);
    mc_put(o, "parameters", mc_value_copy(manifest, "parameters"), lost);
    mc_put(o, "metadata", mc_value_copy(manifest, "metadata"), lost);
    mc_put(o, "result", mc_value_copy(manifest, "result"), lost);
    return o;
}

static distribution pool_of(const side *s) {
    return (distribution){.of = "pool", .counts = s->run.counts};
}

static distribution subset_of(const side *s) {
    return (distribution){.of = "subset", .counts = s->survey.counts_after};
}

static mc_status compare_sides(answer *out, mc_error *error) {
    const side *a = out->a, *b = out->b;
    mc_meeting m;
    mc_status status;
    MC_TRY(mc_meeting_init(&m, &a->run, b ? &b->run : &a->run, error));
    if (b)
        status = add_comparison(out, "pools", &m, pool_of(a), pool_of(b), error);
    else
        status = add_comparison(out, "before and after", &m, pool_of(a), subset_of(a), error);
    if (b && status == MC_OK && a->run.balanced && b->run.balanced)
        status = add_comparison(out, "subsets", &m, subset_of(a), subset_of(b), error);
    mc_meeting_dispose(&m);
    return status;
}

static mc_status describe(answer *out, mc_error *error) {
    if (!out->b && !out->a->run.balanced) {
        mc_fail(error, MC_E_ARGUMENT,
                "nothing was balanced here, so there is no subset to compare the pool with; name a "
                "second folder, or balance first");
        mc_error_place(error, out->a->run.options->folder, MC_NONE, MC_NONE);
        return MC_E_ARGUMENT;
    }
    bool *lost = &out->lost;
    out->document = mc_answer_begin("comparison", lost);
    out->list = json_array();
    mc_put(out->document, "a", describe_run(out->a, lost), lost);
    mc_put(out->document, "b", out->b ? describe_run(out->b, lost) : json_null(), lost);
    mc_put(out->document, "comparisons", out->list, lost);
    return compare_sides(out, error);
}

/* ---- runs ---- */

static mc_status open_side(side *s, const mc_audit_options *options, mc_error *error) {
    MC_TRY(mc_audited_open(&s->run, options, error));
    return s->run.balanced ? mc_survey_run(&s->survey, &s->run, error) : MC_OK;
}

static void close_side(side *s) {
    mc_survey_dispose(&s->survey);
    mc_audited_dispose(&s->run);
}

static mc_status write_comparison(const char *folder, json_t *document, mc_error *error) {
    char path[MC_PATH_MAX];
    mc_buffer text = {0};
    MC_TRY(mc_make_folder(folder, error));
    if (snprintf(path, sizeof path, "%s/comparison.json", folder) >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "a path is too long");
    mc_status status = mc_doc_text(json_incref(document), false, &text, error);
    if (status == MC_OK)
        status = mc_write_file(path, text.data, text.size, error);
    mc_buffer_dispose(&text);
    return status == MC_OK ? mc_page_write_comparison(document, folder, error) : status;
}

mc_status mc_audit_compare(const mc_audit_options *a, const mc_audit_options *b, const char *folder,
                           char **json, mc_error *error) {
    side one = {0}, other = {0};
    answer out = {.a = &one, .b = b ? &other : NULL};
    *json = NULL;
    mc_status status = open_side(&one, a, error);
    if (status == MC_OK && b)
        status = open_side(&other, b, error);
    if (status == MC_OK)
        status = describe(&out, error);
    if (status == MC_OK)
        status = mc_answer_end(json_incref(out.document), out.lost, json, error);
    if (status == MC_OK && folder)
        status = write_comparison(folder, out.document, error);
    if (status != MC_OK) {
        free(*json);
        *json = NULL;
    }
    json_decref(out.document);
    close_side(&one);
    close_side(&other);
    return status;
}
