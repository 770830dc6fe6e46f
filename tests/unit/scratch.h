/* A folder of a test's own, made before it and removed after it, and small files in it. Each test
 * executable that includes this has one. */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch_folder[256];

/* Path of name in the folder; up to four of them are valid at once. */
static inline const char *scratch(const char *name) {
    static char paths[4][768];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", scratch_folder, name);
    return path;
}

static inline int scratch_make(void **state) {
    (void)state;
    const char *parent = getenv("TMPDIR");
    snprintf(scratch_folder, sizeof scratch_folder, "%s/metacurate-XXXXXX",
             parent && strlen(parent) < 200 ? parent : "/tmp");
    return mkdtemp(scratch_folder) ? 0 : -1;
}

static inline void scratch_empty(const char *folder) {
    DIR *listing = opendir(folder);
    if (!listing)
        return;
    for (struct dirent *found; (found = readdir(listing)) != NULL;) {
        char path[1024];
        struct stat info;
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
            continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, found->d_name) >= (int)sizeof path)
            continue;
        if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            scratch_empty(path);
            rmdir(path);
        } else {
            unlink(path);
        }
    }
    closedir(listing);
}

static inline int scratch_remove(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return rmdir(scratch_folder);
}

/* Number of names in the folder. */
static inline size_t scratch_count(void) {
    size_t n = 0;
    DIR *listing = opendir(scratch_folder);
    assert_non_null(listing);
    for (struct dirent *found; (found = readdir(listing)) != NULL;)
        n += strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0;
    closedir(listing);
    return n;
}

/* Writes a file into the folder and returns its path. */
static inline const char *scratch_write(const char *name, const void *data, size_t size) {
    const char *path = scratch(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Bytes of a file of the folder; the caller frees them. */
static inline char *scratch_read(const char *name, size_t *size) {
    FILE *file = fopen(scratch(name), "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    char *data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, file), *size);
    data[*size] = '\0';
    fclose(file);
    return data;
}

/* Root may read and write anything; between these two calls the test is somebody who may not. */
static inline void scratch_drop_root(void) {
    assert_int_equal(chmod(scratch_folder, 0755), 0);
    if (geteuid() == 0)
        assert_int_equal(seteuid(65534), 0);
}

static inline void scratch_regain_root(void) {
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

/* Says what is missing, and skips the test. */
#define SKIP_WITHOUT(what)                                                                         \
    do {                                                                                           \
        print_message("skipped: %s\n", what);                                                      \
        skip();                                                                                    \
    } while (0)

#endif
