/* Writing Markdown into a buffer. The first failure is kept and everything after it does nothing,
 * so that callers look at the status once, at their end. Whatever comes from data goes through
 * mc_markdown_text, mc_markdown_code or mc_markdown_shell. */
#ifndef MC_AUDIT_CARD_MARKDOWN_H
#define MC_AUDIT_CARD_MARKDOWN_H

#include <jansson.h>

#include "base/buffer.h"

enum { MC_MARKDOWN_LONGEST = 120 }; /* code points of a string that are shown */

typedef struct mc_markdown {
    mc_buffer out;
    mc_status status;
    mc_error *error;
} mc_markdown; /* {.error = error} is an empty one */

/* Text of the program, numbers and names that it chose. */
void mc_markdown_printf(mc_markdown *m, const char *format, ...) MC_PRINTF(2, 3);

/* A string of the data as plain text that may stand in a line or in the cell of a table: what means
 * something in Markdown is escaped, invisible characters are shown as [U+202E], and what is longer
 * than MC_MARKDOWN_LONGEST is cut. */
void mc_markdown_text(mc_markdown *m, mc_bytes text);
/* The same as code, where code can hold it, else as text. */
void mc_markdown_code(mc_markdown *m, mc_bytes text);
/* A word of a command line, quoted for the shell where it must be. Whole and on one line. */
void mc_markdown_shell(mc_markdown *m, mc_bytes word);

/* A JSON value: strings as code, others as JSON has them, null as "-". */
void mc_markdown_value(mc_markdown *m, const json_t *value);
/* 1,234,567; what is no count as mc_markdown_value has it. */
void mc_markdown_count(mc_markdown *m, const json_t *value);
/* 1,234.5 or 0.123456; what is no number as mc_markdown_value has it. */
void mc_markdown_real(mc_markdown *m, const json_t *value);
/* Of 1, as per cent. */
void mc_markdown_share(mc_markdown *m, const json_t *value);

#endif
