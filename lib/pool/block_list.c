/* Block lists: a file read whole and cut at its line feeds. */
#include "pool/block_list.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/io.h"

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

mc_status mc_block_list_read(const char *path,
                             mc_status (*use)(void *context, char *line, size_t size,
                                              uint64_t number, mc_error *error),
                             void *context, mc_error *error) {
    char *data;
    size_t size;
    MC_TRY(mc_read_file(path, MC_BLOCK_LIST_MAX, &data, &size, error));
    char *at = data, *end = data + size;
    if (size >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3))
        at += 3;
    mc_status status = MC_OK;
    for (uint64_t number = 1; status == MC_OK && at < end; number++) {
        char *feed = memchr(at, '\n', (size_t)(end - at));
        char *start = at, *stop = feed ? feed : end;
        while (start < stop && is_space(*start))
            start++;
        while (stop > start && is_space(stop[-1]))
            stop--;
        if (stop > start)
            status = use(context, start, (size_t)(stop - start), number, error);
        if (status != MC_OK)
            mc_error_place(error, path, MC_NONE, MC_NONE);
        at = feed ? feed + 1 : end;
    }
    free(data);
    return status;
}
