/* What the stripper of wikitext is made of. */
#ifndef MC_METADATA_WIKITEXT_PARTS_H
#define MC_METADATA_WIKITEXT_PARTS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "metadata/wiki_names.h"

typedef enum mc_wikitext_action {
    MC_TAG_INLINE,  /* nothing stands for the tag */
    MC_TAG_BLOCK,   /* begins a line */
    MC_TAG_TABLE,   /* opens or closes a table */
    MC_TAG_NOWIKI,  /* content is no markup */
    MC_TAG_REF,     /* content is left out; cannot hold another of its kind */
    MC_TAG_LEFT_OUT /* content is left out */
} mc_wikitext_action;

typedef struct mc_wikitext_tag {
    mc_bytes name;
    mc_wikitext_action action;
    bool closing, alone; /* </a>, <a/> */
    unsigned id;         /* less than 64: of those whose content is left out or no markup */
    const char *end;     /* behind it */
} mc_wikitext_tag;

/* True when a tag stands at p, which is a '<'. */
bool mc_wikitext_tag_read(const char *p, const char *end, mc_wikitext_tag *tag);
/* Where the tag's content ends: at its closing tag, or NULL when there is none (a reference ends
 * before the next reference at the latest: then NULL, too). */
const char *mc_wikitext_tag_close(const mc_wikitext_tag *tag, const char *end);

/* What is left of a link whose text lies in out from start on; pipes are where its bars are in out
 * (SIZE_MAX: none). closed: it has an end; else the text behind it is in out, too, and stays. */
void mc_wikitext_link(mc_buffer *out, size_t start, size_t first_pipe, size_t last_pipe,
                      bool closed, const mc_wiki_names *names);
/* The same for -{ }-: the first of the variants. */
void mc_wikitext_variant(mc_buffer *out, size_t start);
/* Takes what looks like a template's or table's parameters out of what lies from start on. */
void mc_wikitext_drop_bars(mc_buffer *out, size_t start);

/* White space, invisible characters and what templates leave of brackets. Adds the line feed at the
 * end, for which there must be room. */
void mc_wikitext_tidy(mc_buffer *out, size_t start);

#endif
