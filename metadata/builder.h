/* A list being built: what the files of the builder share. */
#ifndef MC_METADATA_BUILDER_H
#define MC_METADATA_BUILDER_H

#include <jansson.h>

#include "metadata/name_set.h"
#include "metadata/recipe.h"

typedef struct mc_builder {
    const mc_metadata_options *options;
    const char *project;
    mc_list *list;
    mc_name_set names;
    mc_buffer ledger;
    mc_ngrams *ngrams;               /* NULL until a source asks for them */
    uint64_t taken[MC_ORIGIN_COUNT]; /* candidates that were in a source's quota */
    json_t *inputs, *totals;         /* of the list's document */
} mc_builder;

/* Fills out with the candidates of a source, in the order in which they are taken, and notes its
 * inputs and totals. */
MC_MUST_CHECK mc_status mc_builder_fill(mc_builder *builder, const mc_recipe_step *step,
                                        mc_candidates *out, mc_error *error);

/* Notes inputs in the list's document: base name, size and digest (NULL: they are found out) of
 * each. What is no file (standard input, a server's) has no size, and without digests no digest. */
MC_MUST_CHECK mc_status mc_builder_note_inputs(mc_builder *builder, const char *kind,
                                               mc_paths files, const mc_u128 *digests,
                                               mc_error *error);

/* Numbers for the list's document, under a name of their own. */
typedef struct mc_builder_number {
    const char *name;
    uint64_t value;
} mc_builder_number;
MC_MUST_CHECK mc_status mc_builder_note_totals(mc_builder *builder, const char *name,
                                               const mc_builder_number *numbers, size_t n,
                                               mc_error *error);

#endif
