/* Writing a match index: blocks as they come, the footer at the end. */
#include "match/index.h"

#include <stdlib.h>
#include <zstd.h>

#include "match/index_layout.h"

struct mc_index_writer {
    mc_sink *sink;
    mc_block_entry *blocks;
    size_t n_blocks, blocks_capacity;
    uint64_t n_texts;
};

mc_status mc_index_create(mc_index_writer **out, const char *path, mc_error *error) {
    *out = NULL;
    mc_index_writer *writer;
    MC_TRY(mc_alloc(&writer, 1, sizeof *writer, error));
    mc_status status = mc_sink_create(&writer->sink, path, error);
    if (status == MC_OK)
        status = mc_sink_write(writer->sink, MC_INDEX_MAGIC, MC_INDEX_HEADER_SIZE, error);
    if (status != MC_OK) {
        mc_index_discard(&writer);
        return status;
    }
    *out = writer;
    return MC_OK;
}

void mc_index_discard(mc_index_writer **writer) {
    if (!*writer)
        return;
    mc_sink_discard(&(*writer)->sink);
    free((*writer)->blocks);
    free(*writer);
    *writer = NULL;
}

mc_status mc_index_append(mc_index_writer *writer, const mc_buffer *block, uint32_t n_texts,
                          mc_error *error) {
    MC_TRY(MC_GROW(writer->blocks, writer->blocks_capacity, writer->n_blocks + 1, error));
    writer->blocks[writer->n_blocks++] =
        (mc_block_entry){mc_sink_written(writer->sink), block->size, writer->n_texts, n_texts};
    writer->n_texts += n_texts;
    return mc_sink_write(writer->sink, block->data, block->size, error);
}

mc_status mc_index_put_entry(mc_buffer *entries, uint32_t *last, uint32_t id, mc_bytes entry,
                             mc_error *error) {
    char head[8];
    mc_store_u32(head, id - *last);
    mc_store_u32(head + 4, (uint32_t)entry.size);
    *last = id;
    MC_TRY(mc_buffer_append(entries, head, sizeof head, error));
    return mc_buffer_append(entries, entry.data, entry.size, error);
}

/* Appends plain compressed; nothing where it is empty. */
static mc_status append_section(mc_buffer *footer, const mc_buffer *plain, char *stored_size,
                                char *checksum, mc_error *error) {
    size_t bound = ZSTD_compressBound(plain->size), n = 0;
    MC_TRY(mc_buffer_reserve(footer, bound, error));
    if (plain->size > 0)
        n = ZSTD_compress(footer->data + footer->size, bound, plain->data, plain->size, 3);
    if (ZSTD_isError(n))
        return mc_fail(error, MC_E_MEMORY, "zstd: %s", ZSTD_getErrorName(n));
    mc_store_u64(stored_size, n);
    mc_store_u64(checksum, mc_checksum(footer->data + footer->size, n));
    footer->size += n;
    return MC_OK;
}

static mc_status put_footer(mc_index_writer *writer, const mc_index_info *info,
                            const mc_buffer *ledger, const mc_buffer *entries, mc_buffer *footer,
                            mc_error *error) {
    char trailer[MC_INDEX_TRAILER_SIZE] = {0};
    mc_store_u64(trailer, mc_sink_written(writer->sink));
    MC_TRY(mc_index_info_to_json(info, footer, error));
    mc_store_u64(trailer + 8, footer->size);
    mc_store_u64(trailer + 16, writer->n_blocks);
    for (size_t i = 0; i < writer->n_blocks; i++) {
        char entry[MC_INDEX_ENTRY_SIZE];
        mc_store_u64(entry, writer->blocks[i].offset);
        mc_store_u64(entry + 8, writer->blocks[i].size);
        mc_store_u64(entry + 16, writer->blocks[i].first_text);
        mc_store_u64(entry + 24, writer->blocks[i].n_texts);
        MC_TRY(mc_buffer_append(footer, entry, sizeof entry, error));
    }
    mc_store_u64(trailer + 56, mc_checksum(footer->data, footer->size));
    mc_store_u64(trailer + 32, ledger->size);
    MC_TRY(append_section(footer, ledger, trailer + 24, trailer + 64, error));
    mc_store_u64(trailer + 48, entries->size);
    MC_TRY(append_section(footer, entries, trailer + 40, trailer + 72, error));
    mc_store_u64(trailer + 80, mc_checksum(trailer, 80));
    memcpy(trailer + 88, MC_INDEX_MAGIC, MC_INDEX_HEADER_SIZE);
    return mc_buffer_append(footer, trailer, sizeof trailer, error);
}

mc_status mc_index_commit(mc_index_writer **writer, const mc_index_info *info,
                          const mc_buffer *ledger, const mc_buffer *entries, mc_error *error) {
    mc_buffer footer = {0};
    mc_status status = put_footer(*writer, info, ledger, entries, &footer, error);
    if (status == MC_OK)
        status = mc_sink_write((*writer)->sink, footer.data, footer.size, error);
    if (status == MC_OK)
        status = mc_sink_commit(&(*writer)->sink, error);
    mc_buffer_dispose(&footer);
    mc_index_discard(writer);
    return status;
}
