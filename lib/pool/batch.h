/* A batch: the records of one chunk, decoded. Reused, so that no record costs an allocation. */
#ifndef MC_POOL_BATCH_H
#define MC_POOL_BATCH_H

#include "base/buffer.h"
#include "base/hash.h"
#include "metacurate/pool.h"

/* Why a record was rejected. The names are part of rejects.jsonl. */
typedef enum mc_reason {
    MC_REASON_BAD_JSON,  /* the line is no JSON object */
    MC_REASON_BLANK,     /* a line of JSONL or of a table without anything on it */
    MC_REASON_NO_TEXT,   /* no text field, or it is null */
    MC_REASON_BAD_TEXT,  /* the text is no string (or list of texts) */
    MC_REASON_BAD_FIELD, /* another named field has the wrong type */
    MC_REASON_COLUMNS,   /* a table row has fewer fields than the text column needs */
    MC_REASON_TOO_LONG,  /* the record has more than max_record bytes */
    MC_REASON_UNCLOSED,  /* a quote opens a CSV field and none closes it before the shard ends */
    MC_REASON_DAMAGED,   /* the shard could not be decompressed or read here */
    MC_REASON_BAD_WARC,  /* no WARC record, or a response that is none */
    MC_REASON_BAD_TAR,   /* a stretch of a tar archive that is none, or its end is missing */
    MC_N_REASONS
} mc_reason;

/* "bad_json", "blank", "no_text", ... */
const char *mc_reason_name(mc_reason reason);

/* What a text was in its page. */
typedef enum mc_text_key {
    MC_KEY_NONE,
    MC_KEY_ALT,
    MC_KEY_TITLE,
    MC_KEY_DATA_IMAGE_TITLE
} mc_text_key;

/* "", "alt", "title", "data-image-title" */
const char *mc_text_key_name(mc_text_key key);

/* A language code of at most 8 bytes, the first in the lowest byte, zeros after it; 0: unknown. */
typedef uint64_t mc_language;
#define MC_LANGUAGE_MAX 8

/* 0 when code is no sequence of 1 to 8 ASCII letters, digits, hyphens and underscores. */
mc_language mc_language_make(mc_bytes code);
/* Writes the code and a NUL; returns its size. */
size_t mc_language_text(mc_language language, char out[MC_LANGUAGE_MAX + 1]);

typedef struct mc_text_span {
    uint64_t offset; /* in batch->bytes */
    uint64_t size;
    mc_language language;
    uint32_t number; /* within the record; texts may have been taken out */
    mc_text_key key;
} mc_text_span;

typedef struct mc_record {
    uint32_t number;     /* within the chunk */
    uint32_t first_text; /* index in texts */
    uint32_t n_texts;
    uint32_t url_size;   /* 0: none */
    uint64_t url_offset; /* in batch->bytes */
    mc_u128 uid;
    /* Of image links in crawls: where they were found; zeros otherwise. */
    uint64_t page_offset; /* of the page's URL, in batch->bytes */
    uint32_t page_size;
    uint32_t link;   /* number of the image link within its page */
    uint64_t source; /* byte offset of the WARC record in the shard, decompressed */
} mc_record;

typedef struct mc_reject {
    uint32_t number; /* within the chunk */
    mc_reason reason;
    uint64_t offset;  /* byte offset in the shard, decompressed */
    char detail[120]; /* UTF-8, cut to fit */
} mc_reject;

typedef struct mc_batch {
    mc_buffer bytes; /* decoded urls and texts */
    mc_record *records;
    size_t n_records, records_capacity;
    mc_text_span *texts;
    size_t n_texts, texts_capacity;
    mc_reject *rejects; /* in order of number; all of them */
    size_t n_rejects, rejects_capacity;
    uint32_t n_numbers;  /* records of the chunk, rejected ones included */
    uint64_t n_replaced; /* ill-formed parts that became U+FFFD in records that were read */
    uint64_t n_excluded[MC_N_EXCLUSIONS]; /* texts taken out by the filter, by reason */
    mc_crawl_totals crawl;
    /* What bytes.size and n_replaced were before the record begun. */
    size_t begun_bytes;
    uint64_t begun_replaced;
} mc_batch; /* {0} is empty */

void mc_batch_clear(mc_batch *batch);
void mc_batch_dispose(mc_batch *batch);

/* Starts a record with the next number of the chunk. */
MC_MUST_CHECK mc_status mc_batch_begin(mc_batch *batch, mc_error *error);
/* Adds a text to the record begun; data is any bytes, ill-formed UTF-8 is replaced. */
MC_MUST_CHECK mc_status mc_batch_text(mc_batch *batch, mc_bytes text, mc_error *error);
MC_MUST_CHECK mc_status mc_batch_url(mc_batch *batch, mc_bytes url, mc_error *error);
/* The same for data that is known to be well-formed UTF-8. */
MC_MUST_CHECK mc_status mc_batch_valid_text(mc_batch *batch, mc_bytes text, mc_error *error);
MC_MUST_CHECK mc_status mc_batch_valid_url(mc_batch *batch, mc_bytes url, mc_error *error);
/* The key and language of the text added last. */
void mc_batch_tag(mc_batch *batch, mc_text_key key, mc_language language);
/* Ends the record: fixes its uid. id is the value of --id-field; uid and uuid are the fields of
 * those names, used by themselves only in their fixed forms (32 and 24 hex digits). Each may be
 * NULL, or have data NULL: there is none. */
MC_MUST_CHECK mc_status mc_batch_end(mc_batch *batch, const mc_bytes *id, const mc_bytes *uid,
                                     const mc_bytes *uuid, mc_error *error);
/* Gives up the record begun (its url and texts are taken back) and rejects it. The detail is made
 * harmless: cut to fit, well-formed UTF-8, control characters as '?'. */
MC_MUST_CHECK mc_status mc_batch_reject(mc_batch *batch, mc_reason reason, uint64_t offset,
                                        mc_error *error, const char *format, ...) MC_PRINTF(5, 6);

/* Says where the image link that is the record begun was found; the page's URL is in bytes. */
void mc_batch_origin(mc_batch *batch, mc_bytes page, uint32_t link, uint64_t source);

/* What a batch held at some time, to go back to. */
typedef struct mc_batch_mark {
    size_t bytes, n_records, n_texts;
    uint64_t n_replaced;
    uint32_t n_numbers;
    mc_crawl_totals crawl;
} mc_batch_mark;

mc_batch_mark mc_batch_here(const mc_batch *batch);
/* Takes back what was added since; nothing was rejected since. */
void mc_batch_rewind(mc_batch *batch, const mc_batch_mark *mark);

static inline mc_bytes mc_batch_span(const mc_batch *batch, const mc_text_span *span) {
    return (mc_bytes){batch->bytes.data + span->offset, span->size};
}

#endif
