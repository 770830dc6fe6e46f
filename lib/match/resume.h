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

/* The digest of the contents of the files that filters are made from (block lists, a model): ""
 * when options name none. */
MC_MUST_CHECK mc_status mc_resume_filters(const mc_pool_options *options, char digest[33],
                                          mc_error *error);

/* Whether texts of a shard of that format are kept in its index. */
bool mc_resume_keeps(const mc_match_options *options, mc_format format, size_t shard);

/* Fills info with all that is known of a shard before it is read. Dispose it in any case. */
MC_MUST_CHECK mc_status mc_resume_describe(mc_index_info *info, const mc_match_options *options,
                                           size_t shard, const char *filter_digest,
                                           mc_error *error);

/* What differs between the ways two shards were read, or are to be, or NULL; and MC_E_MISMATCH when
 * the content of a shard is not what it was. Shared with extracting. */
const char *mc_resume_difference(const mc_index_info *was, const mc_index_info *now,
                                 mc_format asked_format);
MC_MUST_CHECK mc_status mc_resume_check_source(const mc_index_info *was, mc_error *error);

/* Fills in how the shard is read: all of info that has nothing to do with matching. */
MC_MUST_CHECK mc_status mc_resume_describe_reading(mc_index_info *info, const mc_pool *pool,
                                                   size_t shard, const char *filter_digest,
                                                   mc_error *error);

/* Refuses a shard whose path, or the options it is read with, cannot be noted in a document. */
MC_MUST_CHECK mc_status mc_resume_check_names(const mc_pool *pool, size_t shard,
                                              const char *filter_digest, mc_error *error);

/* Takes over a shard's index when it is there and whole: its books and counts are added to result
 * and *finished is set. A damaged one is warned of and left to be made again. MC_E_MISMATCH when it
 * was made with other metadata, rules or options, or its input has changed since. */
MC_MUST_CHECK mc_status mc_resume_take(const mc_match_options *options, size_t shard,
                                       const char *filter_digest, mc_match_result *result,
                                       bool *finished, mc_error *error);

#endif
