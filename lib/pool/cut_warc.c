/* Cutting WARC files: a run of frames (records, and stretches that are none) that fits into a
 * chunk, or else the first frame alone. A record beyond max_record is passed over by its
 * Content-Length, a stretch that does not fit up to the next record, both without being held.
 */
#include <inttypes.h>
#include <stdio.h>

#include "pool/reader.h"
#include "pool/warc.h"

/* True for a frame that may be incomplete only because a gap follows it. */
static bool meets_gap(const mc_shard *shard, const mc_warc_frame *frame) {
    return shard->ended && shard->damaged && frame->kind == MC_WARC_BROKEN &&
           frame->end == mc_shard_held(shard);
}

/* Size of the frames that fit into a chunk. */
static size_t cut_frames(const mc_shard *shard) {
    size_t size = 0;
    for (size_t count = 0; count < shard->chunk_records; count++) {
        mc_warc_frame frame;
        size_t held = mc_shard_held(shard);
        mc_warc_next(mc_shard_data(shard), held, size, shard->ended, shard->max_record, &frame);
        bool whole = frame.kind == MC_WARC_RECORD ||
                     (frame.kind == MC_WARC_BROKEN && (frame.end < held || shard->ended));
        if (!whole || meets_gap(shard, &frame) || frame.end > shard->chunk_bytes)
            break;
        size = frame.end;
    }
    return size;
}

/* Passes over a record of which the window holds a part. */
static mc_status pass_long(mc_shard *shard, uint64_t length, mc_chunk *chunk, mc_error *error) {
    mc_chunk_too_long(shard, chunk);
    while (length > 0) {
        MC_TRY(mc_shard_fill(shard, shard->chunk_bytes, error));
        size_t held = mc_shard_held(shard), n = held < length ? held : (size_t)length;
        if (held == 0) {
            if (shard->damaged)
                mc_chunk_lose(shard, chunk);
            return MC_OK;
        }
        mc_shard_skip(shard, n);
        length -= n;
    }
    return MC_OK;
}

/* Passes over a stretch that is no record; none begins before data[from]. */
static mc_status pass_broken(mc_shard *shard, const mc_warc_frame *frame, mc_chunk *chunk,
                             mc_error *error) {
    uint64_t begin = shard->offset;
    size_t from = frame->end;
    for (;;) {
        size_t held = mc_shard_held(shard);
        size_t found = mc_warc_find(mc_shard_data(shard), held, from);
        bool all = found == held && shard->ended;
        size_t keep = found < held || all ? 0 : held < MC_WARC_FIND_KEEP ? held : MC_WARC_FIND_KEEP;
        mc_shard_skip(shard, found - keep);
        if (all && shard->damaged) {
            mc_chunk_lose(shard, chunk);
            return MC_OK;
        }
        if (found < held || all)
            break;
        from = 0;
        MC_TRY(mc_shard_fill(shard, keep + shard->chunk_bytes, error));
    }
    chunk->kind = MC_CHUNK_BROKEN;
    snprintf(chunk->detail, sizeof chunk->detail, MC_WARC_BROKEN_DETAIL, frame->problem,
             shard->offset - begin);
    return MC_OK;
}

/* The first frame alone. */
static mc_status cut_one(mc_shard *shard, mc_chunk *chunk, size_t *size, mc_error *error) {
    for (;;) {
        mc_warc_frame frame;
        size_t held = mc_shard_held(shard);
        mc_warc_next(mc_shard_data(shard), held, 0, shard->ended, shard->max_record, &frame);
        switch (frame.kind) {
        case MC_WARC_RECORD:
            *size = frame.end;
            return MC_OK;
        case MC_WARC_LONG:
            return pass_long(shard, frame.length, chunk, error);
        case MC_WARC_BROKEN:
            if (meets_gap(shard, &frame)) {
                mc_chunk_lose(shard, chunk);
                return MC_OK;
            }
            return pass_broken(shard, &frame, chunk, error);
        case MC_WARC_BLANK:
            return MC_END;
        case MC_WARC_MORE:
            break;
        }
        /* At least a chunk more, for the reason that cut_one of lines has. */
        size_t want = frame.want > 2 * held ? frame.want : 2 * held;
        if (want > shard->max_record + MC_WARC_HEADER_MAX)
            want = frame.want;
        MC_TRY(mc_shard_fill(
            shard, want < held + shard->chunk_bytes ? held + shard->chunk_bytes : want, error));
    }
}

/* The few line ends behind a record go with it: the window then begins with a record, and can be
 * given away whole. */
static size_t with_line_ends(const mc_shard *shard, size_t size) {
    enum { FEW = 8 };
    const char *data = mc_shard_data(shard);
    size_t held = mc_shard_held(shard), end = held - size > FEW ? size + FEW : held;
    while (size < end && (data[size] == '\r' || data[size] == '\n'))
        size++;
    return size;
}

mc_status mc_cut_warc(mc_shard *shard, mc_chunk *chunk, size_t *size, mc_error *error) {
    for (;;) {
        const char *data = mc_shard_data(shard);
        size_t held = mc_shard_held(shard), blank = 0;
        while (blank < held && (data[blank] == '\r' || data[blank] == '\n'))
            blank++;
        if (blank > 0)
            mc_shard_skip(shard, blank);
        if (blank == held && shard->ended)
            return MC_END;
        MC_TRY(mc_shard_fill(shard, shard->chunk_bytes + 1, error));
        if (blank < held)
            break;
    }
    chunk->offset = shard->offset;
    *size = cut_frames(shard);
    if (*size == 0)
        MC_TRY(cut_one(shard, chunk, size, error));
    if (*size > 0)
        *size = with_line_ends(shard, *size);
    return MC_OK;
}
