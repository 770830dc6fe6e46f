/* The language of a text, by CLD2 or a fastText model. */
#ifndef MC_POOL_LID_H
#define MC_POOL_LID_H

#include "pool/batch.h"

/* A text's first bytes tell its language: this many (fewer where a character would be cut). */
#define MC_LID_TEXT_MAX (64u << 10)

typedef struct mc_lid_model mc_lid_model;     /* shared by all threads */
typedef struct mc_lid_scratch mc_lid_scratch; /* one thread's */

/* *out is NULL for MC_LID_NONE. MC_E_ARGUMENT when path does not fit kind; MC_E_IO, MC_E_FORMAT for
 * a model file that cannot be read, is cut short or tells no languages. */
MC_MUST_CHECK mc_status mc_lid_create(mc_lid_model **out, mc_lid kind, const char *path,
                                      mc_error *error);
void mc_lid_free(mc_lid_model *model);

MC_MUST_CHECK mc_status mc_lid_scratch_create(mc_lid_scratch **out, const mc_lid_model *model,
                                              mc_error *error);
void mc_lid_scratch_free(mc_lid_scratch *scratch);

/* text is well-formed UTF-8. 0: not known. MC_E_MEMORY is the only failure. */
MC_MUST_CHECK mc_status mc_lid_detect(const mc_lid_model *model, mc_lid_scratch *scratch,
                                      mc_bytes text, mc_language *language, mc_error *error);

#endif
