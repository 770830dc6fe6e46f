/* zstd (RFC 8878): frame after frame, skippable ones passed over, checksums verified by the
 * library.
 *
 * Frames are handed out block by block, not held: a block is checked by its form at least, and many
 * files are one frame. The library is fed one block at a time, because it forgets what it wrote in
 * a call that fails: so damage costs the block it is in and no good block before it.
 *
 * Skippable frames are passed over here. One that lies in memory counts only if the file ends
 * behind it or another frame begins there: a size that is not right would hide good frames. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/buffer.h"
#include "io/members.h"

/* What the library asks for takes in the header of the next block, which may be the damaged one. */
#define BLOCK_HEADER_BYTES 3
#define MAGIC_BYTES 4
#define SKIPPABLE_HEADER_BYTES 8

typedef struct zstd {
    ZSTD_DCtx *context;
    bool holds_output; /* the last call filled its output and may have more */
    size_t at_start;   /* bytes of input a frame's first call is given */
    size_t wanted;     /* bytes of input for the next call */
    enum { AT_START, IN_FRAME, IN_SKIPPABLE } part;
    size_t to_skip;
} zstd;

static bool is_skippable(const unsigned char *data) {
    return (data[0] & 0xf0) == 0x50 && memcmp(data + 1, "\x2a\x4d\x18", 3) == 0;
}

static bool begins(const unsigned char *data, size_t size) {
    size_t n = size < MAGIC_BYTES ? size : MAGIC_BYTES;
    return memcmp(data, "\x28\xb5\x2f\xfd", n) == 0 ||
           ((data[0] & 0xf0) == 0x50 && memcmp(data + 1, "\x2a\x4d\x18", n - 1) == 0);
}

static mc_status start(void *state, mc_error *error) {
    zstd *z = state;
    (void)error;
    z->wanted = z->at_start = ZSTD_initDStream(z->context);
    z->holds_output = false;
    z->part = AT_START;
    return MC_OK;
}

static mc_step start_skipping(zstd *z, mc_input *input, const char **fault) {
    const unsigned char *data = input->data + input->at;
    size_t have = input->size - input->at;
    if (have < SKIPPABLE_HEADER_BYTES)
        return MC_STEP_MORE;
    size_t size = data[4] | (size_t)data[5] << 8 | (size_t)data[6] << 16 | (size_t)data[7] << 24;
    size_t end = SKIPPABLE_HEADER_BYTES + size;
    if (end <= MC_MEMBER_HELD / 2) {
        if (have < end + MAGIC_BYTES && !(input->last && have >= end))
            return MC_STEP_MORE;
        if (have > end && !begins(data + end, have - end)) {
            *fault = "a skippable frame is followed by none";
            return MC_STEP_DAMAGED;
        }
    }
    z->part = IN_SKIPPABLE;
    z->to_skip = end;
    return MC_STEP_MORE;
}

static mc_step skip(zstd *z, mc_input *input) {
    size_t n = input->size - input->at;
    if (n > z->to_skip)
        n = z->to_skip;
    input->at += n;
    z->to_skip -= n;
    return z->to_skip == 0 ? MC_STEP_DONE : MC_STEP_MORE;
}

/* What the library says of a call. */
static mc_status note_fault(size_t result, const char **fault, mc_error *error) {
    ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    if (code == ZSTD_error_memory_allocation)
        return mc_fail(error, MC_E_MEMORY, "out of memory for zstd");
    *fault = ZSTD_getErrorString(code);
    if (code == ZSTD_error_frameParameter_windowTooLarge)
        *fault = "a frame needs a window beyond 128 MiB; compress it again without --long";
    return MC_OK;
}

static mc_status decode_some(zstd *z, mc_input *input, char *out, size_t room, size_t *made,
                             mc_step *how, const char **fault, mc_error *error) {
    size_t given = input->size - input->at;
    if (given > z->wanted)
        given = z->wanted;
    if (z->holds_output)
        given = 0; /* first out with what is good */
    else if (given == 0)
        return MC_OK;
    ZSTD_inBuffer in = {input->data + input->at, given, 0};
    ZSTD_outBuffer produced = {out, room, 0};
    size_t result = ZSTD_decompressStream(z->context, &produced, &in);
    if (ZSTD_isError(result)) {
        *how = MC_STEP_DAMAGED;
        return note_fault(result, fault, error);
    }
    input->at += in.pos;
    *made = produced.pos;
    z->holds_output = result != 0 && produced.pos == produced.size;
    z->wanted = result > BLOCK_HEADER_BYTES ? result - BLOCK_HEADER_BYTES : result;
    if (result == 0)
        *how = MC_STEP_DONE;
    return MC_OK;
}

static mc_status step(void *state, mc_input *input, char *out, size_t room, size_t *made,
                      mc_step *how, const char **fault, mc_error *error) {
    zstd *z = state;
    *fault = NULL;
    *how = MC_STEP_MORE;
    if (z->part == AT_START) {
        if (input->size - input->at < MAGIC_BYTES)
            return MC_OK;
        if (is_skippable(input->data + input->at))
            *how = start_skipping(z, input, fault);
        else
            z->part = IN_FRAME;
    }
    if (z->part == IN_SKIPPABLE)
        *how = skip(z, input);
    if (z->part != IN_FRAME)
        return MC_OK;
    bool flushes = z->holds_output;
    MC_TRY(decode_some(z, input, out, room, made, how, fault, error));
    if (flushes && *made == 0 && *how == MC_STEP_MORE) /* there was nothing more */
        return decode_some(z, input, out, room, made, how, fault, error);
    return MC_OK;
}

static void free_zstd(void *state) {
    zstd *z = state;
    ZSTD_freeDCtx(z->context);
    free(z);
}

static const mc_codec codec = {.name = "zstd",
                               .member = "frame",
                               .magic = "\x28\xb5\x2f\xfd",
                               .magic_size = MAGIC_BYTES,
                               .begins = begins,
                               .start = start,
                               .step = step,
                               .free = free_zstd};

mc_status mc_decoder_zstd(mc_decoder *out, mc_error *error) {
    zstd *z;
    MC_TRY(MC_ALLOC(z, 1, error));
    z->context = ZSTD_createDCtx();
    if (!z->context) {
        free(z);
        return mc_fail(error, MC_E_MEMORY, "out of memory for zstd");
    }
    return mc_members_create(out, &codec, z, error);
}
