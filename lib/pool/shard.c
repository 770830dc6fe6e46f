/* Shards: opening, telling the format, and handing chunks to the parser of that format. */
#include <stdlib.h>
#include <string.h>

#include "pool/reader.h"

static mc_status open_source(mc_shard *shard, mc_error *error) {
    const char *reader = mc_pool_get_options(shard->pool)->reader;
    if (reader)
        return mc_source_open_command(&shard->source, reader, shard->path, error);
    const atomic_int *cancel = mc_pool_get_options(shard->pool)->cancel;
    return mc_source_open_cancel(&shard->source, shard->path, cancel, error);
}

static mc_status choose_format(mc_shard *shard, mc_error *error) {
    const mc_pool_options *options = mc_pool_get_options(shard->pool);
    const char *data = mc_shard_data(shard);
    size_t held = mc_shard_held(shard);
    shard->format = options->format;
    if (shard->format != MC_FORMAT_AUTO)
        return MC_OK;
    shard->format = options->reader ? MC_FORMAT_JSONL : mc_format_tell(shard, data, held);
    /* A Parquet file would pass for lines of text, all of them garbage. */
    if (held > 4 && !memcmp(data, "PAR1\x15", 5))
        return mc_fail(error, MC_E_FORMAT,
                       "this is a Parquet table; give --reader 'tools/read-parquet {}'");
    return MC_OK;
}

static mc_status read_header(mc_shard *shard, mc_error *error) {
    const char *columns = mc_pool_get_options(shard->pool)->columns;
    if (columns)
        return mc_table_columns(shard, MC_FORMAT_CSV, (mc_bytes){columns, strlen(columns)}, error);
    const char *data = mc_shard_data(shard);
    size_t held = mc_shard_held(shard), end;
    if (held == 0)
        return MC_OK;
    mc_record_scan scan = {.quotes = shard->format == MC_FORMAT_CSV};
    bool final = shard->ended && !shard->damaged;
    if (!mc_record_next(&scan, data, held, final, &end)) {
        end = held;
        if (shard->damaged) {
            shard->window.size = shard->head; /* the lost record begins at the header */
            return MC_OK;
        }
        if (!final || scan.quoted)
            return mc_fail(error, MC_E_FORMAT,
                           "the row of column names does not end in the first %zu bytes", held);
    }
    MC_TRY(mc_table_columns(shard, shard->format, mc_record_content(data, 0, end), error));
    mc_shard_skip(shard, end);
    return MC_OK;
}

static mc_status open_shard(mc_shard *shard, mc_error *error) {
    MC_TRY(open_source(shard, error));
    MC_TRY(mc_shard_fill(shard, shard->chunk_bytes, error));
    if (mc_shard_held(shard) >= 3 && !memcmp(mc_shard_data(shard), "\xEF\xBB\xBF", 3))
        mc_shard_skip(shard, 3);
    MC_TRY(choose_format(shard, error));
    if (shard->format == MC_FORMAT_TSV || shard->format == MC_FORMAT_CSV)
        MC_TRY(read_header(shard, error));
    return MC_OK;
}

mc_status mc_shard_open(mc_shard **out, const mc_pool *pool, size_t index, mc_error *error) {
    *out = NULL;
    mc_shard *shard;
    MC_TRY(MC_ALLOC(shard, 1, error));
    const mc_pool_options *options = mc_pool_get_options(pool);
    shard->pool = pool;
    shard->path = mc_pool_path(pool, index);
    shard->max_record = options->max_record;
    shard->chunk_bytes = MC_CHUNK_BYTES;
    shard->chunk_records = MC_CHUNK_MAX_RECORDS;
    mc_fields_init(&shard->fields, options);
    for (int f = 0; f < MC_N_FIELDS; f++)
        shard->columns[f] = MC_NO_COLUMN;
    mc_status status = open_shard(shard, error);
    if (status != MC_OK) {
        mc_error_place(error, shard->path, MC_NONE, MC_NONE);
        mc_shard_close(shard);
        return status;
    }
    *out = shard;
    return MC_OK;
}

void mc_shard_close(mc_shard *shard) {
    if (!shard)
        return;
    mc_source_close(shard->source);
    mc_buffer_dispose(&shard->window);
    free(shard);
}

mc_format mc_shard_format(const mc_shard *shard) {
    return shard->format;
}

uint64_t mc_shard_taken(const mc_shard *shard) {
    return mc_source_taken(shard->source);
}

mc_status mc_shard_digest(mc_shard *shard, mc_u128 *digest, uint64_t *size, mc_error *error) {
    return mc_source_digest(shard->source, digest, size, error);
}

mc_status mc_parser_create(mc_parser **out, mc_error *error) {
    *out = NULL;
    mc_parser *parser;
    MC_TRY(MC_ALLOC(parser, 1, error));
    mc_status status = mc_json_create(&parser->json, error);
    if (status != MC_OK) {
        free(parser);
        return status;
    }
    *out = parser;
    return MC_OK;
}

void mc_parser_free(mc_parser *parser) {
    if (!parser)
        return;
    mc_json_free(parser->json);
    mc_buffer_dispose(&parser->scratch);
    free(parser);
}

static mc_status reject_chunk(const mc_chunk *chunk, mc_batch *batch, mc_error *error) {
    mc_reason reason = chunk->kind == MC_CHUNK_TOO_LONG   ? MC_REASON_TOO_LONG
                       : chunk->kind == MC_CHUNK_UNCLOSED ? MC_REASON_UNCLOSED
                                                          : MC_REASON_DAMAGED;
    MC_TRY(mc_batch_begin(batch, error));
    return mc_batch_reject(batch, reason, chunk->offset, error, "%s", chunk->detail);
}

mc_status mc_shard_parse(const mc_shard *shard, mc_parser *parser, const mc_chunk *chunk,
                         mc_batch *batch, mc_error *error) {
    mc_batch_clear(batch);
    if (parser->scratch.capacity > 8 * MC_CHUNK_BYTES)
        mc_buffer_dispose(&parser->scratch);
    if (chunk->kind != MC_CHUNK_RECORDS)
        return reject_chunk(chunk, batch, error);
    mc_parse *parse = shard->format == MC_FORMAT_JSONL  ? mc_parse_jsonl
                      : shard->format == MC_FORMAT_TEXT ? mc_parse_text
                                                        : mc_parse_table;
    return parse(shard, parser, chunk, batch, error);
}
