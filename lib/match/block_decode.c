/* Reading blocks. The file may be hostile: every size is compared with what is there before it is
 * used, and every value with its range, so that users of a decoded block need no checks. */
#include "match/block.h"

#include <stdlib.h>
#include <zstd.h>

#include "match/block_layout.h"

/* Header: magic 0, n_texts 4, first_record 8, n_records 16, n_ids 20, columns_size 24,
 * zeros 28, texts_size 32, texts_plain 36, zeros 40, payload checksum 48, header checksum 56 (over
 * the 56 bytes before it). */
void mc_block_store_header(void *block, const mc_block_info *info, uint64_t payload_checksum) {
    char *b = block;
    memset(b, 0, MC_BLOCK_HEADER_SIZE);
    mc_store_u32(b, MC_BLOCK_MAGIC);
    mc_store_u32(b + 4, info->n_texts);
    mc_store_u64(b + 8, info->first_record);
    mc_store_u32(b + 16, info->n_records);
    mc_store_u32(b + 20, info->n_ids);
    mc_store_u32(b + 24, info->columns_size);
    mc_store_u32(b + 32, info->texts_size);
    mc_store_u32(b + 36, info->texts_plain);
    mc_store_u64(b + 48, payload_checksum);
    mc_store_u64(b + 56, mc_checksum(b, 56));
}

void mc_block_place(void *block, uint64_t first_record) {
    char *b = block;
    mc_store_u64(b + 8, first_record);
    mc_store_u64(b + 56, mc_checksum(b, 56));
}

mc_status mc_block_read_header(const void *header, mc_block_info *out, mc_error *error) {
    const char *b = header;
    if (mc_load_u32(b) != MC_BLOCK_MAGIC || mc_load_u64(b + 56) != mc_checksum(b, 56))
        return mc_fail(error, MC_E_FORMAT, "damaged block header");
    out->n_texts = mc_load_u32(b + 4);
    out->first_record = mc_load_u64(b + 8);
    out->n_records = mc_load_u32(b + 16);
    out->n_ids = mc_load_u32(b + 20);
    out->columns_size = mc_load_u32(b + 24);
    out->texts_size = mc_load_u32(b + 32);
    out->texts_plain = mc_load_u32(b + 36);
    if (out->columns_size > MC_BLOCK_PLAIN_MAX || out->texts_plain > MC_BLOCK_PLAIN_MAX ||
        out->n_ids > out->columns_size || out->n_texts > out->columns_size)
        return mc_fail(error, MC_E_FORMAT, "block header with impossible sizes");
    return MC_OK;
}

void mc_block_dispose(mc_block *block) {
    free(block->records);
    free(block->numbers);
    free(block->offsets);
    free(block->ids);
    free(block->empty);
    free(block->languages);
    free(block->codes);
    free(block->urls);
    free(block->texts);
    mc_buffer_dispose(&block->kept);
    ZSTD_freeDCtx(block->decompressor);
    *block = (mc_block){0};
}

static mc_status decompress(mc_block *block, mc_buffer *out, const char *from, size_t size,
                            size_t plain, mc_error *error) {
    if (!block->decompressor && !(block->decompressor = ZSTD_createDCtx()))
        return mc_fail(error, MC_E_MEMORY, "out of memory: no zstd context");
    out->size = 0;
    MC_TRY(mc_buffer_reserve(out, plain, error));
    size_t n = ZSTD_decompressDCtx(block->decompressor, out->data, plain, from, size);
    if (ZSTD_isError(n) || n != plain)
        return mc_fail(error, MC_E_FORMAT, "damaged block: %s",
                       ZSTD_isError(n) ? ZSTD_getErrorName(n) : "wrong size");
    out->size = plain;
    return MC_OK;
}

typedef struct cursor {
    const unsigned char *at, *end;
    bool bad; /* a read went past the end or a value was too large */
} cursor;

static inline uint32_t get_varint(cursor *c) {
    if (c->at < c->end && *c->at < 0x80)
        return *c->at++;
    uint64_t value = 0;
    for (int shift = 0; shift < 35 && c->at < c->end; shift += 7) {
        unsigned char byte = *c->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            c->bad |= value > UINT32_MAX;
            return (uint32_t)value;
        }
    }
    c->bad = true;
    return 0;
}

/* True when a column holds n numbers of one byte each, as most do. */
static bool is_plain(cursor c, uint32_t n) {
    if ((size_t)(c.end - c.at) != n)
        return false;
    unsigned char all = 0;
    for (uint32_t i = 0; i < n; i++)
        all |= c.at[i];
    return all < 0x80;
}

static bool get_records(mc_block *block, cursor c) {
    uint32_t n = block->info.n_texts;
    bool plain = is_plain(c, n);
    uint64_t record = 0;
    for (uint32_t t = 0; t < n; t++) {
        record += plain ? c.at[t] : get_varint(&c);
        c.bad |= record >= block->info.n_records;
        block->records[t] = (uint32_t)record;
    }
    return !c.bad && (plain || c.at == c.end);
}

static bool get_numbers(mc_block *block, cursor c) {
    if (c.at == c.end && block->info.n_texts > 0) {
        memset(block->numbers, 0, block->info.n_texts * sizeof *block->numbers);
        return true;
    }
    for (uint32_t t = 0; t < block->info.n_texts; t++)
        block->numbers[t] = get_varint(&c);
    return !c.bad && c.at == c.end;
}

static bool get_offsets(mc_block *block, cursor c) {
    uint32_t n = block->info.n_texts;
    bool plain = is_plain(c, n);
    uint64_t offset = 0;
    for (uint32_t t = 0; t < n; t++) {
        uint32_t size = plain ? c.at[t] : get_varint(&c);
        block->empty[t] = size == 0;
        block->offsets[t] = (uint32_t)offset;
        offset += size ? size - 1 : 0;
        c.bad |= offset > block->info.n_ids;
    }
    block->offsets[n] = (uint32_t)offset;
    return !c.bad && (plain || c.at == c.end) && offset == block->info.n_ids;
}

static mc_status get_columns(mc_block *block, const char *stored, uint32_t n_entries,
                             mc_error *error) {
    uint32_t n = block->info.n_texts;
    const unsigned char *at = (const unsigned char *)stored;
    size_t left = block->info.columns_size;
    cursor columns[MC_N_COLUMNS];
    bool good;
    if (left < MC_COLUMNS_DIRECTORY + MC_COLUMNS_PADDING)
        return mc_fail(error, MC_E_FORMAT, "damaged block: no columns");
    const unsigned char *directory = at;
    at += MC_COLUMNS_DIRECTORY;
    left -= MC_COLUMNS_DIRECTORY + MC_COLUMNS_PADDING;
    for (int i = 0; i < MC_N_COLUMNS; i++) {
        uint32_t size = mc_load_u32(directory + 4 * i);
        if (size > left)
            return mc_fail(error, MC_E_FORMAT, "damaged block: column %d is too long", i);
        columns[i] = (cursor){at, at + size, false};
        at += size;
        left -= size;
    }
    MC_TRY(MC_GROW(block->records, block->records_capacity, n, error));
    MC_TRY(MC_GROW(block->numbers, block->numbers_capacity, n, error));
    MC_TRY(MC_GROW(block->empty, block->empty_capacity, n, error));
    MC_TRY(MC_GROW(block->offsets, block->offsets_capacity, (size_t)n + 1, error));
    MC_TRY(MC_GROW(block->ids, block->ids_capacity, (size_t)block->info.n_ids + 1, error));
    MC_TRY(mc_block_get_languages(block, columns[4].at, (size_t)(columns[4].end - columns[4].at),
                                  &good, error));
    if (!good || left != 0 || !get_records(block, columns[0]) || !get_numbers(block, columns[1]) ||
        !get_offsets(block, columns[2]) ||
        !mc_block_get_ids(block, columns[3].at, (size_t)(columns[3].end - columns[3].at),
                          n_entries))
        return mc_fail(error, MC_E_FORMAT, "damaged block: columns out of range");
    return MC_OK;
}

static mc_status get_texts(mc_block *block, mc_error *error) {
    uint32_t n = block->info.n_texts;
    MC_TRY(MC_GROW(block->urls, block->urls_capacity, n, error));
    MC_TRY(MC_GROW(block->texts, block->texts_capacity, n, error));
    cursor c = {(const unsigned char *)block->kept.data,
                (const unsigned char *)block->kept.data + block->kept.size, false};
    for (uint32_t t = 0; t < n; t++) {
        size_t url_size = get_varint(&c), text_size = get_varint(&c);
        if (c.bad || url_size + text_size > (size_t)(c.end - c.at))
            return mc_fail(error, MC_E_FORMAT, "damaged block: texts out of range");
        if (!mc_utf8_valid((const char *)c.at, url_size) ||
            !mc_utf8_valid((const char *)c.at + url_size, text_size))
            return mc_fail(error, MC_E_FORMAT, "damaged block: a text is no valid UTF-8");
        block->urls[t] = (mc_bytes){(const char *)c.at, url_size};
        if (t > 0 && block->records[t] == block->records[t - 1])
            block->urls[t] = block->urls[t - 1];
        block->texts[t] = (mc_bytes){(const char *)c.at + url_size, text_size};
        c.at += url_size + text_size;
    }
    if (c.at != c.end)
        return mc_fail(error, MC_E_FORMAT, "damaged block: texts too long");
    return MC_OK;
}

mc_status mc_block_decode(mc_block *block, const void *stored, size_t size, uint32_t n_entries,
                          bool with_texts, mc_error *error) {
    const char *bytes = stored;
    if (size < MC_BLOCK_HEADER_SIZE)
        return mc_fail(error, MC_E_FORMAT, "block cut short");
    MC_TRY(mc_block_read_header(stored, &block->info, error));
    const mc_block_info *info = &block->info;
    uint64_t payload = mc_block_payload(info);
    if (payload != size - MC_BLOCK_HEADER_SIZE)
        return mc_fail(error, MC_E_FORMAT, "block of the wrong size");
    if (mc_load_u64(bytes + 48) != mc_checksum(bytes + MC_BLOCK_HEADER_SIZE, payload))
        return mc_fail(error, MC_E_FORMAT, "block with a wrong checksum");
    block->identity = bytes + MC_BLOCK_HEADER_SIZE;
    const char *columns = block->identity + (size_t)info->n_texts * MC_IDENTITY_SIZE;
    MC_TRY(get_columns(block, columns, n_entries, error));
    if (with_texts && info->texts_size > 0) {
        MC_TRY(decompress(block, &block->kept, columns + info->columns_size, info->texts_size,
                          info->texts_plain, error));
        MC_TRY(get_texts(block, error));
    }
    return MC_OK;
}
