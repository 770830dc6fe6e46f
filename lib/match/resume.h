/* Which shard's index lies where, what it must say to be taken over, and taking it over. */
#ifndef MC_MATCH_RESUME_H
#define MC_MATCH_RESUME_H

#include "match/index.h"

#define MC_PATH_MAX 4096

/* FOLDER/matches and FOLDER/matches/NAME.mcm. MC_E_LIMIT when a path is too long. */
MC_MUST_CHECK mc_status mc_resume_folder(char path[MC_PATH_MAX], const mc_match_options *options,
                                         mc_error *error);
MC_MUST_CHECK mc_status mc_resume_path(char path[MC_PATH_MAX], const mc_match_options *options,
                                       size_t shard, mc_error *error);

/* Fills info with all that is known of a shard before it is read. Dispose it in any case. */
MC_MUST_CHECK mc_status mc_resume_describe(mc_index_info *info, const mc_match_options *options,
                                           size_t shard, mc_error *error);

/* Takes over a shard's index when it is there and whole: its books and counts are added to result
 * and *finished is set. A damaged one is warned of and left to be made again. MC_E_MISMATCH when it
 * was made with other metadata, rules or options, or its input has changed since. */
MC_MUST_CHECK mc_status mc_resume_take(const mc_match_options *options, size_t shard,
                                       mc_match_result *result, bool *finished, mc_error *error);

#endif
