/* Attributes. A quote matters only where a value begins, so a '>' ends the tag unless it is in a
 * value that a '=' behind a name opened in quotes. */
#include "pool/html_tag.h"

static const char *skip_spaces(const char *p, const char *end) {
    while (p < end && mc_html_is_space(*p))
        p++;
    return p;
}

bool mc_html_next_attribute(const char **at, const char *end, mc_html_attribute *attribute) {
    const char *p = *at;
    while (p < end && (mc_html_is_space(*p) || *p == '/'))
        p++;
    *at = NULL;
    if (p == end)
        return false;
    if (*p == '>') {
        *at = p + 1;
        return false;
    }
    const char *name = p++; /* whatever it begins with, '=' included */
    while (p < end && !mc_html_is_space(*p) && *p != '/' && *p != '>' && *p != '=')
        p++;
    *attribute = (mc_html_attribute){{name, (size_t)(p - name)}, {p, 0}};
    p = skip_spaces(p, end);
    if (p < end && *p == '=') {
        p = skip_spaces(p + 1, end);
        if (p == end)
            return false;
        bool quoted = *p == '"' || *p == '\'';
        const char *value = p + quoted;
        p = quoted ? mc_html_find(value, end, *p) : mc_html_find_value_end(value, end);
        if (p == end)
            return false;
        attribute->value = (mc_bytes){value, (size_t)(p - value)};
        p += quoted;
    }
    *at = p;
    return true;
}

const char *mc_html_skip_attributes(mc_html_cursor *cursor, const char *p, bool *self_closing) {
    const char *end = cursor->end, *from = p; /* since here: names, spaces and slashes */
    *self_closing = false;
    for (;;) {
        const char *mark = mc_html_next(cursor, p, MC_HTML_MARKS);
        if (mark == end)
            return NULL;
        if (*mark == '>') {
            *self_closing = mark > from && mark[-1] == '/';
            return mark + 1;
        }
        const char *name_end = mark;
        while (name_end > from && mc_html_is_space(name_end[-1]))
            name_end--;
        p = mark + 1;
        if (name_end == from || name_end[-1] == '/')
            continue; /* this '=' begins a name */
        p = skip_spaces(p, end);
        if (p == end)
            return NULL;
        if (*p == '"' || *p == '\'') {
            p = mc_html_next(cursor, p + 1, *p == '"' ? MC_HTML_DOUBLE : MC_HTML_SINGLE);
            if (p == end)
                return NULL;
            p++;
        } else {
            p = mc_html_find_value_end(p, end);
            if (p == end)
                return NULL;
        }
        from = p;
    }
}
