/* Which needles occur in which haystacks, by memmem(3) and nothing else: the substring definition
 * at a speed that lets a million texts be checked.
 *
 * usage: substrings NEEDLES HAYSTACKS >PAIRS
 * Inputs are sequences of (u32 size, bytes), the output of (u32 haystack, u32 needle), in the
 * machine's byte order, needle by needle. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct strings {
    char *bytes;
    size_t *offsets; /* n + 1 */
    size_t n;
} strings;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static strings read_strings(const char *path) {
    strings s = {NULL, NULL, 0};
    size_t size = 0, file_size;
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        die(path);
    file_size = (size_t)ftell(file);
    rewind(file);
    s.bytes = malloc(file_size + 1);
    s.offsets = malloc((file_size / sizeof(uint32_t) + 1) * sizeof *s.offsets);
    if (!s.bytes || !s.offsets)
        die("malloc");
    s.offsets[0] = 0;
    for (uint32_t next; fread(&next, sizeof next, 1, file) == 1;) {
        if (fread(s.bytes + size, 1, next, file) != next)
            die(path);
        size += next;
        s.offsets[++s.n] = size;
    }
    fclose(file);
    return s;
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    strings needles = read_strings(argv[1]);
    strings haystacks = read_strings(argv[2]);
    const char *end = haystacks.bytes + haystacks.offsets[haystacks.n];
    for (size_t i = 0; i < needles.n; i++) {
        const char *needle = needles.bytes + needles.offsets[i];
        size_t size = needles.offsets[i + 1] - needles.offsets[i];
        const char *at = haystacks.bytes;
        size_t h = 0;
        while ((at = memmem(at, (size_t)(end - at), needle, size)) != NULL) {
            while (haystacks.bytes + haystacks.offsets[h + 1] <= at)
                h++;
            /* All haystacks are searched as one run of bytes: what crosses an end is no hit. */
            const char *haystack_end = haystacks.bytes + haystacks.offsets[h + 1];
            if (at + size > haystack_end) {
                at++;
                continue;
            }
            uint32_t pair[2] = {(uint32_t)h, (uint32_t)i};
            if (fwrite(pair, sizeof pair, 1, stdout) != 1)
                die("output");
            at = haystack_end;
        }
    }
    if (fclose(stdout) != 0)
        die("output");
    free(needles.bytes);
    free(needles.offsets);
    free(haystacks.bytes);
    free(haystacks.offsets);
    return 0;
}
