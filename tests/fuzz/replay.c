/* Runs a fuzzer's function over what earlier fuzzing found: the inputs of a .pack, which is a zstd
 * frame of inputs, each its size (four bytes, little-endian) and its bytes.
 *
 * usage: replay_fuzz_NAME PACK */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy that ends where the input ends, so that a sanitizer sees any step beyond. */
static void run(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

int main(int argc, char **argv) {
    char *data;
    size_t size, n = 0;
    mc_error error = {0};
    char text[1200];
    if (argc != 2) {
        fprintf(stderr, "usage: %s PACK\n", argv[0]);
        return 2;
    }
    if (mc_read_file(argv[1], (size_t)1 << 30, &data, &size, &error) != MC_OK) {
        fprintf(stderr, "%s\n", mc_error_text(&error, text, sizeof text));
        return 1;
    }
    const uint8_t *at = (const uint8_t *)data, *end = at + size;
    while (end - at >= 4) {
        uint32_t length =
            (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        at += 4;
        if (length > (size_t)(end - at))
            break;
        run(at, length);
        at += length;
        n++;
    }
    if (at != end || n == 0) {
        fprintf(stderr, "%s: not a whole pack\n", argv[1]);
        return 1;
    }
    printf("%zu inputs\n", n);
    free(data);
    return 0;
}
