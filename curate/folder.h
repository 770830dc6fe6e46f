/* Output folders: made, refused, cleared. */
#ifndef CURATE_FOLDER_H
#define CURATE_FOLDER_H

#include "options.h"

/* What a command leaves in its folder, beside the documents. */
typedef enum folder_kind {
    FOLDER_MATCHED,  /* matches/, and all that balancing leaves */
    FOLDER_BALANCED, /* subset/, ... */
    FOLDER_EXTRACTED /* pairs/, ... */
} folder_kind;

/* Makes sure that s->output is a folder that may be written to: a new or an empty one; with
 * --overwrite, one from which the files of an earlier run of that kind (and nothing else) are
 * removed; with --resume, one as it is. */
mc_status folder_prepare(const settings *s, folder_kind kind, mc_error *error);

/* True when folder_prepare would refuse s->output for what is in it. */
bool folder_is_refused(const settings *s);

/* For commands whose output is one file: MC_E_EXISTS when it is there and --overwrite is not. */
mc_status folder_check_file(const settings *s, mc_error *error);

#endif
