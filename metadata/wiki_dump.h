/* Pages of a MediaWiki export, one at a time: <page>...</page> by expat. */
#ifndef MC_METADATA_WIKI_DUMP_H
#define MC_METADATA_WIKI_DUMP_H

#include <stdbool.h>

#include "base/buffer.h"
#include "metacurate/base.h"

typedef struct mc_wiki_parser mc_wiki_parser; /* one thread's */

typedef struct mc_wiki_page {
    mc_bytes title, text; /* text: of the last revision; borrowed until the next page */
    bool article;         /* of the main namespace, no redirect, wikitext; else text is empty */
} mc_wiki_page;

MC_MUST_CHECK mc_status mc_wiki_parser_create(mc_wiki_parser **out, mc_error *error);
void mc_wiki_parser_free(mc_wiki_parser *parser);

/* Parses a page, from its "<page" to the end of its "</page>", in UTF-8. MC_E_FORMAT says what is
 * wrong with it; its title stays known when it came before. */
MC_MUST_CHECK mc_status mc_wiki_parse(mc_wiki_parser *parser, mc_bytes xml, mc_wiki_page *page,
                                      mc_error *error);

#endif
