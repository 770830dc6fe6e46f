/* placeholder */
#include "concepts/words_scratch.h"
#if defined(__x86_64__)
size_t mc_words_block_size_avx512(void) {
    return 0;
}
mc_status mc_words_scan_avx512(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                             uint32_t *offsets, mc_error *error) {
    return mc_words_scan_portable(s, texts, n, offsets, error);
}
#endif
