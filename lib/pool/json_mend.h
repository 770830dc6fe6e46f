/* JSON lines that are worth mending: what the parser refuses and the rules do not. */
#ifndef MC_POOL_JSON_MEND_H
#define MC_POOL_JSON_MEND_H

#include <stdbool.h>

#include "base/buffer.h"

/* Writes line to out (overwritten; padded for the parser) with ill-formed UTF-8 and escapes of
 * unpaired surrogates as U+FFFD, *n_replaced of them, and with numbers beyond 64 bits or the range
 * of doubles as some number of at least 9e19. *changed: something was mended. */
MC_MUST_CHECK mc_status mc_json_mend(mc_bytes line, mc_buffer *out, bool *changed,
                                     size_t *n_replaced, mc_error *error);

#endif
