/* Answers of an audit, printed for people or as they are. */
#ifndef CURATE_AUDIT_PRINT_H
#define CURATE_AUDIT_PRINT_H

#include <stdbool.h>

#include "metacurate.h"

/* Prints a document that an audit gave (its member "metacurate" says which): as JSON, or as text in
 * which no string can move the cursor. */
mc_status audit_print(const char *json, bool as_json, mc_error *error);

#endif
