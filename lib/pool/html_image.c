/* The attributes of images. The first of repeated attributes counts, whatever is in it. Values are
 * resolved only once the tag has ended and a source is there. */
#include "pool/html_image.h"

#include "pool/html_reference.h"
#include "pool/html_scan.h"
#include "pool/html_srcset.h"
#include "pool/html_tag.h"

enum { SRC, ALT, TITLE, DATA_IMAGE_TITLE, DATA_SRC, DATA_ORIGINAL, DATA_SRCSET, SRCSET, N_NAMES };

static const char *const NAMES[N_NAMES] = {[SRC] = "src",
                                           [ALT] = "alt",
                                           [TITLE] = "title",
                                           [DATA_IMAGE_TITLE] = "data-image-title",
                                           [DATA_SRC] = "data-src",
                                           [DATA_ORIGINAL] = "data-original",
                                           [DATA_SRCSET] = "data-srcset",
                                           [SRCSET] = "srcset"};

static bool is_name(mc_bytes given, const char *name) {
    return mc_html_is_name(given.data, given.size, name);
}

static bool is_blank(mc_bytes value) {
    size_t i = 0;
    while (i < value.size && mc_html_is_space(value.data[i]))
        i++;
    return i == value.size;
}

static bool is_data_url(mc_bytes value) {
    while (value.size > 0 && mc_html_is_space(*value.data)) {
        value.data++;
        value.size--;
    }
    return value.size >= 5 && is_name((mc_bytes){value.data, 4}, "data") && value.data[4] == ':';
}

/* The source of a lazily loaded image: a placeholder is often in src, and often a data: URL. */
static mc_status choose_source(const mc_bytes values[N_NAMES], mc_buffer *scratch, mc_bytes *src,
                               mc_error *error) {
    static const int ORDER[] = {DATA_SRC, DATA_ORIGINAL, DATA_SRCSET, SRCSET};
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        mc_bytes value = values[ORDER[i]];
        if (!value.data)
            continue;
        scratch->size = 0;
        MC_TRY(mc_html_resolve(&value, scratch, error));
        if (ORDER[i] == DATA_SRCSET || ORDER[i] == SRCSET)
            value = mc_html_largest(value);
        if (!is_blank(value) && !is_data_url(value)) {
            *src = value;
            return MC_OK;
        }
    }
    scratch->size = 0;
    return src->data ? mc_html_resolve(src, scratch, error) : MC_OK;
}

mc_status mc_html_read_image(const char **at, const char *end, bool lazy,
                             mc_buffer scratch[MC_HTML_N_VALUES], mc_html_image *image, bool *found,
                             mc_error *error) {
    mc_bytes values[N_NAMES] = {{0}};
    mc_html_attribute attribute;
    while (mc_html_next_attribute(at, end, &attribute)) {
        for (size_t i = 0; i < N_NAMES; i++) {
            if (!is_name(attribute.name, NAMES[i]))
                continue;
            if (!values[i].data)
                values[i] = attribute.value;
            break;
        }
    }
    *found = false;
    if (!*at || (!lazy && (!values[SRC].data || is_blank(values[SRC]))))
        return MC_OK;

    if (lazy)
        MC_TRY(choose_source(values, &scratch[SRC], &values[SRC], error));
    for (size_t i = lazy ? ALT : SRC; i < MC_HTML_N_VALUES; i++) {
        scratch[i].size = 0;
        if (values[i].data)
            MC_TRY(mc_html_resolve(&values[i], &scratch[i], error));
    }
    image->src = values[SRC];
    image->alt = values[ALT];
    image->title = values[TITLE];
    image->data_image_title = values[DATA_IMAGE_TITLE];
    *found = image->src.data && !is_blank(image->src);
    return MC_OK;
}

mc_status mc_html_read_base(const char **at, const char *end, mc_buffer *scratch, mc_bytes *href,
                            mc_error *error) {
    mc_html_attribute attribute;
    *href = (mc_bytes){0};
    while (mc_html_next_attribute(at, end, &attribute))
        if (!href->data && is_name(attribute.name, "href"))
            *href = attribute.value;
    if (!*at)
        *href = (mc_bytes){0};
    return href->data ? mc_html_resolve(href, scratch, error) : MC_OK;
}
