/* Strings of JSON, decoded one by one. */
#ifndef MC_POOL_JSON_STRING_H
#define MC_POOL_JSON_STRING_H

#include <stdbool.h>

#include "base/buffer.h"

/* Decodes the string whose opening quote is before s; it is known to be closed, and 8 bytes are
 * readable behind its closing quote. *out is borrowed from s when there is no escape in it, else
 * from scratch (overwritten). Escapes of unpaired surrogates become U+FFFD and are added to
 * *n_replaced. MC_E_FORMAT, without a message, for an escape that is none; MC_E_MEMORY. */
MC_MUST_CHECK mc_status mc_json_decode(const char *s, mc_buffer *scratch, mc_bytes *out,
                                       size_t *n_replaced, mc_error *error);

/* True when the string is, decoded, the word (which has no quote or backslash in it); or begins
 * with it. */
bool mc_json_string_is(const char *s, const char *word, size_t size);
bool mc_json_string_begins(const char *s, const char *word, size_t size);

#endif
