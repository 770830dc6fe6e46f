/* Reading a match index: the footer is checked whole before a block is looked at. */
#include "match/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "match/index_layout.h"

static mc_status damaged(const char *what, mc_error *error) {
    return mc_fail(error, MC_E_FORMAT, "damaged match index: %s", what);
}

mc_status mc_index_reopen(mc_index *index, mc_error *error) {
    if (index->fd >= 0)
        return MC_OK;
    index->fd = open(index->file, O_RDONLY | O_CLOEXEC);
    if (index->fd < 0) {
        mc_fail(error, MC_E_IO, "cannot be opened: %s", strerror(errno));
        mc_error_place(error, index->file, MC_NONE, MC_NONE);
        return MC_E_IO;
    }
    return MC_OK;
}

void mc_index_shut(mc_index *index) {
    if (index->fd >= 0)
        close(index->fd);
    index->fd = -1;
}

void mc_index_dispose(mc_index *index) {
    mc_index_shut(index);
    mc_index_info_dispose(&index->info);
    free(index->file);
    free(index->blocks);
    free(index->ledger);
    *index = (mc_index){.fd = -1};
}

static mc_status get_ledger(mc_index *index, const char *data, uint64_t size, uint64_t plain,
                            mc_error *error) {
    if (plain > MC_INDEX_LEDGER_MAX)
        return damaged("ledger too long", error);
    MC_TRY(mc_alloc(&index->ledger, plain + 1, 1, error));
    index->ledger_size = plain;
    if (plain == 0)
        return size == 0 ? MC_OK : damaged("ledger", error);
    size_t n = ZSTD_decompress(index->ledger, plain, data, size);
    return n == plain ? MC_OK : damaged("ledger", error);
}

/* Blocks must follow one another from the magic to the document, and their texts likewise. */
static mc_status get_table(mc_index *index, const char *data, uint64_t end, mc_error *error) {
    MC_TRY(MC_ALLOC(index->blocks, index->n_blocks, error));
    uint64_t offset = MC_INDEX_HEADER_SIZE, n_texts = 0;
    for (size_t i = 0; i < index->n_blocks; i++, data += MC_INDEX_ENTRY_SIZE) {
        mc_block_entry *b = &index->blocks[i];
        *b = (mc_block_entry){mc_load_u64(data), mc_load_u64(data + 8), mc_load_u64(data + 16),
                              mc_load_u64(data + 24)};
        if (b->offset != offset || b->size < MC_BLOCK_HEADER_SIZE || b->size > end - offset ||
            b->first_text != n_texts || b->n_texts > b->size / MC_IDENTITY_SIZE)
            return damaged("block table", error);
        offset += b->size;
        n_texts += b->n_texts;
    }
    if (offset != end || n_texts != index->info.totals.texts)
        return damaged("block table", error);
    return MC_OK;
}

static mc_status read_footer(mc_index *index, uint64_t file_size, mc_error *error) {
    char magic[MC_INDEX_HEADER_SIZE], trailer[MC_INDEX_TRAILER_SIZE];
    if (file_size < MC_INDEX_HEADER_SIZE + MC_INDEX_TRAILER_SIZE)
        return damaged("too short", error);
    MC_TRY(mc_read_at(index->fd, magic, sizeof magic, 0, index->file, error));
    if (memcmp(magic, MC_INDEX_MAGIC, sizeof magic) != 0)
        return mc_fail(error, MC_E_FORMAT, "no match index of this version");
    uint64_t limit = file_size - MC_INDEX_TRAILER_SIZE;
    MC_TRY(mc_read_at(index->fd, trailer, sizeof trailer, limit, index->file, error));
    if (memcmp(trailer + 56, MC_INDEX_MAGIC, sizeof magic) != 0 ||
        mc_load_u64(trailer + 48) != mc_checksum(trailer, 48))
        return damaged("no valid end; the file is cut short or was overwritten", error);
    uint64_t start = mc_load_u64(trailer), document = mc_load_u64(trailer + 8);
    uint64_t ledger = mc_load_u64(trailer + 16), plain = mc_load_u64(trailer + 24);
    uint64_t n_blocks = mc_load_u64(trailer + 32);
    if (start < MC_INDEX_HEADER_SIZE || start > limit || document > limit - start ||
        ledger > limit - start - document || n_blocks > limit / MC_INDEX_ENTRY_SIZE ||
        n_blocks * MC_INDEX_ENTRY_SIZE != limit - start - document - ledger)
        return damaged("impossible sizes", error);
    mc_buffer footer = {0};
    mc_status status = mc_buffer_reserve(&footer, limit - start, error);
    if (status == MC_OK)
        status = mc_read_at(index->fd, footer.data, limit - start, start, index->file, error);
    if (status == MC_OK && mc_checksum(footer.data, limit - start) != mc_load_u64(trailer + 40))
        status = damaged("wrong checksum of the footer", error);
    if (status == MC_OK)
        status = mc_index_info_from_json(&index->info, footer.data, document, error);
    if (status == MC_OK)
        status = get_ledger(index, footer.data + document, ledger, plain, error);
    index->n_blocks = n_blocks;
    if (status == MC_OK)
        status = get_table(index, footer.data + document + ledger, start, error);
    mc_buffer_dispose(&footer);
    return status;
}

mc_status mc_index_open(mc_index *index, const char *path, bool keep_open, mc_error *error) {
    *index = (mc_index){.fd = -1};
    MC_TRY(mc_copy_string(&index->file, path, error));
    mc_status status = mc_index_reopen(index, error);
    struct stat info;
    if (status == MC_OK && (fstat(index->fd, &info) < 0 || !S_ISREG(info.st_mode)))
        status = mc_fail(error, MC_E_IO, "is no regular file");
    if (status == MC_OK)
        status = read_footer(index, (uint64_t)info.st_size, error);
    if (status != MC_OK) {
        mc_error_place(error, path, MC_NONE, MC_NONE);
        mc_index_dispose(index);
        return status;
    }
    if (!keep_open)
        mc_index_shut(index);
    return MC_OK;
}

mc_status mc_index_read(const mc_index *index, size_t block, mc_buffer *out, mc_error *error) {
    const mc_block_entry *entry = &index->blocks[block];
    out->size = 0;
    MC_TRY(mc_buffer_reserve(out, entry->size, error));
    MC_TRY(mc_read_at(index->fd, out->data, entry->size, entry->offset, index->file, error));
    out->size = entry->size;
    return MC_OK;
}

mc_status mc_index_decode(const mc_index *index, size_t number, mc_block *block,
                          const mc_buffer *stored, bool with_texts, mc_error *error) {
    mc_status status = mc_block_decode(block, stored->data, stored->size, index->info.n_entries,
                                       with_texts, error);
    if (status == MC_OK && block->info.n_texts != index->blocks[number].n_texts)
        status = damaged("a block and the block table disagree", error);
    if (status != MC_OK)
        mc_error_place(error, index->file, MC_NONE, index->blocks[number].offset);
    return status;
}

mc_status mc_index_read_identities(const mc_index *index, size_t block, mc_buffer *out,
                                   mc_error *error) {
    const mc_block_entry *entry = &index->blocks[block];
    size_t size = (size_t)entry->n_texts * MC_IDENTITY_SIZE;
    out->size = 0;
    MC_TRY(mc_buffer_reserve(out, size, error));
    if (entry->size < MC_BLOCK_HEADER_SIZE + size)
        return damaged("block table", error);
    MC_TRY(mc_read_at(index->fd, out->data, size, entry->offset + MC_BLOCK_HEADER_SIZE, index->file,
                      error));
    out->size = size;
    return MC_OK;
}
