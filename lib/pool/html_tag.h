/* The inside of a tag, from behind its name to behind its '>': the attribute states of the
 * standard. Once to read attributes, once only to find the end, which most tags want. */
#ifndef MC_POOL_HTML_TAG_H
#define MC_POOL_HTML_TAG_H

#include "metacurate/base.h"
#include "pool/html_cursor.h"

typedef struct mc_html_attribute {
    mc_bytes name, value; /* as written; the value's size is 0 where there is none */
} mc_html_attribute;

/* Reads the attribute at *at and moves *at behind it. False when there is none: *at is then behind
 * the tag's '>', or NULL where the page ends within the tag. */
bool mc_html_next_attribute(const char **at, const char *end, mc_html_attribute *attribute);

/* Behind the '>' of the tag, or NULL where the page ends within it. *self_closing: it ends in
 * "/>". */
const char *mc_html_skip_attributes(mc_html_cursor *cursor, const char *p, bool *self_closing);

#endif
