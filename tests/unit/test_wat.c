/* WAT records: which links, texts and URLs they give, whatever the JSON; and the images of HTML
 * responses as records. */
#include "pool_reading.h"

#include "base/cpu.h"
#include "random.h"
#include "wat_reference.h"

/* ---- records ---- */

static void append_wat(mc_buffer *out, const char *json, size_t size) {
    assert_int_equal(mc_buffer_printf(out, NULL,
                                      "WARC/1.0\r\nWARC-Type: metadata\r\nWARC-Target-URI: "
                                      "http://header/\r\nContent-Type: application/json\r\n"
                                      "Content-Length: %zu\r\n\r\n",
                                      size),
                     MC_OK);
    assert_int_equal(mc_buffer_append(out, json, size, NULL), MC_OK);
    assert_int_equal(mc_buffer_append(out, "\r\n\r\n", 4, NULL), MC_OK);
}

/* Reads one WAT record in a file of its own. */
static reading read_wat(const char *json, size_t size) {
    mc_buffer data = {0};
    append_wat(&data, json, size);
    reading r = read_bytes(data.data, data.size, &(mc_pool_options){0}, (reading_limits){0});
    assert_int_equal(r.status, MC_OK);
    assert_int_equal(r.crawl.links, r.n_records + r.crawl.no_text + r.crawl.no_http);
    assert_int_equal(r.crawl.documents, r.crawl.pages + r.crawl.passed_over);
    mc_buffer_dispose(&data);
    return r;
}

#define HTML(html)                                                                                 \
    "{\"Envelope\":{\"Payload-Metadata\":{\"HTTP-Response-Metadata\":{\"HTML-Metadata\":" html     \
    "}},\"WARC-Header-Metadata\":{\"WARC-Type\":\"response\",\"WARC-Target-URI\":"                 \
    "\"http://h/d/p\"}}}"
#define LINKS(links) HTML("{\"Links\":[" links "]}")
#define IMG "\"path\":\"IMG@/src\","

typedef struct wat_case {
    mc_bytes json;
    const char *log;
    uint64_t links, no_text, no_http, n_replaced;
} wat_case;

static void check_wats(const wat_case *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const wat_case *c = &cases[i];
        reading r = read_wat(c->json.data, c->json.size);
        if (strcmp(r.log.data, c->log) != 0 || r.crawl.links != c->links ||
            r.crawl.no_text != c->no_text || r.crawl.no_http != c->no_http ||
            r.n_replaced != c->n_replaced)
            fail_msg("case %zu (%s): %" PRIu64 " links, %" PRIu64 " without text, %" PRIu64
                     " without http, %" PRIu64 " replaced\n%sexpected\n%s",
                     i, c->json.data, r.crawl.links, r.crawl.no_text, r.crawl.no_http, r.n_replaced,
                     r.log.data, c->log);
        reading_dispose(&r);
    }
}
#define CHECK_WATS(cases) check_wats((cases), sizeof(cases) / sizeof *(cases))

static void links(void **state) {
    (void)state;
    static const wat_case cases[] = {
        {BYTES(LINKS("")), "", 0, 0, 0, 0},
        {BYTES(LINKS("{" IMG "\"url\":\"x\",\"alt\":\"A\"}")), "0 url=http://h/d/x [A]\n", 1, 0, 0,
         0},
        /* The order of texts is that of the rules, empty ones are dropped. */
        {BYTES(LINKS("{\"data-image-title\":\"C\",\"title\":\"B\",\"alt\":\"A\",\"url\":\"x\"," IMG
                     "\"z\":0},{" IMG "\"url\":\"y\",\"alt\":\" \",\"title\":\"T\"}")),
         "0 url=http://h/d/x [A][B][C]\n1 url=http://h/d/y [T]\n", 2, 0, 0, 0},
        /* Other paths; and those that only begin like an image's. */
        {BYTES(LINKS("{\"path\":\"A@/href\",\"url\":\"x\",\"alt\":\"A\"},"
                     "{\"path\":\"IMG@/srcset\",\"url\":\"y\",\"alt\":\"B\"},"
                     "{\"path\":\"IMG@/longdesc\",\"url\":\"z\",\"alt\":\"C\"},"
                     "{\"path\":\"XIMG@/src\",\"url\":\"z\",\"alt\":\"C\"},"
                     "{\"path\":\"img@/src\",\"url\":\"z\",\"alt\":\"C\"},"
                     "{\"url\":\"IMG@/src\",\"alt\":\"IMG@/src\"}")),
         "0 url=http://h/d/y [B]\n", 1, 0, 0, 0},
        /* No text counts before no http. */
        {BYTES(LINKS("{" IMG "\"url\":\"x\"},{" IMG "\"url\":\"x\",\"alt\":\"\"},{" IMG
                     "\"url\":\"data:a\",\"title\":\"\\n\"},{" IMG
                     "\"url\":\"data:a\",\"alt\":\"A\"},{" IMG "\"alt\":\"A\"},{" IMG
                     "\"url\":\"mailto:a@b\",\"alt\":\"A\"},{" IMG
                     "\"url\":\"ftp://a/b\",\"alt\":\"A\"}")),
         "", 7, 3, 4, 0},
        {BYTES(LINKS("{" IMG "\"url\":\"HTTPS://E/\",\"alt\":\"A\"},{" IMG
                     "\"url\":\"//k/l\",\"alt\":\"A\"},{" IMG "\"url\":\"\",\"alt\":\"A\"},{" IMG
                     "\"url\":\"\\n\\t /q \\r/r\\n\",\"alt\":\"A\"}")),
         "0 url=HTTPS://E/ [A]\n1 url=http://k/l [A]\n2 url=http://h/q%20/r [A]\n", 4, 0, 1, 0},
        /* Line ends become spaces, tabs stay; what str.strip strips at the ends goes. */
        {BYTES(LINKS("{" IMG "\"url\":\"x\",\"alt\":\"\\r\\n a\\n\\nb\\tc\\rd \\u0085\","
                     "\"title\":\"\xE3\x80\x80\xC2\xA0\\u2003\\u001f e\\u2028\\u2029\\u1680\","
                     "\"data-image-title\":\"\\u200b\"}")),
         "0 url=http://h/d/x [a  b\\x09c d][e][\xE2\x80\x8B]\n", 1, 0, 0, 0},
        {BYTES(LINKS("{" IMG "\"url\":\"x\",\"alt\":\"\\u3000\xE2\x80\xAF\\u205f\\u000b\\f\\u001c "
                     "\"}")),
         "", 1, 1, 0, 0},
    };
    CHECK_WATS(cases);
}

static void bases(void **state) {
    (void)state;
#define ONE "\"Links\":[{" IMG "\"url\":\"x\",\"alt\":\"A\"}]"
    static const wat_case cases[] = {
        {BYTES(HTML("{\"Head\":{\"Base\":\"http://b/c/\"}," ONE "}")), "0 url=http://b/c/x [A]\n",
         1, 0, 0, 0},
        {BYTES(HTML("{" ONE ",\"Head\":{\"Metas\":[{\"a\":[]},{}],\"Base\":\"/e/\",\"Link\":[]}}")),
         "0 url=http://h/e/x [A]\n", 1, 0, 0, 0},
        {BYTES(HTML("{\"Head\":{\"Base\":\"/e/\",\"Base\":\"/f/\"}," ONE "}")),
         "0 url=http://h/f/x [A]\n", 1, 0, 0, 0},
        {BYTES(HTML("{\"Head\":{\"Base\":\"/e/\"},\"Head\":{}," ONE "}")),
         "0 url=http://h/d/x [A]\n", 1, 0, 0, 0},
        {BYTES(HTML("{\"Head\":{\"Base\":\"\\/g\\u002f\"}," ONE "}")), "0 url=http://h/g/x [A]\n",
         1, 0, 0, 0},
        {BYTES(HTML("{\"Head\":{\"Base\":[\"/e/\"]}," ONE "}")), "0 url=http://h/d/x [A]\n", 1, 0,
         0, 0},
        {BYTES(HTML("{\"Head\":{\"X\":{\"Base\":\"/e/\"}}," ONE "}")), "0 url=http://h/d/x [A]\n",
         1, 0, 0, 0},
        {BYTES(HTML("{\"Head\":{\"Base\":\"data:x\"}," ONE "}")), "", 1, 0, 1, 0},
        /* Without a URI in the envelope the record's own counts. */
        {BYTES("{\"Envelope\":{\"WARC-Header-Metadata\":{\"WARC-Type\":\"response\"},"
               "\"Payload-Metadata\":{\"HTTP-Response-Metadata\":{\"HTML-Metadata\":{" ONE "}}}}}"),
         "0 url=http://header/x [A]\n", 1, 0, 0, 0},
    };
    CHECK_WATS(cases);
}

static void other_documents(void **state) {
    (void)state;
    static const char *const documents[] = {
        "{}",
        "{\"Envelope\":{}}",
        "{\"Envelope\":null,\"Container\":{\"a\":[1,{}]}}",
        "{\"Envelope\":{\"WARC-Header-Metadata\":{\"WARC-Type\":\"response\"}}}",
        "{\"Envelope\":{\"Payload-Metadata\":{\"HTTP-Response-Metadata\":{\"HTML-Metadata\":{" ONE
        "}}},\"WARC-Header-Metadata\":{\"WARC-Type\":\"request\"}}}",
        "{\"Envelope\":{\"Payload-Metadata\":{\"HTTP-Response-Metadata\":{\"HTML-Metadata\":{" ONE
        "}}},\"WARC-Header-Metadata\":{\"WARC-Type\":\"responses\"}}}",
        "{\"Envelope\":{\"Payload-Metadata\":{\"HTTP-Response-Metadata\":{\"HTML-Metadata\":{" ONE
        "}}},\"WARC-Header-Metadata\":{\"WARC-Type\":[\"response\"]}}}",
        "{\"Envelope\":{\"Payload-Metadata\":{\"HTTP-Response-Metadata\":{\"HTML-Metadata\":{" ONE
        "}}},\"WARC-Header-Metadata\":{\"WARC-Type\":\"response\"}},\"Envelope\":5}",
        HTML("null"),
        HTML("[{" ONE "}]"),
        " \r\n{ } ",
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        reading r = read_wat(documents[i], strlen(documents[i]));
        if (r.crawl.passed_over != 1 || r.n_numbers != 0)
            fail_msg("case %zu: %s", i, documents[i]);
        reading_dispose(&r);
    }
}

/* Wrong types cost what they are the type of. */
static void wrong_types(void **state) {
    (void)state;
    static const wat_case cases[] = {
        {BYTES(HTML("{\"Links\":{}}")), "", 0, 0, 0, 0},
        {BYTES(HTML("{\"Links\":\"x\"}")), "", 0, 0, 0, 0},
        {BYTES(HTML("{\"Head\":7," ONE "}")), "0 url=http://h/d/x [A]\n", 1, 0, 0, 0},
        {BYTES(LINKS("null,[],5,\"IMG@/src\",[{" IMG "\"url\":\"x\",\"alt\":\"A\"}],{},{" IMG
                     "\"url\":\"y\",\"alt\":\"B\"},true")),
         "0 url=http://h/d/y [B]\n", 1, 0, 0, 0},
        {BYTES(LINKS("{\"path\":[\"IMG@/src\"],\"url\":\"x\",\"alt\":\"A\"},"
                     "{\"path\":{\"path\":\"IMG@/src\"},\"url\":\"x\",\"alt\":\"A\"},"
                     "{\"path\":null,\"url\":\"x\",\"alt\":\"A\"}")),
         "", 0, 0, 0, 0},
        {BYTES(LINKS("{" IMG "\"url\":5,\"alt\":\"A\"},{" IMG "\"url\":[\"x\"],\"alt\":\"A\"},{" IMG
                     "\"url\":\"x\",\"alt\":7},{" IMG
                     "\"url\":\"x\",\"alt\":{\"a\":\"]}\"},\"title\":\"T\"}")),
         "0 url=http://h/d/x [T]\n", 4, 1, 2, 0},
        /* Of repeated keys the last counts, at every level. */
        {BYTES(LINKS("{" IMG "\"url\":\"x\",\"url\":\"y\",\"alt\":\"A\",\"alt\":\"B\"},{" IMG
                     "\"path\":\"A@/href\",\"url\":\"x\",\"alt\":\"A\"},{\"path\":\"A@/href\"," IMG
                     "\"url\":\"z\",\"alt\":\"C\",\"alt\":null,\"title\":\"D\"}")),
         "0 url=http://h/d/y [B]\n1 url=http://h/d/z [D]\n", 2, 0, 0, 0},
        {BYTES(HTML("{" ONE ",\"Links\":[{" IMG "\"url\":\"z\",\"alt\":\"Z\"}]}")),
         "0 url=http://h/d/z [Z]\n", 1, 0, 0, 0},
        {BYTES(HTML("{" ONE ",\"Links\":0}")), "", 0, 0, 0, 0},
        {BYTES("{\"Envelope\":" HTML("{" ONE "}") "," LINKS("") "}"), "0 !bad_json@0\n", 0, 0, 0,
         0},
    };
    CHECK_WATS(cases);
}

static void strings(void **state) {
    (void)state;
    static const wat_case cases[] = {
        /* Escaped keys and paths. */
        {BYTES(LINKS("{\"\\u0070ath\":\"IMG@\\/src\",\"url\":\"\\/x\",\"\\u0061lt\":\"A\"},"
                     "{\"path\":\"\\u0049MG@/src\",\"url\":\"y\",\"al\\u0074\":\"B\"},"
                     "{\"pat\\u0068s\":\"IMG@/src\",\"url\":\"y\",\"alt\":\"B\"}")),
         "0 url=http://h/x [A]\n1 url=http://h/d/y [B]\n", 2, 0, 0, 0},
        {BYTES("{\"Enve\\u006cope\":{\"Payload-Metadat\\u0061\":{\"HTTP-Response-Metadata\":{"
               "\"HTML-Metadata\":{\"L\\u0069nks\":[{" IMG "\"url\":\"x\",\"alt\":\"A\"}]}}},"
               "\"WARC-Header-Metadata\":{\"WARC-Type\":\"respons\\u0065\","
               "\"WARC-Target-URI\":\"http:\\/\\/h\"}}}"),
         "0 url=http://h/x [A]\n", 1, 0, 0, 0},
        {BYTES(LINKS("{" IMG "\"url\":\"x\",\"alt\":\"\\\"\\\\\\/\\b\\f\\u00e9\\uD83D\\ude00\\u0000"
                     "z\"}")),
         "0 url=http://h/d/x [\"\\/\\x08\\x0C\xC3\xA9\xF0\x9F\x98\x80\\x00z]\n", 1, 0, 0, 0},
        /* Brackets in strings are none; strings that end in backslashes do end. */
        {BYTES(LINKS("{\"x\":\"}]}\\\\\",\"y\":\"\\\\\\\"{[\"},{" IMG
                     "\"url\":\"x\",\"alt\":\"[}]{\\\\\"}")),
         "0 url=http://h/d/x [[}]{\\]\n", 1, 0, 0, 0},
        /* Unpaired surrogates and ill-formed UTF-8 in what is taken; elsewhere nobody minds. */
        {BYTES(LINKS("{" IMG "\"url\":\"x\",\"alt\":\"\\ud800a\\udc00\\udbff\\ud83d\\ude00\","
                     "\"q\":\"\\ud800\\q\xFF\"}")),
         "0 url=http://h/d/x [\xEF\xBF\xBD"
         "a\xEF\xBF\xBD\xEF\xBF\xBD\xF0\x9F\x98\x80]\n",
         1, 0, 0, 3},
        {BYTES(LINKS("{" IMG "\"url\":\"x\xE9\",\"alt\":\"caf\xE9\",\"title\":\"\xF0\x9F\x98\","
                     "\"data-image-title\":\"\\u00e9\xFF\"}")),
         "0 url=http://h/d/x\xEF\xBF\xBD [caf\xEF\xBF\xBD][\xEF\xBF\xBD][\xC3\xA9\xEF\xBF\xBD]\n",
         1, 0, 0, 4},
        /* Escapes that are none cost the record. */
        {BYTES(
             LINKS("{" IMG "\"url\":\"x\",\"alt\":\"A\"},{" IMG "\"url\":\"x\",\"alt\":\"\\q\"}")),
         "0 !bad_json@0\n", 0, 0, 0, 0},
        {BYTES(LINKS("{" IMG "\"url\":\"\\u12\",\"alt\":\"\"}")), "0 !bad_json@0\n", 0, 0, 0, 0},
        /* White space wherever it may be. */
        {BYTES("{ \"Envelope\" : { \"WARC-Header-Metadata\" :\n{ \"WARC-Type\" : \"response\" , "
               "\"WARC-Target-URI\" : \"http://h/\" } ,\t\"Payload-Metadata\" : { "
               "\"HTTP-Response-Metadata\" : { \"HTML-Metadata\" : { \"Links\" : [ { \"path\" : "
               "\"IMG@/src\" , \"url\" : \"x\" , \"alt\" : \"A\" , \"n\" : [ 1 , {} ] } , { } ]\r\n"
               "} } } } } "),
         "0 url=http://h/x [A]\n", 1, 0, 0, 0},
    };
    CHECK_WATS(cases);
}

static void bad_documents(void **state) {
    (void)state;
    static const char *const documents[] = {
        "",
        " ",
        "null",
        "[]",
        "\"x\"",
        "x{}",
        "{}{}",
        "{}x",
        "{\"Envelope\":{}",
        "{\"Envelope\":{}}}",
        "{\"Envelope\":{]}",
        "{\"Envelope\":[}]}",
        "{\"Envelope\" {}}",
        "{\"Envelope\":}",
        "{\"Envelope\"}",
        "{Envelope:{}}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\":{}\"b\":1}",
        "{\"a\":{},}",
        "{\"a\":\"x}",
        "{\"a\":\"x\\\"}",
        "{\\\"a\":1}",
        "{{}}",
        LINKS("{" IMG "\"url\":\"x\" \"alt\":\"A\"}"),
        LINKS("{" IMG "\"url\":,\"alt\":\"A\"}"),
        LINKS("{" IMG "\"url\":\"x\",}"),
        LINKS("{" IMG "\"url\"}"),
        LINKS("{" IMG "\"url\":}"),
        LINKS("{" IMG "}}"),
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        reading r = read_wat(documents[i], strlen(documents[i]));
        if (strcmp(r.log.data, "0 !bad_json@0\n") != 0 || r.crawl.documents != 0)
            fail_msg("case %zu (%s) gives %s", i, documents[i], r.log.data);
        reading_dispose(&r);
    }
    /* Cut anywhere; and the records behind stay. */
    static const char whole[] = HTML("{\"Head\":{\"Base\":\"/\\u0065/\"}," ONE "}");
    for (size_t cut = 0; cut < sizeof whole - 1; cut++) {
        mc_buffer data = {0};
        append_wat(&data, whole, cut);
        append_wat(&data, whole, sizeof whole - 1);
        reading r = read_bytes(data.data, data.size, &(mc_pool_options){0}, (reading_limits){0});
        assert_string_equal(r.log.data, "0 !bad_json@0\n1 url=http://h/e/x [A]\n");
        reading_dispose(&r);
        mc_buffer_dispose(&data);
    }
}

static void append_times(mc_buffer *out, const char *what, size_t n) {
    for (size_t i = 0; i < n; i++)
        assert_int_equal(mc_buffer_append(out, what, strlen(what), NULL), MC_OK);
}

/* Deep, long and many. */
static void hostile_documents(void **state) {
    (void)state;
    enum { DEEP = 10000, LONG = 20 << 20 };
    static const char document[] =
        LINKS("{" IMG "\"n\":[[[[[{\"]\":{}}]]]]],\"url\":\"x\",\"alt\":\"A\"}");
    for (int kind = 0; kind < 5; kind++) {
        mc_buffer json = {0};
        append_times(&json, "{\"Container\":", 1);
        append_times(&json,
                     kind == 0   ? "["
                     : kind == 1 ? "{\"Envelope\":"
                                 : "\"",
                     kind < 2 ? DEEP : 1);
        if (kind == 1)
            append_times(&json, "0", 1);
        if (kind == 2)
            append_times(&json, "0123456789\\\"abcdef{[", LONG / 20);
        append_times(&json, kind == 0 ? "]" : kind == 1 ? "}" : "\"", kind < 2 ? DEEP : 1);
        append_times(&json, ",\"Links\":[", 1);
        append_times(&json, kind == 3 ? "{\"path\":\"IMG@/src\"}," : "{},",
                     kind == 3 ? LONG / 20 : 1);
        append_times(&json, "{}],", 1);
        append_times(&json, strchr(document, '{') + 1, 1);
        if (kind == 4)
            json.size--;
        reading r = read_wat(json.data, json.size);
        assert_string_equal(r.log.data, kind == 4 ? "0 !bad_json@0\n" : "0 url=http://h/d/x [A]\n");
        reading_dispose(&r);
        mc_buffer_dispose(&json);
    }
    /* A million links, and one that is long. */
    mc_buffer json = {0};
    append_times(&json,
                 "{\"Envelope\":{\"WARC-Header-Metadata\":{\"WARC-Type\":\"response\"},"
                 "\"Payload-Metadata\":{\"HTTP-Response-Metadata\":{\"HTML-Metadata\":{"
                 "\"Links\":[",
                 1);
    append_times(&json, "{\"path\":\"IMG@/src\"},", 1000000);
    append_times(&json, "{\"path\":\"IMG@/src\",\"url\":\"x\",\"alt\":\"", 1);
    append_times(&json, "\\u0061b", LONG / 7);
    append_times(&json, "\"}]}}}}}", 1);
    reading r = read_wat(json.data, json.size);
    assert_int_equal(r.crawl.links, 1000001);
    assert_int_equal(r.crawl.no_text, 1000000);
    assert_int_equal(r.n_texts, 1);
    assert_true(r.log.size > LONG / 7 * 2);
    reading_dispose(&r);
    mc_buffer_dispose(&json);
}

/* A base repeated with every link would be gigabytes: the page is refused, the others stay. */
static void long_bases(void **state) {
    (void)state;
    mc_buffer json = {0}, data = {0};
    append_times(&json,
                 "{\"Envelope\":{\"WARC-Header-Metadata\":{\"WARC-Type\":\"response\"},"
                 "\"Payload-Metadata\":{\"HTTP-Response-Metadata\":{\"HTML-Metadata\":{"
                 "\"Head\":{\"Base\":\"http://h/",
                 1);
    append_times(&json, "abcdefgh", 20000);
    append_times(&json, "/\"},\"Links\":[{}", 1);
    append_times(&json, ",{" IMG "\"url\":\"x\",\"alt\":\"A\"}", 1000);
    append_times(&json, "]}}}}}", 1);
    append_wat(&data, LINKS("{" IMG "\"url\":\"x\",\"alt\":\"A\"}"),
               sizeof LINKS("{" IMG "\"url\":\"x\",\"alt\":\"A\"}") - 1);
    size_t offset = data.size;
    append_wat(&data, json.data, json.size);
    append_wat(&data, LINKS("{" IMG "\"url\":\"y\",\"alt\":\"B\"}"),
               sizeof LINKS("{" IMG "\"url\":\"y\",\"alt\":\"B\"}") - 1);
    reading r = read_bytes(data.data, data.size, &(mc_pool_options){0}, (reading_limits){0});
    char expected[300];
    snprintf(expected, sizeof expected,
             "0 url=http://h/d/x [A]\n1 !too_long@%zu a long base URL makes the URLs of the page's "
             "images too long\n2 url=http://h/d/y [B]\n",
             offset);
    assert_string_equal(r.log.data, expected);
    assert_int_equal(r.crawl.links, 2);
    assert_int_equal(r.crawl.documents, 2);
    reading_dispose(&r);
    mc_buffer_dispose(&json);
    mc_buffer_dispose(&data);
}

/* ---- against the tree, with every instruction set ---- */

static mc_wat_find *const finds[] = {
    mc_wat_find_portable,
#if defined(__x86_64__)
    mc_wat_find_avx2,
    mc_wat_find_avx512,
#endif
};

static void check_document(const char *data, size_t size) {
    json_t *root = json_loadb(data, size, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    mc_wat first = {0};
    mc_status expected = MC_OK;
    for (int isa = 0; isa <= (int)mc_cpu_best(); isa++) {
        mc_wat wat = {.find = finds[isa]};
        mc_status status = mc_wat_read(&wat, data, size, NULL);
        if (root && (status == MC_OK) != json_is_object(root))
            fail_msg("%.*s is judged otherwise", (int)size, data);
        if (root && status == MC_OK && !reference_agrees(&wat, data, root))
            fail_msg("%.*s holds other links", (int)size, data);
        if (isa == 0) {
            first = wat;
            expected = status;
            continue;
        }
        assert_int_equal(status, expected);
        if (status == MC_OK) {
            assert_int_equal(wat.n_links, first.n_links);
            assert_memory_equal(wat.links ? wat.links : (void *)"",
                                first.links ? first.links : (void *)"",
                                wat.n_links * sizeof *wat.links);
            assert_int_equal(wat.is_ascii, first.is_ascii);
        }
        mc_wat_dispose(&wat);
    }
    mc_wat_dispose(&first);
    json_decref(root);
}

/* Documents made of pieces that matter, in places and sizes that vary. */
static void random_documents(void **state) {
    (void)state;
    static const char *const pieces[] = {"{",
                                         "}",
                                         "[",
                                         "]",
                                         ",",
                                         ":",
                                         "\"a\"",
                                         "\"\\\\\"",
                                         "\"\\\"{\"",
                                         "null",
                                         "1.5",
                                         " ",
                                         "\"path\":\"IMG@/src\"",
                                         "\"url\":\"u\"",
                                         "\"alt\":\"t\"",
                                         "{\"path\":\"IMG@/src\",\"url\":\"u\"}",
                                         "\"Links\":[",
                                         "\"Head\":{",
                                         "\"Base\":\"b\"",
                                         "\"\\u0070ath\":\"\\u0049MG@/src\"",
                                         "\"\xC3\xA9\""};
    enum { N_PIECES = sizeof pieces / sizeof *pieces };
    random_state = 5;
    for (int i = 0; i < 20000; i++) {
        mc_buffer json = {0};
        bool balanced = random_below(4) > 0;
        append_times(&json, " ", random_below(70));
        append_times(&json, LINKS(""), 1);
        json.size -= sizeof LINKS("") - 1 - (size_t)(strstr(LINKS(""), "[") - LINKS("")) - 1;
        for (uint64_t n = random_below(6); n > 0; n--) {
            append_times(&json, n % 2 ? "{" : "", 1);
            append_times(&json, pieces[random_below(N_PIECES)], 1);
            append_times(&json, n % 2 ? "}" : "", 1);
            append_times(&json, n > 1 ? "," : "", 1);
        }
        append_times(&json, strstr(LINKS(""), "]"), 1);
        for (uint64_t n = balanced ? 0 : random_below(3); n > 0; n--) {
            const char *piece = pieces[random_below(N_PIECES)];
            size_t at = random_below((uint32_t)json.size), length = strlen(piece);
            if (at + length <= json.size)
                memcpy(json.data + at, piece, length);
        }
        assert_int_equal(mc_buffer_reserve(&json, MC_WAT_PADDING, NULL), MC_OK);
        memset(json.data + json.size, random_below(2) ? '"' : 0, MC_WAT_PADDING);
        check_document(json.data, json.size);
        mc_buffer_dispose(&json);
    }
}

/* ---- responses ---- */

static void responses(void **state) {
    (void)state;
    static const char html[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
                               "<img src=a alt=A><base href=/e/><img src=b alt='\n B \r\n b '"
                               " title=T data-image-title=D><img src=c><img src=data:x alt=D>"
                               "<base href=/f/><img src=d alt=E>";
    static const struct {
        const char *fields;
        const char *log;
        uint64_t pages, passed_over;
    } cases[] = {
        {"WARC-Type: response\r\nWARC-Target-URI: http://h/d/p\r\n",
         "0 url=http://h/d/a [A]\n1 url=http://h/e/b [B   b][T][D]\n2 url=http://h/e/d [E]\n", 1,
         0},
        {"warc-type: Response\r\nwarc-target-uri: <http://h/>\r\ncontent-type: "
         "application/http;msgtype=response\r\n",
         "0 url=http://h/a [A]\n1 url=http://h/e/b [B   b][T][D]\n2 url=http://h/e/d [E]\n", 1, 0},
        /* The first of repeated fields counts. */
        {"WARC-Type: response\r\nWARC-Type: request\r\nWARC-Target-URI: http://h/\r\n"
         "WARC-Target-URI: http://i/\r\n",
         "0 url=http://h/a [A]\n1 url=http://h/e/b [B   b][T][D]\n2 url=http://h/e/d [E]\n", 1, 0},
        /* Without a URI all that is relative is no http. */
        {"WARC-Type: response\r\n", "", 1, 0},
        {"WARC-Type: response\r\nContent-Type: text/dns\r\n", "", 0, 1},
        {"WARC-Type: request\r\nContent-Type: application/http\r\n", "", 0, 1},
        {"WARC-Type: resource\r\nContent-Type: text/html\r\n", "", 0, 1},
        {"WARC-Type: revisit\r\nContent-Type: application/http\r\n", "", 0, 1},
        {"WARC-Type: metadata\r\nContent-Type: application/http\r\n", "", 0, 1},
        {"Content-Type: application/http\r\n", "", 0, 1},
        {"WARC-Type: metadata\r\nContent-Type: application/json; charset=utf-8\r\n",
         "0 !bad_json@0\n", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_buffer data = {0};
        assert_int_equal(mc_buffer_printf(&data, NULL,
                                          "WARC/1.0\r\n%sContent-Length: %zu\r\n\r\n%s\r\n\r\n",
                                          cases[i].fields, sizeof html - 1, html),
                         MC_OK);
        reading r = read_bytes(data.data, data.size, &(mc_pool_options){0}, (reading_limits){0});
        if (strcmp(r.log.data, cases[i].log) != 0 || r.crawl.pages != cases[i].pages ||
            r.crawl.passed_over != cases[i].passed_over)
            fail_msg("case %zu gives\n%sexpected\n%s", i, r.log.data, cases[i].log);
        assert_int_equal(r.crawl.links, 5 * cases[i].pages);
        reading_dispose(&r);
        mc_buffer_dispose(&data);
    }
    static const char none[] = "WARC/1.0\nWARC-Type: response\nContent-Type: application/http\n"
                               "Content-Length: 6\n\nno one\n\n";
    reading r = read_bytes(none, sizeof none - 1, &(mc_pool_options){0}, (reading_limits){0});
    assert_string_equal(r.log.data, "0 !bad_warc@0 the response is no HTTP response\n");
    reading_dispose(&r);
}

/* Where records of the batch say they come from. */
static void origins(void **state) {
    (void)state;
    static const char json[] =
        LINKS("{" IMG "\"url\":\"x\"},{" IMG "\"url\":\"x\",\"alt\":\"A\"},{\"path\":\"A@/href\"},"
              "{" IMG "\"url\":\"data:x\",\"alt\":\"B\"},{" IMG
              "\"url\":\"y\",\"title\":\"C\",\"data-image-title\":\"D\"}");
    mc_buffer data = {0};
    append_times(&data, "\r\n", 3);
    append_wat(&data, "{}", 2);
    size_t source = data.size;
    append_wat(&data, json, sizeof json - 1);
    const char *path = scratch_write("shard", data.data, data.size);
    mc_pool *pool;
    mc_shard *shard;
    mc_parser *parser;
    mc_chunk chunk = {0};
    mc_batch batch = {0};
    assert_int_equal(
        mc_pool_create(&pool, &path, 1, &(mc_pool_options){.format = MC_FORMAT_WARC}, NULL), MC_OK);
    assert_int_equal(mc_shard_open(&shard, pool, 0, NULL), MC_OK);
    assert_int_equal(mc_parser_create(&parser, NULL), MC_OK);
    assert_int_equal(mc_shard_read(shard, &chunk, NULL), MC_OK);
    assert_int_equal(mc_shard_parse(shard, parser, &chunk, &batch, NULL), MC_OK);
    assert_int_equal(batch.n_records, 2);
    static const uint32_t links_of[] = {1, 3};
    static const mc_text_key keys[] = {MC_KEY_ALT, MC_KEY_TITLE, MC_KEY_DATA_IMAGE_TITLE};
    for (size_t i = 0; i < 2; i++) {
        const mc_record *record = &batch.records[i];
        assert_int_equal(record->link, links_of[i]);
        assert_int_equal(record->source, source);
        assert_int_equal(record->page_size, strlen("http://h/d/p"));
        assert_memory_equal(batch.bytes.data + record->page_offset, "http://h/d/p",
                            record->page_size);
        mc_u128 uid = mc_hash128(i ? "http://h/d/y" : "http://h/d/x", 12);
        assert_true(mc_u128_equal(record->uid, uid));
    }
    assert_int_equal(batch.n_texts, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(batch.texts[i].key, keys[i]);
        assert_int_equal(batch.texts[i].number, i == 2);
    }
    mc_batch_dispose(&batch);
    mc_chunk_dispose(&chunk);
    mc_parser_free(parser);
    mc_shard_close(shard);
    mc_pool_free(pool);
    mc_buffer_dispose(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links),
        cmocka_unit_test(bases),
        cmocka_unit_test(other_documents),
        cmocka_unit_test(wrong_types),
        cmocka_unit_test(strings),
        cmocka_unit_test(bad_documents),
        cmocka_unit_test(hostile_documents),
        cmocka_unit_test(long_bases),
        cmocka_unit_test(random_documents),
        cmocka_unit_test(responses),
        cmocka_unit_test(origins),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
