/* Keeping two takedowns from changing the files of a folder at the same time. */
#ifndef MC_AUDIT_TAKEDOWN_LOCK_H
#define MC_AUDIT_TAKEDOWN_LOCK_H

#include "metacurate/base.h"

typedef struct mc_takedown_lock {
    char *path;
    int fd;
} mc_takedown_lock; /* {0} is none */

/* Locks the folder of the file at path (or that folder itself, where path ends with a slash).
 * MC_E_EXISTS when another process has it. A folder that may not be written to is left as it is. */
MC_MUST_CHECK mc_status mc_takedown_lock_take(mc_takedown_lock *lock, const char *path,
                                              mc_error *error);
void mc_takedown_lock_release(mc_takedown_lock *lock);

#endif
