/* Concept lists written: JSON with one entry a line, so that it can be read, searched and compared
 * with the tools of the shell. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "io/json_out.h"
#include "io/sink.h"
#include "metacurate/text.h"
#include "metadata/json_value.h"
#include "metadata/list.h"

/* JSON must be valid UTF-8, which an entry need not be. */
static mc_status append_string(mc_buffer *out, const char *data, size_t size, mc_error *error) {
    if (mc_utf8_valid(data, size))
        return mc_json_string(out, data, size, error);
    char *valid;
    MC_TRY(mc_alloc(&valid, MC_UTF8_REPLACED_MAX(size), 1, error));
    mc_status status = mc_json_string(out, valid, mc_utf8_replace(data, size, valid, NULL), error);
    free(valid);
    return status;
}

/* An array (of inputs, of which there may be hundreds) with one item a line. */
static mc_status append_lines(mc_buffer *out, const json_t *array, mc_error *error) {
    for (size_t i = 0; i < json_array_size(array); i++) {
        MC_TRY(mc_buffer_append(out, i > 0 ? ",\n" : "[\n", 2, error));
        MC_TRY(mc_json_value(out, json_array_get(array, i), error));
    }
    return mc_buffer_append(out, "\n]", 2, error);
}

/* The members about the whole list, which reading it kept or building it made. */
static mc_status append_about(mc_buffer *out, const mc_list *list, mc_error *error) {
    const char *key;
    json_t *value;
    json_object_foreach(list->about, key, value) {
        MC_TRY(mc_json_string(out, key, strlen(key), error));
        MC_TRY(mc_buffer_append(out, ":", 1, error));
        if (json_array_size(value) > 0)
            MC_TRY(append_lines(out, value, error));
        else
            MC_TRY(mc_json_value(out, value, error));
        MC_TRY(mc_buffer_append(out, ",\n", 2, error));
    }
    return MC_OK;
}

static mc_status append_head(mc_buffer *out, const mc_list *list, mc_error *error) {
    MC_TRY(mc_buffer_printf(out, error, "{\"metacurate\":\"metadata\",\"version\":2,\n"));
    if (list->about)
        MC_TRY(append_about(out, list, error));
    MC_TRY(mc_buffer_printf(out, error, "\"sources\":["));
    for (size_t i = 0; i < list->n_names; i++) {
        if (i > 0)
            MC_TRY(mc_buffer_append(out, ",", 1, error));
        MC_TRY(append_string(out, list->names[i], strlen(list->names[i]), error));
    }
    return mc_buffer_printf(out, error, "],\n\"entries\":[");
}

/* [entry, source, score, rank] */
static mc_status append_entry(mc_buffer *out, const mc_list *list, size_t i, mc_error *error) {
    const mc_list_origin *origin = &list->origins[i];
    MC_TRY(mc_buffer_printf(out, error, i > 0 ? ",\n[" : "\n["));
    MC_TRY(append_string(out, list->entries[i].data, list->entries[i].size, error));
    if (origin->source == MC_LIST_NO_SOURCE)
        MC_TRY(mc_buffer_append(out, ",null,", 6, error));
    else
        MC_TRY(mc_buffer_printf(out, error, ",%" PRIu32 ",", origin->source));
    MC_TRY(mc_json_double(out, origin->score, error)); /* NaN: null */
    if (origin->rank == 0)
        return mc_buffer_append(out, ",null]", 6, error);
    return mc_buffer_printf(out, error, ",%" PRIu32 "]", origin->rank);
}

static mc_status write_list(const mc_list *list, mc_sink *sink, mc_buffer *line, mc_error *error) {
    MC_TRY(append_head(line, list, error));
    MC_TRY(mc_sink_write(sink, line->data, line->size, error));
    for (size_t i = 0; i < list->n; i++) {
        line->size = 0;
        MC_TRY(append_entry(line, list, i, error));
        MC_TRY(mc_sink_write(sink, line->data, line->size, error));
    }
    return mc_sink_write(sink, "\n]}\n", 4, error);
}

mc_status mc_list_write(const mc_list *list, const char *path, mc_error *error) {
    mc_sink *sink;
    mc_buffer line = {0};
    MC_TRY(mc_sink_create(&sink, path, error));
    mc_status status = write_list(list, sink, &line, error);
    mc_buffer_dispose(&line);
    if (status == MC_OK)
        return mc_sink_commit(&sink, error);
    mc_sink_discard(&sink);
    return status;
}

mc_status mc_list_about(const mc_list *list, char **out, mc_error *error) {
    mc_buffer text = {0};
    mc_status status = list->about ? mc_json_value(&text, list->about, error)
                                   : mc_buffer_append(&text, "{}", 2, error);
    if (status == MC_OK)
        status = mc_buffer_append(&text, "", 1, error);
    if (status != MC_OK)
        mc_buffer_dispose(&text);
    *out = text.data;
    return status;
}
