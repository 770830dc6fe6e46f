/* Cutting a shard into chunks of whole records.
 *
 * The shard's window holds what was read and not delivered. A chunk is cut off its front: as many
 * whole records as fit, or else the first record alone, however long it is. Where records simply
 * end at line feeds, the cut is found by looking back from the end; otherwise record by record.
 * Delivering copies the smaller part of the window: either the chunk, or the rest while the
 * window's memory itself becomes the chunk's. So everything is linear in the size of the shard,
 * even where the same 64 MiB of an unclosed quote lie before the reader for many short lines.
 */
#include "pool/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What to take off the front of the window, and as what. */
typedef struct taken {
    mc_status status; /* MC_OK or MC_END */
    mc_chunk_kind kind;
    size_t size;
} taken;

void mc_chunk_dispose(mc_chunk *chunk) {
    mc_buffer_dispose(&chunk->bytes);
    *chunk = (mc_chunk){0};
}

/* Notes that the source is damaged, unless the failure is one of this process. */
static mc_status note_damage(mc_shard *shard, mc_status status, const mc_error *problem,
                             mc_error *error) {
    if (status != MC_E_FORMAT) { /* no damage: the shard cannot be read at all, or not now */
        if (error)
            *error = *problem;
        if (status == MC_E_IO)
            mc_error_place(error, shard->path, MC_NONE, MC_NONE);
        return status;
    }
    shard->ended = shard->damaged = true;
    snprintf(shard->damage, sizeof shard->damage, "%.*s", (int)sizeof shard->damage - 1,
             problem->message);
    return MC_OK;
}

mc_status mc_shard_fill(mc_shard *shard, size_t size, mc_error *error) {
    size_t held = mc_shard_held(shard);
    if (shard->ended || held >= size)
        return MC_OK;
    mc_buffer *window = &shard->window;
    if (shard->head > 0 && shard->head >= held) {
        memmove(window->data, window->data + shard->head, held);
        window->size = held;
        shard->head = 0;
    }
    MC_TRY(mc_buffer_reserve(window, size - held + MC_CHUNK_PADDING, error));
    while (!shard->ended && held < size) {
        size_t got = 0;
        mc_error problem = {0};
        mc_status status =
            mc_source_read(shard->source, window->data + window->size, size - held, &got, &problem);
        if (status == MC_END)
            shard->ended = true;
        else if (status != MC_OK)
            MC_TRY(note_damage(shard, status, &problem, error));
        else
            window->size += got;
        held = mc_shard_held(shard);
    }
    return MC_OK;
}

void mc_shard_skip(mc_shard *shard, size_t size) {
    shard->head += size;
    shard->offset += size;
    if (shard->head < shard->window.size)
        return;
    shard->window.size = shard->head = 0;
    if (shard->window.capacity > 4 * shard->chunk_bytes)
        mc_buffer_dispose(&shard->window);
}

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
 * where its end is not in the window. Damage before its end takes the place of kind. */
static mc_status cut_line(mc_shard *shard, mc_chunk_kind kind, taken *out, mc_error *error) {
    out->kind = kind;
    for (;;) {
        size_t held = mc_shard_held(shard);
        size_t end = held ? mc_line_end(mc_shard_data(shard), 0, held) : 0;
        bool found = end > 0 && mc_shard_data(shard)[end - 1] == '\n';
        mc_shard_skip(shard, end);
        if (!found && shard->ended && shard->damaged)
            out->kind = MC_CHUNK_DAMAGED;
        if (found || (shard->ended && mc_shard_held(shard) == 0))
            return MC_OK;
        MC_TRY(mc_shard_fill(shard, shard->chunk_bytes, error));
    }
}

/* The first record alone. It is either longer than a chunk, or too long, or all there is. */
static mc_status cut_one(mc_shard *shard, taken *out, mc_error *error) {
    mc_record_scan scan = start_scan(shard);
    for (;;) {
        size_t held = mc_shard_held(shard), end;
        if (shard->ended && held == 0) {
            if (shard->damaged)
                out->kind = MC_CHUNK_DAMAGED;
            else
                out->status = MC_END;
            return MC_OK;
        }
        bool final = shard->ended && !shard->damaged;
        if (mc_record_next(&scan, mc_shard_data(shard), held, final, &end)) {
            if (end - 1 <= shard->max_record) {
                out->size = end;
                return MC_OK;
            }
            keep_known(shard, end - 1, false);
            return cut_line(shard, MC_CHUNK_TOO_LONG, out, error);
        }
        if (held > shard->max_record) {
            keep_known(shard, scan.at, scan.quoted);
            return cut_line(shard, MC_CHUNK_TOO_LONG, out, error);
        }
        if (shard->ended && shard->damaged) {
            mc_shard_skip(shard, held);
            out->kind = MC_CHUNK_DAMAGED;
            return MC_OK;
        }
        if (shard->ended && scan.quoted) {
            keep_known(shard, scan.at, true);
            return cut_line(shard, MC_CHUNK_UNCLOSED, out, error);
        }
        if (shard->ended) {
            out->size = held;
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

/* Moves the first size bytes of the window into the chunk. */
static mc_status deliver(mc_shard *shard, size_t size, mc_chunk *chunk, mc_error *error) {
    mc_buffer *window = &shard->window, *bytes = &chunk->bytes;
    size_t rest = mc_shard_held(shard) - size;
    bool give_window = shard->head == 0 && rest <= size;
    size_t room = size;
    if (give_window)
        room = rest > shard->chunk_bytes ? rest : shard->chunk_bytes + 1;
    MC_TRY(mc_buffer_reserve(bytes, room + MC_CHUNK_PADDING, error));
    if (give_window) {
        memcpy(bytes->data, window->data + size, rest);
        mc_buffer full = *window;
        *window = *bytes;
        *bytes = full;
        window->size = rest;
        shard->offset += size;
    } else {
        memcpy(bytes->data, mc_shard_data(shard), size);
        mc_shard_skip(shard, size);
    }
    bytes->size = size;
    memset(bytes->data + size, 0, MC_CHUNK_PADDING);
    return MC_OK;
}

static void describe(const mc_shard *shard, mc_chunk *chunk) {
    size_t size = sizeof chunk->detail;
    if (chunk->kind == MC_CHUNK_TOO_LONG)
        snprintf(chunk->detail, size, "the record has more than %" PRIu64 " bytes",
                 shard->max_record);
    else if (chunk->kind == MC_CHUNK_UNCLOSED)
        snprintf(chunk->detail, size, "a quote opens a field and none closes it");
    else if (chunk->kind == MC_CHUNK_DAMAGED)
        memcpy(chunk->detail, shard->damage, size);
}

mc_status mc_shard_read(mc_shard *shard, mc_chunk *chunk, mc_error *error) {
    if (chunk->bytes.capacity > 4 * shard->chunk_bytes)
        mc_buffer_dispose(&chunk->bytes);
    chunk->kind = MC_CHUNK_RECORDS;
    chunk->bytes.size = 0;
    chunk->detail[0] = '\0';
    if (shard->over)
        return MC_END;

    /* One byte more tells whether what fills a chunk is all there is. */
    MC_TRY(mc_shard_fill(shard, shard->chunk_bytes + 1, error));
    chunk->offset = shard->offset;
    size_t held = mc_shard_held(shard);
    size_t n = held < shard->chunk_bytes ? held : shard->chunk_bytes;
    bool final = shard->ended && !shard->damaged && n == held;
    bool by_lines = shard->format != MC_FORMAT_CSV && shard->max_record >= shard->chunk_bytes;
    taken cut = {.size = by_lines ? cut_lines(shard, n, final) : cut_records(shard, n, final)};
    if (cut.size == 0)
        MC_TRY(cut_one(shard, &cut, error));
    if (cut.size > 0)
        MC_TRY(deliver(shard, cut.size, chunk, error));
    chunk->kind = cut.kind;
    describe(shard, chunk);
    shard->over = cut.status == MC_END || cut.kind == MC_CHUNK_DAMAGED;
    return cut.status;
}
