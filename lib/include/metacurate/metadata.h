/* The metadata builder: concept lists read, built and written. */
#ifndef METACURATE_METADATA_H
#define METACURATE_METADATA_H

#include "metacurate/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_list mc_list; /* entries in order, each with the name of its source */

MC_MUST_CHECK mc_status mc_list_create(mc_list **out, mc_error *error);
void mc_list_free(mc_list *list);

/* Appends an entry (copied). source may be NULL: unknown. */
MC_MUST_CHECK mc_status mc_list_add(mc_list *list, mc_bytes entry, const char *source,
                                    mc_error *error);

size_t mc_list_count(const mc_list *list);
/* All entries; borrowed, valid until the list changes. */
const mc_bytes *mc_list_entries(const mc_list *list);
/* Name of the entry's source, or NULL. */
const char *mc_list_source(const mc_list *list, size_t id);

/* Reads a concept list of up to 1 GiB, compressed or not, told by content: when the first character
 * (white space and a byte order mark aside) is [ or {, a JSON array of strings or what
 * mc_list_write writes; else UTF-8 text with one entry a line (LF or CRLF; lines with nothing but
 * spaces and tabs are passed over). Unpaired surrogates and invalid UTF-8 become U+FFFD. The path
 * "-" is standard input. Entries of any content are taken, empty and repeated ones, too.
 * MC_E_FORMAT names the line of a syntax error or the entry that is no string. */
MC_MUST_CHECK mc_status mc_list_read(mc_list **out, const char *path, mc_error *error);

/* Writes the list atomically as JSON: {"metacurate":"metadata","version":1,"sources":[names],
 * "entries":[[entry, source index or null], ...]}, one entry a line; invalid UTF-8 becomes U+FFFD.
 * Same list, same bytes. */
MC_MUST_CHECK mc_status mc_list_write(const mc_list *list, const char *path, mc_error *error);

/* Appends the numbers 0 to 99 (source "number"). */
MC_MUST_CHECK mc_status mc_list_add_numbers(mc_list *list, mc_error *error);

/* Appends WordNet's names (source "wordnet") from the database files in folder (data.noun,
 * data.verb, data.adj, data.adv; format: wndb(5WN)): of each synset the first lemma in lower case,
 * without its syntactic marker, (a), (p) or (ip), cut at its first dot, underscores as spaces;
 * single ASCII punctuation marks, empty names and names already in the list are left out.
 * *n_synsets (when not NULL) is the number of synsets read. MC_E_FORMAT with file and line offset
 * for a file that is not WordNet's; on failure no name of WordNet is in the list. */
MC_MUST_CHECK mc_status mc_list_add_wordnet(mc_list *list, const char *folder, size_t *n_synsets,
                                            mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
