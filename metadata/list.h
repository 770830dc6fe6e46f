/* The list behind mc_list, for the files of this folder. */
#ifndef MC_METADATA_LIST_H
#define MC_METADATA_LIST_H

#include "metacurate/metadata.h"

#define MC_LIST_NO_SOURCE UINT32_MAX

typedef struct mc_list_block mc_list_block; /* memory that entries lie in */

struct mc_list {
    mc_bytes *entries;
    uint32_t *sources; /* of each entry: index in names, or MC_LIST_NO_SOURCE */
    size_t n, entries_capacity, sources_capacity;
    char **names;
    size_t n_names, names_capacity;
    mc_list_block *blocks; /* the one being filled first */
};

/* Adds a name of a source, without looking for an equal one. */
MC_MUST_CHECK mc_status mc_list_add_name(mc_list *list, const char *name, mc_error *error);
/* Index of a name of a source, added if it is new. NULL is MC_LIST_NO_SOURCE. */
MC_MUST_CHECK mc_status mc_list_find_name(mc_list *list, const char *name, uint32_t *source,
                                          mc_error *error);
/* mc_list_add with the source's index. */
MC_MUST_CHECK mc_status mc_list_append(mc_list *list, mc_bytes entry, uint32_t source,
                                       mc_error *error);

#endif
