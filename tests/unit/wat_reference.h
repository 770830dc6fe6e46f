/* What a WAT document holds, by jansson: the whole document as a tree. Shares no code with the
 * library. */
#ifndef TEST_WAT_REFERENCE_H
#define TEST_WAT_REFERENCE_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "pool/json_string.h"
#include "pool/wat.h"

static inline const json_t *reference_at(const json_t *object, const char *key) {
    return json_is_object(object) ? json_object_get(object, key) : NULL;
}

/* True when the string of the document decodes to the value, or neither is one. */
static inline bool reference_equal(const char *data, mc_wat_string string, const json_t *value) {
    mc_buffer scratch = {0};
    mc_bytes decoded = {data + string.at, string.size};
    size_t n_replaced = 0;
    if (string.at == 0 || !json_is_string(value))
        return (string.at == 0) == !json_is_string(value);
    if (string.size == MC_WAT_ESCAPED &&
        mc_json_decode(data + string.at, &scratch, &decoded, &n_replaced, NULL) != MC_OK)
        return false;
    bool equal = n_replaced == 0 && decoded.size == json_string_length(value) &&
                 memcmp(decoded.data, json_string_value(value), decoded.size) == 0;
    mc_buffer_dispose(&scratch);
    return equal;
}

/* True when wat, which was read from data, holds what the tree holds. */
static inline bool reference_agrees(const mc_wat *wat, const char *data, const json_t *root) {
    static const char *const keys[MC_WAT_TEXTS] = {"alt", "title", "data-image-title"};
    const json_t *envelope = reference_at(root, "Envelope");
    const json_t *header = reference_at(envelope, "WARC-Header-Metadata");
    const json_t *type = reference_at(header, "WARC-Type");
    const json_t *html = reference_at(
        reference_at(reference_at(envelope, "Payload-Metadata"), "HTTP-Response-Metadata"),
        "HTML-Metadata");
    const json_t *links = reference_at(html, "Links");
    bool is_response = json_is_string(type) && json_string_length(type) == 8 &&
                       strcmp(json_string_value(type), "response") == 0;
    if (wat->is_response != is_response || wat->is_html != json_is_object(html) ||
        !reference_equal(data, wat->url, reference_at(header, "WARC-Target-URI")) ||
        !reference_equal(data, wat->base, reference_at(reference_at(html, "Head"), "Base")))
        return false;
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(links); i++) {
        const json_t *link = json_array_get(links, i), *path = reference_at(link, "path");
        if (!json_is_string(path) || strncmp(json_string_value(path), "IMG@/src", 8) != 0)
            continue;
        if (n == wat->n_links ||
            !reference_equal(data, wat->links[n].url, reference_at(link, "url")))
            return false;
        for (unsigned k = 0; k < MC_WAT_TEXTS; k++)
            if (!reference_equal(data, wat->links[n].texts[k], reference_at(link, keys[k])))
                return false;
        n++;
    }
    return n == wat->n_links;
}

#endif
