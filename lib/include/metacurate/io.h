/* Whole files: read, mapped, written atomically. Streams are internal to the library. */
#ifndef METACURATE_IO_H
#define METACURATE_IO_H

#include "metacurate/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Maps path read-only. *size 0 gives *data NULL. Give both back to mc_unmap_file. */
MC_MUST_CHECK mc_status mc_map_file(const char *path, const void **data, size_t *size,
                                    mc_error *error);
void mc_unmap_file(const void *data, size_t size);

/* Reads path whole, decompressed (gzip and zstd told by content; "-" is standard input), into
 * memory that the caller frees with free(). One NUL byte follows the data. MC_E_LIMIT when it has
 * more than max_size bytes. */
MC_MUST_CHECK mc_status mc_read_file(const char *path, size_t max_size, char **data, size_t *size,
                                     mc_error *error);

/* Writes a file atomically: temporary file beside it, fsync, rename. An existing file is replaced.
 */
MC_MUST_CHECK mc_status mc_write_file(const char *path, const void *data, size_t size,
                                      mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
