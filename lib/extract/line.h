/* A line of extract's own, walked without being decoded, to take texts out of it. */
#ifndef MC_EXTRACT_LINE_H
#define MC_EXTRACT_LINE_H

#include <stdbool.h>

#include "base/buffer.h"

/* Appends the line (with its line feed) to out without the texts for which drop returns true;
 * number counts them from 0. Nothing is appended when all are dropped. *n_texts and *n_dropped say
 * how many there were. MC_E_FORMAT when the line is none that extract writes. */
MC_MUST_CHECK mc_status mc_line_copy(mc_bytes line, bool (*drop)(void *context, uint64_t number),
                                     void *context, mc_buffer *out, uint64_t *n_texts,
                                     uint64_t *n_dropped, mc_error *error);

#endif
