/* A small stack in place of the tree: only <svg>, <math> and the elements in which HTML begins
 * again (integration points) are on it. */
#include "pool/html_foreign.h"

#include "pool/html_scan.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

/* HTML begins again in these: of SVG, then of MathML. */
static const char *const POINTS[] = {"foreignobject", "desc", "title", "mi", "mo", "mn", "ms",
                                     "mtext"};
#define N_SVG_POINTS 3

/* Start tags that end foreign content (13.2.6.5 of the standard), without <font>, which does so
 * only with some attributes. */
static const char *const LEAVING[] = {
    "b",      "big",  "blockquote", "body",  "br",   "center", "code",    "dd",   "div",
    "dl",     "dt",   "em",         "embed", "h1",   "h2",     "h3",      "h4",   "h5",
    "h6",     "head", "hr",         "i",     "img",  "li",     "listing", "menu", "meta",
    "nobr",   "ol",   "p",          "pre",   "ruby", "s",      "small",   "span", "strong",
    "strike", "sub",  "sup",        "table", "tt",   "u",      "ul",      "var"};

static bool is_name(mc_bytes given, const char *name) {
    return mc_html_is_name(given.data, given.size, name);
}

static bool is_one_of(mc_bytes name, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (is_name(name, names[i]))
            return true;
    return false;
}

static void push(mc_html_foreign *foreign, unsigned level) {
    if (foreign->depth < MC_HTML_FOREIGN_MAX)
        foreign->levels[foreign->depth++] = (unsigned char)level;
}

void mc_html_open_foreign(mc_html_foreign *foreign, mc_html_level level) {
    push(foreign, level);
}

bool mc_html_leaves_foreign(mc_html_foreign *foreign, mc_bytes name) {
    if (!is_one_of(name, LEAVING, N_OF(LEAVING)))
        return false;
    while (mc_html_is_foreign(foreign))
        foreign->depth--;
    return true;
}

void mc_html_start_foreign(mc_html_foreign *foreign, mc_bytes name) {
    unsigned level = foreign->levels[foreign->depth - 1];
    if (is_name(name, "svg") || is_name(name, "math")) {
        /* Within <svg> a <math> is an SVG element and the other way round. */
        if (is_name(name, level == MC_HTML_SVG ? "svg" : "math"))
            push(foreign, level);
        return;
    }
    size_t first = level == MC_HTML_SVG ? 0 : N_SVG_POINTS;
    size_t last = level == MC_HTML_SVG ? N_SVG_POINTS : N_OF(POINTS);
    for (size_t i = first; i < last; i++)
        if (is_name(name, POINTS[i]))
            push(foreign, MC_HTML_POINT + (unsigned)i);
}

void mc_html_end_foreign(mc_html_foreign *foreign, mc_bytes name) {
    unsigned level = foreign->levels[foreign->depth - 1];
    if (level >= MC_HTML_POINT) {
        if (is_name(name, POINTS[level - MC_HTML_POINT]))
            foreign->depth--;
    } else if (is_name(name, level == MC_HTML_SVG ? "svg" : "math")) {
        foreign->depth--;
    } else if (is_name(name, "p") || is_name(name, "br")) {
        while (mc_html_is_foreign(foreign))
            foreign->depth--;
    }
}
