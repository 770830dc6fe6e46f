/* srcset, a list of an image in several sizes. */
#ifndef MC_POOL_HTML_SRCSET_H
#define MC_POOL_HTML_SRCSET_H

#include "metacurate/base.h"

/* The URL of the largest image in a srcset, by its width descriptors (1024w) or, where there are
 * none, its densities (2x; none is 1x); the first of equals. Candidates whose descriptors are wrong
 * are passed over. size 0 when there is none. */
mc_bytes mc_html_largest(mc_bytes srcset);

#endif
