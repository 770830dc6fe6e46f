/* Text lines and JSON lines: which records, texts and rejects they give. */
#include "pool_reading.h"

#define TEXT_AS_GIVEN                                                                              \
    { .format = MC_FORMAT_TEXT }

static void lines_of_text(void **state) {
    (void)state;
    static const reading_case cases[] = {
        {{0}, MC_FORMAT_TEXT, BYTES(""), "", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("\n"), "0 []\n", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("a cat"), "0 [a cat]\n", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("a\n\nb\n"), "0 [a]\n1 []\n2 [b]\n", 0},
        {{0},
         MC_FORMAT_TEXT,
         BYTES("a\r\n\r\nb\r\r\nc\r"),
         "0 [a]\n1 []\n2 [b\\x0D]\n3 [c\\x0D]\n",
         0},
        {{0}, MC_FORMAT_TEXT, BYTES("\rx\ny"), "0 [\\x0Dx]\n1 [y]\n", 0},
        {{0}, MC_FORMAT_TEXT, BYTES(" a \n\0b\0\n"), "0 [ a ]\n1 [\\x00b\\x00]\n", 0},
        /* A byte order mark goes at the start of the shard only. */
        {{0},
         MC_FORMAT_TEXT,
         BYTES("\xEF\xBB\xBF"
               "a\n\xEF\xBB\xBF"
               "b\n"),
         "0 [a]\n1 [\xEF\xBB\xBF"
         "b]\n",
         0},
        {{0}, MC_FORMAT_TEXT, BYTES("\xEF\xBB\xBF"), "", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("\xEF\xBB"), "0 [\xEF\xBF\xBD]\n", 1},
        /* Ill-formed parts: one U+FFFD each, and the other lines stay as they are. */
        {{0},
         MC_FORMAT_TEXT,
         BYTES("caf\xE9\ncaf\xC3\xA9\n\xED\xA0\x80\n\xF0\x9F\x98"),
         "0 [caf\xEF\xBF\xBD]\n1 [caf\xC3\xA9]\n2 [\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD]\n"
         "3 [\xEF\xBF\xBD]\n",
         5},
        /* What looks like another format, read as text on demand. */
        {TEXT_AS_GIVEN, MC_FORMAT_TEXT, BYTES("{\"text\":\"a\"}\na\tb\n"),
         "0 [{\"text\":\"a\"}]\n1 [a\\x09b]\n", 0},
        /* Lines longer than max_record; the limit is on what comes before the line feed. */
        {{.max_record = 4},
         MC_FORMAT_TEXT,
         BYTES("abcd\nabcde\n\nabc\r\nabcd\r\nabcdef"),
         "0 [abcd]\n1 !too_long@5 the record has more than 4 bytes\n2 []\n3 [abc]\n"
         "4 !too_long@17 the record has more than 4 bytes\n"
         "5 !too_long@23 the record has more than 4 bytes\n",
         0},
    };
    CHECK_CASES(cases);
}

static void formats_told(void **state) {
    (void)state;
    static const reading_case cases[] = {
        {{0}, MC_FORMAT_JSONL, BYTES("{\"text\":\"a\"}"), "0 [a]\n", 0},
        {{0},
         MC_FORMAT_JSONL,
         BYTES("\xEF\xBB\xBF \n\t{ }\n"),
         "0 !blank@3 the line is blank\n1 !no_text@5 no text field; fields: \n",
         0},
        {{0}, MC_FORMAT_JSONL, BYTES("{\n\"text\": 1}"), "0 !bad_json@0\n1 !bad_json@2\n", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("{a} cat\n"), "0 [{a} cat]\n", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("{"), "0 [{]\n", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("[1]\n"), "0 [[1]]\n", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("a, b\ntext, caption\n"), "0 [a, b]\n1 [text, caption]\n", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("text\na\n"), "0 [text]\n1 [a]\n", 0},
        {{0}, MC_FORMAT_CSV, BYTES("url,caption\r\nu,a\r\n"), "0 url=u [a]\n", 0},
        {{0}, MC_FORMAT_CSV, BYTES("\"caption\",x\na,b\n"), "0 [a]\n", 0},
        {{0}, MC_FORMAT_TEXT, BYTES("captions,x\na,b\n"), "0 [captions,x]\n1 [a,b]\n", 0},
        {{.text_field = "t"}, MC_FORMAT_CSV, BYTES("t,x\na,b\n"), "0 [a]\n", 0},
        {{.text_field = "t"}, MC_FORMAT_TEXT, BYTES("text,x\na,b\n"), "0 [text,x]\n1 [a,b]\n", 0},
        {{0}, MC_FORMAT_TSV, BYTES("url\tTEXT\nu\ta,b\n"), "0 url=u [a,b]\n", 0},
        {{.columns = "url,text"}, MC_FORMAT_TSV, BYTES("u\ta,b\n"), "0 url=u [a,b]\n", 0},
        {{.columns = "url,text"}, MC_FORMAT_TSV, BYTES("u,\"a\tb\"\n"), "0 url=u,\"a [b\"]\n", 0},
        {{.columns = "url,text"}, MC_FORMAT_JSONL, BYTES("{\"text\":\"a\"}"), "0 [a]\n", 0},
        {{.columns = "url,text", .format = MC_FORMAT_CSV},
         MC_FORMAT_CSV,
         BYTES("u,\"a\tb\"\n"),
         "0 url=u [a\\x09b]\n",
         0},
        {{.columns = "text"}, MC_FORMAT_CSV, BYTES("a\n"), "0 [a]\n", 0},
    };
    CHECK_CASES(cases);
}

static void json_records(void **state) {
    (void)state;
#define JSON(line, log)                                                                            \
    { {0}, MC_FORMAT_JSONL, BYTES(line), log, 0 }
    static const reading_case cases[] = {
        JSON("{\"text\":\"a\"}\r\n{\"text\":\"b\"}\n", "0 [a]\n1 [b]\n"),
        JSON("{\"text\":\"\"}", "0 []\n"),
        JSON("{\"text\":\"a\\nb\\u0000c\\u00e9\\ud83d\\ude00\\/\"}",
             "0 [a\\x0Ab\\x00c\xC3\xA9\xF0\x9F\x98\x80/]\n"),
        /* The first of the usual names that is there; null is not. */
        JSON("{\"alt\":\"4\",\"TEXT\":\"3\",\"caption\":\"2\",\"text\":\"1\"}", "0 [1]\n"),
        JSON("{\"alt\":\"4\",\"TEXT\":\"3\",\"caption\":\"2\",\"text\":null}", "0 [2]\n"),
        JSON("{\"alt\":\"4\",\"TEXT\":\"3\"}", "0 [3]\n"),
        JSON("{\"alt\":\"4\",\"Text\":\"3\"}", "0 [4]\n"),
        JSON("{\"text\":\"a\",\"image_url\":\"3\",\"url\":\"2\",\"URL\":\"1\"}", "0 url=1 [a]\n"),
        JSON("{\"text\":\"a\",\"image_url\":\"3\",\"url\":null}", "0 url=3 [a]\n"),
        JSON("{\"text\":\"a\",\"url\":\"\"}", "0 [a]\n"),
        /* Repeated keys: the last counts, also when it is null. Escapes in keys. */
        JSON("{\"text\":\"a\",\"text\":\"b\"}", "0 [b]\n"),
        JSON("{\"text\":\"a\",\"caption\":\"c\",\"text\":null}", "0 [c]\n"),
        JSON("{\"te\\u0078t\":\"a\"}", "0 [a]\n"),
        JSON("{\"text\":\"a\",\"te\\u0078t\":\"b\"}", "0 [b]\n"),
        /* Fields of inner objects are not the record's. */
        JSON("{\"x\":{\"text\":\"no\"},\"y\":[{\"text\":\"no\"}],\"text\":\"a\"}", "0 [a]\n"),
        JSON("{\"x\":{\"text\":\"no\"}}", "0 !no_text@0 no text field; fields: x\n"),
        /* Lists of texts. */
        JSON("{\"texts\":[\"a\",\"b\",\"\"]}", "0 [a][b][]\n"),
        JSON("{\"texts\":[]}", "0 \n"),
        JSON("{\"texts\":[],\"text\":\"a\"}", "0 \n"),
        JSON("{\"texts\":[\"a\"],\"text\":\"b\"}", "0 [a]\n"),
        JSON("{\"texts\":[[\"alt\",\"a\"],[\"title\",\"b\",\"en\",{}],[null,\"c\"],\"d\"]}",
             "0 [a][b][c][d]\n"),
        JSON("{\"texts\":null,\"text\":\"b\"}", "0 [b]\n"),
        JSON("{\"texts\":\"a\",\"text\":\"b\"}", "0 [b]\n"),
        JSON("{\"texts\":{},\"text\":\"b\"}", "0 [b]\n"),
        {{.text_field = "text"},
         MC_FORMAT_JSONL,
         BYTES("{\"texts\":[\"a\"],\"text\":\"b\"}"),
         "0 [b]\n",
         0},
        {{.texts_field = "alts"},
         MC_FORMAT_JSONL,
         BYTES("{\"texts\":[\"a\"],\"alts\":[\"b\"]}\n{\"text\":\"c\",\"texts\":[\"a\"]}"),
         "0 [b]\n1 [c]\n",
         0},
        {{.text_field = "t", .url_field = "u", .texts_field = "ts"},
         MC_FORMAT_JSONL,
         BYTES("{\"t\":\"a\",\"u\":\"x\",\"url\":\"y\",\"text\":\"b\"}\n{\"text\":\"b\"}"),
         "0 url=x [a]\n1 !no_text@39 no text field; fields: text\n",
         0},
        /* Offsets are those of the lines. */
        JSON("{\"text\":\"a\"}\n \n{}\n\n[]\n{\"text\":\"b\"}\n\v\f\n",
             "0 [a]\n1 !blank@13 the line is blank\n2 !no_text@15 no text field; fields: \n"
             "3 !blank@18 the line is blank\n4 !bad_json@19\n5 [b]\n6 !blank@35 the line is "
             "blank\n"),
    };
    CHECK_CASES(cases);
}

static void json_rejects(void **state) {
    (void)state;
    /* A good line before each tells the format, and one after it that only one was lost. */
    static const struct {
        const char *line, *log;
    } cases[] = {
        {"x", "bad_json"},
        {"1", "bad_json"},
        {"\"text\"", "bad_json"},
        {"[{\"text\":\"a\"}]", "bad_json"},
        {"null", "bad_json"},
        {"{\"text\":\"a\"", "bad_json"},
        {"{\"text\":\"a}", "bad_json"},
        {"{\"text\":\"a\"}}", "bad_json"},
        {"{\"text\":\"a\"} {\"text\":\"b\"}", "bad_json"},
        {"{\"text\":\"a\",}", "bad_json"},
        {"{'text':'a'}", "bad_json"},
        {"{text:\"a\"}", "bad_json"},
        {"{\"text\":\"a\\x\"}", "bad_json"},
        {"{\"text\":\"a\\u12\"}", "bad_json"},
        {"{\"text\":\"a\tb\"}", "bad_json"},
        {"{\"text\":\"a\",\"n\":NaN}", "bad_json"},
        {"{\"text\":\"a\",\"n\":01}", "bad_json"},
        {"{\"text\":\"a\",\"n\":1.}", "bad_json"},
        {"{\"text\":\"a\",\"n\":0123456789012345678901234567890}", "bad_json"},
        {"{\"text\":\"a\",\"n\":1.2.3e999}", "bad_json"},
        {"{\"text\":\"a\",\"n\":1e999-5}", "bad_json"},
        {"{\"text\":\"a\",\"n\":--123456789012345678901234567890}", "bad_json"},
        {"{\"text\":\"\\", "bad_json"},
        {"{\"text\":\"\\u", "bad_json"},
        {"{\"text\":\"\\ud800", "bad_json"},
        {"{\"text\":\"\\ud800\\", "bad_json"},
        {"{\"text\":1}", "bad_text@13 text is a number"},
        {"{\"text\":-1.5e3}", "bad_text@13 text is a number"},
        {"{\"text\":18446744073709551615}", "bad_text@13 text is a number"},
        {"{\"text\":123456789012345678901234567890}", "bad_text@13 text is a number"},
        {"{\"text\":true,\"caption\":\"c\"}", "bad_text@13 text is a boolean"},
        {"{\"text\":{}}", "bad_text@13 text is an object"},
        {"{\"text\":[\"a\"]}", "bad_text@13 text is a list"},
        {"{\"text\":null,\"alt\":1}", "bad_text@13 alt is a number"},
        {"{\"texts\":\"a\"}", "bad_text@13 texts is a string"},
        {"{\"texts\":{},\"text\":null}", "bad_text@13 texts is an object"},
        {"{\"texts\":[\"a\",\"b\",3],\"text\":\"c\"}", "bad_text@13 texts[2] is a number"},
        {"{\"texts\":[null]}", "bad_text@13 texts[0] is null"},
        {"{\"texts\":[{}]}", "bad_text@13 texts[0] is an object"},
        {"{\"texts\":[[\"k\",\"a\"],[\"k\",2]]}", "bad_text@13 texts[1][1] is a number"},
        {"{\"texts\":[[\"k\",[\"a\"]]]}", "bad_text@13 texts[0][1] is a list"},
        {"{\"texts\":[[]]}", "bad_text@13 texts[0][1] is missing"},
        {"{\"texts\":[[\"k\"]]}", "bad_text@13 texts[0][1] is missing"},
        {"{}", "no_text@13 no text field; fields: "},
        {"{\"text\":null}", "no_text@13 no text field; fields: text"},
        {"{\"texts\":null,\"a\":1,\"b\\u0007\":2}",
         "no_text@13 no text field; fields: texts, a, b?"},
        {"{\"text\":\"a\",\"url\":1}", "bad_field@13 url is a number"},
        {"{\"text\":\"a\",\"URL\":false,\"url\":\"u\"}", "bad_field@13 URL is a boolean"},
        {"{\"texts\":[\"a\",\"b\"],\"url\":[]}", "bad_field@13 url is a list"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char input[400], log[400];
        bool no_parser = strcmp(cases[i].log, "bad_json") != 0;
        snprintf(input, sizeof input, "{\"text\":\"0\"}\n%s\n{\"text\":\"2\"}\n", cases[i].line);
        snprintf(log, sizeof log, "0 [0]\n1 !%s%s\n2 [2]\n", cases[i].log, no_parser ? "" : "@13");
        reading_case c = {{0}, MC_FORMAT_JSONL, {input, strlen(input)}, log, 0};
        check_cases(&c, 1);
    }
}

static void json_mended(void **state) {
    (void)state;
#define FFFD "\xEF\xBF\xBD"
    static const reading_case cases[] = {
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"text\":\"caf\xE9\"}\n{\"text\":\"b\"}"),
         "0 [caf" FFFD "]\n1 [b]\n",
         1},
        {{0}, MC_FORMAT_JSONL, BYTES("{\"text\":\"\\ud800\"}"), "0 [" FFFD "]\n", 1},
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"text\":\"\\uDFFFx\\uD83D\"}"),
         "0 [" FFFD "x" FFFD "]\n",
         2},
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"text\":\"\\ud800\\ud83d\\ude00\\ude00\"}"),
         "0 [" FFFD "\xF0\x9F\x98\x80" FFFD "]\n",
         2},
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"text\":\"\\ud800\\u0041\\\\ud800\\\\\\udc00\"}"),
         "0 [" FFFD "A\\ud800\\" FFFD "]\n",
         2},
        {{0}, MC_FORMAT_JSONL, BYTES("{\"text\":\"\\ud800\xFF\"}"), "0 [" FFFD FFFD "]\n", 2},
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"\xFF\":1,\"text\":\"a\",\"x\":\"\\udfff\"}"),
         "0 [a]\n",
         2},
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"texts\":[[\"\xFF\",\"\xFE\"]],\"url\":\"\xC0\x80\"}"),
         "0 url=" FFFD FFFD " [" FFFD "]\n",
         4},
        /* What is replaced in a record that is rejected all the same does not count. */
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"text\":1,\"x\":\"\xFF\"}\n{\"text\":\"\xFF\"\n{\"texts\":[\"\xFF\",1]}"),
         "0 !bad_text@0 text is a number\n1 !bad_json@19\n2 !bad_text@31 texts[1] is a number\n",
         0},
        /* Numbers that only the parser finds too large. */
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"n\":123456789012345678901234567890,\"text\":\"a\"}"),
         "0 [a]\n",
         0},
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"n\":[18446744073709551616,-9223372036854775809],\"text\":\"a\"}"),
         "0 [a]\n",
         0},
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"n\":[1e400,-1.5E+309,0.00012e9999999999999999999999],\"text\":\"a\"}"),
         "0 [a]\n",
         0},
        {{0},
         MC_FORMAT_JSONL,
         BYTES("{\"n\":1e400,\"text\":\"\xFF 123456789012345678901234567890\"}"),
         "0 [" FFFD " 123456789012345678901234567890]\n",
         1},
    };
    CHECK_CASES(cases);

    /* 400 digits, before the point and before nothing. */
    char digits[401], line[1000];
    memset(digits, '7', 400);
    digits[400] = '\0';
    snprintf(line, sizeof line, "{\"n\":%s.5,\"m\":-%s,\"text\":\"a\"}", digits, digits);
    reading_case c = {{0}, MC_FORMAT_JSONL, {line, strlen(line)}, "0 [a]\n", 0};
    check_cases(&c, 1);
}

/* A reject's detail is cut, never over its end, and stays UTF-8. */
static void details_cut(void **state) {
    (void)state;
    mc_buffer line = {0};
    assert_int_equal(mc_buffer_printf(&line, NULL, "{"), MC_OK);
    for (int i = 0; i < 30; i++)
        assert_int_equal(mc_buffer_printf(&line, NULL,
                                          "\"%.*s\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 %d\":1,", i % 37,
                                          "0123456789012345678901234567890123456789", i),
                         MC_OK);
    assert_int_equal(mc_buffer_printf(&line, NULL, "\"x\":1}"), MC_OK);
    reading r = read_bytes(line.data, line.size, NULL, (reading_limits){0});
    assert_int_equal(r.status, MC_OK);
    assert_int_equal(r.n_rejects, 1);
    assert_non_null(
        strstr(r.log.data, "no text field; fields: \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 0, 0"));
    reading_dispose(&r);
    mc_buffer_dispose(&line);
}

/* Each line of a file as a JSON string, with the least escaping there is. */
static void json_line(mc_buffer *out, mc_bytes line) {
    assert_int_equal(mc_buffer_printf(out, NULL, "{\"text\":\""), MC_OK);
    for (size_t i = 0; i < line.size; i++) {
        unsigned char c = (unsigned char)line.data[i];
        if (c < 0x20)
            assert_int_equal(mc_buffer_printf(out, NULL, "\\u%04x", c), MC_OK);
        else if (c == '"' || c == '\\')
            assert_int_equal(mc_buffer_printf(out, NULL, "\\%c", c), MC_OK);
        else
            assert_int_equal(mc_buffer_append(out, line.data + i, 1, NULL), MC_OK);
    }
    assert_int_equal(mc_buffer_printf(out, NULL, "\"}\n"), MC_OK);
}

/* Hostile files give the same texts as lines and as JSON strings, and no reject. */
static void hostile_lines(void **state) {
    (void)state;
    static const char *const names[] = {"NormalizationTest.txt", "blns.txt",
                                        "ungoliant_garbage.txt", "utf8_invalid_kuhn_utfcpp.txt"};
    const char *data = getenv("METACURATE_DATA");
    char folder[600];
    snprintf(folder, sizeof folder, "%s/hostile", data ? data : MC_SOURCE_DIR "/../shared/data");
    if (access(folder, R_OK) != 0)
        SKIP_WITHOUT("no folder hostile in the test data");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[700];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        mc_pool_options as_text = {.format = MC_FORMAT_TEXT};
        reading lines = read_file(path, &as_text, (reading_limits){0});
        assert_int_equal(lines.status, MC_OK);
        assert_int_equal(lines.n_rejects, 0);

        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        mc_buffer bytes = {0}, json = {0};
        assert_int_equal(mc_buffer_reserve(&bytes, 4u << 20, NULL), MC_OK);
        bytes.size = fread(bytes.data, 1, bytes.capacity, file);
        fclose(file);
        bool marked = bytes.size > 3 && memcmp(bytes.data, "\xEF\xBB\xBF", 3) == 0;
        uint64_t n_lines = 0;
        for (size_t start = marked ? 3 : 0; start < bytes.size; n_lines++) {
            const char *feed = memchr(bytes.data + start, '\n', bytes.size - start);
            size_t end = feed ? (size_t)(feed - bytes.data) : bytes.size;
            bool cr = feed && end > start && bytes.data[end - 1] == '\r';
            json_line(&json, (mc_bytes){bytes.data + start, end - start - cr});
            start = end + 1;
        }
        assert_int_equal(lines.n_records, n_lines);
        reading wrapped = read_bytes(json.data, json.size, NULL, (reading_limits){0});
        assert_int_equal(wrapped.format, MC_FORMAT_JSONL);
        assert_int_equal(wrapped.n_replaced, lines.n_replaced);
        assert_int_equal(wrapped.log.size, lines.log.size);
        assert_memory_equal(wrapped.log.data, lines.log.data, lines.log.size);
        assert_string_equal(wrapped.uids.data, lines.uids.data);
        reading_dispose(&wrapped);
        reading_dispose(&lines);
        mc_buffer_dispose(&bytes);
        mc_buffer_dispose(&json);
    }
}

/* What a shard is taken for, before it is read. */
static void shards_looked_at(void **state) {
    (void)state;
    static const struct {
        mc_pool_options options;
        mc_bytes input;
        mc_format format;
        const char *text, *reject, *doubt; /* doubt: a part of it */
    } cases[] = {
        {{0}, BYTES(""), MC_FORMAT_TEXT, "", "", NULL},
        {{0}, BYTES("a\001b\n"), MC_FORMAT_TEXT, "a b", "", NULL},
        {{0}, BYTES("{\"text\":\"a\"}\n"), MC_FORMAT_JSONL, "a", "", NULL},
        {{0}, BYTES("{\"t\":1}\n"), MC_FORMAT_JSONL, "", "no text field; fields: t", NULL},
        {{0}, BYTES("text\tb\nx\ty\n"), MC_FORMAT_TSV, "x", "", NULL},
        {{0}, BYTES("[{"), MC_FORMAT_TEXT, "[{", "", "JSON array"},
        {{.format = MC_FORMAT_TEXT}, BYTES("[{"), MC_FORMAT_TEXT, "[{", "", NULL},
        {{0}, BYTES("[ a"), MC_FORMAT_TEXT, "[ a", "", NULL},
        {{0}, BYTES("["), MC_FORMAT_TEXT, "[", "", NULL},
        {{0}, BYTES("\n<HTML><head>xyz"), MC_FORMAT_TEXT, "", "", "HTML page"},
        {{0}, BYTES("<html"), MC_FORMAT_TEXT, "<html", "", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unlink(scratch("looked-at"));
        const char *path = scratch_write("looked-at", cases[i].input.data, cases[i].input.size);
        mc_pool *pool;
        mc_pool_look look;
        assert_int_equal(mc_pool_create(&pool, &path, 1, &cases[i].options, NULL), MC_OK);
        assert_int_equal(mc_pool_look_at(&look, pool, 0, true, NULL), MC_OK);
        assert_int_equal(look.format, cases[i].format);
        assert_string_equal(look.text, cases[i].text);
        assert_string_equal(look.reject, cases[i].reject);
        if (!look.doubt != !cases[i].doubt || (look.doubt && !strstr(look.doubt, cases[i].doubt)))
            fail_msg("case %zu: %s", i, look.doubt ? look.doubt : "no doubt");
        mc_pool_free(pool);
    }
    char text[400];
    for (size_t cut = 0; cut < 4; cut++) { /* no character is cut */
        memset(text, 'x', cut);
        for (size_t k = 0; k < 60; k++)
            memcpy(text + cut + 3 * k, "\xE6\x9D\xB1", 3);
        unlink(scratch("looked-at"));
        const char *path = scratch_write("looked-at", text, cut + 180);
        mc_pool *pool;
        mc_pool_look look;
        assert_int_equal(mc_pool_create(&pool, &path, 1, NULL, NULL), MC_OK);
        assert_int_equal(mc_pool_look_at(&look, pool, 0, true, NULL), MC_OK);
        size_t size = strlen(look.text);
        assert_true(size > 70 && size < sizeof look.text && (size - 3 - cut) % 3 == 0);
        assert_string_equal(look.text + size - 3, "...");
        mc_pool_free(pool);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_text),    cmocka_unit_test(formats_told),
        cmocka_unit_test(json_records),     cmocka_unit_test(json_rejects),
        cmocka_unit_test(json_mended),      cmocka_unit_test(details_cut),
        cmocka_unit_test(shards_looked_at), cmocka_unit_test(hostile_lines),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
