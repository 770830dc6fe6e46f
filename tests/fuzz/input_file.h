/* The fuzzer's input as a file, for what reads files; and a check that ends the fuzzer. */
#ifndef FUZZ_INPUT_FILE_H
#define FUZZ_INPUT_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzzer: %s\n", what);
    abort();
}

static char input_file[] = "/tmp/fuzz-input-XXXXXX";

static inline void remove_input(void) {
    unlink(input_file);
}

/* A file of this process, which begins with head and goes on with size bytes of data. It is written
 * anew by every call and removed at the end. */
static inline const char *input_path(const char *head, const void *data, size_t size) {
    static int fd = -1;
    size_t head_size = strlen(head);
    if (fd < 0) {
        fd = mkstemp(input_file);
        atexit(remove_input);
    }
    check(fd >= 0, "no temporary file");
    check(ftruncate(fd, 0) == 0, "the temporary file cannot be emptied");
    check(pwrite(fd, head, head_size, 0) == (ssize_t)head_size &&
              pwrite(fd, data, size, (off_t)head_size) == (ssize_t)size,
          "the temporary file cannot be written");
    return input_file;
}

#endif
