/* Temporary files, renamed when whole; and the few calls that write to descriptors and folders. */
#include "io/sink_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/sink.h"

static mc_status fail_at(const char *path, const char *what, mc_error *error) {
    mc_status status = mc_fail(error, MC_E_IO, "%s: %s", what, strerror(errno));
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return status;
}

/* ".NAME.tmp" beside path. */
static mc_status name_temporary(mc_sink_file *file, mc_error *error) {
    size_t size = strlen(file->path) + sizeof "..tmp";
    MC_TRY(mc_alloc(&file->temporary, size, 1, error));
    snprintf(file->temporary, size, "%.*s.%s.tmp", (int)file->folder_size, file->path,
             file->path + file->folder_size);
    return MC_OK;
}

static mc_status open_file(mc_sink_file *file, mc_error *error) {
    struct stat info;
    bool exists = stat(file->path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return fail_at(file->path, "cannot be written", error);
    }
    if (exists && !S_ISREG(info.st_mode)) {
        file->fd = open(file->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return file->fd >= 0 ? MC_OK : fail_at(file->path, "cannot be written", error);
    }
    MC_TRY(name_temporary(file, error));
    /* What a killed process left is removed, not opened: it may be a link to somewhere else. */
    (void)unlink(file->temporary);
    file->fd = open(file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd >= 0)
        return MC_OK;
    mc_status status = fail_at(file->path, "cannot be written", error);
    free(file->temporary);
    file->temporary = NULL;
    return status;
}

mc_status mc_sink_file_create(mc_sink_file *file, const char *path, mc_error *error) {
    *file = (mc_sink_file){.fd = -1};
    const char *slash = strrchr(path, '/');
    file->folder_size = slash ? (size_t)(slash - path) + 1 : 0;
    if (file->folder_size > 1u << 20 || path[file->folder_size] == '\0') {
        mc_status status = mc_fail(error, MC_E_ARGUMENT, "is no name of a file");
        mc_error_place(error, path, MC_NONE, MC_NONE);
        return status;
    }
    MC_TRY(mc_copy_string(&file->path, path, error));
    mc_status status = open_file(file, error);
    if (status != MC_OK)
        free(file->path);
    return status;
}

void mc_sink_file_discard(mc_sink_file *file) {
    if (file->fd >= 0)
        close(file->fd);
    if (file->temporary)
        (void)unlink(file->temporary);
    free(file->temporary);
    free(file->path);
}

/* Makes the rename itself survive a crash. */
static mc_status sync_folder(const mc_sink_file *file, mc_error *error) {
    char *folder;
    MC_TRY(mc_copy_string(&folder, file->path, error));
    folder[file->folder_size] = '\0';
    int fd = open(file->folder_size ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    /* Some file systems cannot sync a folder (EINVAL), and one may be written to but not read. */
    bool failed = fd < 0 ? errno != EACCES : fsync(fd) != 0 && errno != EINVAL;
    mc_status status = failed ? fail_at(file->path, "its folder cannot be synced", error) : MC_OK;
    if (fd >= 0)
        close(fd);
    return status;
}

/* True when the temporary name still leads to the file that was written. */
static bool is_ours(const mc_sink_file *file) {
    struct stat ours, there;
    return fstat(file->fd, &ours) == 0 && lstat(file->temporary, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static mc_status finish(mc_sink_file *file, mc_error *error) {
    if (file->temporary && fsync(file->fd) != 0)
        return fail_at(file->path, "cannot be written", error);
    if (file->temporary && !is_ours(file)) {
        free(file->temporary);
        file->temporary = NULL;
        mc_status status = mc_fail(error, MC_E_IO, "another process writes this file");
        mc_error_place(error, file->path, MC_NONE, MC_NONE);
        return status;
    }
    int closed = close(file->fd);
    file->fd = -1;
    if (closed != 0)
        return fail_at(file->path, "cannot be written", error);
    if (!file->temporary)
        return MC_OK;
    if (rename(file->temporary, file->path) != 0)
        return fail_at(file->path, "cannot be renamed from its temporary name", error);
    free(file->temporary);
    file->temporary = NULL;
    return sync_folder(file, error);
}

mc_status mc_sink_file_commit(mc_sink_file *file, mc_error *error) {
    mc_status status = finish(file, error);
    mc_sink_file_discard(file);
    return status;
}

mc_status mc_temporary_file(const char *folder, int *fd, mc_error *error) {
    static const char pattern[] = "/.spill-XXXXXX";
    char *path;
    size_t size = strlen(folder) + sizeof pattern;
    MC_TRY(mc_alloc(&path, size, 1, error));
    snprintf(path, size, "%s%s", folder, pattern);
    *fd = mkstemp(path);
    mc_status status = MC_OK;
    if (*fd < 0)
        status = fail_at(folder, "no temporary file can be made in this folder", error);
    else if (unlink(path) != 0 || fcntl(*fd, F_SETFD, FD_CLOEXEC) != 0) {
        status = fail_at(folder, "no temporary file can be made in this folder", error);
        close(*fd);
        *fd = -1;
    }
    free(path);
    return status;
}

/* One call's share: what every system takes. */
static size_t at_once(size_t size) {
    return size < (size_t)1 << 30 ? size : (size_t)1 << 30;
}

mc_status mc_write_all(int fd, const void *data, size_t size, const char *name, mc_error *error) {
    const char *next = data;
    while (size > 0) {
        ssize_t n = write(fd, next, at_once(size));
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = ENOSPC;
        if (n <= 0)
            return fail_at(name, "cannot be written", error);
        next += n;
        size -= (size_t)n;
    }
    return MC_OK;
}

mc_status mc_read_at(int fd, void *out, size_t size, uint64_t offset, const char *name,
                     mc_error *error) {
    char *next = out;
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return mc_fail(error, MC_E_FORMAT, "an offset lies beyond any file");
    while (size > 0) {
        ssize_t n = pread(fd, next, at_once(size), (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_at(name, "cannot be read", error);
        if (n == 0) {
            mc_status status = mc_fail(error, MC_E_FORMAT, "the file ends too early");
            mc_error_place(error, name, MC_NONE, offset);
            return status;
        }
        next += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return MC_OK;
}

static mc_status make_one_folder(const char *path, mc_error *error) {
    struct stat info;
    if (mkdir(path, 0777) == 0 || (stat(path, &info) == 0 && S_ISDIR(info.st_mode)))
        return MC_OK;
    return fail_at(path, "the folder cannot be made", error);
}

mc_status mc_make_folder(const char *path, mc_error *error) {
    char *part;
    MC_TRY(mc_copy_string(&part, path, error));
    mc_status status = MC_OK;
    for (size_t i = 1; status == MC_OK && path[0] != '\0' && path[i] != '\0'; i++) {
        if (path[i] != '/')
            continue;
        part[i] = '\0';
        status = make_one_folder(part, error);
        part[i] = '/';
    }
    free(part);
    return status == MC_OK ? make_one_folder(path, error) : status;
}
