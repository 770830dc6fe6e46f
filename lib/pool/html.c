/* The tokenizer: data, tags, comments and the kinds of text in which tags are none, each as a
 * stretch of code that runs to its end in the page. Only what can hold or hide an image is looked
 * at: of most tags that is where they end.
 *
 * Without a tree there is no knowing where the parser would ignore a tag. So every <img> counts,
 * whatever it is in (docs/rules.md, HTML); of foreign content as much is followed as matters. */
#include "pool/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "pool/html_foreign.h"
#include "pool/html_image.h"
#include "pool/html_scan.h"
#include "pool/html_tag.h"

#define KEPT_BYTES (1u << 20) /* scratch beyond this is given back after a page */

struct mc_html {
    mc_buffer values[MC_HTML_N_VALUES];
    mc_buffer base;
    mc_html_classify *classify;
};

typedef struct tokenizer {
    mc_html *html;
    const char *p, *end; /* p NULL: the page has ended within something */
    mc_html_cursor cursor;
    bool lazy;
    bool has_base;
    mc_html_foreign foreign;
    mc_html_image image;
    mc_status (*use)(void *context, const mc_html_image *image, mc_error *error);
    void *context;
    mc_error *error;
} tokenizer;

typedef enum tag {
    TAG_OTHER,
    TAG_IMG,
    TAG_IMAGE,
    TAG_BASE,
    TAG_SVG,
    TAG_MATH,
    TAG_RAW, /* its text holds no tags but its own end */
    TAG_SCRIPT,
    TAG_PLAINTEXT
} tag;

/* Up to eight letters of a name in lower case, as one number. Bit 5 set makes letters of nothing
 * but letters, so that comparing it with a name that is all letters is exact. */
static uint64_t pack(const char *name, size_t size) {
    uint64_t packed = 0;
    for (size_t i = 0; i < size; i++)
        packed = packed << 8 | (unsigned char)(name[i] | 0x20);
    return packed;
}
#define NAME(literal) pack(literal, sizeof literal - 1)
#define LETTER(c) (1u << ((c) - 'a'))

static tag tag_of(mc_bytes name) {
    /* The first letters of the names of each size. */
    static const uint32_t FIRST[16] = {[3] = LETTER('i') | LETTER('s') | LETTER('x'),
                                       [4] = LETTER('b') | LETTER('m'),
                                       [5] = LETTER('i') | LETTER('s') | LETTER('t'),
                                       [6] = LETTER('i') | LETTER('s'),
                                       [7] = LETTER('n'),
                                       [8] = LETTER('n') | LETTER('t'),
                                       [9] = LETTER('p')};
    size_t size = name.size < 10 ? name.size : 10;
    if (!(FIRST[size] >> ((*name.data | 0x20) - 'a') & 1))
        return TAG_OTHER;
    if (size == 9)
        return mc_html_is_name(name.data, 9, "plaintext") ? TAG_PLAINTEXT : TAG_OTHER;
    uint64_t packed = pack(name.data, size);
    if (packed == NAME("img"))
        return TAG_IMG;
    if (packed == NAME("script"))
        return TAG_SCRIPT;
    if (packed == NAME("svg"))
        return TAG_SVG;
    if (packed == NAME("style") || packed == NAME("title") || packed == NAME("textarea") ||
        packed == NAME("iframe") || packed == NAME("noframes") || packed == NAME("noembed") ||
        packed == NAME("xmp"))
        return TAG_RAW;
    if (packed == NAME("base"))
        return TAG_BASE;
    if (packed == NAME("math"))
        return TAG_MATH;
    return packed == NAME("image") ? TAG_IMAGE : TAG_OTHER;
}

static bool is_same_name(const char *a, const char *b, size_t size) {
    for (size_t i = 0; i < size; i++)
        if ((a[i] | 0x20) != (b[i] | 0x20))
            return false;
    return true;
}

/* True when p, which is behind a '<' and a '/' perhaps, begins with name, which is all letters, and
 * something that ends a tag's name. */
static bool is_name_at(const char *p, const char *end, const char *name, size_t size) {
    if ((size_t)(end - p) <= size || !is_same_name(p, name, size))
        return false;
    return mc_html_is_space(p[size]) || p[size] == '/' || p[size] == '>';
}

/* Behind the end tag of name, which is in a text that begins at p; NULL when there is none. */
static const char *skip_raw_text(mc_html_cursor *cursor, const char *p, mc_bytes name) {
    const char *end = cursor->end;
    bool self_closing;
    while ((p = mc_html_find(p, end, '<')) < end) {
        p++;
        if (p < end && *p == '/' && is_name_at(p + 1, end, name.data, name.size))
            return mc_html_skip_attributes(cursor, p + 1 + name.size, &self_closing);
    }
    return NULL;
}

/* The same for a script. In it "<!--" begins an escaped part and "-->" ends it; in that <script
 * begins a doubly escaped part, in which </script does not end the script but that part. */
static const char *skip_script(mc_html_cursor *cursor, const char *p) {
    const char *end = cursor->end;
    const char *escaped = NULL; /* the dashes that began it; NULL: not escaped */
    bool doubly = false, self_closing;
    for (;;) {
        p = escaped ? mc_html_find_either(p, end, '<', '>') : mc_html_find(p, end, '<');
        if (p == end)
            return NULL;
        const char *mark = p++;
        if (*mark == '>') {
            if (mark - escaped >= 2 && mark[-1] == '-' && mark[-2] == '-') {
                escaped = NULL;
                doubly = false;
            }
        } else if (p < end && *p == '/' && is_name_at(p + 1, end, "script", 6)) {
            if (!doubly)
                return mc_html_skip_attributes(cursor, p + 7, &self_closing);
            doubly = false;
            p += 8;
        } else if (!escaped) {
            if (end - p >= 3 && memcmp(p, "!--", 3) == 0)
                escaped = ++p;
        } else if (!doubly && is_name_at(p, end, "script", 6)) {
            doubly = true;
            p += 7;
        }
    }
}

/* Behind the comment that begins at p, which is behind "<!--". The dashes of its beginning may be
 * those of "-->", but not those of "--!>". */
static const char *skip_comment(const char *p, const char *end) {
    for (const char *mark = p; (mark = mc_html_find_comment_end(mark, end)) < end; mark++) {
        if (mark[-1] == '-' && mark[-2] == '-')
            return mark + 1;
        if (mark - p >= 3 && mark[-1] == '!' && mark[-2] == '-' && mark[-3] == '-')
            return mark + 1;
    }
    return NULL;
}

static const char *skip_cdata(const char *p, const char *end) {
    for (const char *mark = p; (mark = mc_html_find(mark, end, '>')) < end; mark++)
        if (mark - p >= 2 && mark[-1] == ']' && mark[-2] == ']')
            return mark + 1;
    return NULL;
}

/* What begins with "<!", "<?" or "</" and no letter, p at the second character. All but comments
 * and CDATA sections end at the next '>': wrong comments, and document types even in quotes. */
static const char *skip_declaration(const tokenizer *t, const char *p) {
    if (t->end - p >= 3 && memcmp(p, "!--", 3) == 0)
        return skip_comment(p + 3, t->end);
    if (t->end - p >= 8 && memcmp(p, "![CDATA[", 8) == 0 && mc_html_is_foreign(&t->foreign))
        return skip_cdata(p + 8, t->end);
    p = mc_html_find(p, t->end, '>');
    return p < t->end ? p + 1 : NULL;
}

/* Most tags have no attributes. */
static const char *skip_tag(tokenizer *t, bool *self_closing) {
    *self_closing = false;
    if (t->p < t->end && *t->p == '>')
        return t->p + 1;
    return mc_html_skip_attributes(&t->cursor, t->p, self_closing);
}

static mc_status take_image(tokenizer *t) {
    bool found;
    MC_TRY(
        mc_html_read_image(&t->p, t->end, t->lazy, t->html->values, &t->image, &found, t->error));
    return found ? t->use(t->context, &t->image, t->error) : MC_OK;
}

static mc_status take_base(tokenizer *t) {
    mc_bytes href;
    MC_TRY(mc_html_read_base(&t->p, t->end, &t->html->base, &href, t->error));
    if (href.data) {
        t->image.base = href;
        t->has_base = true;
    }
    return MC_OK;
}

static void take_foreign(tokenizer *t, mc_bytes name) {
    bool self_closing;
    t->p = skip_tag(t, &self_closing);
    if (!self_closing)
        mc_html_start_foreign(&t->foreign, name);
}

/* A start tag; t->p is behind its name. */
static mc_status take_start_tag(tokenizer *t, mc_bytes name) {
    if (mc_html_is_foreign(&t->foreign) && !mc_html_leaves_foreign(&t->foreign, name)) {
        take_foreign(t, name);
        return MC_OK;
    }
    tag kind = tag_of(name);
    if (kind == TAG_IMG || kind == TAG_IMAGE)
        return take_image(t);
    if (kind == TAG_BASE && !t->has_base)
        return take_base(t);
    bool self_closing;
    t->p = skip_tag(t, &self_closing);
    if (kind == TAG_OTHER || !t->p)
        return MC_OK;
    if (kind == TAG_RAW)
        t->p = skip_raw_text(&t->cursor, t->p, name);
    else if (kind == TAG_SCRIPT)
        t->p = skip_script(&t->cursor, t->p);
    else if (kind == TAG_PLAINTEXT)
        t->p = NULL;
    else if (kind != TAG_BASE && !self_closing)
        mc_html_open_foreign(&t->foreign, kind == TAG_SVG ? MC_HTML_SVG : MC_HTML_MATH);
    return MC_OK;
}

static void take_end_tag(tokenizer *t, mc_bytes name) {
    bool self_closing;
    if (t->foreign.depth > 0)
        mc_html_end_foreign(&t->foreign, name);
    t->p = skip_tag(t, &self_closing);
}

static mc_status read_page(tokenizer *t) {
    while (t->p && (t->p = mc_html_next(&t->cursor, t->p, MC_HTML_LESS)) < t->end) {
        const char *name = ++t->p;
        if (name == t->end)
            break;
        bool ends = *name == '/';
        name += ends;
        if (name < t->end && mc_html_is_letter(*name)) {
            do
                t->p = mc_html_next(&t->cursor, t->p + 1, MC_HTML_ENDINGS);
            while (t->p < t->end && *t->p == '\v');
            mc_bytes bytes = {name, (size_t)(t->p - name)};
            if (ends)
                take_end_tag(t, bytes);
            else
                MC_TRY(take_start_tag(t, bytes));
        } else if (ends || *name == '!' || *name == '?') {
            t->p = skip_declaration(t, t->p);
        }
    }
    return MC_OK;
}

static mc_html_classify *choose_classify(void) {
#if defined(__x86_64__)
    if (mc_cpu_isa() >= MC_ISA_AVX512)
        return mc_html_classify_avx512;
    if (mc_cpu_isa() >= MC_ISA_AVX2)
        return mc_html_classify_avx2;
#endif
    return mc_html_classify_portable;
}

mc_status mc_html_create(mc_html **out, mc_error *error) {
    mc_html *html;
    MC_TRY(MC_ALLOC(html, 1, error));
    html->classify = choose_classify();
    *out = html;
    return MC_OK;
}

void mc_html_free(mc_html *html) {
    if (!html)
        return;
    for (size_t i = 0; i < MC_HTML_N_VALUES; i++)
        mc_buffer_dispose(&html->values[i]);
    mc_buffer_dispose(&html->base);
    free(html);
}

mc_status mc_html_images(mc_html *html, mc_bytes page, bool lazy,
                         mc_status (*use)(void *context, const mc_html_image *image,
                                          mc_error *error),
                         void *context, mc_error *error) {
    if (page.size == 0)
        return MC_OK;
    tokenizer t = {
        .html = html,
        .p = page.data,
        .end = page.data + page.size,
        .cursor = {.classify = html->classify, .block = page.data, .end = page.data + page.size},
        .lazy = lazy,
        .use = use,
        .context = context,
        .error = error};
    html->base.size = 0;
    mc_html_look(&t.cursor, page.data);
    mc_status status = read_page(&t);
    for (size_t i = 0; i < MC_HTML_N_VALUES; i++)
        if (html->values[i].capacity > KEPT_BYTES)
            mc_buffer_dispose(&html->values[i]);
    if (html->base.capacity > KEPT_BYTES)
        mc_buffer_dispose(&html->base);
    return status;
}
