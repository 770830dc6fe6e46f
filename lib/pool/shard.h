/* A shard being read: chunks of whole records in order, then parsed on any thread.
 *
 * Reading finds record ends and nothing else, so it is cheap; parsing decodes. Chunk boundaries are
 * a function of the shard's decompressed bytes alone: a chunk is filled to MC_CHUNK_BYTES and cut
 * after the last whole record in it, at the latest after MC_CHUNK_MAX_RECORDS records; a record
 * longer than that gets a chunk of its own. (Here the records of a WARC are those of the file; the
 * image links in them become the records of the batch.)
 */
#ifndef MC_POOL_SHARD_H
#define MC_POOL_SHARD_H

#include "base/buffer.h"
#include "metacurate/pool.h"
#include "pool/batch.h"

#define MC_CHUNK_BYTES (1u << 20)
#define MC_CHUNK_MAX_RECORDS 65536 /* bounds the batch that a chunk of empty lines makes */
#define MC_CHUNK_PADDING 64        /* readable bytes after the end of a chunk's bytes */

typedef enum mc_chunk_kind {
    MC_CHUNK_RECORDS,  /* bytes holds whole records */
    MC_CHUNK_TOO_LONG, /* one record beyond max_record; bytes is empty */
    MC_CHUNK_UNCLOSED, /* one CSV record whose quote is never closed; bytes is empty */
    MC_CHUNK_BROKEN,   /* a stretch of a WARC that is no record; bytes is empty */
    MC_CHUNK_DAMAGED   /* the source is damaged here; bytes is empty */
} mc_chunk_kind;

typedef struct mc_chunk {
    mc_chunk_kind kind;
    mc_buffer bytes;  /* capacity includes MC_CHUNK_PADDING */
    uint64_t offset;  /* of the first byte in the shard, decompressed */
    char detail[200]; /* what is wrong with a chunk of another kind than MC_CHUNK_RECORDS */
} mc_chunk;           /* {0} is empty; reused */

void mc_chunk_dispose(mc_chunk *chunk);

typedef struct mc_shard mc_shard;
typedef struct mc_parser mc_parser; /* one thread's scratch for parsing any shard */

/* Opens a shard of the pool, tells its format and reads a table's header. MC_E_IO when it cannot be
 * opened, MC_E_FORMAT (with what to do about it) when no column of a table is a known text field.
 * A leading UTF-8 byte order mark is passed over (offsets count it). */
MC_MUST_CHECK mc_status mc_shard_open(mc_shard **out, const mc_pool *pool, size_t index,
                                      mc_error *error);
void mc_shard_close(mc_shard *shard);

/* Reads the next chunk: MC_OK, MC_END, or a failure (MC_E_MEMORY; MC_E_IO when the system or a
 * reader command fails). Damaged data is no failure: what came before it is delivered, then a chunk
 * of kind MC_CHUNK_DAMAGED, then what can be read behind it. One thread at a time. */
MC_MUST_CHECK mc_status mc_shard_read(mc_shard *shard, mc_chunk *chunk, mc_error *error);

/* The format told or given. */
mc_format mc_shard_format(const mc_shard *shard);
/* Bytes taken from the file so far, as stored. */
uint64_t mc_shard_taken(const mc_shard *shard);
/* After MC_END: digest and size of the content as stored (of the output with --reader). */
MC_MUST_CHECK mc_status mc_shard_digest(mc_shard *shard, mc_u128 *digest, uint64_t *size,
                                        mc_error *error);

MC_MUST_CHECK mc_status mc_parser_create(mc_parser **out, mc_error *error);
void mc_parser_free(mc_parser *parser);

/* Decodes a chunk into batch (cleared first). Reads only what is fixed once the shard is open, so
 * any number of threads may parse chunks of it at once, each with its own parser. Bad records are
 * rejected in the batch; MC_E_MEMORY is the only failure. */
MC_MUST_CHECK mc_status mc_shard_parse(const mc_shard *shard, mc_parser *parser,
                                       const mc_chunk *chunk, mc_batch *batch, mc_error *error);

#endif
