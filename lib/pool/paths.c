/* Inputs into paths: a file or URL is itself, a folder all files below it, a glob what it fits.
 *
 * Folders are walked with a list of those still to be read, not by recursion, and the files are
 * sorted at the end, so that the order of the directory entries does not matter. Links to folders
 * are not followed below a folder: they could lead around in circles.
 */
#include "pool/paths.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "io/remote.h"

void mc_paths_dispose(mc_paths *paths) {
    for (size_t i = 0; i < paths->n; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (mc_paths){0};
}

mc_status mc_paths_add(mc_paths *paths, const char *path, mc_error *error) {
    MC_TRY(MC_GROW(paths->items, paths->capacity, paths->n + 1, error));
    MC_TRY(mc_copy_string(&paths->items[paths->n], path, error));
    paths->n++;
    return MC_OK;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the paths from first on by their bytes. */
static void sort_from(mc_paths *paths, size_t first) {
    if (paths->n - first > 1)
        qsort(paths->items + first, paths->n - first, sizeof *paths->items, compare);
}

static mc_status fail_on(const char *path, const char *what, mc_error *error) {
    mc_fail(error, MC_E_IO, "%s: %s", what, strerror(errno));
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_IO;
}

/* Puts a directory entry where it belongs: a file into files, a folder into folders. */
static mc_status add_entry(const char *path, mc_paths *files, mc_paths *folders, mc_error *error) {
    struct stat info;
    if (lstat(path, &info) < 0)
        return errno == ENOENT ? MC_OK : fail_on(path, "cannot be looked at", error);
    if (S_ISDIR(info.st_mode))
        return mc_paths_add(folders, path, error);
    if (S_ISLNK(info.st_mode) && stat(path, &info) < 0)
        return fail_on(path, "a link that leads nowhere", error);
    return S_ISREG(info.st_mode) ? mc_paths_add(files, path, error) : MC_OK;
}

static mc_status read_folder(const char *folder, mc_paths *files, mc_paths *folders,
                             mc_buffer *path, mc_error *error) {
    DIR *directory = opendir(folder);
    if (!directory)
        return fail_on(folder, "the folder cannot be read", error);
    mc_status status = MC_OK;
    while (status == MC_OK) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry) {
            if (errno != 0)
                status = fail_on(folder, "the folder cannot be read", error);
            break;
        }
        if (entry->d_name[0] == '.')
            continue;
        size_t size = strlen(folder);
        bool slash = size > 0 && folder[size - 1] == '/';
        path->size = 0;
        status = mc_buffer_printf(path, error, "%s%s%s", folder, slash ? "" : "/", entry->d_name);
        if (status == MC_OK)
            status = add_entry(path->data, files, folders, error);
    }
    closedir(directory);
    return status;
}

static mc_status expand_folder(mc_paths *files, const char *input, mc_error *error) {
    mc_paths folders = {0};
    mc_buffer path = {0};
    size_t first = files->n, size = strlen(input);
    while (size > 1 && input[size - 1] == '/')
        size--;
    mc_status status = mc_buffer_printf(&path, error, "%.*s", (int)size, input);
    if (status == MC_OK)
        status = mc_paths_add(&folders, path.data, error);
    while (status == MC_OK && folders.n > 0) {
        char *folder = folders.items[--folders.n];
        status = read_folder(folder, files, &folders, &path, error);
        free(folder);
    }
    mc_paths_dispose(&folders);
    mc_buffer_dispose(&path);
    if (status == MC_OK)
        sort_from(files, first);
    return status;
}

static mc_status expand_glob(mc_paths *files, const char *input, mc_error *error) {
    glob_t found = {0};
    int code = glob(input, GLOB_NOSORT | GLOB_ERR, NULL, &found);
    mc_paths fits = {0};
    mc_status status = MC_OK;
    if (code == GLOB_NOMATCH)
        status = mc_fail(error, MC_E_IO, "no file fits");
    else if (code == GLOB_NOSPACE)
        status = mc_fail(error, MC_E_MEMORY, "out of memory: a glob");
    else if (code != 0)
        status = mc_fail(error, MC_E_IO, "a folder on the way cannot be read: %s", strerror(errno));
    for (size_t i = 0; status == MC_OK && i < found.gl_pathc; i++)
        status = mc_paths_add(&fits, found.gl_pathv[i], error);
    if (status == MC_OK || status == MC_E_MEMORY)
        sort_from(&fits, 0);
    else
        mc_error_place(error, input, MC_NONE, MC_NONE);
    globfree(&found);

    for (size_t i = 0; status == MC_OK && i < fits.n; i++) {
        struct stat info;
        if (stat(fits.items[i], &info) == 0 && S_ISDIR(info.st_mode))
            status = expand_folder(files, fits.items[i], error);
        else
            status = mc_paths_add(files, fits.items[i], error);
    }
    mc_paths_dispose(&fits);
    return status;
}

mc_status mc_paths_expand(mc_paths *paths, const char *input, mc_error *error) {
    if (!strcmp(input, "-") || mc_remote_is(input))
        return mc_paths_add(paths, input, error);
    struct stat info;
    if (stat(input, &info) == 0)
        return S_ISDIR(info.st_mode) ? expand_folder(paths, input, error)
                                     : mc_paths_add(paths, input, error);
    if (errno == ENOENT && strpbrk(input, "*?["))
        return expand_glob(paths, input, error);
    return fail_on(input, "cannot be found", error);
}
