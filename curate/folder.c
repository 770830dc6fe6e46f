#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"

#define PATH_SIZE 4096

static mc_status io_error(const char *path, const char *what, mc_error *error) {
    mc_fail(error, MC_E_IO, "%s: %s", what, strerror(errno));
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_IO;
}

/* A slip high up in a path would fill another disk: what is made is the folder and the one it is
 * in.
 */
static mc_status check_parents(char *part, mc_error *error) {
    size_t n_missing = 0;
    for (char *c = part + 1; *c; c++) {
        if (*c != '/' || c[1] == '/' || c[1] == '\0')
            continue;
        *c = '\0';
        n_missing += access(part, F_OK) < 0 && errno == ENOENT;
        if (n_missing > 1) {
            *strrchr(part, '/') = '\0';
            mc_fail(error, MC_E_IO, "is not there (make it, or check the path)");
            mc_error_place(error, part, MC_NONE, MC_NONE);
            return MC_E_IO;
        }
        *c = '/';
    }
    return MC_OK;
}

static mc_status make(const char *path, mc_error *error) {
    char part[PATH_SIZE];
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof part - 512)
        return mc_fail(error, MC_E_ARGUMENT, "the output folder's path is empty or too long");
    memcpy(part, path, size + 1);
    MC_TRY(check_parents(part, error));
    for (char *c = part + 1; *c; c++) {
        if (*c != '/')
            continue;
        *c = '\0';
        if (mkdir(part, 0777) < 0 && errno != EEXIST)
            return io_error(part, "cannot be made", error);
        *c = '/';
    }
    if (mkdir(part, 0777) < 0 && errno != EEXIST)
        return io_error(part, "cannot be made", error);
    struct stat info;
    if (stat(path, &info) < 0 || !S_ISDIR(info.st_mode)) {
        errno = ENOTDIR;
        return io_error(path, "cannot be used", error);
    }
    return access(path, W_OK | X_OK) < 0 ? io_error(path, "cannot be written to", error) : MC_OK;
}

static bool has_suffix(const char *name, const char *suffix) {
    size_t n = strlen(name), k = strlen(suffix);
    return n >= k && strcmp(name + n - k, suffix) == 0;
}

/* Removes from path/name the files with one of the suffixes, and, depth levels down, from its
 * folders; then the folder, when it is empty. */
static void clear(const char *path, const char *name, const char *const *suffixes, int depth) {
    char inner[PATH_SIZE];
    if (snprintf(inner, sizeof inner, "%s/%s", path, name) >= PATH_SIZE)
        return;
    DIR *dir = opendir(inner);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char file[PATH_SIZE];
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            snprintf(file, sizeof file, "%s/%s", inner, entry->d_name) >= PATH_SIZE ||
            lstat(file, &info) < 0)
            continue;
        if (S_ISDIR(info.st_mode) && depth > 0)
            clear(inner, entry->d_name, suffixes, depth - 1);
        for (const char *const *suffix = suffixes; *suffix && S_ISREG(info.st_mode); suffix++)
            if (has_suffix(entry->d_name, *suffix))
                unlink(file);
    }
    closedir(dir);
    rmdir(inner);
}

static void remove_outputs(const char *path, folder_kind kind) {
    static const char *const files[] = {
        "manifest.json",    "run.json",        "counts.npy",        "dropped.npy",
        "report.json",      "report.html",     "report-entries.js", "card.md",
        "rejects.jsonl",    "subset.tsv",      "subset.jsonl.zst",  "subset.datacomp.npy",
        "takedown.pending", ".takedown.report"};
    static const char *const arrays[] = {".npy", ".npy.tmp", NULL};
    static const char *const indexes[] = {".mcm", ".mcm.tmp", NULL};
    static const char *const lines[] = {".jsonl", ".jsonl.zst", ".jsonl.tmp", ".jsonl.zst.tmp",
                                        NULL};
    static const char *const parts[] = {"pairs", "pairs.state", "all", "all.state"};
    char file[PATH_SIZE];
    /* The manifest goes first: without it the folder is no finished run. */
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (snprintf(file, sizeof file, "%s/%s", path, files[i]) < PATH_SIZE)
            unlink(file);
        if (snprintf(file, sizeof file, "%s/.%s.tmp", path, files[i]) < PATH_SIZE)
            unlink(file);
    }
    clear(path, "subset", arrays, 0);
    clear(path, "metaclip", arrays, 2);
    if (kind == FOLDER_MATCHED)
        clear(path, "matches", indexes, 0);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && kind == FOLDER_EXTRACTED; i++)
        clear(path, parts[i], lines, 0);
}

/* True for a folder that holds nothing, or only folders that, depth levels down, do not either:
 * what a run leaves that failed at its beginning. */
static bool is_empty(const char *path, int depth) {
    DIR *dir = opendir(path);
    bool empty = dir != NULL;
    for (struct dirent *entry; empty && (entry = readdir(dir));) {
        char inner[PATH_SIZE];
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        empty = depth > 0 &&
                snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < PATH_SIZE &&
                lstat(inner, &info) == 0 && S_ISDIR(info.st_mode) && is_empty(inner, depth - 1);
    }
    if (dir)
        closedir(dir);
    return empty;
}

bool folder_is_refused(const settings *s) {
    return !s->overwrite && !s->resume && access(s->output, F_OK) == 0 && !is_empty(s->output, 1);
}

mc_status folder_prepare(const settings *s, folder_kind kind, mc_error *error) {
    const char *path = s->output;
    MC_TRY(make(path, error));
    if (s->overwrite)
        remove_outputs(path, kind);
    else if (s->resume && is_empty(path, 1))
        console_warn("%s: there is nothing to go on with: starting anew", path);
    else if (folder_is_refused(s)) {
        mc_fail(error, MC_E_EXISTS,
                "is not empty: give --overwrite to replace what an earlier run wrote%s",
                kind != FOLDER_BALANCED ? ", or --resume to go on with it" : "");
        mc_error_place(error, path, MC_NONE, MC_NONE);
        return MC_E_EXISTS;
    }
    return MC_OK;
}

mc_status folder_check_file(const settings *s, mc_error *error) {
    if (s->overwrite || access(s->output, F_OK) != 0)
        return MC_OK;
    mc_fail(error, MC_E_EXISTS, "is there already: give --overwrite to replace it");
    mc_error_place(error, s->output, MC_NONE, MC_NONE);
    return MC_E_EXISTS;
}
