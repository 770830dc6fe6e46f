/* Which fields of a record are wanted: the names given by the options, or the usual ones. */
#ifndef MC_POOL_FIELDS_H
#define MC_POOL_FIELDS_H

#include "pool/batch.h"

typedef enum mc_field {
    MC_FIELD_TEXTS,
    MC_FIELD_TEXT,
    MC_FIELD_URL,
    MC_FIELD_ID,
    MC_FIELD_UID,
    MC_FIELD_UUID,
    MC_FIELD_LANGUAGE,
    MC_N_FIELDS
} mc_field;

#define MC_FIELD_NAMES_MAX 16

/* Names of a field f: names[first[f]] up to names[first[f + 1]], the preferred one first. */
typedef struct mc_fields {
    mc_bytes names[MC_FIELD_NAMES_MAX];
    size_t n;
    size_t first[MC_N_FIELDS + 1];
    uint16_t by_length[64]; /* bit i of [size & 63]: names[i] has that size */
} mc_fields;

/* The names are borrowed from options. */
void mc_fields_init(mc_fields *fields, const mc_pool_options *options);

/* Place of name among the names of field, from 0; MC_FIELD_NAMES_MAX when it is none of them. */
size_t mc_fields_rank(const mc_fields *fields, mc_field field, mc_bytes name);

static inline bool mc_fields_has(const mc_fields *fields, mc_field field) {
    return fields->first[field] < fields->first[field + 1];
}

/* The language that a field's value names; 0 when it is no code, or one for "not known": un, und,
 * unknown, nolang. */
mc_language mc_fields_language(mc_bytes value);

/* Appends ", NAME" (NAME when list is empty) to the text in list, with names cut and made harmless;
 * nothing when there is no room. */
void mc_names_append(char *list, size_t size, mc_bytes name);

#endif
