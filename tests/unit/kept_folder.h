/* All files of a test's scratch folder kept in memory, to compare with and to go back to. */
#ifndef TEST_KEPT_FOLDER_H
#define TEST_KEPT_FOLDER_H

#include <stdbool.h>

#include "scratch.h"

#define KEPT_FILES 128

typedef struct kept_file {
    char name[200]; /* below the scratch folder */
    char *data;
    size_t size;
} kept_file;

typedef struct kept_folder {
    kept_file files[KEPT_FILES]; /* by name */
    size_t n;
} kept_folder;

static inline void keep_below(kept_folder *kept, const char *below) {
    char path[700];
    snprintf(path, sizeof path, "%s/%s", scratch_folder, below);
    DIR *listing = opendir(path);
    assert_non_null(listing);
    for (struct dirent *found; (found = readdir(listing)) != NULL;) {
        char name[200];
        struct stat info;
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
            continue;
        assert_true(snprintf(name, sizeof name, "%s%s%s", below, *below ? "/" : "", found->d_name) <
                    (int)sizeof name);
        assert_int_equal(lstat(scratch(name), &info), 0);
        if (S_ISDIR(info.st_mode)) {
            keep_below(kept, name);
            continue;
        }
        assert_true(kept->n < KEPT_FILES);
        kept_file *file = &kept->files[kept->n++];
        memcpy(file->name, name, sizeof name);
        file->data = scratch_read(name, &file->size);
    }
    closedir(listing);
}

static inline int compare_kept(const void *a, const void *b) {
    return strcmp(((const kept_file *)a)->name, ((const kept_file *)b)->name);
}

/* Everything in the scratch folder. */
static inline kept_folder *keep_folder(void) {
    kept_folder *kept = calloc(1, sizeof *kept);
    assert_non_null(kept);
    keep_below(kept, "");
    qsort(kept->files, kept->n, sizeof *kept->files, compare_kept);
    return kept;
}

static inline void free_kept(kept_folder *kept) {
    for (size_t i = 0; i < kept->n; i++)
        free(kept->files[i].data);
    free(kept);
}

/* Makes the scratch folder what it was. */
static inline void bring_back(const kept_folder *kept) {
    scratch_empty(scratch_folder);
    for (size_t i = 0; i < kept->n; i++) {
        char folder[200];
        snprintf(folder, sizeof folder, "%s", kept->files[i].name);
        for (char *slash = folder; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
            *slash = '\0';
            (void)mkdir(scratch(folder), 0777);
        }
        scratch_write(kept->files[i].name, kept->files[i].data, kept->files[i].size);
    }
}

static inline const kept_file *kept_named(const kept_folder *kept, const char *name) {
    for (size_t i = 0; i < kept->n; i++)
        if (strcmp(kept->files[i].name, name) == 0)
            return &kept->files[i];
    return NULL;
}

static inline void forget(kept_folder *kept, const char *const *names) {
    size_t n = 0;
    for (size_t i = 0; i < kept->n; i++) {
        bool is_named = false;
        for (size_t k = 0; names[k]; k++)
            is_named |= strcmp(kept->files[i].name, names[k]) == 0;
        if (is_named)
            free(kept->files[i].data);
        else
            kept->files[n++] = kept->files[i];
    }
    kept->n = n;
}

/* The folder holds these files and no other, of the same bytes; those named in but (ended by NULL),
 * which kept does not hold, are passed over. */
static inline void assert_kept(const kept_folder *kept, const char *const *but) {
    kept_folder *now = keep_folder();
    if (but)
        forget(now, but);
    for (size_t i = 0; i < kept->n || i < now->n; i++) {
        const kept_file *is = &now->files[i], *was = &kept->files[i];
        if (i >= kept->n || i >= now->n || strcmp(was->name, is->name) != 0)
            fail_msg("%s stands where %s should", i < now->n ? is->name : "nothing",
                     i < kept->n ? was->name : "nothing");
        if (was->size != is->size || memcmp(was->data, is->data, is->size) != 0)
            fail_msg("%s is not what it should be", is->name);
    }
    free_kept(now);
}

#endif
