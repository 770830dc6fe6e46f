/* Where a character set is declared: byte order mark, Content-Type, and the standard's prescan of a
 * page's first bytes (HTML, 13.2.3.2), with the XML declaration where that finds nothing. */
#include <string.h>

#include "pool/charset.h"
#include "pool/html_scan.h"
#include "pool/html_tag.h"

#define PRESCAN_BYTES 1024

mc_encoding mc_charset_of_mark(mc_bytes page, size_t *size) {
    *size = 3;
    if (page.size >= 3 && memcmp(page.data, "\xEF\xBB\xBF", 3) == 0)
        return MC_ENCODING_UTF8;
    *size = 2;
    if (page.size >= 2 && memcmp(page.data, "\xFF\xFE", 2) == 0)
        return MC_ENCODING_UTF16LE;
    if (page.size >= 2 && memcmp(page.data, "\xFE\xFF", 2) == 0)
        return MC_ENCODING_UTF16BE;
    *size = 0;
    return MC_ENCODING_NONE;
}

static const char *skip_spaces(const char *p, const char *end) {
    while (p < end && mc_html_is_space(*p))
        p++;
    return p;
}

static bool begins(const char *p, const char *end, const char *word) {
    size_t size = strlen(word);
    return (size_t)(end - p) >= size && mc_html_is_same(p, word, size);
}

mc_encoding mc_charset_of_type(mc_bytes type) {
    const char *p = type.data, *end = p + type.size;
    for (; p < end; p++) {
        if (!begins(p, end, "charset"))
            continue;
        const char *value = skip_spaces(p + 7, end);
        if (value == end || *value != '=')
            continue;
        value = skip_spaces(value + 1, end);
        if (value == end)
            break;
        const char *value_end;
        if (*value == '"' || *value == '\'') {
            value_end = mc_html_find(value + 1, end, *value);
            if (value_end == end)
                break;
            value++;
        } else {
            for (value_end = value; value_end < end; value_end++)
                if (mc_html_is_space(*value_end) || *value_end == ';')
                    break;
        }
        return mc_charset_find((mc_bytes){value, (size_t)(value_end - value)});
    }
    return MC_ENCODING_NONE;
}

/* A page whose declaration could be read is not in UTF-16. */
static mc_encoding correct(mc_encoding declared) {
    if (declared == MC_ENCODING_UTF16LE || declared == MC_ENCODING_UTF16BE)
        return MC_ENCODING_UTF8;
    return declared == MC_ENCODING_USER_DEFINED ? MC_ENCODING_WINDOWS_1252 : declared;
}

static bool is(mc_bytes given, const char *name) {
    return mc_html_is_name(given.data, given.size, name);
}

/* What a <meta> declares, *at behind its name. */
static mc_encoding read_meta(const char **at, const char *end) {
    enum { HTTP_EQUIV = 1, CONTENT = 2, CHARSET = 4 };
    unsigned seen = 0;
    bool is_content_type = false, needs_content_type = false;
    mc_encoding found = MC_ENCODING_NONE;
    mc_html_attribute attribute;
    while (mc_html_next_attribute(at, end, &attribute)) {
        unsigned name = is(attribute.name, "http-equiv") ? HTTP_EQUIV
                        : is(attribute.name, "content")  ? CONTENT
                        : is(attribute.name, "charset")  ? CHARSET
                                                         : 0;
        if (seen & name)
            continue;
        seen |= name;
        if (name == HTTP_EQUIV) {
            is_content_type = is(attribute.value, "content-type");
        } else if (name == CHARSET) {
            found = mc_charset_find(attribute.value);
            needs_content_type = false;
        } else if (name == CONTENT && found == MC_ENCODING_NONE && !(seen & CHARSET)) {
            found = mc_charset_of_type(attribute.value);
            needs_content_type = true;
        }
    }
    bool counts = *at && (!needs_content_type || is_content_type);
    return counts ? correct(found) : MC_ENCODING_NONE;
}

/* Behind the "-->" of a comment, p behind its "<!"; its first dashes may be its last. */
static const char *skip_comment(const char *p, const char *end) {
    for (const char *mark = p + 2; (mark = mc_html_find(mark, end, '>')) < end; mark++)
        if (mark[-1] == '-' && mark[-2] == '-')
            return mark + 1;
    return end;
}

static mc_encoding prescan(const char *p, const char *end) {
    while ((p = mc_html_find(p, end, '<')) < end) {
        p++;
        const char *name = p < end && *p == '/' ? p + 1 : p;
        if (begins(p, end, "meta") && end - p > 4 && (mc_html_is_space(p[4]) || p[4] == '/')) {
            p += 4;
            mc_encoding found = read_meta(&p, end);
            if (found != MC_ENCODING_NONE)
                return found;
        } else if (begins(p, end, "!--")) {
            p = skip_comment(p + 1, end);
        } else if (name < end && mc_html_is_letter(*name)) {
            mc_html_attribute attribute;
            p = mc_html_find_value_end(name, end);
            while (mc_html_next_attribute(&p, end, &attribute))
                ;
        } else if (p < end && (*p == '!' || *p == '/' || *p == '?')) {
            p = mc_html_find(p, end, '>');
        }
        if (!p)
            break; /* the bytes end in a tag */
    }
    return MC_ENCODING_NONE;
}

/* encoding="..." of an XML declaration. */
static mc_encoding read_declaration(const char *p, const char *end) {
    if (!begins(p, end, "<?xml"))
        return MC_ENCODING_NONE;
    end = mc_html_find(p, end, '>');
    while (p < end && !begins(p, end, "encoding"))
        p++;
    if (p == end)
        return MC_ENCODING_NONE;
    p = skip_spaces(p + 8, end);
    if (p == end || *p != '=')
        return MC_ENCODING_NONE;
    p = skip_spaces(p + 1, end);
    if (p == end || (*p != '"' && *p != '\''))
        return MC_ENCODING_NONE;
    const char *value_end = mc_html_find(p + 1, end, *p);
    if (value_end == end)
        return MC_ENCODING_NONE;
    return correct(mc_charset_find((mc_bytes){p + 1, (size_t)(value_end - p - 1)}));
}

mc_encoding mc_charset_of_page(mc_bytes page) {
    size_t size = page.size < PRESCAN_BYTES ? page.size : PRESCAN_BYTES;
    if (size >= 6 && memcmp(page.data, "<\0?\0x", 6) == 0)
        return MC_ENCODING_UTF16LE;
    if (size >= 6 && memcmp(page.data, "\0<\0?\0x", 6) == 0)
        return MC_ENCODING_UTF16BE;
    mc_encoding found = prescan(page.data, page.data + size);
    return found != MC_ENCODING_NONE ? found : read_declaration(page.data, page.data + size);
}
