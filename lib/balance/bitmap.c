#include "balance/bitmap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "io/npy.h"
#include "match/block.h"

static size_t size_of(const mc_bitmap *bitmap) {
    return (bitmap->n_bits + 63) / 64 * 8;
}

mc_status mc_bitmap_create(mc_bitmap *bitmap, const char *folder, uint64_t n_bits,
                           mc_error *error) {
    *bitmap = (mc_bitmap){.n_bits = n_bits};
    if (n_bits == 0)
        return MC_OK;
    int fd = -1;
    MC_TRY(mc_temporary_file(folder, &fd, error));
    size_t size = size_of(bitmap);
    /* The blocks are taken now: a full disk is an error here and not a signal later. */
    int failure = posix_fallocate(fd, 0, (off_t)size);
    void *memory = MAP_FAILED;
    if (failure == 0) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        failure = memory == MAP_FAILED ? errno : 0;
    }
    close(fd);
    if (failure)
        return mc_fail(error, MC_E_IO, "no room for %zu bytes of work data in %s: %s", size, folder,
                       strerror(failure));
    bitmap->words = memory;
    return MC_OK;
}

void mc_bitmap_dispose(mc_bitmap *bitmap) {
    if (bitmap->words)
        munmap((void *)bitmap->words, size_of(bitmap));
    *bitmap = (mc_bitmap){0};
}

bool mc_bitmap_any(const mc_bitmap *bitmap, uint64_t first, uint64_t n) {
    uint64_t end = first + n;
    while (first < end) {
        if ((first & 63) == 0 && end - first >= 64) {
            if (atomic_load_explicit(&bitmap->words[first >> 6], memory_order_relaxed))
                return true;
            first += 64;
        } else {
            if (mc_bitmap_get(bitmap, first))
                return true;
            first++;
        }
    }
    return false;
}

static mc_status write_words(const mc_bitmap *bitmap, mc_sink *sink, mc_error *error) {
    char bytes[1 << 14];
    uint64_t left = (bitmap->n_bits + 7) / 8;
    for (uint64_t word = 0; left > 0;) {
        size_t size = left < sizeof bytes ? (size_t)left : sizeof bytes;
        for (size_t i = 0; i < size; i += 8)
            mc_store_u64(bytes + i,
                         atomic_load_explicit(&bitmap->words[word++], memory_order_relaxed));
        MC_TRY(mc_sink_write(sink, bytes, size, error));
        left -= size;
    }
    return MC_OK;
}

mc_status mc_bitmap_write(const mc_bitmap *bitmap, const char *path, mc_error *error) {
    mc_sink *sink;
    MC_TRY(mc_npy_begin(&sink, path, "'|u1'", error));
    mc_status status = write_words(bitmap, sink, error);
    if (status == MC_OK)
        return mc_npy_end(&sink, "'|u1'", (bitmap->n_bits + 7) / 8, 0, error);
    mc_sink_discard(&sink);
    return status;
}
