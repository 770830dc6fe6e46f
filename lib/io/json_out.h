/* JSON text, appended to a buffer: strings escaped as RFC 8259 asks, bytes >= 0x80 left as they
 * are (the input must be valid UTF-8), and numbers that read back to the same double. */
#ifndef MC_IO_JSON_OUT_H
#define MC_IO_JSON_OUT_H

#include "base/buffer.h"

/* "..." with quotes; ", \ and control characters (U+007F too) escaped. */
MC_MUST_CHECK mc_status mc_json_string(mc_buffer *out, const char *data, size_t size,
                                       mc_error *error);
/* The same to out, which has mc_json_bound bytes; returns where it ends. */
char *mc_json_put(char *out, const char *data, size_t size);
/* At least the bytes that mc_json_put writes; more than it needs for short strings only. */
size_t mc_json_bound(const char *data, size_t size);
/* Shortest of %.15g, %.16g, %.17g that reads back exactly; infinities and NaN become null. */
MC_MUST_CHECK mc_status mc_json_double(mc_buffer *out, double value, mc_error *error);
MC_MUST_CHECK mc_status mc_json_u64(mc_buffer *out, uint64_t value, mc_error *error);

#endif
