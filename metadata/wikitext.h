/* Wikitext to plain text: what a reader of the article sees as running text.
 *
 * Out: templates, tables, references, comments, files, galleries, formulas, code, links to
 * categories and other languages, URLs, magic words, tags (their content stays), quotes that stand
 * for italics and bold. Links leave their label. Character references are resolved, doubly escaped
 * ones too. A paragraph, heading or list item is a line of its own, without its markup; white space
 * is single spaces.
 *
 * Markup that is opened and never closed costs its opening mark, not the text behind it. */
#ifndef MC_METADATA_WIKITEXT_H
#define MC_METADATA_WIKITEXT_H

#include "base/buffer.h"
#include "metadata/wiki_names.h"

/* Appends the plain text of wikitext, which is empty or ends with a line feed. Linear time whatever
 * the markup; well-formed UTF-8 for well-formed wikitext. names may be NULL. */
MC_MUST_CHECK mc_status mc_wikitext_strip(mc_bytes wikitext, const mc_wiki_names *names,
                                          mc_buffer *out, mc_error *error);

#endif
