/* What names a record: its uid, from whichever field the rules take it. */
#include "pool_reading.h"

/* How a uid is expected to come about. */
typedef enum origin {
    NUMBER,  /* value is its hex digits */
    HASH_OF, /* value is what was hashed */
} origin;

typedef struct uid_case {
    const char *id_field;
    const char *line; /* a JSON line */
    origin origin;
    const char *value;
} uid_case;

static void expected_uid(origin from, const char *value, char out[33]) {
    mc_u128 uid;
    if (from == NUMBER)
        snprintf(out, 33, "%s", value);
    else
        uid = mc_hash128(value, strlen(value)), mc_u128_hex(uid, out);
}

#define HEX32 "0123456789abcdefFEDCBA9876543210"
#define LOW32 "0123456789abcdeffedcba9876543210"
#define HEX24 "89ABCDEF0123456789abcdef"
#define LOW24 "0000000089abcdef0123456789abcdef"

static void uids_of_json(void **state) {
    (void)state;
    static const uid_case cases[] = {
        {NULL, "{\"text\":\"a\",\"uid\":\"" HEX32 "\",\"url\":\"u\"}", NUMBER, LOW32},
        {NULL, "{\"text\":\"a\",\"uuid\":\"" HEX24 "\",\"url\":\"u\"}", NUMBER, LOW24},
        {NULL, "{\"text\":\"a\",\"uuid\":\"" HEX24 "\",\"uid\":\"" HEX32 "\"}", NUMBER, LOW32},
        /* Nothing else is taken silently. */
        {NULL, "{\"text\":\"a\",\"uid\":\"" HEX24 "\",\"url\":\"u\"}", HASH_OF, "u"},
        {NULL, "{\"text\":\"a\",\"uuid\":\"" HEX32 "\",\"url\":\"u\"}", HASH_OF, "u"},
        {NULL, "{\"text\":\"a\",\"uid\":\"01234567-89ab-cdef-fedc-ba9876543210\",\"url\":\"u\"}",
         HASH_OF, "u"},
        {NULL, "{\"text\":\"a\",\"uid\":\"-0-1-2-389ABCDEF456789abcdef----\",\"url\":\"u\"}",
         HASH_OF, "u"},
        {NULL, "{\"text\":\"a\",\"uid\":\"0123456789abcdefFEDCBA987654321g\",\"url\":\"u\"}",
         HASH_OF, "u"},
        {NULL, "{\"text\":\"a\",\"uid\":12345678901234567890,\"url\":\"u\"}", HASH_OF, "u"},
        {NULL, "{\"text\":\"a\",\"uid\":null,\"url\":\"u\"}", HASH_OF, "u"},
        {NULL, "{\"text\":\"a\",\"uid\":[1],\"uuid\":{},\"url\":\"u\"}", HASH_OF, "u"},
        {NULL, "{\"text\":\"a\",\"id\":\"" HEX32 "\",\"key\":\"k\",\"url\":\"u\"}", HASH_OF, "u"},
        {NULL, "{\"text\":\"a\",\"url\":\"\"}", HASH_OF, "a"},
        {NULL, "{\"text\":\"a\"}", HASH_OF, "a"},
        {NULL, "{\"texts\":[\"b\",\"a\"]}", HASH_OF, "b"},
        {NULL, "{\"texts\":[]}", HASH_OF, ""},
        {NULL, "{\"texts\":[],\"url\":\"u\"}", HASH_OF, "u"},
        {NULL, "{\"texts\":[[\"u\",\"t\"]]}", HASH_OF, "t"},
        /* --id-field: numbers in their two lengths, hyphens or not; anything else by its hash. */
        {"k", "{\"text\":\"a\",\"k\":\"" HEX32 "\"}", NUMBER, LOW32},
        {"k", "{\"text\":\"a\",\"k\":\"01234567-89ab-cdef-fedc-ba9876543210\"}", NUMBER, LOW32},
        {"k", "{\"text\":\"a\",\"k\":\"" HEX24 "\"}", NUMBER, LOW24},
        {"k", "{\"text\":\"a\",\"k\":\"0123\",\"uid\":\"" HEX32 "\"}", HASH_OF, "0123"},
        {"k", "{\"text\":\"a\",\"k\":\"file 7.jpg\"}", HASH_OF, "file 7.jpg"},
        {"k", "{\"text\":\"a\",\"k\":\"\xFF\"}", HASH_OF, "\xEF\xBF\xBD"},
        {"k", "{\"text\":\"a\",\"k\":0}", HASH_OF, "0"},
        {"k", "{\"text\":\"a\",\"k\":-12}", HASH_OF, "-12"},
        {"k", "{\"text\":\"a\",\"k\":18446744073709551615}", HASH_OF, "18446744073709551615"},
        {"k", "{\"text\":\"a\",\"k\":1.50}", HASH_OF, "1.5"},
        {"k", "{\"text\":\"\xFF\",\"k\":18446744073709551615}", HASH_OF, "18446744073709551615"},
        {"text", "{\"text\":\"a\"}", HASH_OF, "a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_pool_options options = {.format = MC_FORMAT_JSONL, .id_field = cases[i].id_field};
        reading r = read_bytes(cases[i].line, strlen(cases[i].line), &options, (reading_limits){0});
        char expected[34];
        expected_uid(cases[i].origin, cases[i].value, expected);
        strcat(expected, "\n");
        if (strcmp(r.uids.data, expected) != 0)
            fail_msg("%s gives\n%sexpected\n%s%s", cases[i].line, r.uids.data, expected,
                     r.log.data);
        reading_dispose(&r);
    }
}

static void ids_refused(void **state) {
    (void)state;
    mc_pool_options options = {.format = MC_FORMAT_JSONL, .id_field = "k"};
    static const struct {
        const char *line, *log;
    } cases[] = {
        {"{\"text\":\"a\"}", "k is missing; fields: text"},
        {"{\"text\":\"a\",\"k\":null}", "k is null"},
        {"{\"text\":\"a\",\"k\":\"\"}", "k is empty"},
        {"{\"text\":\"a\",\"k\":true}", "k is a boolean"},
        {"{\"text\":\"a\",\"k\":[\"x\"]}", "k is a list"},
        {"{\"text\":\"a\",\"k\":{}}", "k is an object"},
        {"{\"text\":\"a\",\"k\":18446744073709551616}",
         "k is a number beyond 64 bits, which a string could hold"},
        {"{\"text\":\"a\",\"k\":-9223372036854775809}",
         "k is a number beyond 64 bits, which a string could hold"},
        {"{\"text\":\"a\",\"k\":1e300}", "k is a number beyond 64 bits, which a string could hold"},
        {"{\"text\":\"a\",\"k\":1e400}", "k is a number beyond 64 bits, which a string could hold"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char log[200];
        snprintf(log, sizeof log, "0 !bad_field@0 %s\n", cases[i].log);
        reading_case c = {options, MC_FORMAT_JSONL, {cases[i].line, strlen(cases[i].line)}, log, 0};
        check_cases(&c, 1);
    }
}

static void uids_of_tables(void **state) {
    (void)state;
    static const char table[] = "text,url,uid,uuid,k\n"
                                "a,u," HEX32 "," HEX24 ",\"x \"\"y\"\"\"\n"
                                "a,u,," HEX24 ",7\n"
                                "a,u,x,y,\xFF\n"
                                "a,,,," HEX24 "\n"
                                "a\xFF,,,,01234567-89ab-cdef-fedc-ba9876543210\n";
    static const uid_case by_itself[] = {{NULL, NULL, NUMBER, LOW32},
                                         {NULL, NULL, NUMBER, LOW24},
                                         {NULL, NULL, HASH_OF, "u"},
                                         {NULL, NULL, HASH_OF, "a"},
                                         {NULL, NULL, HASH_OF, "a\xEF\xBF\xBD"}};
    static const uid_case by_field[] = {{NULL, NULL, HASH_OF, "x \"y\""},
                                        {NULL, NULL, HASH_OF, "7"},
                                        {NULL, NULL, HASH_OF, "\xEF\xBF\xBD"},
                                        {NULL, NULL, NUMBER, LOW24},
                                        {NULL, NULL, NUMBER, LOW32}};
    for (int given = 0; given <= 1; given++) {
        const uid_case *cases = given ? by_field : by_itself;
        mc_pool_options options = {.id_field = given ? "k" : NULL};
        reading r = read_bytes(table, sizeof table - 1, &options, (reading_limits){0});
        assert_int_equal(r.n_records, 5);
        for (size_t i = 0; i < 5; i++) {
            char expected[33];
            expected_uid(cases[i].origin, cases[i].value, expected);
            assert_memory_equal(r.uids.data + 33 * i, expected, 32);
        }
        reading_dispose(&r);
    }
}

/* The same texts give the same uids as lines, in whatever company. */
static void uids_of_lines(void **state) {
    (void)state;
    for (int bad = 0; bad <= 1; bad++) {
        char lines[] = "a\r\n\nlonger than sixteen bytes\nx";
        char uid[33];
        if (bad)
            lines[sizeof lines - 2] = '\xFF';
        reading r = read_bytes(lines, sizeof lines - 1, NULL, (reading_limits){0});
        const char *texts[] = {"a", "", "longer than sixteen bytes", bad ? "\xEF\xBF\xBD" : "x"};
        assert_int_equal(r.n_records, 4);
        for (size_t i = 0; i < 4; i++) {
            expected_uid(HASH_OF, texts[i], uid);
            assert_memory_equal(r.uids.data + 33 * i, uid, 32);
        }
        reading_dispose(&r);
    }
}

/* Batches by hand: what a reject takes back, and details made harmless. */
static void batches(void **state) {
    (void)state;
    mc_batch batch = {0};
    for (int round = 0; round < 3; round++) {
        mc_batch_clear(&batch);
        assert_int_equal(mc_batch_begin(&batch, NULL), MC_OK);
        assert_int_equal(mc_batch_url(&batch, (mc_bytes)BYTES("u\xFF"), NULL), MC_OK);
        assert_int_equal(mc_batch_text(&batch, (mc_bytes)BYTES("a\xFF"), NULL), MC_OK);
        assert_int_equal(mc_batch_text(&batch, (mc_bytes)BYTES("b"), NULL), MC_OK);
        assert_int_equal(mc_batch_end(&batch, NULL, NULL, NULL, NULL), MC_OK);
        size_t size = batch.bytes.size;

        assert_int_equal(mc_batch_begin(&batch, NULL), MC_OK);
        assert_int_equal(mc_batch_url(&batch, (mc_bytes)BYTES("lost\xFF"), NULL), MC_OK);
        assert_int_equal(mc_batch_text(&batch, (mc_bytes)BYTES("lost\xFF"), NULL), MC_OK);
        assert_int_equal(
            mc_batch_reject(&batch, MC_REASON_BAD_TEXT, 77, NULL, "%s", "a\nb\x7F\xC2\x85\xC3\xA9"),
            MC_OK);
        assert_int_equal(batch.bytes.size, size);
        assert_int_equal(batch.n_replaced, 2);
        assert_int_equal(batch.n_texts, 2);
        assert_string_equal(batch.rejects[0].detail, "a?b???\xC3\xA9");

        assert_int_equal(mc_batch_begin(&batch, NULL), MC_OK);
        assert_int_equal(mc_batch_reject(&batch, MC_REASON_BLANK, 99, NULL, "\xFFx%s", "\xC3\xA9"),
                         MC_OK);
        assert_string_equal(batch.rejects[1].detail, "?x??");
        assert_int_equal(batch.rejects[1].number, 2);
        assert_int_equal(batch.rejects[1].offset, 99);

        /* Cut in the middle of a character, at each of its bytes. */
        for (int pad = 0; pad < 4; pad++) {
            char detail[200] = "xxxxx";
            for (int i = 0; i < 40; i++)
                strcpy(detail + pad + 4 * i, "\xF0\x9F\x98\x80");
            assert_int_equal(mc_batch_begin(&batch, NULL), MC_OK);
            assert_int_equal(mc_batch_reject(&batch, MC_REASON_BLANK, 0, NULL, "%s", detail),
                             MC_OK);
            const char *kept = batch.rejects[2 + pad].detail;
            assert_true(mc_json_utf8_valid(kept, strlen(kept)));
            assert_int_equal(strlen(kept) % 4, pad);
            assert_true(strlen(kept) > 114);
        }
        assert_int_equal(batch.n_numbers, 7);
        assert_int_equal(batch.n_records, 1);
    }
    mc_batch_dispose(&batch);
    assert_null(batch.bytes.data);
    for (int i = 0; i < MC_N_REASONS; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(mc_reason_name((mc_reason)i), mc_reason_name((mc_reason)k));
    assert_string_equal(mc_reason_name(MC_REASON_BAD_JSON), "bad_json");
    assert_string_equal(mc_reason_name(MC_N_REASONS), "unknown");
}

/* What a very long record needed does not stay. */
static void memory_given_back(void **state) {
    (void)state;
    size_t size = 24u << 20;
    char *line = malloc(size);
    assert_non_null(line);
    memset(line, 'x', size);
    memcpy(line, "{\"text\":\"", 9);
    memcpy(line + size - 3, "\"}\n", 3);
    const char *path = scratch_write("long", line, size);
    mc_pool *pool;
    mc_shard *shard;
    mc_parser *parser;
    mc_chunk chunk = {0};
    mc_batch batch = {0};
    assert_int_equal(mc_pool_create(&pool, &path, 1, NULL, NULL), MC_OK);
    assert_int_equal(mc_shard_open(&shard, pool, 0, NULL), MC_OK);
    assert_int_equal(mc_parser_create(&parser, NULL), MC_OK);
    assert_int_equal(mc_shard_read(shard, &chunk, NULL), MC_OK);
    assert_int_equal(mc_shard_parse(shard, parser, &chunk, &batch, NULL), MC_OK);
    assert_int_equal(batch.n_records, 1);
    assert_true(chunk.bytes.capacity >= size && batch.bytes.capacity >= size - 100);
    assert_int_equal(mc_shard_read(shard, &chunk, NULL), MC_END);
    assert_true(chunk.bytes.capacity < 2u << 20);
    mc_batch_clear(&batch);
    assert_true(batch.bytes.capacity < 2u << 20);
    /* The parser takes short lines again after it. */
    assert_int_equal(mc_buffer_append(&chunk.bytes, "{\"text\":\"a\"}", 12, NULL), MC_OK);
    assert_int_equal(mc_buffer_reserve(&chunk.bytes, MC_CHUNK_PADDING, NULL), MC_OK);
    memset(chunk.bytes.data + 12, 0, MC_CHUNK_PADDING);
    assert_int_equal(mc_shard_parse(shard, parser, &chunk, &batch, NULL), MC_OK);
    assert_int_equal(batch.n_records, 1);
    mc_batch_dispose(&batch);
    mc_chunk_dispose(&chunk);
    mc_parser_free(parser);
    mc_shard_close(shard);
    mc_pool_free(pool);
    free(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uids_of_json),   cmocka_unit_test(ids_refused),
        cmocka_unit_test(uids_of_tables), cmocka_unit_test(uids_of_lines),
        cmocka_unit_test(batches),        cmocka_unit_test(memory_given_back),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
