/* Runs made into one. */
#ifndef MC_METADATA_NGRAM_MERGE_H
#define MC_METADATA_NGRAM_MERGE_H

#include "metadata/ngram_run.h"

/* Merges n runs into one at offset `end` of a file; its words have numbers of their own. Takes four
 * bytes a word of each run, and of buffers what memory allows. MC_E_LIMIT when a count goes beyond
 * 2^64 - 1, MC_E_INTERRUPTED once *cancel (NULL: none) is not 0. */
MC_MUST_CHECK mc_status mc_run_merge(mc_run *out, const mc_run *runs, size_t n, uint64_t memory,
                                     const atomic_int *cancel, int fd, uint64_t end,
                                     mc_error *error);

#endif
