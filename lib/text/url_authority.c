/* Authorities: what Python takes for one, and the host within.
 *
 * Brackets are held to Python's ipaddress module, since which links a page has depends on it.
 */
#include "text/url_authority.h"

#include <string.h>

static bool find(mc_bytes bytes, char c, size_t *at) {
    const char *found = bytes.size > 0 ? memchr(bytes.data, c, bytes.size) : NULL;
    *at = found ? (size_t)(found - bytes.data) : bytes.size;
    return found != NULL;
}

static mc_bytes from(mc_bytes bytes, size_t start) {
    return (mc_bytes){bytes.data + start, bytes.size - start};
}

/* What follows the last '@', or everything. */
static mc_bytes skip_user(mc_bytes authority) {
    size_t start = authority.size;
    while (start > 0 && authority.data[start - 1] != '@')
        start--;
    return from(authority, start);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Four numbers below 256 without leading zeros. */
static bool is_ipv4(mc_bytes text) {
    size_t at = 0;
    for (int octet = 0; octet < 4; octet++) {
        unsigned value = 0, n = 0;
        if (octet > 0 && (at == text.size || text.data[at++] != '.'))
            return false;
        for (; at < text.size && is_digit(text.data[at]) && n < 4; at++, n++)
            value = value * 10 + (unsigned)(text.data[at] - '0');
        if (n == 0 || n > 3 || value > 255 || (n > 1 && text.data[at - n] == '0'))
            return false;
    }
    return at == text.size;
}

/* Eight groups of up to four hex digits; the last two may be an IPv4 address, and "::" stands for
 * one or more groups, once; then perhaps '%' and a zone. */
static bool is_ipv6(mc_bytes text) {
    enum { GROUPS = 8 };
    size_t at;
    if (find(text, '%', &at)) {
        mc_bytes zone = from(text, at + 1);
        size_t second;
        if (zone.size == 0 || find(zone, '%', &second))
            return false;
        text.size = at;
    }
    unsigned groups = 0;
    bool gap = false, open = false; /* open: a group has to follow */
    if (text.size >= 2 && text.data[0] == ':' && text.data[1] == ':') {
        gap = true;
        text = from(text, 2);
    } else {
        open = true;
    }
    while (text.size > 0) {
        size_t n;
        bool more = find(text, ':', &n);
        mc_bytes group = {text.data, n};
        if (!more && is_ipv4(group)) {
            groups += 2;
            open = false;
            break;
        }
        if (n == 0 || n > 4)
            return false;
        for (size_t i = 0; i < n; i++)
            if (!is_hex(group.data[i]))
                return false;
        groups++;
        open = more;
        text = from(text, more ? n + 1 : n);
        if (more && text.size > 0 && text.data[0] == ':') {
            if (gap)
                return false;
            gap = true;
            open = false;
            text = from(text, 1);
        }
        if (groups > GROUPS)
            return false;
    }
    return !open && (gap ? groups < GROUPS : groups == GROUPS);
}

/* "v", hex digits, a dot, and anything. */
static bool is_future(mc_bytes host) {
    size_t at = 1;
    while (at < host.size && is_hex(host.data[at]))
        at++;
    return at > 1 && at + 1 < host.size && host.data[at] == '.';
}

static bool brackets_valid(mc_bytes authority) {
    size_t at;
    if (find(authority, '[', &at) != find(authority, ']', &at))
        return false;
    mc_bytes host = skip_user(authority);
    if (find(host, '[', &at)) {
        if (at > 0)
            return false;
        host = from(host, 1);
        bool closed = find(host, ']', &at);
        if (closed && at + 1 < host.size && host.data[at + 1] != ':')
            return false;
    } else {
        find(host, ':', &at);
    }
    host.size = at;
    return host.size > 0 && host.data[0] == 'v' ? is_future(host) : is_ipv6(host);
}

/* Characters whose compatibility form holds a delimiter, such as U+2100, which is "a/c". */
static bool is_disguised(uint32_t c) {
    switch (c) {
    case 0x2047: /* ?? */
    case 0x2048: /* ?! */
    case 0x2049: /* !? */
    case 0x2100: /* a/c */
    case 0x2101: /* a/s */
    case 0x2105: /* c/o */
    case 0x2106: /* c/u */
    case 0x2A74: /* ::= */
    case 0xFE13: /* : */
    case 0xFE16: /* ? */
    case 0xFE55: /* : */
    case 0xFE56: /* ? */
    case 0xFE5F: /* # */
    case 0xFE6B: /* @ */
    case 0xFF03: /* # */
    case 0xFF0F: /* / */
    case 0xFF1A: /* : */
    case 0xFF1F: /* ? */
    case 0xFF20: /* @ */
        return true;
    default:
        return false;
    }
}

bool mc_url_authority_valid(mc_bytes authority) {
    const unsigned char *s = (const unsigned char *)authority.data;
    bool bracket = false;
    for (size_t i = 0; i < authority.size; i++) {
        bracket = bracket || s[i] == '[' || s[i] == ']';
        /* The disguised ones have three bytes in UTF-8. */
        bool three = s[i] >= 0xE2 && s[i] <= 0xEF && i + 2 < authority.size &&
                     (s[i + 1] & 0xC0) == 0x80 && (s[i + 2] & 0xC0) == 0x80;
        if (three &&
            is_disguised((s[i] & 0x0Fu) << 12 | (s[i + 1] & 0x3Fu) << 6 | (s[i + 2] & 0x3Fu)))
            return false;
    }
    return !bracket || brackets_valid(authority);
}

mc_bytes mc_url_authority_host(mc_bytes authority) {
    mc_bytes host = skip_user(authority);
    size_t at;
    if (host.size > 0 && host.data[0] == '[') {
        host = from(host, 1);
        find(host, ']', &at);
    } else {
        find(host, ':', &at);
    }
    host.size = at;
    return host;
}
