/* Dumps in bzip2: a chunk is a run of blocks, which ends with a stream where it can (in multistream
 * dumps, streams hold whole pages), and the blocks that follow it, as far as a page may reach: a
 * page belongs to the chunk that it begins in. Blocks are shared, so that following ones cost
 * nothing. */
#include <string.h>

#include "metadata/corpus_parts.h"

/* As stored. A chunk ends with a stream behind the first, anywhere behind the second. */
#define OWN_BYTES ((size_t)1 << 20)
#define OWN_MAX_BYTES ((size_t)5 << 19)
#define OWN_MAX 1024 /* blocks */
/* What the blocks that follow hold, about, and how many there are at most. */
#define FOLLOWING_BYTES (MC_CORPUS_PAGE_MAX + 900000)
#define FOLLOWING_MAX 4096
/* Blocks that a file is told by. */
#define TELLING_BLOCKS 4

static mc_status read_block(mc_corpus_file *file, mc_error *error) {
    MC_TRY(MC_GROW(file->blocks, file->blocks_capacity, file->n_blocks + 1, error));
    mc_bzip2_block *block;
    mc_status status = mc_bzip2_next(file->reader, &block, error);
    file->ended = status == MC_END;
    if (status != MC_OK)
        return file->ended ? MC_OK : status;
    file->blocks[file->n_blocks++] = block;
    return MC_OK;
}

/* Tells the kind of the file by the first block that can be decoded; *fits when it is to be read
 * block by block. */
static mc_status tell(mc_corpus_file *file, bool *fits, mc_error *error) {
    mc_buffer stored = {0}, text = {0};
    mc_status status = MC_OK;
    *fits = false;
    for (size_t i = 0; i < TELLING_BLOCKS && status == MC_OK; i++) {
        status = read_block(file, error);
        if (status != MC_OK || i == file->n_blocks)
            break;
        status = mc_bzip2_decode(file->blocks[i], &stored, &text, error);
        if (status == MC_E_FORMAT) {
            status = MC_OK;
            continue;
        }
        mc_bytes beginning = {text.data, text.size};
        bool utf16 = text.size >= 2 && (memcmp(text.data, "\xFF\xFE", 2) == 0 ||
                                        memcmp(text.data, "\xFE\xFF", 2) == 0);
        if (status == MC_OK && file->found == MC_CORPUS_AUTO && text.size > 0)
            file->found = mc_corpus_tell(beginning);
        *fits = status == MC_OK && !utf16 && file->found == MC_CORPUS_WIKIPEDIA;
        if (*fits)
            status = mc_wiki_names_read(&file->names, beginning, error);
        break;
    }
    mc_buffer_dispose(&stored);
    mc_buffer_dispose(&text);
    return status;
}

mc_status mc_corpus_open_blocks(mc_corpus_file *file, mc_error *error) {
    bool fits = false;
    MC_TRY(mc_bzip2_open(&file->reader, file->path, error));
    MC_TRY(tell(file, &fits, error));
    return fits ? MC_OK : MC_END;
}

/* How many of the blocks read the next chunk has as its own; 0: more are needed to tell. */
static size_t count_own(const mc_corpus_file *file) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < file->n_blocks; i++) {
        const mc_bzip2_block *block = file->blocks[i];
        bytes += block->n_bits / 8;
        if (bytes >= OWN_MAX_BYTES || i + 1 == OWN_MAX || (bytes >= OWN_BYTES && block->last))
            return i + 1;
    }
    return file->ended ? file->n_blocks : 0;
}

/* What a block holds, about: all that one of its level can, unless it is small as stored. */
static uint64_t guess_content(const mc_bzip2_block *block) {
    uint64_t full = (uint64_t)block->level * 100000, unpacked = block->n_bits / 8 * 64;
    return unpacked < full ? unpacked : full;
}

/* Reads on until enough blocks follow the first n. */
static mc_status read_following(mc_corpus_file *file, size_t n, mc_error *error) {
    uint64_t content = 0;
    for (size_t i = n; content < FOLLOWING_BYTES && i - n < FOLLOWING_MAX; i++) {
        if (i == file->n_blocks)
            MC_TRY(read_block(file, error));
        if (i == file->n_blocks)
            break;
        content += guess_content(file->blocks[i]);
    }
    return MC_OK;
}

mc_status mc_corpus_read_blocks(mc_corpus_file *file, mc_corpus_chunk *chunk, mc_error *error) {
    size_t n_own = 0;
    while ((n_own = count_own(file)) == 0 && !file->ended)
        MC_TRY(read_block(file, error));
    if (n_own == 0)
        return MC_END;
    MC_TRY(read_following(file, n_own, error));
    MC_TRY(MC_GROW(chunk->blocks, chunk->blocks_capacity, file->n_blocks, error));
    for (size_t i = 0; i < file->n_blocks; i++) {
        chunk->blocks[i] = file->blocks[i];
        if (i >= n_own)
            mc_bzip2_hold(file->blocks[i]);
    }
    chunk->n_own = n_own;
    chunk->n_blocks = file->n_blocks;
    file->n_blocks -= n_own;
    memmove(file->blocks, file->blocks + n_own, file->n_blocks * sizeof *file->blocks);
    return MC_OK;
}
