/* The lines of a file of any size, decompressed on the way. */
#ifndef MC_IO_LINES_H
#define MC_IO_LINES_H

#include "metacurate/base.h"

/* A line without its line feed; bytes are borrowed for the call. */
typedef struct mc_line {
    const char *data;
    size_t size;
    uint64_t number; /* from 0 */
    uint64_t offset; /* of its first byte, decompressed */
} mc_line;

/* Calls use for every line; the last may lack its line feed. Stops with what use returns when that
 * is not MC_OK. MC_E_LIMIT for a line of more than max bytes. */
MC_MUST_CHECK mc_status mc_lines_read(const char *path, size_t max,
                                      mc_status (*use)(void *context, const mc_line *line,
                                                       mc_error *error),
                                      void *context, mc_error *error);

#endif
