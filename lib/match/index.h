/* The match index of a shard (.mcm): blocks, then a footer with what was matched and how.
 * The layout is specified in docs/formats.md. */
#ifndef MC_MATCH_INDEX_H
#define MC_MATCH_INDEX_H

#include "io/sink.h"
#include "match/block.h"
#include "metacurate/match.h"

#define MC_INDEX_SUFFIX ".mcm"

/* What the footer says. Strings belong to whoever made the struct. Of a shard that was read but not
 * matched (extract) metadata_digest is "", and what follows from matching is 0. */
typedef struct mc_index_info {
    char *shard;          /* the shard's name in outputs */
    char *path;           /* its path when it was matched */
    mc_pool_options read; /* how it was read; format is the one told; strings owned here */
    uint64_t source_size; /* content as stored */
    char source_digest[33];
    char filter_digest[33]; /* of the files that read names; "": it names none */
    char metadata_digest[33];
    uint32_t n_entries;
    mc_rules rules;
    bool keep_texts;
    mc_totals totals;
} mc_index_info;

void mc_index_info_dispose(mc_index_info *info);
MC_MUST_CHECK mc_status mc_index_info_to_json(const mc_index_info *info, mc_buffer *out,
                                              mc_error *error);
MC_MUST_CHECK mc_status mc_index_info_from_json(mc_index_info *info, const char *data, size_t size,
                                                mc_error *error);

/* Writer. One thread at a time. */
typedef struct mc_index_writer mc_index_writer;
MC_MUST_CHECK mc_status mc_index_create(mc_index_writer **out, const char *path, mc_error *error);
/* Appends an encoded block; n_texts as in its header. */
MC_MUST_CHECK mc_status mc_index_append(mc_index_writer *writer, const mc_buffer *block,
                                        uint32_t n_texts, mc_error *error);
/* Writes the footer with ledger (JSONL) and entries (mc_index_put_entry), and commits; frees the
 * writer in any case. */
MC_MUST_CHECK mc_status mc_index_commit(mc_index_writer **writer, const mc_index_info *info,
                                        const mc_buffer *ledger, const mc_buffer *entries,
                                        mc_error *error);
void mc_index_discard(mc_index_writer **writer);

/* Appends an entry that occurs in the shard to the entries section. Ids must ascend; *last is 0 at
 * first. With them an index can be balanced and reported on without the concept list. */
MC_MUST_CHECK mc_status mc_index_put_entry(mc_buffer *entries, uint32_t *last, uint32_t id,
                                           mc_bytes entry, mc_error *error);

/* Where a block lies. */
typedef struct mc_block_entry {
    uint64_t offset;
    uint64_t size;       /* header and payload */
    uint64_t first_text; /* ordinal of its first text within the shard */
    uint64_t n_texts;
} mc_block_entry;

/* Reader. Reading blocks with mc_index_read is safe from any number of threads. */
typedef struct mc_index {
    mc_index_info info;
    char *file; /* path of the .mcm */
    int fd;     /* -1 while closed */
    size_t n_blocks;
    mc_block_entry *blocks;
    uint64_t ledger_offset, ledger_stored, ledger_plain, ledger_checksum;
    uint64_t entries_offset, entries_stored, entries_plain, entries_checksum;
} mc_index;

/* Opens and checks magic, trailer, document and block table. MC_E_FORMAT names what is damaged. The
 * descriptor is closed again unless keep_open. */
MC_MUST_CHECK mc_status mc_index_open(mc_index *index, const char *path, bool keep_open,
                                      mc_error *error);
MC_MUST_CHECK mc_status mc_index_reopen(mc_index *index, mc_error *error);
void mc_index_shut(mc_index *index);
void mc_index_dispose(mc_index *index);

/* Appends the ledger (JSONL) to out. The index must be open. */
MC_MUST_CHECK mc_status mc_index_read_ledger(const mc_index *index, mc_buffer *out,
                                             mc_error *error);
/* Calls use for every entry that occurs in the shard, by ascending id (below info.n_entries). */
MC_MUST_CHECK mc_status mc_index_read_entries(const mc_index *index,
                                              mc_status (*use)(void *context, uint32_t id,
                                                               mc_bytes entry, mc_error *error),
                                              void *context, mc_error *error);

/* Reads a block as stored into out (cleared first). */
MC_MUST_CHECK mc_status mc_index_read(const mc_index *index, size_t block, mc_buffer *out,
                                      mc_error *error);
/* Decodes it; an error names the file and the block's offset. Urls and texts are there when
 * with_texts and the index keeps them. */
MC_MUST_CHECK mc_status mc_index_decode(const mc_index *index, size_t number, mc_block *block,
                                        const mc_buffer *stored, bool with_texts, mc_error *error);
/* Reads the identities of a block only: n_texts * MC_IDENTITY_SIZE bytes. They are not checked, for
 * the checksum covers the whole payload: who uses them must decode the block at some time. */
MC_MUST_CHECK mc_status mc_index_read_identities(const mc_index *index, size_t block,
                                                 mc_buffer *out, mc_error *error);

#endif
