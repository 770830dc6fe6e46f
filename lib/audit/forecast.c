/* Forecasts: what is asked for becomes thresholds, where counts alone tell them, and sizes; one
 * survey answers all of them. */
#include <math.h>
#include <stdlib.h>

#include "audit/answer.h"
#include "audit/distribution.h"
#include "audit/survey.h"

#define QUESTIONS_MAX 100000u

typedef struct forecast {
    const mc_forecast_options *asked;
    mc_audited run;
    mc_draw draw; /* with the seed that is asked for */
    mc_distribution counts;
    double series[MC_SERIES_MAX];
    const double *asked_thresholds; /* those of asked, or the series */
    size_t n_asked_thresholds;
    double *share_thresholds; /* by tail share that is asked for */
    double *thresholds;       /* of the survey */
    size_t n_thresholds;
    mc_survey survey;
    bool lost;
} forecast;

static mc_status check(const mc_forecast_options *asked, mc_error *error) {
    if (asked->n_thresholds > QUESTIONS_MAX || asked->n_sizes > QUESTIONS_MAX ||
        asked->n_tail_shares > QUESTIONS_MAX)
        return mc_fail(error, MC_E_LIMIT, "a forecast answers at most %u questions of a kind",
                       QUESTIONS_MAX);
    for (size_t i = 0; i < asked->n_thresholds; i++)
        if (!(asked->thresholds[i] > 0))
            return mc_fail(error, MC_E_ARGUMENT, "a threshold must be above 0");
    for (size_t i = 0; i < asked->n_tail_shares; i++)
        if (!(asked->tail_shares[i] >= 0 && asked->tail_shares[i] <= 1))
            return mc_fail(error, MC_E_ARGUMENT, "a tail share must be from 0 to 1");
    return MC_OK;
}

static int compare_reals(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The thresholds of the survey: all that are asked for and follow from tail shares, each once. */
static mc_status collect_thresholds(forecast *f, mc_error *error) {
    const mc_forecast_options *asked = f->asked;
    const uint64_t *counts = mc_audited_drawn(&f->run);
    size_t n = 0;
    f->asked_thresholds = asked->thresholds;
    f->n_asked_thresholds = asked->n_thresholds;
    if (asked->n_thresholds == 0 && asked->n_sizes == 0 && asked->n_tail_shares == 0) {
        f->asked_thresholds = f->series;
        f->n_asked_thresholds = mc_threshold_series(f->counts.largest, f->series);
    }
    MC_TRY(MC_ALLOC(f->share_thresholds, asked->n_tail_shares, error));
    MC_TRY(MC_ALLOC(f->thresholds, f->n_asked_thresholds + asked->n_tail_shares, error));
    for (size_t i = 0; i < f->n_asked_thresholds; i++)
        f->thresholds[n++] = f->asked_thresholds[i];
    for (size_t i = 0; i < asked->n_tail_shares; i++) {
        uint64_t t;
        MC_TRY(mc_threshold_for(counts, f->run.set.n_entries, asked->tail_shares[i], &t, error));
        f->thresholds[n++] = f->share_thresholds[i] = (double)t;
    }
    if (n > 0)
        qsort(f->thresholds, n, sizeof *f->thresholds, compare_reals);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || f->thresholds[i] != f->thresholds[i - 1])
            f->thresholds[f->n_thresholds++] = f->thresholds[i];
    return MC_OK;
}

/* Surveys the pool alone, with draws of the seed that is asked for. */
static mc_status look(forecast *f, mc_error *error) {
    const mc_entry_table *entries = &f->run.entries;
    mc_audited pool = f->run;
    MC_TRY(mc_draw_init(&f->draw, entries->hashes, mc_audited_drawn(&f->run), entries->firsts,
                        f->run.set.n_entries, f->asked->seed, error));
    pool.draw = f->draw;
    pool.balanced = false;
    pool.kept = NULL;
    pool.n_kept = 0;
    f->survey = (mc_survey){.thresholds = f->thresholds,
                            .n_thresholds = f->n_thresholds,
                            .sizes = f->asked->sizes,
                            .n_sizes = f->asked->n_sizes};
    return mc_survey_run(&f->survey, &pool, error);
}

/* A row; the expected size is known where t is among the survey's thresholds. */
static void add_row(forecast *f, json_t *rows, const char *asked, json_t *value, double t,
                    uint64_t size) {
    const mc_survey *s = &f->survey;
    const double *known = NULL;
    if (f->n_thresholds > 0)
        known = bsearch(&t, f->thresholds, f->n_thresholds, sizeof t, compare_reals);
    size_t at = known ? (size_t)(known - f->thresholds) : 0;
    double spread = known ? s->deviations[at] : NAN;
    json_t *row = json_object();
    mc_put(row, "asked", json_string(asked), &f->lost);
    mc_put(row, "value", value, &f->lost);
    mc_put(row, "t", mc_value_real(t), &f->lost);
    mc_put(row, "size", mc_value_number(known ? s->realised[at] : size), &f->lost);
    mc_put(row, "expected", known ? json_real(s->expected[at]) : json_null(), &f->lost);
    mc_put(row, "deviation", isnan(spread) ? json_null() : json_real(spread), &f->lost);
    mc_put(row, "tail_share", json_real(mc_distribution_tail_share(&f->counts, t)), &f->lost);
    mc_put(row, "capped", json_real(mc_distribution_capped(&f->counts, f->counts.n, t)), &f->lost);
    mc_put(row, "head_entries", mc_value_number(mc_distribution_head(&f->counts, t)), &f->lost);
    mc_push(rows, row, &f->lost);
}

static json_t *describe(forecast *f) {
    const mc_forecast_options *asked = f->asked;
    const mc_survey *s = &f->survey;
    json_t *document = mc_answer_begin("forecast", &f->lost), *rows = json_array();
    mc_put(document, "matched", mc_value_number(s->n_matched), &f->lost);
    mc_put(document, "matches", mc_value_number(s->n_matches), &f->lost);
    mc_put(document, "seed", mc_value_number(asked->seed), &f->lost);
    for (size_t i = 0; i < f->n_asked_thresholds; i++) {
        double t = f->asked_thresholds[i];
        add_row(f, rows, "t", mc_value_real(t), t, 0);
    }
    for (size_t i = 0; i < asked->n_sizes; i++)
        add_row(f, rows, "size", mc_value_number(asked->sizes[i]), s->size_t_low[i],
                s->size_low[i]);
    for (size_t i = 0; i < asked->n_tail_shares; i++)
        add_row(f, rows, "tail_share", json_real(asked->tail_shares[i]), f->share_thresholds[i], 0);
    mc_put(document, "rows", rows, &f->lost);
    return document;
}

static mc_status answer(forecast *f, const mc_audit_options *options, char **json,
                        mc_error *error) {
    MC_TRY(check(f->asked, error));
    MC_TRY(mc_audited_open(&f->run, options, error));
    MC_TRY(
        mc_distribution_init(&f->counts, mc_audited_drawn(&f->run), f->run.set.n_entries, error));
    MC_TRY(collect_thresholds(f, error));
    MC_TRY(look(f, error));
    json_t *document = describe(f);
    return mc_answer_end(document, f->lost, json, error);
}

mc_status mc_audit_forecast(const mc_audit_options *options, const mc_forecast_options *asked,
                            char **json, mc_error *error) {
    forecast f = {.asked = asked};
    *json = NULL;
    mc_status status = answer(&f, options, json, error);
    mc_survey_dispose(&f.survey);
    free(f.thresholds);
    free(f.share_thresholds);
    mc_distribution_dispose(&f.counts);
    mc_draw_dispose(&f.draw);
    mc_audited_dispose(&f.run);
    return status;
}
