/* What is left of links, language variants and of templates that were never closed. All work at the
 * end of what was written so far. */
#include <stdint.h>
#include <string.h>

#include "metadata/wikitext_parts.h"

static mc_bytes trim(mc_bytes text) {
    while (text.size > 0 && memchr(" \t\r\n", *text.data, 4)) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && memchr(" \t\r\n", text.data[text.size - 1], 4))
        text.size--;
    return text;
}

/* Of all from start on, text alone stays, which lies there. */
static void keep(mc_buffer *out, size_t start, mc_bytes text) {
    if (text.size > 0)
        memmove(out->data + start, text.data, text.size);
    out->size = start + text.size;
}

/* What "[[target|]]" is shown as: without its namespace and what tells it from others of its name.
 */
static mc_bytes short_of(mc_bytes target) {
    const char *colon = memchr(target.data, ':', target.size);
    if (colon && colon + 1 < target.data + target.size)
        target = trim((mc_bytes){colon + 1, target.size - (size_t)(colon + 1 - target.data)});
    const char *at = NULL;
    if (target.size > 0 && target.data[target.size - 1] == ')')
        at = memchr(target.data, '(', target.size);
    else
        at = memchr(target.data, ',', target.size);
    if (at && at > target.data)
        target.size = (size_t)(at - target.data);
    return trim(target);
}

void mc_wikitext_link(mc_buffer *out, size_t start, size_t first_pipe, size_t last_pipe,
                      bool closed, const mc_wiki_names *names) {
    size_t end = out->size;
    bool piped = first_pipe != SIZE_MAX;
    if (start == end)
        return;
    mc_bytes target = trim((mc_bytes){out->data + start, (piped ? first_pipe : end) - start});
    mc_wiki_name kind = MC_WIKI_NAME_OTHER;
    if (target.size > 0 && *target.data == ':') {
        target.data++;
        target.size--;
    } else if (target.size > 0) {
        const char *colon = memchr(target.data, ':', target.size < 80 ? target.size : 80);
        if (colon)
            kind =
                mc_wiki_names_find(names, (mc_bytes){target.data, (size_t)(colon - target.data)});
    }
    if (closed && kind != MC_WIKI_NAME_OTHER) {
        out->size = start;
    } else if (!piped) {
        keep(out, start, target);
    } else {
        size_t from = (closed || kind == MC_WIKI_NAME_FILE ? last_pipe : first_pipe) + 1;
        mc_bytes label = {out->data + from, end - from};
        if (closed && target.size > 0 && trim(label).size == 0)
            label = short_of(target);
        keep(out, start, label);
    }
}

static bool is_variant(const char *p, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (!(p[i] >= 'a' && p[i] <= 'z') && p[i] != '-')
            return false;
    return size >= 2 && size <= 12;
}

void mc_wikitext_variant(mc_buffer *out, size_t start) {
    if (start == out->size)
        return;
    mc_bytes text = {out->data + start, out->size - start};
    const char *bar = memchr(text.data, '|', text.size);
    if (bar) {
        size_t flags = (size_t)(bar - text.data);
        if (memchr(text.data, 'H', flags) || memchr(text.data, 'T', flags)) {
            out->size = start;
            return;
        }
        text = (mc_bytes){bar + 1, text.size - flags - 1};
    }
    text = trim(text);
    const char *colon = text.size > 0 ? memchr(text.data, ':', text.size) : NULL;
    if (colon && is_variant(text.data, (size_t)(colon - text.data))) {
        text = (mc_bytes){colon + 1, text.size - (size_t)(colon + 1 - text.data)};
        const char *next = text.size > 0 ? memchr(text.data, ';', text.size) : NULL;
        if (next)
            text.size = (size_t)(next - text.data);
    }
    keep(out, start, text);
}

void mc_wikitext_drop_bars(mc_buffer *out, size_t start) {
    char *data = out->data;
    size_t to = start;
    for (size_t at = start; at < out->size;) {
        size_t line_end = at, text = at;
        bool barred = false;
        for (; line_end < out->size && data[line_end] != '\r' && data[line_end] != '\n'; line_end++)
            if (data[line_end] == '|') {
                text = line_end + 1;
                barred = true;
            }
        mc_bytes line = trim((mc_bytes){data + at, line_end - at});
        size_t stop = line_end < out->size ? line_end + 1 : line_end;
        if (line.size > 0 && barred && (*line.data == '|' || *line.data == '!'))
            text = line_end;
        memmove(data + to, data + text, stop - text);
        to += stop - text;
        at = stop;
    }
    out->size = to;
}
