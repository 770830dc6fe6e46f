/* Lists of images that were taken down. They lie beside the match indexes, so that whoever balances
 * these honours them. */
#ifndef MC_BALANCE_TAKEDOWNS_H
#define MC_BALANCE_TAKEDOWNS_H

#include "balance/index_set.h"

/* A list's name in the folder of the indexes: JSON lines, {"uid": ..., "why": ...}. */
#define MC_TAKEDOWN_LIST "takedown.jsonl"

/* Where lists are, or would be: one path a folder that holds indexes of the set, in byte order. The
 * caller frees them with mc_takedown_lists_free. */
MC_MUST_CHECK mc_status mc_takedown_lists(const mc_index_set *set, char ***paths, size_t *n,
                                          mc_error *error);
void mc_takedown_lists_free(char ***paths, size_t *n);

#endif
