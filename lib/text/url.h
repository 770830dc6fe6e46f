/* URLs of a page: resolved as Python's urllib.parse.urljoin does it (RFC 3986, 5.2, with its few
 * deviations), after white space at the ends and tabs and line ends inside are removed; spaces that
 * remain become %20. Pure; any thread. */
#ifndef MC_TEXT_URL_H
#define MC_TEXT_URL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "metacurate/base.h"

/* Writes the reference resolved against base to out (cleared first; base and reference are not in
 * it). Any bytes are allowed in both; MC_E_MEMORY is the only failure. Where urljoin raises an
 * error, because brackets or characters in a host make no sense, out is empty; so a page's <base>
 * that is wrong gives an empty base, which leaves references as they are. */
MC_MUST_CHECK mc_status mc_url_join(mc_bytes base, mc_bytes reference, mc_buffer *out,
                                    mc_error *error);

/* True when url begins with http:// or https:// (in any case) and has a host. */
bool mc_url_is_http(mc_bytes url);

/* The host of an http(s) URL as it stands in it: without user information, port and brackets;
 * size 0 when there is none. */
mc_bytes mc_url_host(mc_bytes url);

#endif
