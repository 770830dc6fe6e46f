/* Shards: opening, telling the format, and handing chunks to the parser of that format. */
#include <stdlib.h>
#include <string.h>

#include "pool/foreign.h"
#include "pool/reader.h"
#include "pool/tar.h"

static mc_status open_source(mc_shard *shard, mc_error *error) {
    const char *reader = mc_pool_get_options(shard->pool)->reader;
    if (reader)
        return mc_source_open_command(&shard->source, reader, shard->path, error);
    const atomic_int *cancel = mc_pool_get_options(shard->pool)->cancel;
    return mc_source_open_cancel(&shard->source, shard->path, cancel, error);
}

/* Refuses what would pass for lines of text, or for a row of column names, all of it garbage. */
static mc_status refuse_others(const mc_shard *shard, mc_bytes data, mc_error *error) {
    const mc_foreign *foreign = mc_foreign_tell(data);
    if (foreign)
        return mc_fail(error, MC_E_FORMAT, "is %s: %s", foreign->what, foreign->advice);
    if (shard->format == MC_FORMAT_TSV || shard->format == MC_FORMAT_CSV)
        data.size = mc_line_end(data.data, 0, data.size);
    else if (shard->format != MC_FORMAT_TEXT)
        return MC_OK;
    if (!mc_foreign_is_binary(data))
        return MC_OK;
    if (data.size >= 2 && (!memcmp(data.data, "\xFF\xFE", 2) || !memcmp(data.data, "\xFE\xFF", 2)))
        return mc_fail(error, MC_E_FORMAT, "is UTF-16 text: convert it to UTF-8");
    return mc_fail(error, MC_E_FORMAT,
                   "is no text: it begins with NUL bytes and ill-formed UTF-8; if it is to be read "
                   "all the same, say how: --format text");
}

static mc_status choose_format(mc_shard *shard, mc_error *error) {
    const mc_pool_options *options = mc_pool_get_options(shard->pool);
    mc_bytes data = {mc_shard_data(shard), mc_shard_held(shard)};
    bool told = options->format == MC_FORMAT_AUTO;
    shard->format = !told             ? options->format
                    : options->reader ? MC_FORMAT_JSONL
                                      : mc_format_tell(shard, data.data, data.size);
    bool refuses = told || shard->format == MC_FORMAT_WARC;
    return refuses ? refuse_others(shard, data, error) : MC_OK;
}

/* Fills the window for the first time. Damage before the first byte is noted and passed over, so
 * that what is behind it can tell the format. */
static mc_status fill_first(mc_shard *shard, mc_error *error) {
    for (;;) {
        MC_TRY(mc_shard_fill(shard, shard->chunk_bytes, error));
        if (mc_shard_held(shard) > 0 || !shard->damaged)
            return MC_OK;
        if (!shard->first_damaged)
            memcpy(shard->first_damage, shard->damage, sizeof shard->damage);
        shard->first_damaged = true;
        mc_shard_resume(shard);
    }
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
            shard->headless = true;
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
    MC_TRY(fill_first(shard, error));
    if (mc_shard_held(shard) >= 3 && !memcmp(mc_shard_data(shard), "\xEF\xBB\xBF", 3))
        mc_shard_skip(shard, 3);
    MC_TRY(choose_format(shard, error));
    bool table = shard->format == MC_FORMAT_TSV || shard->format == MC_FORMAT_CSV;
    if (shard->first_damaged) {
        shard->amid_line = mc_format_ways_of(shard->format)->passes_partial_lines;
        /* Whatever names its columns was before the damage. */
        shard->over = table && !mc_pool_get_options(shard->pool)->columns;
    }
    return table && !shard->over ? read_header(shard, error) : MC_OK;
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
    mc_tar_free(shard->tar);
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
    mc_page_dispose(&parser->page);
    mc_wat_dispose(&parser->wat);
    for (int i = 0; i < MC_N_DECODED; i++)
        mc_buffer_dispose(&parser->decoded[i]);
    mc_http_free(parser->http);
    mc_html_free(parser->html);
    mc_filter_scratch_free(parser->filter_scratch);
    free(parser);
}

static mc_status reject_chunk(const mc_chunk *chunk, mc_batch *batch, mc_error *error) {
    static const mc_reason reasons[] = {[MC_CHUNK_TOO_LONG] = MC_REASON_TOO_LONG,
                                        [MC_CHUNK_UNCLOSED] = MC_REASON_UNCLOSED,
                                        [MC_CHUNK_BROKEN] = MC_REASON_BAD_WARC,
                                        [MC_CHUNK_DAMAGED] = MC_REASON_DAMAGED};
    MC_TRY(mc_batch_begin(batch, error));
    return mc_batch_reject(batch, reasons[chunk->kind], chunk->offset, error, "%s", chunk->detail);
}

static mc_status apply_filter(const mc_filter *filter, mc_parser *parser, mc_batch *batch,
                              mc_error *error) {
    if (!filter)
        return MC_OK;
    if (parser->filter != filter) { /* of a pool read before */
        mc_filter_scratch_free(parser->filter_scratch);
        parser->filter_scratch = NULL;
        parser->filter = NULL;
        MC_TRY(mc_filter_scratch_create(&parser->filter_scratch, filter, error));
        parser->filter = filter;
    }
    return mc_filter_apply(filter, parser->filter_scratch, batch, error);
}

/* What only a very long record needed is not kept. */
static void give_back(mc_buffer *buffer) {
    if (buffer->capacity > 8 * MC_CHUNK_BYTES)
        mc_buffer_dispose(buffer);
}

mc_status mc_shard_parse(const mc_shard *shard, mc_parser *parser, const mc_chunk *chunk,
                         mc_batch *batch, mc_error *error) {
    mc_batch_clear(batch);
    give_back(&parser->scratch);
    for (int i = 0; i < MC_N_DECODED; i++)
        give_back(&parser->decoded[i]);
    give_back(&parser->page.joined);
    if (chunk->kind != MC_CHUNK_RECORDS)
        return reject_chunk(chunk, batch, error);
    MC_TRY(mc_format_ways_of(shard->format)->parse(shard, parser, chunk, batch, error));
    return apply_filter(mc_pool_filter(shard->pool), parser, batch, error);
}
