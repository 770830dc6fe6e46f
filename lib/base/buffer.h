/* A growing byte buffer, and checked allocation of arrays. Not thread-safe. */
#ifndef MC_BASE_BUFFER_H
#define MC_BASE_BUFFER_H

#include "metacurate/base.h"

typedef struct mc_buffer {
    char *data;
    size_t size;
    size_t capacity;
} mc_buffer; /* {0} is an empty buffer */

/* Makes room for extra more bytes after size. The room is not part of size until added to it. */
MC_MUST_CHECK mc_status mc_buffer_reserve(mc_buffer *buffer, size_t extra, mc_error *error);
MC_MUST_CHECK mc_status mc_buffer_append(mc_buffer *buffer, const void *data, size_t size,
                                         mc_error *error);
/* Appends formatted text (no terminating NUL is counted in size). */
MC_MUST_CHECK mc_status mc_buffer_printf(mc_buffer *buffer, mc_error *error, const char *format,
                                         ...) MC_PRINTF(3, 4);
/* Frees the memory and leaves an empty buffer. */
void mc_buffer_dispose(mc_buffer *buffer);

/* Puts a zeroed array of count items into the pointer that pointer_address points to (any object
 * pointer type). Count 0 gives a pointer that may be freed. The caller frees it. */
MC_MUST_CHECK mc_status mc_alloc(void *pointer_address, size_t count, size_t item_size,
                                 mc_error *error);

/* Makes the array behind pointer_address hold at least need items; *capacity (in items) follows.
 * New items are not initialised. On failure the array is as it was. */
MC_MUST_CHECK mc_status mc_grow(void *pointer_address, size_t *capacity, size_t need,
                                size_t item_size, mc_error *error);

/* NUL-terminated copies; NULL stays NULL. */
MC_MUST_CHECK mc_status mc_copy_string(char **out, const char *text, mc_error *error);

#define MC_ALLOC(pointer, count, error) mc_alloc(&(pointer), (count), sizeof *(pointer), (error))
#define MC_GROW(pointer, capacity, need, error)                                                    \
    mc_grow(&(pointer), &(capacity), (need), sizeof *(pointer), (error))

#endif
