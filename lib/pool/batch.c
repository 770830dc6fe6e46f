/* Batches: appending, taking back, and a record's uid.
 *
 * The record begun lies behind the last one in records and is counted when it ends, so that taking
 * it back is setting the sizes back to where they were.
 */
#include "pool/batch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metacurate/text.h"

const char *mc_reason_name(mc_reason reason) {
    static const char *const names[MC_N_REASONS] = {
        [MC_REASON_BAD_JSON] = "bad_json",   [MC_REASON_BLANK] = "blank",
        [MC_REASON_NO_TEXT] = "no_text",     [MC_REASON_BAD_TEXT] = "bad_text",
        [MC_REASON_BAD_FIELD] = "bad_field", [MC_REASON_COLUMNS] = "columns",
        [MC_REASON_TOO_LONG] = "too_long",   [MC_REASON_UNCLOSED] = "unclosed",
        [MC_REASON_DAMAGED] = "damaged",     [MC_REASON_BAD_WARC] = "bad_warc",
        [MC_REASON_BAD_TAR] = "bad_tar",
    };
    return (unsigned)reason < MC_N_REASONS ? names[reason] : "unknown";
}

const char *mc_text_key_name(mc_text_key key) {
    static const char *const names[] = {"", "alt", "title", "data-image-title"};
    return names[key];
}

mc_language mc_language_make(mc_bytes code) {
    mc_language language = 0;
    if (code.size == 0 || code.size > MC_LANGUAGE_MAX)
        return 0;
    for (size_t i = 0; i < code.size; i++) {
        unsigned char c = (unsigned char)code.data[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && (c < '0' || c > '9') && c != '-' && c != '_')
            return 0;
        language |= (mc_language)c << 8 * i;
    }
    return language;
}

size_t mc_language_text(mc_language language, char out[MC_LANGUAGE_MAX + 1]) {
    size_t n = 0;
    for (; n < MC_LANGUAGE_MAX && language >> 8 * n; n++)
        out[n] = (char)(language >> 8 * n & 0xff);
    out[n] = '\0';
    return n;
}

const char *mc_exclusion_name(mc_exclusion reason) {
    static const char *const names[MC_N_EXCLUSIONS] = {[MC_EXCLUDED_UID] = "uid",
                                                       [MC_EXCLUDED_HOST] = "host",
                                                       [MC_EXCLUDED_TEXT] = "text",
                                                       [MC_EXCLUDED_LANGUAGE] = "language",
                                                       [MC_EXCLUDED_TAKEDOWN] = "takedown"};
    return (unsigned)reason < MC_N_EXCLUSIONS ? names[reason] : "unknown";
}

void mc_crawl_totals_add(mc_crawl_totals *sum, const mc_crawl_totals *more) {
    sum->documents += more->documents;
    sum->pages += more->pages;
    sum->passed_over += more->passed_over;
    sum->unsupported += more->unsupported;
    sum->links += more->links;
    sum->no_text += more->no_text;
    sum->no_http += more->no_http;
}

void mc_batch_clear(mc_batch *batch) {
    /* What only a very long record needed is given back, lest every batch keep that much in turn.
     */
    enum { BYTES_KEPT = 8 << 20, TEXTS_KEPT = 1 << 19 };
    if (batch->bytes.capacity > BYTES_KEPT)
        mc_buffer_dispose(&batch->bytes);
    if (batch->texts_capacity > TEXTS_KEPT) {
        free(batch->texts);
        batch->texts = NULL;
        batch->texts_capacity = 0;
    }
    batch->bytes.size = 0;
    batch->n_records = batch->n_texts = batch->n_rejects = 0;
    batch->n_numbers = 0;
    batch->n_replaced = 0;
    memset(batch->n_excluded, 0, sizeof batch->n_excluded);
    batch->crawl = (mc_crawl_totals){0};
}

void mc_batch_dispose(mc_batch *batch) {
    mc_buffer_dispose(&batch->bytes);
    free(batch->records);
    free(batch->texts);
    free(batch->rejects);
    *batch = (mc_batch){0};
}

mc_status mc_batch_begin(mc_batch *batch, mc_error *error) {
    if (!batch->bytes.data) /* empty texts need something to point to */
        MC_TRY(mc_buffer_reserve(&batch->bytes, 1, error));
    if (batch->n_records == batch->records_capacity)
        MC_TRY(MC_GROW(batch->records, batch->records_capacity, batch->n_records + 1, error));
    batch->records[batch->n_records] =
        (mc_record){.number = batch->n_numbers, .first_text = (uint32_t)batch->n_texts};
    batch->begun_bytes = batch->bytes.size;
    batch->begun_replaced = batch->n_replaced;
    batch->n_numbers++;
    return MC_OK;
}

static inline mc_status append_valid(mc_batch *batch, mc_bytes data, mc_error *error) {
    mc_buffer *bytes = &batch->bytes;
    if (data.size > bytes->capacity - bytes->size)
        MC_TRY(mc_buffer_reserve(bytes, data.size, error));
    if (data.size > 0)
        memcpy(bytes->data + bytes->size, data.data, data.size);
    bytes->size += data.size;
    return MC_OK;
}

/* Appends data to the batch's bytes, as well-formed UTF-8. */
static mc_status append(mc_batch *batch, mc_bytes data, mc_error *error) {
    if (mc_utf8_valid(data.data, data.size))
        return append_valid(batch, data, error);
    size_t n_replaced;
    MC_TRY(mc_buffer_reserve(&batch->bytes, MC_UTF8_REPLACED_MAX(data.size), error));
    batch->bytes.size +=
        mc_utf8_replace(data.data, data.size, batch->bytes.data + batch->bytes.size, &n_replaced);
    batch->n_replaced += n_replaced;
    return MC_OK;
}

/* Makes a text of the batch's bytes from offset on. */
static mc_status add_text(mc_batch *batch, size_t offset, mc_error *error) {
    if (batch->n_texts == batch->texts_capacity)
        MC_TRY(MC_GROW(batch->texts, batch->texts_capacity, batch->n_texts + 1, error));
    mc_record *record = &batch->records[batch->n_records];
    batch->texts[batch->n_texts++] = (mc_text_span){
        .offset = offset, .size = batch->bytes.size - offset, .number = record->n_texts};
    record->n_texts++;
    return MC_OK;
}

void mc_batch_tag(mc_batch *batch, mc_text_key key, mc_language language) {
    mc_text_span *text = &batch->texts[batch->n_texts - 1];
    text->key = key;
    text->language = language;
}

static void set_url(mc_batch *batch, size_t offset) {
    mc_record *record = &batch->records[batch->n_records];
    record->url_offset = offset;
    record->url_size = (uint32_t)(batch->bytes.size - offset);
}

mc_status mc_batch_text(mc_batch *batch, mc_bytes text, mc_error *error) {
    size_t offset = batch->bytes.size;
    MC_TRY(append(batch, text, error));
    return add_text(batch, offset, error);
}

mc_status mc_batch_valid_text(mc_batch *batch, mc_bytes text, mc_error *error) {
    size_t offset = batch->bytes.size;
    MC_TRY(append_valid(batch, text, error));
    return add_text(batch, offset, error);
}

mc_status mc_batch_url(mc_batch *batch, mc_bytes url, mc_error *error) {
    size_t offset = batch->bytes.size;
    MC_TRY(append(batch, url, error));
    set_url(batch, offset);
    return MC_OK;
}

mc_status mc_batch_valid_url(mc_batch *batch, mc_bytes url, mc_error *error) {
    size_t offset = batch->bytes.size;
    MC_TRY(append_valid(batch, url, error));
    set_url(batch, offset);
    return MC_OK;
}

/* True when field is exactly n_digits hex digits (mc_u128_parse would pass over hyphens). */
static bool parse_plain(const mc_bytes *field, size_t n_digits, mc_u128 *out) {
    return field && field->data && field->size == n_digits && !memchr(field->data, '-', n_digits) &&
           mc_u128_parse(field->data, n_digits, out);
}

/* The number an id writes out, or the hash of the id as decoded. */
static mc_status id_uid(mc_batch *batch, const mc_bytes *id, mc_u128 *uid, mc_error *error) {
    if (mc_u128_parse(id->data, id->size, uid))
        return MC_OK;
    size_t offset = batch->bytes.size;
    MC_TRY(append(batch, *id, error));
    *uid = mc_hash128(batch->bytes.data + offset, batch->bytes.size - offset);
    batch->bytes.size = offset;
    return MC_OK;
}

mc_status mc_batch_end(mc_batch *batch, const mc_bytes *id, const mc_bytes *uid,
                       const mc_bytes *uuid, mc_error *error) {
    mc_record *record = &batch->records[batch->n_records];
    if (id && id->data) {
        MC_TRY(id_uid(batch, id, &record->uid, error));
    } else if (!parse_plain(uid, 32, &record->uid) && !parse_plain(uuid, 24, &record->uid)) {
        mc_bytes base = {"", 0};
        if (record->url_size > 0)
            base = (mc_bytes){batch->bytes.data + record->url_offset, record->url_size};
        else if (record->n_texts > 0)
            base = mc_batch_span(batch, &batch->texts[record->first_text]);
        record->uid = mc_hash128(base.data, base.size);
    }
    batch->n_records++;
    return MC_OK;
}

void mc_batch_origin(mc_batch *batch, mc_bytes page, uint32_t link, uint64_t source) {
    mc_record *record = &batch->records[batch->n_records];
    record->page_offset = (uint64_t)(page.data - batch->bytes.data);
    record->page_size = (uint32_t)page.size;
    record->link = link;
    record->source = source;
}

mc_batch_mark mc_batch_here(const mc_batch *batch) {
    return (mc_batch_mark){.bytes = batch->bytes.size,
                           .n_records = batch->n_records,
                           .n_texts = batch->n_texts,
                           .n_replaced = batch->n_replaced,
                           .n_numbers = batch->n_numbers,
                           .crawl = batch->crawl};
}

void mc_batch_rewind(mc_batch *batch, const mc_batch_mark *mark) {
    batch->bytes.size = mark->bytes;
    batch->n_records = mark->n_records;
    batch->n_texts = mark->n_texts;
    batch->n_replaced = mark->n_replaced;
    batch->n_numbers = mark->n_numbers;
    batch->crawl = mark->crawl;
}

/* Cuts an incomplete sequence off the end and makes the rest well-formed and free of controls, in
 * place. Bytes that are no UTF-8 become '?', like the controls. */
static void make_harmless(char *text) {
    size_t size = strlen(text);
    for (size_t cut = 0; cut < 4 && cut < size; cut++) {
        if (mc_utf8_valid(text, size - cut)) {
            size -= cut;
            break;
        }
    }
    text[size] = '\0';
    bool valid = mc_utf8_valid(text, size);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_c1 = valid && c == 0xC2 && (unsigned char)text[i + 1] < 0xA0;
        if (is_c1)
            text[i + 1] = '?';
        if (c < 0x20 || c == 0x7F || is_c1 || (!valid && c >= 0x80))
            text[i] = '?';
    }
}

mc_status mc_batch_reject(mc_batch *batch, mc_reason reason, uint64_t offset, mc_error *error,
                          const char *format, ...) {
    const mc_record *record = &batch->records[batch->n_records];
    batch->n_texts = record->first_text;
    batch->bytes.size = batch->begun_bytes;
    batch->n_replaced = batch->begun_replaced;

    MC_TRY(MC_GROW(batch->rejects, batch->rejects_capacity, batch->n_rejects + 1, error));
    mc_reject *reject = &batch->rejects[batch->n_rejects++];
    reject->number = record->number;
    reject->reason = reason;
    reject->offset = offset;
    va_list args;
    va_start(args, format);
    vsnprintf(reject->detail, sizeof reject->detail, format, args);
    va_end(args);
    make_harmless(reject->detail);
    return MC_OK;
}
