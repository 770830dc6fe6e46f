/* Cutting formats whose records end at line feeds: as many whole records as fit, or else the first
 * record alone, however long it is. Where every line feed ends a record, the cut is found by
 * looking back from the end; otherwise record by record.
 */
#include <stdio.h>

#include "pool/reader.h"

/* A scan of the window from its front, with what an earlier one found out. */
static mc_record_scan start_scan(const mc_shard *shard) {
    mc_record_scan scan = {.quotes = shard->format == MC_FORMAT_CSV};
    if (shard->known_offset > shard->offset) {
        scan.known_at = (size_t)(shard->known_offset - shard->offset);
        scan.known_quoted = shard->known_quoted;
    }
    return scan;
}

static void keep_known(mc_shard *shard, size_t at, bool quoted) {
    shard->known_offset = shard->offset + at;
    shard->known_quoted = quoted;
}

/* Size of the records that end at line feeds in the first n bytes: looked for from the back. */
static size_t cut_lines(const mc_shard *shard, size_t n, bool final) {
    const char *data = mc_shard_data(shard);
    while (!final && n > 0 && data[n - 1] != '\n')
        n--;
    if (n == 0 || mc_count_lines(data, n - 1) < shard->chunk_records)
        return n;
    size_t end = 0;
    for (size_t i = 0; i < shard->chunk_records; i++)
        end = mc_line_end(data, end, n);
    return end;
}

/* The same, record by record, up to the first that is too long or unclosed. */
static size_t cut_records(const mc_shard *shard, size_t n, bool final) {
    const char *data = mc_shard_data(shard);
    mc_record_scan scan = start_scan(shard);
    size_t size = 0, end, count = 0;
    for (; count < shard->chunk_records; count++) {
        if (!mc_record_next(&scan, data, n, final, &end)) {
            bool whole = final && !scan.quoted && n - size <= shard->max_record;
            return whole ? n : size;
        }
        if (end - 1 - size > shard->max_record)
            return size;
        size = end;
    }
    return size;
}

/* Passes over the first line of a record that is too long, or of one that never ends. Reads on
 * where its end is not in the window. Damage before its end takes the place of what chunk says. */
static mc_status cut_line(mc_shard *shard, mc_chunk *chunk, mc_error *error) {
    for (;;) {
        size_t held = mc_shard_held(shard);
        size_t end = held ? mc_line_end(mc_shard_data(shard), 0, held) : 0;
        bool found = end > 0 && mc_shard_data(shard)[end - 1] == '\n';
        mc_shard_skip(shard, end);
        if (!found && shard->ended && shard->damaged)
            mc_chunk_lose(shard, chunk);
        if (found || (shard->ended && mc_shard_held(shard) == 0))
            return MC_OK;
        MC_TRY(mc_shard_fill(shard, shard->chunk_bytes, error));
    }
}

/* The first record alone. It is either longer than a chunk, or too long, or all there is. */
static mc_status cut_one(mc_shard *shard, mc_chunk *chunk, size_t *size, mc_error *error) {
    mc_record_scan scan = start_scan(shard);
    for (;;) {
        size_t held = mc_shard_held(shard), end;
        if (shard->ended && held == 0)
            return MC_END;
        bool final = shard->ended && !shard->damaged;
        if (mc_record_next(&scan, mc_shard_data(shard), held, final, &end)) {
            if (end - 1 <= shard->max_record) {
                *size = end;
                return MC_OK;
            }
            keep_known(shard, end - 1, false);
            mc_chunk_too_long(shard, chunk);
            return cut_line(shard, chunk, error);
        }
        if (held > shard->max_record) {
            keep_known(shard, scan.at, scan.quoted);
            mc_chunk_too_long(shard, chunk);
            return cut_line(shard, chunk, error);
        }
        if (shard->ended && shard->damaged) {
            mc_chunk_lose(shard, chunk);
            return MC_OK;
        }
        if (shard->ended && scan.quoted) {
            keep_known(shard, scan.at, true);
            chunk->kind = MC_CHUNK_UNCLOSED;
            snprintf(chunk->detail, sizeof chunk->detail,
                     "a quote opens a field and none closes it");
            return cut_line(shard, chunk, error);
        }
        if (shard->ended) {
            *size = held;
            return MC_OK;
        }
        /* Twice as much each time, so that few reads get there; more than max_record tells enough,
         * and at least a chunk more keeps the many records of a hopeless stretch from reading a few
         * bytes each. */
        uint64_t want = 2 * (uint64_t)held;
        if (want > shard->max_record + 1)
            want = shard->max_record + 1;
        if (want < held + shard->chunk_bytes)
            want = held + shard->chunk_bytes;
        MC_TRY(mc_shard_fill(shard, (size_t)want, error));
    }
}

mc_status mc_cut_lines(mc_shard *shard, mc_chunk *chunk, size_t *size, mc_error *error) {
    size_t held = mc_shard_held(shard);
    size_t n = held < shard->chunk_bytes ? held : shard->chunk_bytes;
    bool final = shard->ended && !shard->damaged && n == held;
    bool by_lines = shard->format != MC_FORMAT_CSV && shard->max_record >= shard->chunk_bytes;
    *size = by_lines ? cut_lines(shard, n, final) : cut_records(shard, n, final);
    return *size > 0 ? MC_OK : cut_one(shard, chunk, size, error);
}
