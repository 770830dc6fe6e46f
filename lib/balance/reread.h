/* The texts of match indexes once more. A block of an index was made of one chunk of its shard;
 * where the index keeps no texts both are read side by side: the block says which texts there are,
 * the chunk has them. A text that is not there as it was matched is MC_E_MISMATCH. */
#ifndef MC_BALANCE_REREAD_H
#define MC_BALANCE_REREAD_H

#include "balance/pass.h"
#include "pool/shard.h"

/* The shard of an index, while blocks of it are in work. */
typedef struct mc_reread_shard {
    mc_pool *pool;
    mc_shard *shard;
} mc_reread_shard;

/* All indexes of a set, from the first block to the last. */
typedef struct mc_reread {
    mc_index_set *set;
    const char *reader; /* the reader command that may be run to read a pool; or NULL */
    const mc_control *control;
    /* Whether any of n texts from first on is wanted; what is not is not read, as far as that is
     * possible. NULL: all are. */
    bool (*wanted)(void *context, uint64_t first, uint64_t n);
    void *context;
    mc_reread_shard *shards; /* by index */
    size_t index, block;     /* to be read next */
    size_t n_closed;         /* shards from the first on */
} mc_reread;

/* Where a wanted text is in its chunk: indexes in the batch's records and texts. */
typedef struct mc_reread_place {
    size_t record, text;
} mc_reread_place;

/* A block, and the chunk it was made of. */
typedef struct mc_reread_block {
    mc_pass_block place;
    mc_block block;
    bool texts_inside; /* the index keeps texts */
    mc_buffer stored;
    mc_chunk chunk;
    mc_batch batch;
    /* The texts to be found, numbers in the block, ascending: put there between decode and find. */
    uint32_t *texts;
    size_t n_texts, texts_capacity;
    mc_reread_place *places;
    size_t places_capacity;
} mc_reread_block; /* {0} is empty; reused */

/* Of reread what is the caller's is filled in; the set lives as long as it does. Dispose it in any
 * case. */
MC_MUST_CHECK mc_status mc_reread_init(mc_reread *reread, mc_error *error);
void mc_reread_dispose(mc_reread *reread);
void mc_reread_block_dispose(mc_reread_block *block);

/* Reads the next block and its chunk as stored; MC_END when there is none. One thread at a time. */
MC_MUST_CHECK mc_status mc_reread_next(mc_reread *reread, mc_reread_block *block, mc_error *error);
/* Decodes the block and makes room in texts for all of its texts; n_texts is 0 then. Any thread. */
MC_MUST_CHECK mc_status mc_reread_decode(const mc_reread *reread, mc_reread_block *block,
                                         mc_error *error);
/* Finds the texts to be found. Any thread, with a parser of its own. */
MC_MUST_CHECK mc_status mc_reread_find(const mc_reread *reread, mc_reread_block *block,
                                       mc_parser *parser, mc_error *error);
/* Closes the shards of the indexes before end; no block of them is in work any more. */
void mc_reread_close(mc_reread *reread, size_t end);

/* URL (size 0: none) and bytes of the i-th text found; borrowed from the block. */
static inline mc_bytes mc_reread_url(const mc_reread_block *b, size_t i) {
    if (b->texts_inside)
        return b->block.urls[b->texts[i]];
    const mc_record *record = &b->batch.records[b->places[i].record];
    return (mc_bytes){b->batch.bytes.data + record->url_offset, record->url_size};
}

static inline mc_bytes mc_reread_text(const mc_reread_block *b, size_t i) {
    if (b->texts_inside)
        return b->block.texts[b->texts[i]];
    return mc_batch_span(&b->batch, &b->batch.texts[b->places[i].text]);
}

/* Number of the i-th text's record within its shard. */
static inline uint64_t mc_reread_record(const mc_reread_block *b, size_t i) {
    return b->block.info.first_record + b->block.records[b->texts[i]];
}

static inline mc_pair mc_reread_pair(const mc_reread_block *b, size_t i) {
    return mc_pair_load(b->block.identity + (size_t)b->texts[i] * MC_IDENTITY_SIZE);
}

#endif
