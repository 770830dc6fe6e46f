/* The list behind mc_list, for the files of this folder. */
#ifndef MC_METADATA_LIST_H
#define MC_METADATA_LIST_H

#include "metacurate/metadata.h"

#define MC_LIST_NO_SOURCE UINT32_MAX

typedef struct mc_list_block mc_list_block; /* memory that entries lie in */

/* Where an entry comes from. */
typedef struct mc_list_origin {
    uint32_t source; /* index in names, or MC_LIST_NO_SOURCE */
    uint32_t rank;   /* within its source, from 1; 0: not known */
    double score;    /* what it was ranked by; NaN: nothing */
} mc_list_origin;

struct mc_list {
    mc_bytes *entries;
    mc_list_origin *origins;
    size_t n, entries_capacity, origins_capacity;
    char **names;
    size_t n_names, names_capacity;
    mc_list_block *blocks; /* the one being filled first */
    struct json_t *about;  /* object: recipe, inputs, totals, as in the file; NULL: nothing */
};

/* Adds a name of a source, without looking for an equal one. */
MC_MUST_CHECK mc_status mc_list_add_name(mc_list *list, const char *name, mc_error *error);
/* Index of a name of a source, added if it is new. NULL is MC_LIST_NO_SOURCE. */
MC_MUST_CHECK mc_status mc_list_find_name(mc_list *list, const char *name, uint32_t *source,
                                          mc_error *error);
/* mc_list_add with the source's index, without score and rank. */
MC_MUST_CHECK mc_status mc_list_append(mc_list *list, mc_bytes entry, uint32_t source,
                                       mc_error *error);
/* The same with all that is known of the entry. */
MC_MUST_CHECK mc_status mc_list_append_ranked(mc_list *list, mc_bytes entry, mc_list_origin origin,
                                              mc_error *error);

#endif
