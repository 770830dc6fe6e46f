/* audit: the report on a run, and questions to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit_print.h"
#include "commands.h"
#include "concept_list.h"
#include "console.h"
#include "run_folder.h"

enum { NUMBERS_MAX = 1024 };

/* ---- forecasts: lists of numbers ---- */

/* Calls parse for each value of a comma-separated list; items go to out, which has room for
 * NUMBERS_MAX of item_size bytes. */
static mc_status read_list(const char *option, const char *list,
                           mc_status (*parse)(const char *value, void *out, mc_error *error),
                           void *out, size_t item_size, size_t *n, mc_error *error) {
    *n = 0;
    while (list && *list) {
        char value[64];
        size_t size = strcspn(list, ",");
        if (size >= sizeof value || *n == NUMBERS_MAX)
            return mc_fail(error, MC_E_ARGUMENT, "%s: a list of at most %d numbers", option,
                           NUMBERS_MAX);
        memcpy(value, list, size);
        value[size] = '\0';
        mc_status status = parse(value, (char *)out + *n * item_size, error);
        if (status != MC_OK) {
            char why[400];
            snprintf(why, sizeof why, "%.399s", error->message);
            return mc_fail(error, MC_E_ARGUMENT, "%s: %s", option, why);
        }
        ++*n;
        list += size + (list[size] == ',');
    }
    return MC_OK;
}

static mc_status parse_threshold(const char *value, void *out, mc_error *error) {
    return mc_parse_threshold(value, out, error);
}

static mc_status parse_size(const char *value, void *out, mc_error *error) {
    return mc_parse_count(value, out, error);
}

static mc_status parse_share(const char *value, void *out, mc_error *error) {
    char *end;
    double share = strtod(value, &end);
    if (*end || end == value || !(share >= 0 && share <= 1))
        return mc_fail(error, MC_E_ARGUMENT, "a tail share is a number from 0 to 1");
    memcpy(out, &share, sizeof share);
    return MC_OK;
}

static mc_status forecast(const settings *s, const mc_audit_options *options, char **json,
                          mc_error *error) {
    double thresholds[NUMBERS_MAX], shares[NUMBERS_MAX];
    uint64_t sizes[NUMBERS_MAX];
    mc_forecast_options f = {
        .thresholds = thresholds, .sizes = sizes, .tail_shares = shares, .seed = s->seed};
    MC_TRY(read_list("-t", s->thresholds, parse_threshold, thresholds, sizeof *thresholds,
                     &f.n_thresholds, error));
    MC_TRY(read_list("--size", s->sizes, parse_size, sizes, sizeof *sizes, &f.n_sizes, error));
    MC_TRY(read_list("--tail-share", s->tail_shares, parse_share, shares, sizeof *shares,
                     &f.n_tail_shares, error));
    return mc_audit_forecast(options, &f, json, error);
}

/* ---- the report, and files of a comparison ---- */

static mc_status make_folder(const char *path, mc_error *error) {
    struct stat info;
    if ((mkdir(path, 0777) == 0 || errno == EEXIST) && stat(path, &info) == 0 &&
        S_ISDIR(info.st_mode))
        return MC_OK;
    mc_fail(error, MC_E_IO, "cannot be made: %s", strerror(errno));
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_IO;
}

static void name_files(const char *folder, unsigned forms) {
    static const struct {
        unsigned form;
        const char *name;
    } files[] = {{MC_REPORT_HTML, "report.html"},
                 {MC_REPORT_JSON, "report.json"},
                 {MC_REPORT_CARD, "card.md"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (forms & files[i].form)
            printf("%s/%s\n", folder, files[i].name);
}

static mc_status write_report(const settings *s, const mc_audit_options *options, mc_error *error) {
    unsigned forms = s->forms ? s->forms : MC_REPORT_HTML | MC_REPORT_JSON;
    if (s->output)
        MC_TRY(make_folder(s->output, error));
    MC_TRY(mc_audit_report(options, s->output, forms, error));
    console_end_progress();
    if (!s->quiet)
        name_files(s->output ? s->output : options->folder, forms);
    return MC_OK;
}

static mc_status compare(const settings *s, const mc_audit_options *a, const mc_audit_options *b,
                         char **json, mc_error *error) {
    if (s->output)
        MC_TRY(make_folder(s->output, error));
    return mc_audit_compare(a, b, s->output, json, error);
}

/* ---- which question ---- */

static bool is_uid(const char *text) {
    size_t n = 0, size = strlen(text);
    while (n < size && strchr("0123456789abcdefABCDEF", text[n]))
        n++;
    return n == size && (size == 32 || size == 24);
}

static size_t n_questions(const settings *s) {
    return (size_t)s->forecast + s->compare + (s->explain != NULL) + (s->entry != NULL) +
           (s->coverage != NULL);
}

static mc_status check(const settings *s, mc_error *error) {
    if (n_questions(s) > 1)
        return mc_fail(error, MC_E_ARGUMENT,
                       "one question at a time: --forecast, --compare, --explain, --entry or "
                       "--coverage");
    if (s->n_inputs == 0)
        return mc_fail(error, MC_E_ARGUMENT, "name a folder that match, balance or curate wrote");
    if (s->n_inputs > (s->compare ? 2u : 1u))
        return mc_fail(error, MC_E_ARGUMENT,
                       s->compare ? "two folders at most are compared" : "one folder is looked at");
    if (!s->forecast && (s->thresholds || s->sizes || s->tail_shares))
        return mc_fail(error, MC_E_ARGUMENT,
                       "-t, --size and --tail-share are what --forecast is asked for");
    return MC_OK;
}

static mc_status ask(const settings *s, run_folder runs[2], char **json, mc_error *error) {
    const mc_audit_options *o = &runs[0].options;
    if (s->forecast)
        return forecast(s, o, json, error);
    if (s->compare)
        return compare(s, o, s->n_inputs > 1 ? &runs[1].options : NULL, json, error);
    if (s->explain && is_uid(s->explain))
        return mc_audit_explain_uid(o, s->explain, json, error);
    if (s->explain)
        return mc_audit_explain_text(o, (mc_bytes){s->explain, strlen(s->explain)}, s->url, json,
                                     error);
    if (s->entry)
        return mc_audit_entry(o, (mc_bytes){s->entry, strlen(s->entry)}, s->samples, json, error);
    if (s->coverage)
        return mc_audit_coverage(o, s->coverage, json, error);
    return write_report(s, o, error);
}

static exit_code run(const settings *s) {
    mc_error error = {0};
    run_folder runs[2] = {{0}};
    char *json = NULL;
    mc_status status = check(s, &error);
    for (size_t i = 0; i < s->n_inputs && i < 2 && status == MC_OK; i++)
        status = run_folder_open(&runs[i], s, s->inputs[i], &error);
    if (status == MC_OK)
        status = ask(s, runs, &json, &error);
    console_end_progress();
    if (status == MC_OK && json)
        status = audit_print(json, s->json, &error);
    free(json);
    for (size_t i = 0; i < 2; i++)
        run_folder_close(&runs[i]);
    return status == MC_OK ? EXIT_DONE : console_fail(&error);
}

const command command_audit = {
    .name = "audit",
    .summary = "report, forecast, compare, explain",
    .usage = "[options] DIR\n       metacurate audit DIR --forecast [-t N,...] [--size N,...] "
             "[--tail-share P,...]\n       metacurate audit --compare A [B]\n"
             "       metacurate audit DIR --explain UID|TEXT | --entry ENTRY | --coverage FILE",
    .help = "Reports on what match, balance or curate left in the folder DIR: report.html, one "
            "page that\nneeds no network, and report.json. Or answers a question about it. The "
            "concept list is the one\nthat the folder's manifest names, if it is there and "
            "unchanged; -m names it otherwise. Without\nit, entries that match nothing are "
            "nameless, and sources are not known.",
    .options = OPTIONS_METADATA | OPTIONS_OUTPUT | OPTIONS_AUDIT | OPTIONS_RUNS | OPTIONS_JSON |
               OPTIONS_THREADS | OPTIONS_CONSOLE,
    .run = run,
};
