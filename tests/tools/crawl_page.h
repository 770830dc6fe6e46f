/* Made-up pages of a crawl: a page's URL, its head and its links, from which make_crawl writes WAT
 * and HTML. What a page holds follows from the seed and the texts alone. */
#ifndef TESTS_CRAWL_PAGE_H
#define TESTS_CRAWL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct span {
    const char *data;
    size_t size;
} span;

/* Bytes that grow; the program ends when memory does. */
typedef struct bytes {
    char *data;
    size_t size, capacity;
} bytes;

char *bytes_room(bytes *out, size_t size); /* at least size bytes behind the end, uninitialised */
void put(bytes *out, const char *data, size_t size);
void put_text(bytes *out, const char *text);
void put_number(bytes *out, uint64_t number);

#define PUT(out, literal) put((out), (literal), sizeof(literal) - 1)

/* Real texts, a line each, and the plain words that occur in them. */
typedef struct crawl_corpus {
    bytes file;
    span *lines, *words;
    size_t n_lines, n_words;
} crawl_corpus;

void corpus_load(crawl_corpus *corpus, const char *path);

typedef struct random_state {
    uint64_t state;
} random_state;

uint64_t next_random(random_state *random);
size_t below(random_state *random, size_t n); /* 0 .. n - 1 */
bool chance(random_state *random, unsigned percent);

typedef enum link_kind { LINK_A, LINK_IMAGE } link_kind;

/* data NULL: the attribute is absent. */
typedef struct crawl_link {
    link_kind kind;
    span url, text, alt, title, data_image_title;
} crawl_link;

enum { MAX_LINKS = 400, MAX_HEAD = 16 };

typedef struct crawl_page {
    bytes strings; /* what the spans point into; never grows while a page is made */
    span host, url, base, title, description;
    span scripts[MAX_HEAD], styles[MAX_HEAD];
    size_t n_scripts, n_styles;
    crawl_link links[MAX_LINKS];
    size_t n_links;
    /* What an extraction must find. */
    size_t n_images, n_records, n_texts;
} crawl_page;

/* Makes the page of this number. */
void page_make(crawl_page *page, const crawl_corpus *corpus, random_state *random, uint64_t number);

#endif
