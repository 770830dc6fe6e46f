/* Shards of any bytes: opened, cut and parsed twice, in chunks as usual and in tiny ones. Both
 * must give the same records and rejects, the books must balance, texts must be UTF-8.
 *
 * The first four bytes of the input choose the format, the options, and the sizes.
 */
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 4)
        return 0;
    static const uint64_t limits[] = {1, 7, 40, 300, 0};
    mc_pool_options options = {.format = (mc_format)(data[0] % 5),
                               .columns = data[1] & 1 ? "url,text,k" : NULL,
                               .id_field = data[1] & 2 ? "k" : NULL,
                               .max_record = limits[data[2] % 5]};
    const char *path = input_path("", data + 4, size - 4);
    mc_pool *pool;
    check(mc_pool_create(&pool, &path, 1, &options, NULL) == MC_OK, "no pool");
    outcome whole = read_pool(pool, 0, 0, NULL);
    outcome pieces = read_pool(pool, 1u + data[3] % 64, 1u + data[2] / 5 % 8, NULL);
    check(memcmp(&whole, &pieces, sizeof whole) == 0, "the size of chunks makes a difference");
    mc_pool_free(pool);
    return 0;
}
