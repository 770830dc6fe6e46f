/* Blocks: what is encoded is decoded, and nothing else is. */
#include <zstd.h>

#include "made_batch.h"

#include "match/block_layout.h"

#define N_ENTRIES 5000

static mc_block_encoder *encoder;

static int make_encoder(void **state) {
    (void)state;
    return mc_block_encoder_create(&encoder, NULL) == MC_OK ? 0 : -1;
}

static int free_encoder(void **state) {
    (void)state;
    mc_block_encoder_free(encoder);
    mc_block_encoder_free(NULL);
    return 0;
}

static const made_limits kinds[] = {
    {.n_records = 0, .n_texts = 1, .n_ids = 5, .n_entries = N_ENTRIES},
    {.n_records = 1, .n_texts = 1, .n_ids = 5, .n_entries = N_ENTRIES},
    {.n_records = 7, .n_texts = 1, .n_ids = 5, .n_entries = N_ENTRIES, .reject_one_in = 1},
    {.n_records = 200, .n_texts = 1, .n_ids = 20, .n_entries = N_ENTRIES, .reject_one_in = 4},
    {.n_records = 200, .n_texts = 5, .n_ids = 3, .n_entries = N_ENTRIES, .empty_one_in = 3},
    {.n_records = 100, .n_texts = 2, .n_ids = 1, .n_entries = 3, .empty_one_in = 1},
    {.n_records = 3000, .n_texts = 1, .n_ids = 300, .n_entries = N_ENTRIES, .reject_one_in = 2},
    {.n_records = 40, .n_texts = 300, .n_ids = 8, .n_entries = N_ENTRIES},
    {.n_records = 300, .n_texts = 4, .n_ids = 3, .n_entries = 50, .n_languages = 5},
    {.n_records = 300, .n_texts = 4, .n_ids = 3, .n_entries = 50, .n_languages = 1 << 20},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static void encode(const mc_batch *batch, const made_sets *made, bool keep, mc_buffer *out) {
    mc_match_sets sets = borrow_sets(made);
    mc_error error = {0};
    if (mc_block_encode(encoder, batch, &sets, keep, out, &error) != MC_OK)
        fail_msg("%s", error.message);
}

static void assert_bytes_equal(mc_bytes a, mc_bytes b) {
    assert_int_equal(a.size, b.size);
    if (a.size > 0)
        assert_memory_equal(a.data, b.data, a.size);
}

/* Compares a decoded block with what it was made of. */
static void check_block(const mc_block *block, const mc_batch *batch, const made_sets *made,
                        bool kept) {
    assert_int_equal(block->info.n_records, batch->n_numbers);
    assert_int_equal(block->info.n_texts, batch->n_texts);
    assert_int_equal(block->info.n_ids, made->offsets[batch->n_texts]);
    uint32_t text = 0;
    for (size_t r = 0; r < batch->n_records; r++) {
        const mc_record *record = &batch->records[r];
        for (uint32_t i = 0; i < record->n_texts; i++, text++) {
            mc_bytes bytes = mc_batch_span(batch, &batch->texts[text]);
            mc_pair pair = mc_pair_load(block->identity + (size_t)text * MC_IDENTITY_SIZE);
            assert_true(mc_u128_equal(pair.uid, record->uid));
            assert_true(pair.text_hash == mc_hash64(bytes.data, bytes.size));
            assert_int_equal(block->records[text], record->number);
            assert_int_equal(block->numbers[text], batch->texts[text].number);
            assert_true(block->languages[text] == batch->texts[text].language);
            assert_int_equal(block->empty[text], bytes.size == 0);
            assert_int_equal(block->offsets[text], made->offsets[text]);
            if (!kept)
                continue;
            assert_bytes_equal(block->texts[text], bytes);
            assert_bytes_equal(block->urls[text], (mc_bytes){batch->bytes.data + record->url_offset,
                                                             record->url_size});
        }
    }
    assert_int_equal(text, batch->n_texts);
    assert_int_equal(block->offsets[text], made->offsets[text]);
    for (uint32_t i = 0; i < block->info.n_ids; i++)
        assert_int_equal(block->ids[i], made->ids[i]);
}

static void what_is_encoded_is_decoded(void **state) {
    (void)state;
    mc_batch batch = {0};
    mc_buffer out = {0};
    mc_block reused = {0};
    for (int round = 0; round < 100; round++) {
        const made_limits *limits = &kinds[random_below(N_KINDS)];
        bool keep = random_below(2);
        make_batch(&batch, limits);
        made_sets made = make_sets(&batch, limits);
        encode(&batch, &made, keep, &out);
        uint64_t first_record = next_random();
        mc_block_place(out.data, first_record);
        for (int decode = 0; decode < 4; decode++) {
            mc_block fresh = {0}, *block = decode % 2 ? &reused : &fresh;
            bool with_texts = decode < 2;
            assert_int_equal(
                mc_block_decode(block, out.data, out.size, limits->n_entries, with_texts, NULL),
                MC_OK);
            assert_true(block->info.first_record == first_record);
            check_block(block, &batch, &made, keep && with_texts);
            mc_block_dispose(&fresh);
        }
        made_sets_free(&made);
    }
    mc_block_dispose(&reused);
    mc_buffer_dispose(&out);
    mc_batch_dispose(&batch);
}

static void a_header_says_what_is_in_a_block(void **state) {
    (void)state;
    mc_batch batch = {0};
    mc_buffer out = {0};
    mc_block_info info;
    make_batch(&batch, &kinds[4]);
    made_sets made = make_sets(&batch, &kinds[4]);
    for (int keep = 0; keep < 2; keep++) {
        encode(&batch, &made, keep, &out);
        mc_block_place(out.data, 12345);
        assert_int_equal(mc_block_read_header(out.data, &info, NULL), MC_OK);
        assert_int_equal(info.first_record, 12345);
        assert_int_equal(info.n_records, batch.n_numbers);
        assert_int_equal(info.n_texts, batch.n_texts);
        assert_int_equal(info.n_ids, made.offsets[batch.n_texts]);
        assert_true((info.texts_size > 0) == keep);
        assert_int_equal(mc_block_payload(&info), out.size - MC_BLOCK_HEADER_SIZE);
    }
    made_sets_free(&made);
    mc_buffer_dispose(&out);
    mc_batch_dispose(&batch);
}

static void an_encoder_remembers_nothing(void **state) {
    (void)state;
    mc_batch batch = {0}, other = {0};
    mc_buffer first = {0}, second = {0}, between = {0};
    make_batch(&batch, &kinds[3]);
    make_batch(&other, &kinds[6]);
    made_sets made = make_sets(&batch, &kinds[3]), other_made = make_sets(&other, &kinds[6]);
    encode(&batch, &made, true, &first);
    encode(&other, &other_made, true, &between);
    encode(&batch, &made, true, &second);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    made_sets_free(&made);
    made_sets_free(&other_made);
    mc_buffer_dispose(&first);
    mc_buffer_dispose(&second);
    mc_buffer_dispose(&between);
    mc_batch_dispose(&batch);
    mc_batch_dispose(&other);
}

/* ---- damage ---- */

/* A block in memory that ends where it ends. */
static char *exactly(const void *data, size_t size) {
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    return copy;
}

/* Decodes a block; whatever was changed in it, what comes out must be in order. */
static mc_status decode_hostile(const void *data, size_t size, uint32_t n_entries) {
    mc_block block = {0};
    mc_error error = {0};
    char *bytes = exactly(data, size);
    mc_status status = mc_block_decode(&block, bytes, size, n_entries, true, &error);
    uint64_t sum = 0;
    if (status != MC_OK) {
        assert_int_equal(error.status, status);
        assert_true(error.message[0] != '\0');
    } else {
        assert_int_equal(block.offsets[0], 0);
        assert_int_equal(block.offsets[block.info.n_texts], block.info.n_ids);
        for (uint32_t t = 0; t < block.info.n_texts; t++) {
            assert_true(block.records[t] < block.info.n_records);
            assert_true(t == 0 || block.records[t] >= block.records[t - 1]);
            assert_true(block.offsets[t] <= block.offsets[t + 1]);
            assert_true(!block.empty[t] || block.offsets[t] == block.offsets[t + 1]);
            for (uint32_t i = block.offsets[t]; i < block.offsets[t + 1]; i++) {
                assert_true(block.ids[i] < n_entries);
                assert_true(i == block.offsets[t] || block.ids[i] > block.ids[i - 1]);
            }
            sum += mc_pair_load(block.identity + (size_t)t * MC_IDENTITY_SIZE).text_hash;
            char code[MC_LANGUAGE_MAX + 1];
            size_t code_size = mc_language_text(block.languages[t], code);
            assert_true(mc_language_make((mc_bytes){code, code_size}) == block.languages[t]);
            if (block.info.texts_size == 0)
                continue;
            assert_true(mc_utf8_valid(block.texts[t].data, block.texts[t].size));
            assert_true(mc_utf8_valid(block.urls[t].data, block.urls[t].size));
            sum += mc_hash64(block.texts[t].data, block.texts[t].size);
            sum += mc_hash64(block.urls[t].data, block.urls[t].size);
        }
    }
    (void)*(volatile uint64_t *)&sum;
    mc_block_dispose(&block);
    free(bytes);
    return status;
}

static void every_changed_byte_is_noticed(void **state) {
    (void)state;
    mc_batch batch = {0};
    mc_buffer out = {0};
    const made_limits limits = {.n_records = 20,
                                .n_texts = 3,
                                .n_ids = 6,
                                .n_entries = N_ENTRIES,
                                .reject_one_in = 5,
                                .n_languages = 3};
    make_batch(&batch, &limits);
    made_sets made = make_sets(&batch, &limits);
    encode(&batch, &made, true, &out);
    assert_int_equal(decode_hostile(out.data, out.size, N_ENTRIES), MC_OK);
    for (size_t i = 0; i < out.size; i++) {
        out.data[i] ^= (char)(1 << i % 8);
        assert_int_equal(decode_hostile(out.data, out.size, N_ENTRIES), MC_E_FORMAT);
        out.data[i] ^= (char)(1 << i % 8);
    }
    for (size_t size = 0; size < out.size; size++)
        assert_int_equal(decode_hostile(out.data, size, N_ENTRIES), MC_E_FORMAT);
    assert_int_equal(mc_buffer_append(&out, "", 1, NULL), MC_OK);
    assert_int_equal(decode_hostile(out.data, out.size, N_ENTRIES), MC_E_FORMAT);
    made_sets_free(&made);
    mc_buffer_dispose(&out);
    mc_batch_dispose(&batch);
}

static void ids_beyond_the_list_are_refused(void **state) {
    (void)state;
    mc_batch batch = {0};
    mc_buffer out = {0};
    const made_limits limits = {.n_records = 3, .n_texts = 1, .n_ids = 1, .n_entries = 100};
    make_batch(&batch, &limits);
    made_sets made = {.ids = calloc(3, sizeof(uint32_t)), .offsets = calloc(4, sizeof(uint32_t))};
    for (uint32_t i = 0; i < 3; i++) {
        made.ids[i] = 97 + i;
        made.offsets[i + 1] = batch.texts[i].size ? made.offsets[i] + 1 : made.offsets[i];
    }
    encode(&batch, &made, false, &out);
    uint32_t n_ids = made.offsets[3];
    assert_true(n_ids > 0);
    assert_int_equal(decode_hostile(out.data, out.size, 97 + n_ids), MC_OK);
    assert_int_equal(decode_hostile(out.data, out.size, 96 + n_ids), MC_E_FORMAT);
    assert_int_equal(decode_hostile(out.data, out.size, 0), MC_E_FORMAT);
    made_sets_free(&made);
    mc_buffer_dispose(&out);
    mc_batch_dispose(&batch);
}

static void texts_beyond_the_limit_are_refused(void **state) {
    (void)state;
    size_t size = MC_BLOCK_PLAIN_MAX;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'x', size);
    mc_batch batch = {0};
    mc_buffer out = {0};
    mc_error error = {0};
    uint32_t offsets[2] = {0};
    mc_match_sets sets = {offsets, offsets};
    assert_int_equal(mc_batch_begin(&batch, NULL), MC_OK);
    assert_int_equal(mc_batch_text(&batch, (mc_bytes){text, size}, NULL), MC_OK);
    assert_int_equal(mc_batch_end(&batch, NULL, NULL, NULL, NULL), MC_OK);
    free(text);
    assert_int_equal(mc_block_encode(encoder, &batch, &sets, true, &out, &error), MC_E_LIMIT);
    assert_int_equal(mc_block_encode(encoder, &batch, &sets, false, &out, &error), MC_OK);
    mc_batch_dispose(&batch);
    mc_buffer_dispose(&out);
}

/* A block taken apart, so that its parts can be forged and put together again. */
typedef struct parts {
    mc_block_info info;
    mc_buffer identity, columns, texts;
} parts;

static void unpack(mc_buffer *out, const char *from, size_t size, size_t plain) {
    assert_int_equal(mc_buffer_reserve(out, plain + 1, NULL), MC_OK);
    assert_int_equal(ZSTD_decompress(out->data, plain, from, size), plain);
    out->size = plain;
}

static parts take_apart(const mc_buffer *block) {
    parts p = {0};
    const char *at = block->data + MC_BLOCK_HEADER_SIZE;
    assert_int_equal(mc_block_read_header(block->data, &p.info, NULL), MC_OK);
    size_t identity_size = (size_t)p.info.n_texts * MC_IDENTITY_SIZE;
    assert_int_equal(mc_buffer_append(&p.identity, at, identity_size, NULL), MC_OK);
    at += identity_size;
    assert_int_equal(mc_buffer_append(&p.columns, at, p.info.columns_size, NULL), MC_OK);
    at += p.info.columns_size;
    unpack(&p.texts, at, p.info.texts_size, p.info.texts_plain);
    return p;
}

static uint32_t pack(mc_buffer *out, const mc_buffer *plain) {
    size_t bound = ZSTD_compressBound(plain->size);
    assert_int_equal(mc_buffer_reserve(out, bound, NULL), MC_OK);
    size_t n = ZSTD_compress(out->data + out->size, bound, plain->data, plain->size, 1);
    assert_false(ZSTD_isError(n));
    out->size += n;
    return (uint32_t)n;
}

/* Puts the parts together with right checksums and sizes. */
static void put_together(parts *p, mc_buffer *out) {
    out->size = 0;
    assert_int_equal(mc_buffer_reserve(out, MC_BLOCK_HEADER_SIZE, NULL), MC_OK);
    out->size = MC_BLOCK_HEADER_SIZE;
    assert_int_equal(mc_buffer_append(out, p->identity.data, p->identity.size, NULL), MC_OK);
    p->info.columns_size = (uint32_t)p->columns.size;
    assert_int_equal(mc_buffer_append(out, p->columns.data, p->columns.size, NULL), MC_OK);
    p->info.texts_plain = (uint32_t)p->texts.size;
    p->info.texts_size = pack(out, &p->texts);
    mc_block_store_header(
        out->data, &p->info,
        mc_checksum(out->data + MC_BLOCK_HEADER_SIZE, out->size - MC_BLOCK_HEADER_SIZE));
}

static void parts_dispose(parts *p) {
    mc_buffer_dispose(&p->identity);
    mc_buffer_dispose(&p->columns);
    mc_buffer_dispose(&p->texts);
}

static void mutate(mc_buffer *bytes) {
    static const unsigned char values[] = {0, 1, 0x7F, 0x80, 0xFF};
    for (uint32_t n = 1 + random_below(3); n > 0 && bytes->size > 0; n--) {
        size_t at = random_below(2) ? random_below((uint32_t)bytes->size)
                                    : random_below(bytes->size < 20 ? (uint32_t)bytes->size : 20);
        switch (random_below(4)) {
        case 0:
            bytes->data[at] ^= (char)(1 << random_below(8));
            break;
        case 1:
            bytes->data[at] = (char)values[random_below(sizeof values)];
            break;
        case 2: /* one byte less */
            memmove(bytes->data + at, bytes->data + at + 1, bytes->size - at - 1);
            bytes->size--;
            break;
        default: /* one byte more */
            assert_int_equal(mc_buffer_reserve(bytes, 1, NULL), MC_OK);
            memmove(bytes->data + at + 1, bytes->data + at, bytes->size - at);
            bytes->size++;
        }
    }
}

static void forged_blocks_stay_within_bounds(void **state) {
    (void)state;
    mc_batch batch = {0};
    mc_buffer out = {0};
    unsigned n_taken = 0, n_refused = 0;
    for (int round = 0; round < 20; round++) {
        const made_limits limits = {.n_records = 1 + random_below(20),
                                    .n_texts = 3,
                                    .n_ids = 8,
                                    .n_entries = round % 2 ? 300 : 20,
                                    .reject_one_in = 6,
                                    .empty_one_in = 6,
                                    .n_languages = (uint32_t)(round % 3) * 4};
        make_batch(&batch, &limits);
        made_sets made = make_sets(&batch, &limits);
        for (int forgery = 0; forgery < 1000; forgery++) {
            encode(&batch, &made, true, &out);
            parts p = take_apart(&out);
            switch (random_below(5)) {
            case 0:
            case 1:
                mutate(&p.columns);
                break;
            case 2:
                mutate(&p.texts);
                break;
            case 3: /* another number of texts, identities to suit */
                p.info.n_texts += random_below(3);
                assert_int_equal(mc_buffer_reserve(&p.identity, 3 * MC_IDENTITY_SIZE, NULL), MC_OK);
                memset(p.identity.data + p.identity.size, 7, 3 * MC_IDENTITY_SIZE);
                p.identity.size = (size_t)p.info.n_texts * MC_IDENTITY_SIZE;
                break;
            default:
                p.info.n_ids += random_below(3);
                p.info.n_records -= random_below(2);
            }
            put_together(&p, &out);
            if (decode_hostile(out.data, out.size, limits.n_entries) == MC_OK)
                n_taken++;
            else
                n_refused++;
            parts_dispose(&p);
        }
        made_sets_free(&made);
    }
    assert_true(n_taken > 100 && n_refused > 1000);
    mc_buffer_dispose(&out);
    mc_batch_dispose(&batch);
}

/* Every number of the header, forged to values that tempt to overflow. */
static void forged_headers_stay_within_bounds(void **state) {
    (void)state;
    static const uint32_t values[] = {
        0,          1,          2,          255,       1u << 16, 1u << 28, (1u << 28) + 1,
        0x7FFFFFFF, 0x80000000, 0xFFFFFFE8, 0xFFFFFFFF};
    const made_limits limits = {.n_records = 9, .n_texts = 2, .n_ids = 4, .n_entries = 50};
    mc_batch batch = {0};
    mc_buffer out = {0};
    make_batch(&batch, &limits);
    made_sets made = make_sets(&batch, &limits);
    encode(&batch, &made, true, &out);
    uint64_t checksum = mc_load_u64(out.data + 48);
    for (size_t field = 0; field < 6; field++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            mc_block_info info;
            char *copy = exactly(out.data, out.size);
            assert_int_equal(mc_block_read_header(copy, &info, NULL), MC_OK);
            uint32_t *fields[] = {&info.n_records,    &info.n_texts,    &info.n_ids,
                                  &info.columns_size, &info.texts_size, &info.texts_plain};
            bool same = *fields[field] == values[i];
            *fields[field] = values[i];
            mc_block_store_header(copy, &info, checksum);
            mc_status status = decode_hostile(copy, out.size, 50);
            if (field > 0 && !same) /* more records than there are texts is fine */
                assert_int_equal(status, MC_E_FORMAT);
            free(copy);
        }
    made_sets_free(&made);
    mc_buffer_dispose(&out);
    mc_batch_dispose(&batch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(a_header_says_what_is_in_a_block),
        cmocka_unit_test(an_encoder_remembers_nothing),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(ids_beyond_the_list_are_refused),
        cmocka_unit_test(texts_beyond_the_limit_are_refused),
        cmocka_unit_test(forged_blocks_stay_within_bounds),
        cmocka_unit_test(forged_headers_stay_within_bounds),
    };
    return cmocka_run_group_tests(tests, make_encoder, free_encoder);
}
