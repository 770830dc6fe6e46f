/* The file behind a sink: written under a temporary name, then renamed. Internal to the sinks. */
#ifndef MC_IO_SINK_FILE_H
#define MC_IO_SINK_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "metacurate/base.h"

typedef struct mc_sink_file {
    int fd;
    char *path;
    char *temporary;    /* NULL: path is a device or pipe and is written itself */
    size_t folder_size; /* bytes of path up to and with its last slash */
} mc_sink_file;

MC_MUST_CHECK mc_status mc_sink_file_create(mc_sink_file *file, const char *path, mc_error *error);
/* Syncs, closes, renames, syncs the folder; on failure the temporary file is removed. Frees. */
MC_MUST_CHECK mc_status mc_sink_file_commit(mc_sink_file *file, mc_error *error);
/* Closes and removes. Frees. */
void mc_sink_file_discard(mc_sink_file *file);

/* What a compressing sink needs: the compressor's state and its two steps. Both write to fd. */
typedef struct mc_encoder {
    void *state;
    mc_status (*write)(void *state, int fd, const void *data, size_t size, const char *name,
                       mc_error *error);
    mc_status (*finish)(void *state, int fd, const char *name, mc_error *error);
    void (*free)(void *state);
} mc_encoder;

MC_MUST_CHECK mc_status mc_encoder_zstd(mc_encoder *out, int level, size_t n_threads,
                                        mc_error *error);

#endif
