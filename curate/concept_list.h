/* The concept list that -m names, ready for matching. */
#ifndef CURATE_CONCEPT_LIST_H
#define CURATE_CONCEPT_LIST_H

#include "options.h"

typedef struct concept_list {
    mc_concepts *concepts;
    const void *mapped; /* of an .mca file */
    size_t mapped_size;
    mc_audit_sources sources; /* of what `metadata build` wrote; of is NULL for other lists */
    mc_list *entries;         /* whose names the sources are */
} concept_list;

/* Maps an .mca, or reads and compiles any other list, under rules (a name, or NULL: the list's own,
 * or metaclip1). *list is empty after a failure. */
mc_status concept_list_open(concept_list *list, const char *path, const char *rules,
                            mc_error *error);
/* Warns of repeated entries. */
void concept_list_warn(const concept_list *list, const char *path);
void concept_list_close(concept_list *list);

#endif
