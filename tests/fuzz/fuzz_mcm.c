/* A match index, forged as the fuzzer says and put together again with right sizes and checksums:
 * it must be refused, or everything read from it must be within its bytes and its numbers in range.
 *
 * Input: a byte whose lowest bit says whether texts are kept; then edits of 5 bytes each: which
 * part, what to do with it, where (2 bytes), and a value. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "match/block_layout.h"
#include "match/index.h"
#include "match/index_layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS, TEXTS, IDENTITY, HEADER, DOCUMENT, TABLE, LEDGER, ENTRIES, TRAILER, N_PARTS };
enum { N_ENTRIES = 300, EDIT_SIZE = 5, N_HEADER = 8, N_TRAILER = 7 };

/* The parts of an index of one block. HEADER and TRAILER hold numbers to be added to theirs. */
static mc_buffer original[2][N_PARTS];

static void check(bool holds) {
    if (!holds)
        abort();
}

static void append(mc_buffer *out, const void *data, size_t size) {
    check(mc_buffer_append(out, data, size, NULL) == MC_OK);
}

static void unpack(mc_buffer *out, const char *from, size_t size, size_t plain) {
    check(mc_buffer_reserve(out, plain + 1, NULL) == MC_OK);
    check(ZSTD_decompress(out->data, plain, from, size) == plain);
    out->size = plain;
}

static void make_batch(mc_batch *batch, uint32_t *offsets, uint32_t *ids) {
    uint32_t n_ids = 0;
    for (uint32_t r = 0; r < 12; r++) {
        char text[40];
        check(mc_batch_begin(batch, NULL) == MC_OK);
        if (r % 5 == 4) {
            check(mc_batch_reject(batch, MC_REASON_BAD_JSON, r, NULL, "bad") == MC_OK);
            continue;
        }
        check(mc_batch_url(batch, (mc_bytes){"http://u/", r % 9}, NULL) == MC_OK);
        for (uint32_t t = 0; t <= r % 3; t++) {
            int size = snprintf(text, sizeof text, "text %u of %u", (unsigned)t, (unsigned)r);
            size_t kept = r % 4 == 3 ? 0 : (size_t)size;
            check(mc_batch_text(batch, (mc_bytes){text, kept}, NULL) == MC_OK);
            for (uint32_t i = 0; kept && i < (r + t) % 4; i++)
                ids[n_ids++] = 70 * i + r;
            offsets[batch->n_texts] = n_ids;
        }
        check(mc_batch_end(batch, NULL, NULL, NULL, NULL) == MC_OK);
    }
}

static void make_info(mc_index_info *info, const mc_batch *batch, bool keep) {
    static char shard[] = "shard", path[] = "pool/shard.jsonl";
    *info = (mc_index_info){.shard = shard,
                            .path = path,
                            .read = {.format = MC_FORMAT_JSONL, .text_field = "text"},
                            .n_entries = N_ENTRIES,
                            .rules = MC_RULES_METACLIP1,
                            .keep_texts = keep};
    memcpy(info->source_digest, "00112233445566778899aabbccddeeff", 33);
    memcpy(info->metadata_digest, "0123456789abcdef0123456789abcdef", 33);
    info->totals.records = batch->n_numbers;
    info->totals.rejected = info->totals.rejected_for[0] = batch->n_rejects;
    info->totals.texts = batch->n_texts;
}

static void make_parts(mc_buffer *parts, bool keep) {
    uint32_t offsets[64] = {0}, ids[128] = {0}, last = 0;
    char zeros[8 * (N_HEADER + N_TRAILER)] = {0};
    mc_batch batch = {0};
    mc_buffer block = {0};
    mc_block_encoder *encoder;
    mc_block_info info;
    mc_index_info index_info;
    make_batch(&batch, offsets, ids);
    const mc_match_sets sets = {ids, offsets};
    check(mc_block_encoder_create(&encoder, NULL) == MC_OK);
    check(mc_block_encode(encoder, &batch, &sets, keep, &block, NULL) == MC_OK);
    mc_block_encoder_free(encoder);
    check(mc_block_read_header(block.data, &info, NULL) == MC_OK);
    const char *at = block.data + MC_BLOCK_HEADER_SIZE;
    append(&parts[IDENTITY], at, (size_t)info.n_texts * MC_IDENTITY_SIZE);
    at += parts[IDENTITY].size;
    append(&parts[COLUMNS], at, info.columns_size);
    if (keep)
        unpack(&parts[TEXTS], at + info.columns_size, info.texts_size, info.texts_plain);
    make_info(&index_info, &batch, keep);
    check(mc_index_info_to_json(&index_info, &parts[DOCUMENT], NULL) == MC_OK);
    append(&parts[HEADER], &info.n_records, 4);
    append(&parts[HEADER], &info.n_texts, 4);
    append(&parts[HEADER], &info.n_ids, 4);
    append(&parts[HEADER], zeros, 4 * N_HEADER - 12);
    append(&parts[TABLE], zeros, MC_INDEX_ENTRY_SIZE);
    append(&parts[TRAILER], zeros, 8 * N_TRAILER);
    append(&parts[LEDGER], "{\"record\":4}\n", 13);
    for (uint32_t id = 0; id < N_ENTRIES; id += 70)
        check(mc_index_put_entry(&parts[ENTRIES], &last, id, (mc_bytes){"an entry", id / 35},
                                 NULL) == MC_OK);
    mc_batch_dispose(&batch);
    mc_buffer_dispose(&block);
}

static void edit(mc_buffer *parts, const uint8_t *e) {
    mc_buffer *part = &parts[e[0] % N_PARTS];
    size_t where = (size_t)e[2] | (size_t)e[3] << 8;
    bool fixed = part == &parts[HEADER] || part == &parts[TABLE] || part == &parts[TRAILER];
    if (part->size == 0)
        return;
    where %= part->size;
    switch (e[1] % (fixed ? 2 : 4)) {
    case 0:
        part->data[where] ^= (char)e[4];
        break;
    case 1:
        part->data[where] = (char)e[4];
        break;
    case 2:
        memmove(part->data + where, part->data + where + 1, part->size - where - 1);
        part->size--;
        break;
    default:
        check(mc_buffer_reserve(part, 1, NULL) == MC_OK);
        memmove(part->data + where + 1, part->data + where, part->size - where);
        part->data[where] = (char)e[4];
        part->size++;
    }
}

static uint32_t pack(mc_buffer *out, const mc_buffer *plain) {
    size_t bound = ZSTD_compressBound(plain->size);
    check(mc_buffer_reserve(out, bound, NULL) == MC_OK);
    size_t n = ZSTD_compress(out->data + out->size, bound, plain->data, plain->size, 1);
    check(!ZSTD_isError(n));
    out->size += n;
    return (uint32_t)n;
}

/* The numbers of the header are what HEADER says, or it adds to what they must be. */
static void put_block(mc_buffer *out, const mc_buffer *parts, bool keep) {
    size_t start = out->size;
    const char *numbers = parts[HEADER].data;
    mc_block_info info = {.n_records = mc_load_u32(numbers),
                          .n_texts = mc_load_u32(numbers + 4),
                          .n_ids = mc_load_u32(numbers + 8)};
    check(mc_buffer_reserve(out, MC_BLOCK_HEADER_SIZE, NULL) == MC_OK);
    out->size += MC_BLOCK_HEADER_SIZE;
    append(out, parts[IDENTITY].data, parts[IDENTITY].size);
    append(out, parts[COLUMNS].data, parts[COLUMNS].size);
    info.columns_size = (uint32_t)parts[COLUMNS].size + mc_load_u32(numbers + 12);
    if (keep)
        info.texts_size = pack(out, &parts[TEXTS]);
    info.texts_size += mc_load_u32(numbers + 16);
    info.texts_plain = (uint32_t)parts[TEXTS].size + mc_load_u32(numbers + 20);
    info.first_record = mc_load_u64(numbers + 24);
    char *block = out->data + start;
    mc_block_store_header(
        block, &info,
        mc_checksum(block + MC_BLOCK_HEADER_SIZE, out->size - start - MC_BLOCK_HEADER_SIZE));
}

static void put_table(mc_buffer *out, const mc_buffer *parts, uint64_t size) {
    const uint64_t row[4] = {MC_INDEX_HEADER_SIZE, size, 0, mc_load_u32(parts[HEADER].data + 4)};
    char bytes[MC_INDEX_ENTRY_SIZE];
    for (size_t i = 0; i < 4; i++)
        mc_store_u64(bytes + 8 * i, row[i] ^ mc_load_u64(parts[TABLE].data + 8 * i));
    append(out, bytes, sizeof bytes);
}

static void put_file(mc_buffer *out, const mc_buffer *parts, bool keep) {
    char trailer[MC_INDEX_TRAILER_SIZE] = {0};
    append(out, MC_INDEX_MAGIC, MC_INDEX_HEADER_SIZE);
    put_block(out, parts, keep);
    size_t start = out->size;
    append(out, parts[DOCUMENT].data, parts[DOCUMENT].size);
    put_table(out, parts, start - MC_INDEX_HEADER_SIZE);
    mc_store_u64(trailer + 56, mc_checksum(out->data + start, out->size - start));
    uint64_t numbers[N_TRAILER] = {start, parts[DOCUMENT].size, 1};
    for (size_t i = 0; i < 2; i++) {
        size_t section = out->size;
        numbers[3 + 2 * i] = pack(out, &parts[LEDGER + i]);
        numbers[4 + 2 * i] = parts[LEDGER + i].size;
        mc_store_u64(trailer + 64 + 8 * i, mc_checksum(out->data + section, out->size - section));
    }
    for (size_t i = 0; i < N_TRAILER; i++)
        mc_store_u64(trailer + 8 * i, numbers[i] ^ mc_load_u64(parts[TRAILER].data + 8 * i));
    mc_store_u64(trailer + 80, mc_checksum(trailer, 80));
    memcpy(trailer + 88, MC_INDEX_MAGIC, MC_INDEX_HEADER_SIZE);
    append(out, trailer, sizeof trailer);
}

static uint64_t sum; /* so that every byte is read */

static mc_status use_entry(void *context, uint32_t id, mc_bytes entry, mc_error *error) {
    const mc_index *index = context;
    (void)error;
    check(id < index->info.n_entries);
    sum += mc_hash64(entry.data, entry.size);
    return MC_OK;
}

static void use_block(const mc_block *block, const mc_index *index) {
    check(block->offsets[0] == 0);
    for (uint32_t t = 0; t < block->info.n_texts; t++) {
        check(block->records[t] < block->info.n_records);
        check(block->offsets[t] <= block->offsets[t + 1]);
        for (uint32_t i = block->offsets[t]; i < block->offsets[t + 1]; i++) {
            check(block->ids[i] < index->info.n_entries);
            check(i == block->offsets[t] || block->ids[i] > block->ids[i - 1]);
        }
        sum += mc_pair_load(block->identity + (size_t)t * MC_IDENTITY_SIZE).text_hash;
        sum += block->numbers[t] + block->empty[t];
        if (!index->info.keep_texts)
            continue;
        check(mc_utf8_valid(block->texts[t].data, block->texts[t].size));
        check(mc_utf8_valid(block->urls[t].data, block->urls[t].size));
    }
}

static void use_index(const char *path) {
    mc_index index;
    mc_buffer buffer = {0};
    mc_block block = {0};
    if (mc_index_open(&index, path, true, NULL) != MC_OK)
        return;
    for (size_t b = 0; b < index.n_blocks; b++) {
        if (mc_index_read_identities(&index, b, &buffer, NULL) == MC_OK)
            sum += mc_hash64(buffer.data, buffer.size);
        if (mc_index_read(&index, b, &buffer, NULL) == MC_OK &&
            mc_index_decode(&index, b, &block, &buffer, true, NULL) == MC_OK)
            use_block(&block, &index);
    }
    buffer.size = 0;
    if (mc_index_read_ledger(&index, &buffer, NULL) == MC_OK)
        sum += mc_hash64(buffer.data, buffer.size);
    if (mc_index_read_entries(&index, use_entry, &index, NULL) == MC_OK)
        sum++;
    mc_block_dispose(&block);
    mc_buffer_dispose(&buffer);
    mc_index_dispose(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fd = -1;
    char path[64];
    mc_buffer parts[N_PARTS] = {0}, file = {0};
    if (size == 0)
        return 0;
    if (fd < 0) {
        make_parts(original[0], false);
        make_parts(original[1], true);
        fd = memfd_create("fuzz", 0);
        check(fd >= 0);
    }
    bool keep = data[0] & 1;
    for (size_t i = 0; i < N_PARTS; i++)
        append(&parts[i], original[keep][i].data, original[keep][i].size);
    for (size_t at = 1; size - at >= EDIT_SIZE; at += EDIT_SIZE)
        edit(parts, data + at);
    put_file(&file, parts, keep);
    check(ftruncate(fd, 0) == 0);
    check(pwrite(fd, file.data, file.size, 0) == (ssize_t)file.size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    use_index(path);
    for (size_t i = 0; i < N_PARTS; i++)
        mc_buffer_dispose(&parts[i]);
    mc_buffer_dispose(&file);
    return 0;
}
