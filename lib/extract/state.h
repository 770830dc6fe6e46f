/* What is noted of an extracted shard, beside its lines, so that a later run can take it over:
 * FOLDER/pairs.state/NAME.jsonl, whose first line is an index's document without what follows from
 * matching, and whose others are the shard's ledger. Where duplicates are looked for, pairs/ can
 * only be made from all shards; their lines before that are in all/, their state in all.state/. */
#ifndef MC_EXTRACT_STATE_H
#define MC_EXTRACT_STATE_H

#include "match/resume.h"
#include "metacurate/extract.h"

/* FOLDER/PART/NAME.jsonl.zst of a shard, and the state of what stands in PART. NULL for the shard's
 * name gives the folder alone. */
MC_MUST_CHECK mc_status mc_extract_path(char path[MC_PATH_MAX], const char *folder,
                                        const char *part, const char *name, mc_error *error);
MC_MUST_CHECK mc_status mc_extract_state_path(char path[MC_PATH_MAX], const char *folder,
                                              const char *part, const char *name, mc_error *error);

/* Where the lines of shards go before duplicates are looked for: "pairs", or "all". */
const char *mc_extract_part(mc_dedup dedup);

MC_MUST_CHECK mc_status mc_extract_write_state(const mc_extract_options *options,
                                               const mc_index_info *info, uint64_t n_lines,
                                               const mc_buffer *ledger, mc_error *error);

/* Takes over a shard's lines when they and their state are there and whole: *info (dispose it),
 * *n_lines and *ledger (appended to) say what they are. A damaged state is warned of and left to be
 * made again. MC_E_MISMATCH when the shard was read otherwise, or has changed since. */
MC_MUST_CHECK mc_status mc_extract_take(const mc_extract_options *options, size_t shard,
                                        const char *filter_digest, bool *finished,
                                        mc_index_info *info, uint64_t *n_lines, mc_buffer *ledger,
                                        mc_error *error);

#endif
