/* Which strings a list has already: an open-addressed table of entry ids, by XXH3_64bits. */
#ifndef MC_METADATA_NAME_SET_H
#define MC_METADATA_NAME_SET_H

#include <stdbool.h>

#include "metadata/list.h"

typedef struct mc_name_set {
    const mc_list *list;
    uint64_t *slots; /* id + 1; 0 is free */
    size_t n_slots;  /* a power of two */
    size_t n;
} mc_name_set;

/* A set of the entries that list has now. The list must outlive it. */
MC_MUST_CHECK mc_status mc_name_set_init(mc_name_set *set, const mc_list *list, mc_error *error);
void mc_name_set_dispose(mc_name_set *set);

/* True when name is in the set. */
bool mc_name_set_has(const mc_name_set *set, mc_bytes name);
/* The id of the entry that equals name, the first that was taken in; MC_NO_ID when none does. */
#define MC_NO_ID SIZE_MAX
size_t mc_name_set_find(const mc_name_set *set, mc_bytes name);
/* Takes in the list's entry with this id, unless an equal one is there. */
MC_MUST_CHECK mc_status mc_name_set_add(mc_name_set *set, size_t id, mc_error *error);

#endif
