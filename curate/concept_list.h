/* The concept list that -m names, ready for matching. */
#ifndef CURATE_CONCEPT_LIST_H
#define CURATE_CONCEPT_LIST_H

#include "options.h"

typedef struct concept_list {
    mc_concepts *concepts;
    const void *mapped; /* of an .mca file */
    size_t mapped_size;
} concept_list;

/* Maps an .mca, or reads and compiles any other list; warns of repeated entries. */
mc_status concept_list_open(concept_list *list, const settings *s, mc_error *error);
void concept_list_close(concept_list *list);

#endif
