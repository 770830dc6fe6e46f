/* The work on texts with few entries, for vectors of LANES doubles: compiled once for each
 * instruction set. NOT_BELOW_ZERO(x) is max(0, x), and 0 where x is no number. KERNEL is the name
 * of the function that is defined; without it the including file does the rest itself. */
#include "audit/expected.h"

typedef double reals __attribute__((vector_size(8 * LANES), may_alias));
typedef uint64_t words __attribute__((vector_size(8 * LANES), may_alias));

/* Texts that are worked on together. The last has the most entries; where another has fewer,
 * infinite counts leave its product as it is. */
typedef struct group {
    reals *rates; /* 1 / c_e, entry by entry, a lane a text */
    uint32_t n_entries;
    double most; /* of each text's smallest count: from there on all are kept for certain */
} group;

static inline void add_group(mc_expected *e, const group *g) {
    const double *t = e->plan->thresholds;
    words *missed = e->missed_bits, *squared = e->squared_bits;
    for (size_t j = 0; j < e->plan->n_padded && t[j] < g->most; j += MC_EXPECTED_STEP) {
        reals m[MC_EXPECTED_STEP];
        for (size_t s = 0; s < MC_EXPECTED_STEP; s++)
            m[s] = NOT_BELOW_ZERO(1 - t[j + s] * g->rates[0]);
        for (uint32_t i = 1; i < g->n_entries; i++)
            for (size_t s = 0; s < MC_EXPECTED_STEP; s++)
                m[s] *= NOT_BELOW_ZERO(1 - t[j + s] * g->rates[i]);
        for (size_t s = 0; s < MC_EXPECTED_STEP; s++) {
            missed[j + s] += (words)(1 + m[s]);
            squared[j + s] += (words)(1 + m[s] * m[s]);
        }
        e->n_added[j / MC_EXPECTED_STEP] += LANES;
    }
}

#ifdef KERNEL

/* Puts a group's counts into rates. Lanes without a text are kept for certain. */
static inline void gather(group *g, const mc_draw *draw, const mc_block *block,
                          const uint32_t *texts, uint32_t n) {
    const uint32_t *offsets = block->offsets;
    double *counts = (double *)g->rates;
    g->n_entries = offsets[texts[n - 1] + 1] - offsets[texts[n - 1]];
    g->most = 0;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        const uint32_t *ids = block->ids + (lane < n ? offsets[texts[lane]] : 0);
        uint32_t size = lane < n ? offsets[texts[lane] + 1] - offsets[texts[lane]] : 0, i = 0;
        double least = lane < n ? INFINITY : 0;
        for (; i < size; i++) {
            double count = mc_expected_count(draw, ids[i]);
            counts[i * LANES + lane] = count;
            least = count < least ? count : least;
        }
        for (; i < g->n_entries; i++)
            counts[i * LANES + lane] = lane < n ? INFINITY : 0;
        g->most = least > g->most ? least : g->most;
    }
}
/* Gathers as many groups as there is room for before the first of them is worked on: what lane by
 * lane is put into memory cannot be read at once as a vector. */
void KERNEL(mc_expected *e, const mc_block *block, const uint32_t *texts, uint32_t n) {
    enum { ROOM = 4096 / LANES };
    reals rates[ROOM];
    group groups[MC_DRAW_TEXTS / LANES + 1];
    for (uint32_t first = 0; first < n;) {
        uint32_t n_groups = 0, n_rates = 0;
        for (; first < n && n_rates + MC_EXPECTED_LONG <= ROOM; first += LANES) {
            group *g = &groups[n_groups++];
            g->rates = rates + n_rates;
            gather(g, e->plan->draw, block, texts + first, n - first < LANES ? n - first : LANES);
            n_rates += g->n_entries;
        }
        for (uint32_t i = 0; i < n_rates; i++)
            rates[i] = 1 / rates[i];
        for (uint32_t i = 0; i < n_groups; i++)
            add_group(e, &groups[i]);
    }
}

#endif
