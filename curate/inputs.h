/* Inputs that name a pool, and those that cannot be meant. */
#ifndef CURATE_INPUTS_H
#define CURATE_INPUTS_H

#include "options.h"

#define INPUTS_LOOKED_AT 8 /* so many shards are opened to say what they are */

/* MC_E_ARGUMENT naming all of these that are missing: -m (as list calls it), -o, inputs. NULL: not
 * needed. */
mc_status inputs_check_given(const settings *s, const char *name, const char *list,
                             const char *output, const char *input, mc_error *error);

/* Opens the pool that the inputs name. Refuses a folder that an earlier run wrote, one that the
 * output lies in, and one without files. */
mc_status inputs_open(const settings *s, mc_pool **pool, mc_error *error);

/* Warns when a shard is taken for something that it is not, most likely; a few are looked at. */
void inputs_warn(const settings *s, const mc_pool *pool);

/* MC_E_IO when a file that an option names cannot be opened: found out before anything is done. */
mc_status inputs_check_files(const settings *s, mc_error *error);

#endif
