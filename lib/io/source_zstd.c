/* zstd: frame after frame, skippable ones passed over, checksums verified by the library.
 *
 * The library is fed one block at a time, because it forgets what it wrote in a call that fails: so
 * damage costs the block it is in and no good block before it. */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/buffer.h"
#include "io/stored.h"

/* What the library asks for takes in the header of the next block, which may be the damaged one. */
#define BLOCK_HEADER_BYTES 3

typedef struct zstd_decoder {
    ZSTD_DCtx *context;
    bool in_frame;
    bool holds_output; /* the last call filled its output and may have more */
    uint64_t n_frames;
    size_t at_start; /* bytes of input a frame's first call is given */
    size_t wanted;   /* bytes of input for the next call */
} zstd_decoder;

static mc_status fail(const zstd_decoder *zstd, const mc_stored *stored, size_t result,
                      mc_error *error) {
    unsigned long long position = mc_stored_position(stored);
    ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    if (code == ZSTD_error_memory_allocation)
        return mc_fail(error, MC_E_MEMORY, "out of memory for zstd");
    if (code == ZSTD_error_frameParameter_windowTooLarge)
        return mc_fail(error, MC_E_FORMAT,
                       "the zstd frame at stored byte %llu needs a window beyond 128 MiB; compress "
                       "it again without --long",
                       position);
    if (code == ZSTD_error_prefix_unknown && zstd->n_frames > 0)
        return mc_fail(
            error, MC_E_FORMAT,
            "zstd data is damaged at stored byte %llu: what follows the last frame is no "
            "zstd data",
            position);
    return mc_fail(error, MC_E_FORMAT, "zstd data is damaged at stored byte %llu: %s", position,
                   ZSTD_getErrorString(code));
}

static mc_status decode_some(zstd_decoder *zstd, mc_stored *stored, char *out, size_t size,
                             size_t *got, mc_error *error) {
    if (!zstd->holds_output) {
        mc_status status = mc_stored_fill(stored, error);
        if (status == MC_END && zstd->in_frame)
            return mc_fail(error, MC_E_FORMAT,
                           "zstd data is truncated: the file ends at stored byte %llu",
                           (unsigned long long)stored->taken);
        if (status != MC_OK)
            return status;
    }
    size_t given = stored->end - stored->begin;
    if (given > zstd->wanted)
        given = zstd->wanted;
    if (zstd->holds_output)
        given = 0; /* first out with what is good */
    ZSTD_inBuffer input = {stored->data + stored->begin, given, 0};
    ZSTD_outBuffer output = {out, size, *got};
    size_t result = ZSTD_decompressStream(zstd->context, &output, &input);
    if (ZSTD_isError(result))
        return fail(zstd, stored, result, error);
    stored->begin += input.pos;
    *got = output.pos;
    zstd->in_frame = result != 0;
    zstd->holds_output = zstd->in_frame && output.pos == output.size;
    zstd->wanted = result > BLOCK_HEADER_BYTES ? result - BLOCK_HEADER_BYTES : result;
    if (!zstd->in_frame) {
        zstd->n_frames++;
        zstd->wanted = zstd->at_start;
    }
    return MC_OK;
}

static mc_status read_zstd(void *state, mc_stored *stored, char *out, size_t size, size_t *got,
                           mc_error *error) {
    *got = 0;
    while (*got < size)
        MC_TRY(decode_some(state, stored, out, size, got, error));
    return MC_OK;
}

static void free_zstd(void *state) {
    zstd_decoder *zstd = state;
    ZSTD_freeDCtx(zstd->context);
    free(zstd);
}

mc_status mc_decoder_zstd(mc_decoder *out, mc_error *error) {
    zstd_decoder *zstd;
    MC_TRY(MC_ALLOC(zstd, 1, error));
    zstd->context = ZSTD_createDCtx();
    if (!zstd->context) {
        free(zstd);
        return mc_fail(error, MC_E_MEMORY, "out of memory for zstd");
    }
    zstd->wanted = zstd->at_start = ZSTD_initDStream(zstd->context);
    *out = (mc_decoder){.state = zstd, .read = read_zstd, .free = free_zstd};
    return MC_OK;
}
