/* A walk over the places that mc_json_index finds. Most of a document are links that are no images:
 * of each, the walk sees where its members are, and whether the beginning of any value is that of
 * an image's path (or has an escape in it, and so might be). Only then are its members looked at.
 */
#include "pool/wat.h"

#include <stdlib.h>
#include <string.h>

#include "pool/json_string.h"

#define BAD MC_E_FORMAT

typedef struct walk {
    const char *data;
    const uint32_t *at, *end;
    mc_wat *wat;
    mc_error *error;
} walk;

void mc_wat_dispose(mc_wat *wat) {
    free(wat->links);
    *wat = (mc_wat){0};
}

static inline char peek(const walk *w) {
    return w->at < w->end ? w->data[*w->at] : '\0';
}

static inline bool take(walk *w, char c) {
    bool is = peek(w) == c;
    w->at += is;
    return is;
}

/* +1 for what opens, -1 for what closes. */
static const signed char nesting[256] = {['{'] = 1, ['['] = 1, ['}'] = -1, [']'] = -1};

static mc_status skip_value(walk *w) {
    char c = peek(w);
    if (c == '\0' || memchr("}],:", c, 4))
        return BAD;
    const uint32_t *at = w->at;
    int64_t depth = 0;
    do {
        depth += nesting[(unsigned char)w->data[*at++]];
    } while (depth > 0 && at < w->end);
    w->at = at;
    return depth > 0 ? BAD : MC_OK;
}

/* Passes over a value: where its string begins, 0 when it is none. */
static mc_status take_string(walk *w, uint32_t *out) {
    *out = peek(w) == '"' ? *w->at + 1 : 0;
    return skip_value(w);
}

/* A member's key was passed over; the function passes over its value. */
typedef mc_status member(walk *w, const char *key);

/* Passes over a value, which is hoped to be an object, member by member. */
static inline mc_status read_object(walk *w, member *use) {
    if (peek(w) != '{')
        return skip_value(w);
    w->at++;
    if (take(w, '}'))
        return MC_OK;
    do {
        if (peek(w) != '"')
            return BAD;
        const char *key = w->data + *w->at++ + 1;
        if (!take(w, ':'))
            return BAD;
        MC_TRY(use(w, key));
    } while (take(w, ','));
    return take(w, '}') ? MC_OK : BAD;
}

#define KEY_IS(key, word) mc_json_string_is((key), (word), sizeof(word) - 1)

static mc_status head_member(walk *w, const char *key) {
    return KEY_IS(key, "Base") ? take_string(w, &w->wat->base) : skip_value(w);
}

static mc_status link_member(walk *w, const char *key) {
    mc_wat_link *link = &w->wat->links[w->wat->n_links];
    if (KEY_IS(key, "url"))
        return take_string(w, &link->url);
    if (KEY_IS(key, "alt"))
        return take_string(w, &link->texts[0]);
    if (KEY_IS(key, "title"))
        return take_string(w, &link->texts[1]);
    if (KEY_IS(key, "data-image-title"))
        return take_string(w, &link->texts[2]);
    return skip_value(w);
}

static const char image_path[] = "IMG@/src";
enum { PATH = sizeof image_path - 1 };
_Static_assert(PATH == 8, "a path's beginning is compared as one word");

/* True when the string begins as an image's path, or has a backslash where that would be. */
static inline bool may_be_path(const char *s) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word, path;
    memcpy(&word, s, PATH);
    memcpy(&path, image_path, PATH);
    uint64_t v = word ^ ones * '\\';
    return word == path || ((v - ones) & ~v & ones << 7);
}

static mc_status path_member(walk *w, const char *key) {
    if (!KEY_IS(key, "path"))
        return skip_value(w);
    uint32_t path;
    MC_TRY(take_string(w, &path));
    w->wat->links[w->wat->n_links].url =
        path > 0 && mc_json_string_begins(w->data + path, image_path, PATH);
    return MC_OK;
}

/* Adds the link at start, whose members are all right, if it is an image's. */
static mc_status take_link(walk *w, const uint32_t *start) {
    mc_wat *wat = w->wat;
    const uint32_t *end = w->at;
    if (wat->n_links == wat->capacity)
        MC_TRY(MC_GROW(wat->links, wat->capacity, wat->n_links + 1, w->error));
    mc_wat_link *link = &wat->links[wat->n_links];
    *link = (mc_wat_link){0};
    w->at = start;
    MC_TRY(read_object(w, path_member));
    if (link->url) {
        *link = (mc_wat_link){0};
        w->at = start;
        MC_TRY(read_object(w, link_member));
        wat->n_links++;
    }
    w->at = end;
    return MC_OK;
}

static mc_status read_link(walk *w) {
    const uint32_t *start = w->at;
    bool may_be_image = false;
    if (peek(w) != '{')
        return skip_value(w);
    w->at++;
    if (take(w, '}'))
        return MC_OK;
    do {
        if (w->end - w->at < 3 || w->data[w->at[0]] != '"' || w->data[w->at[1]] != ':')
            return BAD;
        const char *value = w->data + w->at[2];
        w->at += 2;
        if (*value == '"') {
            may_be_image = may_be_image || may_be_path(value + 1);
            w->at++;
        } else {
            MC_TRY(skip_value(w));
        }
    } while (take(w, ','));
    if (!take(w, '}'))
        return BAD;
    return may_be_image ? take_link(w, start) : MC_OK;
}

static mc_status read_links(walk *w) {
    w->wat->n_links = 0;
    if (peek(w) != '[')
        return skip_value(w);
    w->at++;
    if (take(w, ']'))
        return MC_OK;
    do {
        MC_TRY(read_link(w));
    } while (take(w, ','));
    return take(w, ']') ? MC_OK : BAD;
}

static mc_status html_member(walk *w, const char *key) {
    if (KEY_IS(key, "Links"))
        return read_links(w);
    if (!KEY_IS(key, "Head"))
        return skip_value(w);
    w->wat->base = 0;
    return read_object(w, head_member);
}

/* What counts of a page, before its last key; all the keys on the way to it do this. */
static void forget_page(mc_wat *wat) {
    wat->is_html = false;
    wat->base = 0;
    wat->n_links = 0;
}

static mc_status response_member(walk *w, const char *key) {
    if (!KEY_IS(key, "HTML-Metadata"))
        return skip_value(w);
    forget_page(w->wat);
    w->wat->is_html = peek(w) == '{';
    return read_object(w, html_member);
}

static mc_status payload_member(walk *w, const char *key) {
    if (!KEY_IS(key, "HTTP-Response-Metadata"))
        return skip_value(w);
    forget_page(w->wat);
    return read_object(w, response_member);
}

static mc_status header_member(walk *w, const char *key) {
    if (KEY_IS(key, "WARC-Target-URI"))
        return take_string(w, &w->wat->url);
    if (!KEY_IS(key, "WARC-Type"))
        return skip_value(w);
    uint32_t type;
    MC_TRY(take_string(w, &type));
    w->wat->is_response = type > 0 && KEY_IS(w->data + type, "response");
    return MC_OK;
}

static mc_status envelope_member(walk *w, const char *key) {
    if (KEY_IS(key, "Payload-Metadata")) {
        forget_page(w->wat);
        return read_object(w, payload_member);
    }
    if (!KEY_IS(key, "WARC-Header-Metadata"))
        return skip_value(w);
    w->wat->is_response = false;
    w->wat->url = 0;
    return read_object(w, header_member);
}

static void forget_all(mc_wat *wat) {
    forget_page(wat);
    wat->is_response = false;
    wat->url = 0;
}

static mc_status root_member(walk *w, const char *key) {
    if (!KEY_IS(key, "Envelope"))
        return skip_value(w);
    forget_all(w->wat);
    return read_object(w, envelope_member);
}

mc_status mc_wat_read(mc_wat *wat, mc_json *json, const char *data, size_t size, mc_error *error) {
    enum { LINKS_KEPT = 1 << 18 };
    if (wat->capacity > LINKS_KEPT)
        mc_wat_dispose(wat);
    forget_all(wat);
    wat->data = data;
    walk w = {.data = data, .wat = wat, .error = error};
    size_t n;
    mc_status status = mc_json_index(json, data, size, &w.at, &n);
    if (status == MC_E_MEMORY)
        return mc_fail(error, MC_E_MEMORY, "out of memory: JSON of %zu bytes", size);
    MC_TRY(status);
    w.end = w.at + n;
    if (peek(&w) != '{')
        return BAD;
    MC_TRY(read_object(&w, root_member));
    return w.at == w.end ? MC_OK : BAD;
}
