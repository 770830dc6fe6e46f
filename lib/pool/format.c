/* Formats: their names, and telling one by its content. */
#include <string.h>

#include "pool/reader.h"
#include "pool/tar.h"
#include "pool/warc.h"

static const mc_format_ways ways[] = {
    [MC_FORMAT_AUTO] = {"auto", mc_cut_lines, mc_parse_text, true},
    [MC_FORMAT_TEXT] = {"text", mc_cut_lines, mc_parse_text, true},
    [MC_FORMAT_JSONL] = {"jsonl", mc_cut_lines, mc_parse_jsonl, false},
    [MC_FORMAT_TSV] = {"tsv", mc_cut_lines, mc_parse_table, true},
    [MC_FORMAT_CSV] = {"csv", mc_cut_lines, mc_parse_table, true},
    [MC_FORMAT_WARC] = {"warc", mc_cut_warc, mc_parse_warc, false},
    [MC_FORMAT_TAR] = {"tar", mc_cut_tar, mc_parse_tar, false},
};
enum { N_FORMATS = sizeof ways / sizeof *ways };

const mc_format_ways *mc_format_ways_of(mc_format format) {
    return &ways[format];
}

const char *mc_format_name(mc_format format) {
    return (unsigned)format < N_FORMATS ? ways[format].name : "unknown";
}

mc_status mc_format_parse(const char *name, mc_format *out, mc_error *error) {
    if (!strcmp(name, "wat")) /* each record of a WARC tells which it is */
        name = "warc";
    for (unsigned i = 0; i < N_FORMATS; i++) {
        if (!strcmp(name, ways[i].name)) {
            *out = (mc_format)i;
            return MC_OK;
        }
    }
    return mc_fail(
        error, MC_E_ARGUMENT,
        "no format is called %.100s; it is auto, text, jsonl, tsv, csv, warc, wat or tar", name);
}

static size_t skip_space(const char *data, size_t size, size_t i) {
    while (i < size && memchr(" \t\r\n", data[i], 4))
        i++;
    return i;
}

/* An opening brace alone also begins lines of prose. */
static bool begins_object(const char *data, size_t size) {
    size_t i = skip_space(data, size, 0);
    if (i >= size || data[i] != '{')
        return false;
    i = skip_space(data, size, i + 1);
    return i < size && (data[i] == '"' || data[i] == '}');
}

mc_format mc_format_tell(const mc_shard *shard, const char *data, size_t size) {
    if (size == 0)
        return MC_FORMAT_TEXT;
    if (mc_warc_begins(data, size))
        return MC_FORMAT_WARC;
    if (mc_tar_begins(data, size))
        return MC_FORMAT_TAR;
    if (begins_object(data, size))
        return MC_FORMAT_JSONL;
    mc_bytes line = mc_record_content(data, 0, mc_line_end(data, 0, size));
    bool tab = line.size > 0 && memchr(line.data, '\t', line.size);
    if (mc_pool_get_options(shard->pool)->columns)
        return tab ? MC_FORMAT_TSV : MC_FORMAT_CSV;
    if (tab)
        return MC_FORMAT_TSV;
    bool comma = line.size > 0 && memchr(line.data, ',', line.size);
    return comma && mc_table_names_text(line, &shard->fields) ? MC_FORMAT_CSV : MC_FORMAT_TEXT;
}
