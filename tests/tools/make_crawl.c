/* Writes a made-up WAT or WARC file of any size to standard output, in the formats Common Crawl
 * publishes: a gzip member a record, request, response and metadata of every page. The bytes follow
 * from the arguments. A line of JSON on standard error tells what an extraction must find.
 *
 *     make_crawl wat|warc TEXTS SIZE [SEED [LEVEL]]
 *
 * Files of one seed hold the same pages, a WAT of some size more of them than a WARC.
 * TEXTS holds a text a line, SIZE is in bytes before compression (k, M and G are understood), LEVEL
 * is libdeflate's, 6 by default; 0 writes the records as they are.
 */
#include "crawl_page.h"

#include <libdeflate.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_AT (1u << 20)

typedef struct writer {
    bool wat;
    struct libdeflate_compressor *compressor; /* NULL: plain */
    bytes body, record, out, css;
    random_state random;
    const crawl_corpus *corpus;
    uint64_t n_bytes, n_stored, n_documents, n_pages, n_images, n_records, n_texts;
} writer;

/* --- framing ---------------------------------------------------------------------------------- */

static void flush(writer *w) {
    if (fwrite(w->out.data, 1, w->out.size, stdout) != w->out.size) {
        perror("make_crawl");
        exit(1);
    }
    w->n_stored += w->out.size;
    w->out.size = 0;
}

/* The record put together becomes a member. */
static void write_record(writer *w) {
    w->n_bytes += w->record.size;
    w->n_documents++;
    if (w->compressor) {
        size_t bound = libdeflate_gzip_compress_bound(w->compressor, w->record.size);
        w->out.size += libdeflate_gzip_compress(w->compressor, w->record.data, w->record.size,
                                                bytes_room(&w->out, bound), bound);
    } else {
        put(&w->out, w->record.data, w->record.size);
    }
    w->record.size = 0;
    if (w->out.size >= FLUSH_AT)
        flush(w);
}

static void put_uuid(writer *w, bytes *out) {
    char text[48];
    uint64_t a = next_random(&w->random), b = next_random(&w->random);
    int n = snprintf(text, sizeof text, "%08" PRIx64 "-%04x-4%03x-%04x-%012" PRIx64, a >> 32,
                     (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
                     (unsigned)(b >> 48 & 0x3fff) | 0x8000, b & 0xffffffffffff);
    put(out, text, (size_t)n);
}

static void put_digest(writer *w, bytes *out) {
    PUT(out, "sha1:");
    for (unsigned i = 0; i < 32; i++)
        put(out, &"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[below(&w->random, 32)], 1);
}

/* The body put together becomes a record of this type. */
static void frame(writer *w, const crawl_page *page, const char *type, const char *content_type,
                  bool digests) {
    bytes *out = &w->record;
    PUT(out, "WARC/1.0\r\nWARC-Type: ");
    put_text(out, type);
    if (page) {
        PUT(out, "\r\nWARC-Target-URI: ");
        put(out, page->url.data, page->url.size);
    }
    PUT(out, "\r\nWARC-Date: 2024-05-18T01:58:10Z\r\nWARC-Record-ID: <urn:uuid:");
    put_uuid(w, out);
    PUT(out, ">\r\nContent-Type: ");
    put_text(out, content_type);
    PUT(out, "\r\nContent-Length: ");
    put_number(out, w->body.size);
    if (digests) {
        PUT(out, "\r\nWARC-Block-Digest: ");
        put_digest(w, out);
    }
    PUT(out, "\r\n\r\n");
    put(out, w->body.data, w->body.size);
    PUT(out, "\r\n\r\n");
    w->body.size = 0;
    write_record(w);
}

static void write_info(writer *w) {
    PUT(&w->body, "Software-Info: make_crawl\r\nformat: WARC File Format 1.0\r\n"
                  "description: pages that do not exist\r\n\r\n");
    frame(w, NULL, "warcinfo", "application/warc-fields", false);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void put_json(bytes *out, span text) {
    char *at = bytes_room(out, 6 * text.size + 2), *start = at;
    *at++ = '"';
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != '/') {
            *at++ = (char)c;
        } else if (c == '/') { /* as the crawl's writer does it: </ is written <\/ */
            if (i > 0 && text.data[i - 1] == '<')
                *at++ = '\\';
            *at++ = '/';
        } else if (c == '"' || c == '\\') {
            *at++ = '\\';
            *at++ = (char)c;
        } else if (c == '\n' || c == '\r' || c == '\t') {
            *at++ = '\\';
            *at++ = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
        } else {
            at += sprintf(at, "\\u%04x", c);
        }
    }
    *at++ = '"';
    out->size += (size_t)(at - start);
}

static void put_member(bytes *out, const char *name, span value) {
    if (!value.data)
        return;
    PUT(out, ",\"");
    put_text(out, name);
    PUT(out, "\":");
    put_json(out, value);
}

static void put_files(bytes *out, const char *name, const char *path, const char *more,
                      const span *urls, size_t n) {
    PUT(out, ",\"");
    put_text(out, name);
    PUT(out, "\":[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            PUT(out, ",");
        PUT(out, "{\"path\":\"");
        put_text(out, path);
        PUT(out, "\"");
        put_member(out, "url", urls[i]);
        put_text(out, more);
        PUT(out, "}");
    }
    PUT(out, "]");
}

static void put_meta(bytes *out, const char *key, const char *name, span content) {
    PUT(out, ",{\"content\":");
    put_json(out, content);
    PUT(out, ",\"");
    put_text(out, key);
    PUT(out, "\":\"");
    put_text(out, name);
    PUT(out, "\"}");
}

static void put_head(bytes *out, const crawl_page *page) {
    PUT(out, "{\"Title\":");
    put_json(out, page->title);
    put_member(out, "Base", page->base);
    put_files(out, "Link", "LINK@/href", ",\"rel\":\"stylesheet\",\"type\":\"text/css\"",
              page->styles, page->n_styles);
    put_files(out, "Scripts", "SCRIPT@/src", ",\"type\":\"text/javascript\"", page->scripts,
              page->n_scripts);
    PUT(out, ",\"Metas\":[{\"content\":\"width=device-width, initial-scale=1\",\"name\":"
             "\"viewport\"},{\"content\":\"index, follow, max-image-preview:large\",\"name\":"
             "\"robots\"},{\"content\":\"article\",\"property\":\"og:type\"}");
    put_meta(out, "name", "description", page->description);
    put_meta(out, "property", "og:title", page->title);
    put_meta(out, "property", "og:description", page->description);
    put_meta(out, "property", "og:url", page->url);
    put_meta(out, "property", "og:site_name", page->host);
    put_meta(out, "name", "twitter:title", page->title);
    put_meta(out, "name", "twitter:description", page->description);
    PUT(out, ",{\"content\":\"summary_large_image\",\"name\":\"twitter:card\"}]}");
}

static void put_link(bytes *out, const crawl_link *link) {
    put_text(out, link->kind == LINK_A ? "{\"path\":\"A@/href\"" : "{\"path\":\"IMG@/src\"");
    put_member(out, "url", link->url);
    put_member(out, "alt", link->alt);
    put_member(out, "title", link->title);
    put_member(out, "text", link->text);
    put_member(out, "data-image-title", link->data_image_title);
    PUT(out, "}");
}

static void begin_envelope(writer *w) {
    bytes *out = &w->body;
    PUT(out, "{\"Container\":{\"Filename\":\"CC-MAIN-20240517233122-20240518023122-00000.warc.gz\","
             "\"Compressed\":true,\"Offset\":\"");
    put_number(out, w->n_stored);
    PUT(out, "\",\"Gzip-Metadata\":{\"Deflate-Length\":\"");
    put_number(out, below(&w->random, 40000));
    PUT(out, "\",\"Header-Length\":\"10\",\"Footer-Length\":\"8\",\"Inflated-CRC\":\"");
    put_number(out, next_random(&w->random) & 0xffffffff);
    PUT(out, "\",\"Inflated-Length\":\"");
    put_number(out, below(&w->random, 200000));
    PUT(out, "\"}},\"Envelope\":{\"Payload-Metadata\":{\"Actual-Content-Type\":\"");
}

static void end_envelope(writer *w, const crawl_page *page, const char *type,
                         const char *content_type) {
    bytes *out = &w->body;
    PUT(out, ",\"Actual-Content-Length\":\"");
    put_number(out, below(&w->random, 200000));
    PUT(out, "\",\"Trailing-Slop-Length\":\"4\",\"Block-Digest\":\"");
    put_digest(w, out);
    PUT(out, "\"},\"Format\":\"WARC/1.0\",\"WARC-Header-Length\":\"646\",\"WARC-Header-Metadata\":{"
             "\"WARC-Type\":\"");
    put_text(out, type);
    PUT(out, "\",\"WARC-Date\":\"2024-05-18T01:58:10Z\",\"WARC-Record-ID\":\"<urn:uuid:");
    put_uuid(w, out);
    PUT(out, ">\",\"Content-Length\":\"265\",\"Content-Type\":\"");
    put_text(out, content_type);
    PUT(out, "\",\"WARC-Warcinfo-ID\":\"<urn:uuid:");
    put_uuid(w, out);
    PUT(out, ">\",\"WARC-Concurrent-To\":\"<urn:uuid:");
    put_uuid(w, out);
    PUT(out, ">\",\"WARC-IP-Address\":\"208.80.154.224\",\"WARC-Target-URI\":");
    put_json(out, page->url);
    PUT(out, ",\"WARC-Payload-Digest\":\"");
    put_digest(w, out);
    PUT(out, "\",\"WARC-Identified-Payload-Type\":\"text/html\"}}}");
    frame(w, page, "metadata", "application/json", false);
}

static void write_wat(writer *w, const crawl_page *page) {
    static const char http[] = "application/http; msgtype=";
    bytes *out = &w->body;
    begin_envelope(w);
    put_text(out, http);
    PUT(out, "request\",\"HTTP-Request-Metadata\":{\"Request-Message\":{\"Method\":\"GET\","
             "\"Path\":\"/\",\"Version\":\"HTTP/1.1\"},\"Headers-Length\":\"263\",\"Headers\":{"
             "\"User-Agent\":\"CCBot/2.0 (https://commoncrawl.org/faq/)\",\"Accept\":\"text/html,"
             "application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\",\"Accept-Language\":"
             "\"en-US,en;q=0.5\",\"Accept-Encoding\":\"br,gzip\",\"Host\":");
    put_json(out, page->host);
    PUT(out, ",\"Connection\":\"Keep-Alive\"},\"Entity-Length\":\"0\",\"Entity-Digest\":"
             "\"sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ\",\"Entity-Trailing-Slop-Length\":\"0\"}");
    end_envelope(w, page, "request", "application/http; msgtype=request");

    begin_envelope(w);
    put_text(out, http);
    PUT(out, "response\",\"HTTP-Response-Metadata\":{\"Response-Message\":{\"Version\":"
             "\"HTTP/1.1\",\"Status\":\"200\",\"Reason\":\"OK\"},\"Headers-Length\":\"922\","
             "\"Headers\":{\"date\":\"Sat, 18 May 2024 01:58:10 GMT\",\"server\":\"nginx/1.18.0\","
             "\"content-type\":\"text/html; charset=UTF-8\",\"x-content-type-options\":\"nosniff\","
             "\"vary\":\"Accept-Encoding,Cookie\",\"last-modified\":\"Sat, 04 May 2024 01:58:10 "
             "GMT\",\"X-Crawler-content-encoding\":\"gzip\",\"set-cookie\":\"session=");
    put_uuid(w, out);
    PUT(out, "; Path=/; Secure; HttpOnly\",\"strict-transport-security\":\"max-age=31536000; "
             "includeSubDomains\",\"link\":\"<https://example.com/wp-json/>; rel=\\\"https://api.w"
             ".org/\\\"\",\"Content-Length\":\"74581\"},\"HTML-Metadata\":{\"Head\":");
    put_head(out, page);
    PUT(out, ",\"Links\":[");
    for (size_t i = 0; i < page->n_links; i++) {
        if (i > 0)
            PUT(out, ",");
        put_link(out, &page->links[i]);
    }
    PUT(out, "]},\"Entity-Length\":\"73111\",\"Entity-Digest\":\"");
    put_digest(w, out);
    PUT(out, "\",\"Entity-Trailing-Slop-Length\":\"0\"}");
    end_envelope(w, page, "response", "application/http; msgtype=response");

    begin_envelope(w);
    PUT(out, "application/metadata-fields\",\"WARC-Metadata-Metadata\":{\"Metadata-Records\":[{"
             "\"Name\":\"fetchTimeMs\",\"Value\":\"258\"},{\"Name\":\"charset-detected\",\"Value\":"
             "\"UTF-8\"},{\"Name\":\"languages-cld2\",\"Value\":\"{\\\"reliable\\\":true,"
             "\\\"text-bytes\\\":3080,\\\"languages\\\":[{\\\"code\\\":\\\"en\\\","
             "\\\"code-iso-639-3\\\":\\\"eng\\\",\\\"text-covered\\\":0.69,\\\"score\\\":335.0,"
             "\\\"name\\\":\\\"ENGLISH\\\"}]}\"}]}");
    end_envelope(w, page, "metadata", "application/warc-fields");
}

/* --- HTML ------------------------------------------------------------------------------------- */

static void put_html(bytes *out, span text) {
    char *at = bytes_room(out, 6 * text.size), *start = at;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        const char *name = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '"' ? "&quot;" : NULL;
        if (!name) {
            *at++ = c;
            continue;
        }
        size_t size = strlen(name);
        memcpy(at, name, size);
        at += size;
    }
    out->size += (size_t)(at - start);
}

static void put_attribute(bytes *out, const char *name, span value) {
    if (!value.data)
        return;
    PUT(out, " ");
    put_text(out, name);
    PUT(out, "=\"");
    put_html(out, value);
    PUT(out, "\"");
}

/* Minified script, which pages are full of. */
static void put_script(writer *w, bytes *out) {
    static const char *const pieces[] = {
        "function(",
        "){return ",
        ".push({event:\"",
        "\"});var ",
        "=document.getElementById(\"",
        "\");if(",
        "<a.length&&b>0){for(var i=0;i<",
        ".length;i++)",
        "(\"<img src='\"+",
        "+\"'>\")",
        "}else{window.",
        "||[];",
    };
    PUT(out, "<script>(");
    for (size_t n = 40 + below(&w->random, 200); n > 0; n--) {
        span word = w->corpus->words[below(&w->random, w->corpus->n_words)];
        put(out, word.data, word.size);
        put_text(out, pieces[below(&w->random, sizeof pieces / sizeof *pieces)]);
    }
    PUT(out, ")</script>\n");
}

static void make_css(writer *w) {
    bytes *out = &w->css;
    PUT(out, "<style>/* <img src=no.png alt=no> */\n");
    for (unsigned i = 0; i < 150; i++) {
        span word = w->corpus->words[below(&w->random, w->corpus->n_words)];
        PUT(out, ".");
        put(out, word.data, word.size);
        PUT(out, "-");
        put_number(out, i);
        PUT(out, ">li:hover{margin:0 ");
        put_number(out, below(&w->random, 100));
        PUT(out, "px;background:#");
        put_number(out, 100000 + below(&w->random, 899999));
        PUT(out, ";display:block}\n");
    }
    PUT(out, "</style>\n");
}

static void put_paragraph(writer *w, bytes *out) {
    PUT(out, "<p class=\"content__text\">");
    for (size_t n = 1 + below(&w->random, 6); n > 0; n--) {
        put_html(out, w->corpus->lines[below(&w->random, w->corpus->n_lines)]);
        PUT(out, ". ");
    }
    PUT(out, "</p>\n");
}

static void put_page_link(writer *w, bytes *out, const crawl_link *link) {
    if (link->kind == LINK_A) {
        PUT(out, "<li class=\"menu-item menu-item-type-post_type\"><a");
        put_attribute(out, "href", link->url);
        put_attribute(out, "title", link->title);
        PUT(out, "><span>");
        put_html(out, link->text);
        PUT(out, "</span></a></li>\n");
        return;
    }
    PUT(out, "<div class=\"card__image\"><img loading=\"lazy\" width=\"640\" height=\"480\"");
    put_attribute(out, "src", link->url);
    put_attribute(out, "alt", link->alt);
    put_attribute(out, "title", link->title);
    put_attribute(out, "data-image-title", link->data_image_title);
    put_text(out, chance(&w->random, 50) ? "/></div>\n" : "></div>\n");
}

static void put_page(writer *w, bytes *out, const crawl_page *page) {
    PUT(out, "HTTP/1.1 200 OK\r\nDate: Sat, 18 May 2024 01:58:10 GMT\r\nServer: nginx/1.18.0\r\n"
             "Content-Type: text/html; charset=UTF-8\r\nX-Crawler-Content-Encoding: gzip\r\n"
             "Vary: Accept-Encoding\r\nConnection: keep-alive\r\n\r\n"
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    put_html(out, page->title);
    PUT(out, "</title>\n");
    if (page->base.data) {
        PUT(out, "<base");
        put_attribute(out, "href", page->base);
        PUT(out, ">\n");
    }
    PUT(out, "<meta name=\"description\"");
    put_attribute(out, "content", page->description);
    PUT(out, ">\n");
    for (size_t i = 0; i < page->n_styles; i++) {
        PUT(out, "<link rel='stylesheet'");
        put_attribute(out, "href", page->styles[i]);
        PUT(out, ">\n");
    }
    put(out, w->css.data, w->css.size);
    for (size_t i = 0; i < page->n_scripts; i++) {
        PUT(out, "<script async");
        put_attribute(out, "src", page->scripts[i]);
        PUT(out, "></script>\n");
        if (i % 2 == 0)
            put_script(w, out);
    }
    PUT(out,
        "</head>\n<body class=\"home page-template-default\">\n<!-- <img src=no alt=no> -->\n");
    for (size_t i = 0; i < page->n_links; i++) {
        put_page_link(w, out, &page->links[i]);
        if (chance(&w->random, 30))
            put_paragraph(w, out);
        if (chance(&w->random, 4))
            put_script(w, out);
    }
    PUT(out, "</body>\n</html>\n");
}

static void write_warc(writer *w, const crawl_page *page) {
    bytes *out = &w->body;
    PUT(out, "GET / HTTP/1.1\r\nUser-Agent: CCBot/2.0 (https://commoncrawl.org/faq/)\r\nHost: ");
    put(out, page->host.data, page->host.size);
    PUT(out, "\r\nConnection: Keep-Alive\r\n\r\n");
    frame(w, page, "request", "application/http; msgtype=request", false);
    put_page(w, out, page);
    frame(w, page, "response", "application/http; msgtype=response", true);
    PUT(out, "fetchTimeMs: 258\r\ncharset-detected: UTF-8\r\n\r\n");
    frame(w, page, "metadata", "application/warc-fields", false);
}

/* --- all of it -------------------------------------------------------------------------------- */

static uint64_t parse_size(const char *text) {
    char *end;
    uint64_t size = strtoull(text, &end, 10);
    unsigned shift = *end == 'k' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    return size << shift;
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 6 || (strcmp(argv[1], "wat") != 0 && strcmp(argv[1], "warc") != 0)) {
        fprintf(stderr, "usage: make_crawl wat|warc TEXTS SIZE [SEED [LEVEL]]\n");
        return 2;
    }
    static crawl_corpus texts;
    static crawl_page page;
    corpus_load(&texts, argv[2]);
    uint64_t size = parse_size(argv[3]), seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
    int level = argc > 5 ? atoi(argv[5]) : 6;
    static writer w;
    w = (writer){.wat = strcmp(argv[1], "wat") == 0, .random = {seed}, .corpus = &texts};
    if (level > 0)
        w.compressor = libdeflate_alloc_compressor(level);
    make_css(&w);
    write_info(&w);
    while (w.n_bytes < size) {
        /* Its own generator: WAT and WARC of a seed hold the same pages. */
        random_state of_page = {seed ^ (w.n_pages + 1) * 0xd1342543de82ef95u};
        page_make(&page, &texts, &of_page, w.n_pages++);
        w.n_images += page.n_images;
        w.n_records += page.n_records;
        w.n_texts += page.n_texts;
        if (w.wat)
            write_wat(&w, &page);
        else
            write_warc(&w, &page);
    }
    flush(&w);
    fprintf(stderr,
            "{\"bytes\":%" PRIu64 ",\"stored\":%" PRIu64 ",\"documents\":%" PRIu64
            ",\"pages\":%" PRIu64 ",\"links\":%" PRIu64 ",\"records\":%" PRIu64
            ",\"texts\":%" PRIu64 "}\n",
            w.n_bytes, w.n_stored, w.n_documents, w.n_pages, w.n_images, w.n_records, w.n_texts);
    libdeflate_free_compressor(w.compressor);
    return fflush(stdout) == 0 ? 0 : 1;
}
