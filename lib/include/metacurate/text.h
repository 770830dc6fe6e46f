/* Text rules: decoding, spacing, and what an entry needs to be able to match.
 * All functions are pure and may be called from any thread. */
#ifndef METACURATE_TEXT_H
#define METACURATE_TEXT_H

#include <stdbool.h>

#include "metacurate/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which published matching rules apply. */
typedef enum mc_rules {
    MC_RULES_METACLIP1 = 1 /* " entry " is a substring of the spaced text */
} mc_rules;

/* "metaclip1"; NULL for a value that is none. */
const char *mc_rules_name(mc_rules rules);
/* MC_E_ARGUMENT with the known names when name is none. */
MC_MUST_CHECK mc_status mc_rules_parse(const char *name, mc_rules *out, mc_error *error);

/* True when size bytes at data are well-formed UTF-8 (Unicode 15, table 3-7). */
bool mc_utf8_valid(const char *data, size_t size);

/* Bytes mc_utf8_replace may write for size bytes of input. */
#define MC_UTF8_REPLACED_MAX(size) (3 * (size))

/* Copies data to out with each maximal ill-formed part replaced by U+FFFD, as WHATWG decoding
 * does. out holds MC_UTF8_REPLACED_MAX(size) bytes and does not overlap data. Returns the bytes
 * written; *n_replaced (when not NULL) is the number of replacements. */
size_t mc_utf8_replace(const char *data, size_t size, char *out, size_t *n_replaced);

/* Bytes mc_space may write for size bytes of input. */
#define MC_SPACED_MAX(size) (3 * (size) + 2)

/* Spaces a text as every rule set does: " " + text + " ", each of , . ; : ? ! ` with a space on
 * both sides, then tab, line feed and carriage return as spaces. out holds MC_SPACED_MAX(size)
 * bytes. Returns the bytes written. */
size_t mc_space(const char *text, size_t size, char *out);

/* True when an entry can never occur in any text under rules. Under metaclip1: it is empty, is no
 * valid UTF-8, holds a tab, line feed or carriage return (texts have none after spacing), holds a
 * mark of mc_space that touches anything but spaces and the ends, or two marks with a single space
 * between them (spacing leaves at least two there). Every other entry occurs in some text. */
bool mc_entry_is_dead(const char *entry, size_t size, mc_rules rules);

#ifdef __cplusplus
}
#endif
#endif
