/* The lines of a file that lists what is to be blocked. */
#ifndef MC_POOL_BLOCK_LIST_H
#define MC_POOL_BLOCK_LIST_H

#include "base/buffer.h"
#include "metacurate/base.h"

#define MC_BLOCK_LIST_MAX ((size_t)1 << 30) /* bytes a list may have */

/* Reads path, decompressed if need be, and calls use for every line: without its line end, spaces
 * and tabs at its ends and a byte order mark before the first; lines without anything on them are
 * passed over. line is the caller's to change until use returns; number counts lines from 1. Stops
 * with what use returns when that is not MC_OK, adding the file to the error. */
MC_MUST_CHECK mc_status mc_block_list_read(const char *path,
                                           mc_status (*use)(void *context, char *line, size_t size,
                                                            uint64_t number, mc_error *error),
                                           void *context, mc_error *error);

#endif
