/* Blocks: the match index of one chunk of a shard. The layout is specified in docs/formats.md.
 *
 *   header     64 bytes, little-endian (struct below), with checksums
 *   identity   24 bytes a text: uid (16, little-endian), text_hash (8); not compressed, since it is
 *              random, so that equal pairs are found without decoding anything else
 *   columns    records, text numbers, set sizes, entry ids, languages; not compressed, since the
 * ids are most of it, lose a quarter at best, and are read many times, languages texts      one
 * zstd frame with urls and texts; only when they are kept
 *
 * A block holds every text of the records read that no filter took out, the empty and the unmatched
 * ones too, in order.
 */
#ifndef MC_MATCH_BLOCK_H
#define MC_MATCH_BLOCK_H

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "metacurate/concepts.h"
#include "pool/batch.h"

#define MC_BLOCK_HEADER_SIZE 64
#define MC_IDENTITY_SIZE 24

/* What the header says; all there is to know of a block before decoding. */
typedef struct mc_block_info {
    uint64_t first_record; /* number, within the shard, of the chunk's record 0 */
    uint32_t n_records;    /* record numbers the chunk takes, the rejected ones included */
    uint32_t n_texts;
    uint32_t n_ids; /* matches of all texts */
    uint32_t columns_size;
    uint32_t texts_size; /* as stored; 0: not kept */
    uint32_t texts_plain;
} mc_block_info;

/* Bytes of the block after its header. */
static inline uint64_t mc_block_payload(const mc_block_info *info) {
    return (uint64_t)info->n_texts * MC_IDENTITY_SIZE + info->columns_size + info->texts_size;
}

/* A pair's identity. */
typedef struct mc_pair {
    mc_u128 uid;
    uint64_t text_hash;
} mc_pair;

static inline int mc_pair_compare(const mc_pair *a, const mc_pair *b) {
    int order = mc_u128_compare(a->uid, b->uid);
    return order ? order : (a->text_hash > b->text_hash) - (a->text_hash < b->text_hash);
}

/* Little-endian numbers in memory; compilers make single loads and stores of these. */
static inline uint32_t mc_load_u32(const void *from) {
    const unsigned char *b = from;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t mc_load_u64(const void *from) {
    const unsigned char *b = from;
    return (uint64_t)mc_load_u32(b) | (uint64_t)mc_load_u32(b + 4) << 32;
}

static inline void mc_store_u32(void *to, uint32_t value) {
    unsigned char *b = to;
    b[0] = (unsigned char)value;
    b[1] = (unsigned char)(value >> 8);
    b[2] = (unsigned char)(value >> 16);
    b[3] = (unsigned char)(value >> 24);
}

static inline void mc_store_u64(void *to, uint64_t value) {
    unsigned char *b = to;
    mc_store_u32(b, (uint32_t)value);
    mc_store_u32(b + 4, (uint32_t)(value >> 32));
}

static inline mc_pair mc_pair_load(const void *identity) {
    const char *bytes = identity;
    return (mc_pair){{mc_load_u64(bytes + 8), mc_load_u64(bytes)}, mc_load_u64(bytes + 16)};
}

/* Encoder: one thread's scratch. */
typedef struct mc_block_encoder mc_block_encoder;
MC_MUST_CHECK mc_status mc_block_encoder_create(mc_block_encoder **out, mc_error *error);
void mc_block_encoder_free(mc_block_encoder *encoder);

/* Encodes a batch and its match sets (of its texts, in order) as one block into out (cleared
 * first), for a chunk whose record 0 has number 0: mc_block_place sets the real one. MC_E_LIMIT for
 * more matches than a block holds, or more texts than are sure to fit. */
MC_MUST_CHECK mc_status mc_block_encode(mc_block_encoder *encoder, const mc_batch *batch,
                                        const mc_match_sets *sets, bool keep_texts, mc_buffer *out,
                                        mc_error *error);
void mc_block_place(void *block, uint64_t first_record);

/* What a block can hold for sure: texts of a chunk, and bytes of their urls and texts. */
#define MC_BLOCK_TEXTS_MAX (1u << 22)
#define MC_BLOCK_BYTES_MAX (208u << 20)

/* Reads a header. MC_E_FORMAT when it is damaged. */
MC_MUST_CHECK mc_status mc_block_read_header(const void *header, mc_block_info *out,
                                             mc_error *error);

/* A decoded block; memory is reused from one to the next. */
typedef struct mc_block {
    mc_block_info info;
    const char *identity; /* n_texts * 24 bytes, borrowed from the stored block */
    uint32_t *records;    /* record of each text, within the chunk */
    uint32_t *numbers;    /* number of each text within its record */
    uint32_t *offsets;    /* n_texts + 1, into ids */
    uint32_t *ids;
    uint8_t *empty;         /* 1 for a text without a byte */
    mc_language *languages; /* of each text */
    mc_bytes *urls;         /* only when kept, else NULL; borrowed from the block */
    mc_bytes *texts;
    size_t records_capacity, numbers_capacity, offsets_capacity, ids_capacity, empty_capacity;
    size_t urls_capacity, texts_capacity, languages_capacity;
    mc_language *codes; /* of the dictionary being read */
    size_t codes_capacity;
    mc_buffer kept;
    void *decompressor;
} mc_block; /* {0} is empty */

void mc_block_dispose(mc_block *block);

/* Decodes a whole stored block (header and payload, size bytes). Everything is checked: ids are
 * below n_entries and ascending, records below info.n_records. with_texts decodes urls and texts
 * too. stored must live as long as the decoded block is used. */
MC_MUST_CHECK mc_status mc_block_decode(mc_block *block, const void *stored, size_t size,
                                        uint32_t n_entries, bool with_texts, mc_error *error);

#endif
