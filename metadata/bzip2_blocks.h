/* bzip2 files block by block: each block (up to 900,000 bytes) can be decoded alone, on any thread,
 * whatever became of the others. */
#ifndef MC_METADATA_BZIP2_BLOCKS_H
#define MC_METADATA_BZIP2_BLOCKS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "metacurate/base.h"

/* A block as stored, shared by those who hold it. A stretch of the file that holds no block where
 * there should be some has no bits. */
typedef struct mc_bzip2_block {
    atomic_size_t users;
    uint64_t offset; /* in the file: of the byte its first bit is in */
    uint64_t n_bits; /* from first_bit on */
    unsigned first_bit;
    unsigned level; /* of its stream: it holds up to level * 100,000 bytes */
    bool last;      /* its stream ends behind it */
    unsigned char bytes[];
} mc_bzip2_block;

void mc_bzip2_hold(mc_bzip2_block *block);
void mc_bzip2_release(mc_bzip2_block *block); /* NULL is fine */

typedef struct mc_bzip2_reader mc_bzip2_reader;

/* MC_END, with *out NULL, when the file does not begin with a bzip2 block. */
MC_MUST_CHECK mc_status mc_bzip2_open(mc_bzip2_reader **out, const char *path, mc_error *error);
void mc_bzip2_close(mc_bzip2_reader *reader);
/* The next block, which the caller holds; MC_END; or a failure to read. */
MC_MUST_CHECK mc_status mc_bzip2_next(mc_bzip2_reader *reader, mc_bzip2_block **block,
                                      mc_error *error);
uint64_t mc_bzip2_taken(const mc_bzip2_reader *reader);
/* After MC_END: XXH3_128bits of the file and its size. */
void mc_bzip2_digest(const mc_bzip2_reader *reader, mc_u128 *digest, uint64_t *size);

/* Appends what the block holds. MC_E_FORMAT says what is wrong with it; then out is as it was.
 * stored is scratch. */
MC_MUST_CHECK mc_status mc_bzip2_decode(const mc_bzip2_block *block, mc_buffer *stored,
                                        mc_buffer *out, mc_error *error);

#endif
