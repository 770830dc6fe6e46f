#include "extract/line.h"

#include <string.h>

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool skip(cursor *c, const char *literal) {
    size_t size = strlen(literal);
    if ((size_t)(c->end - c->at) < size || memcmp(c->at, literal, size) != 0)
        return false;
    c->at += size;
    return true;
}

/* Past a string: its closing quote is the first with an even number of backslashes before it. */
static bool skip_string(cursor *c) {
    if (!skip(c, "\""))
        return false;
    const char *start = c->at;
    for (;;) {
        const char *quote = memchr(c->at, '"', (size_t)(c->end - c->at));
        if (!quote)
            return false;
        const char *first = quote;
        while (first > start && first[-1] == '\\')
            first--;
        c->at = quote + 1;
        if ((quote - first) % 2 == 0)
            return true;
    }
}

static bool skip_value(cursor *c) {
    return skip(c, "null") || skip_string(c);
}

static bool skip_text(cursor *c) {
    return skip(c, "[") && skip_value(c) && skip(c, ",") && skip_string(c) && skip(c, ",") &&
           skip_value(c) && skip(c, "]");
}

static bool skip_head(cursor *c) {
    return skip(c, "{\"uid\":") && skip_string(c) && skip(c, ",\"uuid\":") && skip_value(c) &&
           skip(c, ",\"url\":") && skip_value(c) && skip(c, ",\"page_url\":") && skip_value(c) &&
           skip(c, ",\"texts\":[");
}

mc_status mc_line_copy(mc_bytes line, bool (*drop)(void *context, uint64_t number), void *context,
                       mc_buffer *out, uint64_t *n_texts, uint64_t *n_dropped, mc_error *error) {
    cursor c = {line.data, line.data + line.size};
    size_t before = out->size;
    bool good = skip_head(&c), more = good;
    *n_texts = *n_dropped = 0;
    MC_TRY(mc_buffer_append(out, line.data, (size_t)(c.at - line.data), error));
    while (more) {
        const char *text = c.at;
        good = skip_text(&c);
        if (!good)
            break;
        if (drop(context, *n_texts)) {
            ++*n_dropped;
        } else {
            if (*n_texts > *n_dropped)
                MC_TRY(mc_buffer_append(out, ",", 1, error));
            MC_TRY(mc_buffer_append(out, text, (size_t)(c.at - text), error));
        }
        ++*n_texts;
        more = skip(&c, ",");
    }
    good = good && *n_texts > 0 && c.at < c.end && *c.at == ']';
    if (!good)
        return mc_fail(error, MC_E_FORMAT, "a line is none that extract wrote");
    if (*n_texts == *n_dropped) {
        out->size = before;
        return MC_OK;
    }
    MC_TRY(mc_buffer_append(out, c.at, (size_t)(c.end - c.at), error));
    return mc_buffer_append(out, "\n", 1, error);
}
