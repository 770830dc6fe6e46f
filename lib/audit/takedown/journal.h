/* Replacing several files of a folder so that a kill at any moment leaves them all as they were or
 * lets them all be finished.
 *
 * New versions are written beside the files, as .NAME.takedown; then takedown.pending, the journal,
 * says which they are; then they are renamed, in its order, and it is removed. Whoever finds a
 * journal goes on with the renames; without one, new versions are removed. */
#ifndef MC_AUDIT_TAKEDOWN_JOURNAL_H
#define MC_AUDIT_TAKEDOWN_JOURNAL_H

#include <stdbool.h>

#include <jansson.h>

#include "base/hash.h"
#include "match/resume.h"

#define MC_CHANGES_FILE "changes.jsonl"

/* A file, and the XXH3_128bits of its versions. */
typedef struct mc_change {
    char *file;  /* below the folder */
    bool is_new; /* there was none before */
    mc_u128 before, after;
} mc_change;

typedef struct mc_changes {
    mc_change *items;
    size_t n, capacity;
    uint64_t n_taken_down; /* pairs */
    unsigned forms;        /* of the report, which is made again (MC_REPORT_...) */
} mc_changes;              /* {0} is empty */

void mc_changes_dispose(mc_changes *changes);

/* Where the new version of a file is written, with a sink; and, once it is, entering it. */
MC_MUST_CHECK mc_status mc_changes_path(const char *folder, const char *file,
                                        char path[MC_PATH_MAX], mc_error *error);
MC_MUST_CHECK mc_status mc_changes_add(mc_changes *changes, const char *folder, const char *file,
                                       mc_error *error);
/* {"file", "before", "after"} of all but changes.jsonl; NULL when there is no memory. */
json_t *mc_changes_describe(const mc_changes *changes);

/* Writes the journal; and puts the new versions in place. What fails from then on is finished by
 * mc_changes_recover. */
MC_MUST_CHECK mc_status mc_changes_write(const mc_changes *changes, const char *folder,
                                         mc_error *error);
MC_MUST_CHECK mc_status mc_changes_apply(const mc_changes *changes, const char *folder,
                                         mc_error *error);

/* Finishes what was begun: *changes is what is in place now, empty when there was nothing.
 * MC_E_FORMAT for a damaged journal, MC_E_MISMATCH when its files are others by now; that of a run
 * that was made anew since is dropped. */
MC_MUST_CHECK mc_status mc_changes_recover(mc_changes *changes, const char *folder,
                                           mc_error *error);
/* Removes new versions that no journal names. */
void mc_changes_discard(const char *folder);

/* The forms of the report that are still to be made after a change; 0: none. And that they are. */
unsigned mc_changes_forms_due(const char *folder);
void mc_changes_forms_done(const char *folder);

/* True when a takedown of the folder was begun and not finished. */
bool mc_takedown_pending(const char *folder);

#endif
