/* Byte sources: stored bytes through the decoder that their first bytes call for.
 *
 * A failure that comes after good bytes is kept for the next call, so a reader can take everything
 * up to the damage and then learn what it was. */
#include "io/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "io/stored.h"

struct mc_source {
    mc_stored stored;
    mc_decoder decoder; /* without read: not told yet */
    uint64_t produced;
    bool ended;
    mc_status pending; /* a failure to be reported by the next read */
    mc_error failure;
};

static mc_status read_plain(void *state, mc_stored *stored, char *out, size_t size, size_t *got,
                            mc_error *error) {
    (void)state;
    *got = 0;
    while (*got < size) {
        size_t n;
        MC_TRY(mc_stored_read(stored, out + *got, size - *got, &n, error));
        *got += n;
    }
    return MC_OK;
}

/* Bytes of data that agree with a magic number. */
static size_t agreeing(const unsigned char *data, const char *magic, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += data[i] == (unsigned char)magic[i];
    return n;
}

/* True when data begins with a magic number, of which one byte may be wrong, as damage makes it;
 * at the end of a short file its first `enough` bytes will do. No text begins so: for gzip and zstd
 * it were no UTF-8. */
static bool begins_with(const unsigned char *data, size_t have, const char *magic, size_t size,
                        size_t enough) {
    if (have < size)
        return have >= enough && agreeing(data, magic, have) == have;
    return agreeing(data, magic, size) + 1 >= size;
}

static bool begins_with_skippable_frame(const unsigned char *data, size_t have) {
    return have >= 4 && (data[0] & 0xf0) == 0x50 && agreeing(data + 1, "\x2a\x4d\x18", 3) == 3;
}

/* The level, a digit, is as good as right; then comes a block, or in an empty stream its end. */
static bool begins_with_bzip2(const unsigned char *data, size_t have) {
    char magic[] = "BZh91AY&SY";
    if (have > 3 && data[3] >= '1' && data[3] <= '9')
        magic[3] = (char)data[3];
    if (begins_with(data, have, magic, 10, 4))
        return true;
    memcpy(magic + 4, "\x17\x72\x45\x38\x50\x90", 6);
    return begins_with(data, have, magic, 10, 4);
}

static mc_status tell_decoder(mc_source *source, mc_error *error) {
    MC_TRY(mc_stored_peek(&source->stored, 10, error));
    const unsigned char *data = source->stored.data + source->stored.begin;
    size_t have = source->stored.end - source->stored.begin;
    if (begins_with(data, have, "\x1f\x8b\x08", 3, 2))
        return mc_decoder_gzip(&source->decoder, error);
    if (begins_with(data, have, "\x28\xb5\x2f\xfd", 4, 2) ||
        begins_with_skippable_frame(data, have))
        return mc_decoder_zstd(&source->decoder, error);
    if (begins_with_bzip2(data, have))
        return mc_decoder_bzip2(&source->decoder, error);
    source->decoder.read = read_plain;
    return MC_OK;
}

mc_status mc_source_open_cancel(mc_source **out, const char *path, const atomic_int *cancel,
                                mc_error *error) {
    MC_TRY(MC_ALLOC(*out, 1, error));
    mc_stored *stored = &(*out)->stored;
    mc_status status = mc_remote_is(path) ? mc_stored_open_remote(stored, path, cancel, error)
                                          : mc_stored_open(stored, path, error);
    if (status != MC_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

mc_status mc_source_open(mc_source **out, const char *path, mc_error *error) {
    return mc_source_open_cancel(out, path, NULL, error);
}

mc_status mc_source_open_command(mc_source **out, const char *command, const char *path,
                                 mc_error *error) {
    MC_TRY(MC_ALLOC(*out, 1, error));
    (*out)->decoder.read = read_plain;
    mc_status status = mc_stored_run(&(*out)->stored, command, path, error);
    if (status != MC_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

static mc_status report(mc_source *source, mc_error *error) {
    mc_status status = source->pending;
    source->pending = MC_OK;
    if (error) {
        *error = source->failure;
        mc_error_place(error, source->stored.name, MC_NONE, source->produced);
    }
    return status;
}

mc_status mc_source_read(mc_source *source, void *out, size_t size, size_t *got, mc_error *error) {
    *got = 0;
    if (source->pending != MC_OK)
        return report(source, error);
    if (source->ended)
        return MC_END;
    if (size == 0)
        return MC_OK;
    mc_status status = MC_OK;
    if (!source->decoder.read)
        status = tell_decoder(source, &source->failure);
    if (status == MC_OK)
        status = source->decoder.read(source->decoder.state, &source->stored, out, size, got,
                                      &source->failure);
    source->produced += *got;
    if (status == MC_OK)
        return MC_OK;
    source->ended = status != MC_E_FORMAT;
    if (status != MC_END)
        source->pending = status;
    if (*got > 0)
        return MC_OK;
    return status == MC_END ? MC_END : report(source, error);
}

uint64_t mc_source_taken(const mc_source *source) {
    return source->stored.taken;
}

uint64_t mc_source_size(const mc_source *source) {
    return source->stored.size;
}

/* Reads to the end, for the hash alone. */
static mc_status digest_rest(mc_stored *stored, mc_u128 *digest, uint64_t *size, mc_error *error) {
    mc_status status;
    do
        stored->begin = stored->end;
    while ((status = mc_stored_fill(stored, error)) == MC_OK);
    if (status != MC_END) {
        mc_error_place(error, stored->name, MC_NONE, MC_NONE);
        return status;
    }
    XXH128_hash_t hash = XXH3_128bits_digest(stored->hash);
    *digest = (mc_u128){hash.high64, hash.low64};
    *size = stored->taken;
    return MC_OK;
}

mc_status mc_source_digest(mc_source *source, mc_u128 *digest, uint64_t *size, mc_error *error) {
    return digest_rest(&source->stored, digest, size, error);
}

void mc_source_close(mc_source *source) {
    if (!source)
        return;
    mc_stored_close(&source->stored);
    if (source->decoder.free)
        source->decoder.free(source->decoder.state);
    free(source);
}

mc_status mc_digest_file(const char *path, mc_u128 *digest, uint64_t *size, mc_error *error) {
    mc_stored stored;
    MC_TRY(mc_stored_open(&stored, path, error));
    mc_status status = digest_rest(&stored, digest, size, error);
    mc_stored_close(&stored);
    return status;
}
