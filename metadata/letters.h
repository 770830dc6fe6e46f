/* Letters of entries: which script they are of, and their lower case. Both from small tables, which
 * are enough to look through a list by; nothing that is matched depends on them. */
#ifndef MC_METADATA_LETTERS_H
#define MC_METADATA_LETTERS_H

#include <stdint.h>

#include "base/buffer.h"
#include "metacurate/base.h"

/* Next code point of well-formed UTF-8; *at moves behind it. Ill-formed bytes are U+FFFD each. */
uint32_t mc_letter_next(const char **at, const char *end);

typedef uint8_t mc_script;
#define MC_SCRIPT_NONE 0    /* digits, marks, symbols, spaces */
#define MC_SCRIPT_SEVERAL 1 /* of an entry: letters of more than one script */
#define MC_SCRIPT_OTHER 2   /* a letter of a script that the table lacks */
#define MC_SCRIPTS_MAX 64

mc_script mc_script_of_letter(uint32_t code_point);
/* The script of an entry's letters. */
mc_script mc_script_of(mc_bytes entry);
/* "Latin", ...; NULL beyond the last. */
const char *mc_script_name(mc_script script);

/* Simple case folding of Latin, Greek, Cyrillic, Armenian and full-width letters; others stay. */
uint32_t mc_letter_fold(uint32_t code_point);
/* The folded entry, appended. */
MC_MUST_CHECK mc_status mc_fold(mc_buffer *out, mc_bytes entry, mc_error *error);

#endif
