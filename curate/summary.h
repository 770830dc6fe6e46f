/* The summary of a run, on standard output. */
#ifndef CURATE_SUMMARY_H
#define CURATE_SUMMARY_H

#include "options.h"

/* 1234567 as 1,234,567. Returns out. */
const char *summary_number(uint64_t value, char out[32]);
/* "host 3, language 1": why texts were excluded. */
void summary_exclusions(const mc_totals *totals, char *out, size_t size);

/* n_failed: shards that are missing. */
void summary_print(const settings *s, const mc_balance_result *result, size_t n_failed,
                   double seconds);

void summary_print_extracted(const settings *s, const mc_extract_result *result, double seconds);

/* Writes run.json: what may differ from run to run (times, threads, machine). */
mc_status summary_write_run(const settings *s, const char *name, double match_seconds,
                            double balance_seconds, mc_error *error);

#endif
