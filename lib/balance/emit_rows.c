/* subset/SHARD.npy: record numbers of the kept pairs, ascending, as '<u8'; and beside it
 * SHARD.texts.npy, the number of each pair's text in its record as '<u4', where a record of the
 * shard holds several texts. */
#include <stdio.h>
#include <stdlib.h>

#include "balance/emit.h"
#include "io/npy.h"
#include "match/resume.h"

#define FLUSH_ROWS 8192

typedef struct rows {
    mc_emitter emitter;
    char folder[MC_PATH_MAX];
    mc_sink *records, *numbers;
    uint64_t n_rows;
    size_t n_waiting;
    uint64_t waiting_records[FLUSH_ROWS];
    uint32_t waiting_numbers[FLUSH_ROWS];
} rows;

static mc_status begin(mc_emitter *emitter, size_t index, const char *name, mc_error *error) {
    rows *r = (rows *)emitter;
    char path[MC_PATH_MAX + 300];
    (void)index;
    r->n_rows = 0;
    snprintf(path, sizeof path, "%s/%s.npy", r->folder, name);
    MC_TRY(mc_npy_begin(&r->records, path, "'<u8'", error));
    snprintf(path, sizeof path, "%s/%s.texts.npy", r->folder, name);
    return mc_npy_begin(&r->numbers, path, "'<u4'", error);
}

static mc_status flush(rows *r, mc_error *error) {
    size_t n = r->n_waiting;
    r->n_waiting = 0;
    MC_TRY(mc_sink_write(r->records, r->waiting_records, n * sizeof *r->waiting_records, error));
    return mc_sink_write(r->numbers, r->waiting_numbers, n * sizeof *r->waiting_numbers, error);
}

static mc_status add(mc_emitter *emitter, const mc_kept *kept, mc_error *error) {
    rows *r = (rows *)emitter;
    r->waiting_records[r->n_waiting] = kept->record;
    r->waiting_numbers[r->n_waiting++] = kept->number;
    r->n_rows++;
    return r->n_waiting == FLUSH_ROWS ? flush(r, error) : MC_OK;
}

static mc_status end(mc_emitter *emitter, bool several, mc_error *error) {
    rows *r = (rows *)emitter;
    MC_TRY(flush(r, error));
    MC_TRY(mc_npy_end(&r->records, "'<u8'", r->n_rows, 0, error));
    if (several)
        return mc_npy_end(&r->numbers, "'<u4'", r->n_rows, 0, error);
    mc_sink_discard(&r->numbers);
    return MC_OK;
}

static void free_rows(mc_emitter *emitter) {
    rows *r = (rows *)emitter;
    mc_sink_discard(&r->records);
    mc_sink_discard(&r->numbers);
    free(r);
}

mc_status mc_emit_rows(mc_emitter **out, const char *folder, mc_error *error) {
    rows *r;
    MC_TRY(mc_alloc(&r, 1, sizeof *r, error));
    r->emitter = (mc_emitter){.begin = begin, .add = add, .end = end, .free = free_rows};
    *out = &r->emitter;
    if (snprintf(r->folder, sizeof r->folder, "%s/subset", folder) >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "the output folder's path is too long");
    return mc_make_folder(r->folder, error);
}
