/* Small match indexes made up for a test, in its scratch folder. */
#ifndef TEST_MADE_INDEX_H
#define TEST_MADE_INDEX_H

#include "scratch.h"

#include "made_batch.h"
#include "match/index.h"

/* What a made index holds, for comparing. Blocks are those of an index, in order. */
typedef struct made_block {
    mc_batch batch;
    made_sets sets;
    uint64_t first_record;
} made_block;

typedef struct made_index {
    mc_index_info info;
    made_block *blocks;
    size_t n_blocks;
    mc_buffer ledger, entries;
    const char *path;
} made_index;

static inline char *made_copy(const char *text) {
    char *copy = NULL;
    assert_int_equal(mc_copy_string(&copy, text, NULL), MC_OK);
    return copy;
}

/* An index of no blocks whose footer is whole. */
static inline void made_index_init(made_index *made, const char *shard, uint32_t n_entries,
                                   bool keep_texts) {
    *made = (made_index){.info = {.n_entries = n_entries,
                                  .rules = MC_RULES_METACLIP1,
                                  .keep_texts = keep_texts,
                                  .source_size = 77}};
    made->info.shard = made_copy(shard);
    made->info.path = made_copy("pool/some.jsonl");
    made->info.read = (mc_pool_options){.format = MC_FORMAT_JSONL, .max_record = 1 << 20};
    memcpy(made->info.source_digest, "00112233445566778899aabbccddeeff", 33);
    memcpy(made->info.metadata_digest, "0123456789abcdef0123456789abcdef", 33);
}

static inline void made_index_free(made_index *made) {
    for (size_t i = 0; i < made->n_blocks; i++) {
        mc_batch_dispose(&made->blocks[i].batch);
        made_sets_free(&made->blocks[i].sets);
    }
    free(made->blocks);
    mc_index_info_dispose(&made->info);
    mc_buffer_dispose(&made->ledger);
    mc_buffer_dispose(&made->entries);
    *made = (made_index){0};
}

/* Room for one more block; the caller fills its batch and sets. */
static inline made_block *made_index_grow(made_index *made) {
    made->blocks = realloc(made->blocks, (made->n_blocks + 1) * sizeof *made->blocks);
    assert_non_null(made->blocks);
    made->blocks[made->n_blocks] = (made_block){0};
    return &made->blocks[made->n_blocks++];
}

static inline void made_index_add(made_index *made, const made_limits *limits) {
    made_block *block = made_index_grow(made);
    make_batch(&block->batch, limits);
    block->sets = make_sets(&block->batch, limits);
}

/* Sums up the books as matching does. */
static inline void made_index_count(made_index *made) {
    mc_totals *totals = &made->info.totals;
    *totals = (mc_totals){0};
    for (size_t b = 0; b < made->n_blocks; b++) {
        made_block *block = &made->blocks[b];
        const mc_batch *batch = &block->batch;
        block->first_record = totals->records;
        totals->records += batch->n_numbers;
        totals->read += batch->n_records;
        totals->rejected += batch->n_rejects;
        for (size_t i = 0; i < batch->n_rejects; i++)
            totals->rejected_for[batch->rejects[i].reason]++;
        totals->texts += batch->n_texts;
        for (size_t t = 0; t < batch->n_texts; t++) {
            uint32_t n_ids = block->sets.offsets[t + 1] - block->sets.offsets[t];
            totals->empty += batch->texts[t].size == 0;
            totals->matched += n_ids > 0;
            totals->unmatched += n_ids == 0 && batch->texts[t].size > 0;
            totals->matches += n_ids;
        }
    }
}

/* Writes the index to path, its books counted. */
static inline void made_index_write(made_index *made, const char *path) {
    mc_index_writer *writer;
    mc_block_encoder *encoder;
    mc_buffer out = {0};
    mc_error error = {0};
    made_index_count(made);
    made->path = path;
    assert_int_equal(mc_block_encoder_create(&encoder, NULL), MC_OK);
    assert_int_equal(mc_index_create(&writer, path, NULL), MC_OK);
    for (size_t b = 0; b < made->n_blocks; b++) {
        const made_block *block = &made->blocks[b];
        mc_match_sets sets = borrow_sets(&block->sets);
        assert_int_equal(
            mc_block_encode(encoder, &block->batch, &sets, made->info.keep_texts, &out, NULL),
            MC_OK);
        mc_block_place(out.data, block->first_record);
        assert_int_equal(mc_index_append(writer, &out, (uint32_t)block->batch.n_texts, NULL),
                         MC_OK);
    }
    if (mc_index_commit(&writer, &made->info, &made->ledger, &made->entries, &error) != MC_OK)
        fail_msg("%s", error.message);
    assert_null(writer);
    mc_buffer_dispose(&out);
    mc_block_encoder_free(encoder);
}

#endif
