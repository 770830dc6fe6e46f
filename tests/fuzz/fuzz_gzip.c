/* gzip sources of any bytes, against zlib member by member: what zlib decodes from the beginning
 * comes out the same; nothing is lost where zlib finds nothing wrong, and something is where it
 * does. Members behind damage are held to what zlib decodes at the place where reading goes on.
 *
 * The first byte of the input chooses the size of the reads and, from 0xf0 on, that a large member
 * comes before: what follows one is decoded the other way, step by step. */
#include <zlib.h>

#include "input_file.h"
#include "base/buffer.h"
#include "io/source.h"

#define LARGE ((size_t)5 << 20)
#define PIECE 65536u

/* Decodes the member at *at: its content is appended and *at moved behind it, if it is right. */
static bool decode_member(const mc_buffer *stored, size_t *at, mc_buffer *out) {
    z_stream z = {.next_in = (Bytef *)stored->data + *at, .avail_in = (uInt)(stored->size - *at)};
    size_t before = out->size;
    int result = Z_OK;
    check(inflateInit2(&z, 31) == Z_OK, "no zlib");
    while (result == Z_OK) {
        check(mc_buffer_reserve(out, PIECE, NULL) == MC_OK, "no memory");
        z.next_out = (Bytef *)out->data + out->size;
        z.avail_out = PIECE;
        result = inflate(&z, Z_NO_FLUSH);
        out->size += PIECE - z.avail_out;
    }
    if (result == Z_STREAM_END)
        *at = stored->size - z.avail_in;
    else
        out->size = before;
    inflateEnd(&z);
    return result == Z_STREAM_END;
}

/* Members one after another, with the zeros between them. */
static void decode_members(const mc_buffer *stored, size_t *at, mc_buffer *out) {
    while (*at < stored->size && decode_member(stored, at, out))
        while (*at < stored->size && stored->data[*at] == 0)
            ++*at;
}

static void append_large_member(mc_buffer *out) {
    static mc_buffer member;
    if (member.size == 0) {
        z_stream z = {.next_in = calloc(1, LARGE), .avail_in = LARGE};
        Bytef *zeros = z.next_in;
        check(zeros && deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK,
              "no memory");
        z.avail_out = (uInt)deflateBound(&z, LARGE);
        check(mc_buffer_reserve(&member, z.avail_out, NULL) == MC_OK, "no memory");
        z.next_out = (Bytef *)member.data;
        check(deflate(&z, Z_FINISH) == Z_STREAM_END, "no large member");
        member.size = z.total_out;
        deflateEnd(&z);
        free(zeros);
    }
    check(mc_buffer_append(out, member.data, member.size, NULL) == MC_OK, "no memory");
}

/* Checks what is said of damage, and moves *at to where reading goes on. */
static void follow(const char *message, const mc_buffer *stored, size_t *at) {
    unsigned long long from = 0, to = 0;
    const char *range = strstr(message, "; bytes "), *byte = strstr(message, " at byte ");
    if (!range && byte && sscanf(byte, " at byte %llu of", &from) == 1)
        to = from; /* nothing is lost */
    else
        check(range && sscanf(range, "; bytes %llu to %llu of", &from, &to) == 2,
              "no range is told");
    check(from == *at || (*at == 0 && to == stored->size), "damage where zlib finds none");
    check(from <= to && to <= stored->size, "a range beyond the file");
    *at = (size_t)to;
}

static void compare(const mc_buffer *stored, size_t piece) {
    static mc_buffer ours, theirs;
    mc_source *source;
    mc_error error = {0};
    ours.size = theirs.size = 0;
    size_t at = 0, got;
    decode_members(stored, &at, &theirs);
    bool alone = at == 0; /* and damaged: what it had before is delivered unless others follow */
    check(mc_source_open(&source, input_path("", stored->data, stored->size), &error) == MC_OK,
          "cannot be opened");
    for (mc_status status = MC_OK; status != MC_END;) {
        check(mc_buffer_reserve(&ours, piece, NULL) == MC_OK, "no memory");
        status = mc_source_read(source, ours.data + ours.size, piece, &got, &error);
        ours.size += got;
        if (status != MC_E_FORMAT) {
            check(status == MC_OK || status == MC_END, "a failure that is no damage");
            continue;
        }
        follow(error.message, stored, &at);
        alone = alone && at == stored->size;
        check(alone || ours.size == theirs.size, "other sizes before damage");
        size_t start = at;
        decode_members(stored, &at, &theirs);
        check(at > start || at == stored->size, "reading goes on where nothing is");
    }
    check(at == stored->size, "damage is passed over in silence");
    check(alone || ours.size == theirs.size, "other sizes");
    check(alone || ours.size == 0 || memcmp(ours.data, theirs.data, ours.size) == 0, "other bytes");
    mc_source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const size_t pieces[] = {1, 3, 100, 4096, 70000, (size_t)1 << 20, (size_t)8 << 20};
    static mc_buffer stored;
    if (size < 4)
        return 0;
    stored.size = 0;
    bool large = data[0] >= 0xf0;
    if (large)
        append_large_member(&stored);
    check(mc_buffer_append(&stored, data + 1, size - 1, NULL) == MC_OK, "no memory");
    memcpy(stored.data, "\x1f\x8b\x08", 3);
    compare(&stored, pieces[large ? 4 + data[0] % 3 : data[0] % 7]);
    return 0;
}
