/* The tokenizer of the HTML standard, state by state and byte by byte, as far as tags go: the plain
 * counterpart of lib/pool/html.c. Text and comments are passed over; of a tag its name and
 * attributes are kept, as written. Which state a tag calls for, and what is foreign, is told by the
 * caller. */
#ifndef TESTS_HTML_STATES_H
#define TESTS_HTML_STATES_H

#include <stdbool.h>
#include <string.h>

#include "metacurate/base.h"

#define STATES_ATTRIBUTES_MAX 64 /* further ones are not kept */

typedef enum states_state {
    DATA,
    TAG_OPEN,
    END_TAG_OPEN,
    TAG_NAME,
    BEFORE_NAME,
    NAME_STATE,
    AFTER_NAME,
    BEFORE_VALUE,
    DOUBLE_QUOTED,
    SINGLE_QUOTED,
    UNQUOTED,
    AFTER_QUOTED,
    SELF_CLOSING,
    MARKUP,
    BOGUS,
    COMMENT_START,
    COMMENT_START_DASH,
    COMMENT,
    COMMENT_END_DASH,
    COMMENT_END,
    COMMENT_BANG,
    CDATA,
    CDATA_BRACKET,
    CDATA_END,
    RAW, /* RCDATA, RAWTEXT */
    SCRIPT,
    SCRIPT_ESCAPE_START,
    SCRIPT_ESCAPE_START_DASH,
    ESCAPED,
    ESCAPED_DASH,
    ESCAPED_DASH_DASH,
    DOUBLE_START,
    DOUBLE,
    DOUBLE_DASH,
    DOUBLE_DASH_DASH,
    DOUBLE_LESS,
    DOUBLE_END,
    TEXT_LESS, /* '<' in RAW, SCRIPT, ESCAPED */
    TEXT_END_OPEN,
    TEXT_END_NAME,
    PLAINTEXT
} states_state;

typedef struct states_tag {
    bool ends, self_closing;
    mc_bytes name;
    mc_bytes names[STATES_ATTRIBUTES_MAX], values[STATES_ATTRIBUTES_MAX];
    size_t n_attributes;
} states_tag;

typedef struct states {
    const char *p, *end;
    states_state state, text; /* text: where TEXT_LESS came from */
    bool foreign;
    mc_bytes raw_name; /* of the last start tag */
    const char *start; /* of a name or a value */
    states_tag tag;
} states;

static inline bool states_space(int c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static inline bool states_letter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool states_same(mc_bytes a, const char *b, size_t size) {
    for (size_t i = 0; i < size && a.size == size; i++) {
        int x = a.data[i], y = b[i];
        x = states_letter(x) ? x | 0x20 : x;
        y = states_letter(y) ? y | 0x20 : y;
        if (x != y)
            return false;
    }
    return a.size == size;
}

static inline void states_name_ends(states *s, const char *p) {
    if (s->tag.n_attributes < STATES_ATTRIBUTES_MAX) {
        size_t i = s->tag.n_attributes;
        s->tag.names[i] = (mc_bytes){s->start, (size_t)(p - s->start)};
        s->tag.values[i] = (mc_bytes){p, 0};
    }
    s->tag.n_attributes++;
}

static inline void states_value_ends(states *s, const char *p) {
    if (s->tag.n_attributes <= STATES_ATTRIBUTES_MAX)
        s->tag.values[s->tag.n_attributes - 1] = (mc_bytes){s->start, (size_t)(p - s->start)};
}

static inline void states_tag_begins(states *s, bool ends, const char *name) {
    s->tag.ends = ends;
    s->tag.self_closing = false;
    s->tag.n_attributes = 0;
    s->start = name;
}

/* After the name of an end tag in text: what the next byte makes of it. */
static inline bool states_is_appropriate(const states *s, const char *p) {
    mc_bytes name = {s->start, (size_t)(p - s->start)};
    return states_same(name, s->raw_name.data, s->raw_name.size);
}

/* Runs to the next tag: true, and s->tag is it; false at the end of the page. */
static inline bool states_next(states *s) {
    while (s->p < s->end) {
        const char *p = s->p++; /* `s->p--` looks at the byte again in another state */
        int c = (unsigned char)*p;
        size_t left = (size_t)(s->end - p);
        switch (s->state) {
        case DATA:
            s->state = c == '<' ? TAG_OPEN : DATA;
            break;
        case TAG_OPEN:
            if (c == '!')
                s->state = MARKUP;
            else if (c == '/')
                s->state = END_TAG_OPEN;
            else if (states_letter(c))
                states_tag_begins(s, false, p), s->state = TAG_NAME;
            else if (c == '?')
                s->state = BOGUS;
            else
                s->p--, s->state = DATA;
            break;
        case END_TAG_OPEN:
            if (states_letter(c))
                states_tag_begins(s, true, p), s->state = TAG_NAME;
            else if (c == '>')
                s->state = DATA;
            else
                s->p--, s->state = BOGUS;
            break;
        case TAG_NAME:
            if (!states_space(c) && c != '/' && c != '>')
                break;
            s->tag.name = (mc_bytes){s->start, (size_t)(p - s->start)};
            s->state = c == '/' ? SELF_CLOSING : BEFORE_NAME;
            s->p -= c == '>';
            break;
        case BEFORE_NAME:
            if (states_space(c))
                break;
            if (c == '/' || c == '>')
                s->p--, s->start = NULL, s->state = AFTER_NAME;
            else
                s->start = p, s->state = NAME_STATE;
            break;
        case NAME_STATE:
            if (states_space(c) || c == '/' || c == '>')
                states_name_ends(s, p), s->p--, s->state = AFTER_NAME;
            else if (c == '=')
                states_name_ends(s, p), s->state = BEFORE_VALUE;
            break;
        case AFTER_NAME:
            if (states_space(c))
                break;
            if (c == '/')
                s->state = SELF_CLOSING;
            else if (c == '=' && s->start)
                s->state = BEFORE_VALUE;
            else if (c == '>')
                goto tag_ends;
            else
                s->start = p, s->state = NAME_STATE;
            break;
        case BEFORE_VALUE:
            if (states_space(c))
                break;
            s->start = p + (c == '"' || c == '\'');
            if (c == '>')
                goto tag_ends;
            s->state = c == '"' ? DOUBLE_QUOTED : c == '\'' ? SINGLE_QUOTED : UNQUOTED;
            break;
        case DOUBLE_QUOTED:
        case SINGLE_QUOTED:
            if (c == (s->state == DOUBLE_QUOTED ? '"' : '\''))
                states_value_ends(s, p), s->state = AFTER_QUOTED;
            break;
        case UNQUOTED:
            if (!states_space(c) && c != '>')
                break;
            states_value_ends(s, p);
            if (c == '>')
                goto tag_ends;
            s->state = BEFORE_NAME;
            break;
        case AFTER_QUOTED:
            if (c == '>')
                goto tag_ends;
            if (c == '/') {
                s->state = SELF_CLOSING;
            } else {
                s->p -= !states_space(c);
                s->state = BEFORE_NAME;
            }
            break;
        case SELF_CLOSING:
            if (c == '>') {
                s->tag.self_closing = true;
                goto tag_ends;
            }
            s->p--, s->state = BEFORE_NAME;
            break;
        case MARKUP:
            if (left >= 2 && memcmp(p, "--", 2) == 0)
                s->p += 1, s->state = COMMENT_START;
            else if (left >= 7 && memcmp(p, "[CDATA[", 7) == 0 && s->foreign)
                s->p += 6, s->state = CDATA;
            else /* document types end where wrong comments do */
                s->p--, s->state = BOGUS;
            break;
        case BOGUS:
            s->state = c == '>' ? DATA : BOGUS;
            break;
        case COMMENT_START:
            if (c == '-')
                s->state = COMMENT_START_DASH;
            else if (c == '>')
                s->state = DATA;
            else
                s->p--, s->state = COMMENT;
            break;
        case COMMENT_START_DASH:
            if (c == '-')
                s->state = COMMENT_END;
            else if (c == '>')
                s->state = DATA;
            else
                s->p--, s->state = COMMENT;
            break;
        case COMMENT:
            s->state = c == '-' ? COMMENT_END_DASH : COMMENT;
            break;
        case COMMENT_END_DASH:
            if (c == '-')
                s->state = COMMENT_END;
            else
                s->p--, s->state = COMMENT;
            break;
        case COMMENT_END:
            if (c == '>')
                s->state = DATA;
            else if (c == '!')
                s->state = COMMENT_BANG;
            else if (c != '-')
                s->p--, s->state = COMMENT;
            break;
        case COMMENT_BANG:
            if (c == '-')
                s->state = COMMENT_END_DASH;
            else if (c == '>')
                s->state = DATA;
            else
                s->p--, s->state = COMMENT;
            break;
        case CDATA:
            s->state = c == ']' ? CDATA_BRACKET : CDATA;
            break;
        case CDATA_BRACKET:
            s->state = c == ']' ? CDATA_END : CDATA;
            break;
        case CDATA_END:
            s->state = c == '>' ? DATA : c == ']' ? CDATA_END : CDATA;
            break;
        case RAW:
        case SCRIPT:
            if (c == '<')
                s->text = s->state, s->state = TEXT_LESS;
            break;
        case TEXT_LESS:
            if (c == '/') {
                s->state = TEXT_END_OPEN;
            } else if (s->text == SCRIPT && c == '!') {
                s->state = SCRIPT_ESCAPE_START;
            } else if (s->text == ESCAPED && states_letter(c)) {
                s->p--, s->start = p, s->state = DOUBLE_START;
            } else {
                s->p--, s->state = s->text;
            }
            break;
        case TEXT_END_OPEN:
            if (states_letter(c))
                s->start = p, s->state = TEXT_END_NAME;
            else
                s->p--, s->state = s->text;
            break;
        case TEXT_END_NAME:
            if (states_letter(c))
                break;
            if ((states_space(c) || c == '/' || c == '>') && states_is_appropriate(s, p)) {
                states_tag_begins(s, true, s->start);
                s->p--, s->state = TAG_NAME;
            } else {
                s->p--, s->state = s->text;
            }
            break;
        case SCRIPT_ESCAPE_START:
        case SCRIPT_ESCAPE_START_DASH:
            if (c != '-')
                s->p--, s->state = SCRIPT;
            else
                s->state =
                    s->state == SCRIPT_ESCAPE_START ? SCRIPT_ESCAPE_START_DASH : ESCAPED_DASH_DASH;
            break;
        case ESCAPED:
        case ESCAPED_DASH:
        case ESCAPED_DASH_DASH:
            if (c == '<')
                s->text = ESCAPED, s->state = TEXT_LESS;
            else if (c == '>' && s->state == ESCAPED_DASH_DASH)
                s->state = SCRIPT;
            else if (c != '-')
                s->state = ESCAPED;
            else
                s->state = s->state == ESCAPED ? ESCAPED_DASH : ESCAPED_DASH_DASH;
            break;
        case DOUBLE_START:
        case DOUBLE_END:
            if (states_letter(c))
                break;
            if (states_space(c) || c == '/' || c == '>') {
                bool is_script =
                    states_same((mc_bytes){s->start, (size_t)(p - s->start)}, "script", 6);
                s->state = is_script == (s->state == DOUBLE_START) ? DOUBLE : ESCAPED;
            } else {
                s->p--, s->state = s->state == DOUBLE_START ? ESCAPED : DOUBLE;
            }
            break;
        case DOUBLE:
        case DOUBLE_DASH:
        case DOUBLE_DASH_DASH:
            if (c == '<')
                s->state = DOUBLE_LESS;
            else if (c == '>' && s->state == DOUBLE_DASH_DASH)
                s->state = SCRIPT;
            else if (c != '-')
                s->state = DOUBLE;
            else
                s->state = s->state == DOUBLE ? DOUBLE_DASH : DOUBLE_DASH_DASH;
            break;
        case DOUBLE_LESS:
            if (c == '/')
                s->start = p + 1, s->state = DOUBLE_END;
            else
                s->p--, s->state = DOUBLE;
            break;
        case PLAINTEXT:
            s->p = s->end;
            break;
        tag_ends:
            s->state = DATA;
            if (!s->tag.ends)
                s->raw_name = s->tag.name;
            return true;
        }
    }
    return false;
}

#endif
