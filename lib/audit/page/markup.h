/* Writing HTML and SVG into a buffer. The first failure is kept and everything after it does
 * nothing, so that callers look at the status once, at their end. Whatever comes from data goes
 * through one of the functions that escape it; mc_markup_raw takes literals of the program alone.
 */
#ifndef MC_AUDIT_PAGE_MARKUP_H
#define MC_AUDIT_PAGE_MARKUP_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"

enum { MC_MARKUP_LONGEST = 160 }; /* code points of a text that are shown */

typedef struct mc_markup {
    mc_buffer out;
    mc_status status;
    mc_error *error;
} mc_markup; /* {.error = error} is an empty one */

void mc_markup_raw(mc_markup *m, const char *text);
/* For numbers and names of the program; nothing is escaped. */
void mc_markup_printf(mc_markup *m, const char *format, ...) MC_PRINTF(2, 3);
void mc_markup_bytes(mc_markup *m, const void *data, size_t size);

/* Plain text: & < > " ' as references. Control characters, bidirectional controls, invisible ones
 * and ill-formed bytes are shown as \u202e and the like. */
void mc_markup_text(mc_markup *m, mc_bytes text);
void mc_markup_string(mc_markup *m, const char *text);
/* A string of the data as an isolated element: cut after MC_MARKUP_LONGEST code points, its length
 * then said; null says that it is not known. */
void mc_markup_entry(mc_markup *m, const json_t *string);

/* A string of the data as a JSON string that may stand in a script element; null for none. */
void mc_markup_json(mc_markup *m, const json_t *string);

/* Numbers as people read them. Each of null, or of what is no number, is a dash. */
void mc_markup_count(mc_markup *m, uint64_t value);             /* 1,234,567 */
void mc_markup_real(mc_markup *m, double value);                /* 4 significant digits; infinity */
void mc_markup_share(mc_markup *m, double value);               /* of 1, as per cent */
void mc_markup_decimal(mc_markup *m, double value, int places); /* 1,234.57 */
void mc_markup_fixed(mc_markup *m, double value, int places);   /* in any locale; for coordinates */
void mc_markup_compact(mc_markup *m, double value);             /* 2.5k, 10M: for ticks */
void mc_markup_bytes_size(mc_markup *m, double bytes);          /* 12.3 MB */
/* The number that a document holds: an integer, a real, a string of digits, or "inf". */
void mc_markup_number(mc_markup *m, const json_t *number);

/* NaN where it is none. */
double mc_document_number(const json_t *number);
uint64_t mc_document_count(const json_t *number);
/* object[key], also where object is null. */
const json_t *mc_document_get(const json_t *object, const char *key);
bool mc_document_has(const json_t *object, const char *key);         /* there, and not null */
const char *mc_document_text(const json_t *object, const char *key); /* "" where it is none */

#endif
