/* The books: adding them up, and the names their parts have in documents. */
#ifndef MC_MATCH_TOTALS_H
#define MC_MATCH_TOTALS_H

#include "metacurate/match.h"

/* A number of mc_crawl_totals and its name. */
typedef struct mc_crawl_field {
    const char *name;
    size_t offset;
} mc_crawl_field;

#define MC_N_CRAWL_FIELDS 7
extern const mc_crawl_field mc_crawl_fields[MC_N_CRAWL_FIELDS];

static inline uint64_t *mc_crawl_number(mc_crawl_totals *crawl, size_t field) {
    return (uint64_t *)(void *)((char *)crawl + mc_crawl_fields[field].offset);
}

/* Texts that the indexes of these books hold: all but those that the pool's filters took out, as
 * long as nothing else has been excluded. */
static inline uint64_t mc_totals_indexed(const mc_totals *totals) {
    return totals->texts - totals->excluded;
}

#endif
