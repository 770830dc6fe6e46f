/* WARC framing: frames of odd and broken files, chunks of every size, gaps, and the real files. */
#include "pool_reading.h"

#include <zlib.h>

#include "pool/warc.h"

/* ---- frames ---- */

/* Adds a line a frame: its kind, start, end, and the block or the problem. */
static void log_frames(mc_buffer *log, const char *data, size_t size, uint64_t max_record) {
    mc_warc_frame frame = {0};
    for (;;) {
        mc_warc_next(data, size, frame.end, true, max_record, &frame);
        int status = MC_OK;
        if (frame.kind == MC_WARC_RECORD)
            status = mc_buffer_printf(log, NULL, "record %zu %zu [%.*s]\n", frame.start, frame.end,
                                      (int)frame.block.size, frame.block.data);
        else if (frame.kind == MC_WARC_BROKEN)
            status = mc_buffer_printf(log, NULL, "broken %zu %zu %s\n", frame.start, frame.end,
                                      frame.problem);
        else if (frame.kind == MC_WARC_LONG)
            status =
                mc_buffer_printf(log, NULL, "long %zu %" PRIu64 "\n", frame.start, frame.length);
        assert_int_equal(status, MC_OK);
        if (frame.kind == MC_WARC_LONG || frame.kind == MC_WARC_BLANK)
            return;
        assert_true(frame.end > frame.start);
    }
}

#define HEAD "WARC/1.0\r\nContent-Length: "
#define END_WRONG " the record does not end where its Content-Length says\n"

static const struct frame_case {
    const char *input, *log;
} frame_cases[] = {
    {"", ""},
    {"\r\n\r\n\n", ""},
    {HEAD "2\r\n\r\nab\r\n\r\n", "record 0 33 [ab]\n"},
    {HEAD "0\r\n\r\n\r\n\r\n", "record 0 31 []\n"},
    {HEAD "2\r\n\r\nab", "record 0 33 [ab]\n"},
    /* Line feeds alone, no blank line between records, many, and before the first. */
    {"WARC/1.1\nContent-Length:2\n\nab\n\nWARC/0.18\ncontent-length : 1\n\nx",
     "record 0 29 [ab]\nrecord 31 62 [x]\n"},
    {HEAD "2\r\n\r\nab" HEAD "1\r\n\r\nc", "record 0 33 [ab]\nrecord 33 65 [c]\n"},
    {"\n\r\n\n" HEAD "1\r\n\r\nc\n\n\n\r\n\n" HEAD "0\n\n", "record 4 36 [c]\nrecord 42 71 []\n"},
    {HEAD "1\r\n\r\n\n\r\n\r\n" HEAD "1\n\n\r\n", "record 0 32 [\n]\nrecord 36 66 [\r]\n"},
    /* A block may hold what looks like a record. */
    {HEAD "12\r\n\r\n\nWARC/1.0\r\n\n\n" HEAD "1\n\nb", "record 0 44 [\nWARC/1.0\r\n\n]\n"
                                                        "record 45 75 [b]\n"},
    /* Fields that continue, have no colon, or come again. */
    {"WARC/1.0 \r\nA: b\r\n Content-Length: 9\r\nnothing\r\nContent-Length: 1\r\nX-Content-Length: "
     "5\r\nContent-Length:\t1 \r\n\r\nz",
     "record 0 109 [z]\n"},
    {HEAD "1\r\nContent-Length: 2\r\n\r\nab\r\n\r\n" HEAD "1\n\nb",
     "broken 0 56 there are two Content-Lengths\nrecord 56 86 [b]\n"},
    /* Lengths that are none. */
    {"WARC/1.0\r\n\r\nab\n" HEAD "1\n\nb", "broken 0 15 there is no Content-Length\n"
                                           "record 15 45 [b]\n"},
    {HEAD "\r\n\r\nab\r\n", "broken 0 34 the Content-Length is no size\n"},
    {HEAD "-1\r\n\r\nab\r\n", "broken 0 36 the Content-Length is no size\n"},
    {HEAD "+1\r\n\r\na\r\n", "broken 0 35 the Content-Length is no size\n"},
    {HEAD "1x\r\n\r\na\r\n", "broken 0 35 the Content-Length is no size\n"},
    {HEAD "99999999999999999999\r\n\r\nab\r\n\n" HEAD "1\n\nb",
     "broken 0 55 the Content-Length is no size\nrecord 55 85 [b]\n"},
    {HEAD "18446744073709551617\r\n\r\nab\r\n", "broken 0 54 the Content-Length is no size\n"},
    {HEAD "999999999999999999\r\n\r\nab\r\n", "long 0 1000000000000000047\n"},
    {HEAD "1000000000000000000\r\n\r\nab\r\n", "broken 0 53 the Content-Length is no size\n"},
    {HEAD "969\r\n\r\nab", "broken 0 35" END_WRONG},
    {HEAD "970\r\n\r\nab", "long 0 1003\n"},
    /* Lengths that are wrong do not take the records behind with them. */
    {HEAD "3\r\n\r\nab\r\n\r\n" HEAD "1\n\nb", "record 0 34 [ab\r]\nrecord 37 67 [b]\n"},
    {HEAD "9\r\n\r\nab\r\n\r\n" HEAD "1\n\nb", "broken 0 37" END_WRONG "record 37 67 [b]\n"},
    {HEAD "90\r\n\r\nab\r\n\r\n" HEAD "1\n\nb", "broken 0 38" END_WRONG "record 38 68 [b]\n"},
    {HEAD "1\r\n\r\nab\r\n\r\n" HEAD "1\n\nb", "broken 0 37" END_WRONG "record 37 67 [b]\n"},
    {HEAD "1\r\n\r\na" HEAD "x\r\n\r\na", "record 0 32 [a]\nbroken 32 64 "
                                          "the Content-Length is no size\n"},
    /* Headers without an end. */
    {"WARC/1.0", "broken 0 8 the header does not end\n"},
    {"WARC/1.0\r\nA: b", "broken 0 14 the header does not end\n"},
    {"WARC/1.0\r\nA: b\r\n" HEAD "1\n\nb", "broken 0 16 the header does not end\n"
                                           "record 16 46 [b]\n"},
    {"WARC/1.0\nWARC/1.0\nWARC/1.0\n", "broken 0 9 the header does not end\n"
                                       "broken 9 18 the header does not end\n"
                                       "broken 18 27 the header does not end\n"},
    /* Versions, and what is no record. */
    {"WARC/1.x\nContent-Length: 1\n\na\n" HEAD "1\n\nb",
     "broken 0 30 the version of WARC is not known\nrecord 30 60 [b]\n"},
    {"WARC/1.\nContent-Length: 1\n\na", "broken 0 28 the version of WARC is not known\n"},
    {"WARC/2.0\nContent-Length: 1\n\na\n", "broken 0 30 no WARC record begins here\n"},
    {"junk WARC/1.0\njunk\n WARC/1.0\n" HEAD "1\n\nb",
     "broken 0 29 no WARC record begins here\nrecord 29 59 [b]\n"},
    {"W", "broken 0 1 no WARC record begins here\n"},
    {HEAD "1\n\na\nW", "record 0 30 [a]\nbroken 31 32 no WARC record begins here\n"},
};

enum { N_FRAME_CASES = sizeof frame_cases / sizeof *frame_cases, MAX_RECORD = 1002 };

static void frames(void **state) {
    (void)state;
    for (size_t i = 0; i < N_FRAME_CASES; i++) {
        mc_buffer log = {0};
        const char *input = frame_cases[i].input;
        log_frames(&log, input, strlen(input), MAX_RECORD);
        assert_int_equal(mc_buffer_append(&log, "", 1, NULL), MC_OK);
        if (strcmp(log.data, frame_cases[i].log) != 0)
            fail_msg("case %zu (%s) gives\n%sexpected\n%s", i, input, log.data, frame_cases[i].log);
        mc_buffer_dispose(&log);
    }
}

static bool same_frame(const mc_warc_frame *a, const mc_warc_frame *b) {
    return a->kind == b->kind && a->start == b->start && a->end == b->end &&
           a->length == b->length && a->problem == b->problem && a->block.size == b->block.size;
}

/* What only a part of the data tells is what all of it tells, or that more is needed. */
static void frames_of_parts(void **state) {
    (void)state;
    for (size_t i = 0; i < N_FRAME_CASES; i++) {
        const char *input = frame_cases[i].input;
        size_t size = strlen(input);
        mc_warc_frame whole = {0};
        for (size_t at = 0; at < size && whole.kind != MC_WARC_LONG; at = whole.end) {
            mc_warc_next(input, size, at, true, MAX_RECORD, &whole);
            for (size_t part = at; part < size; part++) {
                mc_warc_frame frame;
                mc_warc_next(input, part, at, false, MAX_RECORD, &frame);
                bool undecided = frame.kind == MC_WARC_MORE || frame.kind == MC_WARC_BLANK ||
                                 (frame.kind == MC_WARC_BROKEN && frame.end == part);
                assert_true(undecided || same_frame(&frame, &whole));
                if (frame.kind == MC_WARC_MORE)
                    assert_true(frame.want > part - frame.start);
            }
            if (whole.kind != MC_WARC_RECORD && whole.kind != MC_WARC_BROKEN)
                break;
            mc_warc_frame again;
            mc_warc_next(input, whole.end, at, true, MAX_RECORD, &again);
            assert_true(same_frame(&again, &whole));
        }
    }
}

static void fields(void **state) {
    (void)state;
    static const char header[] = "A: b\r\nc:d\n e\nno field\nEmpty:\r\n X: y\r\nF :\t g h \r";
    mc_bytes rest = {header, sizeof header - 1}, name, value;
    mc_buffer log = {0};
    while (mc_warc_field(&rest, &name, &value))
        assert_int_equal(mc_buffer_printf(&log, NULL, "%.*s=%.*s;", (int)name.size, name.data,
                                          (int)value.size, value.data),
                         MC_OK);
    assert_int_equal(mc_buffer_append(&log, "", 1, NULL), MC_OK);
    assert_string_equal(log.data, "A=b;c=d;Empty=;F=g h;");
    mc_buffer_dispose(&log);
    assert_true(mc_warc_is((mc_bytes)BYTES("WARC-Type"), "warc-type"));
    assert_false(mc_warc_is((mc_bytes)BYTES("WARC-Typ"), "warc-type"));
    assert_false(mc_warc_is((mc_bytes)BYTES("WARC-Types"), "warc-type"));
    assert_true(mc_warc_begins_with((mc_bytes)BYTES("Application/JSON; x"), "application/json"));
    assert_false(mc_warc_begins_with((mc_bytes)BYTES("application/js"), "application/json"));
}

/* ---- shards ---- */

static void append(mc_buffer *out, const char *text) {
    assert_int_equal(mc_buffer_append(out, text, strlen(text), NULL), MC_OK);
}

static void append_record(mc_buffer *out, const char *type, const char *media, const char *block) {
    assert_int_equal(mc_buffer_printf(out, NULL,
                                      "WARC/1.0\r\nWARC-Type: %s\r\nContent-Type: %s\r\n"
                                      "WARC-Target-URI: http://h/p\r\nContent-Length: "
                                      "%zu\r\n\r\n%s\r\n\r\n",
                                      type, media, strlen(block), block),
                     MC_OK);
}

static void append_page(mc_buffer *out, const char *alt) {
    char block[300];
    snprintf(block, sizeof block,
             "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<img src=x alt=%s>", alt);
    append_record(out, "response", "application/http", block);
}

static const mc_pool_options as_warc = {.format = MC_FORMAT_WARC};

/* However a file is cut, the records are the same. */
static void chunks(void **state) {
    (void)state;
    static const char expected[] =
        "0 url=http://h/x [a]\n"
        "1 !bad_warc@179 no WARC record begins here; 6 bytes passed over\n"
        "2 url=http://h/x [b]\n"
        "3 !too_long@364 the record has more than 600 bytes\n"
        "4 url=http://h/x [c]\n"
        "5 !bad_warc@1255 the Content-Length is no size; "
        "61 bytes passed over\n"
        "6 url=http://h/x [d]\n";
    mc_buffer data = {0};
    append_page(&data, "a");
    append(&data, "junk\n\n");
    append_page(&data, "b");
    char block[600];
    memset(block, '\n', sizeof block);
    block[sizeof block - 1] = '\0';
    append_record(&data, "resource", "text/plain", block);
    append_page(&data, "c");
    append(&data, HEAD "-5\r\n\r\nab\r\nWARC/2.0 is none\r\n\r\n xyz\n");
    append_page(&data, "d");
    mc_pool_options options = {.max_record = 600};
    for (size_t bytes = 0; bytes < 1600; bytes += bytes < 300 ? 1 : 97) {
        for (size_t records = 0; records < 3; records++) {
            reading r =
                read_bytes(data.data, data.size, &options, (reading_limits){bytes, records});
            assert_int_equal(r.status, MC_OK);
            assert_int_equal(r.format, MC_FORMAT_WARC);
            if (strcmp(r.log.data, expected) != 0)
                fail_msg("chunks of %zu bytes and %zu records give\n%s", bytes, records,
                         r.log.data);
            assert_int_equal(r.crawl.documents, 4);
            assert_int_equal(r.crawl.links, 4);
            reading_dispose(&r);
        }
    }
    mc_buffer_dispose(&data);
}

/* Passed over without being held: neither the long record nor the garbage fits into memory that
 * the shard may use. */
static void passed_over_unheld(void **state) {
    (void)state;
    enum { MANY = 40 << 20 };
    mc_buffer data = {0};
    assert_int_equal(mc_buffer_printf(&data, NULL, HEAD "%d\r\n\r\n", MANY), MC_OK);
    size_t header = data.size;
    assert_int_equal(mc_buffer_reserve(&data, 2 * (size_t)MANY + 4096, NULL), MC_OK);
    memset(data.data + data.size, 'W', MANY);
    data.size += MANY;
    append(&data, "\r\n\r\n");
    append_page(&data, "a");
    size_t garbage = data.size;
    memset(data.data + data.size, '\n', MANY);
    memset(data.data + data.size, 'g', 100);
    data.size += MANY;
    append_page(&data, "b");
    const char *path = scratch_write("shard", data.data, data.size);
    mc_buffer_dispose(&data);

    mc_pool_options options = {.max_record = 1 << 20};
    mc_pool *pool;
    mc_shard *shard;
    mc_chunk chunk = {0};
    mc_status status;
    assert_int_equal(mc_pool_create(&pool, &path, 1, &options, NULL), MC_OK);
    assert_int_equal(mc_shard_open(&shard, pool, 0, NULL), MC_OK);
    mc_chunk_kind kinds[] = {MC_CHUNK_TOO_LONG, MC_CHUNK_RECORDS, MC_CHUNK_BROKEN,
                             MC_CHUNK_RECORDS};
    for (size_t i = 0; (status = mc_shard_read(shard, &chunk, NULL)) == MC_OK; i++) {
        assert_true(i < sizeof kinds / sizeof *kinds);
        assert_int_equal(chunk.kind, kinds[i]);
        if (i == 2)
            assert_int_equal(chunk.offset, garbage);
        assert_true(shard->window.capacity < 8 << 20);
    }
    assert_int_equal(status, MC_END);
    assert_true(header > 0);
    mc_chunk_dispose(&chunk);
    mc_shard_close(shard);
    mc_pool_free(pool);
}

/* Headers that promise much and never end, one behind the other: linear, or this does not end. */
static void hostile_headers(void **state) {
    (void)state;
    static const char *const lines[] = {"WARC/1.0\n", "WARC/1.0\nContent-Length: 60000000\n\n",
                                        "WARC/1.0\nA: b\n", "WARC/1.0\n\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        mc_buffer data = {0};
        while (data.size < 4 << 20)
            append(&data, lines[i]);
        size_t n = data.size / strlen(lines[i]);
        append_page(&data, "a");
        reading r = read_bytes(data.data, data.size, &as_warc, (reading_limits){0});
        assert_int_equal(r.n_rejects, n);
        assert_int_equal(r.n_records, 1);
        reading_dispose(&r);
        mc_buffer_dispose(&data);
    }
    /* A header line beyond all bounds. */
    mc_buffer data = {0};
    append(&data, "WARC/1.0\nX: ");
    while (data.size < 4 << 20)
        append(&data, "WARC/1.0 ");
    append(&data, "\n");
    append_page(&data, "a");
    reading r = read_bytes(data.data, data.size, &as_warc, (reading_limits){0});
    assert_int_equal(r.n_rejects, 1);
    assert_int_equal(r.n_records, 1);
    reading_dispose(&r);
    mc_buffer_dispose(&data);
}

/* ---- gaps ---- */

static void append_member(mc_buffer *out, const char *data, size_t size) {
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t bound = deflateBound(&stream, size);
    assert_int_equal(mc_buffer_reserve(out, bound, NULL), MC_OK);
    stream.next_in = (unsigned char *)(uintptr_t)data;
    stream.avail_in = (unsigned)size;
    stream.next_out = (unsigned char *)out->data + out->size;
    stream.avail_out = (unsigned)bound;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out->size += stream.total_out;
    deflateEnd(&stream);
}

/* Four pages, a member each, one of them damaged: the others stay. */
static void damaged_members(void **state) {
    (void)state;
    for (size_t damaged = 0; damaged < 4; damaged++) {
        mc_buffer data = {0};
        for (size_t i = 0; i < 4; i++) {
            mc_buffer page = {0};
            append_page(&page, (const char *[]){"a", "b", "c", "d"}[i]);
            size_t at = data.size;
            append_member(&data, page.data, page.size);
            if (i == damaged)
                data.data[at + 40] ^= 4;
            mc_buffer_dispose(&page);
        }
        for (size_t bytes = 0; bytes < 400; bytes += 13) {
            reading r =
                read_bytes(data.data, data.size, &(mc_pool_options){0}, (reading_limits){bytes, 0});
            assert_int_equal(r.status, MC_OK);
            assert_int_equal(r.format, MC_FORMAT_WARC);
            assert_int_equal(r.n_records, 3);
            assert_int_equal(r.n_rejects, 1);
            assert_int_equal(r.n_rejects_for[MC_REASON_DAMAGED], 1);
            char expected[20];
            snprintf(expected, sizeof expected, "%zu !damaged", damaged);
            assert_non_null(strstr(r.log.data, expected));
            reading_dispose(&r);
        }
        mc_buffer_dispose(&data);
    }
}

/* Records that a gap cuts are lost with it; one that ends at it is not. */
static void records_across_gaps(void **state) {
    (void)state;
    mc_buffer pages = {0};
    append_page(&pages, "a");
    size_t first = pages.size;
    append_page(&pages, "b");
    append_page(&pages, "c");
    for (size_t cut = first - 4; cut < 2 * first - 4; cut += 7) {
        /* A gap at cut; then the rest of the pages, without or with what is left of b. */
        for (size_t rest = cut; rest <= 2 * first; rest += rest == cut ? 2 * first - cut : 1) {
            mc_buffer data = {0};
            append_member(&data, pages.data, cut);
            size_t at = data.size;
            append_member(&data, "lost, whatever it is", 20);
            data.data[at + 15] ^= 8;
            append_member(&data, pages.data + rest, pages.size - rest);
            reading r =
                read_bytes(data.data, data.size, &(mc_pool_options){0}, (reading_limits){0});
            assert_int_equal(r.n_rejects_for[MC_REASON_DAMAGED], 1);
            /* The end of b alone is no record: told, unless the gap is where b begins. */
            bool whole = rest == cut && cut <= first;
            assert_int_equal(r.n_records, whole ? 3 : 2);
            assert_int_equal(r.n_rejects_for[MC_REASON_BAD_WARC], rest == cut && !whole);
            reading_dispose(&r);
            mc_buffer_dispose(&data);
        }
    }
    mc_buffer_dispose(&pages);
}

/* Behind a gap, lines of text and of tables begin with the next line; JSON lines tell. */
static void lines_behind_gaps(void **state) {
    (void)state;
    static const struct {
        const char *before, *behind, *log;
    } cases[] = {
        {"a\nb\nc", "d\ne\nf\n", "0 [a]\n1 [b]\n2 !damaged@4\n3 [e]\n4 [f]\n"},
        {"a\nb\n", "d\ne", "0 [a]\n1 [b]\n2 !damaged@4\n3 [e]\n"},
        {"a\n", "d", "0 [a]\n1 !damaged@2\n"},
        {"", "d\ne\n", "0 !damaged@0\n1 [e]\n"},
        {"text\turl\na\tb\nc", "d\te\nf\tg\n", "0 url=b [a]\n1 !damaged@13\n2 url=g [f]\n"},
        {"text\tu", "d\te\nf\tg\n", "0 !damaged@0\n"},
        {"", "text\turl\nf\tg\n", "0 !damaged@0\n"},
        {"text,url\n\"a\nb\",c\n\"d", "e\",f\ng,\"h\ni\"\n",
         "0 url=c [a\\x0Ab]\n1 !damaged@17\n2 url=h\\x0Ai [g]\n"},
        {"{\"text\":\"a\"}\n{\"text", "{\"text\":\"b\"}\n{\"text\":\"c\"}",
         "0 [a]\n1 !damaged@13\n2 [b]\n3 [c]\n"},
        {"{\"text\":\"a\"}\n{\"text", "\":\"b\"}\n{\"text\":\"c\"}",
         "0 [a]\n1 !damaged@13\n2 !bad_json@19\n3 [c]\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_buffer data = {0};
        append_member(&data, cases[i].before, strlen(cases[i].before));
        size_t at = data.size;
        append_member(&data, "lost, whatever it is", 20);
        data.data[at + 15] ^= 8;
        append_member(&data, cases[i].behind, strlen(cases[i].behind));
        for (size_t bytes = 0; bytes < 40; bytes += 3) {
            reading r =
                read_bytes(data.data, data.size, &(mc_pool_options){0}, (reading_limits){bytes, 0});
            assert_int_equal(r.status, MC_OK);
            if (strcmp(r.log.data, cases[i].log) != 0)
                fail_msg("case %zu in chunks of %zu gives\n%sexpected\n%s", i, bytes, r.log.data,
                         cases[i].log);
            reading_dispose(&r);
        }
        mc_buffer_dispose(&data);
    }
}

/* ---- formats ---- */

static void refused(void **state) {
    (void)state;
    static const struct {
        const char *data, *message;
    } cases[] = {{"filedesc://x.arc 0.0.0.0 2008 text/plain 73\n", "ARC"},
                 {"\x04\x22\x4D\x18\x64\x40", "LZ4"},
                 {"PAR1\x15", "Parquet"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int given = 0; given < 2; given++) {
            mc_pool_options options = {.format = given ? MC_FORMAT_WARC : MC_FORMAT_AUTO};
            reading r =
                read_bytes(cases[i].data, strlen(cases[i].data), &options, (reading_limits){0});
            assert_int_equal(r.status, MC_E_FORMAT);
            assert_non_null(strstr(r.error.message, cases[i].message));
            reading_dispose(&r);
        }
    }
    mc_format format;
    assert_int_equal(mc_format_parse("wat", &format, NULL), MC_OK);
    assert_int_equal(format, MC_FORMAT_WARC);
    assert_int_equal(mc_format_parse("warc", &format, NULL), MC_OK);
    assert_int_equal(format, MC_FORMAT_WARC);
    assert_int_equal(mc_format_parse("arc", &format, NULL), MC_E_ARGUMENT);
}

/* ---- the real files ---- */

/* Documents, pages, links, records, texts, rejects; each counted by other readers. */
static const struct real_file {
    const char *path;
    uint64_t documents, pages, links, records, texts, rejects;
} real_files[] = {
    {"pycommoncrawl/file1.warc.wat.gz", 5, 2, 35, 10, 19, 0},
    {"whirlwind/whirlwind.warc", 4, 1, 13, 7, 7, 0},
    {"whirlwind/whirlwind.warc.gz", 4, 1, 13, 7, 7, 0},
    {"whirlwind/whirlwind.warc.wat.gz", 2, 0, 0, 0, 0, 0},
    {"whirlwind/whirlwind.warc.wet.gz", 2, 0, 0, 0, 0, 0},
    {"resiliparse/warcfile.warc", 50, 16, 149, 32, 41, 0},
    {"resiliparse/warcfile.warc.gz", 50, 16, 149, 32, 41, 0},
    {"resiliparse/clueweb-quirk.warc.gz", 30, 29, 1252, 556, 556, 0},
    {"resiliparse/block-sized-records.warc", 3, 0, 0, 0, 0, 0},
    {"resiliparse/clipped.warc.gz", 0, 0, 0, 0, 0, 1},
    {"extraction/IAH-urls-wget.warc", 36, 9, 50, 46, 80, 0},
    {"warcio/example.warc", 6, 1, 0, 0, 0, 0},
    {"warcio/example-trunc.warc", 3, 0, 0, 0, 0, 1},
};

static void real_ones(void **state) {
    (void)state;
    const char *data = getenv("METACURATE_DATA");
    for (size_t i = 0; i < sizeof real_files / sizeof *real_files; i++) {
        const struct real_file *f = &real_files[i];
        char path[1024];
        snprintf(path, sizeof path, "%s/warc/%s", data ? data : MC_SOURCE_DIR "/../shared/data",
                 f->path);
        if (access(path, R_OK) < 0) {
            print_message("%s is missing\n", path);
            skip();
        }
        reading r = read_file(path, &(mc_pool_options){0}, (reading_limits){0});
        assert_int_equal(r.status, MC_OK);
        assert_int_equal(r.format, MC_FORMAT_WARC);
        if (r.crawl.documents != f->documents || r.crawl.pages != f->pages ||
            r.crawl.links != f->links || r.n_records != f->records || r.n_texts != f->texts ||
            r.n_rejects != f->rejects)
            fail_msg("%s: %" PRIu64 " documents, %" PRIu64 " pages, %" PRIu64 " links, %" PRIu64
                     " records, %" PRIu64 " texts, %" PRIu64 " rejects",
                     f->path, r.crawl.documents, r.crawl.pages, r.crawl.links, r.n_records,
                     r.n_texts, r.n_rejects);
        assert_int_equal(r.crawl.links, r.n_records + r.crawl.no_text + r.crawl.no_http);
        reading_dispose(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames),
        cmocka_unit_test(frames_of_parts),
        cmocka_unit_test(fields),
        cmocka_unit_test_setup_teardown(chunks, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(passed_over_unheld, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(hostile_headers, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(damaged_members, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(records_across_gaps, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(lines_behind_gaps, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(refused, scratch_make, scratch_remove),
        cmocka_unit_test(real_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
