/* Growing memory with every size checked before it is used. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mc_status out_of_memory(mc_error *error, size_t size) {
    return mc_fail(error, MC_E_MEMORY, "out of memory: %zu bytes could not be had", size);
}

mc_status mc_buffer_reserve(mc_buffer *buffer, size_t extra, mc_error *error) {
    if (extra > SIZE_MAX / 2 - buffer->size)
        return out_of_memory(error, extra);
    size_t need = buffer->size + extra;
    if (need <= buffer->capacity && buffer->data)
        return MC_OK;
    size_t capacity = buffer->capacity + buffer->capacity / 2;
    if (capacity < need)
        capacity = need;
    if (capacity < 256)
        capacity = 256;
    char *data = realloc(buffer->data, capacity);
    if (!data)
        return out_of_memory(error, capacity);
    buffer->data = data;
    buffer->capacity = capacity;
    return MC_OK;
}

mc_status mc_buffer_append(mc_buffer *buffer, const void *data, size_t size, mc_error *error) {
    MC_TRY(mc_buffer_reserve(buffer, size, error));
    if (size > 0)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    return MC_OK;
}

mc_status mc_buffer_printf(mc_buffer *buffer, mc_error *error, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0)
        return mc_fail(error, MC_E_ARGUMENT, "text could not be formatted");
    MC_TRY(mc_buffer_reserve(buffer, (size_t)size + 1, error));
    va_start(args, format);
    vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, args);
    va_end(args);
    buffer->size += (size_t)size;
    return MC_OK;
}

void mc_buffer_dispose(mc_buffer *buffer) {
    free(buffer->data);
    *buffer = (mc_buffer){0};
}

/* A pointer object of any type is read and written through its bytes, which is defined for every
 * type where a cast of its address is not. */
static void set_pointer(void *pointer_address, void *value) {
    memcpy(pointer_address, &value, sizeof value);
}

mc_status mc_alloc(void *pointer_address, size_t count, size_t item_size, mc_error *error) {
    void *memory = calloc(count ? count : 1, item_size);
    set_pointer(pointer_address, memory);
    return memory ? MC_OK : out_of_memory(error, count * item_size);
}

mc_status mc_grow(void *pointer_address, size_t *capacity, size_t need, size_t item_size,
                  mc_error *error) {
    if (need <= *capacity)
        return MC_OK;
    size_t grown = *capacity + *capacity / 2;
    if (grown < need)
        grown = need;
    if (grown < 16)
        grown = 16;
    if (grown > SIZE_MAX / 2 / item_size)
        return out_of_memory(error, SIZE_MAX);
    void *memory;
    memcpy(&memory, pointer_address, sizeof memory);
    memory = realloc(memory, grown * item_size);
    if (!memory)
        return out_of_memory(error, grown * item_size);
    set_pointer(pointer_address, memory);
    *capacity = grown;
    return MC_OK;
}

mc_status mc_copy_string(char **out, const char *text, mc_error *error) {
    *out = NULL;
    if (!text)
        return MC_OK;
    size_t size = strlen(text) + 1;
    MC_TRY(mc_alloc(out, size, 1, error));
    memcpy(*out, text, size);
    return MC_OK;
}
