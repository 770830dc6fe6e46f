/* Reading a match index: the footer is checked whole before a block is looked at. */
#include "match/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "match/index_layout.h"
#include "match/totals.h"

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
    *index = (mc_index){.fd = -1};
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
    if (offset != end || n_texts != mc_totals_indexed(&index->info.totals))
        return damaged("block table", error);
    return MC_OK;
}

/* Reads the trailer and sets where everything lies; *document is the size of the document and
 * *start its offset. */
static mc_status read_trailer(mc_index *index, uint64_t file_size, uint64_t *start,
                              uint64_t *document, uint64_t *checksum, mc_error *error) {
    char magic[MC_INDEX_HEADER_SIZE], t[MC_INDEX_TRAILER_SIZE];
    if (file_size < MC_INDEX_HEADER_SIZE + MC_INDEX_TRAILER_SIZE)
        return damaged("too short", error);
    MC_TRY(mc_read_at(index->fd, magic, sizeof magic, 0, index->file, error));
    if (memcmp(magic, MC_INDEX_MAGIC, sizeof magic) != 0)
        return mc_fail(error, MC_E_FORMAT, "is no match index of this version");
    uint64_t limit = file_size - MC_INDEX_TRAILER_SIZE;
    MC_TRY(mc_read_at(index->fd, t, sizeof t, limit, index->file, error));
    if (memcmp(t + 88, MC_INDEX_MAGIC, sizeof magic) != 0 ||
        mc_load_u64(t + 80) != mc_checksum(t, 80))
        return damaged("no valid end; the file is cut short or was overwritten", error);
    *start = mc_load_u64(t);
    *document = mc_load_u64(t + 8);
    *checksum = mc_load_u64(t + 56);
    uint64_t n_blocks = mc_load_u64(t + 16);
    index->ledger_stored = mc_load_u64(t + 24);
    index->ledger_plain = mc_load_u64(t + 32);
    index->entries_stored = mc_load_u64(t + 40);
    index->entries_plain = mc_load_u64(t + 48);
    index->ledger_checksum = mc_load_u64(t + 64);
    index->entries_checksum = mc_load_u64(t + 72);
    if (*start < MC_INDEX_HEADER_SIZE || *start > limit || *document > limit - *start ||
        n_blocks > (limit - *start - *document) / MC_INDEX_ENTRY_SIZE)
        return damaged("impossible sizes", error);
    index->n_blocks = n_blocks;
    index->ledger_offset = *start + *document + n_blocks * MC_INDEX_ENTRY_SIZE;
    if (index->ledger_stored > limit - index->ledger_offset)
        return damaged("impossible sizes", error);
    index->entries_offset = index->ledger_offset + index->ledger_stored;
    if (index->entries_stored != limit - index->entries_offset ||
        index->ledger_plain > MC_INDEX_LEDGER_MAX || index->entries_plain > MC_INDEX_ENTRIES_MAX)
        return damaged("impossible sizes", error);
    return MC_OK;
}

static mc_status read_footer(mc_index *index, uint64_t file_size, mc_error *error) {
    uint64_t start = 0, document = 0, checksum = 0;
    MC_TRY(read_trailer(index, file_size, &start, &document, &checksum, error));
    mc_buffer footer = {0};
    size_t size = index->ledger_offset - start;
    mc_status status = mc_buffer_reserve(&footer, size, error);
    if (status == MC_OK)
        status = mc_read_at(index->fd, footer.data, size, start, index->file, error);
    if (status == MC_OK && mc_checksum(footer.data, size) != checksum)
        status = damaged("wrong checksum of the footer", error);
    if (status == MC_OK)
        status = mc_index_info_from_json(&index->info, footer.data, document, error);
    if (status == MC_OK && !index->info.metadata_digest[0])
        status = damaged("the metadata is not named", error);
    if (status == MC_OK)
        status = get_table(index, footer.data + document, start, error);
    mc_buffer_dispose(&footer);
    return status;
}

/* Appends a compressed section of the footer to out, in plain. */
static mc_status read_section(const mc_index *index, uint64_t offset, uint64_t stored_size,
                              uint64_t plain_size, uint64_t checksum, mc_buffer *out,
                              mc_error *error) {
    mc_buffer stored = {0};
    mc_status status = mc_buffer_reserve(&stored, stored_size, error);
    if (status == MC_OK && plain_size / MC_ZSTD_RATIO_MAX > stored_size)
        status = damaged("a section cannot unpack to its size", error);
    if (status == MC_OK)
        status = mc_read_at(index->fd, stored.data, stored_size, offset, index->file, error);
    if (status == MC_OK && mc_checksum(stored.data, stored_size) != checksum)
        status = damaged("wrong checksum of a section", error);
    if (status == MC_OK && plain_size > 0)
        status = mc_buffer_reserve(out, plain_size, error);
    if (status == MC_OK && plain_size > 0) {
        size_t n = ZSTD_decompress(out->data + out->size, plain_size, stored.data, stored_size);
        if (n == plain_size)
            out->size += n;
        else
            status = damaged("a section does not unpack", error);
    }
    mc_buffer_dispose(&stored);
    if (status == MC_E_FORMAT)
        mc_error_place(error, index->file, MC_NONE, offset);
    return status;
}

mc_status mc_index_read_ledger(const mc_index *index, mc_buffer *out, mc_error *error) {
    return read_section(index, index->ledger_offset, index->ledger_stored, index->ledger_plain,
                        index->ledger_checksum, out, error);
}

static mc_status use_entries(const mc_index *index, const mc_buffer *plain,
                             mc_status (*use)(void *, uint32_t, mc_bytes, mc_error *),
                             void *context, mc_error *error) {
    uint64_t id = 0;
    for (size_t at = 0; at < plain->size;) {
        if (plain->size - at < 8)
            return damaged("entries", error);
        id += mc_load_u32(plain->data + at);
        uint32_t size = mc_load_u32(plain->data + at + 4);
        if (id >= index->info.n_entries || size > plain->size - at - 8)
            return damaged("entries", error);
        MC_TRY(use(context, (uint32_t)id, (mc_bytes){plain->data + at + 8, size}, error));
        at += 8 + (size_t)size;
    }
    return MC_OK;
}

mc_status mc_index_read_entries(const mc_index *index,
                                mc_status (*use)(void *context, uint32_t id, mc_bytes entry,
                                                 mc_error *error),
                                void *context, mc_error *error) {
    mc_buffer plain = {0};
    mc_status status = read_section(index, index->entries_offset, index->entries_stored,
                                    index->entries_plain, index->entries_checksum, &plain, error);
    if (status == MC_OK)
        status = use_entries(index, &plain, use, context, error);
    mc_buffer_dispose(&plain);
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
    if (status == MC_OK && (block->info.texts_size > 0) != index->info.keep_texts)
        status = damaged("a block and the footer disagree on what is kept", error);
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
