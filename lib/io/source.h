/* Byte sources: a file, standard input, a file on a server or a command's output, decompressed on
 * the way. Compression is told by content: gzip (any number of members), zstd (any number of
 * frames), bzip2 (any number of streams), plain. One thread at a time. */
#ifndef MC_IO_SOURCE_H
#define MC_IO_SOURCE_H

#include "base/hash.h"
#include "metacurate/base.h"

typedef struct mc_source mc_source;

/* Opens path ("-" is standard input; http:// and https:// are asked of a server). MC_E_IO when it
 * cannot be read (a folder included). */
MC_MUST_CHECK mc_status mc_source_open(mc_source **out, const char *path, mc_error *error);
/* The same, with waiting for a server ended by MC_E_INTERRUPTED once *cancel is not 0. cancel
 * (NULL: none) is borrowed until the close. */
MC_MUST_CHECK mc_status mc_source_open_cancel(mc_source **out, const char *path,
                                              const atomic_int *cancel, mc_error *error);

/* Runs `sh -c command` with every {} replaced by the shell-quoted path and reads what it prints
 * (not decompressed). A command that ends with a status other than 0 fails the read that meets its
 * end, with MC_E_IO. The child is in the reader's process group; close ends it (what it started in
 * turn ends at its next write to the closed pipe). */
MC_MUST_CHECK mc_status mc_source_open_command(mc_source **out, const char *command,
                                               const char *path, mc_error *error);

/* Reads until size bytes are there or the source ends: *got < size only at the end (MC_OK, then
 * MC_END with *got 0) or before damage. Damage (truncated or corrupt compressed data, a read error)
 * is reported once, by the call after the one that delivered the last good byte, as MC_E_FORMAT or
 * MC_E_IO. After MC_E_IO comes MC_END. After MC_E_FORMAT reading may be gone on with: it continues
 * with the first member, frame or stream behind the damage that decodes whole, or with MC_END when
 * there is none; the message says what is wrong and which bytes of the file, as stored, are lost:
 * "...; bytes A to B of the file are lost", B not among them ("... at byte A of the file": none).
 * Of a gzip member or bzip2 stream up to 8 MiB nothing is delivered unless all of it is right, but
 * where it is all the file has. */
MC_MUST_CHECK mc_status mc_source_read(mc_source *source, void *out, size_t size, size_t *got,
                                       mc_error *error);

/* Bytes taken from the file so far, as stored; and the file's size, 0 when unknown. */
uint64_t mc_source_taken(const mc_source *source);
uint64_t mc_source_size(const mc_source *source);

/* After MC_END: XXH3_128bits of the whole content as stored (the rest after damage is read for
 * it) and its size. MC_E_IO when that cannot be read. */
MC_MUST_CHECK mc_status mc_source_digest(mc_source *source, mc_u128 *digest, uint64_t *size,
                                         mc_error *error);

void mc_source_close(mc_source *source); /* NULL is fine */

/* XXH3_128bits of a file's content as stored, and its size. */
MC_MUST_CHECK mc_status mc_digest_file(const char *path, mc_u128 *digest, uint64_t *size,
                                       mc_error *error);

#endif
