/* The images of a page by the plain tokenizer of html_states.h, to hold mc_html_images against. */
#ifndef TESTS_HTML_PLAIN_H
#define TESTS_HTML_PLAIN_H

#include "html_states.h"
#include "pool/html.h"
#include "pool/html_foreign.h"
#include "pool/html_reference.h"

/* The first attribute of that name, resolved into out; data NULL without one. */
static inline mc_status plain_value(const states_tag *tag, const char *name, mc_buffer *out,
                                    mc_bytes *value) {
    *value = (mc_bytes){0};
    out->size = 0;
    for (size_t i = 0; i < tag->n_attributes && i < STATES_ATTRIBUTES_MAX; i++) {
        if (states_same(tag->names[i], name, strlen(name))) {
            *value = tag->values[i];
            return mc_html_resolve(value, out, NULL);
        }
    }
    return MC_OK;
}

static inline states_state plain_state_after(mc_bytes name) {
    static const char *const RAWS[] = {"title",  "textarea", "style",   "xmp",
                                       "iframe", "noembed",  "noframes"};
    for (size_t i = 0; i < sizeof RAWS / sizeof *RAWS; i++)
        if (states_same(name, RAWS[i], strlen(RAWS[i])))
            return RAW;
    if (states_same(name, "script", 6))
        return SCRIPT;
    return states_same(name, "plaintext", 9) ? PLAINTEXT : DATA;
}

static inline bool plain_is_blank(mc_bytes value) {
    for (size_t i = 0; i < value.size; i++)
        if (!states_space(value.data[i]))
            return false;
    return true;
}

/* Calls use as mc_html_images does. Tags with more than STATES_ATTRIBUTES_MAX attributes are told
 * by *too_many. */
static inline mc_status plain_images(mc_bytes page,
                                     mc_status (*use)(void *context, const mc_html_image *image,
                                                      mc_error *error),
                                     void *context, bool *too_many) {
    states s = {.p = page.data, .end = page.data + page.size};
    mc_html_foreign foreign = {0};
    mc_buffer values[5] = {{0}};
    mc_html_image image = {0};
    mc_status status = MC_OK;
    bool in_text = false;
    *too_many = false;
    while (status == MC_OK && states_next(&s)) {
        const states_tag *tag = &s.tag;
        *too_many |= tag->n_attributes > STATES_ATTRIBUTES_MAX;
        if (tag->ends) {
            if (foreign.depth > 0 && !in_text)
                mc_html_end_foreign(&foreign, tag->name);
        } else if (mc_html_is_foreign(&foreign) && !mc_html_leaves_foreign(&foreign, tag->name)) {
            if (!tag->self_closing)
                mc_html_start_foreign(&foreign, tag->name);
        } else if (states_same(tag->name, "svg", 3) || states_same(tag->name, "math", 4)) {
            if (!tag->self_closing)
                mc_html_open_foreign(&foreign, tag->name.size == 3 ? MC_HTML_SVG : MC_HTML_MATH);
        } else if (states_same(tag->name, "base", 4)) {
            if (!image.base.data)
                status = plain_value(tag, "href", &values[4], &image.base);
        } else if (states_same(tag->name, "img", 3) || states_same(tag->name, "image", 5)) {
            status = plain_value(tag, "src", &values[0], &image.src);
            if (status == MC_OK)
                status = plain_value(tag, "alt", &values[1], &image.alt);
            if (status == MC_OK)
                status = plain_value(tag, "title", &values[2], &image.title);
            if (status == MC_OK)
                status = plain_value(tag, "data-image-title", &values[3], &image.data_image_title);
            if (status == MC_OK && image.src.data && !plain_is_blank(image.src))
                status = use(context, &image, NULL);
        } else {
            s.state = plain_state_after(tag->name);
        }
        in_text = s.state != DATA; /* the next tag is its end */
        s.foreign = mc_html_is_foreign(&foreign);
    }
    for (size_t i = 0; i < 5; i++)
        mc_buffer_dispose(&values[i]);
    return status;
}

#endif
