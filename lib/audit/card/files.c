/* The data card's files: size and XXH3_128bits of each, read once; folders of many files by a
 * digest over theirs. And the takedowns that the folder's log of changes tells of. */
#include "audit/card/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/source.h"
#include "match/resume.h"
#include "metacurate/io.h"
#include "pool/paths.h"

enum { CHANGES_MAX_BYTES = 1 << 28 };

static const char *const files[] = {"manifest.json", "counts.npy",          "subset.jsonl.zst",
                                    "subset.tsv",    "subset.datacomp.npy", "rejects.jsonl"};
static const char *const folders[] = {"subset", "metaclip"};

#define N_OF(array) (sizeof(array) / sizeof *(array))

/* ./FOLDER/NAME, as no folder's name then looks like an option, a URL or a list. */
static mc_status path_of(const mc_card *c, const char *name, char path[MC_PATH_MAX],
                         mc_error *error) {
    const char *folder = c->audited->options->folder;
    int n = snprintf(path, MC_PATH_MAX, "%s%s/%s", folder[0] == '/' ? "" : "./", folder, name);
    return n < MC_PATH_MAX ? MC_OK : mc_fail(error, MC_E_LIMIT, "a path is too long");
}

static void put_row(mc_markdown *m, const char *name, const char *suffix, uint64_t size,
                    mc_u128 digest) {
    char hex[33];
    json_t *number = json_integer((json_int_t)size);
    mc_u128_hex(digest, hex);
    mc_markdown_printf(m, "| `%s`%s | ", name, suffix);
    mc_markdown_count(m, number);
    mc_markdown_printf(m, " | `%s` |\n", hex);
    json_decref(number);
}

static mc_status put_file(const mc_card *c, const char *name, mc_error *error) {
    char path[MC_PATH_MAX];
    mc_u128 digest;
    uint64_t size;
    MC_TRY(path_of(c, name, path, error));
    if (access(path, F_OK) != 0)
        return MC_OK;
    MC_TRY(mc_digest_file(path, &digest, &size, error));
    put_row(c->m, name, "", size, digest);
    return MC_OK;
}

/* The digest is over a line a file, in the byte order of their names: its digest, two spaces and
 * its name below the folder, as xxh128sum prints them. */
static mc_status digest_files(const mc_paths *paths, size_t prefix, mc_u128 *digest, uint64_t *size,
                              mc_error *error) {
    mc_buffer lines = {0};
    mc_status status = MC_OK;
    *size = 0;
    for (size_t i = 0; i < paths->n && status == MC_OK; i++) {
        mc_u128 one = {0, 0};
        uint64_t one_size = 0;
        char hex[33];
        status = mc_digest_file(paths->items[i], &one, &one_size, error);
        mc_u128_hex(one, hex);
        *size += one_size;
        if (status == MC_OK)
            status = mc_buffer_printf(&lines, error, "%s  %s\n", hex, paths->items[i] + prefix);
    }
    *digest = mc_hash128(lines.data, lines.size);
    mc_buffer_dispose(&lines);
    return status;
}

static mc_status put_folder(const mc_card *c, const char *name, mc_error *error) {
    char path[MC_PATH_MAX], suffix[64];
    mc_paths paths = {0};
    mc_u128 digest;
    uint64_t size;
    MC_TRY(path_of(c, name, path, error));
    if (access(path, F_OK) != 0)
        return MC_OK;
    mc_status status = mc_paths_expand(&paths, path, error);
    if (status == MC_OK)
        status = digest_files(&paths, strlen(path) - strlen(name), &digest, &size, error);
    if (status == MC_OK) {
        snprintf(suffix, sizeof suffix, ", %zu files", paths.n);
        put_row(c->m, name, suffix, size, digest);
    }
    mc_paths_dispose(&paths);
    return status;
}

/* ---- changes ---- */

/* The lines of the log that can be read, as an array. */
static json_t *parse_lines(const char *data, size_t size) {
    json_t *changes = json_array();
    for (const char *at = data, *end = data + size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        json_t *change = json_loadb(at, (size_t)(stop - at), JSON_ALLOW_NUL, NULL);
        if (change)
            json_array_append_new(changes, change);
        at = stop + 1;
    }
    return changes;
}

static mc_status put_changes(const mc_card *c, mc_error *error) {
    static const mc_card_column columns[] = {
        {"images listed", "listed", mc_markdown_count},
        {"pairs taken out of the subset", "taken_down", mc_markdown_count},
        {"pairs left", "kept", mc_markdown_count}};
    char path[MC_PATH_MAX], *data;
    size_t size;
    MC_TRY(path_of(c, "changes.jsonl", path, error));
    if (access(path, F_OK) != 0)
        return MC_OK;
    MC_TRY(mc_read_file(path, CHANGES_MAX_BYTES, &data, &size, error));
    json_t *changes = parse_lines(data, size);
    free(data);
    if (json_array_size(changes) > 0) {
        mc_markdown_printf(c->m, "### Takedowns\n\nImages taken out after the subset was made, in "
                                 "the order of changes.jsonl.\n\n");
        mc_card_table(c->m, columns, N_OF(columns), changes, 100);
    }
    json_decref(changes);
    return MC_OK;
}

mc_status mc_card_put_files(const mc_card *c, mc_error *error) {
    mc_markdown_printf(c->m,
                       "## Files\n\nDigests are XXH3_128bits, as `xxh128sum FILE` prints them; of "
                       "a folder, over what it prints for the files below in the byte order of "
                       "their paths (`LC_ALL=C`).\n\n| file | bytes | XXH3_128bits "
                       "|\n|---|---:|---|\n");
    for (size_t i = 0; i < N_OF(files); i++)
        MC_TRY(put_file(c, files[i], error));
    for (size_t i = 0; i < N_OF(folders); i++)
        MC_TRY(put_folder(c, folders[i], error));
    mc_markdown_printf(c->m, "\n");
    return put_changes(c, error);
}
