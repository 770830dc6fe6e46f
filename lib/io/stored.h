/* Stored bytes: what a file, standard input, a server or a command delivers, before decompression;
 * buffered, and hashed on the way. And the interface of the decoders that draw on it.
 * Internal to the byte sources. */
#ifndef MC_IO_STORED_H
#define MC_IO_STORED_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/hash.h"
#include "io/remote.h"
#include "metacurate/base.h"

typedef struct mc_stored {
    char *name;        /* for messages */
    int fd;            /* -1: none, but a remote file */
    mc_remote *remote; /* or NULL */
    pid_t child;       /* the command that writes what is read; 0: none */
    uint64_t size;     /* of the file; 0: unknown */
    uint64_t taken;    /* bytes read so far */
    bool ended;        /* nothing more comes: the end, or a failure */
    mc_status failed;  /* MC_OK, or what ended it */
    mc_error failure;
    XXH3_state_t *hash; /* of the bytes taken */
    unsigned char *data;
    size_t capacity;   /* of data */
    size_t begin, end; /* data[begin, end): taken, but not used yet */
} mc_stored;

/* Opens a file, a URL or "-". On failure *stored needs no closing. */
MC_MUST_CHECK mc_status mc_stored_open(mc_stored *stored, const char *path, mc_error *error);
/* Opens a URL; see mc_remote_open about cancel. */
MC_MUST_CHECK mc_status mc_stored_open_remote(mc_stored *stored, const char *url,
                                              const atomic_int *cancel, mc_error *error);
/* Starts `sh -c command` with every {} replaced by the quoted path. */
MC_MUST_CHECK mc_status mc_stored_run(mc_stored *stored, const char *command, const char *path,
                                      mc_error *error);
void mc_stored_close(mc_stored *stored);

/* Takes over fd (-1: none), and the child that writes to it (0: none), both closed on failure. */
MC_MUST_CHECK mc_status mc_stored_init(mc_stored *stored, const char *name, int fd, pid_t child,
                                       mc_error *error);

/* Makes data[begin, end) non-empty: MC_OK, MC_END or a failure. */
MC_MUST_CHECK mc_status mc_stored_fill(mc_stored *stored, mc_error *error);
/* Has n bytes in data[begin, end), or fewer where the end or a failure comes before (the next fill
 * reports it). The memory grows with n. MC_E_MEMORY is the only failure. */
MC_MUST_CHECK mc_status mc_stored_peek(mc_stored *stored, size_t n, mc_error *error);
/* Reads up to size bytes, first from the buffer, then past it: MC_OK with *got > 0, MC_END or a
 * failure. */
MC_MUST_CHECK mc_status mc_stored_read(mc_stored *stored, char *out, size_t size, size_t *got,
                                       mc_error *error);

/* Offset of the next byte to be used. */
static inline uint64_t mc_stored_position(const mc_stored *stored) {
    return stored->taken - (stored->end - stored->begin);
}

/* Waits for the child: MC_OK when it ended with status 0, else MC_E_IO saying how it ended. */
MC_MUST_CHECK mc_status mc_child_wait(pid_t child, mc_error *error);
/* Ends the child, kindly at first. */
void mc_child_end(pid_t child);

/* A decoder turns stored bytes into content. */
typedef struct mc_decoder {
    void *state;
    /* Fills out to size bytes: MC_OK when it is full; else MC_END or a failure, with the *got bytes
     * that came before it. After MC_E_FORMAT the next call goes on behind the damage. */
    mc_status (*read)(void *state, mc_stored *stored, char *out, size_t size, size_t *got,
                      mc_error *error);
    void (*free)(void *state);
} mc_decoder;

MC_MUST_CHECK mc_status mc_decoder_gzip(mc_decoder *out, mc_error *error);
MC_MUST_CHECK mc_status mc_decoder_zstd(mc_decoder *out, mc_error *error);
MC_MUST_CHECK mc_status mc_decoder_bzip2(mc_decoder *out, mc_error *error);

#endif
