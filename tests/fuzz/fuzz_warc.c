/* WARC files of any bytes, read in chunks as usual and in tiny ones: both must give the same
 * records, rejects and counts, and the books must balance. The first two bytes of the input choose
 * the options and the sizes.
 */
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Links without a URL or a text are no records, and texts are trimmed. */
static void look(const mc_batch *batch) {
    for (size_t i = 0; i < batch->n_records; i++)
        check(batch->records[i].n_texts > 0 && batch->records[i].url_size > 0,
              "a record without a text or a URL");
    for (size_t i = 0; i < batch->n_texts; i++)
        check(batch->texts[i].size > 0, "an empty text");
}

static outcome read_crawl(const mc_pool *pool, size_t chunk_bytes, size_t chunk_records) {
    outcome out = read_pool(pool, chunk_bytes, chunk_records, look);
    const mc_crawl_totals *crawl = &out.crawl;
    check(crawl->documents == crawl->pages + crawl->passed_over + crawl->unsupported,
          "documents are lost");
    check(crawl->links == out.n_records + crawl->no_text + crawl->no_http, "links are lost");
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    static const uint64_t limits[] = {0, 90, 200, 1000};
    mc_pool_options options = {
        .format = MC_FORMAT_WARC, .max_record = limits[data[0] % 4], .lazy_images = data[0] & 4};
    const char *path = input_path("", data + 2, size - 2);
    mc_pool *pool;
    check(mc_pool_create(&pool, &path, 1, &options, NULL) == MC_OK, "no pool");
    outcome whole = read_crawl(pool, 0, 0);
    outcome pieces = read_crawl(pool, 1u + data[1] % 64, 1u + data[1] / 64);
    outcome middling = read_crawl(pool, 200u + data[1], 1u + data[1] / 16);
    check(memcmp(&whole, &pieces, sizeof whole) == 0, "tiny chunks make a difference");
    check(memcmp(&whole, &middling, sizeof whole) == 0, "small chunks make a difference");
    mc_pool_free(pool);
    return 0;
}
