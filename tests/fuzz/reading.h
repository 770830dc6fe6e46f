/* A pool read by a fuzzer: what the reading came to, so that readings in chunks of any size can be
 * compared; books, ranges and UTF-8 are checked on the way. */
#ifndef FUZZ_READING_H
#define FUZZ_READING_H

#include "input_file.h"
#include "pool/reader.h"

/* What a reading came to: totals, and a running hash over all that was delivered. */
typedef struct outcome {
    int64_t status;
    uint64_t n_numbers, n_records, n_rejects, n_texts, n_replaced, hash;
    mc_crawl_totals crawl;
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
    mix_bytes(out, batch, record->page_offset, record->page_size);
    for (size_t t = 0; t < record->n_texts; t++) {
        const mc_text_span *span = &batch->texts[record->first_text + t];
        mix_bytes(out, batch, span->offset, span->size);
        mix(out, &span->key, sizeof span->key);
    }
    mix(out, &record->uid, sizeof record->uid);
    mix(out, &record->link, sizeof record->link);
    mix(out, &record->source, sizeof record->source);
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
    mc_crawl_totals_add(&out->crawl, &batch->crawl);
}

/* Reads the first shard of a pool. look (may be NULL) sees every batch. */
static outcome read_pool(const mc_pool *pool, size_t chunk_bytes, size_t chunk_records,
                         void (*look)(const mc_batch *batch)) {
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
        /* Chunks of tar hold what matters alone. */
        next = chunk.offset + (mc_shard_format(shard) == MC_FORMAT_TAR ? 0 : chunk.bytes.size);
        check(mc_shard_parse(shard, parser, &chunk, &batch, NULL) == MC_OK, "parsing failed");
        take_batch(&out, &batch);
        if (look)
            look(&batch);
    }
    mc_shard_close(shard);
    return out;
}

#endif
