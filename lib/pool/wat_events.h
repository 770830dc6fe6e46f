/* What matters in a document's bytes, 64 at a time; one version an instruction set. */
#ifndef MC_POOL_WAT_EVENTS_H
#define MC_POOL_WAT_EVENTS_H

#include <stddef.h>
#include <stdint.h>

/* A scan over a document. {0} is before its first byte. */
typedef struct mc_wat_scan {
    size_t at;        /* of the bytes to come; a multiple of 64 up to the end */
    uint64_t within;  /* all bits: the byte before was in a string, or opened one */
    uint64_t escapes; /* 1: it was a backslash that escapes the next byte */
    uint64_t high;    /* not 0: some byte was 0x80 or above */
    uint64_t stray;   /* not 0: some backslash was outside strings */
} mc_wat_scan;

#define MC_WAT_SPAN 2048                    /* bytes that one call goes on */
#define MC_WAT_EVENTS_MAX (MC_WAT_SPAN + 4) /* positions that it writes to, some for nothing */

/* Goes on in data[scan->at .. size), behind which 64 bytes are readable. Writes the positions of
 * brackets and braces outside strings, of all backslashes, and of every @ behind a G (or at a
 * multiple of 64), in order; returns how many. */
typedef size_t mc_wat_find(mc_wat_scan *scan, const char *data, size_t size,
                           uint32_t events[MC_WAT_EVENTS_MAX]);

mc_wat_find mc_wat_find_portable, mc_wat_find_avx2, mc_wat_find_avx512;

#endif
