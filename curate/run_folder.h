/* A folder that match, balance or curate wrote, with the concept list that goes with it. */
#ifndef CURATE_RUN_FOLDER_H
#define CURATE_RUN_FOLDER_H

#include "concept_list.h"

typedef struct run_folder {
    char **indexes; /* with --matches */
    size_t n_indexes;
    concept_list list;
    mc_audit_options options;
} run_folder;

/* The list is what -m names, else what the folder's manifest does, where that is there and the same
 * as it was; else there is none, which is said. Close it in any case. */
mc_status run_folder_open(run_folder *run, const settings *s, const char *folder, mc_error *error);
void run_folder_close(run_folder *run);

#endif
