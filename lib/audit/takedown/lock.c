/* A lock is one on a file made for it; the system gives it back when its holder dies. */
#include "audit/takedown/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

#define NAME ".takedown.lock"

static mc_status fail_at(const char *path, mc_error *error) {
    mc_status status = mc_fail(error, MC_E_IO, "cannot be locked: %s", strerror(errno));
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return status;
}

/* True when the path still leads to the file that is open: its last holder removes it. */
static bool is_there(const char *path, int fd) {
    struct stat ours, there;
    return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

static mc_status open_and_lock(mc_takedown_lock *lock, mc_error *error) {
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    for (;;) {
        lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (lock->fd < 0)
            return errno == EACCES || errno == EROFS ? MC_OK : fail_at(lock->path, error);
        if (fcntl(lock->fd, F_SETLK, &all) != 0) {
            bool taken = errno == EACCES || errno == EAGAIN;
            mc_status status = taken ? mc_fail(error, MC_E_EXISTS,
                                               "another takedown is at work here; run this one "
                                               "again when it is done")
                                     : fail_at(lock->path, error);
            if (taken)
                mc_error_place(error, lock->path, MC_NONE, MC_NONE);
            close(lock->fd);
            lock->fd = -1;
            return status;
        }
        if (is_there(lock->path, lock->fd))
            return MC_OK;
        close(lock->fd);
    }
}

mc_status mc_takedown_lock_take(mc_takedown_lock *lock, const char *path, mc_error *error) {
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    *lock = (mc_takedown_lock){.fd = -1};
    MC_TRY(mc_alloc(&lock->path, folder + sizeof NAME, 1, error));
    memcpy(lock->path, path, folder);
    memcpy(lock->path + folder, NAME, sizeof NAME);
    mc_status status = open_and_lock(lock, error);
    if (status != MC_OK)
        mc_takedown_lock_release(lock);
    return status;
}

void mc_takedown_lock_release(mc_takedown_lock *lock) {
    if (lock->path && lock->fd >= 0) {
        (void)unlink(lock->path);
        close(lock->fd);
    }
    free(lock->path);
    *lock = (mc_takedown_lock){0};
}
