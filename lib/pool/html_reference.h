/* Attribute values as they are meant: character references resolved, line ends and NUL as the
 * standard's input has them. */
#ifndef MC_POOL_HTML_REFERENCE_H
#define MC_POOL_HTML_REFERENCE_H

#include "base/buffer.h"
#include "metacurate/base.h"

/* *value becomes what it means: itself where nothing in it is special, else a stretch of scratch,
 * to which it is appended. (Appending may move what was there before.) */
MC_MUST_CHECK mc_status mc_html_resolve(mc_bytes *value, mc_buffer *scratch, mc_error *error);

#endif
