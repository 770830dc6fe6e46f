/* Atomic sinks: a buffer over a file under its temporary name, with a compressor between them if
 * asked for. The first failure is kept and makes commit fail. */
#include "io/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/sink_file.h"
#include "metacurate/io.h"

#define BUFFER_BYTES (256u << 10)

struct mc_sink {
    mc_sink_file file;
    mc_encoder encoder; /* without write: raw */
    char *buffer;
    size_t used;
    uint64_t written;
    mc_status failed;
    mc_error failure;
};

static mc_status create(mc_sink **out, const char *path, const mc_encoder *encoder,
                        mc_error *error) {
    mc_sink *sink;
    *out = NULL;
    MC_TRY(MC_ALLOC(sink, 1, error));
    mc_status status = mc_alloc(&sink->buffer, BUFFER_BYTES, 1, error);
    if (status == MC_OK)
        status = mc_sink_file_create(&sink->file, path, error);
    if (status != MC_OK) {
        free(sink->buffer);
        free(sink);
        return status;
    }
    if (encoder)
        sink->encoder = *encoder;
    *out = sink;
    return MC_OK;
}

mc_status mc_sink_create(mc_sink **out, const char *path, mc_error *error) {
    return create(out, path, NULL, error);
}

mc_status mc_sink_create_zstd(mc_sink **out, const char *path, int level, size_t n_threads,
                              mc_error *error) {
    mc_encoder encoder;
    *out = NULL;
    MC_TRY(mc_encoder_zstd(&encoder, level, n_threads, error));
    mc_status status = create(out, path, &encoder, error);
    if (status != MC_OK)
        encoder.free(encoder.state);
    return status;
}

static mc_status keep_failure(mc_sink *sink, mc_status status, mc_error *error) {
    if (status != MC_OK) {
        sink->failed = status;
        if (error)
            *error = sink->failure;
    }
    return status;
}

static mc_status put(mc_sink *sink, const void *data, size_t size) {
    if (sink->encoder.write)
        return sink->encoder.write(sink->encoder.state, sink->file.fd, data, size, sink->file.path,
                                   &sink->failure);
    return mc_write_all(sink->file.fd, data, size, sink->file.path, &sink->failure);
}

static mc_status flush(mc_sink *sink) {
    mc_status status = put(sink, sink->buffer, sink->used);
    sink->used = 0;
    return status;
}

static mc_status write_bytes(mc_sink *sink, const void *data, size_t size) {
    if (size > BUFFER_BYTES - sink->used)
        MC_TRY(flush(sink));
    sink->written += size;
    if (size >= BUFFER_BYTES)
        return put(sink, data, size);
    if (size > 0)
        memcpy(sink->buffer + sink->used, data, size);
    sink->used += size;
    return MC_OK;
}

mc_status mc_sink_write(mc_sink *sink, const void *data, size_t size, mc_error *error) {
    mc_status status = sink->failed;
    if (status == MC_OK)
        status = write_bytes(sink, data, size);
    return keep_failure(sink, status, error);
}

uint64_t mc_sink_written(const mc_sink *sink) {
    return sink->written;
}

static mc_status rewrite(mc_sink *sink, uint64_t offset, const char *data, size_t size) {
    if (sink->encoder.write || offset > sink->written || size > sink->written - offset)
        return mc_fail(&sink->failure, MC_E_ARGUMENT,
                       "only bytes already written can be rewritten");
    MC_TRY(flush(sink));
    while (size > 0) {
        ssize_t n = pwrite(sink->file.fd, data, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            mc_status status =
                mc_fail(&sink->failure, MC_E_IO, "cannot be written: %s", strerror(errno));
            mc_error_place(&sink->failure, sink->file.path, MC_NONE, MC_NONE);
            return status;
        }
        data += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return MC_OK;
}

mc_status mc_sink_rewrite(mc_sink *sink, uint64_t offset, const void *data, size_t size,
                          mc_error *error) {
    mc_status status = sink->failed;
    if (status == MC_OK)
        status = rewrite(sink, offset, data, size);
    return keep_failure(sink, status, error);
}

static void free_sink(mc_sink **sink) {
    if ((*sink)->encoder.free)
        (*sink)->encoder.free((*sink)->encoder.state);
    free((*sink)->buffer);
    free(*sink);
    *sink = NULL;
}

mc_status mc_sink_commit(mc_sink **sink, mc_error *error) {
    mc_sink *s = *sink;
    mc_status status = s->failed;
    if (status == MC_OK)
        status = flush(s);
    if (status == MC_OK && s->encoder.finish)
        status = s->encoder.finish(s->encoder.state, s->file.fd, s->file.path, &s->failure);
    if (status == MC_OK)
        status = mc_sink_file_commit(&s->file, &s->failure);
    else
        mc_sink_file_discard(&s->file);
    status = keep_failure(s, status, error);
    free_sink(sink);
    return status;
}

void mc_sink_discard(mc_sink **sink) {
    if (!*sink)
        return;
    mc_sink_file_discard(&(*sink)->file);
    free_sink(sink);
}

mc_status mc_write_file(const char *path, const void *data, size_t size, mc_error *error) {
    mc_sink *sink;
    MC_TRY(mc_sink_create(&sink, path, error));
    mc_status status = mc_sink_write(sink, data, size, error);
    if (status == MC_OK)
        return mc_sink_commit(&sink, error);
    mc_sink_discard(&sink);
    return status;
}
