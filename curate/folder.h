/* Output folders: made, refused, cleared. */
#ifndef CURATE_FOLDER_H
#define CURATE_FOLDER_H

#include "options.h"

/* Makes sure that s->output is a folder that may be written to: a new or an empty one; with
 * --overwrite, one from which the files of an earlier run (and nothing else) are removed; with
 * --resume, one as it is. with_matches: match indexes are removed too. */
mc_status folder_prepare(const settings *s, bool with_matches, mc_error *error);

/* For commands whose output is one file: MC_E_EXISTS when it is there and --overwrite is not. */
mc_status folder_check_file(const settings *s, mc_error *error);

#endif
