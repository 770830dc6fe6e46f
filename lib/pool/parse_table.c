/* Tables: rows of TSV and CSV, and the row that names the columns.
 *
 * A row is walked field by field up to the last column that is wanted; only the wanted ones are
 * unquoted. TSV quotes nothing. In CSV a quote at the start of a field opens a quoted part, which
 * ends at the next quote that is not doubled; what follows it up to the comma belongs to the field
 * as it is, and any other quote is data: as the record scanner has it.
 */
#include <string.h>

#include "pool/reader.h"

typedef struct row_walk {
    bool csv;
    mc_bytes rest;
    bool over;
} row_walk;

static row_walk start_row(mc_format format, mc_bytes bytes) {
    return (row_walk){.csv = format == MC_FORMAT_CSV, .rest = bytes};
}

/* Position after the quote that closes a field opened at position 0; size when none does. */
static size_t quoted_end(mc_bytes bytes) {
    size_t i = 1;
    while (i < bytes.size) {
        const char *quote = memchr(bytes.data + i, '"', bytes.size - i);
        if (!quote)
            break;
        i = (size_t)(quote - bytes.data) + 1;
        if (i == bytes.size || bytes.data[i] != '"')
            return i;
        i++;
    }
    return bytes.size;
}

/* The next field as it stands in the row, quotes included. */
static bool next_field(row_walk *row, mc_bytes *field) {
    if (row->over)
        return false;
    mc_bytes rest = row->rest;
    size_t from = row->csv && rest.size > 0 && rest.data[0] == '"' ? quoted_end(rest) : 0;
    const char *end = NULL;
    if (from < rest.size)
        end = memchr(rest.data + from, row->csv ? ',' : '\t', rest.size - from);
    size_t size = end ? (size_t)(end - rest.data) : rest.size;
    *field = (mc_bytes){rest.data, size};
    row->over = !end;
    if (end)
        row->rest = (mc_bytes){end + 1, rest.size - size - 1};
    return true;
}

/* A field's value. Where quotes are doubled it is put together in scratch, which has the room. */
static mc_bytes unquote(const row_walk *row, mc_bytes field, mc_buffer *scratch) {
    if (!row->csv || field.size == 0 || field.data[0] != '"')
        return field;
    size_t end = quoted_end(field), i = 1;
    bool closed = end > 1 && field.data[end - 1] == '"';
    size_t inner = closed ? end - 1 : end;
    if (end == field.size && !memchr(field.data + 1, '"', inner - 1))
        return (mc_bytes){field.data + 1, inner - 1};
    char *out = scratch->data + scratch->size, *at = out;
    while (i < inner) {
        const char *quote = memchr(field.data + i, '"', inner - i);
        size_t next = quote ? (size_t)(quote - field.data) + 1 : inner;
        memcpy(at, field.data + i, next - i);
        at += next - i;
        i = quote ? next + 1 : next;
    }
    memcpy(at, field.data + end, field.size - end);
    at += field.size - end;
    scratch->size += (size_t)(at - out);
    return (mc_bytes){out, (size_t)(at - out)};
}

bool mc_table_names_text(mc_bytes bytes, const mc_fields *fields) {
    row_walk row = start_row(MC_FORMAT_CSV, bytes);
    mc_bytes field;
    while (next_field(&row, &field)) {
        if (field.size >= 2 && field.data[0] == '"' && field.data[field.size - 1] == '"')
            field = (mc_bytes){field.data + 1, field.size - 2};
        if (mc_fields_rank(fields, MC_FIELD_TEXT, field) < MC_FIELD_NAMES_MAX)
            return true;
    }
    return false;
}

static mc_bytes trim(mc_bytes name) {
    while (name.size > 0 && name.data[name.size - 1] == ' ')
        name.size--;
    while (name.size > 0 && name.data[0] == ' ')
        name = (mc_bytes){name.data + 1, name.size - 1};
    return name;
}

/* A column that an option names must be there; that there is a text is seen to by the caller. */
static mc_status check_named(const mc_shard *shard, mc_field field, const char *names,
                             mc_error *error) {
    const mc_pool_options *options = mc_pool_get_options(shard->pool);
    const char *given = field == MC_FIELD_URL  ? options->url_field
                        : field == MC_FIELD_ID ? options->id_field
                                               : options->lang_field;
    if (!given || shard->columns[field] != MC_NO_COLUMN)
        return MC_OK;
    return mc_fail(error, MC_E_FORMAT, "no column is called %.100s; the columns are: %s", given,
                   names);
}

mc_status mc_table_columns(mc_shard *shard, mc_format format, mc_bytes bytes, mc_error *error) {
    mc_buffer scratch = {0};
    MC_TRY(mc_buffer_reserve(&scratch, bytes.size, error));
    size_t ranks[MC_N_FIELDS];
    for (int f = 0; f < MC_N_FIELDS; f++) {
        ranks[f] = MC_FIELD_NAMES_MAX;
        shard->columns[f] = MC_NO_COLUMN;
    }
    char names[200] = "";
    row_walk row = start_row(format, bytes);
    mc_bytes field;
    for (size_t column = 0; next_field(&row, &field); column++) {
        mc_bytes name = trim(unquote(&row, field, &scratch));
        mc_names_append(names, sizeof names, name);
        for (int f = MC_FIELD_TEXT; f < MC_N_FIELDS; f++) {
            size_t rank = mc_fields_rank(&shard->fields, (mc_field)f, name);
            if (rank < ranks[f]) {
                ranks[f] = rank;
                shard->columns[f] = column;
            }
        }
    }
    mc_buffer_dispose(&scratch);

    if (shard->columns[MC_FIELD_TEXT] == MC_NO_COLUMN)
        return mc_fail(error, MC_E_FORMAT,
                       "no column is a text field; the columns are: %s. Name the text with "
                       "--text-field, or the columns of a table without header with --columns, or "
                       "read lines as texts with --format text",
                       names);
    MC_TRY(check_named(shard, MC_FIELD_URL, names, error));
    MC_TRY(check_named(shard, MC_FIELD_LANGUAGE, names, error));
    return check_named(shard, MC_FIELD_ID, names, error);
}

static mc_status parse_row(const mc_shard *shard, mc_parser *parser, mc_bytes bytes,
                           uint64_t offset, bool valid, mc_batch *batch, mc_error *error) {
    MC_TRY(mc_batch_begin(batch, error));
    if (bytes.size == 0)
        return mc_batch_reject(batch, MC_REASON_BLANK, offset, error, "the line is blank");

    mc_buffer *scratch = &parser->scratch;
    scratch->size = 0;
    MC_TRY(mc_buffer_reserve(scratch, bytes.size, error));
    mc_bytes values[MC_N_FIELDS] = {{0}}, field;
    size_t last = 0, n = 0;
    for (int f = MC_FIELD_TEXT; f < MC_N_FIELDS; f++)
        if (shard->columns[f] != MC_NO_COLUMN && shard->columns[f] > last)
            last = shard->columns[f];
    row_walk row = start_row(shard->format, bytes);
    for (; n <= last && next_field(&row, &field); n++) {
        mc_bytes value = {0};
        for (int f = MC_FIELD_TEXT; f < MC_N_FIELDS; f++) {
            if (shard->columns[f] != n)
                continue;
            if (!value.data)
                value = unquote(&row, field, scratch);
            values[f] = value;
        }
    }

    if (!values[MC_FIELD_TEXT].data)
        return mc_batch_reject(batch, MC_REASON_COLUMNS, offset, error,
                               "the row has %zu fields, the text is field %zu", n,
                               shard->columns[MC_FIELD_TEXT] + 1);
    if (mc_fields_has(&shard->fields, MC_FIELD_ID) && values[MC_FIELD_ID].size == 0)
        return mc_batch_reject(batch, MC_REASON_BAD_FIELD, offset, error, "%.60s is missing",
                               shard->fields.names[shard->fields.first[MC_FIELD_ID]].data);
    mc_bytes url = values[MC_FIELD_URL], text = values[MC_FIELD_TEXT];
    if (url.size > 0)
        MC_TRY(valid ? mc_batch_valid_url(batch, url, error) : mc_batch_url(batch, url, error));
    MC_TRY(valid ? mc_batch_valid_text(batch, text, error) : mc_batch_text(batch, text, error));
    if (values[MC_FIELD_LANGUAGE].size > 0)
        mc_batch_tag(batch, MC_KEY_NONE, mc_fields_language(values[MC_FIELD_LANGUAGE]));
    return mc_batch_end(batch, &values[MC_FIELD_ID], &values[MC_FIELD_UID], &values[MC_FIELD_UUID],
                        error);
}

mc_status mc_parse_table(const mc_shard *shard, mc_parser *parser, const mc_chunk *chunk,
                         mc_batch *batch, mc_error *error) {
    mc_record_scan scan = {.quotes = shard->format == MC_FORMAT_CSV};
    /* What is cut out of well-formed bytes at commas, quotes and tabs is well-formed. */
    bool valid = mc_json_utf8_valid(chunk->bytes.data, chunk->bytes.size);
    mc_bytes bytes;
    size_t start;
    while (mc_record_take(&scan, chunk->bytes.data, chunk->bytes.size, &bytes, &start))
        MC_TRY(parse_row(shard, parser, bytes, chunk->offset + start, valid, batch, error));
    return MC_OK;
}
