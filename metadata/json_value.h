/* A document of jansson's as text in one line: the same document, the same bytes. */
#ifndef MC_METADATA_JSON_VALUE_H
#define MC_METADATA_JSON_VALUE_H

#include <jansson.h>

#include "base/buffer.h"

/* Members in the order in which they were set; reals as short as they can be. */
MC_MUST_CHECK mc_status mc_json_value(mc_buffer *out, const json_t *value, mc_error *error);

#endif
