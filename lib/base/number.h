/* Numbers as people type them: 20k, 1.5M, 2B, 256M, inf. */
#ifndef MC_BASE_NUMBER_H
#define MC_BASE_NUMBER_H

#include "metacurate/base.h"

/* A whole number; suffixes k, M, B (or G), T are powers of 1000. "1.5M" is 1500000. */
MC_MUST_CHECK mc_status mc_parse_count(const char *text, uint64_t *out, mc_error *error);
/* Bytes; suffixes K, M, G, T are powers of 1024 (an ending "B" or "iB" is allowed). */
MC_MUST_CHECK mc_status mc_parse_size(const char *text, uint64_t *out, mc_error *error);
/* A finite number > 0 with the suffixes of mc_parse_count, or "inf". */
MC_MUST_CHECK mc_status mc_parse_threshold(const char *text, double *out, mc_error *error);

#endif
