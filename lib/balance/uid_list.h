/* Lists of uids, for --only and --exclude, and of images that were taken down. */
#ifndef MC_BALANCE_UID_LIST_H
#define MC_BALANCE_UID_LIST_H

#include <jansson.h>

#include "base/hash.h"
#include "metacurate/base.h"

/* Reads a file (compressed or not) with one uid a line: 24 or 32 hex digits, hyphens ignored, or a
 * JSON object with such a "uid" (as subset.jsonl.zst has them); blank lines are passed over. Calls
 * use for each; object is the line's, or NULL. MC_E_FORMAT names the line that is neither. */
MC_MUST_CHECK mc_status mc_uid_list_read(const char *path,
                                         mc_status (*use)(void *context, mc_u128 uid,
                                                          const json_t *object, mc_error *error),
                                         void *context, mc_error *error);

#endif
