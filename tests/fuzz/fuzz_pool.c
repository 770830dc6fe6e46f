/* Shards of any bytes: opened, cut and parsed twice, in chunks as usual and in tiny ones. Both
 * must give the same records and rejects, the books must balance, texts must be UTF-8.
 *
 * The first four bytes of the input choose the format, the options, and the sizes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool/reader.h"

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_pool: %s\n", what);
    abort();
}

/* A file of this process, for the sources to read. */
static const char *input_path(const uint8_t *data, size_t size) {
    static char path[] = "/tmp/fuzz-pool-XXXXXX";
    static int fd = -1;
    if (fd < 0)
        fd = mkstemp(path);
    check(fd >= 0, "no temporary file");
    check(ftruncate(fd, 0) == 0, "the temporary file cannot be emptied");
    check(pwrite(fd, data, size, 0) == (ssize_t)size, "the temporary file cannot be written");
    return path;
}

/* What a reading came to: totals, and a running hash over all that was delivered. */
typedef struct outcome {
    int64_t status; /* as wide as the rest, so that two outcomes compare as bytes */
    uint64_t n_numbers, n_records, n_rejects, n_texts, n_replaced, hash;
} outcome;

static void mix(outcome *out, const void *data, size_t size) {
    uint64_t parts[2] = {out->hash, mc_hash64(data, size)};
    out->hash = mc_hash64(parts, sizeof parts);
}

static void take_record(outcome *out, const mc_batch *batch, const mc_record *record) {
    check(record->first_text + (size_t)record->n_texts <= batch->n_texts, "texts out of range");
    check(record->url_offset + record->url_size <= batch->bytes.size, "url out of range");
    if (record->url_size > 0) {
        const char *url = batch->bytes.data + record->url_offset;
        check(mc_json_utf8_valid(url, record->url_size), "a url is no UTF-8");
        mix(out, url, record->url_size);
    }
    for (size_t t = 0; t < record->n_texts; t++) {
        const mc_text_span *span = &batch->texts[record->first_text + t];
        check(span->offset + span->size <= batch->bytes.size, "a text out of range");
        mc_bytes text = mc_batch_span(batch, span);
        check(mc_json_utf8_valid(text.data, text.size), "a text is no UTF-8");
        mix(out, text.data, text.size);
    }
    mix(out, &record->uid, sizeof record->uid);
}

static void take_batch(outcome *out, const mc_batch *batch) {
    size_t record = 0, reject = 0;
    for (uint32_t number = 0; number < batch->n_numbers; number++) {
        uint64_t overall = out->n_numbers + number;
        mix(out, &overall, sizeof overall);
        if (record < batch->n_records && batch->records[record].number == number) {
            take_record(out, batch, &batch->records[record++]);
            continue;
        }
        check(reject < batch->n_rejects && batch->rejects[reject].number == number,
              "a number is neither a record nor a reject");
        const mc_reject *lost = &batch->rejects[reject++];
        check(memchr(lost->detail, '\0', sizeof lost->detail) != NULL, "a detail does not end");
        check(mc_json_utf8_valid(lost->detail, strlen(lost->detail)), "a detail is no UTF-8");
        mix(out, &lost->offset, sizeof lost->offset);
        mix(out, mc_reason_name(lost->reason), strlen(mc_reason_name(lost->reason)));
    }
    check(record == batch->n_records && reject == batch->n_rejects, "the books do not balance");
    out->n_numbers += batch->n_numbers;
    out->n_records += batch->n_records;
    out->n_rejects += batch->n_rejects;
    out->n_texts += batch->n_texts;
    out->n_replaced += batch->n_replaced;
}

static outcome read_pool(const mc_pool *pool, size_t chunk_bytes, size_t chunk_records) {
    static mc_parser *parser;
    static mc_chunk chunk;
    static mc_batch batch;
    outcome out = {0};
    mc_shard *shard;
    if (!parser)
        check(mc_parser_create(&parser, NULL) == MC_OK, "no parser");
    out.status = mc_shard_open(&shard, pool, 0, NULL);
    if (out.status != MC_OK)
        return out;
    if (chunk_bytes > 0) {
        shard->chunk_bytes = chunk_bytes;
        shard->chunk_records = chunk_records;
    }
    uint64_t next = 0;
    while ((out.status = mc_shard_read(shard, &chunk, NULL)) == MC_OK) {
        check(chunk.offset >= next, "chunks overlap");
        next = chunk.offset + chunk.bytes.size;
        check(mc_shard_parse(shard, parser, &chunk, &batch, NULL) == MC_OK, "parsing failed");
        take_batch(&out, &batch);
    }
    mc_shard_close(shard);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 4)
        return 0;
    static const uint64_t limits[] = {1, 7, 40, 300, 0};
    mc_pool_options options = {.format = (mc_format)(data[0] % 5),
                               .columns = data[1] & 1 ? "url,text,k" : NULL,
                               .id_field = data[1] & 2 ? "k" : NULL,
                               .max_record = limits[data[2] % 5]};
    const char *path = input_path(data + 4, size - 4);
    mc_pool *pool;
    check(mc_pool_create(&pool, &path, 1, &options, NULL) == MC_OK, "no pool");
    outcome whole = read_pool(pool, 0, 0);
    outcome pieces = read_pool(pool, 1u + data[3] % 64, 1u + data[2] / 5 % 8);
    check(memcmp(&whole, &pieces, sizeof whole) == 0, "the size of chunks makes a difference");
    mc_pool_free(pool);
    return 0;
}
