/* Byte positions shared by the encoder and the decoder of blocks (docs/formats.md). */
#ifndef MC_MATCH_BLOCK_LAYOUT_H
#define MC_MATCH_BLOCK_LAYOUT_H

#include "match/block.h"

#define MC_BLOCK_MAGIC 0x424d434du /* "MCMB" */
#define MC_N_COLUMNS 5
#define MC_COLUMNS_DIRECTORY 20 /* a u32 a column: its bytes */
#define MC_COLUMNS_PADDING 8    /* zeros behind the columns */
#define MC_VARINT_MAX 5
#define MC_BLOCK_PLAIN_MAX (1u << 28)

/* Decodes the column of ids, size bytes with 8 readable ones behind them, into block->ids, which
 * has room for one more than info.n_ids; offsets are set. False when they are not n_ids numbers,
 * ids that ascend within each set and are below n_entries. */
bool mc_block_get_ids(const mc_block *block, const unsigned char *column, size_t size,
                      uint32_t n_entries);

/* The same with AVX-512, once the first id of every set is marked with 1 in block->ids, which holds
 * 0 otherwise. */
bool mc_block_get_ids_avx512(const mc_block *block, const unsigned char *column, size_t size,
                             uint32_t n_entries);

/* Languages already met in a block being encoded; reused from one to the next. */
typedef struct mc_language_table {
    mc_language *codes; /* distinct ones, in the order of their first texts */
    uint32_t *slots;    /* hash table: 0, or 1 + index in codes */
    uint32_t n;
    size_t n_slots, codes_capacity, slots_capacity;
} mc_language_table; /* {0} is empty */

void mc_language_table_dispose(mc_language_table *table);

/* Appends the column of languages. */
MC_MUST_CHECK mc_status mc_block_put_languages(mc_language_table *table, const mc_batch *batch,
                                               mc_buffer *out, mc_error *error);
/* Decodes it into block->languages. *good is false when it is damaged; MC_E_MEMORY is the only
 * failure. */
MC_MUST_CHECK mc_status mc_block_get_languages(mc_block *block, const unsigned char *column,
                                               size_t size, bool *good, mc_error *error);

/* Writes a LEB128 number; returns where it ends. */
static inline unsigned char *mc_put_varint(unsigned char *at, uint64_t value) {
    while (value >= 0x80) {
        *at++ = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    *at++ = (unsigned char)value;
    return at;
}

void mc_block_store_header(void *block, const mc_block_info *info, uint64_t payload_checksum);

#endif
