/* Cutting a shard into chunks.
 *
 * The shard's window holds what was read and not delivered. The format's cutter tells how many
 * bytes off its front are whole records. Delivering copies the smaller part of the window: either
 * the chunk, or the rest while the window's memory itself becomes the chunk's. So everything is
 * linear in the size of the shard, even where the same 64 MiB of an unclosed quote lie before the
 * reader for many short lines.
 *
 * Where the source is damaged the window ends as at the end of the shard, but for records that
 * might go on: those are lost. A chunk says so, and reading goes on behind the gap.
 */
#include "pool/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void mc_shard_resume(mc_shard *shard) {
    shard->ended = shard->damaged = false;
    shard->amid_line = mc_format_ways_of(shard->format)->passes_partial_lines;
    shard->known_offset = 0;
}

void mc_chunk_lose(mc_shard *shard, mc_chunk *chunk) {
    mc_shard_skip(shard, mc_shard_held(shard));
    chunk->kind = MC_CHUNK_DAMAGED;
    memcpy(chunk->detail, shard->damage, sizeof chunk->detail);
}

void mc_chunk_too_long(const mc_shard *shard, mc_chunk *chunk) {
    chunk->kind = MC_CHUNK_TOO_LONG;
    snprintf(chunk->detail, sizeof chunk->detail, "the record has more than %" PRIu64 " bytes",
             shard->max_record);
}

/* Passes over the rest of a line that began in a gap. */
static mc_status pass_partial_line(mc_shard *shard, mc_error *error) {
    while (shard->amid_line) {
        MC_TRY(mc_shard_fill(shard, shard->chunk_bytes, error));
        size_t held = mc_shard_held(shard);
        if (held == 0)
            return MC_OK;
        size_t end = mc_line_end(mc_shard_data(shard), 0, held);
        shard->amid_line = mc_shard_data(shard)[end - 1] != '\n';
        mc_shard_skip(shard, end);
    }
    return MC_OK;
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

/* Damage before the first byte was passed over already, for the format to be told. */
static void tell_first_damage(mc_shard *shard, mc_chunk *chunk) {
    shard->first_damaged = false;
    chunk->offset = 0;
    chunk->kind = MC_CHUNK_DAMAGED;
    memcpy(chunk->detail, shard->first_damage, sizeof chunk->detail);
}

mc_status mc_shard_read(mc_shard *shard, mc_chunk *chunk, mc_error *error) {
    if (chunk->bytes.capacity > 4 * shard->chunk_bytes)
        mc_buffer_dispose(&chunk->bytes);
    chunk->kind = MC_CHUNK_RECORDS;
    chunk->bytes.size = 0;
    chunk->detail[0] = '\0';
    if (shard->first_damaged) {
        tell_first_damage(shard, chunk);
        return MC_OK;
    }
    if (shard->over)
        return MC_END;

    MC_TRY(pass_partial_line(shard, error));
    /* One byte more tells whether what fills a chunk is all there is. */
    MC_TRY(mc_shard_fill(shard, shard->chunk_bytes + 1, error));
    chunk->offset = shard->offset;
    size_t size = 0;
    mc_status status = mc_format_ways_of(shard->format)->cut(shard, chunk, &size, error);
    if (status == MC_END && !shard->damaged)
        shard->over = true;
    if (status < 0 || shard->over)
        return status;
    if (size > 0)
        return deliver(shard, size, chunk, error);
    if (status == MC_END)
        mc_chunk_lose(shard, chunk);
    if (chunk->kind == MC_CHUNK_DAMAGED) {
        mc_shard_resume(shard);
        shard->over = shard->headless;
    }
    return MC_OK;
}
