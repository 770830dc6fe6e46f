/* gzip (RFC 1952): libdeflate for members that lie in memory whole, isa-l's inflate step by step
 * for the others, and for those that libdeflate does not take: it does not say why.
 *
 * Both are given the deflate data alone; header and trailer are read here, so both ways check the
 * same. At the end of the data isa-l holds up to eight bytes that it took but did not need; where
 * it meets damage it holds content made before, which is handed out first. */
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "io/members.h"

enum {
    FLAG_HEADER_CRC = 2,
    FLAG_EXTRA = 4,
    FLAG_NAME = 8,
    FLAG_COMMENT = 16,
    FLAGS_RESERVED = 0xe0
};

#define FIXED_HEADER_BYTES 10
#define HEADER_MAX ((size_t)128 << 10) /* twice what the longest extra field takes */
#define TRAILER_BYTES 8

typedef struct gzip {
    struct libdeflate_decompressor *whole;
    struct inflate_state inflate;
    enum { IN_HEADER, IN_DATA, IN_TRAILER } part;
    bool failed;   /* inflate has, and what it made before is still to be handed out */
    uint32_t size; /* of the member's content, modulo 2^32, as the trailer has it */
} gzip;

static uint32_t number_at(const unsigned char *data, unsigned n_bytes) {
    uint32_t number = 0;
    for (unsigned i = 0; i < n_bytes; i++)
        number |= (uint32_t)data[i] << 8 * i;
    return number;
}

static bool begins(const unsigned char *data, size_t size) {
    return data[0] == 0x1f && (size < 2 || data[1] == 0x8b);
}

/* Moves *at behind the NUL that ends a string. */
static bool pass_string(const unsigned char *data, size_t size, size_t *at) {
    const unsigned char *end = *at < size ? memchr(data + *at, 0, size - *at) : NULL;
    if (end)
        *at = (size_t)(end - data) + 1;
    return end;
}

/* Size of a member's header; 0 when data ends before it does, or *fault is set. */
static size_t header_size(const unsigned char *data, size_t size, const char **fault) {
    if (size > HEADER_MAX)
        size = HEADER_MAX;
    if (size < FIXED_HEADER_BYTES)
        return 0;
    if (number_at(data, 2) != 0x8b1f)
        *fault = "no member begins here";
    else if (data[2] != 8)
        *fault = "unknown compression method";
    else if (data[3] & FLAGS_RESERVED)
        *fault = "reserved flags are set";
    if (*fault)
        return 0;
    unsigned flags = data[3];
    size_t at = FIXED_HEADER_BYTES;
    if (flags & FLAG_EXTRA) {
        if (size - at < 2)
            return 0;
        at += 2 + number_at(data + at, 2);
    }
    if (flags & FLAG_NAME && !pass_string(data, size, &at))
        return 0;
    if (flags & FLAG_COMMENT && !pass_string(data, size, &at))
        return 0;
    if (flags & FLAG_HEADER_CRC) {
        if (at + 2 > size)
            return 0;
        if (number_at(data + at, 2) != (libdeflate_crc32(0, data, at) & 0xffff))
            *fault = "the header's checksum is wrong";
        at += 2;
    }
    return at <= size && !*fault ? at : 0;
}

static bool decode(void *state, const unsigned char *data, size_t size, size_t *used, char *out,
                   size_t room, size_t *made, bool *full) {
    gzip *g = state;
    const char *fault = NULL;
    size_t header = header_size(data, size, &fault), in;
    *full = false;
    if (header == 0)
        return false;
    enum libdeflate_result result = libdeflate_deflate_decompress_ex(
        g->whole, data + header, size - header, out, room, &in, made);
    *full = result == LIBDEFLATE_INSUFFICIENT_SPACE;
    if (result != LIBDEFLATE_SUCCESS || size - header - in < TRAILER_BYTES)
        return false;
    const unsigned char *trailer = data + header + in;
    *used = header + in + TRAILER_BYTES;
    return number_at(trailer, 4) == libdeflate_crc32(0, out, *made) &&
           number_at(trailer + 4, 4) == (uint32_t)*made;
}

static mc_status start(void *state, mc_error *error) {
    gzip *g = state;
    (void)error;
    isal_inflate_init(&g->inflate);
    g->inflate.crc_flag = ISAL_GZIP_NO_HDR;
    g->part = IN_HEADER;
    g->failed = false;
    g->size = 0;
    return MC_OK;
}

static mc_step read_header(gzip *g, mc_input *input, const char **fault) {
    size_t have = input->size - input->at;
    size_t size = header_size(input->data + input->at, have, fault);
    if (size == 0 && !*fault && have >= HEADER_MAX)
        *fault = "a header does not end";
    if (*fault)
        return MC_STEP_DAMAGED;
    input->at += size;
    if (size > 0)
        g->part = IN_DATA;
    return MC_STEP_MORE;
}

/* What inflate made but could not hand out when it failed; then its failure. */
static mc_step rescue(gzip *g, char *out, size_t room, size_t *made, const char **fault) {
    struct inflate_state *inflate = &g->inflate;
    size_t left = (size_t)(inflate->tmp_out_valid - inflate->tmp_out_processed);
    *made = left < room ? left : room;
    memcpy(out, inflate->tmp_out_buffer + inflate->tmp_out_processed, *made);
    inflate->tmp_out_processed += (int32_t)*made;
    if (*made > 0)
        return MC_STEP_MORE;
    *fault = "invalid deflate data";
    return MC_STEP_DAMAGED;
}

static mc_step read_data(gzip *g, mc_input *input, char *out, size_t room, size_t *made,
                         const char **fault) {
    struct inflate_state *inflate = &g->inflate;
    size_t have = input->size - input->at, at_most = (size_t)1 << 30;
    uint32_t in = (uint32_t)(have < at_most ? have : at_most);
    uint32_t free_out = (uint32_t)(room < at_most ? room : at_most);
    if (g->failed)
        return rescue(g, out, room, made, fault);
    inflate->next_in = (uint8_t *)(uintptr_t)(input->data + input->at);
    inflate->avail_in = in;
    inflate->next_out = (uint8_t *)out;
    inflate->avail_out = free_out;
    int result = isal_inflate(inflate);
    *made = free_out - inflate->avail_out;
    input->at += in - inflate->avail_in;
    g->size += (uint32_t)*made;
    bool stands = *made == 0 && inflate->avail_in == in;
    if (result != ISAL_DECOMP_OK ||
        (stands && in > 0 && inflate->block_state != ISAL_BLOCK_FINISH)) {
        g->failed = true;
        if (*made == 0)
            return rescue(g, out, room, made, fault);
    } else if (inflate->block_state == ISAL_BLOCK_FINISH) {
        input->at -= (size_t)inflate->read_in_length / 8;
        g->part = IN_TRAILER;
    }
    return MC_STEP_MORE;
}

static mc_step read_trailer(const gzip *g, mc_input *input, const char **fault) {
    const unsigned char *trailer = input->data + input->at;
    if (input->size - input->at < TRAILER_BYTES)
        return MC_STEP_MORE;
    input->at += TRAILER_BYTES;
    if (number_at(trailer, 4) != g->inflate.crc)
        *fault = "the content's checksum is wrong";
    else if (number_at(trailer + 4, 4) != g->size)
        *fault = "the content's size is wrong";
    return *fault ? MC_STEP_WRONG : MC_STEP_DONE;
}

static mc_status step(void *state, mc_input *input, char *out, size_t room, size_t *made,
                      mc_step *how, const char **fault, mc_error *error) {
    gzip *g = state;
    (void)error;
    *fault = NULL;
    if (g->part == IN_HEADER)
        *how = read_header(g, input, fault);
    if (g->part == IN_DATA && !*fault)
        *how = read_data(g, input, out, room, made, fault);
    if (g->part == IN_TRAILER)
        *how = read_trailer(g, input, fault);
    return MC_OK;
}

static void free_gzip(void *state) {
    gzip *g = state;
    libdeflate_free_decompressor(g->whole);
    free(g);
}

static const mc_codec codec = {.name = "gzip",
                               .member = "member",
                               .magic = "\x1f\x8b\x08",
                               .magic_size = 3,
                               .padded = true,
                               .held = true,
                               .begins = begins,
                               .start = start,
                               .step = step,
                               .decode = decode,
                               .free = free_gzip};

mc_status mc_decoder_gzip(mc_decoder *out, mc_error *error) {
    gzip *g;
    MC_TRY(MC_ALLOC(g, 1, error));
    g->whole = libdeflate_alloc_decompressor();
    if (!g->whole) {
        free(g);
        return mc_fail(error, MC_E_MEMORY, "out of memory for gzip");
    }
    return mc_members_create(out, &codec, g, error);
}
