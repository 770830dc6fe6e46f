/* URL joining: split into parts, resolve the path, put together, as Python 3.11's urljoin does it.
 *
 * The path is resolved in the output, where ".." takes the last segment away again. What is usual
 * in pages, an absolute http(s) URL or a path from the host's root without anything odd in it, is
 * told by one look over the bytes that compilers vectorise, and copied.
 */
#include "text/url.h"

#include <string.h>

#include "text/url_authority.h"

typedef struct url_parts {
    mc_bytes scheme; /* as written; compared without case and put out in lower case */
    mc_bytes authority, path, params, query, fragment;
} url_parts;

static mc_bytes from(mc_bytes bytes, size_t start) {
    return (mc_bytes){bytes.data + start, bytes.size - start};
}

/* Position of c, or the size. */
static size_t find(mc_bytes bytes, char c) {
    const char *found = bytes.size > 0 ? memchr(bytes.data, c, bytes.size) : NULL;
    return found ? (size_t)(found - bytes.data) : bytes.size;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool equal_caseless(mc_bytes a, mc_bytes b) {
    if (a.size != b.size)
        return false;
    if (a.data == b.data)
        return true;
    for (size_t i = 0; i < a.size; i++)
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    return true;
}

/* http or https */
static bool is_web(mc_bytes scheme) {
    return equal_caseless(scheme, (mc_bytes){"https", scheme.size == 4 ? 4 : 5});
}

/* A set of bytes: bit c & 63 of words[c >> 6]. */
typedef struct byte_set {
    uint64_t words[4];
} byte_set;

/* Letters, digits, + - . */
static const byte_set SCHEME_BYTES = {
    {0x03FF680000000000, 0x07FFFFFE07FFFFFE, 0x0000000000000000, 0x0000000000000000}};
/* / ? # */
static const byte_set AUTHORITY_ENDS = {
    {0x8000800800000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000}};
/* These and what an authority that is looked at no further does not hold: controls, the space,
 * brackets and all beyond ASCII. */
static const byte_set PLAIN_ENDS = {
    {0x80008009FFFFFFFF, 0x0000000028000000, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF}};

static bool has(const byte_set *set, char c) {
    unsigned char u = (unsigned char)c;
    return set->words[u >> 6] >> (u & 63) & 1;
}

/* --- clean-up ----------------------------------------------------------------------------------*/

static bool is_edge_space(char c) {
    return (unsigned char)c <= ' ';
}

static bool is_removed(char c) {
    return c == '\t' || c == '\n' || c == '\r';
}

static mc_bytes strip(mc_bytes bytes) {
    while (bytes.size > 0 && is_edge_space(bytes.data[bytes.size - 1]))
        bytes.size--;
    while (bytes.size > 0 && is_edge_space(bytes.data[0]))
        bytes = from(bytes, 1);
    return bytes;
}

/* bytes without tabs and line ends: themselves where they have none, else a copy at *room, which
 * moves on. */
static mc_bytes clean(mc_bytes bytes, char **room) {
    unsigned char low = 0; /* controls; which vectors find */
    for (size_t i = 0; i < bytes.size; i++)
        low |= (unsigned char)bytes.data[i] < ' ';
    if (!low)
        return bytes;
    mc_bytes out = {*room, 0};
    for (size_t i = 0; i < bytes.size; i++)
        if (!is_removed(bytes.data[i]))
            (*room)[out.size++] = bytes.data[i];
    *room += out.size;
    return out;
}

/* Makes each space "%20". */
static mc_status escape_spaces(mc_buffer *out, mc_error *error) {
    size_t n = 0;
    for (size_t i = 0; i < out->size; i++)
        n += out->data[i] == ' ';
    if (n == 0)
        return MC_OK;
    MC_TRY(mc_buffer_reserve(out, 2 * n, error));
    size_t to = out->size + 2 * n;
    for (size_t i = out->size; i-- > 0;) {
        if (out->data[i] == ' ') {
            to -= 3;
            memcpy(out->data + to, "%20", 3);
        } else {
            out->data[--to] = out->data[i];
        }
    }
    out->size += 2 * n;
    return MC_OK;
}

/* --- splitting ---------------------------------------------------------------------------------*/

enum { RELATIVE = 1, PARAMS = 2 };

/* What Python knows of a scheme: references are resolved in it, its paths have parameters. All
 * relative ones have authorities. */
static int scheme_traits(mc_bytes scheme) {
    static const char *const with_params[] = {"ftp",   "shttp", "mms",     "rtsp",
                                              "rtspu", "sftp",  "prospero"};
    static const char *const others[] = {"file", "gopher", "nntp",    "imap", "wais",
                                         "svn",  "ws",     "svn+ssh", "wss"};
    if (scheme.size == 0 || is_web(scheme))
        return RELATIVE | PARAMS;
    for (size_t i = 0; i < sizeof with_params / sizeof *with_params; i++)
        if (equal_caseless(scheme, (mc_bytes){with_params[i], strlen(with_params[i])}))
            return RELATIVE | PARAMS;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (equal_caseless(scheme, (mc_bytes){others[i], strlen(others[i])}))
            return RELATIVE;
    return 0;
}

/* Bytes of the scheme at the start of url, without the colon; 0: there is none. */
static size_t scheme_size(mc_bytes url) {
    if (url.size == 0 || !is_letter(url.data[0]))
        return 0;
    size_t i = 1;
    while (i < url.size && has(&SCHEME_BYTES, url.data[i]))
        i++;
    return i < url.size && url.data[i] == ':' ? i : 0;
}

static size_t authority_size(mc_bytes rest) {
    size_t i = 0;
    while (i < rest.size && !has(&AUTHORITY_ENDS, rest.data[i]))
        i++;
    return i;
}

/* Cuts rest at its first mark, which is left out, and gives what follows. */
static mc_bytes cut(mc_bytes *rest, char mark) {
    size_t at = find(*rest, mark);
    mc_bytes tail = at < rest->size ? from(*rest, at + 1) : (mc_bytes){"", 0};
    rest->size = at;
    return tail;
}

/* False when the authority makes no sense. scheme is what url has when it names none. */
static bool split(mc_bytes url, mc_bytes scheme, url_parts *parts) {
    *parts = (url_parts){.scheme = scheme, .authority = {"", 0}, .params = {"", 0}};
    size_t named = scheme_size(url);
    if (named > 0) {
        parts->scheme = (mc_bytes){url.data, named};
        url = from(url, named + 1);
    }
    if (url.size >= 2 && url.data[0] == '/' && url.data[1] == '/') {
        url = from(url, 2);
        parts->authority = (mc_bytes){url.data, authority_size(url)};
        url = from(url, parts->authority.size);
    }
    parts->fragment = cut(&url, '#');
    parts->query = cut(&url, '?');
    parts->path = url;
    if (find(url, ';') < url.size && scheme_traits(parts->scheme) & PARAMS) {
        size_t last = url.size;
        while (last > 0 && url.data[last - 1] != '/')
            last--;
        mc_bytes segment = from(url, last);
        parts->params = cut(&segment, ';');
        parts->path.size = last + segment.size;
    }
    return mc_url_authority_valid(parts->authority);
}

/* --- putting together --------------------------------------------------------------------------*/

static void put(mc_buffer *out, mc_bytes bytes) {
    if (bytes.size > 0)
        memcpy(out->data + out->size, bytes.data, bytes.size);
    out->size += bytes.size;
}

static void put_char(mc_buffer *out, char c) {
    out->data[out->size++] = c;
}

static void put_tail(mc_buffer *out, char mark, mc_bytes tail) {
    if (tail.size > 0) {
        put_char(out, mark);
        put(out, tail);
    }
}

/* A path that grows by segments at the end of out. */
typedef struct path_writer {
    mc_buffer *out;
    size_t start; /* of the path in out */
    size_t n;     /* segments in it; the empty path has none, or one that is empty */
} path_writer;

static void push(path_writer *path, mc_bytes segment) {
    if (path->n++ > 0)
        put_char(path->out, '/');
    put(path->out, segment);
}

static void pop(path_writer *path) {
    if (path->n == 0)
        return;
    mc_buffer *out = path->out;
    while (out->size > path->start && out->data[out->size - 1] != '/')
        out->size--;
    if (--path->n > 0)
        out->size--; /* the slash before the segment */
}

static bool is_dots(mc_bytes segment, size_t n) {
    return segment.size == n && segment.data[0] == '.' && segment.data[n - 1] == '.';
}

static void resolve_segment(path_writer *path, mc_bytes segment) {
    if (is_dots(segment, 2))
        pop(path);
    else if (!is_dots(segment, 1))
        push(path, segment);
}

/* Appends path resolved against base_path: Python drops empty segments between the first and the
 * last where path is relative, and keeps them where it is not. */
static void put_resolved(mc_buffer *out, mc_bytes base_path, mc_bytes path) {
    path_writer to = {.out = out, .start = out->size};
    bool relative = path.size == 0 || path.data[0] != '/', first = true;
    while (relative) {
        size_t n = find(base_path, '/');
        bool last = n == base_path.size;
        mc_bytes segment = {base_path.data, n};
        if (n > 0 ? !last : first)
            resolve_segment(&to, segment);
        first = first && last && n > 0;
        if (last)
            break;
        base_path = from(base_path, n + 1);
    }
    for (;;) {
        size_t n = find(path, '/');
        bool last = n == path.size;
        mc_bytes segment = {path.data, n};
        if (n > 0 || !relative || first || last)
            resolve_segment(&to, segment);
        first = false;
        if (last) {
            if (is_dots(segment, 1) || is_dots(segment, 2))
                push(&to, (mc_bytes){"", 0});
            break;
        }
        path = from(path, n + 1);
    }
    if (out->size == to.start)
        put_char(out, '/');
}

/* Opens a gap for head at start. */
static void insert(mc_buffer *out, size_t start, const char *head) {
    size_t n = strlen(head);
    memmove(out->data + start + n, out->data + start, out->size - start);
    memcpy(out->data + start, head, n);
    out->size += n;
}

/* Writes what to holds, with its path resolved against base_path unless that is NULL. out has room
 * for all of it. */
static void put_together(mc_buffer *out, const url_parts *to, const mc_bytes *base_path) {
    bool has_scheme = to->scheme.size > 0, has_authority = to->authority.size > 0;
    if (has_scheme) {
        for (size_t i = 0; i < to->scheme.size; i++)
            put_char(out, lower(to->scheme.data[i]));
        put_char(out, ':');
    }
    if (has_authority) {
        put(out, (mc_bytes){"//", 2});
        put(out, to->authority);
    }
    size_t start = out->size;
    if (base_path)
        put_resolved(out, *base_path, to->path);
    else
        put(out, to->path);
    put_tail(out, ';', to->params);
    size_t size = out->size - start;
    const char *path = out->data + start;
    bool two_slashes = size >= 2 && path[0] == '/' && path[1] == '/';
    if (has_authority || (has_scheme && !two_slashes)) {
        if (size > 0 && path[0] != '/')
            insert(out, start, "/");
        if (!has_authority)
            insert(out, start, "//");
    }
    put_tail(out, '?', to->query);
    put_tail(out, '#', to->fragment);
}

/* --- joining -----------------------------------------------------------------------------------*/

/* Both are cleaned, and out has room for both and what is put between. */
static void join(mc_bytes base, mc_bytes reference, mc_buffer *out) {
    if (base.size == 0 || reference.size == 0) {
        put(out, base.size == 0 ? reference : base);
        return;
    }
    url_parts from_base, to;
    if (!split(base, (mc_bytes){"", 0}, &from_base) || !split(reference, from_base.scheme, &to))
        return;
    if (!equal_caseless(to.scheme, from_base.scheme) || !(scheme_traits(to.scheme) & RELATIVE)) {
        put(out, reference);
        return;
    }
    if (to.authority.size > 0) {
        put_together(out, &to, NULL);
        return;
    }
    to.authority = from_base.authority;
    if (to.path.size > 0 || to.params.size > 0) {
        put_together(out, &to, &from_base.path);
        return;
    }
    to.path = from_base.path;
    to.params = from_base.params;
    if (to.query.size == 0)
        to.query = from_base.query;
    put_together(out, &to, NULL);
}

/* What there is in a reference that has to be looked at more closely. */
typedef struct oddities {
    bool space; /* controls and spaces */
    bool dots;  /* segments that begin with a dot */
    bool empty; /* maybe an empty query, fragment or parameters */
} oddities;

static oddities look(mc_bytes url) {
    unsigned char space = 0, dots = 0, empty = 0;
    for (size_t i = 0; i + 1 < url.size; i++) {
        unsigned char c = (unsigned char)url.data[i], d = (unsigned char)url.data[i + 1];
        space |= c <= ' ';
        dots |= (c == '/') & (d == '.');
        empty |= ((c == '?') | (c == ';')) & ((d == '#') | (d == '?'));
    }
    char last = url.data[url.size - 1];
    return (oddities){.space = space || (unsigned char)last <= ' ',
                      .dots = dots,
                      .empty = empty || last == '?' || last == '#' || last == ';'};
}

/* Size of the plain authority that url has from start on; 0 where it has none, or another. */
static size_t plain_authority(mc_bytes url, size_t start) {
    size_t i = start;
    while (i < url.size && !has(&PLAIN_ENDS, url.data[i]))
        i++;
    return i == url.size || has(&AUTHORITY_ENDS, url.data[i]) ? i - start : 0;
}

/* Size of "http://" or "https://" at the start of url; 0: neither is there. */
static size_t web_start(mc_bytes url) {
    if (url.size > 7 && !memcmp(url.data, "http://", 7))
        return 7;
    return url.size > 8 && !memcmp(url.data, "https://", 8) ? 8 : 0;
}

/* Does it all where reference is a path from the root or begins with an authority, the scheme
 * before it or not, and neither URL holds anything odd. */
static bool join_plain(mc_bytes base, mc_bytes reference, mc_buffer *out) {
    size_t start = web_start(base);
    size_t size = start > 0 ? plain_authority(base, start) : 0;
    if (size == 0 || reference.size < 3)
        return false;
    bool rooted = reference.data[0] == '/', bare = rooted && reference.data[1] == '/';
    size_t taken = bare ? start - 2 : rooted ? start + size : 0; /* of the base */
    if (bare || !rooted) {
        size_t own = bare ? 2 : web_start(reference);
        if (own == 0 || plain_authority(reference, own) == 0)
            return false;
    }
    oddities odd = look(reference);
    if (odd.space || odd.empty || (rooted && !bare && odd.dots))
        return false;
    put(out, (mc_bytes){base.data, taken});
    put(out, reference);
    return true;
}

mc_status mc_url_join(mc_bytes base, mc_bytes reference, mc_buffer *out, mc_error *error) {
    enum { BETWEEN = 16 }; /* marks that stand between parts */
    out->size = 0;
    if (base.size > SIZE_MAX / 8 || reference.size > SIZE_MAX / 8)
        return mc_fail(error, MC_E_MEMORY, "out of memory: a URL of %zu bytes",
                       base.size > reference.size ? base.size : reference.size);
    /* The result comes first, cleaned copies behind it. */
    size_t longest = base.size + reference.size + BETWEEN;
    MC_TRY(mc_buffer_reserve(out, 2 * longest, error));
    if (join_plain(base, reference, out))
        return MC_OK;
    char *room = out->data + longest;
    base = clean(strip(base), &room);
    reference = clean(strip(reference), &room);
    join(base, reference, out);
    return escape_spaces(out, error);
}

/* --- looking into URLs -------------------------------------------------------------------------*/

mc_bytes mc_url_host(mc_bytes url) {
    size_t named = scheme_size(url);
    if (!is_web((mc_bytes){url.data, named}) || url.size < named + 3 ||
        url.data[named + 1] != '/' || url.data[named + 2] != '/')
        return (mc_bytes){"", 0};
    mc_bytes rest = from(url, named + 3);
    return mc_url_authority_host((mc_bytes){rest.data, authority_size(rest)});
}

bool mc_url_is_http(mc_bytes url) {
    return mc_url_host(url).size > 0;
}
