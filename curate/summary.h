/* The summary of a run, on standard output. */
#ifndef CURATE_SUMMARY_H
#define CURATE_SUMMARY_H

#include "options.h"

void summary_print(const settings *s, const mc_balance_result *result, double seconds);

void summary_print_extracted(const settings *s, const mc_extract_result *result, double seconds);

/* Writes run.json: what may differ from run to run (times, threads, machine). */
mc_status summary_write_run(const settings *s, const char *name, double match_seconds,
                            double balance_seconds, mc_error *error);

#endif
