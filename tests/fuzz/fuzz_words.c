/* Entries and texts of the fuzzer's choice: every path must give what the definition says.
 *
 * Input: a byte for the number of entries, one for how they are built, then pieces parted by 0xff:
 * the entries first, the rest texts. */
#include <stdio.h>

#include "concepts/words.h"
#include "concepts/words_build.h"
#include "concepts/words_perfect.h"
#include "tests/words_reference.h"

enum { ENTRIES_MAX = 48, TEXTS_MAX = 64, COPIES_MAX = 200, ROUNDS = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
    if (!holds)
        abort();
}

static size_t split(const char *data, size_t size, mc_bytes *pieces, size_t most) {
    size_t n = 0;
    for (const char *at = data, *end = data + size; at < end && n < most; n++) {
        const char *stop = memchr(at, 0xff, (size_t)(end - at));
        if (!stop)
            stop = end;
        pieces[n] = (mc_bytes){at, (size_t)(stop - at)};
        at = stop + 1;
    }
    return n;
}

static void compare(const mc_words *view, mc_isa isa, const mc_bytes *entries, size_t n_entries,
                    const mc_bytes *texts, size_t n_texts) {
    mc_words_scratch *scratch;
    mc_match_sets sets;
    uint32_t expected[ENTRIES_MAX];
    require(mc_words_scratch_create(&scratch, view, isa, NULL) == MC_OK);
    for (int round = 0; round < 2; round++) {
        require(mc_words_scan(scratch, texts, n_texts, &sets, NULL) == MC_OK);
        for (size_t i = 0; i < n_texts; i++) {
            size_t n = reference_set(entries, n_entries, texts[i], expected);
            require(sets.offsets[i + 1] - sets.offsets[i] == n);
            require(n == 0 || memcmp(sets.ids + sets.offsets[i], expected, n * 4) == 0);
        }
    }
    mc_words_scratch_free(scratch);
}

/* Lays copies of the texts side by side, so that they can be scanned where they are. */
static char *lay_texts(mc_bytes *texts, size_t *n) {
    size_t n_once = *n, size = 0;
    for (size_t i = 0; i < n_once; i++)
        size += texts[i].size + 1;
    char *memory = malloc(ROUNDS * size + 1);
    require(memory != NULL);
    char *at = memory;
    for (*n = 0; *n < ROUNDS * n_once; ++*n) {
        mc_bytes text = texts[*n % n_once];
        memcpy(at, text.data, text.size);
        texts[*n] = (mc_bytes){at, text.size};
        at += text.size;
        *at++ = " \n\t\n"[*n & 3];
    }
    return memory;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    mc_bytes pieces[ENTRIES_MAX + TEXTS_MAX], texts[ROUNDS * TEXTS_MAX + 1];
    size_t n = split((const char *)data + 2, size - 2, pieces, ENTRIES_MAX + TEXTS_MAX);
    size_t n_entries = data[0] % ENTRIES_MAX < n ? data[0] % ENTRIES_MAX : n,
           n_texts = n - n_entries;
    if (n_texts > TEXTS_MAX)
        n_texts = TEXTS_MAX;
    for (size_t i = 0; i < n_texts; i++)
        texts[i] = pieces[n_entries + i];
    char *laid = data[0] & 0x80 ? lay_texts(texts, &n_texts) : NULL;
    /* One more text: all of the input over and over, so that blocks fill. */
    char *copies = NULL;
    if (data[1] & 4) {
        size_t count = 1 + data[1] / 8 % COPIES_MAX;
        copies = malloc(count * size);
        require(copies != NULL);
        for (size_t i = 0; i < count; i++)
            memcpy(copies + i * size, data, size);
        texts[n_texts++] = (mc_bytes){copies, count * size};
    }

    mc_build build = {.entries = pieces,
                      .n_entries = n_entries,
                      .bucket_limit = data[1] & 1 ? MC_BUCKET_LIMIT : 1 + (data[1] >> 1 & 1)};
    mc_buffer out = {0};
    require(mc_build_words(&build, NULL) == MC_OK && mc_build_pairs(&build, NULL) == MC_OK &&
            mc_build_write(&build, &out, NULL) == MC_OK);
    mc_build_dispose(&build);
    void *section = aligned_alloc(MC_WORDS_ALIGN, out.size);
    require(section != NULL);
    memcpy(section, out.data, out.size);
    mc_words view;
    require(mc_words_view(&view, section, out.size, NULL) == MC_OK);
    for (int isa = MC_ISA_PORTABLE; isa <= (int)mc_cpu_best(); isa++)
        compare(&view, (mc_isa)isa, pieces, n_entries, texts, n_texts);
    free(section);
    free(copies);
    free(laid);
    mc_buffer_dispose(&out);
    return 0;
}
