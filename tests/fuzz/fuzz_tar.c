/* Tar archives of any bytes, read in chunks as usual and in tiny ones: both must give the same
 * records and rejects, and the books must balance. The first two bytes of the input choose the
 * options and the sizes.
 *
 * Few inputs would get past a checksum: a block that begins with "@" is made a header, its sum put
 * right, before the archive is read.
 */
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Puts the checksums right. */
static void mend(char *archive, size_t size) {
    for (size_t at = 0; at + 512 <= size; at += 512) {
        char *block = archive + at;
        if (block[0] != '@')
            continue;
        unsigned sum = 0;
        memcpy(block + 257, "ustar", 6);
        memset(block + 148, ' ', 8);
        for (size_t i = 0; i < 512; i++)
            sum += (unsigned char)block[i];
        snprintf(block + 148, 8, "%06o", sum);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    static const uint64_t limits[] = {0, 90, 200, 1000};
    mc_pool_options options = {.format = MC_FORMAT_TAR,
                               .max_record = limits[data[0] % 4],
                               .id_field = data[0] & 4 ? "k" : NULL};
    char *archive = malloc(size);
    check(archive != NULL, "no memory");
    memcpy(archive, data + 2, size - 2);
    mend(archive, size - 2);
    const char *path = input_path("", archive, size - 2);
    free(archive);
    mc_pool *pool;
    check(mc_pool_create(&pool, &path, 1, &options, NULL) == MC_OK, "no pool");
    outcome whole = read_pool(pool, 0, 0, NULL);
    outcome pieces = read_pool(pool, 1u + data[1] % 64, 1u + data[1] / 64, NULL);
    outcome middling = read_pool(pool, 200u + data[1], 1u + data[1] / 16, NULL);
    check(memcmp(&whole, &pieces, sizeof whole) == 0, "tiny chunks make a difference");
    check(memcmp(&whole, &middling, sizeof whole) == 0, "small chunks make a difference");
    mc_pool_free(pool);
    return 0;
}
