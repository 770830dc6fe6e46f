/* One pass over the wikitext, writing what may stay as it goes. Where a construct opens, a stack
 * notes how much had been written; where it closes, what was written since is cut off again
 * (templates, tables) or turned into its label (links). So nothing is looked at twice, nesting
 * costs nothing, and what is never closed has lost nothing but its opening mark. The stack is
 * bounded; openings beyond it are only counted, to tell their ends from others.
 *
 * A soft line end is written as a carriage return, a hard one as a line feed; tidying makes them a
 * space and a line. */
#include "metadata/wikitext.h"

#include <stdint.h>
#include <string.h>

#include "metadata/wikitext_parts.h"
#include "pool/html_reference.h"

#define DEPTH 128
#define REFERENCE_MAX 32 /* bytes of a character reference */

typedef enum kind { TEMPLATE, TABLE, HTML_TABLE, LINK, EXTERNAL, VARIANT, N_KINDS } kind;

typedef struct mark {
    kind kind;
    unsigned width;   /* of a template: its braces, 2 or 3 */
    bool begins_line; /* nothing stands before it in its line */
    size_t start;     /* what had been written */
    size_t first_pipe, last_pipe;
} mark;

typedef struct scanner {
    const char *p, *end;
    mc_buffer *out; /* has room for all that can come of the rest */
    const mc_wiki_names *names;
    mc_error *error;
    size_t begin; /* of the article in out */
    mark stack[DEPTH];
    size_t depth, beyond;
    size_t n_open[N_KINDS];
    size_t line;             /* where the line begins in out */
    size_t cell;             /* the same, when it is a table's without a table; else SIZE_MAX */
    bool starts_line;        /* p is where a line begins, or nothing stands before it */
    bool block;              /* the line is a heading or list item */
    const char *heading_end; /* where a heading's closing marks are; NULL: none is open */
    uint64_t unclosed;       /* tags, by id, that are closed nowhere behind p */
    bool no_comment_end;
} scanner;

static size_t room_for(size_t size) {
    return size + size / 4 + 64;
}

static void put(scanner *s, char c) {
    s->out->data[s->out->size++] = c;
}

static void put_all(scanner *s, const char *from, const char *to) {
    memcpy(s->out->data + s->out->size, from, (size_t)(to - from));
    s->out->size += (size_t)(to - from);
}

static size_t run_of(const scanner *s, char c) {
    const char *q = s->p;
    while (q < s->end && *q == c)
        q++;
    return (size_t)(q - s->p);
}

static bool is_next(const scanner *s, size_t at, char c) {
    return (size_t)(s->end - s->p) > at && s->p[at] == c;
}

/* ---- the stack ---- */

static mark *top(scanner *s) {
    return s->depth ? &s->stack[s->depth - 1] : NULL;
}

static bool is_top(scanner *s, kind k) {
    return s->depth && s->stack[s->depth - 1].kind == k;
}

static void push(scanner *s, kind k, unsigned width) {
    if (s->depth == DEPTH) {
        s->beyond++;
        return;
    }
    s->stack[s->depth++] = (mark){.kind = k,
                                  .width = width,
                                  .begins_line = s->out->size == s->line,
                                  .start = s->out->size,
                                  .first_pipe = SIZE_MAX,
                                  .last_pipe = SIZE_MAX};
    s->n_open[k]++;
}

static mark pop(scanner *s) {
    mark m = s->stack[--s->depth];
    s->n_open[m.kind]--;
    return m;
}

/* An end that belongs to an opening beyond the stack. */
static bool ends_beyond(scanner *s) {
    if (s->beyond == 0)
        return false;
    s->beyond--;
    return true;
}

/* Cuts off what was written since the innermost opening of a kind, which there is. */
static void drop(scanner *s, kind k) {
    mark m = pop(s);
    while (m.kind != k)
        m = pop(s);
    s->out->size = m.start;
    s->starts_line = m.begins_line;
    if (m.begins_line)
        s->line = m.start;
}

static void end_inline(scanner *s, bool closed) {
    mark m = pop(s);
    if (m.kind == LINK)
        mc_wikitext_link(s->out, m.start, m.first_pipe, m.last_pipe, closed, s->names);
    else if (m.kind == VARIANT && closed)
        mc_wikitext_variant(s->out, m.start);
}

static bool is_inline(kind k) {
    return k == LINK || k == EXTERNAL || k == VARIANT;
}

/* Links do not go on in the next paragraph. */
static void end_paragraph(scanner *s) {
    while (s->depth && is_inline(top(s)->kind))
        end_inline(s, false);
}

/* The innermost of templates and tables; N_KINDS: none. */
static kind innermost(const scanner *s) {
    for (size_t i = s->depth; i-- > 0;)
        if (!is_inline(s->stack[i].kind))
            return s->stack[i].kind;
    return N_KINDS;
}

/* ---- lines ---- */

/* End of the line at p without what is not seen: white space and comments. */
static const char *text_end(const scanner *s) {
    const char *line_end = memchr(s->p, '\n', (size_t)(s->end - s->p));
    const char *q = line_end ? line_end : s->end;
    for (;;) {
        while (q > s->p && (q[-1] == ' ' || q[-1] == '\t' || q[-1] == '\r'))
            q--;
        if (q - s->p < 7 || memcmp(q - 3, "-->", 3) != 0)
            return q;
        const char *comment = q - 7;
        while (comment > s->p && memcmp(comment, "<!--", 4) != 0)
            comment--;
        if (comment == s->p)
            return q;
        q = comment;
    }
}

static void start_heading(scanner *s) {
    const char *q = text_end(s);
    const char *marks = q;
    while (marks > s->p && marks[-1] == '=')
        marks--;
    if (marks == q || marks == s->p)
        return;
    end_paragraph(s);
    put(s, '\n');
    s->p += run_of(s, '=');
    s->heading_end = marks;
    s->block = true;
}

static void start_item(scanner *s) {
    end_paragraph(s);
    put(s, '\n');
    while (s->p < s->end && memchr("*#:;", *s->p, 4))
        s->p++;
    s->line = s->out->size;
    s->block = true;
}

/* Takes the markup that only counts at the beginning of a line. */
static void start_line(scanner *s) {
    const char *q = s->p;
    while (q < s->end && memchr(" \t:*#;", *q, 6))
        q++;
    if (s->end - q >= 2 && q[0] == '{' && q[1] == '|' && !(s->end - q > 2 && q[2] == '}')) {
        s->p = q + 2;
        push(s, TABLE, 0);
        put(s, '|'); /* its line goes with the others, should the table never end */
        return;
    }
    if (s->end - q >= 2 && q[0] == '|' && q[1] == '}' && s->n_open[TABLE] > 0 &&
        (innermost(s) == TABLE || !(s->end - q > 2 && q[2] == '}'))) {
        s->p = q + 2;
        drop(s, TABLE);
        put(s, '\n');
        return;
    }
    if (innermost(s) != N_KINDS || s->p == s->end)
        return;
    if (*s->p == '=')
        start_heading(s);
    else if (memchr("*#:;", *s->p, 4))
        start_item(s);
    else if (*s->p == '-' && run_of(s, '-') >= 4)
        s->p += run_of(s, '-');
    else if (*s->p == '|' && s->depth == 0)
        s->cell = s->out->size;
}

/* A line of a table that a template began. */
static void end_cell(scanner *s, bool paragraph) {
    if (s->depth == 0 && s->out->size > s->cell)
        s->out->size = s->cell;
    if (paragraph || s->depth == 0)
        s->cell = SIZE_MAX;
}

static void end_line(scanner *s) {
    bool paragraph = false;
    if (is_top(s, EXTERNAL))
        end_inline(s, false);
    s->p++;
    for (const char *q = s->p;; q++) {
        while (q < s->end && (*q == ' ' || *q == '\t' || *q == '\r'))
            q++;
        if (q == s->end || *q != '\n')
            break;
        paragraph = true;
        s->p = q + 1;
    }
    if (paragraph)
        end_paragraph(s);
    end_cell(s, paragraph);
    put(s, paragraph || s->block ? '\n' : '\r');
    s->line = s->out->size;
    s->block = false;
    s->heading_end = NULL;
    s->starts_line = true;
}

/* ---- what stands within lines ---- */

static void take_quotes(scanner *s) {
    size_t n = run_of(s, '\'');
    size_t literal = n == 1 || n == 4 ? 1 : n > 5 ? n - 5 : 0;
    for (size_t i = 0; i < literal; i++)
        put(s, '\'');
    s->p += n;
}

static void open_braces(scanner *s) {
    size_t n = run_of(s, '{');
    s->p += n;
    if (n == 1) {
        put(s, '{');
        return;
    }
    for (; n > 3; n -= 2)
        push(s, TEMPLATE, 2);
    push(s, TEMPLATE, (unsigned)n);
}

static void close_braces(scanner *s) {
    size_t n = run_of(s, '}');
    bool only = n == 1;
    s->p += n;
    while (n >= 2 && s->n_open[TEMPLATE] + s->beyond > 0) {
        if (ends_beyond(s)) {
            n -= 2;
            continue;
        }
        size_t i = s->depth;
        while (s->stack[i - 1].kind != TEMPLATE)
            i--;
        size_t width = s->stack[i - 1].width;
        n -= n < width ? n : width;
        drop(s, TEMPLATE);
    }
    if (n == 1 && is_top(s, VARIANT) && is_next(s, 0, '-')) {
        end_inline(s, true);
        s->p++;
    } else if (only) {
        put(s, '}');
    }
}

static bool begins_url(const char *p, const char *end) {
    static const char *const schemes[] = {"http://", "https://", "//",     "ftp://",
                                          "mailto:", "news:",    "irc://", "gopher://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t size = strlen(schemes[i]);
        if ((size_t)(end - p) >= size && memcmp(p, schemes[i], size) == 0)
            return true;
    }
    return false;
}

static void skip_url(scanner *s) {
    while (s->p < s->end && (unsigned char)*s->p > ' ' && !memchr("[]<>{}|\"", *s->p, 8) &&
           !(*s->p == '\'' && is_next(s, 1, '\'')))
        s->p++;
}

static void open_bracket(scanner *s) {
    if (is_next(s, 1, '[')) {
        s->p += 2;
        push(s, LINK, 0);
        return;
    }
    s->p++;
    if (begins_url(s->p, s->end)) {
        push(s, EXTERNAL, 0);
        skip_url(s);
    } else {
        put(s, '[');
    }
}

static void close_bracket(scanner *s) {
    if (is_top(s, EXTERNAL)) {
        s->p++;
        end_inline(s, true);
    } else if (!is_next(s, 1, ']')) {
        s->p++;
        put(s, ']');
    } else {
        s->p += 2;
        if (ends_beyond(s) || s->n_open[LINK] == 0)
            return;
        size_t i = s->depth;
        while (s->stack[i - 1].kind == EXTERNAL || s->stack[i - 1].kind == VARIANT)
            i--; /* there is a link at the latest where this would leave the stack */
        if (s->stack[i - 1].kind != LINK)
            return;
        while (s->depth > i)
            end_inline(s, false);
        bool begins_line = top(s)->begins_line;
        size_t start = top(s)->start;
        end_inline(s, true);
        if (begins_line && s->out->size == start) {
            s->line = start;
            s->starts_line = true;
        }
    }
}

static void take_bar(scanner *s) {
    if (is_top(s, LINK)) {
        mark *m = top(s);
        m->last_pipe = s->out->size;
        if (m->first_pipe == SIZE_MAX)
            m->first_pipe = m->last_pipe;
    }
    s->p++;
    put(s, '|');
}

/* A bare URL, whose scheme has been written. */
static void take_colon(scanner *s) {
    static const char *const schemes[] = {"https", "http", "ftp"};
    size_t floor = s->depth ? top(s)->start : s->begin;
    if (is_next(s, 1, '/') && is_next(s, 2, '/')) {
        for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
            size_t size = strlen(schemes[i]);
            if (s->out->size - floor < size ||
                memcmp(s->out->data + s->out->size - size, schemes[i], size) != 0)
                continue;
            s->out->size -= size;
            skip_url(s);
            return;
        }
    }
    s->p++;
    put(s, ':');
}

static void take_dash(scanner *s) {
    if (is_next(s, 1, '{') && !is_next(s, 2, '{')) {
        s->p += 2;
        push(s, VARIANT, 0);
    } else {
        s->p++;
        put(s, '-');
    }
}

/* __NOTOC__ and its like, in any language. */
static void take_underscore(scanner *s) {
    const char *q = s->p + 2;
    if (is_next(s, 1, '_')) {
        while (q < s->end && q - s->p < 48 &&
               ((*q >= 'A' && *q <= 'Z') || (unsigned char)*q >= 0x80))
            q++;
        if (q > s->p + 2 && s->end - q >= 2 && q[0] == '_' && q[1] == '_') {
            s->p = q + 2;
            return;
        }
    }
    size_t n = run_of(s, '_');
    put_all(s, s->p, s->p + n);
    s->p += n;
}

/* Appends text with its character references resolved. */
static mc_status resolve(scanner *s, const char *from, const char *to) {
    mc_bytes value = {from, (size_t)(to - from)};
    MC_TRY(mc_html_resolve(&value, s->out, s->error));
    if (value.data == from)
        put_all(s, from, to);
    return mc_buffer_reserve(s->out, room_for((size_t)(s->end - to)), s->error);
}

/* End of the character reference at p, which is a '&'; NULL when it is none. */
static const char *reference_end(const char *p, const char *end) {
    const char *q = p + 1;
    while (q < end && q - p < REFERENCE_MAX &&
           (*q == '#' || (*q >= '0' && *q <= '9') || ((*q | 0x20) >= 'a' && (*q | 0x20) <= 'z')))
        q++;
    return q > p + 1 && q < end && *q == ';' ? q + 1 : NULL;
}

static mc_status take_reference(scanner *s) {
    const char *p = s->p, *stop = reference_end(p, s->end);
    if (!stop) {
        s->p++;
        put(s, '&');
        return MC_OK;
    }
    if (stop - p == 5 && memcmp(p, "&amp;", 5) == 0) {
        char twice[REFERENCE_MAX + 2] = "&"; /* "&amp;nbsp;" */
        const char *end = s->end - stop < REFERENCE_MAX ? s->end : stop + REFERENCE_MAX;
        memcpy(twice + 1, stop, (size_t)(end - stop));
        const char *second = reference_end(twice, twice + 1 + (end - stop));
        if (second) {
            s->p = stop + (second - twice - 1);
            mc_bytes value = {twice, (size_t)(second - twice)};
            MC_TRY(mc_html_resolve(&value, s->out, s->error));
            return mc_buffer_reserve(s->out, room_for((size_t)(s->end - s->p)), s->error);
        }
    }
    s->p = stop;
    return resolve(s, p, stop);
}

static void take_comment(scanner *s) {
    const char *q = s->p + 4;
    if (!s->no_comment_end) {
        while (q < s->end && (q = memchr(q, '-', (size_t)(s->end - q))) != NULL &&
               !(s->end - q >= 3 && q[1] == '-' && q[2] == '>'))
            q++;
        s->no_comment_end = q == NULL || q >= s->end;
    }
    s->p = s->no_comment_end ? s->p + 4 : q + 3;
    s->starts_line = s->out->size == s->line;
}

/* A tag whose content is left out or is no markup. */
static mc_status skip_content(scanner *s, const mc_wikitext_tag *tag) {
    const char *close = NULL;
    uint64_t bit = (uint64_t)1 << tag->id;
    if (!tag->closing && !tag->alone && !(s->unclosed & bit)) {
        close = mc_wikitext_tag_close(tag, s->end);
        if (!close && tag->action != MC_TAG_REF)
            s->unclosed |= bit;
    }
    s->p = tag->end;
    if (!close)
        return MC_OK;
    mc_wikitext_tag closing;
    const char *behind =
        mc_wikitext_tag_read(close, s->end, &closing) ? closing.end : close + tag->name.size + 2;
    if (tag->action == MC_TAG_NOWIKI)
        MC_TRY(resolve(s, tag->end, close));
    s->p = behind;
    return MC_OK;
}

static mc_status take_tag(scanner *s) {
    mc_wikitext_tag tag;
    if (s->end - s->p >= 4 && memcmp(s->p, "<!--", 4) == 0) {
        take_comment(s);
        return MC_OK;
    }
    if (!mc_wikitext_tag_read(s->p, s->end, &tag)) {
        s->p++;
        put(s, '<');
        return MC_OK;
    }
    switch (tag.action) {
    case MC_TAG_INLINE:
        s->p = tag.end;
        break;
    case MC_TAG_BLOCK:
        s->p = tag.end;
        put(s, '\n');
        break;
    case MC_TAG_TABLE:
        s->p = tag.end;
        if (tag.closing && innermost(s) == HTML_TABLE)
            drop(s, HTML_TABLE);
        else if (!tag.closing && !tag.alone)
            push(s, HTML_TABLE, 0);
        break;
    default:
        return skip_content(s, &tag);
    }
    return MC_OK;
}

static void take_equals(scanner *s) {
    if (s->p == s->heading_end) {
        s->p += run_of(s, '=');
        s->heading_end = NULL;
        end_paragraph(s);
        put(s, '\n');
    } else {
        s->p++;
        put(s, '=');
    }
}

/* Bytes that may be markup. */
static const bool SPECIAL[256] = {
    ['\n'] = true, ['\''] = true, ['{'] = true, ['}'] = true, ['['] = true,
    [']'] = true,  ['|'] = true,  [':'] = true, ['-'] = true, ['_'] = true,
    ['&'] = true,  ['<'] = true,  ['='] = true,
};

static mc_status take_special(scanner *s) {
    switch (*s->p) {
    case '\n':
        end_line(s);
        break;
    case '\'':
        take_quotes(s);
        break;
    case '{':
        open_braces(s);
        break;
    case '}':
        close_braces(s);
        break;
    case '[':
        open_bracket(s);
        break;
    case ']':
        close_bracket(s);
        break;
    case '|':
        take_bar(s);
        break;
    case ':':
        take_colon(s);
        break;
    case '-':
        take_dash(s);
        break;
    case '_':
        take_underscore(s);
        break;
    case '&':
        return take_reference(s);
    case '<':
        return take_tag(s);
    default:
        take_equals(s);
        break;
    }
    return MC_OK;
}

/* Takes back what was never closed. */
static void finish(scanner *s) {
    end_paragraph(s);
    end_cell(s, true);
    size_t i = 0;
    while (i < s->depth && is_inline(s->stack[i].kind))
        i++;
    if (i < s->depth) {
        mc_wikitext_drop_bars(s->out, s->stack[i].start);
        while (s->depth > i)
            (void)pop(s);
    }
    end_paragraph(s);
}

mc_status mc_wikitext_strip(mc_bytes wikitext, const mc_wiki_names *names, mc_buffer *out,
                            mc_error *error) {
    if (wikitext.size == 0)
        return MC_OK;
    MC_TRY(mc_buffer_reserve(out, room_for(wikitext.size), error));
    scanner s = {.p = wikitext.data,
                 .end = wikitext.data + wikitext.size,
                 .out = out,
                 .names = names,
                 .error = error,
                 .begin = out->size,
                 .line = out->size,
                 .cell = SIZE_MAX,
                 .starts_line = true};
    while (s.p < s.end) {
        if (s.starts_line) {
            s.starts_line = false;
            start_line(&s);
        }
        const char *q = s.p;
        while (q < s.end && !SPECIAL[(unsigned char)*q])
            q++;
        put_all(&s, s.p, q);
        s.p = q;
        if (q < s.end)
            MC_TRY(take_special(&s));
    }
    finish(&s);
    mc_wikitext_tidy(out, s.begin);
    return MC_OK;
}
