/* Stored bytes, read with read(2) in large pieces, or as a server sends them. A failure is kept
 * until all that came before it has been used, so that no good byte is lost to it. */
#include "io/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

/* Small enough to stay in the second-level cache between read, hash and decoder. */
#define BUFFER_BYTES (256u << 10)
/* read(2) takes no more at once on any system we know. */
#define READ_MAX ((size_t)1 << 30)
/* Room for what is read beside what is kept. */
#define READ_ROOM_MAX ((size_t)1 << 20)

mc_status mc_stored_init(mc_stored *stored, const char *name, int fd, pid_t child,
                         mc_error *error) {
    *stored = (mc_stored){.fd = fd, .child = child};
    mc_status status = mc_copy_string(&stored->name, name, error);
    if (status == MC_OK)
        status = mc_grow(&stored->data, &stored->capacity, BUFFER_BYTES, 1, error);
    if (status == MC_OK) {
        stored->hash = XXH3_createState();
        if (!stored->hash)
            status = mc_fail(error, MC_E_MEMORY, "out of memory");
        else
            XXH3_128bits_reset(stored->hash);
    }
    if (status != MC_OK)
        mc_stored_close(stored);
    return status;
}

mc_status mc_stored_open_remote(mc_stored *stored, const char *url, const atomic_int *cancel,
                                mc_error *error) {
    mc_remote *remote;
    MC_TRY(mc_remote_open(&remote, url, cancel, error));
    mc_status status = mc_stored_init(stored, url, -1, 0, error);
    if (status != MC_OK) {
        mc_remote_close(remote);
        return status;
    }
    stored->remote = remote;
    stored->size = mc_remote_size(remote);
    return MC_OK;
}

mc_status mc_stored_open(mc_stored *stored, const char *path, mc_error *error) {
    if (mc_remote_is(path))
        return mc_stored_open_remote(stored, path, NULL, error);
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    const char *name = standard ? "standard input" : path;
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        mc_status status = mc_fail(error, MC_E_IO, "cannot be opened: %s", strerror(errno));
        mc_error_place(error, name, MC_NONE, MC_NONE);
        if (fd >= 0)
            close(fd);
        return status;
    }
    if (S_ISDIR(info.st_mode)) {
        close(fd);
        mc_status status = mc_fail(error, MC_E_IO, "is a folder, not a file");
        mc_error_place(error, name, MC_NONE, MC_NONE);
        return status;
    }
    MC_TRY(mc_stored_init(stored, name, fd, 0, error));
    if (S_ISREG(info.st_mode)) {
        stored->size = (uint64_t)info.st_size;
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return MC_OK;
}

void mc_stored_close(mc_stored *stored) {
    if (stored->fd >= 0)
        close(stored->fd);
    mc_remote_close(stored->remote);
    if (stored->child)
        mc_child_end(stored->child);
    free(stored->name);
    free(stored->data);
    XXH3_freeState(stored->hash);
}

/* One read(2): 0 at the end, negative with errno for a failure. */
static ssize_t read_file(const mc_stored *stored, void *out, size_t size) {
    ssize_t n;
    while ((n = read(stored->fd, out, size < READ_MAX ? size : READ_MAX)) < 0) {
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            break;
        struct pollfd wait = {.fd = stored->fd, .events = POLLIN};
        (void)poll(&wait, 1, -1);
    }
    return n;
}

/* What the file has to say at its end, or why it cannot be read on. */
static void end_file(mc_stored *stored, ssize_t n) {
    stored->ended = true;
    if (n < 0) {
        stored->failed = mc_fail(&stored->failure, MC_E_IO,
                                 "cannot be read at byte %llu of the file as stored: %s",
                                 (unsigned long long)stored->taken, strerror(errno));
    } else if (stored->child) {
        pid_t child = stored->child;
        stored->child = 0;
        stored->failed = mc_child_wait(child, &stored->failure);
    }
}

static size_t take_remote(mc_stored *stored, void *out, size_t size) {
    size_t n;
    mc_status status = mc_remote_read(stored->remote, out, size, &n, &stored->failure);
    if (status == MC_OK)
        return n;
    stored->ended = true;
    stored->failed = status == MC_END ? MC_OK : status;
    return 0;
}

/* Reads a piece, hashed. 0: ended, for the reason in failed. */
static size_t take(mc_stored *stored, void *out, size_t size) {
    size_t got = 0;
    if (stored->remote) {
        got = take_remote(stored, out, size);
    } else {
        ssize_t n = read_file(stored, out, size);
        if (n > 0)
            got = (size_t)n;
        else
            end_file(stored, n);
    }
    XXH3_128bits_update(stored->hash, out, got);
    stored->taken += got;
    return got;
}

static mc_status report_end(const mc_stored *stored, mc_error *error) {
    if (stored->failed == MC_OK)
        return MC_END;
    if (error)
        *error = stored->failure;
    return stored->failed;
}

mc_status mc_stored_peek(mc_stored *stored, size_t n, mc_error *error) {
    if (stored->end - stored->begin >= n || stored->ended)
        return MC_OK;
    if (stored->begin > 0) {
        memmove(stored->data, stored->data + stored->begin, stored->end - stored->begin);
        stored->end -= stored->begin;
        stored->begin = 0;
    }
    size_t room = n < READ_ROOM_MAX ? n : READ_ROOM_MAX;
    MC_TRY(mc_grow(&stored->data, &stored->capacity, n + room, 1, error));
    while (stored->end < n && !stored->ended) {
        room = n - stored->end > BUFFER_BYTES ? n - stored->end : BUFFER_BYTES;
        if (room > stored->capacity - stored->end)
            room = stored->capacity - stored->end;
        stored->end += take(stored, stored->data + stored->end, room);
    }
    return MC_OK;
}

mc_status mc_stored_fill(mc_stored *stored, mc_error *error) {
    if (stored->begin < stored->end)
        return MC_OK;
    stored->begin = stored->end = 0;
    if (!stored->ended)
        stored->end = take(stored, stored->data, BUFFER_BYTES);
    return stored->end > 0 ? MC_OK : report_end(stored, error);
}

mc_status mc_stored_read(mc_stored *stored, char *out, size_t size, size_t *got, mc_error *error) {
    *got = 0;
    if (stored->begin == stored->end && size >= BUFFER_BYTES) {
        if (!stored->ended)
            *got = take(stored, out, size);
        return *got > 0 ? MC_OK : report_end(stored, error);
    }
    MC_TRY(mc_stored_fill(stored, error));
    size_t n = stored->end - stored->begin;
    if (n > size)
        n = size;
    memcpy(out, stored->data + stored->begin, n);
    stored->begin += n;
    *got = n;
    return MC_OK;
}
