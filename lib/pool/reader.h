/* What the files of this folder share: a shard from within, a parser, and a parser a format. */
#ifndef MC_POOL_READER_H
#define MC_POOL_READER_H

#include "io/source.h"
#include "pool/fields.h"
#include "pool/filter.h"
#include "pool/html.h"
#include "pool/http_body.h"
#include "pool/json_shim.h"
#include "pool/page.h"
#include "pool/records.h"
#include "pool/shard.h"
#include "pool/wat.h"

#define MC_NO_COLUMN SIZE_MAX

struct mc_shard {
    /* Fixed once the shard is open. */
    const mc_pool *pool;
    const char *path;
    mc_format format;
    mc_fields fields;
    size_t columns[MC_N_FIELDS]; /* of a table: where each field is, or MC_NO_COLUMN */
    uint64_t max_record;
    size_t chunk_bytes; /* MC_CHUNK_BYTES and MC_CHUNK_MAX_RECORDS, but for tests */
    size_t chunk_records;

    /* What was read from the source and not delivered yet: window.data[head .. window.size). */
    mc_source *source;
    mc_buffer window;
    size_t head;
    uint64_t offset; /* of head in the shard, decompressed */
    bool ended;      /* nothing follows the window */
    bool damaged;    /* because the source is damaged there */
    bool over;       /* MC_END was, or is to be, given */
    char damage[200];
    bool first_damaged; /* damage before the first byte; not told yet */
    char first_damage[200];
    bool headless;  /* a table whose header is lost: nothing is read behind the damage */
    bool amid_line; /* the window begins amid a line that is lost */

    /* mc_record_scan's known_at and known_quoted, as an offset in the shard. */
    uint64_t known_offset;
    bool known_quoted;

    struct mc_tar *tar; /* of format tar, once a chunk was cut */
};

/* Strings of a WAT record that are held decoded at once. */
typedef enum mc_decoded {
    MC_DECODED_PAGE,
    MC_DECODED_LINK,
    MC_DECODED_TEXT,
    MC_N_DECODED = MC_DECODED_TEXT + MC_WAT_TEXTS
} mc_decoded;

struct mc_parser {
    mc_json *json;
    mc_buffer scratch; /* mended JSON, or the unquoted fields of a row */
    mc_page page;
    mc_wat wat;
    mc_buffer decoded[MC_N_DECODED];
    mc_http *http; /* NULL until a WARC is met */
    mc_html *html;
    const mc_filter *filter; /* that filter_scratch is for */
    mc_filter_scratch *filter_scratch;
};

static inline const char *mc_shard_data(const mc_shard *shard) {
    return shard->window.data ? shard->window.data + shard->head : "";
}

static inline size_t mc_shard_held(const mc_shard *shard) {
    return shard->window.size - shard->head;
}

/* Reads until the window holds size bytes or the source is at its end. Damage ends it, too. */
MC_MUST_CHECK mc_status mc_shard_fill(mc_shard *shard, size_t size, mc_error *error);

/* Passes over size bytes of the window. */
void mc_shard_skip(mc_shard *shard, size_t size);

/* The format that content tells, given the first bytes of a shard. */
mc_format mc_format_tell(const mc_shard *shard, const char *data, size_t size);

/* Fixes where the fields of a table are, from the row that names its columns. */
MC_MUST_CHECK mc_status mc_table_columns(mc_shard *shard, mc_format format, mc_bytes row,
                                         mc_error *error);

/* True when one of a CSV row's fields is the name of a text field. */
bool mc_table_names_text(mc_bytes row, const mc_fields *fields);

/* Passes over all that is held: damage behind it took the rest of its record. */
void mc_chunk_lose(mc_shard *shard, mc_chunk *chunk);
void mc_chunk_too_long(const mc_shard *shard, mc_chunk *chunk);

/* Goes on behind damage, once it is told. */
void mc_shard_resume(mc_shard *shard);

/* Cuts a chunk off the window's front, where at least one byte more than chunk_bytes is held if
 * there are as many: *size is how many bytes of whole records it gets. Or *size stays 0, and either
 * chunk's kind and detail tell what was passed over, or chunk->bytes holds records that the cutter
 * made of what it passed over (with MC_CHUNK_PADDING bytes behind them). MC_END when nothing is
 * left, at the end or before damage. Sets chunk->offset when that is not the window's front as it
 * was. */
typedef mc_status mc_cut(mc_shard *shard, mc_chunk *chunk, size_t *size, mc_error *error);
mc_cut mc_cut_lines;
mc_cut mc_cut_warc;
mc_cut mc_cut_tar;

typedef mc_status mc_parse(const mc_shard *shard, mc_parser *parser, const mc_chunk *chunk,
                           mc_batch *batch, mc_error *error);
mc_parse mc_parse_text;
mc_parse mc_parse_jsonl;
mc_parse mc_parse_table;
mc_parse mc_parse_warc;
mc_parse mc_parse_tar;

/* Reads a JSON object into the next record, as a line of JSONL; other_text (or NULL) is its text
 * where the object has none. */
MC_MUST_CHECK mc_status mc_parse_json(const mc_shard *shard, mc_parser *parser, mc_bytes object,
                                      uint64_t offset, const mc_bytes *other_text, mc_batch *batch,
                                      mc_error *error);

/* How a format is read. */
typedef struct mc_format_ways {
    const char *name;
    mc_cut *cut;
    mc_parse *parse;
    bool passes_partial_lines; /* behind damage what comes before a line feed is not tried */
} mc_format_ways;

const mc_format_ways *mc_format_ways_of(mc_format format);

#endif
