/* Views of titles, counted by any number of threads in memory that is bounded. */
#ifndef MC_METADATA_TITLES_TABLE_H
#define MC_METADATA_TITLES_TABLE_H

#include "metadata/candidates.h"

typedef struct mc_titles_table mc_titles_table;

/* folder: for an unnamed temporary file, which is made when there are more titles than memory holds
 * (bytes, about; less than a mebibyte is not kept to); NULL: $TMPDIR, or /tmp. */
MC_MUST_CHECK mc_status mc_titles_table_create(mc_titles_table **out, const char *folder,
                                               uint64_t memory, mc_error *error);
void mc_titles_table_free(mc_titles_table *table);

typedef struct mc_title_views {
    mc_bytes title;
    uint64_t views;
    uint64_t hash; /* the rest is the table's own */
    size_t next;
} mc_title_views;

/* Adds views of n titles, which may be repeated; many threads at once. Sums stop at UINT64_MAX. */
MC_MUST_CHECK mc_status mc_titles_table_add(mc_titles_table *table, mc_title_views *items, size_t n,
                                            mc_error *error);

/* Adds the titles with at least min_views to out, in any order. The table is empty then. */
MC_MUST_CHECK mc_status mc_titles_table_gather(mc_titles_table *table, uint64_t min_views,
                                               mc_candidates *out, mc_error *error);

#endif
