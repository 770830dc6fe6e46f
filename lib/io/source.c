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

/* True when what is there agrees with a magic number; at the end of a short file its first two
 * bytes will do, which no text begins with (they are no UTF-8). */
static bool begins_with(const mc_stored *stored, const char *magic, size_t size) {
    size_t have = stored->end - stored->begin;
    if (have < 2)
        return false;
    return memcmp(stored->data + stored->begin, magic, have < size ? have : size) == 0;
}

static bool begins_with_skippable_frame(const mc_stored *stored) {
    const unsigned char *data = stored->data + stored->begin;
    return stored->end - stored->begin >= 4 && (data[0] & 0xf0) == 0x50 &&
           memcmp(data + 1, "\x2a\x4d\x18", 3) == 0;
}

static mc_status tell_decoder(mc_source *source, mc_error *error) {
    MC_TRY(mc_stored_peek(&source->stored, 4, error));
    if (begins_with(&source->stored, "\x1f\x8b", 2))
        return mc_decoder_gzip(&source->decoder, error);
    if (begins_with(&source->stored, "\x28\xb5\x2f\xfd", 4) ||
        begins_with_skippable_frame(&source->stored))
        return mc_decoder_zstd(&source->decoder, error);
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
    source->ended = true;
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
