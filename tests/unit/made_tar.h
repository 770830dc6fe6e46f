/* Tar archives made for tests, in a buffer. */
#ifndef TEST_MADE_TAR_H
#define TEST_MADE_TAR_H

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "pool/tar.h"

static inline void made_tar_sum(char *block) {
    unsigned sum = 0;
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < MC_TAR_BLOCK; i++)
        sum += (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
}

static inline void made_tar_header(char block[MC_TAR_BLOCK], const char *name, char type,
                                   unsigned long long size) {
    memset(block, 0, MC_TAR_BLOCK);
    snprintf(block, 100, "%s", name);
    snprintf(block + 124, 12, "%011llo", size);
    block[156] = type;
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    made_tar_sum(block);
}

/* Appends a member with its content; 0 when memory fails. */
static inline int made_tar_add(mc_buffer *archive, const char *name, char type,
                               const char *content) {
    char block[MC_TAR_BLOCK];
    size_t size = strlen(content), padding = -size & (MC_TAR_BLOCK - 1);
    made_tar_header(block, name, type, size);
    int done = mc_buffer_append(archive, block, sizeof block, NULL) == MC_OK &&
               mc_buffer_append(archive, content, size, NULL) == MC_OK;
    memset(block, 0, sizeof block);
    return done && mc_buffer_append(archive, block, padding, NULL) == MC_OK;
}

#endif
