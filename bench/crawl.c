/* Inflating alone, for bench/run crawl: what a reader of crawls could at best be as fast as.
 *
 *     bench_crawl libdeflate|isa-l|zlib FILE
 *
 * libdeflate takes the members one by one into a buffer that is reused; the others stream. Prints
 * how many bytes and members there were.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <zlib.h>

#define ROOM (16u << 20) /* the longest member of a made-up crawl has less */

typedef struct input {
    unsigned char *data;
    size_t size;
} input;

typedef struct output {
    unsigned char *data; /* ROOM bytes */
    uint64_t n_bytes, n_members;
} output;

static int inflate_libdeflate(input in, output *out) {
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (!decompressor)
        return 1;
    while (in.size > 0) {
        size_t used, made;
        if (libdeflate_gzip_decompress_ex(decompressor, in.data, in.size, out->data, ROOM, &used,
                                          &made) != LIBDEFLATE_SUCCESS)
            return 1;
        in = (input){in.data + used, in.size - used};
        out->n_bytes += made;
        out->n_members++;
    }
    libdeflate_free_decompressor(decompressor);
    return 0;
}

static int inflate_isal(input in, output *out) {
    static struct inflate_state state;
    while (in.size > 0) {
        isal_inflate_init(&state);
        state.crc_flag = IGZIP_GZIP;
        state.next_in = in.data;
        state.avail_in = in.size < UINT32_MAX ? (uint32_t)in.size : UINT32_MAX;
        do {
            state.next_out = out->data;
            state.avail_out = ROOM;
            if (isal_inflate(&state) != ISAL_DECOMP_OK)
                return 1;
            out->n_bytes += ROOM - state.avail_out;
        } while (state.block_state != ISAL_BLOCK_FINISH);
        size_t used = (size_t)(state.next_in - in.data);
        in = (input){in.data + used, in.size - used};
        out->n_members++;
    }
    return 0;
}

static int inflate_zlib(input in, output *out) {
    z_stream stream = {0};
    if (inflateInit2(&stream, 31) != Z_OK)
        return 1;
    while (in.size > 0) {
        stream.next_in = in.data;
        stream.avail_in = in.size < UINT32_MAX ? (uInt)in.size : UINT32_MAX;
        int result;
        do {
            stream.next_out = out->data;
            stream.avail_out = ROOM;
            result = inflate(&stream, Z_NO_FLUSH);
            if (result != Z_OK && result != Z_STREAM_END)
                return 1;
            out->n_bytes += ROOM - stream.avail_out;
        } while (result != Z_STREAM_END);
        size_t used = (size_t)(stream.next_in - in.data);
        in = (input){in.data + used, in.size - used};
        out->n_members++;
        inflateReset(&stream);
    }
    inflateEnd(&stream);
    return 0;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(input in, output *out);
    } ways[] = {
        {"libdeflate", inflate_libdeflate}, {"isa-l", inflate_isal}, {"zlib", inflate_zlib}};
    int file = argc == 3 ? open(argv[2], O_RDONLY) : -1;
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0) {
        fprintf(stderr, "usage: bench_crawl libdeflate|isa-l|zlib FILE\n");
        return 2;
    }
    input in = {.size = (size_t)status.st_size};
    in.data = mmap(NULL, in.size, PROT_READ, MAP_PRIVATE, file, 0);
    output out = {.data = malloc(ROOM)};
    if (in.data == MAP_FAILED || !out.data)
        return 1;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(argv[1], ways[i].name) != 0)
            continue;
        int failed = ways[i].run(in, &out);
        printf("{\"bytes\":%" PRIu64 ",\"members\":%" PRIu64 "}\n", out.n_bytes, out.n_members);
        return failed;
    }
    return 2;
}
