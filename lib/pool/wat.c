/* One pass over the document sees its quotes, and hence the brackets outside strings. They alone
 * tell how deep it is; on the way to the links (a chain of objects, each found by its key in the
 * one around it) what lies directly between two brackets is read as members. Of the links, which
 * are most of a document, only those are read that hold "G@" or a backslash: all whose path can be
 * an image's. Time is linear, and memory that of the links found.
 */
#include "pool/wat.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "pool/json_string.h"

#define BAD MC_E_FORMAT
#define NO_STRING ((mc_wat_string){0})

/* What is on the way, parents before their children. */
typedef enum node {
    NONE, /* outside the document's object */
    ROOT,
    ENVELOPE,
    HEADER,
    PAYLOAD,
    RESPONSE,
    HTML,
    HEAD,
    LINKS,
    N_NODES
} node;

#define KEY(text)                                                                                  \
    { text, sizeof(text) - 1 }

static const struct {
    node parent, children[2];
    unsigned depth;
    char opens, closes;
    mc_bytes key;
} nodes[N_NODES] = {
    [NONE] = {NONE, {NONE}, 0, 0, 0, {0}},
    [ROOT] = {NONE, {ENVELOPE}, 1, '{', '}', {0}},
    [ENVELOPE] = {ROOT, {HEADER, PAYLOAD}, 2, '{', '}', KEY("Envelope")},
    [HEADER] = {ENVELOPE, {NONE}, 3, '{', '}', KEY("WARC-Header-Metadata")},
    [PAYLOAD] = {ENVELOPE, {RESPONSE}, 3, '{', '}', KEY("Payload-Metadata")},
    [RESPONSE] = {PAYLOAD, {HTML}, 4, '{', '}', KEY("HTTP-Response-Metadata")},
    [HTML] = {RESPONSE, {HEAD, LINKS}, 5, '{', '}', KEY("HTML-Metadata")},
    [HEAD] = {HTML, {NONE}, 6, '{', '}', KEY("Head")},
    [LINKS] = {HTML, {NONE}, 6, '[', ']', KEY("Links")},
};

typedef struct walk {
    const char *data;
    mc_wat *wat;
    mc_error *error;
    node node;       /* the innermost one */
    uint64_t depth;  /* brackets open */
    size_t text;     /* where what is directly in the node goes on */
    bool first;      /* no member of the node came before that */
    node child;      /* what the last member's key names */
    unsigned marked; /* of what was opened in LINKS */
    mc_wat_link link;
    bool is_image;
} walk;

enum { IS_MARKED = 1, NOT_A_LINK = 2 };

void mc_wat_dispose(mc_wat *wat) {
    free(wat->links);
    *wat = (mc_wat){0};
}

/* A node's key takes the place of an earlier one, whatever its value. */
static void forget(mc_wat *wat, node which) {
    if (which == ENVELOPE || which == HEADER) {
        wat->is_response = false;
        wat->url = NO_STRING;
    }
    if (which == HEADER)
        return;
    if (which != LINKS)
        wat->base = NO_STRING;
    if (which != HEAD)
        wat->n_links = 0;
    if (which != LINKS && which != HEAD)
        wat->is_html = false;
}

/* ---- members ---- */

typedef struct member {
    size_t key;           /* behind its quote */
    mc_wat_string string; /* the value, when it is one */
    bool is_open;         /* the value is what the bracket opens that ends the text */
} member;

static size_t skip_space(const char *data, size_t at, size_t end) {
    while (at < end &&
           (data[at] == ' ' || data[at] == '\n' || data[at] == '\r' || data[at] == '\t'))
        at++;
    return at;
}

static size_t skip_string(const char *data, size_t at, mc_wat_string *out) {
    const char *begin = data + at + 1, *special = mc_json_find_special(begin);
    *out = (mc_wat_string){(uint32_t)at + 1, (uint32_t)(special - begin)};
    if (*special == '\\') {
        special = mc_json_string_end(special) - 1;
        out->size = MC_WAT_ESCAPED;
    }
    return (size_t)(special + 1 - data);
}

/* End of a value that begins with a bracket, in a link that is closed. */
static size_t skip_nested(const char *data, size_t at) {
    int64_t depth = 0;
    mc_wat_string string;
    do {
        char c = data[at];
        at = c == '"' ? skip_string(data, at, &string) : at + 1;
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    } while (depth > 0);
    return at;
}

/* Takes the next member of data[*at .. end), where there is one. Strings are closed there, and
 * brackets balance or are none. */
static mc_status take_member(const char *data, size_t *at, size_t end, member *out) {
    size_t i = *at;
    if (data[i] != '"')
        return BAD;
    *out = (member){.key = i + 1};
    i = skip_space(data, skip_string(data, i, &out->string), end);
    out->string = NO_STRING;
    if (i >= end || data[i] != ':')
        return BAD;
    i = skip_space(data, i + 1, end);
    out->is_open = i >= end;
    if (i < end && data[i] == '"') {
        i = skip_string(data, i, &out->string);
    } else if (i < end && (data[i] == '{' || data[i] == '[')) {
        i = skip_nested(data, i);
    } else if (i < end) {
        size_t value = i;
        while (i < end && data[i] != ',' && data[i] != '"' && data[i] != ':')
            i++;
        if (i == value)
            return BAD;
    }
    *at = i;
    return MC_OK;
}

/* True when the key is the word. Most differ in their first character, and few have escapes. */
static inline bool is_key(const char *key, const char *word, size_t size) {
    if (*key != *word && *key != '\\')
        return false;
    if (memcmp(key, word, size) == 0)
        return key[size] == '"';
    return memchr(key, '\\', size) && mc_json_string_is(key, word, size);
}
#define KEY_IS(key, word) is_key((key), (word), sizeof(word) - 1)

/* The node that a key in w->node names. */
static node child_of(const walk *w, const char *key) {
    for (unsigned i = 0; i < 2 && nodes[w->node].children[i] != NONE; i++) {
        node child = nodes[w->node].children[i];
        if (is_key(key, nodes[child].key.data, nodes[child].key.size))
            return child;
    }
    return NONE;
}

static void use_member(walk *w, const member *m) {
    const char *key = w->data + m->key;
    w->child = child_of(w, key);
    if (w->child != NONE)
        forget(w->wat, w->child);
    else if (w->node == HEAD && KEY_IS(key, "Base"))
        w->wat->base = m->string;
    else if (w->node == HEADER && KEY_IS(key, "WARC-Target-URI"))
        w->wat->url = m->string;
    else if (w->node == HEADER && KEY_IS(key, "WARC-Type"))
        w->wat->is_response = m->string.at > 0 && KEY_IS(w->data + m->string.at, "response");
}

/* Reads the members in data[at .. end). A comma comes before the first unless it is the node's
 * first; the last may be a key alone, whose value begins at end. */
static mc_status read_members(walk *w, size_t at, size_t end, bool first, member *last,
                              void (*use)(walk *w, const member *m)) {
    *last = (member){0};
    at = skip_space(w->data, at, end);
    while (at < end) {
        if (!first) {
            if (w->data[at] != ',')
                return BAD;
            at = skip_space(w->data, at + 1, end);
            if (at == end)
                return BAD;
        }
        first = false;
        MC_TRY(take_member(w->data, &at, end, last));
        use(w, last);
        at = skip_space(w->data, at, end);
    }
    return MC_OK;
}

/* ---- links ---- */

static const char image_path[] = "IMG@/src";

static inline bool begins_as_image(const char *path) {
    enum { SIZE = sizeof image_path - 1 };
    return memcmp(path, image_path, SIZE) == 0 ||
           (memchr(path, '\\', SIZE) && mc_json_string_begins(path, image_path, SIZE));
}

static void use_link_member(walk *w, const member *m) {
    const char *key = w->data + m->key;
    if (KEY_IS(key, "path"))
        w->is_image = m->string.at > 0 && begins_as_image(w->data + m->string.at);
    else if (KEY_IS(key, "url"))
        w->link.url = m->string;
    else if (KEY_IS(key, "alt"))
        w->link.texts[0] = m->string;
    else if (KEY_IS(key, "title"))
        w->link.texts[1] = m->string;
    else if (KEY_IS(key, "data-image-title"))
        w->link.texts[2] = m->string;
}

/* Reads the link between its braces. */
static mc_status read_link(walk *w, size_t at, size_t end) {
    mc_wat *wat = w->wat;
    member last;
    w->link = (mc_wat_link){0};
    w->is_image = false;
    MC_TRY(read_members(w, at, end, true, &last, use_link_member));
    if (last.is_open)
        return BAD;
    if (!w->is_image)
        return MC_OK;
    if (wat->n_links == wat->capacity)
        MC_TRY(MC_GROW(wat->links, wat->capacity, wat->n_links + 1, w->error));
    wat->links[wat->n_links++] = w->link;
    return MC_OK;
}

/* ---- brackets ---- */

static void enter(walk *w, node which, size_t at, bool first) {
    w->node = which;
    w->text = at + 1;
    w->first = first;
}

static mc_status open_in_node(walk *w, size_t at) {
    char bracket = w->data[at];
    if (w->node == LINKS) {
        w->text = at + 1;
        w->marked = bracket == '{' ? 0 : NOT_A_LINK;
        return MC_OK;
    }
    if (w->node == NONE) {
        /* Nothing comes before the object, and only one comes. */
        if (!w->first || bracket != '{' || skip_space(w->data, 0, at) < at)
            return BAD;
        enter(w, ROOT, at, true);
        return MC_OK;
    }
    member last;
    MC_TRY(read_members(w, w->text, at, w->first, &last, use_member));
    if (!last.is_open)
        return BAD;
    if (w->child != NONE && nodes[w->child].opens == bracket) {
        w->wat->is_html = w->wat->is_html || w->child == HTML;
        enter(w, w->child, at, true);
    }
    return MC_OK;
}

static mc_status close_node(walk *w, size_t at) {
    member last = {0};
    if (w->node == NONE || w->data[at] != nodes[w->node].closes)
        return BAD;
    if (w->node != LINKS)
        MC_TRY(read_members(w, w->text, at, w->first, &last, use_member));
    if (last.is_open)
        return BAD;
    enter(w, nodes[w->node].parent, at, false);
    return MC_OK;
}

static inline mc_status meet(walk *w, size_t at) {
    char c = w->data[at];
    if (c == '{' || c == '[') {
        if (w->depth++ == nodes[w->node].depth)
            return open_in_node(w, at);
    } else if (c == '}' || c == ']') {
        unsigned depth = nodes[w->node].depth;
        if (w->depth-- == depth)
            return close_node(w, at);
        if (w->depth == depth && w->node != LINKS)
            enter(w, w->node, at, false);
        else if (w->depth == depth && w->marked == IS_MARKED)
            return read_link(w, w->text, at);
    } else {
        w->marked |= IS_MARKED;
    }
    return MC_OK;
}

/* ---- the document ---- */

static mc_wat_find *choose(void) {
#if defined(__x86_64__)
    mc_isa isa = mc_cpu_isa();
    if (isa == MC_ISA_AVX512)
        return mc_wat_find_avx512;
    if (isa == MC_ISA_AVX2)
        return mc_wat_find_avx2;
#endif
    return mc_wat_find_portable;
}

mc_status mc_wat_read(mc_wat *wat, const char *data, size_t size, mc_error *error) {
    enum { LINKS_KEPT = 1 << 18 };
    if (wat->capacity > LINKS_KEPT)
        mc_wat_dispose(wat);
    if (!wat->find)
        wat->find = choose();
    wat->data = data;
    forget(wat, ENVELOPE);
    walk w = {.data = data, .wat = wat, .error = error, .first = true};
    mc_wat_scan scan = {0};
    uint32_t events[MC_WAT_EVENTS_MAX];
    if (size >= UINT32_MAX)
        return BAD;
    while (scan.at < size) {
        size_t n = wat->find(&scan, data, size, events);
        if (scan.stray) /* from here on it would not be agreed where strings end */
            return BAD;
        for (size_t i = 0; i < n; i++)
            MC_TRY(meet(&w, events[i]));
    }
    wat->is_ascii = !scan.high;
    bool whole = w.node == NONE && !w.first && !scan.within;
    return whole && skip_space(data, w.text, size) == size ? MC_OK : BAD;
}
