#include "audit/takedown/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/value.h"
#include "io/source.h"
#include "metacurate/audit.h"
#include "metacurate/io.h"

#define MANIFEST "manifest.json"
#define JOURNAL "takedown.pending"
#define REPORT_DUE ".takedown.report" /* the journal, once all is in place but the report */
#define SUFFIX ".takedown"
#define JOURNAL_MAX ((size_t)1 << 30)
#define FOLDERS_MAX 128
#define DEPTH_MAX 4 /* metaclip/subset_T/N/N.npy */

static mc_status fail_at(const char *path, const char *what, mc_error *error) {
    mc_status status = mc_fail(error, MC_E_IO, "%s: %s", what, strerror(errno));
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return status;
}

static mc_status join(char path[MC_PATH_MAX], const char *folder, const char *file,
                      mc_error *error) {
    if (snprintf(path, MC_PATH_MAX, "%s/%s", folder, file) < MC_PATH_MAX)
        return MC_OK;
    return mc_fail(error, MC_E_LIMIT, "a path is too long");
}

void mc_changes_dispose(mc_changes *changes) {
    for (size_t i = 0; i < changes->n; i++)
        free(changes->items[i].file);
    free(changes->items);
    *changes = (mc_changes){0};
}

mc_status mc_changes_path(const char *folder, const char *file, char path[MC_PATH_MAX],
                          mc_error *error) {
    const char *slash = strrchr(file, '/');
    size_t inner = slash ? (size_t)(slash - file) + 1 : 0;
    int n =
        snprintf(path, MC_PATH_MAX, "%s/%.*s.%s" SUFFIX, folder, (int)inner, file, file + inner);
    return n < MC_PATH_MAX ? MC_OK : mc_fail(error, MC_E_LIMIT, "a path is too long");
}

static mc_status digest_of(const char *path, mc_u128 *out, mc_error *error) {
    uint64_t size;
    return mc_digest_file(path, out, &size, error);
}

mc_status mc_changes_add(mc_changes *changes, const char *folder, const char *file,
                         mc_error *error) {
    char path[MC_PATH_MAX];
    mc_change change = {0};
    MC_TRY(join(path, folder, file, error));
    change.is_new = access(path, F_OK) != 0 && errno == ENOENT;
    if (!change.is_new)
        MC_TRY(digest_of(path, &change.before, error));
    MC_TRY(mc_changes_path(folder, file, path, error));
    MC_TRY(digest_of(path, &change.after, error));
    MC_TRY(MC_GROW(changes->items, changes->capacity, changes->n + 1, error));
    MC_TRY(mc_copy_string(&change.file, file, error));
    changes->items[changes->n++] = change;
    return MC_OK;
}

/* ---- the journal as JSON ---- */

static json_t *describe(const mc_change *change, bool *lost) {
    char before[33], after[33];
    json_t *row = json_object();
    mc_u128_hex(change->before, before);
    mc_u128_hex(change->after, after);
    mc_put(row, "file", mc_value_string(change->file), lost);
    mc_put(row, "before", mc_value_string(change->is_new ? NULL : before), lost);
    mc_put(row, "after", mc_value_string(after), lost);
    return row;
}

static json_t *describe_files(const mc_changes *changes, bool with_log, bool *lost) {
    json_t *files = json_array();
    for (size_t i = 0; i < changes->n; i++)
        if (with_log || strcmp(changes->items[i].file, MC_CHANGES_FILE) != 0)
            mc_push(files, describe(&changes->items[i], lost), lost);
    return files;
}

json_t *mc_changes_describe(const mc_changes *changes) {
    bool lost = false;
    json_t *files = describe_files(changes, false, &lost);
    if (!lost)
        return files;
    json_decref(files);
    return NULL;
}

mc_status mc_changes_write(const mc_changes *changes, const char *folder, mc_error *error) {
    char path[MC_PATH_MAX];
    bool lost = false;
    mc_buffer text = {0};
    MC_TRY(join(path, folder, JOURNAL, error));
    json_t *journal = json_object();
    mc_put(journal, "metacurate", json_string(JOURNAL), &lost);
    mc_put(journal, "version", json_string(mc_version()), &lost);
    mc_put(journal, "taken_down", mc_value_number(changes->n_taken_down), &lost);
    mc_put(journal, "forms", json_integer((json_int_t)changes->forms), &lost);
    mc_put(journal, "files", describe_files(changes, true, &lost), &lost);
    mc_status status = mc_doc_text(journal, true, &text, error);
    if (status == MC_OK && lost)
        status = mc_fail(error, MC_E_MEMORY, "out of memory: a journal");
    if (status == MC_OK)
        status = mc_write_file(path, text.data, text.size, error);
    mc_buffer_dispose(&text);
    return status;
}

/* True for what a takedown may rewrite: what is in the journal is not trusted. */
static bool is_ours(const char *file) {
    static const char *const known[] = {"subset.jsonl.zst", "subset.tsv", "subset.datacomp.npy",
                                        MANIFEST, MC_CHANGES_FILE};
    size_t n_parts = 1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(file, known[i]) == 0)
            return true;
    if (strlen(file) >= MC_PATH_MAX / 2)
        return false;
    for (const char *part = file; *part; part++) {
        if (part == file || part[-1] == '/') {
            if (*part == '.' || *part == '/')
                return false;
        }
        n_parts += *part == '/';
    }
    size_t size = strlen(file);
    bool is_array = size > 4 && strcmp(file + size - 4, ".npy") == 0 && file[size - 5] != '/';
    return is_array && ((n_parts == 2 && strncmp(file, "subset/", 7) == 0) ||
                        (n_parts == DEPTH_MAX && strncmp(file, "metaclip/subset_", 16) == 0));
}

static bool parse_digest(const json_t *value, mc_u128 *out) {
    return json_is_string(value) && json_string_length(value) == 32 &&
           mc_u128_parse(json_string_value(value), 32, out);
}

static bool parse_change(const json_t *row, mc_change *change) {
    const json_t *file = json_object_get(row, "file"), *before = json_object_get(row, "before");
    change->is_new = json_is_null(before);
    return json_is_string(file) && strlen(json_string_value(file)) == json_string_length(file) &&
           is_ours(json_string_value(file)) &&
           (change->is_new || parse_digest(before, &change->before)) &&
           parse_digest(json_object_get(row, "after"), &change->after);
}

static mc_status parse_journal(const json_t *journal, mc_changes *changes, mc_error *error) {
    const json_t *files = json_object_get(journal, "files");
    json_int_t n_taken_down = json_integer_value(json_object_get(journal, "taken_down"));
    json_int_t forms = json_integer_value(json_object_get(journal, "forms"));
    const char *kind = json_string_value(json_object_get(journal, "metacurate"));
    if (!kind || strcmp(kind, JOURNAL) != 0 || json_array_size(files) == 0 || n_taken_down < 0 ||
        forms < 0 || forms > (MC_REPORT_JSON | MC_REPORT_HTML | MC_REPORT_CARD))
        return MC_E_FORMAT;
    changes->n_taken_down = (uint64_t)n_taken_down;
    changes->forms = (unsigned)forms;
    MC_TRY(MC_GROW(changes->items, changes->capacity, json_array_size(files), error));
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *row = json_array_get(files, i);
        mc_change change = {0};
        if (!parse_change(row, &change))
            return MC_E_FORMAT;
        MC_TRY(
            mc_copy_string(&change.file, json_string_value(json_object_get(row, "file")), error));
        changes->items[changes->n++] = change;
    }
    return MC_OK;
}

static mc_status read_journal(const char *path, mc_changes *changes, mc_error *error) {
    char *text;
    size_t size;
    MC_TRY(mc_read_file(path, JOURNAL_MAX, &text, &size, error));
    json_t *journal = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    mc_status status = parse_journal(journal, changes, error);
    json_decref(journal);
    if (status != MC_E_FORMAT)
        return status;
    mc_fail(error, MC_E_FORMAT,
            "is damaged, so the takedown it stands for cannot be finished: balance again with "
            "--overwrite, which leaves out what is listed in takedown.jsonl");
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

/* ---- putting in place ---- */

/* Makes the renames in the folder of a file survive a crash of the machine. */
static mc_status sync_folder_of(const char *folder, const char *file, mc_error *error) {
    char path[MC_PATH_MAX];
    MC_TRY(join(path, folder, file, error));
    *strrchr(path, '/') = '\0';
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* As for sinks: not every file system can, and not every folder may be read. */
    bool failed = fd < 0 ? errno != EACCES : fsync(fd) != 0 && errno != EINVAL;
    mc_status status = failed ? fail_at(path, "cannot be synced", error) : MC_OK;
    if (fd >= 0)
        close(fd);
    return status;
}

static bool is_same_folder(const char *a, const char *b) {
    const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
    size_t n = x ? (size_t)(x - a) : 0;
    return n == (y ? (size_t)(y - b) : 0) && memcmp(a, b, n) == 0;
}

/* Syncs each folder once. There are few: the folder, subset, and a hundred below metaclip. */
static mc_status sync_folders(const mc_changes *changes, const char *folder, mc_error *error) {
    const char *synced[FOLDERS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < changes->n; i++) {
        const char *file = changes->items[i].file;
        size_t known = 0;
        while (known < n && !is_same_folder(file, synced[known]))
            known++;
        if (known < n)
            continue;
        MC_TRY(sync_folder_of(folder, file, error));
        if (n < FOLDERS_MAX)
            synced[n++] = file;
    }
    return MC_OK;
}

/* again: some may have been renamed before, which was checked. */
static mc_status rename_all(const mc_changes *changes, const char *folder, bool again,
                            mc_error *error) {
    for (size_t i = 0; i < changes->n; i++) {
        const char *file = changes->items[i].file;
        char from[MC_PATH_MAX], to[MC_PATH_MAX];
        MC_TRY(mc_changes_path(folder, file, from, error));
        MC_TRY(join(to, folder, file, error));
        if (rename(from, to) != 0 && !(again && errno == ENOENT))
            return fail_at(to, "cannot be replaced", error);
    }
    return sync_folders(changes, folder, error);
}

/* A report of what was is none of what is. */
static mc_status remove_reports(const char *folder, mc_error *error) {
    static const char *const names[] = {"report.json", "report.html", "report-entries.js",
                                        "card.md"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[MC_PATH_MAX];
        MC_TRY(join(path, folder, names[i], error));
        if (unlink(path) != 0 && errno != ENOENT)
            return fail_at(path, "cannot be removed", error);
    }
    return MC_OK;
}

static mc_status put_in_place(const mc_changes *changes, const char *folder, bool again,
                              mc_error *error) {
    char journal[MC_PATH_MAX], due[MC_PATH_MAX];
    MC_TRY(join(journal, folder, JOURNAL, error));
    MC_TRY(join(due, folder, REPORT_DUE, error));
    if (changes->n_taken_down > 0)
        MC_TRY(remove_reports(folder, error));
    MC_TRY(rename_all(changes, folder, again, error));
    if (changes->forms ? rename(journal, due) != 0 : unlink(journal) != 0)
        return fail_at(journal, "cannot be removed", error);
    return sync_folder_of(folder, JOURNAL, error);
}

mc_status mc_changes_apply(const mc_changes *changes, const char *folder, mc_error *error) {
    return put_in_place(changes, folder, false, error);
}

/* Makes sure that a file is what the journal says: as before, its new version beside it, or new. */
static mc_status check(const mc_change *change, const char *folder, mc_error *error) {
    char path[MC_PATH_MAX], version[MC_PATH_MAX];
    mc_u128 now = {0}, next = {0};
    MC_TRY(join(path, folder, change->file, error));
    MC_TRY(mc_changes_path(folder, change->file, version, error));
    bool is_there = access(path, F_OK) == 0, has_next = access(version, F_OK) == 0;
    if (is_there)
        MC_TRY(digest_of(path, &now, error));
    if (has_next)
        MC_TRY(digest_of(version, &next, error));
    bool is_old = change->is_new ? !is_there : is_there && mc_u128_equal(now, change->before);
    bool is_done = is_there && mc_u128_equal(now, change->after);
    if (has_next ? mc_u128_equal(next, change->after) && (is_old || is_done) : is_done)
        return MC_OK;
    mc_fail(error, MC_E_MISMATCH,
            "is not what the takedown that was interrupted left: balance again with --overwrite, "
            "which leaves out what is listed in takedown.jsonl");
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_MISMATCH;
}

/* *made: the folder has the manifest of another run, which knew what is listed; a takedown of the
 * one before is none of its own. */
static mc_status is_made_anew(const mc_changes *changes, const char *folder, bool *made,
                              mc_error *error) {
    char path[MC_PATH_MAX];
    mc_u128 now;
    *made = false;
    MC_TRY(join(path, folder, MANIFEST, error));
    if (access(path, F_OK) != 0)
        return MC_OK;
    MC_TRY(digest_of(path, &now, error));
    for (size_t i = 0; i < changes->n; i++) {
        const mc_change *change = &changes->items[i];
        if (strcmp(change->file, MANIFEST) == 0)
            *made = !mc_u128_equal(now, change->before) && !mc_u128_equal(now, change->after);
    }
    return MC_OK;
}

mc_status mc_changes_recover(mc_changes *changes, const char *folder, mc_error *error) {
    char path[MC_PATH_MAX];
    bool made_anew;
    *changes = (mc_changes){0};
    MC_TRY(join(path, folder, JOURNAL, error));
    if (!mc_takedown_pending(folder)) {
        mc_changes_discard(folder);
        return MC_OK;
    }
    MC_TRY(read_journal(path, changes, error));
    MC_TRY(is_made_anew(changes, folder, &made_anew, error));
    if (made_anew) {
        mc_changes_dispose(changes);
        if (unlink(path) != 0)
            return fail_at(path, "cannot be removed", error);
        mc_changes_discard(folder);
        return MC_OK;
    }
    for (size_t i = 0; i < changes->n; i++)
        MC_TRY(check(&changes->items[i], folder, error));
    return put_in_place(changes, folder, true, error);
}

/* ---- leftovers ---- */

static bool is_leftover(const char *name) {
    size_t size = strlen(name), tail = sizeof SUFFIX - 1;
    if (name[0] != '.')
        return false;
    if (strncmp(name, ".spill-", 7) == 0) /* a work file, killed before it lost its name */
        return true;
    if (size > 4 && strcmp(name + size - 4, ".tmp") == 0) /* of a sink */
        size -= 4;
    return size > tail + 1 && strncmp(name + size - tail, SUFFIX, tail) == 0;
}

/* Removes leftovers from path, and from the folders in it, depth levels down. */
static void discard(const char *path, int depth) {
    DIR *listing = opendir(path);
    if (!listing)
        return;
    for (struct dirent *found; (found = readdir(listing)) != NULL;) {
        char inner[MC_PATH_MAX];
        struct stat info;
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0 ||
            join(inner, path, found->d_name, NULL) != MC_OK)
            continue;
        if (is_leftover(found->d_name))
            (void)unlink(inner);
        else if (depth > 0 && lstat(inner, &info) == 0 && S_ISDIR(info.st_mode))
            discard(inner, depth - 1);
    }
    closedir(listing);
}

void mc_changes_discard(const char *folder) {
    static const struct {
        const char *name;
        int depth;
    } places[] = {{".", 0}, {"subset", 0}, {"metaclip", DEPTH_MAX - 2}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char path[MC_PATH_MAX];
        if (join(path, folder, places[i].name, NULL) == MC_OK)
            discard(path, places[i].depth);
    }
}

bool mc_takedown_pending(const char *folder) {
    char path[MC_PATH_MAX];
    return join(path, folder, JOURNAL, NULL) == MC_OK && access(path, F_OK) == 0;
}

unsigned mc_changes_forms_due(const char *folder) {
    char path[MC_PATH_MAX];
    mc_changes changes = {0};
    unsigned forms = 0;
    if (join(path, folder, REPORT_DUE, NULL) == MC_OK && access(path, F_OK) == 0 &&
        read_journal(path, &changes, NULL) == MC_OK)
        forms = changes.forms;
    mc_changes_dispose(&changes);
    return forms;
}

void mc_changes_forms_done(const char *folder) {
    char path[MC_PATH_MAX];
    if (join(path, folder, REPORT_DUE, NULL) == MC_OK)
        (void)unlink(path);
}
