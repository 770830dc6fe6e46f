/* The layout of MetaCLIP's own files, below FOLDER/metaclip:
 *
 *   entry_count.npy                            '<u8' (entries): the counts
 *   {shard % 100}/{shard}_inverted.npy         '<u4' (matches, 2): entry id, text id; by entry,
 * then text; of the texts that are counted subset_{t}/{shard % 100}/{shard}.npy       '<u4': text
 * ids of the kept pairs, ascending
 *
 * Shards are numbered in input order; a text id is the text's ordinal in its shard. The matches of
 * a shard are gathered in a work file in the order of texts and put in order by counting. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "balance/drops.h"
#include "balance/emit.h"
#include "io/npy.h"
#include "match/resume.h"

#define FLUSH_ROWS 8192

typedef struct row {
    uint32_t entry, text;
} row;

typedef struct metaclip {
    mc_emitter emitter;
    char folder[MC_PATH_MAX]; /* FOLDER/metaclip */
    char t[64];
    size_t shard;
    uint64_t first_text; /* ordinal of the shard's first text in the run */
    mc_sink *subset;
    uint64_t n_kept;
    int fd; /* rows of the shard in the order of texts */
    uint64_t n_rows;
    uint64_t *entry_rows; /* by entry: rows of the shard */
    uint32_t n_entries;
    size_t n_waiting;
    row waiting[FLUSH_ROWS];
} metaclip;

MC_PRINTF(3, 4)
static mc_status join(char out[MC_PATH_MAX], mc_error *error, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out, MC_PATH_MAX, format, args);
    va_end(args);
    return n > 0 && n < MC_PATH_MAX ? MC_OK : mc_fail(error, MC_E_LIMIT, "a path is too long");
}

static mc_status begin(mc_emitter *emitter, size_t index, const char *name, mc_error *error) {
    metaclip *m = (metaclip *)emitter;
    char path[MC_PATH_MAX];
    (void)name;
    m->shard = index;
    m->n_kept = m->n_rows = 0;
    m->first_text = MC_NONE;
    memset(m->entry_rows, 0, m->n_entries * sizeof *m->entry_rows);
    if (lseek(m->fd, 0, SEEK_SET) < 0)
        return mc_fail(error, MC_E_IO, "work file: %s", strerror(errno));
    MC_TRY(join(path, error, "%s/%zu", m->folder, index % 100));
    MC_TRY(mc_make_folder(path, error));
    MC_TRY(join(path, error, "%s/subset_%s/%zu", m->folder, m->t, index % 100));
    MC_TRY(mc_make_folder(path, error));
    MC_TRY(join(path, error, "%s/subset_%s/%zu/%zu.npy", m->folder, m->t, index % 100, index));
    return mc_npy_begin(&m->subset, path, "'<u4'", error);
}

static mc_status flush(metaclip *m, mc_error *error) {
    size_t n = m->n_waiting;
    m->n_waiting = 0;
    m->n_rows += n;
    return mc_write_all(m->fd, m->waiting, n * sizeof *m->waiting, "work file", error);
}

static mc_status block(mc_emitter *emitter, const mc_pass_block *place, const mc_block *decoded,
                       const void *context, mc_error *error) {
    metaclip *m = (metaclip *)emitter;
    const mc_drops *drops = context;
    if (m->first_text == MC_NONE)
        m->first_text = place->first_text;
    uint64_t base = place->first_text - m->first_text;
    if (base + place->n_texts > UINT32_MAX)
        return mc_fail(error, MC_E_LIMIT,
                       "a shard has more than 2^32 texts, which MetaCLIP's layout cannot number");
    for (uint32_t i = 0; i < place->n_texts; i++) {
        if (mc_bitmap_get(&drops->dropped, place->first_text + i))
            continue;
        for (uint32_t k = decoded->offsets[i]; k < decoded->offsets[i + 1]; k++) {
            m->entry_rows[decoded->ids[k]]++;
            m->waiting[m->n_waiting++] = (row){decoded->ids[k], (uint32_t)(base + i)};
            if (m->n_waiting == FLUSH_ROWS)
                MC_TRY(flush(m, error));
        }
    }
    return MC_OK;
}

static mc_status add(mc_emitter *emitter, const mc_kept *kept, mc_error *error) {
    metaclip *m = (metaclip *)emitter;
    uint32_t text = (uint32_t)kept->text;
    m->n_kept++;
    return mc_sink_write(m->subset, &text, sizeof text, error);
}

/* Puts the rows of the work file at from in the order of entries into to. */
static void order_rows(metaclip *m, const row *from, row *to) {
    uint64_t next = 0;
    for (uint32_t e = 0; e < m->n_entries; e++) {
        uint64_t n = m->entry_rows[e];
        m->entry_rows[e] = next;
        next += n;
    }
    for (uint64_t i = 0; i < m->n_rows; i++)
        to[m->entry_rows[from[i].entry]++] = from[i];
}

static mc_status write_inverted(metaclip *m, mc_sink *sink, mc_error *error) {
    size_t size = m->n_rows * sizeof(row);
    if (size == 0)
        return MC_OK;
    /* The second half of the work file takes the ordered rows. */
    int failure = posix_fallocate(m->fd, (off_t)size, (off_t)size);
    if (failure)
        return mc_fail(error, MC_E_IO, "work file: %s", strerror(failure));
    char *map = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
    if (map == MAP_FAILED)
        return mc_fail(error, MC_E_IO, "work file: %s", strerror(errno));
    order_rows(m, (const row *)(void *)map, (row *)(void *)(map + size));
    mc_status status = mc_sink_write(sink, map + size, size, error);
    munmap(map, 2 * size);
    return status;
}

static mc_status end(mc_emitter *emitter, bool several, mc_error *error) {
    metaclip *m = (metaclip *)emitter;
    char path[MC_PATH_MAX];
    mc_sink *sink = NULL;
    (void)several;
    MC_TRY(mc_npy_end(&m->subset, "'<u4'", m->n_kept, 0, error));
    MC_TRY(flush(m, error));
    MC_TRY(join(path, error, "%s/%zu/%zu_inverted.npy", m->folder, m->shard % 100, m->shard));
    MC_TRY(mc_npy_begin(&sink, path, "'<u4'", error));
    mc_status status = write_inverted(m, sink, error);
    if (status == MC_OK)
        return mc_npy_end(&sink, "'<u4'", m->n_rows, 2, error);
    mc_sink_discard(&sink);
    return status;
}

static void free_metaclip(mc_emitter *emitter) {
    metaclip *m = (metaclip *)emitter;
    mc_sink_discard(&m->subset);
    if (m->fd >= 0)
        close(m->fd);
    free(m->entry_rows);
    free(m);
}

void mc_emit_name(uint64_t size, double threshold, char out[64]) {
    if (size > 0)
        snprintf(out, 64, "size%" PRIu64, size);
    else
        snprintf(out, 64, "%.17g", threshold);
}

mc_status mc_emit_metaclip(mc_emitter **out, const char *folder, const char *t,
                           const uint64_t *counts, uint32_t n_entries, mc_error *error) {
    metaclip *m;
    char path[MC_PATH_MAX];
    MC_TRY(mc_alloc(&m, 1, sizeof *m, error));
    m->fd = -1;
    m->n_entries = n_entries;
    m->emitter =
        (mc_emitter){.begin = begin, .block = block, .add = add, .end = end, .free = free_metaclip};
    *out = &m->emitter;
    snprintf(m->t, sizeof m->t, "%s", t);
    MC_TRY(MC_ALLOC(m->entry_rows, n_entries, error));
    MC_TRY(join(m->folder, error, "%s/metaclip", folder));
    MC_TRY(mc_make_folder(m->folder, error));
    MC_TRY(mc_temporary_file(folder, &m->fd, error));
    MC_TRY(join(path, error, "%s/entry_count.npy", m->folder));
    return mc_npy_write_u64(path, counts, n_entries, error);
}
