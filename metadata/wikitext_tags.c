/* Tags in wikitext: which there are, and where they end. A tag ends at the first '>' and holds no
 * '<' and no empty line, so that no text is looked at twice for it. */
#include <string.h>

#include "metadata/wikitext_parts.h"

#define TAG_NAME_MAX 20
#define TAG_MAX_BYTES 2000

typedef struct known_tag {
    const char *name;
    mc_wikitext_action action;
} known_tag;

static const known_tag TAGS[] = {
    {"ref", MC_TAG_REF},
    {"nowiki", MC_TAG_NOWIKI},
    {"table", MC_TAG_TABLE},
    {"br", MC_TAG_BLOCK},
    {"p", MC_TAG_BLOCK},
    {"div", MC_TAG_BLOCK},
    {"li", MC_TAG_BLOCK},
    {"ul", MC_TAG_BLOCK},
    {"ol", MC_TAG_BLOCK},
    {"dl", MC_TAG_BLOCK},
    {"dt", MC_TAG_BLOCK},
    {"dd", MC_TAG_BLOCK},
    {"hr", MC_TAG_BLOCK},
    {"tr", MC_TAG_BLOCK},
    {"td", MC_TAG_BLOCK},
    {"th", MC_TAG_BLOCK},
    {"caption", MC_TAG_BLOCK},
    {"blockquote", MC_TAG_BLOCK},
    {"center", MC_TAG_BLOCK},
    {"poem", MC_TAG_BLOCK},
    {"h1", MC_TAG_BLOCK},
    {"h2", MC_TAG_BLOCK},
    {"h3", MC_TAG_BLOCK},
    {"h4", MC_TAG_BLOCK},
    {"h5", MC_TAG_BLOCK},
    {"h6", MC_TAG_BLOCK},
    {"references", MC_TAG_LEFT_OUT},
    {"gallery", MC_TAG_LEFT_OUT},
    {"math", MC_TAG_LEFT_OUT},
    {"chem", MC_TAG_LEFT_OUT},
    {"ce", MC_TAG_LEFT_OUT},
    {"source", MC_TAG_LEFT_OUT},
    {"syntaxhighlight", MC_TAG_LEFT_OUT},
    {"pre", MC_TAG_LEFT_OUT},
    {"code", MC_TAG_LEFT_OUT},
    {"timeline", MC_TAG_LEFT_OUT},
    {"score", MC_TAG_LEFT_OUT},
    {"hiero", MC_TAG_LEFT_OUT},
    {"graph", MC_TAG_LEFT_OUT},
    {"templatedata", MC_TAG_LEFT_OUT},
    {"templatestyles", MC_TAG_LEFT_OUT},
    {"imagemap", MC_TAG_LEFT_OUT},
    {"mapframe", MC_TAG_LEFT_OUT},
    {"maplink", MC_TAG_LEFT_OUT},
    {"inputbox", MC_TAG_LEFT_OUT},
    {"categorytree", MC_TAG_LEFT_OUT},
    {"includeonly", MC_TAG_LEFT_OUT},
    {"indicator", MC_TAG_LEFT_OUT},
    {"style", MC_TAG_LEFT_OUT},
    {"script", MC_TAG_LEFT_OUT},
};
#define N_TAGS (sizeof TAGS / sizeof *TAGS)
_Static_assert(N_TAGS <= 64, "an id is a bit of 64");

static bool is_letter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_name(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

static bool is_same(const char *a, const char *lower, size_t size) {
    for (size_t i = 0; i < size; i++)
        if ((char)(is_letter(a[i]) ? a[i] | 0x20 : a[i]) != lower[i])
            return false;
    return true;
}

bool mc_wikitext_tag_read(const char *p, const char *end, mc_wikitext_tag *tag) {
    const char *q = p + 1;
    bool closing = q < end && *q == '/';
    q += closing;
    const char *name = q;
    while (q < end && q - name <= TAG_NAME_MAX && is_name(*q))
        q++;
    size_t size = (size_t)(q - name);
    if (size == 0 || size > TAG_NAME_MAX || !is_letter(*name) || q == end ||
        !memchr(" \t\n/>", *q, 5))
        return false;
    const char *stop = end - p > TAG_MAX_BYTES ? p + TAG_MAX_BYTES : end;
    while (q < stop && *q != '>' && *q != '<' && !(*q == '\n' && q[-1] == '\n'))
        q++;
    if (q == stop || *q != '>')
        return false;
    *tag = (mc_wikitext_tag){
        .name = {name, size}, .closing = closing, .alone = q[-1] == '/', .end = q + 1};
    for (unsigned i = 0; i < N_TAGS; i++) {
        if (strlen(TAGS[i].name) != size || !is_same(name, TAGS[i].name, size))
            continue;
        tag->action = TAGS[i].action;
        tag->id = i;
        break;
    }
    return true;
}

/* True when the tag's name stands at p. */
static bool is_named(const mc_wikitext_tag *tag, const char *p, const char *end) {
    size_t size = tag->name.size;
    return (size_t)(end - p) > size && is_same(p, TAGS[tag->id].name, size) && !is_name(p[size]);
}

const char *mc_wikitext_tag_close(const mc_wikitext_tag *tag, const char *end) {
    const char *p = tag->end;
    while (p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL) {
        const char *q = p + 1;
        if (q < end && *q == '/' && is_named(tag, q + 1, end))
            return p;
        if (tag->action == MC_TAG_REF && is_named(tag, q, end))
            return NULL;
        p++;
    }
    return NULL;
}
