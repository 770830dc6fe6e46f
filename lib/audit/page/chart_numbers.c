/* The numbers of charts as JSON in a script element; strings of the data cannot end it. */
#include "audit/page/chart_numbers.h"

#include "io/json_out.h"

static void put_double(mc_markup *m, double value) {
    if (m->status == MC_OK)
        m->status = mc_json_double(&m->out, value, m->error);
}

static void put_text(mc_markup *m, const char *text) {
    json_t *string = text ? json_string(text) : NULL;
    if (text && !string && m->status == MC_OK)
        m->status = mc_fail(m->error, MC_E_MEMORY, "out of memory: a chart");
    mc_markup_json(m, string);
    json_decref(string);
}

static void put_axis(mc_markup *m, const char *name, const mc_chart_axis *axis,
                     const mc_chart_range *r) {
    static const char *const forms[] = {"count", "real", "share"};
    mc_markup_printf(m, "\"%s\":{\"label\":", name);
    put_text(m, axis->label);
    mc_markup_printf(m, ",\"log\":%s,\"form\":\"%s\",\"low\":", axis->log ? "true" : "false",
                     forms[axis->form]);
    put_double(m, r->low);
    mc_markup_raw(m, ",\"high\":");
    put_double(m, r->high);
    mc_markup_raw(m, "},");
}

static void put_array(mc_markup *m, const char *name, const double *values, size_t n) {
    mc_markup_printf(m, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        mc_markup_raw(m, i > 0 ? "," : "");
        put_double(m, values[i]);
    }
    mc_markup_raw(m, "]");
}

static void put_series(mc_markup *m, const mc_chart_series *s) {
    static const char *const marks[] = {"line", "dots", "bars", "band"};
    mc_markup_raw(m, "{\"name\":");
    put_text(m, s->name);
    mc_markup_printf(m, ",\"mark\":\"%s\",\"look\":%u,\"labelled\":%s", marks[s->mark], s->look,
                     s->labelled ? "true" : "false");
    put_array(m, "x", s->x, s->n);
    put_array(m, "y", s->y, s->n);
    if (s->low)
        put_array(m, "low", s->low, s->n);
    if (s->rows) {
        mc_markup_raw(m, ",\"names\":[");
        for (size_t i = 0; i < s->n; i++) {
            mc_markup_raw(m, i > 0 ? "," : "");
            mc_markup_json(m, mc_document_get(json_array_get(s->rows, i), "entry"));
        }
        mc_markup_raw(m, "]");
    }
    mc_markup_raw(m, "}");
}

void mc_chart_numbers(mc_markup *m, const mc_chart *chart, const mc_chart_range *x,
                      const mc_chart_range *y) {
    mc_markup_raw(m, "<script type=\"application/json\">{\"title\":");
    put_text(m, chart->title);
    mc_markup_raw(m, ",");
    put_axis(m, "x", &chart->x, x);
    put_axis(m, "y", &chart->y, y);
    mc_markup_raw(m, "\"series\":[");
    for (size_t k = 0; k < chart->n_series; k++) {
        mc_markup_raw(m, k > 0 ? "," : "");
        put_series(m, &chart->series[k]);
    }
    mc_markup_raw(m, "],\"rules\":[");
    for (size_t i = 0; i < chart->n_rules; i++) {
        const mc_chart_rule *rule = &chart->rules[i];
        mc_markup_printf(m, "%s{\"across\":%s,\"at\":", i > 0 ? "," : "",
                         rule->across ? "true" : "false");
        put_double(m, rule->at);
        mc_markup_raw(m, ",\"label\":");
        put_text(m, rule->label);
        mc_markup_raw(m, "}");
    }
    mc_markup_raw(m, "]}</script>");
}
