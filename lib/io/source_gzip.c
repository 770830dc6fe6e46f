/* gzip (RFC 1952) over isa-l's inflate: member after member, each checked by its CRC and size.
 *
 * isa-l is given the deflate data alone. At the end of a member it holds up to eight bytes that it
 * took but did not need; these are read first, by the trailer, which is just as long. Where it
 * meets damage it holds content made before; that is handed out first. Zero bytes after the last
 * member (tape and block padding) are passed over; anything else is damage. */
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "io/stored.h"

enum {
    FLAG_HEADER_CRC = 2,
    FLAG_EXTRA = 4,
    FLAG_NAME = 8,
    FLAG_COMMENT = 16,
    FLAGS_RESERVED = 0xe0
};

typedef struct gzip_decoder {
    struct inflate_state inflate;
    bool in_member;
    uint64_t n_members;
    uint32_t member_size; /* modulo 2^32, as the trailer has it */
    uint32_t header_crc;
    uint64_t held; /* bytes isa-l took beyond the deflate data, lowest first */
    unsigned n_held;
    mc_status failed; /* of inflate; what it made before is still to be handed out */
    mc_error failure;
} gzip_decoder;

static mc_status truncated(const mc_stored *stored, mc_error *error) {
    return mc_fail(error, MC_E_FORMAT, "gzip data is truncated: the file ends at stored byte %llu",
                   (unsigned long long)mc_stored_position(stored));
}

static mc_status damaged(const gzip_decoder *gzip, const mc_stored *stored, const char *what,
                         mc_error *error) {
    return mc_fail(error, MC_E_FORMAT, "gzip data is damaged before stored byte %llu: %s",
                   (unsigned long long)(mc_stored_position(stored) - gzip->n_held), what);
}

static mc_status next_byte(gzip_decoder *gzip, mc_stored *stored, unsigned char *byte,
                           mc_error *error) {
    if (gzip->n_held > 0) {
        *byte = (unsigned char)gzip->held;
        gzip->held >>= 8;
        gzip->n_held--;
    } else {
        mc_status status = mc_stored_fill(stored, error);
        if (status != MC_OK)
            return status == MC_END ? truncated(stored, error) : status;
        *byte = stored->data[stored->begin++];
    }
    gzip->header_crc = crc32_gzip_refl(gzip->header_crc, byte, 1);
    return MC_OK;
}

static mc_status next_number(gzip_decoder *gzip, mc_stored *stored, unsigned n_bytes,
                             uint32_t *number, mc_error *error) {
    *number = 0;
    for (unsigned i = 0; i < n_bytes; i++) {
        unsigned char byte;
        MC_TRY(next_byte(gzip, stored, &byte, error));
        *number |= (uint32_t)byte << 8 * i;
    }
    return MC_OK;
}

static mc_status skip_string(gzip_decoder *gzip, mc_stored *stored, mc_error *error) {
    unsigned char byte;
    do
        MC_TRY(next_byte(gzip, stored, &byte, error));
    while (byte != 0);
    return MC_OK;
}

static mc_status read_header(gzip_decoder *gzip, mc_stored *stored, mc_error *error) {
    uint32_t number, flags;
    gzip->header_crc = 0;
    MC_TRY(next_number(gzip, stored, 2, &number, error));
    if (number != 0x8b1f)
        return damaged(gzip, stored, "what follows the last member is no gzip data", error);
    MC_TRY(next_number(gzip, stored, 1, &number, error));
    if (number != 8)
        return damaged(gzip, stored, "unknown compression method", error);
    MC_TRY(next_number(gzip, stored, 1, &flags, error));
    if (flags & FLAGS_RESERVED)
        return damaged(gzip, stored, "reserved flags are set", error);
    MC_TRY(next_number(gzip, stored, 4, &number, error)); /* time */
    MC_TRY(next_number(gzip, stored, 2, &number, error)); /* level, system */
    if (flags & FLAG_EXTRA) {
        uint32_t size;
        MC_TRY(next_number(gzip, stored, 2, &size, error));
        while (size-- > 0)
            MC_TRY(next_number(gzip, stored, 1, &number, error));
    }
    if (flags & FLAG_NAME)
        MC_TRY(skip_string(gzip, stored, error));
    if (flags & FLAG_COMMENT)
        MC_TRY(skip_string(gzip, stored, error));
    if (flags & FLAG_HEADER_CRC) {
        uint32_t crc = gzip->header_crc & 0xffff;
        MC_TRY(next_number(gzip, stored, 2, &number, error));
        if (number != crc)
            return damaged(gzip, stored, "the header's checksum is wrong", error);
    }
    return MC_OK;
}

/* MC_OK at the start of a member's data, MC_END after the last member. */
static mc_status begin_member(gzip_decoder *gzip, mc_stored *stored, mc_error *error) {
    MC_TRY(mc_stored_fill(stored, error));
    if (gzip->n_members > 0 && stored->data[stored->begin] == 0) {
        do {
            while (stored->begin < stored->end && stored->data[stored->begin] == 0)
                stored->begin++;
            if (stored->begin < stored->end)
                return damaged(gzip, stored, "what follows the last member is no gzip data", error);
            MC_TRY(mc_stored_fill(stored, error));
        } while (true);
    }
    MC_TRY(read_header(gzip, stored, error));
    isal_inflate_init(&gzip->inflate);
    gzip->inflate.crc_flag = ISAL_GZIP_NO_HDR;
    gzip->in_member = true;
    gzip->member_size = 0;
    gzip->n_members++;
    return MC_OK;
}

static mc_status end_member(gzip_decoder *gzip, mc_stored *stored, mc_error *error) {
    unsigned n_bits = (unsigned)gzip->inflate.read_in_length;
    gzip->held = gzip->inflate.read_in >> n_bits % 8;
    gzip->n_held = n_bits / 8;
    gzip->in_member = false;
    uint32_t crc, size;
    MC_TRY(next_number(gzip, stored, 4, &crc, error));
    MC_TRY(next_number(gzip, stored, 4, &size, error));
    if (crc != gzip->inflate.crc)
        return damaged(gzip, stored, "the content's checksum is wrong", error);
    if (size != gzip->member_size)
        return damaged(gzip, stored, "the content's size is wrong", error);
    return MC_OK;
}

/* One step of inflate: some bytes in, some out. */
static mc_status inflate_some(gzip_decoder *gzip, mc_stored *stored, char *out, size_t size,
                              size_t *got, mc_error *error) {
    struct inflate_state *inflate = &gzip->inflate;
    size_t room = size - *got;
    uint32_t avail_in = (uint32_t)(stored->end - stored->begin);
    uint32_t avail_out = room < (1u << 30) ? (uint32_t)room : 1u << 30;
    inflate->next_in = stored->data + stored->begin;
    inflate->avail_in = avail_in;
    inflate->next_out = (uint8_t *)out + *got;
    inflate->avail_out = avail_out;
    int result = isal_inflate(inflate);
    uint32_t used = avail_in - inflate->avail_in, made = avail_out - inflate->avail_out;
    stored->begin += used;
    *got += made;
    gzip->member_size += made;
    if (result != ISAL_DECOMP_OK) {
        gzip->failed = damaged(gzip, stored, "invalid deflate data", &gzip->failure);
        return MC_OK;
    }
    if (inflate->block_state == ISAL_BLOCK_FINISH)
        return end_member(gzip, stored, error);
    if (used > 0 || made > 0)
        return MC_OK;
    if (avail_in > 0)
        return damaged(gzip, stored, "invalid deflate data", error);
    mc_status status = mc_stored_fill(stored, error);
    return status == MC_END ? truncated(stored, error) : status;
}

/* What inflate made but could not write when it failed; then the failure. */
static mc_status rescue(gzip_decoder *gzip, char *out, size_t size, size_t *got, mc_error *error) {
    struct inflate_state *inflate = &gzip->inflate;
    size_t left = (size_t)(inflate->tmp_out_valid - inflate->tmp_out_processed);
    size_t n = left < size - *got ? left : size - *got;
    memcpy(out + *got, inflate->tmp_out_buffer + inflate->tmp_out_processed, n);
    inflate->tmp_out_processed += (int32_t)n;
    *got += n;
    if (*got == size)
        return MC_OK;
    if (error)
        *error = gzip->failure;
    return gzip->failed;
}

static mc_status read_gzip(void *state, mc_stored *stored, char *out, size_t size, size_t *got,
                           mc_error *error) {
    gzip_decoder *gzip = state;
    *got = 0;
    while (*got < size) {
        if (gzip->failed != MC_OK)
            return rescue(gzip, out, size, got, error);
        if (!gzip->in_member)
            MC_TRY(begin_member(gzip, stored, error));
        MC_TRY(inflate_some(gzip, stored, out, size, got, error));
    }
    return MC_OK;
}

mc_status mc_decoder_gzip(mc_decoder *out, mc_error *error) {
    gzip_decoder *gzip;
    MC_TRY(MC_ALLOC(gzip, 1, error));
    *out = (mc_decoder){.state = gzip, .read = read_gzip, .free = free};
    return MC_OK;
}
