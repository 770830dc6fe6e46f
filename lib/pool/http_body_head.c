/* Reading a head, forgiving as crawls demand: only the status line has to be one. */
#include "pool/http_body_head.h"

#include <string.h>

#include "pool/html_scan.h"

static mc_bytes trim(const char *p, const char *end) {
    while (p < end && mc_html_is_space(*p))
        p++;
    while (p < end && mc_html_is_space(end[-1]))
        end--;
    return (mc_bytes){p, (size_t)(end - p)};
}

static bool is(mc_bytes given, const char *name) {
    return mc_html_is_name(given.data, given.size, name);
}

bool mc_http_next_item(mc_bytes *list, char separator, mc_bytes *item) {
    if (!list->data)
        return false;
    const char *end = list->data + list->size;
    const char *item_end = mc_html_find(list->data, end, separator);
    *item = trim(list->data, item_end);
    if (item_end < end)
        *list = (mc_bytes){item_end + 1, (size_t)(end - item_end - 1)};
    else
        *list = (mc_bytes){0};
    return true;
}

static void take_coding(mc_http_head *head, mc_bytes name) {
    mc_http_coding coding = MC_HTTP_UNKNOWN_CODING;
    if (name.size == 0 || is(name, "identity") || is(name, "none"))
        return;
    if (is(name, "gzip") || is(name, "x-gzip"))
        coding = MC_HTTP_GZIP;
    else if (is(name, "deflate"))
        coding = MC_HTTP_DEFLATE;
    if (head->n_codings < MC_HTTP_CODINGS_MAX)
        head->codings[head->n_codings++] = coding;
    else
        head->codings[MC_HTTP_CODINGS_MAX - 1] = MC_HTTP_UNKNOWN_CODING;
}

static void take_field(mc_http_head *head, const char *p, const char *end) {
    const char *colon = mc_html_find(p, end, ':');
    if (colon == end)
        return;
    mc_bytes name = trim(p, colon), value = trim(colon + 1, end), item;
    if (is(name, "content-type")) {
        if (value.size > 0)
            head->content_type = value;
    } else if (is(name, "content-encoding")) {
        while (mc_http_next_item(&value, ',', &item))
            take_coding(head, item);
    } else if (is(name, "transfer-encoding")) {
        while (mc_http_next_item(&value, ',', &item)) {
            if (is(item, "chunked"))
                head->chunked = true;
            else
                take_coding(head, item);
        }
    }
}

/* Behind the line at p and the lines that continue it. */
static const char *next_field(const char *p, const char *end) {
    do {
        p = mc_html_find(p, end, '\n');
        p += p < end;
    } while (p < end && (*p == ' ' || *p == '\t'));
    return p;
}

static bool is_empty_line(const char *p, const char *end) {
    return *p == '\n' || (*p == '\r' && end - p >= 2 && p[1] == '\n');
}

bool mc_http_read_head(mc_bytes response, mc_http_head *head) {
    const char *p = response.data, *end = p + response.size;
    *head = (mc_http_head){.body = {end, 0}};
    if (response.size < 6 || !mc_html_is_same(p, "http/", 5) || p[5] < '0' || p[5] > '9')
        return false;
    p = mc_html_find(p, end, '\n');
    p += p < end;
    while (p < end) {
        if (is_empty_line(p, end)) {
            p += *p == '\r' ? 2 : 1;
            head->body = (mc_bytes){p, (size_t)(end - p)};
            break;
        }
        const char *next = next_field(p, end);
        take_field(head, p, next);
        p = next;
    }
    return true;
}
