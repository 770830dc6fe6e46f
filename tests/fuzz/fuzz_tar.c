/* Tar archives of any bytes, read in chunks as usual and in tiny ones: both must give the same
 * records and rejects, and the books must balance. The first two bytes of the input choose the
 * options and the sizes.
 *
 * Few inputs would get past a checksum: a block that begins with "@" is made a header, its sum put
 * right, before the archive is read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool/reader.h"

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_tar: %s\n", what);
    abort();
}

/* A file of this process, for the sources to read. */
static const char *input_path(const void *data, size_t size) {
    static char path[] = "/tmp/fuzz-tar-XXXXXX";
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
    int64_t status;
    uint64_t n_numbers, n_records, n_rejects, n_texts, n_replaced, hash;
} outcome;

static void mix(outcome *out, const void *data, size_t size) {
    uint64_t parts[2] = {out->hash, mc_hash64(data, size)};
    out->hash = mc_hash64(parts, sizeof parts);
}

static void mix_bytes(outcome *out, const mc_batch *batch, uint64_t offset, uint64_t size) {
    check(offset + size <= batch->bytes.size, "bytes out of range");
    check(mc_json_utf8_valid(batch->bytes.data + offset, size), "bytes that are no UTF-8");
    mix(out, batch->bytes.data + offset, size);
}

static void take_record(outcome *out, const mc_batch *batch, const mc_record *record) {
    check(record->first_text + (size_t)record->n_texts <= batch->n_texts, "texts out of range");
    mix_bytes(out, batch, record->url_offset, record->url_size);
    for (size_t t = 0; t < record->n_texts; t++) {
        const mc_text_span *span = &batch->texts[record->first_text + t];
        mix_bytes(out, batch, span->offset, span->size);
    }
    mix(out, &record->uid, sizeof record->uid);
}

static void take_batch(outcome *out, const mc_batch *batch) {
    size_t record = 0, reject = 0;
    for (uint32_t number = 0; number < batch->n_numbers; number++) {
        if (record < batch->n_records && batch->records[record].number == number) {
            take_record(out, batch, &batch->records[record++]);
            continue;
        }
        check(reject < batch->n_rejects && batch->rejects[reject].number == number,
              "a number is neither a record nor a reject");
        const mc_reject *lost = &batch->rejects[reject++];
        mix(out, lost->detail, strlen(lost->detail));
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
        next = chunk.offset;
        check(mc_shard_parse(shard, parser, &chunk, &batch, NULL) == MC_OK, "parsing failed");
        take_batch(&out, &batch);
    }
    mc_shard_close(shard);
    return out;
}

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
    const char *path = input_path(archive, size - 2);
    free(archive);
    mc_pool *pool;
    check(mc_pool_create(&pool, &path, 1, &options, NULL) == MC_OK, "no pool");
    outcome whole = read_pool(pool, 0, 0);
    outcome pieces = read_pool(pool, 1u + data[1] % 64, 1u + data[1] / 64);
    outcome middling = read_pool(pool, 200u + data[1], 1u + data[1] / 16);
    check(memcmp(&whole, &pieces, sizeof whole) == 0, "tiny chunks make a difference");
    check(memcmp(&whole, &middling, sizeof whole) == 0, "small chunks make a difference");
    mc_pool_free(pool);
    return 0;
}
