/* Reads a shard to its end into a log that a test can compare: a line a record, in order.
 *
 *     0 [first text][second]              a record; control characters of texts as \xHH
 *     1 url=http://a.b/ [text]
 *     2 !too_long@1234 detail             a reject with its offset; the parser's words left out
 */
#ifndef TEST_POOL_READING_H
#define TEST_POOL_READING_H

#include "scratch.h"

#include <inttypes.h>

#include "pool/reader.h"

typedef struct reading {
    mc_status status; /* of opening; MC_OK unless the test expects a failure */
    mc_error error;
    mc_format format;
    mc_buffer log;  /* NUL-terminated */
    mc_buffer cuts; /* a line a chunk: kind, offset, size */
    mc_buffer uids; /* a line a record: its uid */
    uint64_t n_rejects_for[MC_N_REASONS];
    uint64_t n_numbers, n_records, n_rejects, n_texts, n_replaced, n_chunks;
    mc_crawl_totals crawl;
} reading;

typedef struct reading_limits {
    size_t chunk_bytes, chunk_records; /* 0: as it is */
} reading_limits;

static inline void reading_dispose(reading *r) {
    mc_buffer_dispose(&r->log);
    mc_buffer_dispose(&r->cuts);
    mc_buffer_dispose(&r->uids);
}

static inline void log_bytes(mc_buffer *log, mc_bytes bytes) {
    for (size_t i = 0, plain = 0; i <= bytes.size; i++) {
        unsigned char c = i < bytes.size ? (unsigned char)bytes.data[i] : 0;
        if (c >= 0x20 && c != 0x7f)
            continue;
        assert_int_equal(mc_buffer_append(log, bytes.data + plain, i - plain, NULL), MC_OK);
        if (i < bytes.size)
            assert_int_equal(mc_buffer_printf(log, NULL, "\\x%02X", c), MC_OK);
        plain = i + 1;
    }
}

static inline void log_record(reading *r, const mc_batch *batch, size_t i) {
    const mc_record *record = &batch->records[i];
    char uid[33];
    mc_u128_hex(record->uid, uid);
    assert_int_equal(mc_buffer_printf(&r->uids, NULL, "%s\n", uid), MC_OK);
    if (record->url_size > 0) {
        assert_int_equal(mc_buffer_printf(&r->log, NULL, " url="), MC_OK);
        mc_bytes url = {batch->bytes.data + record->url_offset, record->url_size};
        assert_true(mc_json_utf8_valid(url.data, url.size));
        log_bytes(&r->log, url);
    }
    assert_int_equal(mc_buffer_printf(&r->log, NULL, " "), MC_OK);
    for (size_t t = 0; t < record->n_texts; t++) {
        mc_bytes text = mc_batch_span(batch, &batch->texts[record->first_text + t]);
        assert_true(mc_json_utf8_valid(text.data, text.size));
        assert_int_equal(mc_buffer_printf(&r->log, NULL, "["), MC_OK);
        log_bytes(&r->log, text);
        assert_int_equal(mc_buffer_printf(&r->log, NULL, "]"), MC_OK);
    }
}

static inline void log_reject(reading *r, const mc_reject *reject) {
    r->n_rejects_for[reject->reason]++;
    assert_true(memchr(reject->detail, '\0', sizeof reject->detail) != NULL);
    assert_true(mc_json_utf8_valid(reject->detail, strlen(reject->detail)));
    assert_true(reject->detail[0] != '\0');
    bool ours = reject->reason != MC_REASON_BAD_JSON && reject->reason != MC_REASON_DAMAGED;
    assert_int_equal(mc_buffer_printf(&r->log, NULL, " !%s@%" PRIu64 "%s%s",
                                      mc_reason_name(reject->reason), reject->offset,
                                      ours ? " " : "", ours ? reject->detail : ""),
                     MC_OK);
}

/* Adds a batch to the log and checks its books: each number once, as a record or a reject. */
static inline void log_batch(reading *r, const mc_batch *batch) {
    size_t record = 0, reject = 0, n_texts = 0;
    for (uint32_t number = 0; number < batch->n_numbers; number++) {
        assert_int_equal(mc_buffer_printf(&r->log, NULL, "%" PRIu64, r->n_numbers + number), MC_OK);
        if (record < batch->n_records && batch->records[record].number == number) {
            assert_int_equal(batch->records[record].first_text, n_texts);
            n_texts += batch->records[record].n_texts;
            log_record(r, batch, record++);
        } else {
            assert_true(reject < batch->n_rejects);
            assert_int_equal(batch->rejects[reject].number, number);
            log_reject(r, &batch->rejects[reject++]);
        }
        assert_int_equal(mc_buffer_printf(&r->log, NULL, "\n"), MC_OK);
    }
    assert_int_equal(record, batch->n_records);
    assert_int_equal(reject, batch->n_rejects);
    assert_int_equal(n_texts, batch->n_texts);
    r->n_numbers += batch->n_numbers;
    r->n_records += batch->n_records;
    r->n_rejects += batch->n_rejects;
    r->n_texts += batch->n_texts;
    r->n_replaced += batch->n_replaced;
    mc_crawl_totals_add(&r->crawl, &batch->crawl);
}

static inline void read_shard(reading *r, mc_shard *shard) {
    mc_parser *parser;
    mc_chunk chunk = {0};
    mc_batch batch = {0};
    assert_int_equal(mc_parser_create(&parser, NULL), MC_OK);
    mc_status status;
    while ((status = mc_shard_read(shard, &chunk, &r->error)) == MC_OK) {
        assert_true((chunk.kind == MC_CHUNK_RECORDS) == (chunk.bytes.size > 0));
        assert_true(chunk.kind != MC_CHUNK_RECORDS ||
                    chunk.bytes.capacity >= chunk.bytes.size + MC_CHUNK_PADDING);
        assert_int_equal(mc_buffer_printf(&r->cuts, NULL, "%d %" PRIu64 " %zu\n", chunk.kind,
                                          chunk.offset, chunk.bytes.size),
                         MC_OK);
        r->n_chunks++;
        assert_int_equal(mc_shard_parse(shard, parser, &chunk, &batch, &r->error), MC_OK);
        log_batch(r, &batch);
    }
    assert_int_equal(status, MC_END);
    assert_int_equal(mc_shard_read(shard, &chunk, NULL), MC_END);
    mc_batch_dispose(&batch);
    mc_chunk_dispose(&chunk);
    mc_parser_free(parser);
}

/* Reads one file. The caller disposes of what comes back. */
static inline reading read_file(const char *path, const mc_pool_options *options,
                                reading_limits limits) {
    reading r = {0};
    mc_pool *pool;
    mc_shard *shard;
    assert_int_equal(mc_pool_create(&pool, &path, 1, options, &r.error), MC_OK);
    assert_int_equal(mc_pool_count(pool), 1);
    assert_int_equal(mc_buffer_reserve(&r.log, 1, NULL), MC_OK);
    r.status = mc_shard_open(&shard, pool, 0, &r.error);
    if (r.status == MC_OK) {
        r.format = mc_shard_format(shard);
        if (limits.chunk_bytes)
            shard->chunk_bytes = limits.chunk_bytes;
        if (limits.chunk_records)
            shard->chunk_records = limits.chunk_records;
        read_shard(&r, shard);
        mc_shard_close(shard);
    }
    mc_pool_free(pool);
    assert_int_equal(mc_buffer_append(&r.log, "", 1, NULL), MC_OK);
    assert_int_equal(mc_buffer_append(&r.cuts, "", 1, NULL), MC_OK);
    assert_int_equal(mc_buffer_append(&r.uids, "", 1, NULL), MC_OK);
    return r;
}

static inline reading read_bytes(const void *data, size_t size, const mc_pool_options *options,
                                 reading_limits limits) {
    unlink(scratch("shard")); /* a file that is overwritten may be flushed each time */
    return read_file(scratch_write("shard", data, size), options, limits);
}

/* A case of a table: options, bytes of a shard and the log that is expected of it. */
typedef struct reading_case {
    mc_pool_options options;
    mc_format format; /* expected */
    mc_bytes input;
    const char *log;
    uint64_t n_replaced;
} reading_case;

/* Bytes of a literal, NUL bytes within it included. */
#define BYTES(literal)                                                                             \
    { literal, sizeof(literal) - 1 }

static inline void check_cases(const reading_case *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const reading_case *c = &cases[i];
        reading r = read_bytes(c->input.data, c->input.size, &c->options, (reading_limits){0});
        char text[1200];
        if (r.status != MC_OK)
            fail_msg("case %zu (%s): %s", i, c->input.data,
                     mc_error_text(&r.error, text, sizeof text));
        if (strcmp(r.log.data, c->log) != 0 || r.format != c->format ||
            r.n_replaced != c->n_replaced)
            fail_msg("case %zu (%s) as %s, %" PRIu64 " replaced:\n%sexpected:\n%s", i,
                     c->input.data, mc_format_name(r.format), r.n_replaced, r.log.data, c->log);
        reading_dispose(&r);
    }
}

#define CHECK_CASES(cases) check_cases((cases), sizeof(cases) / sizeof *(cases))

#endif
