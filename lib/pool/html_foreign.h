/* Whether tags are those of HTML or of SVG and MathML within it, as far as that can be told without
 * a tree. It matters to images: within <svg> an <image> is not an <img>, a <base> is none, a
 * <title/> is closed, and <style> and CDATA sections are read otherwise. */
#ifndef MC_POOL_HTML_FOREIGN_H
#define MC_POOL_HTML_FOREIGN_H

#include <stdbool.h>

#include "metacurate/base.h"

#define MC_HTML_FOREIGN_MAX 64

typedef enum mc_html_level {
    MC_HTML_SVG = 1,
    MC_HTML_MATH,
    MC_HTML_POINT /* from here on; HTML within foreign content: the index of its name is added */
} mc_html_level;

/* Open foreign elements and the points where HTML begins again in them; what is nested deeper than
 * the array is counted as part of what is around it. */
typedef struct mc_html_foreign {
    unsigned char levels[MC_HTML_FOREIGN_MAX];
    size_t depth;
} mc_html_foreign; /* {0}: none */

/* True when the tags to come are foreign. */
static inline bool mc_html_is_foreign(const mc_html_foreign *foreign) {
    return foreign->depth > 0 && foreign->levels[foreign->depth - 1] < MC_HTML_POINT;
}

/* After <svg> or <math>. */
void mc_html_open_foreign(mc_html_foreign *foreign, mc_html_level level);

/* A start tag in foreign content. True when it is an element of HTML, which ends that content. */
bool mc_html_leaves_foreign(mc_html_foreign *foreign, mc_bytes name);

/* A start tag that stays in foreign content and is not self-closing. */
void mc_html_start_foreign(mc_html_foreign *foreign, mc_bytes name);

/* An end tag while depth > 0. */
void mc_html_end_foreign(mc_html_foreign *foreign, mc_bytes name);

#endif
