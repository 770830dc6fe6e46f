/* Text lines: a line is a record with one text.
 *
 * Where the whole chunk is well-formed, as it nearly always is, it is copied as it stands and the
 * texts are spans of the copy; their line ends stay between them.
 */
#include "pool/reader.h"

static mc_status take_whole(const mc_chunk *chunk, mc_batch *batch, mc_error *error) {
    size_t size = chunk->bytes.size, most = mc_count_lines(chunk->bytes.data, size) + 1;
    MC_TRY(mc_buffer_append(&batch->bytes, chunk->bytes.data, size, error));
    MC_TRY(MC_GROW(batch->records, batch->records_capacity, most, error));
    MC_TRY(MC_GROW(batch->texts, batch->texts_capacity, most, error));
    const char *data = batch->bytes.data;
    uint32_t n = 0;
    for (size_t start = 0, end; start < size; start = end, n++) {
        end = mc_line_end(data, start, size);
        mc_bytes line = mc_record_content(data, start, end);
        batch->records[n] = (mc_record){
            .number = n, .first_text = n, .n_texts = 1, .uid = mc_hash128(line.data, line.size)};
        batch->texts[n] = (mc_text_span){.offset = start, .size = line.size};
    }
    batch->n_records = batch->n_texts = batch->n_numbers = n;
    return MC_OK;
}

mc_status mc_parse_text(const mc_shard *shard, mc_parser *parser, const mc_chunk *chunk,
                        mc_batch *batch, mc_error *error) {
    (void)shard;
    (void)parser;
    if (mc_json_utf8_valid(chunk->bytes.data, chunk->bytes.size))
        return take_whole(chunk, batch, error);
    mc_record_scan scan = {0};
    mc_bytes line;
    size_t start;
    while (mc_record_take(&scan, chunk->bytes.data, chunk->bytes.size, &line, &start)) {
        MC_TRY(mc_batch_begin(batch, error));
        MC_TRY(mc_batch_text(batch, line, error));
        MC_TRY(mc_batch_end(batch, NULL, NULL, NULL, error));
    }
    return MC_OK;
}
