/* One JSON object at a time, by simdjson: the only door to C++.
 *
 * Values handed out are borrowed from the object and the parser until the next mc_json_parse.
 */
#ifndef MC_POOL_JSON_SHIM_H
#define MC_POOL_JSON_SHIM_H

#include <stdbool.h>

#include "metacurate/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MC_JSON_PADDING 64 /* readable bytes wanted after a document */
#define MC_JSON_FIELDS_MAX 16

typedef struct mc_json mc_json;

typedef enum mc_json_type {
    MC_JSON_MISSING,
    MC_JSON_NULL,
    MC_JSON_BOOLEAN,
    MC_JSON_SIGNED,   /* a whole number that an int64_t holds */
    MC_JSON_UNSIGNED, /* one that only a uint64_t holds */
    MC_JSON_DOUBLE,   /* any other number */
    MC_JSON_STRING,
    MC_JSON_ARRAY,
    MC_JSON_OBJECT
} mc_json_type;

typedef struct mc_json_value {
    mc_json_type type;
    union {
        mc_bytes string; /* well-formed UTF-8 */
        int64_t whole;
        uint64_t natural;
        double real;
    } as;
} mc_json_value;

MC_MUST_CHECK mc_status mc_json_create(mc_json **out, mc_error *error);
void mc_json_free(mc_json *json);

/* Parses a document, checking all of it. MC_E_FORMAT with *problem (a constant string) when it is
 * no JSON object or holds what the parser does not take: ill-formed UTF-8, an unpaired surrogate, a
 * number out of range. MC_E_MEMORY is the other failure. */
MC_MUST_CHECK mc_status mc_json_parse(mc_json *json, const char *data, size_t size,
                                      const char **problem);

/* The values of n <= MC_JSON_FIELDS_MAX fields of the object; of repeated keys the last counts.
 * by_length has 64 items; bit i of by_length[size & 63] says that names[i] has that size. */
void mc_json_fields(mc_json *json, const mc_bytes *names, size_t n, const uint16_t *by_length,
                    mc_json_value *values);

/* The first max keys of the object, in order; returns how many there are of these. */
size_t mc_json_keys(const mc_json *json, mc_bytes *keys, size_t max);

/* Walks the array that mc_json_fields found for names[field]: begin, then next until it is false.
 * Where the item is an array itself, inner holds its first items (MC_JSON_MISSING: not there). */
#define MC_JSON_INNER 3
void mc_json_items(mc_json *json, size_t field);
bool mc_json_next_item(mc_json *json, mc_json_value *item, mc_json_value inner[MC_JSON_INNER]);

/* mc_utf8_valid, vectorised. */
bool mc_json_utf8_valid(const char *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif
