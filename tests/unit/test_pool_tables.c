/* TSV and CSV: columns, quotes, and a plain reference for the rules of both. */
#include "pool_reading.h"

#define CSV                                                                                        \
    { .format = MC_FORMAT_CSV }
#define TSV                                                                                        \
    { .format = MC_FORMAT_TSV }

static void columns_found(void **state) {
    (void)state;
    static const reading_case cases[] = {
        /* Header names: the preferred one wins wherever it stands; of equal ones the first. */
        {CSV, MC_FORMAT_CSV, BYTES("alt,caption,url,URL\n1,2,3,4\n"), "0 url=4 [2]\n", 0},
        {CSV, MC_FORMAT_CSV, BYTES("text,text\n1,2\n"), "0 [1]\n", 0},
        {CSV, MC_FORMAT_CSV, BYTES("\"te\"\"xt\",\" text \", url\n1,2,3\n"), "0 url=3 [2]\n", 0},
        {CSV, MC_FORMAT_CSV, BYTES("\"a\nb\",text\n1,2\n"), "0 [2]\n", 0},
        {CSV, MC_FORMAT_CSV, BYTES("\xEF\xBB\xBFtext,url\n1,2\n"), "0 url=2 [1]\n", 0},
        {CSV, MC_FORMAT_CSV, BYTES("text"), "", 0},
        {CSV, MC_FORMAT_CSV, BYTES(""), "", 0},
        {TSV, MC_FORMAT_TSV, BYTES("\"text\"\ttext\r\n1\t\"2\"\r\n"), "0 [\"2\"]\n", 0},
        {TSV, MC_FORMAT_TSV, BYTES("text"), "", 0},
        /* Columns given: the first line is a record. Blanks around names do not count. */
        {{.columns = "url, text"},
         MC_FORMAT_TSV,
         BYTES("u\ta\nv\tb"),
         "0 url=u [a]\n1 url=v [b]\n",
         0},
        {{.columns = "x,text"}, MC_FORMAT_CSV, BYTES("text,url\n"), "0 [url]\n", 0},
        {{.columns = ",text,", .text_field = "text"},
         MC_FORMAT_CSV,
         BYTES("1,2,3\n"),
         "0 [2]\n",
         0},
        /* Fields named by options, the same column for both. */
        {{.text_field = "a", .url_field = "b"},
         MC_FORMAT_CSV,
         BYTES("a,b,text,url\n1,2,3,4\n"),
         "0 url=2 [1]\n",
         0},
        {{.text_field = "a", .url_field = "a", .id_field = "a"},
         MC_FORMAT_CSV,
         BYTES("a,b\n\"x\"\"y\"z,2\n"),
         "0 url=x\"yz [x\"yz]\n",
         0},
        /* Rows that are short, blank, or longer than the header. */
        {{0},
         MC_FORMAT_CSV,
         BYTES("url,text,x\nu\n\nu,a\nu,a,b,c\n,\n"),
         "0 !columns@11 the row has 1 fields, the text is field 2\n1 !blank@13 the line is blank\n"
         "2 url=u [a]\n3 url=u [a]\n4 []\n",
         0},
        {{0},
         MC_FORMAT_TSV,
         BYTES("text\turl\r\n\r\n\t\r\na\n"),
         "0 !blank@10 the line is blank\n1 []\n2 [a]\n",
         0},
        {{.id_field = "k"},
         MC_FORMAT_CSV,
         BYTES("text,k\na,1\nb,\nc\n"),
         "0 [a]\n1 !bad_field@11 k is missing\n2 !bad_field@14 k is missing\n",
         0},
        /* Ill-formed bytes, NUL bytes. */
        {{0},
         MC_FORMAT_CSV,
         BYTES("text,url\n\"a\xFF\",u\xFE\nb\0,v\n"),
         "0 url=u\xEF\xBF\xBD [a\xEF\xBF\xBD]\n1 url=v [b\\x00]\n",
         2},
        {{.max_record = 8},
         MC_FORMAT_TSV,
         BYTES("text\turl\na\tb\n12345678\n123456789\na\tb\n"),
         "0 url=b [a]\n1 [12345678]\n2 !too_long@22 the record has more than 8 bytes\n"
         "3 url=b [a]\n",
         0},
    };
    CHECK_CASES(cases);
}

static void tables_refused(void **state) {
    (void)state;
    static const struct {
        mc_pool_options options;
        mc_bytes input;
        const char *says[2];
    } cases[] = {
        {{0}, BYTES("a cat\thttp://x/\n"), {"a cat, http://x/", "--columns"}},
        {{0}, BYTES("a cat\thttp://x/\n"), {"--text-field", "--format text"}},
        {{.columns = "a,b"}, BYTES("x,y\n"), {"a, b", "--columns"}},
        {{.text_field = "t", .format = MC_FORMAT_CSV}, BYTES("text,url\n"), {"text, url", ""}},
        {{.url_field = "u"}, BYTES("text,url\n"), {"no column is called u", "text, url"}},
        {{.id_field = "key"}, BYTES("text,url\n"), {"no column is called key", ""}},
        {CSV, BYTES("\"text,url\na,b\n"), {"names does not end in the first 14 bytes", ""}},
        {CSV, BYTES("\ntext\n"), {"no column is a text field", ""}},
        {TSV, BYTES("a\001b\t\xFF\n"), {"a?b, ?", ""}},
        {{0}, BYTES("PAR1\x15\x04\x15"), {"Parquet", "--reader"}},
        {{0}, BYTES("ARROW1\0\0"), {"Arrow", ""}},
        {{0}, BYTES("PK\003\004a\n"), {"zip", "unpack"}},
        {{0}, BYTES("MCMIDX\0\002"), {"match index", "balance"}},
        {{0}, BYTES("MCACONC\001"), {"compiled list", "-m"}},
        {{0}, BYTES("\x93NUMPY\001\0"), {".npy", ""}},
        {{0}, BYTES("\xFF\xD8\xFF\xE0"), {"JPEG", ""}},
        {{0}, BYTES("\x89PNG\r\n\x1A\n"), {"PNG", ""}},
        {{0}, BYTES("\xFD\067zXZ\0"), {"xz", "zstd"}},
        {{0}, BYTES("a\0\xFF\n"), {"is no text", "--format text"}},
        {{0}, BYTES("a\0\t\xFF\nb\tc\n"), {"is no text", "--format text"}},
        {{0}, BYTES("\xFF\xFE\x61\0\n\0"), {"UTF-16", "UTF-8"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reading r = read_bytes(cases[i].input.data, cases[i].input.size, &cases[i].options,
                               (reading_limits){0});
        assert_int_equal(r.status, MC_E_FORMAT);
        assert_string_equal(r.error.file, scratch("shard"));
        for (int k = 0; k < 2; k++)
            if (!strstr(r.error.message, cases[i].says[k]))
                fail_msg("case %zu: %s", i, r.error.message);
        reading_dispose(&r);
    }
}

static void quotes(void **state) {
    (void)state;
    static const mc_pool_options given = {.format = MC_FORMAT_CSV, .columns = "text,url"};
    static const struct {
        const char *input, *log;
    } cases[] = {
        {"\"a,b\",u\n", "0 url=u [a,b]\n"},
        {"\"a\"\"b\",u\n", "0 url=u [a\"b]\n"},
        {"\"\",u\n", "0 url=u []\n"},
        {"\"\"\"\",u\n", "0 url=u [\"]\n"},
        {"\"\"\"a\"\"\",\"\"\"\"\n", "0 url=\" [\"a\"]\n"},
        {"\"a\r\nb\",u\r\nc,v\r\n", "0 url=u [a\\x0D\\x0Ab]\n1 url=v [c]\n"},
        {"a,\"u\"\r\n", "0 url=u [a]\n"},
        {"a,\"u\"", "0 url=u [a]\n"},
        {"a,\"u\"\r", "0 url=u\\x0D [a]\n"},
        /* Quotes elsewhere are data, and so is what follows a closing one. */
        {"a\"b\",u\nc,v\n", "0 url=u [a\"b\"]\n1 url=v [c]\n"},
        {" \"a,b\"\n", "0 url=b\" [ \"a]\n"},
        {"\"a\"b,u\n", "0 url=u [ab]\n"},
        {"\"a\"b\"c\",u\n", "0 url=u [ab\"c\"]\n"},
        {"\"a\" \"b\nc,v\n", "0 [a \"b]\n1 url=v [c]\n"},
        {"5' 10\",u\nc,v\n", "0 url=u [5' 10\"]\n1 url=v [c]\n"},
        {"a,u,\"x\ny\"\nc,v\n", "0 url=u [a]\n1 url=v [c]\n"},
        /* A quote that is never closed costs the record it opens, and nothing else. */
        {"a,u\n\"b,v\nc,w\n",
         "0 url=u [a]\n1 !unclosed@4 a quote opens a field and none closes it\n"
         "2 url=w [c]\n"},
        {"\"b,v", "0 !unclosed@0 a quote opens a field and none closes it\n"},
        {"\"", "0 !unclosed@0 a quote opens a field and none closes it\n"},
        {"\"a\"\"", "0 !unclosed@0 a quote opens a field and none closes it\n"},
        {"\"a\"\"\n\"b\"\n", "0 [a\"\\x0Ab\"]\n"},
        {"\"a,u\n\"b,v\n\"c,w\n",
         "0 url=v [a,u\\x0Ab]\n1 !unclosed@10 a quote opens a field and none closes it\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reading_case c = {
            given, MC_FORMAT_CSV, {cases[i].input, strlen(cases[i].input)}, cases[i].log, 0};
        check_cases(&c, 1);
    }
}

/* The reference: one byte at a time, a state, and nothing to share with what it checks. */
typedef struct plain {
    const char *data;
    size_t size;
    bool csv;
    uint64_t max_record;
} plain;

/* Where the record at start ends (after its line feed); 0 when its quote is never closed. */
static size_t plain_end(const plain *p, size_t start) {
    enum { FIELD, PLAIN, QUOTED, CLOSED } at = FIELD;
    for (size_t i = start; i < p->size; i++) {
        char c = p->data[i];
        if (at == QUOTED) {
            if (c == '"')
                at = CLOSED;
            continue;
        }
        if (at == CLOSED && c == '"')
            at = QUOTED;
        else if (c == '\n')
            return i + 1;
        else if (p->csv && c == ',')
            at = FIELD;
        else if (p->csv && c == '"' && at == FIELD)
            at = QUOTED;
        else
            at = PLAIN;
    }
    return at == QUOTED ? 0 : p->size;
}

/* The first field of data[start .. end), and whether it is the only one. */
static void plain_log_field(const plain *p, size_t start, size_t end, mc_buffer *log) {
    mc_buffer field = {0};
    enum { FIELD, PLAIN, QUOTED, CLOSED } at = FIELD;
    for (size_t i = start; i < end; i++) {
        char c = p->data[i];
        if (at != QUOTED && c == (p->csv ? ',' : '\t'))
            break;
        bool keep = true;
        if (at == QUOTED && c == '"') {
            at = CLOSED;
            keep = false;
        } else if (at == CLOSED) {
            at = c == '"' ? QUOTED : PLAIN;
        } else if (at == FIELD) {
            at = p->csv && c == '"' ? QUOTED : PLAIN;
            keep = at == PLAIN;
        }
        if (keep)
            assert_int_equal(mc_buffer_append(&field, &c, 1, NULL), MC_OK);
    }
    assert_int_equal(mc_buffer_printf(log, NULL, "["), MC_OK);
    log_bytes(log, (mc_bytes){field.data ? field.data : "", field.size});
    assert_int_equal(mc_buffer_printf(log, NULL, "]\n"), MC_OK);
    mc_buffer_dispose(&field);
}

static void plain_log(const plain *p, mc_buffer *log) {
    log->size = 0;
    size_t number = 0;
    for (size_t start = 0; start < p->size; number++) {
        const char *feed = memchr(p->data + start, '\n', p->size - start);
        size_t line_end = feed ? (size_t)(feed - p->data) + 1 : p->size;
        size_t end = plain_end(p, start), content = end ? end : p->size;
        bool ended = end > 0 && p->data[end - 1] == '\n';
        if (ended)
            content--;
        const char *why = NULL;
        if (content - start > p->max_record)
            why = "too_long";
        else if (end == 0)
            why = "unclosed";
        if (ended && content > start && p->data[content - 1] == '\r')
            content--;
        if (!why && content == start)
            why = "blank";
        assert_int_equal(mc_buffer_printf(log, NULL, "%zu ", number), MC_OK);
        if (why)
            assert_int_equal(mc_buffer_printf(log, NULL, "!%s@%zu\n", why, start), MC_OK);
        else
            plain_log_field(p, start, content, log);
        start = why && strcmp(why, "blank") != 0 ? line_end : end;
    }
    assert_int_equal(mc_buffer_append(log, "", 1, NULL), MC_OK);
}

/* The log of a reading without the words after each reject's offset. */
static void drop_details(char *log) {
    char *to = log;
    for (char *from = log; *from;) {
        char *end = strchr(from, '\n'), *at = memchr(from, '!', (size_t)(end - from));
        char *stop = at ? strchr(at, ' ') : end;
        memmove(to, from, (size_t)(stop - from));
        to += stop - from;
        *to++ = '\n';
        from = end + 1;
    }
    *to = '\0';
}

static uint64_t random_state = 42;

static uint32_t random_below(uint32_t n) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

static void agree_with_reference(void **state) {
    (void)state;
    static const char alphabet[] = "\"\"\"\",,,\n\n\n\r\tax";
    mc_buffer expected = {0};
    for (int round = 0; round < 6000; round++) {
        char data[160];
        plain p = {.data = data, .size = random_below(sizeof data), .csv = round % 3 != 0};
        for (size_t i = 0; i < p.size; i++)
            data[i] = alphabet[random_below(sizeof alphabet - 1)];
        static const uint64_t limits[] = {3, 10, 25, 60, 1000};
        p.max_record = limits[random_below(5)];
        mc_pool_options options = {.format = p.csv ? MC_FORMAT_CSV : MC_FORMAT_TSV,
                                   .columns = "text",
                                   .max_record = p.max_record};
        reading_limits cut = {.chunk_bytes = 1 + random_below(64),
                              .chunk_records = 1 + random_below(6)};
        plain_log(&p, &expected);
        reading r = read_bytes(data, p.size, &options, cut);
        assert_int_equal(r.status, MC_OK);
        drop_details(r.log.data);
        if (strcmp(r.log.data, expected.data) != 0)
            fail_msg("round %d, chunks of %zu bytes and %zu records, records of %" PRIu64
                     "\n%.*s\ngives\n%sexpected\n%s",
                     round, cut.chunk_bytes, cut.chunk_records, p.max_record, (int)p.size, data,
                     r.log.data, expected.data);
        reading_dispose(&r);
    }
    mc_buffer_dispose(&expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_found),
        cmocka_unit_test(tables_refused),
        cmocka_unit_test(quotes),
        cmocka_unit_test(agree_with_reference),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
