/* Writing blocks: the identities, columns of varints, and compressed texts. */
#include "match/block.h"

#include <stdlib.h>
#include <zstd.h>

#include "match/block_layout.h"

#define LEVEL 1 /* of the texts; speed decides here */

struct mc_block_encoder {
    ZSTD_CCtx *compressor;
    mc_buffer plain;
    mc_language_table languages;
};

mc_status mc_block_encoder_create(mc_block_encoder **out, mc_error *error) {
    *out = NULL;
    mc_block_encoder *encoder;
    MC_TRY(mc_alloc(&encoder, 1, sizeof *encoder, error));
    encoder->compressor = ZSTD_createCCtx();
    if (!encoder->compressor) {
        free(encoder);
        return mc_fail(error, MC_E_MEMORY, "out of memory: no zstd context");
    }
    *out = encoder;
    return MC_OK;
}

void mc_block_encoder_free(mc_block_encoder *encoder) {
    if (!encoder)
        return;
    ZSTD_freeCCtx(encoder->compressor);
    mc_buffer_dispose(&encoder->plain);
    mc_language_table_dispose(&encoder->languages);
    free(encoder);
}

static void put_identities(const mc_batch *batch, char *at) {
    for (size_t r = 0; r < batch->n_records; r++) {
        const mc_record *record = &batch->records[r];
        for (uint32_t i = 0; i < record->n_texts; i++, at += MC_IDENTITY_SIZE) {
            mc_bytes text = mc_batch_span(batch, &batch->texts[record->first_text + i]);
            mc_store_u64(at, record->uid.low);
            mc_store_u64(at + 8, record->uid.high);
            mc_store_u64(at + 16, mc_hash64(text.data, text.size));
        }
    }
}

/* Ends a column that began at start: notes its size in the directory. */
static unsigned char *end_column(unsigned char *base, int column, const unsigned char *start,
                                 unsigned char *at) {
    mc_store_u32(base + 4 * column, (uint32_t)(at - start));
    return at;
}

static unsigned char *put_records(unsigned char *at, const mc_batch *batch) {
    uint32_t previous = 0;
    for (size_t r = 0; r < batch->n_records; r++) {
        const mc_record *record = &batch->records[r];
        for (uint32_t i = 0; i < record->n_texts; i++) {
            at = mc_put_varint(at, record->number - previous);
            previous = record->number;
        }
    }
    return at;
}

/* Text numbers; nothing where all are 0. */
static unsigned char *put_numbers(unsigned char *at, const mc_batch *batch) {
    size_t t = 0;
    while (t < batch->n_texts && batch->texts[t].number == 0)
        t++;
    if (t == batch->n_texts)
        return at;
    for (t = 0; t < batch->n_texts; t++)
        at = mc_put_varint(at, batch->texts[t].number);
    return at;
}

/* Set sizes: 0 for an empty text, else 1 + the number of matches. */
static unsigned char *put_sizes(unsigned char *at, const mc_batch *batch,
                                const mc_match_sets *sets) {
    for (size_t t = 0; t < batch->n_texts; t++) {
        uint64_t size = sets->offsets[t + 1] - sets->offsets[t];
        at = mc_put_varint(at, batch->texts[t].size == 0 ? 0 : size + 1);
    }
    return at;
}

static unsigned char *put_ids(unsigned char *at, const mc_batch *batch, const mc_match_sets *sets) {
    for (size_t t = 0; t < batch->n_texts; t++) {
        uint32_t last = 0;
        for (size_t i = sets->offsets[t]; i < sets->offsets[t + 1]; i++) {
            at = mc_put_varint(at, sets->ids[i] - last);
            last = sets->ids[i];
        }
    }
    return at;
}

static mc_status put_columns(mc_block_encoder *encoder, const mc_batch *batch,
                             const mc_match_sets *sets, mc_error *error) {
    mc_buffer *out = &encoder->plain;
    size_t n_ids = batch->n_texts ? sets->offsets[batch->n_texts] : 0;
    MC_TRY(mc_buffer_reserve(
        out, MC_COLUMNS_DIRECTORY + MC_VARINT_MAX * (3 * batch->n_texts + n_ids), error));
    unsigned char *base = (unsigned char *)out->data;
    unsigned char *start = base + MC_COLUMNS_DIRECTORY, *at;
    at = start = end_column(base, 0, start, put_records(start, batch));
    at = start = end_column(base, 1, start, put_numbers(at, batch));
    at = start = end_column(base, 2, start, put_sizes(at, batch, sets));
    at = end_column(base, 3, start, put_ids(at, batch, sets));
    out->size = (size_t)(at - base);
    size_t before = out->size;
    MC_TRY(mc_block_put_languages(&encoder->languages, batch, out, error));
    mc_store_u32(out->data + 16, (uint32_t)(out->size - before));
    MC_TRY(mc_buffer_append(out, "\0\0\0\0\0\0\0", MC_COLUMNS_PADDING, error));
    if (out->size > MC_BLOCK_PLAIN_MAX)
        return mc_fail(error, MC_E_LIMIT, "a chunk's matches exceed %u bytes", MC_BLOCK_PLAIN_MAX);
    return MC_OK;
}

/* For each text: bytes of the url (only with a record's first text), bytes of the text, then both.
 */
static mc_status put_texts(mc_buffer *out, const mc_batch *batch, mc_error *error) {
    for (size_t r = 0; r < batch->n_records; r++) {
        const mc_record *record = &batch->records[r];
        for (uint32_t i = 0; i < record->n_texts; i++) {
            mc_bytes text = mc_batch_span(batch, &batch->texts[record->first_text + i]);
            size_t url_size = i == 0 ? record->url_size : 0;
            MC_TRY(mc_buffer_reserve(out, 2 * MC_VARINT_MAX + url_size + text.size, error));
            unsigned char *at = (unsigned char *)out->data + out->size;
            at = mc_put_varint(at, url_size);
            at = mc_put_varint(at, text.size);
            memcpy(at, batch->bytes.data + record->url_offset, url_size);
            memcpy(at + url_size, text.data, text.size);
            out->size = (size_t)(at + url_size + text.size - (unsigned char *)out->data);
        }
    }
    return MC_OK;
}

static mc_status append_compressed(mc_block_encoder *encoder, mc_buffer *out, uint32_t *size,
                                   mc_error *error) {
    if (encoder->plain.size > MC_BLOCK_PLAIN_MAX)
        return mc_fail(error, MC_E_LIMIT, "a chunk's texts exceed %u bytes", MC_BLOCK_PLAIN_MAX);
    size_t bound = ZSTD_compressBound(encoder->plain.size);
    MC_TRY(mc_buffer_reserve(out, bound, error));
    size_t n = ZSTD_compressCCtx(encoder->compressor, out->data + out->size, bound,
                                 encoder->plain.data, encoder->plain.size, LEVEL);
    if (ZSTD_isError(n))
        return mc_fail(error, MC_E_MEMORY, "zstd: %s", ZSTD_getErrorName(n));
    out->size += n;
    *size = (uint32_t)n;
    return MC_OK;
}

mc_status mc_block_encode(mc_block_encoder *encoder, const mc_batch *batch,
                          const mc_match_sets *sets, bool keep_texts, mc_buffer *out,
                          mc_error *error) {
    mc_block_info info = {.n_records = batch->n_numbers, .n_texts = (uint32_t)batch->n_texts};
    info.n_ids = batch->n_texts ? sets->offsets[batch->n_texts] : 0;
    size_t identity_size = batch->n_texts * MC_IDENTITY_SIZE;
    out->size = 0;
    MC_TRY(mc_buffer_reserve(out, MC_BLOCK_HEADER_SIZE + identity_size, error));
    put_identities(batch, out->data + MC_BLOCK_HEADER_SIZE);
    out->size = MC_BLOCK_HEADER_SIZE + identity_size;

    encoder->plain.size = 0;
    MC_TRY(put_columns(encoder, batch, sets, error));
    info.columns_size = (uint32_t)encoder->plain.size;
    MC_TRY(mc_buffer_append(out, encoder->plain.data, encoder->plain.size, error));
    if (keep_texts) {
        encoder->plain.size = 0;
        MC_TRY(put_texts(&encoder->plain, batch, error));
        info.texts_plain = (uint32_t)encoder->plain.size;
        MC_TRY(append_compressed(encoder, out, &info.texts_size, error));
    }
    mc_block_store_header(
        out->data, &info,
        mc_checksum(out->data + MC_BLOCK_HEADER_SIZE, out->size - MC_BLOCK_HEADER_SIZE));
    return MC_OK;
}
