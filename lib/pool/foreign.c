/* Beginnings of files that would pass for lines of text, all of them garbage. */
#include "pool/foreign.h"

#include <string.h>

#include "metacurate/text.h"

#define PROBE_BYTES 4096

static const mc_foreign known[] = {
    {{"PAR1\x15", 5},
     "a Parquet table",
     "read it with --reader 'tools/read-parquet {}' (needs pyarrow)",
     NULL},
    {{"ARROW1\0\0", 8}, "an Arrow file", "a pool is Parquet, JSON lines, a table or text", NULL},
    {{"MCACONC", 7}, "a compiled list", "-m takes it", ": name the list that it was made from"},
    {{"MCMIDX\0", 7}, "a match index", "give its folder to balance", NULL},
    {{"\x93NUMPY", 6}, "an array (.npy)", "inspect describes it", NULL},
    {{"PK\x03\x04", 4}, "a zip archive", "unpack it", NULL},
    {{"\xFD\x37zXZ\0", 6}, "compressed with xz", "compress it with gzip or zstd", NULL},
    {{"\x04\x22\x4D\x18", 4}, "compressed with LZ4", "compress it with gzip or zstd", NULL},
    {{"filedesc://", 11}, "an ARC file", "convert it to WARC", NULL},
    {{"\xFF\xD8\xFF", 3}, "a JPEG image", "a pool holds texts", NULL},
    {{"\x89PNG\r\n\x1A\n", 8}, "a PNG image", "a pool holds texts", NULL},
};

const mc_foreign *mc_foreign_tell(mc_bytes data) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        mc_bytes magic = known[i].magic;
        if (data.size >= magic.size && memcmp(data.data, magic.data, magic.size) == 0)
            return &known[i];
    }
    return NULL;
}

bool mc_foreign_is_binary(mc_bytes data) {
    if (data.size > PROBE_BYTES)
        data.size = PROBE_BYTES;
    if (data.size == 0 || !memchr(data.data, 0, data.size))
        return false;
    size_t size = data.size; /* without the last character, which may be cut */
    while (size > 0 && data.size - size < 3 && ((unsigned char)data.data[size - 1] & 0xC0) == 0x80)
        size--;
    if (size > 0 && (unsigned char)data.data[size - 1] >= 0xC0)
        size--;
    return !mc_utf8_valid(data.data, size);
}
