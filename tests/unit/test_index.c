/* Match index files: written and read back, damaged, forged. */
#include "made_index.h"
#include "no_sync.h"

#include <jansson.h>
#include <zstd.h>

#include "match/index_layout.h"
#include "match/ledger.h"

#define N_ENTRIES 400

static const made_limits plain = {
    .n_records = 30, .n_texts = 1, .n_ids = 6, .n_entries = N_ENTRIES, .reject_one_in = 6};
static const made_limits several = {
    .n_records = 20, .n_texts = 4, .n_ids = 9, .n_entries = N_ENTRIES, .empty_one_in = 5};
static const made_limits rejected = {
    .n_records = 3, .n_texts = 1, .n_ids = 1, .n_entries = N_ENTRIES, .reject_one_in = 1};

/* An index with blocks of every kind, a ledger and entries. */
static void make_index(made_index *made, bool keep_texts) {
    made_index_init(made, "pool.jsonl-01234567", N_ENTRIES, keep_texts);
    made_index_add(made, &plain);
    made_index_add(made, &rejected);
    made_index_add(made, &several);
    uint32_t last = 0;
    mc_totals totals = {0};
    for (uint32_t id = 0; id < N_ENTRIES; id += 7) {
        char entry[40];
        int size = snprintf(entry, sizeof entry, "entry %u", (unsigned)id);
        mc_bytes bytes = {entry, id == 14 ? 0 : (size_t)size};
        assert_int_equal(mc_index_put_entry(&made->entries, &last, id, bytes, NULL), MC_OK);
    }
    for (size_t b = 0; b < made->n_blocks; b++)
        assert_int_equal(
            mc_ledger_add(&made->ledger, &totals, &made->blocks[b].batch, 10 * b, "f", NULL),
            MC_OK);
}

static void assert_same_text(const char *a, const char *b) {
    assert_true(!a == !b);
    if (a)
        assert_string_equal(a, b);
}

static void check_info(const mc_index_info *found, const mc_index_info *info) {
    assert_same_text(found->shard, info->shard);
    assert_same_text(found->path, info->path);
    assert_int_equal(found->read.format, info->read.format);
    assert_same_text(found->read.text_field, info->read.text_field);
    assert_same_text(found->read.texts_field, info->read.texts_field);
    assert_same_text(found->read.url_field, info->read.url_field);
    assert_same_text(found->read.id_field, info->read.id_field);
    assert_same_text(found->read.columns, info->read.columns);
    assert_same_text(found->read.reader, info->read.reader);
    assert_int_equal(found->read.max_record, info->read.max_record);
    assert_int_equal(found->source_size, info->source_size);
    assert_string_equal(found->source_digest, info->source_digest);
    assert_string_equal(found->metadata_digest, info->metadata_digest);
    assert_int_equal(found->n_entries, info->n_entries);
    assert_int_equal(found->rules, info->rules);
    assert_int_equal(found->keep_texts, info->keep_texts);
    assert_memory_equal(&found->totals, &info->totals, sizeof info->totals);
}

static void check_blocks(const mc_index *index, const made_index *made) {
    mc_buffer stored = {0}, identities = {0};
    mc_block block = {0};
    uint64_t first_text = 0;
    assert_int_equal(index->n_blocks, made->n_blocks);
    for (size_t b = 0; b < index->n_blocks; b++) {
        const mc_batch *batch = &made->blocks[b].batch;
        assert_int_equal(index->blocks[b].first_text, first_text);
        assert_int_equal(index->blocks[b].n_texts, batch->n_texts);
        first_text += batch->n_texts;
        assert_int_equal(mc_index_read(index, b, &stored, NULL), MC_OK);
        assert_int_equal(mc_index_decode(index, b, &block, &stored, true, NULL), MC_OK);
        assert_int_equal(block.info.first_record, made->blocks[b].first_record);
        assert_int_equal(block.info.n_records, batch->n_numbers);
        assert_int_equal(block.info.n_ids, made->blocks[b].sets.offsets[batch->n_texts]);
        if (block.info.n_ids)
            assert_memory_equal(block.ids, made->blocks[b].sets.ids, 4 * block.info.n_ids);
        for (size_t t = 0; made->info.keep_texts && t < batch->n_texts; t++) {
            mc_bytes text = mc_batch_span(batch, &batch->texts[t]);
            assert_int_equal(block.texts[t].size, text.size);
            assert_memory_equal(block.texts[t].data, text.data, text.size);
        }
        assert_int_equal(mc_index_read_identities(index, b, &identities, NULL), MC_OK);
        assert_int_equal(identities.size, batch->n_texts * MC_IDENTITY_SIZE);
        assert_memory_equal(identities.data, block.identity, identities.size);
    }
    mc_block_dispose(&block);
    mc_buffer_dispose(&identities);
    mc_buffer_dispose(&stored);
}

static mc_status check_entry(void *context, uint32_t id, mc_bytes entry, mc_error *error) {
    uint32_t *next = context;
    char expected[40];
    (void)error;
    assert_int_equal(id, *next);
    snprintf(expected, sizeof expected, "entry %u", (unsigned)id);
    assert_int_equal(entry.size, id == 14 ? 0 : strlen(expected));
    assert_memory_equal(entry.data, expected, entry.size);
    *next += 7;
    return MC_OK;
}

static mc_status refuse_entry(void *context, uint32_t id, mc_bytes entry, mc_error *error) {
    (void)context;
    (void)entry;
    return id < 21 ? MC_OK : mc_fail(error, MC_E_LIMIT, "enough");
}

static void what_is_written_is_read(void **state) {
    (void)state;
    for (int keep = 0; keep < 2; keep++)
        for (int options = 0; options < 2; options++) {
            made_index made;
            mc_index index;
            mc_buffer ledger = {0};
            uint32_t next = 0;
            make_index(&made, keep);
            if (options) {
                made.info.read.text_field = made_copy("caption \"\xC3\xA9\"");
                made.info.read.texts_field = made_copy("texts");
                made.info.read.url_field = made_copy("");
                made.info.read.id_field = made_copy("id");
                made.info.read.columns = made_copy("a,b");
                made.info.read.reader = made_copy("cat {}\n");
            }
            made_index_write(&made, scratch("x.mcm"));
            assert_int_equal(mc_index_open(&index, made.path, true, NULL), MC_OK);
            check_info(&index.info, &made.info);
            check_blocks(&index, &made);
            assert_int_equal(mc_index_read_ledger(&index, &ledger, NULL), MC_OK);
            assert_int_equal(ledger.size, made.ledger.size);
            assert_memory_equal(ledger.data, made.ledger.data, ledger.size);
            assert_int_equal(mc_index_read_entries(&index, check_entry, &next, NULL), MC_OK);
            assert_int_equal(next, 406);
            assert_int_equal(mc_index_read_entries(&index, refuse_entry, NULL, NULL), MC_E_LIMIT);
            mc_index_dispose(&index);
            mc_buffer_dispose(&ledger);
            made_index_free(&made);
        }
}

static void an_index_may_be_empty(void **state) {
    (void)state;
    made_index made;
    mc_index index;
    mc_buffer ledger = {0};
    uint32_t next = 0;
    made_index_init(&made, "s", 0, false);
    made_index_write(&made, scratch("empty.mcm"));
    assert_int_equal(mc_index_open(&index, made.path, true, NULL), MC_OK);
    assert_int_equal(index.n_blocks, 0);
    assert_int_equal(mc_index_read_ledger(&index, &ledger, NULL), MC_OK);
    assert_int_equal(ledger.size, 0);
    assert_int_equal(mc_index_read_entries(&index, check_entry, &next, NULL), MC_OK);
    assert_int_equal(next, 0);
    mc_index_dispose(&index);
    made_index_free(&made);
}

static void an_index_can_be_shut_and_reopened(void **state) {
    (void)state;
    made_index made;
    mc_index index;
    make_index(&made, true);
    made_index_write(&made, scratch("x.mcm"));
    assert_int_equal(mc_index_open(&index, made.path, false, NULL), MC_OK);
    assert_int_equal(index.fd, -1);
    mc_index_shut(&index);
    assert_int_equal(mc_index_reopen(&index, NULL), MC_OK);
    assert_int_equal(mc_index_reopen(&index, NULL), MC_OK);
    check_blocks(&index, &made);
    mc_index_shut(&index);
    assert_int_equal(unlink(made.path), 0);
    mc_error error = {0};
    assert_int_equal(mc_index_reopen(&index, &error), MC_E_IO);
    assert_string_equal(error.file, made.path);
    mc_index_dispose(&index);
    made_index_free(&made);
}

static void what_is_no_index_is_refused(void **state) {
    (void)state;
    mc_index index;
    mc_error error = {0};
    char zeros[300] = {0};
    assert_int_equal(mc_index_open(&index, scratch("none.mcm"), true, &error), MC_E_IO);
    assert_int_equal(mc_index_open(&index, scratch_folder, true, &error), MC_E_IO);
    assert_string_equal(error.file, scratch_folder);
    const size_t sizes[] = {0, 7, 8, 103, 104, 300};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        scratch_write("zeros.mcm", zeros, sizes[i]);
        assert_int_equal(mc_index_open(&index, scratch("zeros.mcm"), true, &error), MC_E_FORMAT);
        assert_string_equal(error.file, scratch("zeros.mcm"));
        assert_int_equal(index.fd, -1);
    }
}

static void an_index_that_is_not_committed_is_not_there(void **state) {
    (void)state;
    mc_index_writer *writer;
    size_t before = scratch_count();
    assert_int_equal(mc_index_create(&writer, scratch("gone.mcm"), NULL), MC_OK);
    mc_index_discard(&writer);
    assert_null(writer);
    mc_index_discard(&writer);
    assert_int_equal(scratch_count(), before);
    assert_int_equal(mc_index_create(&writer, scratch("no/folder.mcm"), NULL), MC_E_IO);
    assert_null(writer);
}

/* ---- damage ---- */

/* A file that is cut to nothing and written again may be flushed to disk; a new one is not. */
static void write_anew(const char *name, const void *data, size_t size) {
    unlink(scratch(name));
    scratch_write(name, data, size);
}

static mc_status ignore_entry(void *context, uint32_t id, mc_bytes entry, mc_error *error) {
    uint64_t *sum = context;
    (void)error;
    assert_true(id < MC_ENTRIES_MAX);
    *sum += mc_hash64(entry.data, entry.size);
    return MC_OK;
}

/* Opens a file and reads all there is; the first failure, or MC_OK. */
static mc_status read_whole(const char *path) {
    mc_index index;
    mc_buffer buffer = {0};
    mc_block block = {0};
    mc_error error = {0};
    uint64_t sum = 0;
    mc_status status = mc_index_open(&index, path, true, &error);
    if (status != MC_OK) {
        assert_string_equal(error.file, path);
        return status;
    }
    for (size_t b = 0; b < index.n_blocks && status == MC_OK; b++) {
        status = mc_index_read_identities(&index, b, &buffer, &error);
        if (status == MC_OK)
            status = mc_index_read(&index, b, &buffer, &error);
        if (status == MC_OK)
            status = mc_index_decode(&index, b, &block, &buffer, true, &error);
        for (uint32_t t = 0; status == MC_OK && t < block.info.n_texts; t++) {
            for (uint32_t i = block.offsets[t]; i < block.offsets[t + 1]; i++)
                assert_true(block.ids[i] < index.info.n_entries);
            if (index.info.keep_texts)
                sum += mc_hash64(block.texts[t].data, block.texts[t].size) +
                       mc_hash64(block.urls[t].data, block.urls[t].size);
        }
    }
    buffer.size = 0;
    if (status == MC_OK)
        status = mc_index_read_ledger(&index, &buffer, &error);
    if (status == MC_OK)
        status = mc_index_read_entries(&index, ignore_entry, &sum, &error);
    assert_true(status == MC_OK || error.message[0] != '\0');
    (void)*(volatile uint64_t *)&sum;
    mc_block_dispose(&block);
    mc_buffer_dispose(&buffer);
    mc_index_dispose(&index);
    return status;
}

static void every_changed_byte_is_noticed(void **state) {
    (void)state;
    made_index made;
    size_t size;
    make_index(&made, true);
    made_index_write(&made, scratch("x.mcm"));
    char *bytes = scratch_read("x.mcm", &size);
    assert_int_equal(read_whole(scratch("x.mcm")), MC_OK);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= (char)(1 << i % 8);
        write_anew("bad.mcm", bytes, size);
        if (read_whole(scratch("bad.mcm")) != MC_E_FORMAT)
            fail_msg("byte %zu of %zu", i, size);
        bytes[i] ^= (char)(1 << i % 8);
    }
    for (size_t cut = 0; cut < size; cut += 13) {
        write_anew("bad.mcm", bytes, cut);
        assert_int_equal(read_whole(scratch("bad.mcm")), MC_E_FORMAT);
    }
    bytes[size] = 0;
    write_anew("bad.mcm", bytes, size + 1);
    assert_int_equal(read_whole(scratch("bad.mcm")), MC_E_FORMAT);
    free(bytes);
    made_index_free(&made);
}

/* The parts of a file after its blocks, to be forged and put together again. */
typedef struct footer {
    mc_buffer blocks, document, table, ledger, entries; /* the last two in plain */
} footer;

static void append(mc_buffer *out, const void *data, size_t size) {
    assert_int_equal(mc_buffer_append(out, data, size, NULL), MC_OK);
}

static footer take_apart(const char *bytes, size_t size) {
    footer f = {0};
    const char *trailer = bytes + size - MC_INDEX_TRAILER_SIZE;
    uint64_t start = mc_load_u64(trailer), document = mc_load_u64(trailer + 8);
    uint64_t table = mc_load_u64(trailer + 16) * MC_INDEX_ENTRY_SIZE;
    uint64_t stored[2] = {mc_load_u64(trailer + 24), mc_load_u64(trailer + 40)};
    uint64_t plain_size[2] = {mc_load_u64(trailer + 32), mc_load_u64(trailer + 48)};
    mc_buffer *sections[2] = {&f.ledger, &f.entries};
    append(&f.blocks, bytes, start);
    append(&f.document, bytes + start, document);
    append(&f.table, bytes + start + document, table);
    const char *at = bytes + start + document + table;
    for (int i = 0; i < 2; at += stored[i++]) {
        assert_int_equal(mc_buffer_reserve(sections[i], plain_size[i] + 1, NULL), MC_OK);
        if (plain_size[i])
            assert_int_equal(ZSTD_decompress(sections[i]->data, plain_size[i], at, stored[i]),
                             plain_size[i]);
        sections[i]->size = plain_size[i];
    }
    return f;
}

static void footer_free(footer *f) {
    mc_buffer_dispose(&f->blocks);
    mc_buffer_dispose(&f->document);
    mc_buffer_dispose(&f->table);
    mc_buffer_dispose(&f->ledger);
    mc_buffer_dispose(&f->entries);
}

static void seal(char *trailer) {
    mc_store_u64(trailer + 80, mc_checksum(trailer, 80));
    memcpy(trailer + 88, MC_INDEX_MAGIC, MC_INDEX_HEADER_SIZE);
}

/* The file with right sizes and checksums. */
static mc_buffer put_together(const footer *f) {
    mc_buffer out = {0};
    char trailer[MC_INDEX_TRAILER_SIZE] = {0};
    const mc_buffer *sections[2] = {&f->ledger, &f->entries};
    append(&out, f->blocks.data, f->blocks.size);
    mc_store_u64(trailer, out.size);
    mc_store_u64(trailer + 8, f->document.size);
    mc_store_u64(trailer + 16, f->table.size / MC_INDEX_ENTRY_SIZE);
    append(&out, f->document.data, f->document.size);
    append(&out, f->table.data, f->table.size);
    mc_store_u64(trailer + 56, mc_checksum(out.data + f->blocks.size, out.size - f->blocks.size));
    for (int i = 0; i < 2; i++) {
        char packed[20000];
        size_t n = ZSTD_compress(packed, sizeof packed, sections[i]->data, sections[i]->size, 1);
        assert_false(ZSTD_isError(n));
        mc_store_u64(trailer + 24 + 16 * i, n);
        mc_store_u64(trailer + 32 + 16 * i, sections[i]->size);
        mc_store_u64(trailer + 64 + 8 * i, mc_checksum(packed, n));
        append(&out, packed, n);
    }
    seal(trailer);
    append(&out, trailer, sizeof trailer);
    return out;
}

static mc_status read_footer(const footer *f) {
    mc_buffer file = put_together(f);
    write_anew("forged.mcm", file.data, file.size);
    mc_buffer_dispose(&file);
    return read_whole(scratch("forged.mcm"));
}

static footer make_footer(made_index *made, bool keep_texts) {
    size_t size;
    make_index(made, keep_texts);
    made_index_write(made, scratch("x.mcm"));
    char *bytes = scratch_read("x.mcm", &size);
    footer f = take_apart(bytes, size);
    free(bytes);
    assert_int_equal(read_footer(&f), MC_OK);
    return f;
}

static void forged_trailers_do_no_harm(void **state) {
    (void)state;
    static const uint64_t values[] = {0,
                                      1,
                                      7,
                                      8,
                                      9,
                                      96,
                                      1000,
                                      1u << 20,
                                      (1u << 26) + 1,
                                      UINT32_MAX,
                                      ((uint64_t)1 << 32) + 1,
                                      (uint64_t)1 << 59,
                                      INT64_MAX,
                                      (uint64_t)1 << 63,
                                      UINT64_MAX - 95,
                                      UINT64_MAX - 7,
                                      UINT64_MAX};
    made_index made;
    footer f = make_footer(&made, true);
    mc_buffer file = put_together(&f);
    char *trailer = file.data + file.size - MC_INDEX_TRAILER_SIZE;
    for (int field = 0; field < 10; field++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            uint64_t old = mc_load_u64(trailer + 8 * field);
            if (old == values[i])
                continue;
            mc_store_u64(trailer + 8 * field, values[i]);
            seal(trailer);
            write_anew("forged.mcm", file.data, file.size);
            /* A section that is said to hold nothing is not looked into. */
            if (values[i] != 0 || (field != 4 && field != 6))
                assert_int_equal(read_whole(scratch("forged.mcm")), MC_E_FORMAT);
            else
                assert_int_equal(read_whole(scratch("forged.mcm")), MC_OK);
            mc_store_u64(trailer + 8 * field, old);
        }
    mc_buffer_dispose(&file);
    footer_free(&f);
    made_index_free(&made);
}

static void forged_tables_are_refused(void **state) {
    (void)state;
    static const uint64_t values[] = {
        0,         1, 8, 64, 65, 1000, UINT32_MAX, (uint64_t)1 << 32, INT64_MAX, UINT64_MAX - 63,
        UINT64_MAX};
    made_index made;
    footer f = make_footer(&made, true);
    for (size_t at = 0; at < f.table.size; at += 8)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            uint64_t old = mc_load_u64(f.table.data + at);
            if (old == values[i])
                continue;
            mc_store_u64(f.table.data + at, values[i]);
            assert_int_equal(read_footer(&f), MC_E_FORMAT);
            mc_store_u64(f.table.data + at, old);
        }
    /* texts moved from one block to the next */
    for (int by = -1; by <= 1; by += 2) {
        char *first = f.table.data, *second = f.table.data + 2 * MC_INDEX_ENTRY_SIZE;
        uint64_t n = mc_load_u64(first + 24), start = mc_load_u64(second + 16);
        uint64_t m = mc_load_u64(second + 24);
        uint64_t shift = (uint64_t)(int64_t)by;
        mc_store_u64(first + 24, n + shift);
        mc_store_u64(first + MC_INDEX_ENTRY_SIZE + 16, start + shift);
        mc_store_u64(second + 16, start + shift);
        mc_store_u64(second + 24, m - shift);
        assert_int_equal(read_footer(&f), MC_E_FORMAT);
        mc_store_u64(first + 24, n);
        mc_store_u64(first + MC_INDEX_ENTRY_SIZE + 16, start);
        mc_store_u64(second + 16, start);
        mc_store_u64(second + 24, m);
    }
    assert_int_equal(read_footer(&f), MC_OK);
    f.table.size -= MC_INDEX_ENTRY_SIZE;
    assert_int_equal(read_footer(&f), MC_E_FORMAT);
    footer_free(&f);
    made_index_free(&made);
}

static void forged_entries_do_no_harm(void **state) {
    (void)state;
    static const uint32_t values[] = {0,         1,          8,          0x7F,       N_ENTRIES - 1,
                                      400,       0x7FFFFFFF, 0x80000000, 0xFFFFFFF7, 0xFFFFFFF8,
                                      0xFFFFFFFF};
    made_index made;
    footer f = make_footer(&made, false);
    unsigned n_refused = 0;
    for (size_t at = 0; at + 4 <= f.entries.size; at += at < 64 ? 4 : 29)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            char old[4];
            memcpy(old, f.entries.data + at, 4);
            mc_store_u32(f.entries.data + at, values[i]);
            n_refused += read_footer(&f) == MC_E_FORMAT;
            memcpy(f.entries.data + at, old, 4);
        }
    assert_true(n_refused > 50);
    for (size_t cut = 1; cut < 17; cut++) {
        f.entries.size -= cut;
        assert_int_equal(read_footer(&f), MC_E_FORMAT);
        f.entries.size += cut;
    }
    footer_free(&f);
    made_index_free(&made);
}

/* The footer says texts are kept, and the blocks do not have them; and the other way round. */
static void blocks_must_keep_what_the_footer_says(void **state) {
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        made_index made;
        footer f = make_footer(&made, keep);
        mc_error error = {0};
        made.info.keep_texts = !keep;
        f.document.size = 0;
        assert_int_equal(mc_index_info_to_json(&made.info, &f.document, &error), MC_OK);
        assert_int_equal(read_footer(&f), MC_E_FORMAT);
        footer_free(&f);
        made_index_free(&made);
    }
}

/* ---- the document ---- */

static mc_status parse_document(const json_t *document, mc_error *error) {
    char *text = json_dumps(document, JSON_COMPACT);
    assert_non_null(text);
    mc_index_info info;
    mc_status status = mc_index_info_from_json(&info, text, strlen(text), error);
    if (status == MC_OK)
        mc_index_info_dispose(&info);
    free(text);
    return status;
}

/* Takes members away and gives them other types, one at a time, and those of inner objects. */
static void spoil(json_t *root, json_t *object) {
    const char *key;
    json_t *value, *copy = json_deep_copy(object);
    json_t *totals = json_object_get(root, "totals");
    bool reasons = object == json_object_get(totals, "rejected_for");
    json_object_foreach(copy, key, value) {
        mc_error error = {0};
        bool boolean = json_is_boolean(value);
        json_object_del(object, key);
        mc_status status = parse_document(root, &error);
        bool reason = false; /* one without a reject is left out */
        for (unsigned i = 0; reasons && mc_reject_name(i); i++)
            reason |= strcmp(key, mc_reject_name(i)) == 0;
        /* a shard that was only read has none, which an index then refuses */
        reason |= strcmp(key, "metadata_digest") == 0;
        assert_int_equal(status, reason ? MC_OK : MC_E_FORMAT);
        json_t *others[] = {json_integer(-1), json_real(1.5), json_string("word"), json_array(),
                            json_object()};
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            bool fits = json_typeof(others[i]) == json_typeof(value) && !json_is_integer(value);
            json_object_set_new(object, key, others[i]);
            status = parse_document(root, &error);
            if (!boolean && !fits && !(json_is_null(value) && i == 2) && status != MC_E_FORMAT)
                fail_msg("\"%s\" may be of type %d", key, json_typeof(others[i]));
        }
        json_object_set(object, key, value);
        if (json_is_object(value))
            spoil(root, json_object_get(object, key));
        assert_int_equal(parse_document(root, &error), MC_OK);
    }
    json_decref(copy);
}

static void forged_documents_are_refused(void **state) {
    (void)state;
    made_index made;
    mc_buffer text = {0};
    mc_error error = {0};
    mc_index_info info;
    make_index(&made, true);
    made_index_count(&made);
    made.info.totals.rejected_for[MC_REASON_BAD_JSON] = 3;
    made.info.totals.rejected_for[MC_REASON_DAMAGED] = 1;
    assert_int_equal(mc_index_info_to_json(&made.info, &text, NULL), MC_OK);
    json_t *root = json_loadb(text.data, text.size, 0, NULL);
    assert_int_equal(parse_document(root, &error), MC_OK);
    spoil(root, root);
    static const char *const values[][2] = {{"rules", "metaclip99"},
                                            {"metadata_digest", "0123"},
                                            {"source_digest", "0123456789abcdef0123456789abcdeg"}};
    for (size_t i = 0; i < 3; i++) {
        json_t *old = json_incref(json_object_get(root, values[i][0]));
        json_object_set_new(root, values[i][0], json_string(values[i][1]));
        assert_int_equal(parse_document(root, &error), MC_E_FORMAT);
        assert_non_null(strstr(error.message, values[i][0]));
        json_object_set_new(root, values[i][0], old);
    }
    json_object_set_new(root, "entries", json_integer(MC_ENTRIES_MAX + 1));
    assert_int_equal(parse_document(root, &error), MC_E_FORMAT);
    json_decref(root);
    static const char *const others[] = {
        "", "{", "[]", "7", "null", "{\"a\":1,\"a\":2}", "{\"shard\":\"\xFF\"}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(mc_index_info_from_json(&info, others[i], strlen(others[i]), &error),
                         MC_E_FORMAT);
    for (size_t cut = 0; cut < text.size; cut++)
        assert_int_equal(mc_index_info_from_json(&info, text.data, cut, &error), MC_E_FORMAT);
    mc_buffer_dispose(&text);
    made_index_free(&made);
}

/* JSON is UTF-8: what is not cannot be noted, and must not be lost silently. */
static void names_that_are_no_utf8_are_refused(void **state) {
    (void)state;
    for (int which = 0; which < 4; which++) {
        made_index made;
        mc_buffer text = {0};
        mc_error error = {0};
        made_index_init(&made, "s", 10, false);
        const char *const keys[] = {"path", "shard", "reader", "text_field"};
        const char **fields[] = {(const char **)&made.info.path, (const char **)&made.info.shard,
                                 &made.info.read.reader, &made.info.read.text_field};
        free((char *)(uintptr_t)*fields[which]);
        *fields[which] = made_copy("caf\xE9.jsonl");
        assert_int_equal(mc_index_info_to_json(&made.info, &text, &error), MC_E_ARGUMENT);
        assert_non_null(strstr(error.message, keys[which]));
        assert_int_equal(text.size, 0);
        mc_buffer_dispose(&text);
        made_index_free(&made);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(an_index_may_be_empty),
        cmocka_unit_test(an_index_can_be_shut_and_reopened),
        cmocka_unit_test(what_is_no_index_is_refused),
        cmocka_unit_test(an_index_that_is_not_committed_is_not_there),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(forged_trailers_do_no_harm),
        cmocka_unit_test(forged_tables_are_refused),
        cmocka_unit_test(forged_entries_do_no_harm),
        cmocka_unit_test(blocks_must_keep_what_the_footer_says),
        cmocka_unit_test(forged_documents_are_refused),
        cmocka_unit_test(names_that_are_no_utf8_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
