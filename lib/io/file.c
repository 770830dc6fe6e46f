/* Whole files: mapped as they are, or read and decompressed into memory. */
#include "metacurate/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "io/source.h"

/* First piece read where nothing tells the size. */
#define FIRST_PIECE ((size_t)256 << 10)

static mc_status fail_at(const char *path, const char *what, mc_error *error) {
    mc_status status = mc_fail(error, MC_E_IO, "%s", what);
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return status;
}

static mc_status map(int fd, const char *path, const void **data, size_t *size, mc_error *error) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return fail_at(path, strerror(errno), error);
    if (!S_ISREG(info.st_mode))
        return fail_at(path, "is no regular file", error);
    if ((uintmax_t)info.st_size > SIZE_MAX / 2)
        return fail_at(path, "is too large to be mapped", error);
    *size = (size_t)info.st_size;
    if (*size == 0)
        return MC_OK;
    void *mapped = mmap(NULL, *size, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        return fail_at(path, strerror(errno), error);
    (void)posix_madvise(mapped, *size, POSIX_MADV_WILLNEED);
    *data = mapped;
    return MC_OK;
}

mc_status mc_map_file(const char *path, const void **data, size_t *size, mc_error *error) {
    *data = NULL;
    *size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_at(path, strerror(errno), error);
    mc_status status = map(fd, path, data, size, error);
    close(fd);
    return status;
}

void mc_unmap_file(const void *data, size_t size) {
    if (data)
        munmap((void *)(uintptr_t)data, size);
}

/* Reads to the end, with one byte of room kept for the NUL. */
static mc_status read_all(mc_source *source, size_t max_size, mc_buffer *out, mc_error *error) {
    uint64_t stored = mc_source_size(source);
    size_t piece = stored > 0 && stored < max_size ? (size_t)stored : FIRST_PIECE;
    for (;;) {
        size_t got, room = max_size - out->size;
        if (piece > room)
            piece = room;
        MC_TRY(mc_buffer_reserve(out, piece + 2, error));
        /* One byte more than allowed is asked for, to learn whether there is one. */
        mc_status status = mc_source_read(source, out->data + out->size, piece + 1, &got, error);
        if (status == MC_END)
            return MC_OK;
        if (status != MC_OK)
            return status;
        out->size += got;
        if (out->size > max_size)
            return mc_fail(error, MC_E_LIMIT, "has more than %zu bytes", max_size);
        /* A short read is the last, but for the end or damage that the next one reports. */
        piece = got < piece + 1 ? 0 : out->size;
    }
}

mc_status mc_read_file(const char *path, size_t max_size, char **data, size_t *size,
                       mc_error *error) {
    mc_source *source;
    mc_buffer out = {0};
    *data = NULL;
    *size = 0;
    MC_TRY(mc_source_open(&source, path, error));
    mc_status status = read_all(source, max_size, &out, error);
    mc_source_close(source);
    if (status == MC_E_LIMIT)
        mc_error_place(error, path, MC_NONE, MC_NONE);
    if (status != MC_OK) {
        mc_buffer_dispose(&out);
        return status;
    }
    out.data[out.size] = '\0';
    *data = out.data;
    *size = out.size;
    return MC_OK;
}
