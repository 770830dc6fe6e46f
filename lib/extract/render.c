/* Lines are built from left to right, keys in a fixed order; what is not known is null. */
#include "extract/render.h"

#include <openssl/evp.h>

#include "io/json_out.h"
#include "metacurate/text.h"

#define UUID_DIGITS 24
#define SHA224_BYTES 28
#define PATH_BYTES_MAX 4096

static void dispose_renderer(mc_renderer *renderer) {
    mc_parser_free(renderer->parser);
    EVP_MD_CTX_free(renderer->digest);
    *renderer = (mc_renderer){0};
}

static mc_status init_renderer(mc_renderer *renderer, mc_error *error) {
    *renderer = (mc_renderer){0};
    mc_status status = mc_parser_create(&renderer->parser, error);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    renderer->digest = context;
    if (status == MC_OK && (!context || !EVP_DigestInit_ex(context, EVP_sha224(), NULL)))
        status = mc_fail(error, MC_E_MEMORY, "out of memory: SHA-224 could not be had");
    if (status != MC_OK)
        dispose_renderer(renderer);
    return status;
}

mc_status mc_render_path(const char *path, mc_buffer *out, mc_error *error) {
    size_t size = strlen(path);
    mc_buffer clean = {0};
    out->size = 0;
    if (size >= PATH_BYTES_MAX) /* it is repeated in every line */
        return mc_fail(error, MC_E_LIMIT, "a path or URL has more than %d bytes", PATH_BYTES_MAX);
    mc_status status = mc_buffer_reserve(&clean, MC_UTF8_REPLACED_MAX(size) + 1, error);
    if (status == MC_OK) {
        clean.size = mc_utf8_replace(path, size, clean.data, NULL);
        status = mc_json_string(out, clean.data, clean.size, error);
    }
    mc_buffer_dispose(&clean);
    return status;
}

/* Lines are written without checks into room that is made for them beforehand. */
#define PUT(at, literal) put((at), (literal), sizeof(literal) - 1)

static inline char *put(char *at, const char *data, size_t size) {
    memcpy(at, data, size);
    return at + size;
}

static char *put_number(char *at, uint64_t value) {
    char digits[20];
    size_t i = sizeof digits;
    do
        digits[--i] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    return put(at, digits + i, sizeof digits - i);
}

/* n hex digits of bytes. */
static char *put_hex(char *at, const unsigned char *bytes, size_t n) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++)
        *at++ = hex[bytes[i / 2] >> (i % 2 ? 0 : 4) & 15];
    return at;
}

static char *put_uid(char *at, mc_u128 uid) {
    unsigned char bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(uid.high >> (56 - 8 * i));
        bytes[8 + i] = (unsigned char)(uid.low >> (56 - 8 * i));
    }
    return put_hex(at, bytes, 32);
}

/* The first hex digits of SHA-224 of the URL without tabs and spaces. */
static mc_status find_uuid(mc_renderer *renderer, mc_bytes url, unsigned char digest[SHA224_BYTES],
                           mc_error *error) {
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
    return MC_OK;
}

static char *put_string(char *at, mc_bytes value) {
    return value.size ? mc_json_put(at, value.data, value.size) : PUT(at, "null");
}

static char *put_text(char *at, const mc_batch *batch, const mc_text_span *text) {
    char code[MC_LANGUAGE_MAX + 1];
    const char *key = mc_text_key_name(text->key);
    mc_bytes bytes = mc_batch_span(batch, text);
    at = PUT(at, "[");
    at = put_string(at, (mc_bytes){key, strlen(key)});
    at = PUT(at, ",");
    at = mc_json_put(at, bytes.data, bytes.size);
    at = PUT(at, ",");
    at = put_string(at, (mc_bytes){code, mc_language_text(text->language, code)});
    return PUT(at, "]");
}

static char *put_source(char *at, const mc_record *record, const mc_buffer *path) {
    at = PUT(at, "],\"source\":{\"file\":");
    at = put(at, path->data, path->size);
    if (record->page_size == 0)
        return PUT(at, ",\"offset\":null,\"link\":null}}\n");
    at = PUT(at, ",\"offset\":");
    at = put_number(at, record->source);
    at = PUT(at, ",\"link\":");
    at = put_number(at, record->link);
    return PUT(at, "}}\n");
}

/* Room for a line: its fixed parts and numbers, and its strings. */
static size_t bound(const mc_batch *batch, const mc_record *record, mc_bytes url, mc_bytes page,
                    const mc_buffer *path) {
    enum { FIXED = 256, A_TEXT = 64 };
    size_t size = FIXED + path->size + mc_json_bound(url.data, url.size) +
                  mc_json_bound(page.data, page.size);
    for (uint32_t i = 0; i < record->n_texts; i++) {
        mc_bytes text = mc_batch_span(batch, &batch->texts[record->first_text + i]);
        size += A_TEXT + mc_json_bound(text.data, text.size);
    }
    return size;
}

static mc_status put_record(mc_renderer *renderer, const mc_batch *batch, const mc_record *record,
                            const mc_buffer *path, mc_buffer *out, mc_error *error) {
    mc_bytes url = {batch->bytes.data + record->url_offset, record->url_size};
    mc_bytes page = {batch->bytes.data + record->page_offset, record->page_size};
    unsigned char digest[SHA224_BYTES];
    MC_TRY(mc_buffer_reserve(out, bound(batch, record, url, page, path), error));
    if (url.size)
        MC_TRY(find_uuid(renderer, url, digest, error));
    char *at = out->data + out->size;
    at = PUT(at, "{\"uid\":\"");
    at = put_uid(at, record->uid);
    if (url.size) {
        at = PUT(at, "\",\"uuid\":\"");
        at = put_hex(at, digest, UUID_DIGITS);
        at = PUT(at, "\",\"url\":");
    } else {
        at = PUT(at, "\",\"uuid\":null,\"url\":");
    }
    at = put_string(at, url);
    at = PUT(at, ",\"page_url\":");
    at = put_string(at, page);
    at = PUT(at, ",\"texts\":[");
    for (uint32_t i = 0; i < record->n_texts; i++) {
        if (i > 0)
            at = PUT(at, ",");
        at = put_text(at, batch, &batch->texts[record->first_text + i]);
    }
    at = put_source(at, record, path);
    out->size = (size_t)(at - out->data);
    return MC_OK;
}

mc_status mc_rendered_create(void *context, void **batch, mc_error *error) {
    (void)context;
    return mc_alloc(batch, 1, sizeof(mc_rendered), error);
}

void mc_rendered_free(void *context, void *batch) {
    (void)context;
    mc_rendered *rendered = batch;
    if (!rendered)
        return;
    mc_chunk_dispose(&rendered->chunk);
    mc_batch_dispose(&rendered->batch);
    mc_buffer_dispose(&rendered->lines);
    free(rendered);
}

mc_status mc_renderer_create(void *context, void **scratch, mc_error *error) {
    (void)context;
    MC_TRY(mc_alloc(scratch, 1, sizeof(mc_renderer), error));
    return init_renderer(*scratch, error);
}

void mc_renderer_free(void *context, void *scratch) {
    (void)context;
    if (scratch)
        dispose_renderer(scratch);
    free(scratch);
}

mc_status mc_render_chunk(mc_renderer *renderer, const mc_shard *shard, const mc_buffer *path,
                          mc_rendered *rendered, mc_error *error) {
    mc_batch *batch = &rendered->batch;
    mc_totals *totals = &rendered->totals;
    MC_TRY(mc_shard_parse(shard, renderer->parser, &rendered->chunk, batch, error));
    MC_TRY(mc_batch_bound(batch, rendered->chunk.offset, error));
    *totals = (mc_totals){0};
    mc_batch_count(totals, batch);
    totals->matched = totals->kept = totals->texts - totals->excluded - totals->empty;
    rendered->lines.size = 0;
    rendered->n_lines = 0;
    for (size_t i = 0; i < batch->n_records; i++) {
        if (batch->records[i].n_texts == 0)
            continue;
        MC_TRY(put_record(renderer, batch, &batch->records[i], path, &rendered->lines, error));
        rendered->n_lines++;
    }
    return MC_OK;
}
