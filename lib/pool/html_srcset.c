/* Parsing a srcset attribute after the standard: URLs end at white space, descriptors at commas
 * outside parentheses, and commas at the end of a URL end a candidate without descriptors. */
#include "pool/html_srcset.h"

#include "pool/html_scan.h"

typedef struct candidate {
    double width, density; /* < 0: not given */
    bool valid;
} candidate;

/* A number without sign and exponent; false for anything else. */
static bool read_number(const char *p, const char *end, double *number) {
    double value = 0, place = 1;
    bool fraction = false, digits = false;
    for (; p < end; p++) {
        if (*p == '.' && !fraction) {
            fraction = true;
        } else if (*p >= '0' && *p <= '9') {
            value = value * 10 + (*p - '0');
            place = fraction ? place * 10 : place;
            digits = true;
        } else {
            return false;
        }
    }
    *number = value / place;
    return digits && value < 1e300;
}

static void take_descriptor(const char *p, const char *end, candidate *image) {
    double number;
    if (p == end)
        return;
    if (!read_number(p, end - 1, &number))
        image->valid = false;
    else if (end[-1] == 'w' && image->width < 0 && image->density < 0 && number > 0)
        image->width = number;
    else if (end[-1] == 'x' && image->width < 0 && image->density < 0)
        image->density = number;
    else if (end[-1] != 'h')
        image->valid = false;
}

/* Reads the descriptors at p; returns behind the comma that ends them. */
static const char *read_descriptors(const char *p, const char *end, candidate *image) {
    const char *first = p;
    bool in_parentheses = false;
    for (; p < end; p++) {
        if (in_parentheses) {
            in_parentheses = *p != ')';
        } else if (*p == '(') {
            in_parentheses = true;
        } else if (*p == ',') {
            break;
        } else if (mc_html_is_space(*p)) {
            take_descriptor(first, p, image);
            first = p + 1;
        }
    }
    take_descriptor(first, p, image);
    return p < end ? p + 1 : p;
}

static bool is_larger(const candidate *a, const candidate *b) {
    return a->width != b->width ? a->width > b->width : a->density > b->density;
}

mc_bytes mc_html_largest(mc_bytes srcset) {
    const char *p = srcset.data, *end = p + srcset.size;
    candidate best = {-1, -1, false};
    mc_bytes found = {srcset.data, 0};
    for (;;) {
        while (p < end && (mc_html_is_space(*p) || *p == ','))
            p++;
        if (p == end)
            return found;
        const char *url = p;
        while (p < end && !mc_html_is_space(*p))
            p++;
        const char *url_end = p;
        while (url_end[-1] == ',') /* ends: the first byte is none */
            url_end--;
        candidate image = {-1, -1, true};
        if (url_end == p)
            p = read_descriptors(p, end, &image);
        if (image.width < 0 && image.density < 0)
            image.density = 1;
        if (image.valid && (!best.valid || is_larger(&image, &best))) {
            best = image;
            found = (mc_bytes){url, (size_t)(url_end - url)};
        }
    }
}
