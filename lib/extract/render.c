/* Lines are built from left to right, keys in a fixed order; what is not known is null. */
#include "extract/render.h"

#include <openssl/evp.h>

#include "io/json_out.h"
#include "metacurate/text.h"

#define UUID_DIGITS 24
#define SHA224_BYTES 28

mc_status mc_renderer_init(mc_renderer *renderer, mc_error *error) {
    *renderer = (mc_renderer){0};
    mc_status status = mc_parser_create(&renderer->parser, error);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    renderer->digest = context;
    if (status == MC_OK && (!context || !EVP_DigestInit_ex(context, EVP_sha224(), NULL)))
        status = mc_fail(error, MC_E_MEMORY, "out of memory: SHA-224 could not be had");
    if (status != MC_OK)
        mc_renderer_dispose(renderer);
    return status;
}

void mc_renderer_dispose(mc_renderer *renderer) {
    mc_parser_free(renderer->parser);
    EVP_MD_CTX_free(renderer->digest);
    *renderer = (mc_renderer){0};
}

mc_status mc_render_path(const char *path, mc_buffer *out, mc_error *error) {
    size_t size = strlen(path);
    mc_buffer clean = {0};
    out->size = 0;
    mc_status status = mc_buffer_reserve(&clean, MC_UTF8_REPLACED_MAX(size) + 1, error);
    if (status == MC_OK) {
        clean.size = mc_utf8_replace(path, size, clean.data, NULL);
        status = mc_json_string(out, clean.data, clean.size, error);
    }
    mc_buffer_dispose(&clean);
    return status;
}

#define PUT(out, literal, error) mc_buffer_append((out), (literal), sizeof(literal) - 1, (error))

/* The first hex digits of SHA-224 of the URL without tabs and spaces. */
static mc_status put_uuid(mc_renderer *renderer, mc_bytes url, mc_buffer *out, mc_error *error) {
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[SHA224_BYTES];
    char digits[UUID_DIGITS + 2];
    EVP_MD_CTX *context = renderer->digest;
    bool good = EVP_DigestInit_ex(context, NULL, NULL);
    for (size_t start = 0, at = 0; at <= url.size; at++) {
        if (at < url.size && url.data[at] != ' ' && url.data[at] != '\t')
            continue;
        good = good && EVP_DigestUpdate(context, url.data + start, at - start);
        start = at + 1;
    }
    if (!good || !EVP_DigestFinal_ex(context, digest, NULL))
        return mc_fail(error, MC_E_MEMORY, "SHA-224 could not be computed");
    digits[0] = digits[UUID_DIGITS + 1] = '"';
    for (size_t i = 0; i < UUID_DIGITS; i++)
        digits[1 + i] = hex[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
    return mc_buffer_append(out, digits, sizeof digits, error);
}

static mc_status put_string(mc_buffer *out, mc_bytes value, mc_error *error) {
    return value.size ? mc_json_string(out, value.data, value.size, error)
                      : PUT(out, "null", error);
}

static mc_status put_text(const mc_batch *batch, const mc_text_span *text, mc_buffer *out,
                          mc_error *error) {
    char code[MC_LANGUAGE_MAX + 1];
    const char *key = mc_text_key_name(text->key);
    size_t size = mc_language_text(text->language, code);
    MC_TRY(PUT(out, "[", error));
    MC_TRY(put_string(out, (mc_bytes){key, strlen(key)}, error));
    MC_TRY(PUT(out, ",", error));
    mc_bytes bytes = mc_batch_span(batch, text);
    MC_TRY(mc_json_string(out, bytes.data, bytes.size, error));
    MC_TRY(PUT(out, ",", error));
    MC_TRY(put_string(out, (mc_bytes){code, size}, error));
    return PUT(out, "]", error);
}

static mc_status put_source(const mc_record *record, const mc_buffer *path, mc_buffer *out,
                            mc_error *error) {
    MC_TRY(PUT(out, "],\"source\":{\"file\":", error));
    MC_TRY(mc_buffer_append(out, path->data, path->size, error));
    if (record->page_size == 0)
        return PUT(out, ",\"offset\":null,\"link\":null}}\n", error);
    MC_TRY(PUT(out, ",\"offset\":", error));
    MC_TRY(mc_json_u64(out, record->source, error));
    MC_TRY(PUT(out, ",\"link\":", error));
    MC_TRY(mc_json_u64(out, record->link, error));
    return PUT(out, "}}\n", error);
}

static mc_status put_record(mc_renderer *renderer, const mc_batch *batch, const mc_record *record,
                            const mc_buffer *path, mc_buffer *out, mc_error *error) {
    char uid[33];
    mc_bytes url = {batch->bytes.data + record->url_offset, record->url_size};
    mc_bytes page = {batch->bytes.data + record->page_offset, record->page_size};
    mc_u128_hex(record->uid, uid);
    MC_TRY(PUT(out, "{\"uid\":\"", error));
    MC_TRY(mc_buffer_append(out, uid, 32, error));
    MC_TRY(PUT(out, "\",\"uuid\":", error));
    if (url.size)
        MC_TRY(put_uuid(renderer, url, out, error));
    else
        MC_TRY(PUT(out, "null", error));
    MC_TRY(PUT(out, ",\"url\":", error));
    MC_TRY(put_string(out, url, error));
    MC_TRY(PUT(out, ",\"page_url\":", error));
    MC_TRY(put_string(out, page, error));
    MC_TRY(PUT(out, ",\"texts\":[", error));
    for (uint32_t i = 0; i < record->n_texts; i++) {
        if (i > 0)
            MC_TRY(PUT(out, ",", error));
        MC_TRY(put_text(batch, &batch->texts[record->first_text + i], out, error));
    }
    return put_source(record, path, out, error);
}

mc_status mc_render_chunk(mc_renderer *renderer, const mc_shard *shard, const mc_buffer *path,
                          const mc_chunk *chunk, mc_batch *batch, mc_totals *totals, mc_buffer *out,
                          uint64_t *n_lines, mc_error *error) {
    MC_TRY(mc_shard_parse(shard, renderer->parser, chunk, batch, error));
    MC_TRY(mc_batch_bound(batch, chunk->offset, error));
    *totals = (mc_totals){0};
    mc_batch_count(totals, batch);
    totals->matched = totals->kept = totals->texts - totals->excluded - totals->empty;
    out->size = 0;
    *n_lines = 0;
    for (size_t i = 0; i < batch->n_records; i++) {
        if (batch->records[i].n_texts == 0)
            continue;
        MC_TRY(put_record(renderer, batch, &batch->records[i], path, out, error));
        ++*n_lines;
    }
    return MC_OK;
}
