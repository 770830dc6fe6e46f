/* Titles of Wikipedia by their views, from hourly pageviews files: lines "domain title count
 * bytes".
 *
 * Titles are counted in a table that all threads share; when it is full, parts of it are written to
 * a temporary file, and added up in the end. */
#ifndef MC_METADATA_TITLES_H
#define MC_METADATA_TITLES_H

#include "base/hash.h"
#include "metadata/candidates.h"

typedef struct mc_titles_options {
    const char *project; /* "en": domains en, en.m and en.zero; "en.d": en.d, en.m.d, en.zero.d */
    uint64_t hour_floor; /* a line with fewer views is left out (50 under the first recipe) */
    uint64_t min_views;  /* a title with fewer in all files is left out (70 under the first) */
    const char *folder;  /* for an unnamed temporary file; NULL: $TMPDIR, or /tmp */
    uint64_t memory;     /* bytes for counting, about; 0: 1 GiB */
    size_t n_threads;    /* 0: one a processor */
    const mc_control *control;
} mc_titles_options;

/* Lines by what became of them; lines is the sum of the others. */
typedef struct mc_titles_totals {
    uint64_t lines;
    uint64_t counted;
    uint64_t other_domains; /* nothing else of these lines was looked at */
    uint64_t below_floor;
    uint64_t with_colon;
    uint64_t untitled; /* "-": the page is not known */
    uint64_t damaged;  /* without four fields, a count, or UTF-8; too long; lost with others */
} mc_titles_totals;

/* Sums the views of every title over all files (compressed or not), and adds the titles to out in
 * the order of mc_candidates_sort. Titles with ":" are left out, underscores become spaces,
 * percent-encoding stays. score = views. *totals is added to. Damaged lines are entered in ledger,
 * in the order of the files. digests: one a file, or NULL. */
MC_MUST_CHECK mc_status mc_titles_read(mc_candidates *out, const char *const *paths, size_t n,
                                       const mc_titles_options *options, mc_titles_totals *totals,
                                       mc_buffer *ledger, mc_u128 *digests, mc_error *error);

#endif
