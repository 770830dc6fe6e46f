/* A section with bytes of the fuzzer's choice changed: either it is refused, or every path scans
 * within it and gives ids of entries only.
 *
 * Input: a byte for the number of changes, each change three bytes (place, what is flipped), the
 * rest a text. */
#include <stdlib.h>
#include <string.h>

#include "concepts/words.h"
#include "concepts/words_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const entries[] = {
    "a",          "b",         "a b",
    "a b c",      "a",         "a a a a",
    "nine bytes", "ninebytes", "a-word-of-more-than-sixteen-bytes",
    "a b",        "x  y",      "eight888 a",
    "of the",     "the",       "of the world"};

enum { N = sizeof entries / sizeof *entries, CHANGE = 3 };

static mc_buffer make_section(void) {
    mc_bytes list[N];
    mc_buffer out = {0};
    for (size_t i = 0; i < N; i++)
        list[i] = (mc_bytes){entries[i], strlen(entries[i])};
    mc_build build = {.entries = list, .n_entries = N, .bucket_limit = 2};
    if (mc_build_words(&build, NULL) != MC_OK || mc_build_pairs(&build, NULL) != MC_OK ||
        mc_build_write(&build, &out, NULL) != MC_OK)
        abort();
    mc_build_dispose(&build);
    return out;
}

static void scan(const mc_words *view, mc_isa isa, mc_bytes text) {
    mc_words_scratch *scratch;
    mc_match_sets sets;
    mc_bytes texts[] = {{"a b c", 5}, text, {"x  y of the world", 17}};
    if (mc_words_scratch_create(&scratch, view, isa, NULL) != MC_OK ||
        mc_words_scan(scratch, texts, 3, &sets, NULL) != MC_OK)
        abort();
    for (uint32_t i = 0; i < sets.offsets[3]; i++)
        if (sets.ids[i] >= view->header.n_entries)
            abort();
    mc_words_scratch_free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mc_buffer original;
    if (!original.data)
        original = make_section();
    if (size < 1)
        return 0;
    size_t n_changes = data[0] % 16, at = 1;
    char *copy = aligned_alloc(MC_WORDS_ALIGN, original.size);
    if (!copy)
        abort();
    memcpy(copy, original.data, original.size);
    for (; n_changes > 0 && size - at >= CHANGE; n_changes--, at += CHANGE)
        copy[(data[at] | (size_t)data[at + 1] << 8) % original.size] ^= (char)data[at + 2];
    mc_words view;
    if (mc_words_view(&view, copy, original.size, NULL) == MC_OK)
        for (int isa = MC_ISA_PORTABLE; isa <= (int)mc_cpu_best(); isa++)
            scan(&view, (mc_isa)isa, (mc_bytes){(const char *)data + at, size - at});
    free(copy);
    return 0;
}
