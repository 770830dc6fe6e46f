/* Prints the images of pages, for tests that hold them against another parser. Input: for each page
 * a line "SIZE KIND" and SIZE bytes. KIND: html, lazy (HTML with sources of lazily loaded images),
 * or response (a whole HTTP response). Output: a line of JSON a page:
 *
 *   {"kind": "html", "replaced": 0, "images": [[src, alt, title, data-image-title, base], ...]}
 *
 * null stands for an attribute that is absent. Kind: html, other, unsupported, bad.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool/html.h"
#include "pool/http_body.h"

static json_t *value_of(mc_bytes bytes) {
    return bytes.data ? json_stringn(bytes.data, bytes.size) : json_null();
}

static mc_status take(void *context, const mc_html_image *image, mc_error *error) {
    (void)error;
    json_t *row = json_array();
    json_array_append_new(row, value_of(image->src));
    json_array_append_new(row, value_of(image->alt));
    json_array_append_new(row, value_of(image->title));
    json_array_append_new(row, value_of(image->data_image_title));
    json_array_append_new(row, value_of(image->base));
    return json_array_append_new(context, row) == 0 ? MC_OK : MC_E_MEMORY;
}

static void fail(const char *what) {
    fprintf(stderr, "html_images: %s\n", what);
    exit(1);
}

int main(void) {
    static const char *const KINDS[] = {
        [MC_HTTP_HTML] = "html", [MC_HTTP_OTHER] = "other", [MC_HTTP_UNSUPPORTED] = "unsupported"};
    mc_html *html;
    mc_http *http;
    if (mc_html_create(&html, NULL) != MC_OK || mc_http_create(&http, NULL) != MC_OK)
        fail("no memory");
    size_t size;
    char kind[16];
    while (scanf("%zu %15s", &size, kind) == 2) {
        char *input = malloc(size + 1); /* of its own, so that a sanitizer sees its end */
        if (!input || getchar() != '\n' || fread(input, 1, size, stdin) != size)
            fail("the input is cut");
        json_t *images = json_array();
        mc_bytes page = {input, size};
        const char *told = "html";
        size_t n_replaced = 0;
        if (strcmp(kind, "response") == 0) {
            mc_http_kind found;
            mc_bytes response = page;
            mc_status status =
                mc_http_page(http, response, 64u << 20, &found, &page, &n_replaced, NULL);
            if (status != MC_OK && status != MC_E_FORMAT)
                fail("no page");
            told = status == MC_OK ? KINDS[found] : "bad";
            if (status != MC_OK || found != MC_HTTP_HTML)
                page = (mc_bytes){input, 0};
        }
        if (mc_html_images(html, page, strcmp(kind, "lazy") == 0, take, images, NULL) != MC_OK)
            fail("no images");
        json_t *line = json_pack("{s:s,s:I,s:o}", "kind", told, "replaced", (json_int_t)n_replaced,
                                 "images", images);
        json_dumpf(line, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(line);
        free(input);
    }
    mc_http_free(http);
    mc_html_free(html);
    return 0;
}
