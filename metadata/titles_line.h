/* A line of a pageviews file: "domain title views bytes". */
#ifndef MC_METADATA_TITLES_LINE_H
#define MC_METADATA_TITLES_LINE_H

#include "metacurate/base.h"

/* What becomes of a line: the first of these that holds, MC_VIEWS_COUNTED when none does. */
typedef enum mc_views_fate {
    MC_VIEWS_COUNTED,
    MC_VIEWS_OTHER_DOMAIN,
    MC_VIEWS_BAD_LINE,  /* not four fields, parted by single spaces */
    MC_VIEWS_BAD_COUNT, /* the views are no number below 2^64 */
    MC_VIEWS_BAD_UTF8,  /* the title is no UTF-8 */
    MC_VIEWS_UNTITLED,
    MC_VIEWS_WITH_COLON,
    MC_VIEWS_BELOW_FLOOR,
    MC_VIEWS_TOO_LONG, /* these two are for stretches of a file that were not read as lines */
    MC_VIEWS_DAMAGED,
    MC_N_VIEWS_FATES
} mc_views_fate;

enum { MC_PROJECT_DOMAINS = 3, MC_DOMAIN_MAX = 100 };

/* The domains of a project: its own and those of its mobile sites, each with the space after it. */
typedef struct mc_project {
    char domains[MC_PROJECT_DOMAINS][MC_DOMAIN_MAX + 8];
    size_t sizes[MC_PROJECT_DOMAINS];
} mc_project;

/* MC_E_ARGUMENT when name can be no project's. */
MC_MUST_CHECK mc_status mc_project_init(mc_project *project, const char *name, mc_error *error);

/* Takes a line without its line end apart. *title lies in the line. */
mc_views_fate mc_views_parse(const mc_project *project, uint64_t floor, mc_bytes line,
                             mc_bytes *title, uint64_t *views);

#endif
