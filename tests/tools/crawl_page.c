/* How a made-up page comes about: a small vocabulary, a few sections and one folder of images a
 * page (which is what makes real records compress as they do), a text for 44 % of the images (as in
 * the real samples), URLs absolute and relative, with the odd things that crawls are full of. */
#include "crawl_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 600
#define STRINGS_SIZE (4u << 20)
#define N_VOCABULARY 96
#define N_SECTIONS 4

static void give_up(const char *what) {
    fprintf(stderr, "make_crawl: %s\n", what);
    exit(1);
}

char *bytes_room(bytes *out, size_t size) {
    if (out->capacity - out->size < size) {
        size_t capacity = 2 * (out->size + size);
        char *data = realloc(out->data, capacity);
        if (!data)
            give_up("out of memory");
        out->data = data;
        out->capacity = capacity;
    }
    return out->data + out->size;
}

void put(bytes *out, const char *data, size_t size) {
    if (size > 0)
        memcpy(bytes_room(out, size), data, size);
    out->size += size;
}

void put_text(bytes *out, const char *text) {
    put(out, text, strlen(text));
}

void put_number(bytes *out, uint64_t number) {
    char digits[20];
    size_t n = sizeof digits;
    do {
        digits[--n] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(out, digits + n, sizeof digits - n);
}

/* --- texts ------------------------------------------------------------------------------------ */

static void read_file(bytes *out, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        give_up("the file of texts cannot be read");
    for (size_t got = 1; got > 0; out->size += got)
        got = fread(bytes_room(out, 1 << 20), 1, 1 << 20, file);
    fclose(file);
}

static void add_span(span **list, size_t *n, const char *data, size_t size) {
    if ((*n & (*n - 1)) == 0) {
        span *more = realloc(*list, (*n ? 2 * *n : 1) * sizeof **list);
        if (!more)
            give_up("out of memory");
        *list = more;
    }
    (*list)[(*n)++] = (span){data, size};
}

static void add_words(crawl_corpus *corpus, const char *line, size_t size) {
    for (size_t at = 0, start = 0; at <= size; at++) {
        if (at < size && line[at] >= 'a' && line[at] <= 'z')
            continue;
        if (at - start >= 3 && corpus->n_words < 50000)
            add_span(&corpus->words, &corpus->n_words, line + start, at - start);
        start = at + 1;
    }
}

void corpus_load(crawl_corpus *corpus, const char *path) {
    read_file(&corpus->file, path);
    const char *at = corpus->file.data, *end = at + corpus->file.size;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        if (stop > at && stop - at <= MAX_TEXT)
            add_span(&corpus->lines, &corpus->n_lines, at, (size_t)(stop - at));
        add_words(corpus, at, (size_t)(stop - at));
        at = stop + 1;
    }
    if (corpus->n_lines == 0 || corpus->n_words == 0)
        give_up("the file of texts holds no lines with words");
}

/* --- chance ----------------------------------------------------------------------------------- */

uint64_t next_random(random_state *random) { /* splitmix64 */
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

size_t below(random_state *random, size_t n) {
    return (size_t)(((next_random(random) >> 32) * (uint64_t)n) >> 32);
}

bool chance(random_state *random, unsigned percent) {
    return below(random, 100) < percent;
}

/* --- pages ------------------------------------------------------------------------------------ */

typedef struct maker {
    crawl_page *page;
    const crawl_corpus *corpus;
    random_state *random;
    span vocabulary[N_VOCABULARY], sections[N_SECTIONS];
    const char *folder; /* of its images */
    size_t start;       /* of the string being put together */
} maker;

static bytes *begin(maker *m) {
    m->start = m->page->strings.size;
    return &m->page->strings;
}

static span finish(maker *m) {
    bytes *strings = &m->page->strings;
    return (span){strings->data + m->start, strings->size - m->start};
}

static void put_words(maker *m, bytes *out, size_t n, char between) {
    for (size_t i = 0; i < n; i++) {
        span word = m->vocabulary[below(m->random, N_VOCABULARY)];
        if (i > 0)
            put(out, &between, 1);
        put(out, word.data, word.size);
    }
}

static span line(const maker *m) {
    return m->corpus->lines[below(m->random, m->corpus->n_lines)];
}

static span words(maker *m, size_t least, size_t spread) {
    bytes *out = begin(m);
    put_words(m, out, least + below(m->random, spread), ' ');
    return finish(m);
}

/* The host follows from its number: pages of one host share their looks. */
static span make_host(maker *m, size_t number) {
    static const char *const domains[] = {".com", ".com", ".org", ".net", ".de", ".co.uk", ".ru"};
    random_state own = {number};
    bytes *out = begin(m);
    if (chance(&own, 60))
        PUT(out, "www.");
    for (size_t n = 1 + below(&own, 2); n > 0; n--) {
        span word = m->corpus->words[below(&own, m->corpus->n_words)];
        put(out, word.data, word.size);
    }
    put_number(out, number);
    put_text(out, domains[below(&own, sizeof domains / sizeof *domains)]);
    return finish(m);
}

static void put_origin(maker *m, bytes *out, bool other) {
    PUT(out, "https://");
    if (other)
        PUT(out, "cdn.");
    put(out, m->page->host.data, m->page->host.size);
}

static void put_hex(maker *m, bytes *out, size_t n) {
    uint64_t random = 0;
    for (size_t i = 0; i < n; i++) {
        if (i % 16 == 0)
            random = next_random(m->random);
        put(out, &"0123456789abcdef"[random & 15], 1);
        random >>= 4;
    }
}

static span page_link(maker *m) {
    bytes *out = begin(m);
    unsigned kind = (unsigned)below(m->random, 100);
    if (kind < 5) {
        PUT(out, "#");
        put_words(m, out, 1, '-');
        return finish(m);
    }
    if (kind < 40)
        put_origin(m, out, false);
    else if (kind < 50) {
        PUT(out, "https://www.");
        put_words(m, out, 2, '-');
        PUT(out, ".com");
    }
    span section = m->sections[below(m->random, N_SECTIONS)];
    put(out, section.data, section.size);
    put_words(m, out, 1 + below(m->random, 4), '-');
    if (chance(m->random, 15)) {
        PUT(out, "?id=");
        put_number(out, below(m->random, 1000));
        PUT(out, "&ref=");
        put_words(m, out, 1, '-');
    } else if (chance(m->random, 40)) {
        PUT(out, ".html");
    }
    return finish(m);
}

static void put_image_path(maker *m, bytes *out) {
    static const char *const ends[] = {".jpg", ".jpg", ".jpg", ".png", ".jpeg", ".webp", ".gif"};
    put_text(out, m->folder);
    if (chance(m->random, 80))
        put_words(m, out, 2 + below(m->random, 3), '-');
    else
        put_hex(m, out, 20);
    if (chance(m->random, 40)) {
        PUT(out, "-");
        put_number(out, 150 * (1 + below(m->random, 6)));
        PUT(out, "x");
        put_number(out, 100 * (1 + below(m->random, 6)));
    }
    put_text(out, ends[below(m->random, sizeof ends / sizeof *ends)]);
    if (chance(m->random, 10)) {
        PUT(out, "?itok=");
        put_hex(m, out, 8);
        PUT(out, "&w=");
        put_number(out, below(m->random, 2000));
    }
}

/* Sets *is_http to what the URL comes to. */
static span image_url(maker *m, bool *is_http) {
    bytes *out = begin(m);
    unsigned kind = (unsigned)below(m->random, 1000);
    *is_http = true;
    if (kind < 30) {
        PUT(out, "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");
        *is_http = false;
    } else if (kind < 35) {
        PUT(out, "about:blank");
        *is_http = false;
    } else if (kind < 40) {
        PUT(out, "\n\t  /img/a picture of ");
        put_words(m, out, 2, ' ');
        PUT(out, ".jpg \t");
    } else if (kind < 50) {
        PUT(out, "https://img.example.org/bilder/gr\xc3\xb6\xc3\x9f"
                 "e-\xe7\x8c\xab/");
        put_number(out, below(m->random, 100000));
        PUT(out, ".png#oben");
    } else {
        if (kind < 600)
            put_origin(m, out, kind < 300);
        else if (kind < 650)
            PUT(out, "//images.example.net");
        if (kind < 850)
            PUT(out, "/");
        else if (kind < 900)
            PUT(out, "../../");
        else if (kind < 920)
            PUT(out, "./x/../");
        put_image_path(m, out);
    }
    return finish(m);
}

static span image_text(maker *m) {
    unsigned kind = (unsigned)below(m->random, 100);
    if (kind < 45)
        return line(m);
    if (kind < 95)
        return words(m, 1, 4);
    bytes *out = begin(m);
    span text = line(m);
    PUT(out, " \n\t");
    put(out, text.data, text.size);
    PUT(out, "\n  \"quoted\" & <marked> ");
    put_words(m, out, 2, ' ');
    PUT(out, "  ");
    return finish(m);
}

static span blank(maker *m) {
    static const span blanks[] = {{"", 0}, {"", 0}, {"", 0}, {" ", 1}, {"\n", 1}};
    return blanks[below(m->random, sizeof blanks / sizeof *blanks)];
}

static void add_image(maker *m) {
    crawl_page *p = m->page;
    bool is_http;
    crawl_link *link = &p->links[p->n_links++];
    *link = (crawl_link){.kind = LINK_IMAGE, .url = image_url(m, &is_http)};
    size_t n_texts = 0;
    if (chance(m->random, 37)) {
        link->alt = image_text(m);
        n_texts++;
    } else if (chance(m->random, 75)) {
        link->alt = blank(m);
    }
    if (chance(m->random, 12)) {
        link->title = chance(m->random, 50) && n_texts ? link->alt : image_text(m);
        n_texts++;
    } else if (chance(m->random, 10)) {
        link->title = blank(m);
    }
    if (chance(m->random, 1)) {
        link->data_image_title = image_text(m);
        n_texts++;
    }
    p->n_images++;
    if (is_http && n_texts > 0) {
        p->n_records++;
        p->n_texts += n_texts;
    }
}

static void add_anchor(maker *m) {
    crawl_link *link = &m->page->links[m->page->n_links++];
    *link = (crawl_link){.kind = LINK_A, .url = page_link(m)};
    if (chance(m->random, 85))
        link->text = chance(m->random, 6) ? line(m) : words(m, 1, 6);
    if (chance(m->random, 25))
        link->title = words(m, 2, 6);
}

static span head_file(maker *m, const char *folder, const char *end) {
    bytes *out = begin(m);
    if (chance(m->random, 60))
        put_origin(m, out, chance(m->random, 40));
    put_text(out, folder);
    put_words(m, out, 1, '-');
    PUT(out, "_");
    put_hex(m, out, 8);
    put_text(out, end);
    return finish(m);
}

void page_make(crawl_page *page, const crawl_corpus *corpus, random_state *random,
               uint64_t number) {
    static const char *const folders[] = {"wp-content/uploads/2023/05/", "images/",
                                          "media/catalog/product/cache/", "static/img/",
                                          "sites/default/files/styles/teaser/public/"};
    maker m = {.page = page, .corpus = corpus, .random = random};
    for (size_t i = 0; i < N_VOCABULARY; i++)
        m.vocabulary[i] = corpus->words[below(random, corpus->n_words)];
    m.folder = folders[below(random, sizeof folders / sizeof *folders)];
    page->strings.size = 0;
    bytes_room(&page->strings, STRINGS_SIZE); /* it must not move while spans point into it */
    page->n_images = page->n_records = page->n_texts = 0;
    page->n_links = page->n_scripts = page->n_styles = 0;
    page->host = make_host(&m, below(random, 20000));
    for (size_t i = 0; i < N_SECTIONS; i++) {
        bytes *section = begin(&m);
        PUT(section, "/");
        put_words(&m, section, 1, '-');
        PUT(section, "/");
        if (i % 2 == 0) {
            put_words(&m, section, 2, '-');
            PUT(section, "/");
        }
        m.sections[i] = finish(&m);
    }
    bytes *out = begin(&m);
    put_origin(&m, out, false);
    PUT(out, "/");
    put_words(&m, out, 1, '-');
    PUT(out, "/");
    put_words(&m, out, 2 + below(random, 5), '-');
    PUT(out, "-");
    put_number(out, number);
    page->url = finish(&m);
    page->base = (span){0};
    if (chance(random, 3)) {
        out = begin(&m);
        put_text(out, chance(random, 50) ? "/" : "https://base.example.com/dir/");
        put_words(&m, out, 1, '-');
        PUT(out, "/");
        page->base = finish(&m);
    }
    page->title = words(&m, 3, 8);
    page->description = line(&m);
    for (size_t n = 3 + below(random, 8); n > 0; n--)
        page->scripts[page->n_scripts++] = head_file(&m, "/js/", ".js");
    for (size_t n = 3 + below(random, 7); n > 0; n--)
        page->styles[page->n_styles++] = head_file(&m, "/css/", ".css");
    size_t n_images = 4 + below(random, 23), n_anchors = 60 + below(random, 90);
    while (n_images + n_anchors > 0) {
        if (below(random, n_images + n_anchors) < n_images) {
            add_image(&m);
            n_images--;
        } else {
            add_anchor(&m);
            n_anchors--;
        }
    }
}
