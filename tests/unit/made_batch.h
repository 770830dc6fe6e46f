/* Batches and match sets made up for a test. */
#ifndef TEST_MADE_BATCH_H
#define TEST_MADE_BATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "match/block.h"
#include "random.h"

typedef struct made_sets {
    uint32_t *ids;
    uint32_t *offsets;
} made_sets;

static inline mc_match_sets borrow_sets(const made_sets *made) {
    return (mc_match_sets){made->ids, made->offsets};
}

static inline void made_sets_free(made_sets *made) {
    free(made->ids);
    free(made->offsets);
    *made = (made_sets){0};
}

typedef struct made_limits {
    uint32_t n_records;
    uint32_t n_texts; /* of a record, at most */
    uint32_t n_ids;   /* of a text, at most */
    uint32_t n_entries;
    uint32_t reject_one_in; /* 0: none */
    uint32_t empty_one_in;
    uint32_t n_languages; /* 0: texts have none, and no text was taken out */
} made_limits;

static inline void add_random_record(mc_batch *batch, const made_limits *limits) {
    static const char *const pieces[] = {"a", "word", " ", "\xC3\xA9", ".", "\n", "0123456789"};
    assert_int_equal(mc_batch_begin(batch, NULL), MC_OK);
    if (limits->reject_one_in && random_below(limits->reject_one_in) == 0) {
        assert_int_equal(mc_batch_reject(batch, (mc_reason)random_below(MC_N_REASONS),
                                         next_random() >> 20, NULL, "detail %u", 7u),
                         MC_OK);
        return;
    }
    char bytes[400];
    if (random_below(2)) {
        int size = snprintf(bytes, sizeof bytes, "http://%08x.example/%u", random_below(1u << 30),
                            random_below(1000));
        assert_int_equal(mc_batch_url(batch, (mc_bytes){bytes, (size_t)size}, NULL), MC_OK);
    }
    uint32_t number = 0;
    for (uint32_t n = 1 + random_below(limits->n_texts); n > 0; n--) {
        size_t size = 0;
        if (!limits->empty_one_in || random_below(limits->empty_one_in))
            size = random_pieces(bytes, 30, pieces, sizeof pieces / sizeof *pieces);
        assert_int_equal(mc_batch_text(batch, (mc_bytes){bytes, size}, NULL), MC_OK);
        if (limits->n_languages == 0)
            continue;
        char code[9];
        int code_size = snprintf(code, sizeof code, "l%x", random_below(limits->n_languages));
        mc_language language = mc_language_make((mc_bytes){code, (size_t)code_size});
        mc_batch_tag(batch, MC_KEY_NONE, random_below(3) ? language : 0);
        number += random_below(3);
        batch->texts[batch->n_texts - 1].number = number++;
    }
    assert_int_equal(mc_batch_end(batch, NULL, NULL, NULL, NULL), MC_OK);
}

/* Fills batch, which is cleared first, with random records. */
static inline void make_batch(mc_batch *batch, const made_limits *limits) {
    mc_batch_clear(batch);
    for (uint32_t i = 0; i < limits->n_records; i++)
        add_random_record(batch, limits);
}

/* Random match sets for the texts of a batch; those of empty texts are empty. */
static inline made_sets make_sets(const mc_batch *batch, const made_limits *limits) {
    made_sets made;
    size_t n = 0;
    made.offsets = calloc(batch->n_texts + 1, sizeof *made.offsets);
    made.ids = calloc(batch->n_texts * limits->n_ids + 1, sizeof *made.ids);
    assert_true(made.offsets && made.ids);
    for (size_t t = 0; t < batch->n_texts; t++) {
        made.offsets[t] = (uint32_t)n;
        uint32_t wanted = batch->texts[t].size ? random_below(limits->n_ids + 1) : 0, id = 0;
        for (uint32_t i = 0; i < wanted; i++) {
            id += (i > 0) + random_below(limits->n_entries / limits->n_ids);
            if (id < limits->n_entries)
                made.ids[n++] = id;
        }
    }
    made.offsets[batch->n_texts] = (uint32_t)n;
    return made;
}

#endif
