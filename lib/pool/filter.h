/* What is done to every batch once it is parsed: languages are found out, and texts that the pool's
 * options do not want are taken out and counted.
 *
 * A filter is made once for a pool and shared by all threads; each thread brings a scratch.
 */
#ifndef MC_POOL_FILTER_H
#define MC_POOL_FILTER_H

#include "pool/batch.h"

typedef struct mc_filter mc_filter;
typedef struct mc_filter_scratch mc_filter_scratch;

/* Reads the block lists and the language model that options name. *out is NULL when the options ask
 * for nothing, so that a pool without filters pays nothing. Languages without --lid are held to
 * what records say themselves. MC_E_ARGUMENT for options that make no sense (a list without codes,
 * fastText without a model and the like), MC_E_IO and MC_E_FORMAT for files that do not. */
MC_MUST_CHECK mc_status mc_filter_create(mc_filter **out, const mc_pool_options *options,
                                         mc_error *error);
void mc_filter_free(mc_filter *filter);

/* The pool's own filter; NULL when it needs none. */
const mc_filter *mc_pool_filter(const mc_pool *pool);

MC_MUST_CHECK mc_status mc_filter_scratch_create(mc_filter_scratch **out, const mc_filter *filter,
                                                 mc_error *error);
void mc_filter_scratch_free(mc_filter_scratch *scratch);

/* Sets the language of the texts that have none; takes excluded texts out of batch->texts (their
 * records stay, with fewer texts or none; numbers stay as they were) and counts them in
 * batch->n_excluded, each for the first reason in the order of mc_exclusion. Texts without a byte
 * are never excluded. MC_E_MEMORY is the only failure. */
MC_MUST_CHECK mc_status mc_filter_apply(const mc_filter *filter, mc_filter_scratch *scratch,
                                        mc_batch *batch, mc_error *error);

#endif
