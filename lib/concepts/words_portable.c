/* The portable path. */
#include "concepts/words_scratch.h"

mc_status mc_words_scan_portable(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                                 uint32_t *offsets, mc_error *error) {
    for (size_t i = 0; i < n; i++) {
        MC_TRY(mc_words_scan_text(s, texts[i], error));
        MC_TRY(mc_words_end_set(s, &offsets[i + 1], error));
    }
    return MC_OK;
}
