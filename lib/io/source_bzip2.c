/* bzip2: stream after stream, each block and stream checked by libbz2. */
#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "io/members.h"

typedef struct bzip2 {
    bz_stream stream;
    bool open;
} bzip2;

static bool begins(const unsigned char *data, size_t size) {
    return memcmp(data, "BZh", size < 3 ? size : 3) == 0 &&
           (size < 4 || (data[3] >= '1' && data[3] <= '9'));
}

static mc_status start(void *state, mc_error *error) {
    bzip2 *b = state;
    if (b->open)
        BZ2_bzDecompressEnd(&b->stream);
    memset(&b->stream, 0, sizeof b->stream);
    b->open = BZ2_bzDecompressInit(&b->stream, 0, 0) == BZ_OK;
    return b->open ? MC_OK : mc_fail(error, MC_E_MEMORY, "out of memory for bzip2");
}

static mc_status step(void *state, mc_input *input, char *out, size_t room, size_t *made,
                      mc_step *how, const char **fault, mc_error *error) {
    bzip2 *b = state;
    size_t have = input->size - input->at;
    unsigned in = have < UINT_MAX ? (unsigned)have : UINT_MAX;
    unsigned free_out = room < UINT_MAX ? (unsigned)room : UINT_MAX;
    b->stream.next_in = (char *)(uintptr_t)(input->data + input->at);
    b->stream.avail_in = in;
    b->stream.next_out = out;
    b->stream.avail_out = free_out;
    *fault = NULL;
    *how = MC_STEP_MORE;
    int result = BZ2_bzDecompress(&b->stream);
    input->at += in - b->stream.avail_in;
    *made = free_out - b->stream.avail_out;
    if (result == BZ_STREAM_END) {
        *how = MC_STEP_DONE;
    } else if (result == BZ_MEM_ERROR) {
        return mc_fail(error, MC_E_MEMORY, "out of memory for bzip2");
    } else if (result != BZ_OK) {
        *fault = "a block or its checksum is wrong";
        *how = MC_STEP_DAMAGED;
    }
    return MC_OK;
}

static void free_bzip2(void *state) {
    bzip2 *b = state;
    if (b->open)
        BZ2_bzDecompressEnd(&b->stream);
    free(b);
}

static const mc_codec codec = {.name = "bzip2",
                               .member = "stream",
                               .magic = "BZh",
                               .magic_size = 3,
                               .padded = true,
                               .held = true,
                               .begins = begins,
                               .start = start,
                               .step = step,
                               .free = free_bzip2};

mc_status mc_decoder_bzip2(mc_decoder *out, mc_error *error) {
    bzip2 *b;
    MC_TRY(MC_ALLOC(b, 1, error));
    return mc_members_create(out, &codec, b, error);
}
