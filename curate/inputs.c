#define _XOPEN_SOURCE 700 /* realpath */

#include "inputs.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"

#define PATH_SIZE 4096
#define MANIFEST_MAX ((size_t)64 << 20)

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static mc_status fail_on(const char *path, mc_status status, const char *message, mc_error *error) {
    mc_fail(error, status, "%s", message);
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return status;
}

/* ---- what is missing ---- */

static bool has_suffix(const char *name, const char *suffix) {
    size_t n = strlen(name), k = strlen(suffix);
    return n >= k && strcmp(name + n - k, suffix) == 0;
}

/* A list among the inputs was meant for -m. */
static void append_guess(const settings *s, char *list, size_t size) {
    for (size_t i = 0; i < s->n_inputs; i++)
        if (has_suffix(s->inputs[i], ".mca") || has_suffix(s->inputs[i], ".json")) {
            size_t at = strlen(list);
            snprintf(list + at, size - at, " (is %.200s it?)", s->inputs[i]);
            return;
        }
}

mc_status inputs_check_given(const settings *s, const char *name, const char *list,
                             const char *output, const char *input, mc_error *error) {
    const char *missing[3], *joints[3][3] = {{""}, {"", " and "}, {"", ", ", " and "}};
    char text[400] = "";
    size_t n = 0;
    if (list && !s->metadata)
        missing[n++] = list;
    if (output && !s->output)
        missing[n++] = output;
    if (input && s->n_inputs == 0)
        missing[n++] = input;
    for (size_t i = 0; i < n; i++) {
        size_t at = strlen(text);
        snprintf(text + at, sizeof text - at, "%s%s", joints[n - 1][i], missing[i]);
        if (missing[i] == list)
            append_guess(s, text, sizeof text);
    }
    if (n == 0)
        return MC_OK;
    return mc_fail(error, MC_E_ARGUMENT, "%s needs %s; see metacurate %s --help", name, text, name);
}

/* ---- folders of earlier runs ---- */

/* The manifest of a folder that an earlier run wrote, or NULL. */
static json_t *read_manifest(const char *folder) {
    char path[PATH_SIZE], *text = NULL;
    size_t size;
    mc_error error = {0};
    if (snprintf(path, sizeof path, "%s/manifest.json", folder) >= PATH_SIZE ||
        access(path, R_OK) != 0 || mc_read_file(path, MANIFEST_MAX, &text, &size, &error) != MC_OK)
        return NULL;
    json_t *manifest = json_loadb(text, size, 0, NULL);
    const char *kind = json_string_value(json_object_get(manifest, "metacurate"));
    free(text);
    if (kind && strcmp(kind, "manifest") == 0)
        return manifest;
    json_decref(manifest);
    return NULL;
}

static mc_status refuse_results(const char *folder, mc_error *error) {
    char message[400];
    json_t *manifest = read_manifest(folder);
    if (!manifest)
        return MC_OK;
    const char *by = json_string_value(json_object_get(manifest, "command"));
    if (by && strcmp(by, "extract") == 0)
        snprintf(message, sizeof message, "was written by extract: the pool in it is %.300s/pairs",
                 folder);
    else
        snprintf(message, sizeof message,
                 "was written by %.40s: what is in it is no pool; balance and audit take it",
                 by ? by : "an earlier run");
    json_decref(manifest);
    return fail_on(folder, MC_E_ARGUMENT, message, error);
}

/* ---- outputs within inputs ---- */

/* The path with all links followed, of as much of it as is there; the caller frees it. */
static char *resolve(const char *path) {
    char part[PATH_SIZE];
    if (snprintf(part, sizeof part, "%s%s", path[0] == '/' ? "" : "./", path) >= PATH_SIZE)
        return NULL;
    for (;;) {
        char *whole = realpath(part, NULL), *slash = strrchr(part, '/');
        if (whole || errno != ENOENT || !slash || slash == part)
            return whole;
        *slash = '\0';
    }
}

static mc_status refuse_output_within(const char *folder, const char *output, mc_error *error) {
    char message[400];
    char *outer = realpath(folder, NULL), *inner = resolve(output);
    size_t size = outer ? strlen(outer) : 0;
    bool within = outer && inner && strncmp(inner, outer, size) == 0 &&
                  (inner[size] == '/' || inner[size] == '\0' || size == 1);
    free(outer);
    free(inner);
    if (!within)
        return MC_OK;
    snprintf(message, sizeof message, "lies in the pool's folder %.300s: put it elsewhere", folder);
    return fail_on(output, MC_E_ARGUMENT, message, error);
}

/* ---- the pool ---- */

mc_status inputs_open(const settings *s, mc_pool **pool, mc_error *error) {
    const char *first_folder = NULL;
    for (size_t i = 0; i < s->n_inputs; i++) {
        const char *input = s->inputs[i];
        if (!is_folder(input))
            continue;
        if (!first_folder)
            first_folder = input;
        MC_TRY(refuse_results(input, error));
        if (s->output && strcmp(s->output, "-") != 0)
            MC_TRY(refuse_output_within(input, s->output, error));
    }
    mc_pool_options options = s->pool;
    options.cancel = console_control()->cancel;
    MC_TRY(mc_pool_create(pool, s->inputs, s->n_inputs, &options, error));
    if (mc_pool_count(*pool) == 0 && first_folder)
        return fail_on(first_folder, MC_E_IO, "holds no files", error);
    return MC_OK;
}

void inputs_warn(const settings *s, const mc_pool *pool) {
    struct stat info;
    if (s->pool.reader || s->pool.format != MC_FORMAT_AUTO)
        return;
    for (size_t i = 0, n = 0; i < mc_pool_count(pool) && n < INPUTS_LOOKED_AT; i++) {
        mc_pool_look look;
        mc_error error = {0};
        const char *path = mc_pool_path(pool, i);
        if (stat(path, &info) < 0 || !S_ISREG(info.st_mode))
            continue;
        n++; /* one that cannot be read is told of when its turn comes */
        if (mc_pool_look_at(&look, pool, i, false, &error) == MC_OK && look.doubt)
            console_warn("%s: %s", path, look.doubt);
    }
}

mc_status inputs_check_files(const settings *s, mc_error *error) {
    const char *const files[] = {s->only, s->exclude, s->counts};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char message[200];
        if (!files[i] || strcmp(files[i], "-") == 0 || access(files[i], R_OK) == 0)
            continue;
        snprintf(message, sizeof message, "cannot be opened: %s", strerror(errno));
        return fail_on(files[i], MC_E_IO, message, error);
    }
    return MC_OK;
}
