/* Blocked hosts: a list of names, each for the host and all below it. */
#ifndef MC_POOL_BLOCK_HOSTS_H
#define MC_POOL_BLOCK_HOSTS_H

#include <stdbool.h>

#include "metacurate/base.h"

#define MC_HOST_MAX 255 /* bytes of a name in the list */

typedef struct mc_block_hosts mc_block_hosts; /* immutable once made */

/* Reads a list: a name a line, in any case, perhaps with "." or "*." before it or "." after it;
 * from a # on a line is a comment. MC_E_FORMAT for a line that is no name, and for a list without
 * one; what mc_read_file fails with. */
MC_MUST_CHECK mc_status mc_block_hosts_create(mc_block_hosts **out, const char *path,
                                              mc_error *error);
/* The same of names that are at hand; there may be none. */
MC_MUST_CHECK mc_status mc_block_hosts_of(mc_block_hosts **out, const char *const *names, size_t n,
                                          mc_error *error);
void mc_block_hosts_free(mc_block_hosts *hosts);

/* True when host, in any case, or a domain it is in, is in the list. */
bool mc_block_hosts_has(const mc_block_hosts *hosts, mc_bytes host);
/* The longest such name, in lower case, without dots at its ends; data is NULL where there is none.
 * Borrowed. */
mc_bytes mc_block_hosts_find(const mc_block_hosts *hosts, mc_bytes host);

#endif
