/* Any bytes as a page: its images are those of the plain tokenizer (with sources of lazily loaded
 * images there must be as many at least), and what they say is well-formed UTF-8 where the page is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "metacurate/text.h"
#include "tests/html_plain.h"

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_html: %s\n", what);
    abort();
}

typedef struct images {
    uint64_t hash;
    size_t n;
    bool valid; /* so must all values be */
} images;

static void mix(images *out, mc_bytes value) {
    check(!out->valid || mc_utf8_valid(value.data, value.size), "a value is no UTF-8");
    uint64_t parts[3] = {out->hash, mc_hash64(value.data, value.size), value.data != NULL};
    out->hash = mc_hash64(parts, sizeof parts);
}

static mc_status take(void *context, const mc_html_image *image, mc_error *error) {
    (void)error;
    images *out = context;
    check(image->src.data != NULL && image->src.size > 0, "an image has no source");
    mix(out, image->src);
    mix(out, image->alt);
    mix(out, image->title);
    mix(out, image->data_image_title);
    mix(out, image->base);
    out->n++;
    return MC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mc_html *html;
    if (!html)
        check(mc_html_create(&html, NULL) == MC_OK, "no memory");
    mc_bytes page = {(const char *)data, size};
    images ours = {.valid = mc_utf8_valid(page.data, page.size)}, plain = ours, lazy = ours;
    bool too_many;
    check(mc_html_images(html, page, false, take, &ours, NULL) == MC_OK, "no images");
    check(plain_images(page, take, &plain, &too_many) == MC_OK, "no plain images");
    check(too_many || (ours.n == plain.n && ours.hash == plain.hash), "other images");
    check(mc_html_images(html, page, true, take, &lazy, NULL) == MC_OK, "no lazy images");
    check(lazy.n >= ours.n, "fewer lazy images");
    return 0;
}
