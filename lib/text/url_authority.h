/* The authority of a URL, which is what stands between "//" and the path. */
#ifndef MC_TEXT_URL_AUTHORITY_H
#define MC_TEXT_URL_AUTHORITY_H

#include <stdbool.h>

#include "metacurate/base.h"

/* False where Python's urlsplit raises an error: brackets that hold no IPv6 address (or no address
 * of a future kind) or stand elsewhere, and characters whose NFKC form holds one of / ? # @ : */
bool mc_url_authority_valid(mc_bytes authority);

/* The host in it: without user information, port and brackets. */
mc_bytes mc_url_authority_host(mc_bytes authority);

#endif
