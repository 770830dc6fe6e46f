/* Files on servers, http:// and https://, read front to back as they arrive.
 *
 * A broken or stalled connection is made again and goes on where the last one ended; a server that
 * asks for patience (429, 503, other passing faults) is asked again, at most once a second over the
 * whole process and less and less often. Nothing is kept on disk; a few hundred KiB are kept in
 * memory. One thread at a time a file.
 *
 * METACURATE_REMOTE in the environment changes the patience, which tests need; see docs/formats.md.
 */
#ifndef MC_IO_REMOTE_H
#define MC_IO_REMOTE_H

#include <stdbool.h>

#include "metacurate/base.h"

typedef struct mc_remote mc_remote;

/* True for paths that begin with http:// or https://, in any case. */
bool mc_remote_is(const char *path);

/* Asks for the file and waits for the first bytes. cancel (NULL: none) is borrowed until the close:
 * when it is set, waiting ends with MC_E_INTERRUPTED. MC_E_IO when the server has no such file, or
 * none that it hands out, or cannot be reached. */
MC_MUST_CHECK mc_status mc_remote_open(mc_remote **out, const char *url, const atomic_int *cancel,
                                       mc_error *error);
void mc_remote_close(mc_remote *remote); /* NULL is fine */

/* Size of the file; 0 when the server has not told. */
uint64_t mc_remote_size(const mc_remote *remote);

/* Reads up to size > 0 bytes: MC_OK with *got > 0, MC_END, or a failure, which is final. MC_E_IO,
 * too, when the file changed on the server after its first bytes were read. */
MC_MUST_CHECK mc_status mc_remote_read(mc_remote *remote, void *out, size_t size, size_t *got,
                                       mc_error *error);

/* Asks once for a file's size without reading it; 0 when the server does not tell. MC_E_IO when it
 * does not answer; from then on nothing is asked, so that many files on a server that is gone do
 * not cost a wait each. */
MC_MUST_CHECK mc_status mc_remote_ask_size(const char *url, uint64_t *size, mc_error *error);

#endif
