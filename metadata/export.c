/* Lists in the forms of others: a JSON array, lines of text, MetaCLIP's metadata.json. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "io/json_out.h"
#include "io/sink.h"
#include "metacurate/text.h"
#include "metadata/letters.h"
#include "metadata/list.h"

mc_status mc_list_form_parse(const char *name, mc_list_form *out, mc_error *error) {
    static const char *const names[] = {"json", "text", "metaclip"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (mc_list_form)(MC_LIST_JSON + (int)i);
            return MC_OK;
        }
    return mc_fail(error, MC_E_ARGUMENT, "unknown form \"%.40s\" (known: json, text, metaclip)",
                   name);
}

static mc_status append(mc_buffer *out, const char *text, mc_error *error) {
    return mc_buffer_append(out, text, strlen(text), error);
}

static bool is_blank(mc_bytes entry) {
    for (size_t i = 0; i < entry.size; i++)
        if (entry.data[i] != ' ' && entry.data[i] != '\t')
            return false;
    return true;
}

/* A line must read back as it is: whole, not passed over, and the first not taken for JSON. */
static const char *misread(mc_bytes entry, bool is_first) {
    size_t i = 0;
    if (is_blank(entry))
        return "is blank";
    if (memchr(entry.data, '\n', entry.size))
        return "holds a line feed";
    if (entry.data[entry.size - 1] == '\r')
        return "ends in a carriage return";
    if (!is_first)
        return NULL;
    if (entry.size >= 3 && memcmp(entry.data, "\xef\xbb\xbf", 3) == 0)
        return "begins with a byte order mark";
    while (i < entry.size && memchr(" \t\r", entry.data[i], 3))
        i++;
    return entry.data[i] == '[' || entry.data[i] == '{' ? "would begin the text like JSON" : NULL;
}

static mc_status put_line(mc_buffer *out, mc_bytes entry, size_t i, mc_error *error) {
    const char *why = misread(entry, i == 0);
    if (why)
        return mc_fail(error, MC_E_UNSUPPORTED,
                       "entry %zu %s, which text with one entry a line cannot have; export as json",
                       i, why);
    MC_TRY(mc_buffer_append(out, entry.data, entry.size, error));
    return append(out, "\n", error);
}

/* As Python's json.dump writes it. */
static mc_status put_ascii(mc_buffer *out, mc_bytes entry, size_t i, mc_error *error) {
    const char *at = entry.data, *end = at + entry.size;
    MC_TRY(append(out, i > 0 ? ", \"" : "[\"", error));
    while (at < end) {
        static const char short_of[] = "\b\f\n\r\t\"\\", letter[] = "bfnrt\"\\";
        uint32_t code = mc_letter_next(&at, end);
        const char *found = code && code < 0x80 ? strchr(short_of, (int)code) : NULL;
        char character = (char)code;
        if (found)
            MC_TRY(mc_buffer_printf(out, error, "\\%c", letter[found - short_of]));
        else if (code >= 0x20 && code < 0x7f)
            MC_TRY(mc_buffer_append(out, &character, 1, error));
        else if (code < 0x10000)
            MC_TRY(mc_buffer_printf(out, error, "\\u%04x", (unsigned)code));
        else
            MC_TRY(mc_buffer_printf(out, error, "\\u%04x\\u%04x",
                                    (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
                                    (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff))));
    }
    return append(out, "\"", error);
}

static mc_status put_json(mc_buffer *out, mc_bytes entry, size_t i, mc_error *error) {
    char *valid;
    MC_TRY(append(out, i > 0 ? ",\n" : "[\n", error));
    if (mc_utf8_valid(entry.data, entry.size))
        return mc_json_string(out, entry.data, entry.size, error);
    MC_TRY(mc_alloc(&valid, MC_UTF8_REPLACED_MAX(entry.size), 1, error));
    mc_status status =
        mc_json_string(out, valid, mc_utf8_replace(entry.data, entry.size, valid, NULL), error);
    free(valid);
    return status;
}

static mc_status write_entries(const mc_list *list, mc_list_form form, mc_sink *sink,
                               mc_buffer *text, mc_error *error) {
    mc_status (*put)(mc_buffer *, mc_bytes, size_t, mc_error *) = form == MC_LIST_TEXT ? put_line
                                                                  : form == MC_LIST_JSON
                                                                      ? put_json
                                                                      : put_ascii;
    for (size_t i = 0; i < list->n; i++) {
        text->size = 0;
        MC_TRY(put(text, list->entries[i], i, error));
        MC_TRY(mc_sink_write(sink, text->data, text->size, error));
    }
    if (form == MC_LIST_TEXT)
        return MC_OK;
    const char *end = list->n == 0 ? "[]" : form == MC_LIST_JSON ? "\n]" : "]";
    MC_TRY(mc_sink_write(sink, end, strlen(end), error));
    return form == MC_LIST_JSON ? mc_sink_write(sink, "\n", 1, error) : MC_OK;
}

mc_status mc_list_export(const mc_list *list, mc_list_form form, const char *path,
                         mc_error *error) {
    mc_sink *sink;
    mc_buffer text = {0};
    MC_TRY(mc_sink_create(&sink, path, error));
    mc_status status = write_entries(list, form, sink, &text, error);
    mc_buffer_dispose(&text);
    if (status == MC_OK)
        return mc_sink_commit(&sink, error);
    mc_sink_discard(&sink);
    return status;
}
