/* A takedown step by step: what an earlier one left is finished; the images are found and listed
 * beside the match indexes, first of all, so that no kill loses a wish; new versions of the
 * subset's files, of the change log and of the manifest are written beside them and put in place
 * together; the report is made again. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/answer.h"
#include "audit/takedown/lock.h"
#include "audit/takedown/search.h"
#include "audit/takedown/subset.h"
#include "base/progress.h"
#include "io/sink.h"
#include "metacurate/io.h"

#define LOG_MAX ((size_t)1 << 30)

typedef struct takedown {
    const mc_audit_options *options;
    const mc_takedown_request *request;
    mc_audited audited;
    mc_takedown_list list;
    mc_takedown_asked asked;
    mc_changes finished; /* of a takedown that was interrupted */
    mc_changes changes;  /* of this one */
    mc_takedown_lock own;
    mc_takedown_lock *locks; /* of the folders with match indexes */
} takedown;

static mc_status path_in(const takedown *t, const char *name, char path[MC_PATH_MAX],
                         mc_error *error) {
    if (snprintf(path, MC_PATH_MAX, "%s/%s", t->options->folder, name) < MC_PATH_MAX)
        return MC_OK;
    return mc_fail(error, MC_E_LIMIT, "a path is too long");
}

/* ---- the lists ---- */

static mc_status lock_lists(takedown *t, mc_error *error) {
    char **paths;
    size_t n;
    MC_TRY(mc_takedown_lists(&t->audited.set, &paths, &n, error));
    mc_status status = MC_ALLOC(t->locks, n + 1, error); /* ended by one without a path */
    for (size_t i = 0; i < n && status == MC_OK; i++)
        status = mc_takedown_lock_take(&t->locks[i], paths[i], error);
    mc_takedown_lists_free(&paths, &n);
    return status;
}

static mc_status write_lists(takedown *t, mc_error *error) {
    MC_TRY(lock_lists(t, error));
    MC_TRY(mc_takedown_list_open(&t->list, &t->audited.set, error));
    MC_TRY(mc_takedown_search(&t->audited, t->request, &t->list, &t->asked, error));
    mc_takedown_list_seal(&t->list);
    if (t->list.n_new > 0 && t->list.n_paths == 0)
        return mc_fail(error, MC_E_ARGUMENT, "the run has no match index to list images beside");
    return mc_takedown_list_write(&t->list, error);
}

/* ---- manifest and change log ---- */

/* Takes n off a member; false when it holds less. */
static bool reduce(json_t *object, const char *key, uint64_t n, bool *lost) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < (json_int_t)n)
        return false;
    mc_put(object, key, json_integer(json_integer_value(value) - (json_int_t)n), lost);
    return true;
}

static void increase(json_t *object, const char *key, uint64_t n, bool *lost) {
    json_int_t before = json_integer_value(json_object_get(object, key));
    if (before < 0 || before > INT64_MAX - (json_int_t)n)
        before = 0;
    mc_put(object, key, json_integer(before + (json_int_t)n), lost);
}

static mc_status write_version(takedown *t, const char *name, const mc_buffer *text,
                               mc_error *error) {
    char path[MC_PATH_MAX];
    MC_TRY(mc_changes_path(t->options->folder, name, path, error));
    MC_TRY(mc_write_file(path, text->data, text->size, error));
    return mc_changes_add(&t->changes, t->options->folder, name, error);
}

static mc_status write_manifest(takedown *t, mc_error *error) {
    uint64_t n = t->changes.n_taken_down;
    bool lost = false;
    mc_buffer text = {0};
    json_t *manifest = json_deep_copy(t->audited.manifest);
    json_t *totals = json_object_get(manifest, "totals");
    json_t *result = json_object_get(manifest, "result");
    bool good = reduce(totals, "kept", n, &lost) && reduce(result, "kept", n, &lost);
    increase(totals, "not_kept", n, &lost);
    increase(totals, "taken_down", n, &lost);
    increase(result, "taken_down", n, &lost);
    mc_status status = MC_OK;
    if (manifest && !good) {
        status = mc_fail(error, MC_E_FORMAT, "damaged manifest.json: how many pairs are kept");
        mc_error_place(error, t->options->folder, MC_NONE, MC_NONE);
    } else if (!manifest || lost) {
        status = mc_fail(error, MC_E_MEMORY, "out of memory: a manifest");
    }
    if (status != MC_OK) {
        json_decref(manifest);
        return status;
    }
    status = mc_doc_text(manifest, false, &text, error);
    if (status == MC_OK)
        status = write_version(t, "manifest.json", &text, error);
    mc_buffer_dispose(&text);
    return status;
}

static json_t *describe_kept(const takedown *t) {
    uint64_t kept = t->audited.n_kept - t->changes.n_taken_down;
    return t->audited.balanced ? mc_value_number(kept) : json_null();
}

static json_t *describe_request(const takedown *t, bool *lost) {
    json_t *request = json_object(), *hosts = json_array();
    mc_put(request, "uids", mc_value_number(t->asked.n_uids), lost);
    mc_put(request, "urls", mc_value_number(t->asked.n_urls), lost);
    for (size_t i = 0; i < t->request->n_hosts; i++)
        mc_push(hosts, mc_value_string(t->request->hosts[i]), lost);
    mc_put(request, "hosts", hosts, lost);
    return request;
}

static mc_status render_log_line(const takedown *t, const json_t *files, mc_buffer *text,
                                 mc_error *error) {
    char now[32] = "";
    time_t seconds = time(NULL);
    struct tm utc;
    bool lost = false;
    if (gmtime_r(&seconds, &utc))
        strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_t *line = json_object();
    mc_put(line, "what", json_string("takedown"), &lost);
    mc_put(line, "time", json_string(now), &lost);
    mc_put(line, "request", describe_request(t, &lost), &lost);
    mc_put(line, "listed", mc_value_number(t->list.n_new), &lost);
    mc_put(line, "taken_down", mc_value_number(t->changes.n_taken_down), &lost);
    mc_put(line, "kept", describe_kept(t), &lost);
    mc_put(line, "files", files ? json_deep_copy(files) : NULL, &lost);
    mc_status status = mc_doc_text(line, true, text, error);
    return status == MC_OK && lost ? mc_fail(error, MC_E_MEMORY, "out of memory: a change log")
                                   : status;
}

/* The log so far, and a line more. */
static mc_status write_log(takedown *t, const json_t *files, mc_error *error) {
    char path[MC_PATH_MAX], *before = NULL;
    size_t size = 0;
    mc_buffer text = {0};
    MC_TRY(path_in(t, MC_CHANGES_FILE, path, error));
    if (access(path, F_OK) == 0)
        MC_TRY(mc_read_file(path, LOG_MAX, &before, &size, error));
    mc_status status = mc_buffer_append(&text, before, size, error);
    free(before);
    if (status == MC_OK && size > 0 && text.data[size - 1] != '\n')
        status = mc_buffer_append(&text, "\n", 1, error);
    if (status == MC_OK)
        status = render_log_line(t, files, &text, error);
    if (status == MC_OK)
        status = write_version(t, MC_CHANGES_FILE, &text, error);
    mc_buffer_dispose(&text);
    return status;
}

/* ---- the report ---- */

static bool has_file(const takedown *t, const char *name) {
    char path[MC_PATH_MAX];
    return path_in(t, name, path, NULL) == MC_OK && access(path, F_OK) == 0;
}

static unsigned forms_there(const takedown *t) {
    return (has_file(t, "report.json") ? MC_REPORT_JSON : 0u) |
           (has_file(t, "report.html") ? MC_REPORT_HTML : 0u) |
           (has_file(t, "card.md") ? MC_REPORT_CARD : 0u);
}

/* The takedown is done by now: a report that cannot be made is no failure of it. */
static void make_report(const takedown *t) {
    char text[1200];
    mc_error error = {0};
    unsigned forms = mc_changes_forms_due(t->options->folder);
    if (forms == 0)
        return;
    if (mc_audit_report(t->options, NULL, forms, &error) == MC_OK)
        mc_changes_forms_done(t->options->folder);
    else
        mc_warn(t->options->control,
                "the report, which was removed, could not be made again (metacurate audit does "
                "it): %s",
                mc_error_text(&error, text, sizeof text));
}

/* ---- all of it ---- */

static mc_status change_files(takedown *t, mc_error *error) {
    if (t->audited.balanced)
        MC_TRY(mc_takedown_subset(&t->audited, &t->list, &t->changes, error));
    if (t->changes.n_taken_down > 0) {
        t->changes.forms = forms_there(t) | mc_changes_forms_due(t->options->folder);
        MC_TRY(write_manifest(t, error));
    } else if (t->list.n_new == 0) {
        return MC_OK;
    }
    json_t *files = mc_changes_describe(&t->changes);
    mc_status status = write_log(t, files, error);
    json_decref(files);
    MC_TRY(status);
    if (t->changes.n > 1) { /* the manifest is the last to be put in place */
        mc_change *last = &t->changes.items[t->changes.n - 1], log = *last;
        *last = last[-1];
        last[-1] = log;
    }
    MC_TRY(mc_changes_write(&t->changes, t->options->folder, error));
    return mc_changes_apply(&t->changes, t->options->folder, error);
}

/* What is in place now. */
static mc_status answer(const takedown *t, char **json, mc_error *error) {
    bool lost = false;
    json_t *document = mc_answer_begin("takedown", &lost);
    json_t *files = mc_changes_describe(&t->finished), *more = mc_changes_describe(&t->changes);
    lost |= !files || !more || json_array_extend(files, more) != 0;
    json_decref(more);
    mc_put(document, "listed", mc_value_number(t->list.n_new), &lost);
    mc_put(document, "taken_down",
           mc_value_number(t->finished.n_taken_down + t->changes.n_taken_down), &lost);
    mc_put(document, "kept", describe_kept(t), &lost);
    mc_put(document, "files", files, &lost);
    return mc_answer_end(document, lost, json, error);
}

static mc_status take_down(takedown *t, char **json, mc_error *error) {
    char folder[MC_PATH_MAX];
    MC_TRY(path_in(t, "", folder, error));
    MC_TRY(mc_takedown_lock_take(&t->own, folder, error));
    MC_TRY(mc_changes_recover(&t->finished, t->options->folder, error));
    MC_TRY(mc_audited_open(&t->audited, t->options, error));
    MC_TRY(write_lists(t, error));
    mc_status status = change_files(t, error);
    if (status != MC_OK && !mc_takedown_pending(t->options->folder))
        mc_changes_discard(t->options->folder);
    MC_TRY(status);
    make_report(t);
    return answer(t, json, error);
}

mc_status mc_takedown(const mc_audit_options *options, const mc_takedown_request *request,
                      char **json, mc_error *error) {
    takedown t = {.options = options, .request = request};
    *json = NULL;
    mc_status status = take_down(&t, json, error);
    for (size_t i = 0; t.locks && t.locks[i].path; i++)
        mc_takedown_lock_release(&t.locks[i]);
    free(t.locks);
    mc_takedown_lock_release(&t.own);
    mc_changes_dispose(&t.finished);
    mc_changes_dispose(&t.changes);
    mc_takedown_list_dispose(&t.list);
    mc_audited_dispose(&t.audited);
    return status;
}
