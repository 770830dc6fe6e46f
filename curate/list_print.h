/* Entries of concept lists, printed and as JSON. */
#ifndef CURATE_LIST_PRINT_H
#define CURATE_LIST_PRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "metacurate.h"

#define LIST_PRINT_FEW 20 /* of a long list */

/* Prints so that nothing in it can move the cursor or end the line. */
void print_entry(mc_bytes entry);
/* The same of a name, padded with spaces to width bytes. */
void print_name(const char *name, int width);

/* A line an entry, with its id: all, or a few and how many there are more. */
void print_ids(const mc_list *list, const uint64_t *ids, size_t n, bool all);
/* "... and 7 more (--all)", where that is so. */
void print_rest(size_t n, bool all);

/* {"id":..., "entry":...}, with_source besides "source", "score" and "rank". */
json_t *entry_document(const mc_list *list, uint64_t id, bool with_source);
json_t *ids_document(const mc_list *list, const uint64_t *ids, size_t n);

/* Prints a document (NULL: there was no memory for it) and frees it. */
mc_status print_document(json_t *document, mc_error *error);

#endif
