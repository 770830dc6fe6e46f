/* What match, balance and curate share: match a pool, balance indexes, record and report. */
#ifndef CURATE_JOB_H
#define CURATE_JOB_H

#include "options.h"

/* match: pool -> match indexes and counts. */
exit_code job_match(const settings *s);
/* curate: match, then balance. */
exit_code job_curate(const settings *s);
/* balance: folders that match or curate wrote (or .mcm files) -> balanced pair index. */
exit_code job_balance(const settings *s);

/* What extract shares. */
/* True when a shard can be read only once: standard input, a pipe. */
bool job_reads_once(const mc_pool *pool);
/* For --dry-run. */
void job_say_pool(const settings *s, const mc_pool *pool);
void job_say_output(const settings *s);
double job_now(void);

#endif
