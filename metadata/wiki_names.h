/* Names of namespaces that links begin with: files and categories, in whatever language. */
#ifndef MC_METADATA_WIKI_NAMES_H
#define MC_METADATA_WIKI_NAMES_H

#include "base/buffer.h"
#include "metacurate/base.h"

typedef enum mc_wiki_name {
    MC_WIKI_NAME_OTHER,
    MC_WIKI_NAME_FILE,
    MC_WIKI_NAME_CATEGORY,
    MC_WIKI_NAME_LANGUAGE /* of another Wikipedia: "de" */
} mc_wiki_name;

/* What a dump says of itself, beside the names that are known anyway. {0}: nothing. */
typedef struct mc_wiki_names {
    mc_buffer bytes; /* a digit (mc_wiki_name) and the folded name, each ended by NUL */
} mc_wiki_names;

/* Takes the names from the <siteinfo> at a dump's beginning, when there is one. */
MC_MUST_CHECK mc_status mc_wiki_names_read(mc_wiki_names *names, mc_bytes dump, mc_error *error);
void mc_wiki_names_dispose(mc_wiki_names *names);

/* What a link's prefix (before its colon) says. names may be NULL. */
mc_wiki_name mc_wiki_names_find(const mc_wiki_names *names, mc_bytes prefix);

#endif
