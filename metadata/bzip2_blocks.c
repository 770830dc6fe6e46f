/* A block begins with 48 bits of pi, a stream ends with 48 bits of its square root, at any bit of
 * the file. The file is searched for both: three bytes in a row are looked up in tables of the
 * sixteen ways (two numbers, eight shifts) in which they may lie within one, and what passes is
 * compared. (The bits of pi turn up by chance once in 2^48 bits; then a block is taken for two
 * damaged ones.) To decode a block, it is made a stream of its own. */
#include "metadata/bzip2_blocks.h"

#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "io/stored.h"

#define BLOCK_MAGIC UINT64_C(0x314159265359)
#define END_MAGIC UINT64_C(0x177245385090)
#define MAGIC_BITS 48
#define MAGIC_MASK ((UINT64_C(1) << MAGIC_BITS) - 1)
/* Symbols of up to 20 bits for 900,000 bytes, and tables. */
#define BLOCK_MAX_BYTES ((size_t)2500000)
#define PIECE ((size_t)256 << 10)
/* Between a block and the next: the end of a stream and a header, with padding. */
#define BETWEEN_BYTES 32
/* A block's bytes, each run of 255 of them stored as 5. */
#define DECODED_MAX ((size_t)900000 * 51 + 1024)

typedef enum found { NONE, BLOCK, END } found;

struct mc_bzip2_reader {
    mc_stored stored;
    uint16_t second[256], third[256], fourth[256]; /* bit 8 * kind + shift */
    size_t at;                                     /* of the window: searched up to here */
    bool in_block; /* the window begins with the byte a block begins in */
    unsigned first_bit, level;
    bool ended;
};

void mc_bzip2_hold(mc_bzip2_block *block) {
    atomic_fetch_add(&block->users, 1);
}

void mc_bzip2_release(mc_bzip2_block *block) {
    if (block && atomic_fetch_sub(&block->users, 1) == 1)
        free(block);
}

static void make_tables(mc_bzip2_reader *r) {
    static const uint64_t magics[2] = {BLOCK_MAGIC, END_MAGIC};
    for (unsigned kind = 0; kind < 2; kind++) {
        for (unsigned shift = 0; shift < 8; shift++) {
            uint16_t bit = (uint16_t)(1u << (8 * kind + shift));
            r->second[magics[kind] >> (32 + shift) & 0xFF] |= bit;
            r->third[magics[kind] >> (24 + shift) & 0xFF] |= bit;
            r->fourth[magics[kind] >> (16 + shift) & 0xFF] |= bit;
        }
    }
}

static const unsigned char *window(const mc_bzip2_reader *r) {
    return r->stored.data + r->stored.begin;
}

static size_t window_size(const mc_bzip2_reader *r) {
    return r->stored.end - r->stored.begin;
}

/* 56 bits from p on. */
static uint64_t read_bits(const unsigned char *p) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < 7; i++)
        bits = bits << 8 | p[i];
    return bits;
}

/* The next magic number that begins in data[*at, size - 6); *at is where it begins or the search
 * ended. */
static found search(const mc_bzip2_reader *r, const unsigned char *data, size_t size, size_t *at,
                    unsigned *shift) {
    for (; *at + 7 <= size; (*at)++) {
        const unsigned char *p = data + *at;
        unsigned fits = r->second[p[1]];
        if (!fits || !(fits &= r->third[p[2]]) || !(fits &= r->fourth[p[3]]))
            continue;
        uint64_t bits = read_bits(p);
        for (unsigned i = 0; i < 16; i++)
            if (fits >> i & 1 &&
                (bits >> (8 - i % 8) & MAGIC_MASK) == (i < 8 ? BLOCK_MAGIC : END_MAGIC)) {
                *shift = i % 8;
                return i < 8 ? BLOCK : END;
            }
    }
    return NONE;
}

static bool has_header(const unsigned char *p) {
    return memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9';
}

mc_status mc_bzip2_open(mc_bzip2_reader **out, const char *path, mc_error *error) {
    mc_bzip2_reader *r;
    *out = NULL;
    MC_TRY(MC_ALLOC(r, 1, error));
    mc_status status = mc_stored_open(&r->stored, path, error);
    if (status != MC_OK) {
        free(r);
        return status;
    }
    status = mc_stored_peek(&r->stored, 10, error);
    if (status == MC_OK &&
        (window_size(r) < 10 || !has_header(window(r)) || memcmp(window(r) + 4, "1AY&SY", 6) != 0))
        status = MC_END;
    if (status != MC_OK) {
        mc_bzip2_close(r);
        return status;
    }
    make_tables(r);
    r->level = 9;
    *out = r;
    return MC_OK;
}

void mc_bzip2_close(mc_bzip2_reader *reader) {
    if (!reader)
        return;
    mc_stored_close(&reader->stored);
    free(reader);
}

/* A block of the window's first n_bits from first_bit on (0: a stretch without a block). */
static mc_status make_block(const mc_bzip2_reader *r, uint64_t n_bits, bool last,
                            mc_bzip2_block **out, mc_error *error) {
    size_t size = (size_t)((r->first_bit + n_bits + 7) / 8);
    mc_bzip2_block *block = malloc(sizeof *block + size);
    if (!block)
        return mc_fail(error, MC_E_MEMORY, "out of memory: %zu bytes could not be had", size);
    *block = (mc_bzip2_block){.offset = mc_stored_position(&r->stored),
                              .n_bits = n_bits,
                              .first_bit = r->first_bit,
                              .level = r->level,
                              .last = last};
    atomic_init(&block->users, 1);
    if (n_bits > 0)
        memcpy(block->bytes, window(r), size);
    *out = block;
    return MC_OK;
}

/* Moves the window on to its byte `to`. */
static void move(mc_bzip2_reader *r, size_t to) {
    r->stored.begin += to;
    r->at = 0;
}

/* Acts on what lies at r->at; *out is set when a block ended there. */
static mc_status take(mc_bzip2_reader *r, found what, unsigned shift, mc_bzip2_block **out,
                      mc_error *error) {
    size_t at = r->at;
    if (r->in_block)
        MC_TRY(make_block(r, 8 * (uint64_t)at + shift - r->first_bit, what == END, out, error));
    else if (at > BETWEEN_BYTES)
        MC_TRY(make_block(r, 0, true, out, error));
    if (what == BLOCK && shift == 0 && at >= 4 && has_header(window(r) + at - 4))
        r->level = (unsigned)(window(r)[at - 1] - '0');
    r->in_block = what == BLOCK;
    r->first_bit = what == BLOCK ? shift : 0;
    move(r, at);
    r->at = 6;
    return MC_OK;
}

static mc_status next(mc_bzip2_reader *r, mc_bzip2_block **out, mc_error *error) {
    unsigned shift = 0;
    while (!*out) {
        found what = search(r, window(r), window_size(r), &r->at, &shift);
        if (what != NONE) {
            MC_TRY(take(r, what, shift, out, error));
            continue;
        }
        if (window_size(r) >= BLOCK_MAX_BYTES) {
            uint64_t n_bits = r->in_block ? 8 * (uint64_t)r->at - r->first_bit : 0;
            MC_TRY(make_block(r, n_bits, true, out, error));
            r->in_block = false;
            r->first_bit = 0;
            move(r, r->at);
            continue;
        }
        size_t have = window_size(r);
        MC_TRY(mc_stored_peek(&r->stored, have + PIECE, error));
        if (window_size(r) > have)
            continue;
        r->ended = true;
        if (r->in_block)
            return make_block(r, 8 * (uint64_t)have - r->first_bit, true, out, error);
        if (have > BETWEEN_BYTES)
            return make_block(r, 0, true, out, error);
        return MC_END;
    }
    return MC_OK;
}

mc_status mc_bzip2_next(mc_bzip2_reader *reader, mc_bzip2_block **block, mc_error *error) {
    *block = NULL;
    if (!reader->ended) {
        mc_status status = next(reader, block, error);
        if (status != MC_END)
            return status;
    }
    reader->stored.begin = reader->stored.end;
    return mc_stored_fill(&reader->stored, error);
}

uint64_t mc_bzip2_taken(const mc_bzip2_reader *reader) {
    return reader->stored.taken;
}

void mc_bzip2_digest(const mc_bzip2_reader *reader, mc_u128 *digest, uint64_t *size) {
    XXH128_hash_t hash = XXH3_128bits_digest(reader->stored.hash);
    *digest = (mc_u128){hash.high64, hash.low64};
    *size = reader->stored.taken;
}

/* Whole bytes of bytes from first_bit on. */
static void copy_bytes(unsigned char *out, const unsigned char *bytes, unsigned first_bit,
                       size_t n) {
    if (first_bit == 0) {
        memcpy(out, bytes, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)(bytes[i] << first_bit | bytes[i + 1] >> (8 - first_bit));
}

/* Appends n_bits of bytes from first_bit on, at the bit *n of out, which is zero from there on. */
static void append_bits(unsigned char *out, uint64_t *n, const unsigned char *bytes,
                        uint64_t first_bit, uint64_t n_bits) {
    for (uint64_t done = 0; done < n_bits; done += 8) {
        uint64_t from = first_bit + done;
        unsigned left = n_bits - done < 8 ? (unsigned)(n_bits - done) : 8;
        unsigned value = (unsigned)bytes[from / 8] << 8;
        if (from % 8 + left > 8)
            value |= bytes[from / 8 + 1];
        value = value >> (8 - from % 8) & 0xFF & (0xFF00u >> left);
        unsigned placed = value << (8 - *n % 8);
        out[*n / 8] |= (unsigned char)(placed >> 8);
        if (placed & 0xFF)
            out[*n / 8 + 1] |= (unsigned char)placed;
        *n += left;
    }
}

/* The block as a stream of its own: header, block, end and the checksum of a stream of one block,
 * which is the block's. */
static mc_status make_stream(const mc_bzip2_block *block, mc_buffer *stored, mc_error *error) {
    static const unsigned char end[6] = {0x17, 0x72, 0x45, 0x38, 0x50, 0x90};
    size_t size = (size_t)(block->n_bits / 8) + 32;
    stored->size = 0;
    MC_TRY(mc_buffer_reserve(stored, size, error));
    unsigned char *out = (unsigned char *)stored->data;
    memset(out, 0, size);
    memcpy(out, "BZh9", 4);
    uint64_t n = 32;
    size_t whole = (size_t)(block->n_bits / 8);
    copy_bytes(out + 4, block->bytes, block->first_bit, whole);
    n += 8 * (uint64_t)whole;
    append_bits(out, &n, block->bytes, block->first_bit + n - 32, block->n_bits % 8);
    append_bits(out, &n, end, 0, 48);
    append_bits(out, &n, block->bytes, block->first_bit + 48, 32);
    stored->size = (size_t)((n + 7) / 8);
    return MC_OK;
}

mc_status mc_bzip2_decode(const mc_bzip2_block *block, mc_buffer *stored, mc_buffer *out,
                          mc_error *error) {
    if (block->n_bits < 48 + 32)
        return mc_fail(error, MC_E_FORMAT, "there is no bzip2 block where there should be one");
    MC_TRY(make_stream(block, stored, error));
    bz_stream stream = {.next_in = stored->data, .avail_in = (unsigned)stored->size};
    if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
        return mc_fail(error, MC_E_MEMORY, "out of memory for the bzip2 decoder");
    size_t begin = out->size, room = (size_t)1 << 20;
    mc_status status = MC_OK;
    int result = BZ_OK;
    while (result == BZ_OK && status == MC_OK) {
        status = mc_buffer_reserve(out, room, error);
        if (status != MC_OK)
            break;
        stream.next_out = out->data + out->size;
        stream.avail_out = (unsigned)room;
        unsigned left = stream.avail_in;
        result = BZ2_bzDecompress(&stream);
        size_t made = room - stream.avail_out;
        out->size += made;
        if (out->size - begin > DECODED_MAX || (made == 0 && stream.avail_in == left))
            break;
    }
    BZ2_bzDecompressEnd(&stream);
    if (status == MC_OK && result == BZ_MEM_ERROR)
        status = mc_fail(error, MC_E_MEMORY, "out of memory for the bzip2 decoder");
    else if (status == MC_OK && result != BZ_STREAM_END)
        status = mc_fail(error, MC_E_FORMAT, "the bzip2 block is damaged or cut off");
    if (status != MC_OK)
        out->size = begin;
    return status;
}
