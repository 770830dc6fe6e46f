/* The word-level engine on every path this processor has, against the definition. */
#ifndef TEST_WORDS_CHECKS_H
#define TEST_WORDS_CHECKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "concepts/words.h"
#include "concepts/words_build.h"
#include "tests/words_reference.h"

#define BEST mc_cpu_best()
#define COUNT(a) (sizeof(a) / sizeof *(a))

static uint64_t random_state;

static inline uint32_t draw(uint32_t below) {
    random_state += 0x9e3779b97f4a7c15u;
    return (uint32_t)(mc_words_mix(random_state) % below);
}

static inline mc_bytes bytes_of(const char *text) {
    return (mc_bytes){text, strlen(text)};
}

/* A section at an aligned place. */
typedef struct section {
    void *data;
    size_t size;
    mc_words view;
} section;

static inline void compile(section *s, const mc_bytes *entries, size_t n, uint32_t bucket_limit) {
    mc_error error = {0};
    mc_buffer out = {0};
    mc_build build = {.entries = entries, .n_entries = n, .bucket_limit = bucket_limit};
    assert_int_equal(mc_build_words(&build, &error), MC_OK);
    assert_int_equal(mc_build_pairs(&build, &error), MC_OK);
    assert_int_equal(mc_build_write(&build, &out, &error), MC_OK);
    mc_build_dispose(&build);
    assert_int_equal(out.size % MC_WORDS_ALIGN, 0);
    s->size = out.size;
    s->data = aligned_alloc(MC_WORDS_ALIGN, out.size);
    assert_non_null(s->data);
    memcpy(s->data, out.data, out.size);
    mc_buffer_dispose(&out);
    assert_int_equal(mc_words_view(&s->view, s->data, s->size, &error), MC_OK);
}

static inline void check_sets(const section *s, mc_isa isa, const mc_bytes *entries,
                              size_t n_entries, const mc_bytes *texts, size_t n) {
    mc_error error = {0};
    mc_words_scratch *scratch;
    mc_match_sets sets;
    assert_int_equal(mc_words_scratch_create(&scratch, &s->view, isa, &error), MC_OK);
    uint32_t *expected = malloc((n_entries + 1) * sizeof *expected);
    /* The second round finds the caches filled. */
    for (int round = 0; round < 2; round++) {
        assert_int_equal(mc_words_scan(scratch, texts, n, &sets, &error), MC_OK);
        for (size_t i = 0; i < n; i++) {
            size_t n_expected = reference_set(entries, n_entries, texts[i], expected);
            const uint32_t *ids = sets.ids + sets.offsets[i];
            if (sets.offsets[i + 1] - sets.offsets[i] != n_expected ||
                memcmp(ids, expected, n_expected * sizeof *ids) != 0) {
                print_message("%s, text %zu of %zu: \"%.*s\": %u ids, %zu expected\n",
                              mc_isa_name(isa), i, n,
                              (int)(texts[i].size < 300 ? texts[i].size : 300), texts[i].data,
                              sets.offsets[i + 1] - sets.offsets[i], n_expected);
                for (uint32_t k = sets.offsets[i]; k < sets.offsets[i + 1]; k++)
                    print_message("  found %u\n", sets.ids[k]);
                for (size_t k = 0; k < n_expected; k++)
                    print_message("  expected %u \"%.*s\"\n", expected[k],
                                  (int)entries[expected[k]].size, entries[expected[k]].data);
                fail();
            }
        }
    }
    free(expected);
    mc_words_scratch_free(scratch);
}

static inline void check(const mc_bytes *entries, size_t n_entries, const mc_bytes *texts, size_t n,
                         uint32_t bucket_limit) {
    section s;
    compile(&s, entries, n_entries, bucket_limit);
    for (int isa = MC_ISA_PORTABLE; isa <= (int)BEST; isa++)
        check_sets(&s, (mc_isa)isa, entries, n_entries, texts, n);
    free(s.data);
}

#endif
