#include "balance/key.h"

#include <stdlib.h>

mc_status mc_draw_init(mc_draw *draw, const uint64_t *hashes, const uint64_t *counts,
                       const uint32_t *firsts, uint32_t n, uint64_t seed, mc_error *error) {
    *draw = (mc_draw){.n_entries = n, .seed = seed};
    MC_TRY(MC_ALLOC(draw->entries, n, error));
    for (uint32_t i = 0; i < n; i++) {
        if (firsts[i] != i)
            draw->firsts = firsts;
        draw->entries[i] = (mc_draw_entry){hashes[i] ^ (MC_XXH3_SECRET3 - seed), (double)counts[i]};
    }
    return MC_OK;
}

void mc_draw_dispose(mc_draw *draw) {
    free(draw->entries);
    *draw = (mc_draw){0};
}
