/* Formats: their names, and telling one by its content. */
#include <string.h>

#include "pool/reader.h"

static const char *const format_names[] = {"auto", "text", "jsonl", "tsv", "csv", "warc", "tar"};
enum { N_FORMATS = sizeof format_names / sizeof *format_names };

const char *mc_format_name(mc_format format) {
    return (unsigned)format < N_FORMATS ? format_names[format] : "unknown";
}

mc_status mc_format_parse(const char *name, mc_format *out, mc_error *error) {
    for (unsigned i = 0; i < N_FORMATS; i++) {
        if (!strcmp(name, format_names[i])) {
            *out = (mc_format)i;
            return MC_OK;
        }
    }
    return mc_fail(error, MC_E_ARGUMENT,
                   "no format is called %.100s; it is auto, text, jsonl, tsv, "
                   "csv, warc or tar",
                   name);
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
