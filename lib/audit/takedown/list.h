/* The list of images that were taken down, in memory and as takedown.jsonl beside match indexes. */
#ifndef MC_AUDIT_TAKEDOWN_LIST_H
#define MC_AUDIT_TAKEDOWN_LIST_H

#include <jansson.h>

#include "balance/takedowns.h"

typedef struct mc_taken {
    mc_u128 uid;
    uint32_t why;    /* place of the reason in whys */
    uint32_t is_new; /* no file lists it */
} mc_taken;

/* A takedown.jsonl. */
typedef struct mc_takedown_file {
    uint64_t n;   /* uids it lists */
    bool ordered; /* by uid, each once */
    mc_u128 last;
} mc_takedown_file;

typedef struct mc_takedown_list {
    mc_taken *items; /* once sealed: by uid, each once */
    size_t n, capacity;
    uint64_t n_new;
    json_t *whys;   /* strings, each once */
    json_t *places; /* of them in whys */
    char **paths;   /* of the set's lists */
    size_t n_paths;
    mc_takedown_file *files; /* by path */
    size_t reading;          /* of these */
} mc_takedown_list;

/* Reads all lists beside the indexes of the set. Dispose it in any case. */
MC_MUST_CHECK mc_status mc_takedown_list_open(mc_takedown_list *list, const mc_index_set *set,
                                              mc_error *error);
void mc_takedown_list_dispose(mc_takedown_list *list);

/* Adds an image: why is "uid", "url" or "host NAME". Of several reasons the first of these stays,
 * and what is listed stays as it is. */
MC_MUST_CHECK mc_status mc_takedown_list_add(mc_takedown_list *list, mc_u128 uid, mc_bytes why,
                                             mc_error *error);
/* Puts it in order; nothing is added any more. */
void mc_takedown_list_seal(mc_takedown_list *list);
bool mc_takedown_list_has(const mc_takedown_list *list, mc_u128 uid);
/* Writes it wherever a file does not say just that, each file whole or not at all. */
MC_MUST_CHECK mc_status mc_takedown_list_write(const mc_takedown_list *list, mc_error *error);

#endif
