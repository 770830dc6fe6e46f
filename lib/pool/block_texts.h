/* Blocked phrases: texts that hold one of them are found. */
#ifndef MC_POOL_BLOCK_TEXTS_H
#define MC_POOL_BLOCK_TEXTS_H

#include <stdbool.h>

#include "base/buffer.h"

typedef struct mc_block_texts mc_block_texts; /* immutable once made */

/* Reads a list: a phrase a line, as well-formed UTF-8. MC_E_FORMAT for another line and for a list
 * without a phrase; what mc_read_file fails with. */
MC_MUST_CHECK mc_status mc_block_texts_create(mc_block_texts **out, const char *path,
                                              mc_error *error);
void mc_block_texts_free(mc_block_texts *texts);

/* *found: text holds a phrase, in any case (of ASCII) and not as a part of a longer word. lowered
 * is the thread's own. text is well-formed UTF-8; MC_E_MEMORY is the only failure. */
MC_MUST_CHECK mc_status mc_block_texts_find(const mc_block_texts *texts, mc_buffer *lowered,
                                            mc_bytes text, bool *found, mc_error *error);

/* True when a phrase of size bytes that stands at start in text is no part of a longer word there:
 * no letter or digit of its own stands beside another one. Scripts that are written without spaces,
 * and Hangul, whose words take endings, have no words in this sense. */
bool mc_block_is_whole(mc_bytes text, size_t start, size_t size);

#endif
