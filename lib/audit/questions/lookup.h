/* From an entry's string to its id: a hash table over the entries whose strings are known. Of
 * entries with the same string it holds the one with the largest count, and of those the first. */
#ifndef MC_AUDIT_QUESTIONS_LOOKUP_H
#define MC_AUDIT_QUESTIONS_LOOKUP_H

#include <stdbool.h>

#include "balance/index_set.h"

typedef struct mc_lookup {
    const mc_entry_table *entries;
    uint32_t *slots; /* id + 1; 0: empty */
    size_t mask;     /* number of slots, a power of 2, less 1 */
    char *folded;    /* room for one string when ASCII letters of both cases are one; or NULL */
} mc_lookup;         /* one thread's, as it may write to folded */

/* With fold strings are the same that differ in the case of ASCII letters alone. */
MC_MUST_CHECK mc_status mc_lookup_init(mc_lookup *lookup, const mc_entry_table *entries,
                                       const uint64_t *counts, bool fold, mc_error *error);
void mc_lookup_dispose(mc_lookup *lookup);
bool mc_lookup_find(const mc_lookup *lookup, mc_bytes string, uint32_t *id);

#endif
