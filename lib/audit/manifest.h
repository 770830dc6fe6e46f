/* Reading the manifest of a run. */
#ifndef MC_AUDIT_MANIFEST_H
#define MC_AUDIT_MANIFEST_H

#include <jansson.h>

#include "metacurate/base.h"

/* The whole manifest.json of a folder. MC_E_FORMAT when there is none. json_decref it. */
MC_MUST_CHECK mc_status mc_manifest_read(const char *folder, json_t **manifest, mc_error *error);

/* Paths of the match indexes it names, in its order; with matches not NULL, in that folder. Free
 * them with mc_free_paths. */
MC_MUST_CHECK mc_status mc_manifest_indexes(const char *folder, const char *matches,
                                            const json_t *manifest, char ***paths, size_t *n,
                                            mc_error *error);
void mc_free_paths(char ***paths, size_t *n);

#endif
