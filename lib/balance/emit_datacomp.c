/* subset.datacomp.npy: the uids of the kept pairs as DataComp's tools take them, an array of
 * (u8, u8) = (high, low) half, sorted, each uid once.
 *
 * The uids are gathered in a work file, sorted in place in its mapping (most significant byte
 * first, so that parts fit the cache soon) and written without repeats. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "balance/emit.h"
#include "io/npy.h"
#include "match/resume.h"

#define FLUSH_UIDS 4096
#define SMALL 64
#define UID_BYTES 16

static const char descr[] = "[('f0', '<u8'), ('f1', '<u8')]";

typedef struct datacomp {
    mc_emitter emitter;
    char path[MC_PATH_MAX];
    int fd;
    mc_sink *sink;
    uint64_t n;
    size_t n_waiting;
    mc_u128 waiting[FLUSH_UIDS];
} datacomp;

static mc_status flush(datacomp *d, mc_error *error) {
    size_t n = d->n_waiting;
    d->n_waiting = 0;
    d->n += n;
    return mc_write_all(d->fd, d->waiting, n * sizeof *d->waiting, "work file", error);
}

static mc_status add(mc_emitter *emitter, const mc_kept *kept, mc_error *error) {
    datacomp *d = (datacomp *)emitter;
    d->waiting[d->n_waiting++] = kept->uid;
    return d->n_waiting == FLUSH_UIDS ? flush(d, error) : MC_OK;
}

static unsigned byte_of(mc_u128 uid, unsigned byte) {
    uint64_t half = byte < 8 ? uid.high : uid.low;
    return (unsigned)(half >> (56 - 8 * (byte & 7)) & 0xff);
}

static int compare_uids(const void *a, const void *b) {
    return mc_u128_compare(*(const mc_u128 *)a, *(const mc_u128 *)b);
}

/* In-place sort by one byte after the other ("American flag"). Depth is at most 16. */
static void sort_uids(mc_u128 *uids, size_t n, unsigned byte) {
    if (n <= SMALL || byte == UID_BYTES) {
        if (n > 1 && byte < UID_BYTES)
            qsort(uids, n, sizeof *uids, compare_uids);
        return;
    }
    size_t ends[257] = {0}, next[256];
    for (size_t i = 0; i < n; i++)
        ends[byte_of(uids[i], byte) + 1]++;
    for (unsigned b = 0; b < 256; b++) {
        next[b] = ends[b];
        ends[b + 1] += ends[b];
    }
    for (unsigned b = 0; b < 256; b++) {
        while (next[b] < ends[b + 1]) {
            mc_u128 uid = uids[next[b]];
            unsigned home = byte_of(uid, byte);
            while (home != b) {
                mc_u128 other = uids[next[home]];
                uids[next[home]++] = uid;
                uid = other;
                home = byte_of(uid, byte);
            }
            uids[next[b]++] = uid;
        }
    }
    for (unsigned b = 0; b < 256; b++)
        sort_uids(uids + ends[b], ends[b + 1] - ends[b], byte + 1);
}

static mc_status write_sorted(datacomp *d, mc_u128 *uids, uint64_t *n_written, mc_error *error) {
    for (uint64_t i = 0; i < d->n; i++) {
        if (i > 0 && mc_u128_equal(uids[i], uids[i - 1]))
            continue;
        char row[UID_BYTES];
        mc_store_u64(row, uids[i].high);
        mc_store_u64(row + 8, uids[i].low);
        MC_TRY(mc_sink_write(d->sink, row, sizeof row, error));
        ++*n_written;
    }
    return MC_OK;
}

static mc_status finish(mc_emitter *emitter, mc_error *error) {
    datacomp *d = (datacomp *)emitter;
    uint64_t n_written = 0;
    MC_TRY(flush(d, error));
    MC_TRY(mc_npy_begin(&d->sink, d->path, descr, error));
    if (d->n > 0) {
        size_t size = d->n * sizeof(mc_u128);
        void *uids = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, 0);
        if (uids == MAP_FAILED)
            return mc_fail(error, MC_E_IO, "work file: %s", strerror(errno));
        sort_uids(uids, d->n, 0);
        mc_status status = write_sorted(d, uids, &n_written, error);
        munmap(uids, size);
        MC_TRY(status);
    }
    return mc_npy_end(&d->sink, descr, n_written, 0, error);
}

static void free_datacomp(mc_emitter *emitter) {
    datacomp *d = (datacomp *)emitter;
    mc_sink_discard(&d->sink);
    if (d->fd >= 0)
        close(d->fd);
    free(d);
}

mc_status mc_emit_datacomp(mc_emitter **out, const char *folder, mc_error *error) {
    datacomp *d;
    MC_TRY(mc_alloc(&d, 1, sizeof *d, error));
    d->fd = -1;
    d->emitter = (mc_emitter){.add = add, .finish = finish, .free = free_datacomp};
    *out = &d->emitter;
    if (snprintf(d->path, sizeof d->path, "%s/subset.datacomp.npy", folder) >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "the output folder's path is too long");
    return mc_temporary_file(folder, &d->fd, error);
}
