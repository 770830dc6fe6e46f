/* What a pool's filter takes out: lists of hosts, phrases and languages, what records say of their
 * language, and the order of reasons. */
#include "scratch.h"

#include <inttypes.h>

#include "pool/block_hosts.h"
#include "pool/block_texts.h"
#include "pool/filter.h"
#include "pool/languages.h"
#include "pool/shard.h"

static mc_bytes bytes_of(const char *text) {
    return (mc_bytes){text, strlen(text)};
}

static const char *list_file(const char *name, const char *content) {
    return scratch_write(name, content, strlen(content));
}

/* --- hosts -------------------------------------------------------------------------------------*/

static void blocks_hosts_and_what_is_below(void **state) {
    (void)state;
    mc_block_hosts *hosts;
    const char *path = list_file("hosts", "\xEF\xBB\xBF# comment\n\nExample.COM # why\r\n"
                                          "*.star.example\n.dot.example.\n\tcdn.tabs.example \n"
                                          "xn--bcher-kva.example\nb\xC3\xBC"
                                          "cher.example\n2001:db8::1\n10.0.0.1\nexample.com");
    assert_int_equal(mc_block_hosts_create(&hosts, path, NULL), MC_OK);
    static const char *const blocked[] = {
        "example.com",   "EXAMPLE.com",      "www.example.com",          "a.b.c.Example.Com",
        "example.com.",  "star.example",     "x.star.example",           "dot.example",
        "x.dot.example", "cdn.tabs.example", "b\xC3\xBC\x63her.example", "xn--bcher-kva.example",
        "2001:DB8::1",   "10.0.0.1",
    };
    static const char *const free_ones[] = {
        "",
        "badexample.com",
        "example.com.evil.org",
        "example.co",
        "com",
        "xample.com",
        "tabs.example",
        "example",
        ".",
        "..",
        "10.0.0.10",
        "comment",
        "B\xC3\x9C\x43HER.example",
    };
    for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++)
        if (!mc_block_hosts_has(hosts, bytes_of(blocked[i])))
            fail_msg("%s is not blocked", blocked[i]);
    for (size_t i = 0; i < sizeof free_ones / sizeof *free_ones; i++)
        if (mc_block_hosts_has(hosts, bytes_of(free_ones[i])))
            fail_msg("%s is blocked", free_ones[i]);

    /* However long the host: its end is what counts. */
    char host[1000];
    for (size_t extra = 1; extra < sizeof host - 20; extra++) {
        memset(host, 'a', extra);
        strcpy(host + extra, "example.com");
        assert_false(mc_block_hosts_has(hosts, bytes_of(host)));
        host[extra - 1] = '.';
        assert_true(mc_block_hosts_has(hosts, bytes_of(host)));
        memset(host, '.', extra);
        assert_true(mc_block_hosts_has(hosts, bytes_of(host)));
    }
    mc_block_hosts_free(hosts);
}

static void refuses_bad_lists(void **state) {
    (void)state;
    static const char *const no_hosts[] = {
        "",
        "# nothing\n",
        "\n\n",
        "http://example.com\n",
        "a.example b.example\n",
        "a/b\n",
        "u@a.example\n",
        "..a\n",
        "*.\n",
        "a.example\n*\n",
        ".\n",
        "a.example:80\n",
        "[::1]\n",
        "a?\n",
        "0.0.0.0 a.example\n",
    };
    mc_error error;
    for (size_t i = 0; i < sizeof no_hosts / sizeof *no_hosts; i++) {
        mc_block_hosts *hosts;
        const char *path = list_file("hosts", no_hosts[i]);
        if (mc_block_hosts_create(&hosts, path, &error) != MC_E_FORMAT)
            fail_msg("taken: %s", no_hosts[i]);
        assert_null(hosts);
        assert_string_equal(error.file, path);
    }
    assert_non_null(strstr(error.message, "line 1 "));
    static const char *const no_texts[] = {"", "\n \n", "good\n\xFF\n"};
    for (size_t i = 0; i < sizeof no_texts / sizeof *no_texts; i++) {
        mc_block_texts *texts;
        assert_int_equal(mc_block_texts_create(&texts, list_file("texts", no_texts[i]), &error),
                         MC_E_FORMAT);
        assert_null(texts);
    }
    assert_non_null(strstr(error.message, "line 2 "));
    mc_block_texts *texts;
    assert_int_equal(mc_block_texts_create(&texts, scratch("missing"), &error), MC_E_IO);
}

/* Many names, so that the table grows and places collide. */
static void finds_each_of_many_hosts(void **state) {
    (void)state;
    enum { N = 20000 };
    mc_buffer list = {0};
    for (int i = 0; i < N; i++)
        assert_int_equal(mc_buffer_printf(&list, NULL, "h%d.example\n", i * 2), MC_OK);
    mc_block_hosts *hosts;
    const char *path = scratch_write("hosts", list.data, list.size);
    assert_int_equal(mc_block_hosts_create(&hosts, path, NULL), MC_OK);
    for (int i = 0; i < 2 * N; i++) {
        char host[40];
        snprintf(host, sizeof host, "www.h%d.example", i);
        assert_int_equal(mc_block_hosts_has(hosts, bytes_of(host)), i % 2 == 0);
    }
    mc_block_hosts_free(hosts);
    mc_buffer_dispose(&list);
}

/* --- batches -----------------------------------------------------------------------------------*/

/* Adds a record; texts end with NULL. */
static void add_record(mc_batch *batch, const char *url, const char *const *texts,
                       const char *language) {
    assert_int_equal(mc_batch_begin(batch, NULL), MC_OK);
    if (url)
        assert_int_equal(mc_batch_url(batch, bytes_of(url), NULL), MC_OK);
    for (; *texts; texts++) {
        assert_int_equal(mc_batch_text(batch, bytes_of(*texts), NULL), MC_OK);
        if (language)
            mc_batch_tag(batch, MC_KEY_NONE, mc_language_make(bytes_of(language)));
    }
    assert_int_equal(mc_batch_end(batch, NULL, NULL, NULL, NULL), MC_OK);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Runs the filter that options make over batch, once and then again, which must change nothing. */
static void apply(const mc_pool_options *options, mc_batch *batch) {
    mc_filter *filter;
    mc_filter_scratch *own;
    mc_error error;
    if (mc_filter_create(&filter, options, &error) != MC_OK)
        fail_msg("%s", error.message);
    assert_non_null(filter);
    assert_int_equal(mc_filter_scratch_create(&own, filter, NULL), MC_OK);
    assert_int_equal(mc_filter_apply(filter, own, batch, NULL), MC_OK);
    size_t n = batch->n_texts;
    assert_int_equal(mc_filter_apply(filter, own, batch, NULL), MC_OK);
    assert_int_equal(batch->n_texts, n);
    mc_filter_scratch_free(own);
    mc_filter_free(filter);
}

/* The numbers of a record's texts, as digits. */
static void check_left(const mc_batch *batch, size_t record, const char *numbers) {
    const mc_record *r = &batch->records[record];
    char left[20] = "";
    for (size_t i = 0; i < r->n_texts; i++)
        left[i] = (char)('0' + batch->texts[r->first_text + i].number);
    left[r->n_texts] = '\0';
    assert_string_equal(left, numbers);
}

static void takes_out_in_order_of_reasons(void **state) {
    (void)state;
    mc_batch batch = {0};
    add_record(&batch, "http://bad.example/a", TEXTS("one", "bad word", "", "deux"), "fr");
    add_record(&batch, "http://good.example/a", TEXTS("one", "a bad word", "", "two", "BAD WORD"),
               "en");
    add_record(&batch, NULL, TEXTS("bad word", "un"), "fr");
    add_record(&batch, " https://u@WWW.BAD.example:8/", TEXTS("one"), "en");
    add_record(&batch, "ftp://bad.example/", TEXTS("one"), "en");
    add_record(&batch, "http://good.example/bad word", TEXTS("one", "two"), NULL);
    mc_pool_options options = {.block_hosts = list_file("hosts", "bad.example\n"),
                               .block_texts = list_file("texts", "Bad word\n"),
                               .languages = "en,de"};
    apply(&options, &batch);
    check_left(&batch, 0, "2");
    check_left(&batch, 1, "023");
    check_left(&batch, 2, "");
    check_left(&batch, 3, "");
    check_left(&batch, 4, "0");
    check_left(&batch, 5, "");
    assert_int_equal(batch.n_texts, 5);
    assert_int_equal(batch.n_records, 6);
    assert_int_equal(batch.n_excluded[MC_EXCLUDED_UID], 0);
    assert_int_equal(batch.n_excluded[MC_EXCLUDED_HOST], 4);
    assert_int_equal(batch.n_excluded[MC_EXCLUDED_TEXT], 3);
    assert_int_equal(batch.n_excluded[MC_EXCLUDED_LANGUAGE], 3);
    mc_batch_clear(&batch);
    apply(&options, &batch);
    mc_batch_dispose(&batch);
}

/* --- phrases -----------------------------------------------------------------------------------*/

static void blocks_whole_phrases(void **state) {
    (void)state;
    static const char list[] =
        "sex\nTwo Words\r\n  c++ \n#tag\nnu\xC3\xA9\n\xE8\x89\xB2\xE6\x83\x85\n"
        "\xD1\x81\xD0\xB5\xD0\xBA\xD1\x81\n\xEC\x84\xB9\xEC\x8A\xA4\n";
    static const struct {
        const char *text;
        bool blocked;
    } cases[] = {
        {"sex", true},
        {"Sex!", true},
        {"free_SEX_video.jpg", true},
        {"\xE2\x80\x9Csex\xE2\x80\x9D", true},
        {"\xE6\x88\x91sex\xE6\x88\x91", true}, /* Chinese around it */
        {"Essex", false},
        {"sextet", false},
        {"sex2", false},
        {"1sex", false},
        {"sex\xC3\xA9", false},
        {"\xC3\xA9sex", false},
        {"sexe\xCC\x81", false},
        {"unisex, Essex and sex", true}, /* the third one is whole */
        {"two words", true},
        {"TWO WORDS.", true},
        {"two  words", false},
        {"two wordsmiths", false},
        {"I like C++11", true}, /* a mark joins nothing */
        {"abc++", false},
        {"x#tag", true},
        {"#tags", false},
        {"NU\xC3\xA9", true},
        {"nu\xC3\x89", false}, /* beyond ASCII, case counts */
        {"nu\xC3\xA9"
         "e",
         false},
        {"\xE4\xB8\x80\xE8\x89\xB2\xE6\x83\x85\xE4\xB8\x80", true},
        {"\xD1\x81\xD0\xB5\xD0\xBA\xD1\x81", true},
        {"\xD1\x81\xD0\xB5\xD0\xBA\xD1\x81\xD1\x82\xD0\xB5\xD1\x82", false},
        {"\xEC\x84\xB9\xEC\x8A\xA4\xEB\xA5\xBC", true}, /* Korean with an ending */
        {"", false},
        {"nothing", false},
    };
    enum { N = sizeof cases / sizeof *cases };
    mc_pool_options options = {.block_texts = list_file("texts", list)};
    mc_batch batch = {0};
    for (size_t i = 0; i < N; i++)
        add_record(&batch, NULL, TEXTS(cases[i].text), NULL);
    apply(&options, &batch);
    for (size_t i = 0; i < N; i++)
        if (batch.records[i].n_texts != !cases[i].blocked)
            fail_msg("%s: blocked must be %d", cases[i].text, cases[i].blocked);
    mc_batch_dispose(&batch);
}

/* A match at the end of one text and the start of the next is none. */
static void texts_do_not_run_together(void **state) {
    (void)state;
    mc_pool_options options = {.block_texts = list_file("texts", "ab\n")};
    mc_batch batch = {0};
    for (int i = 0; i < 200; i++)
        add_record(&batch, "http://h/ab", TEXTS("xa", "b", i % 3 ? "x" : "ab"), NULL);
    apply(&options, &batch);
    assert_int_equal(batch.n_excluded[MC_EXCLUDED_TEXT], 67);
    for (size_t i = 0; i < 200; i++)
        check_left(&batch, i, i % 3 ? "012" : "01");
    mc_batch_dispose(&batch);
}

/* --- languages ---------------------------------------------------------------------------------*/

static void knows_wanted_languages(void **state) {
    (void)state;
    static const struct {
        const char *list, *language;
        bool wanted;
    } cases[] = {
        {"en", "en", true},         {"en", "EN", true},        {"EN", "en", true},
        {"en", "de", false},        {"en,de", "de", true},     {" en , de ", "de", true},
        {"en", "", false},          {"en,un", "", true},       {"und", "", true},
        {"zh", "zh-Hant", true},    {"zh", "zh_TW", true},     {"zh-hant", "zh-Hant", true},
        {"zh-Hant", "zh", false},   {"zh", "zhx", false},      {"en", "e", false},
        {"e", "en", false},         {"eng", "eng_Latn", true}, {"eng_Latn", "eng_Latn", true},
        {"eng_Latn", "eng", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_languages languages;
        assert_int_equal(mc_languages_parse(&languages, cases[i].list, NULL), MC_OK);
        mc_language language = mc_language_make(bytes_of(cases[i].language));
        if (mc_languages_has(&languages, language) != cases[i].wanted)
            fail_msg("%s of %s", cases[i].language, cases[i].list);
        mc_languages_dispose(&languages);
    }
    static const char *const wrong[] = {"",           ",",   "en,",   ",en",     "en,,de",
                                        "english-uk", "e n", "fr;de", "\xC3\xA9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        mc_languages languages;
        assert_int_equal(mc_languages_parse(&languages, wrong[i], NULL), MC_E_ARGUMENT);
        assert_null(languages.codes);
    }
}

static void checks_options(void **state) {
    (void)state;
    mc_filter *filter;
    mc_pool_options none = {0};
    assert_int_equal(mc_filter_create(&filter, &none, NULL), MC_OK);
    assert_null(filter);
    static const mc_pool_options wrong[] = {
        {.languages = ""},
        {.languages = "en;de"},
        {.lid = MC_LID_CLD2, .languages = "english"},
        {.lid = MC_LID_CLD2, .languages = "en,engl-us"},
        {.lid = MC_LID_CLD2, .languages = "e"},
        {.lid = MC_LID_CLD2, .languages = "en2"},
        {.lid = MC_LID_FASTTEXT},
        {.lid = MC_LID_FASTTEXT, .lid_model = ""},
        {.lid = MC_LID_CLD2, .lid_model = "model"},
        {.lid_model = "model"},
        {.lid = (mc_lid)7},
        {.block_hosts = ""},
        {.block_texts = ""},
    };
    const char *input = list_file("pool", "a line\n");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(mc_filter_create(&filter, &wrong[i], NULL), MC_E_ARGUMENT);
        assert_null(filter);
        mc_pool *pool;
        assert_int_equal(mc_pool_create(&pool, &input, 1, &wrong[i], NULL), MC_E_ARGUMENT);
    }
    mc_pool_options missing = {.block_hosts = scratch("missing")};
    assert_int_equal(mc_filter_create(&filter, &missing, NULL), MC_E_IO);
    mc_pool *pool;
    static const mc_pool_options right[] = {
        {.lid = MC_LID_CLD2, .languages = "en,EN-us,eng_Latn,unknown,zh-Hant"},
        {.languages = "english"}, /* where records say it so */
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_int_equal(mc_filter_create(&filter, &right[i], NULL), MC_OK);
        mc_filter_free(filter);
    }
    mc_pool_options selecting = {.languages = "en"};
    assert_int_equal(mc_pool_create(&pool, &input, 1, &selecting, NULL), MC_OK);
    assert_non_null(mc_pool_filter(pool));
    mc_pool_free(pool);
    assert_int_equal(mc_pool_create(&pool, &input, 1, &none, NULL), MC_OK);
    assert_null(mc_pool_filter(pool));
    mc_pool_free(pool);
}

/* Reads a small shard of one chunk into batch. */
static void read_batch(const char *content, const mc_pool_options *options, mc_batch *batch) {
    const char *path = list_file("shard", content);
    mc_pool *pool;
    mc_shard *shard;
    mc_parser *parser;
    mc_chunk chunk = {0};
    assert_int_equal(mc_pool_create(&pool, &path, 1, options, NULL), MC_OK);
    assert_int_equal(mc_shard_open(&shard, pool, 0, NULL), MC_OK);
    assert_int_equal(mc_parser_create(&parser, NULL), MC_OK);
    assert_int_equal(mc_shard_read(shard, &chunk, NULL), MC_OK);
    assert_int_equal(mc_shard_parse(shard, parser, &chunk, batch, NULL), MC_OK);
    mc_chunk_dispose(&chunk);
    mc_parser_free(parser);
    mc_shard_close(shard);
    mc_pool_free(pool);
}

/* Key and language of each text: "alt:en :de", say. */
static void check_tags(const mc_batch *batch, const char *expected) {
    char tags[300] = "";
    for (size_t i = 0; i < batch->n_texts; i++) {
        char code[MC_LANGUAGE_MAX + 1];
        mc_language_text(batch->texts[i].language, code);
        size_t used = strlen(tags);
        snprintf(tags + used, sizeof tags - used, "%s%s:%s", used ? " " : "",
                 mc_text_key_name(batch->texts[i].key), code);
    }
    assert_string_equal(tags, expected);
}

static void records_say_their_language(void **state) {
    (void)state;
    mc_batch batch = {0};
    mc_pool_options options = {0};
    read_batch("{\"text\":\"a\",\"language\":\"de\"}\n{\"text\":\"a\",\"lang\":\"zh-Hant\"}\n"
               "{\"TEXT\":\"a\",\"LANGUAGE\":\"fr\",\"URL\":\"http://"
               "h\"}\n{\"text\":\"a\",\"lang\":null}\n"
               "{\"text\":\"a\",\"lang\":7}\n{\"text\":\"a\",\"lang\":\"nolang\"}\n"
               "{\"text\":\"a\",\"lang\":\"much too "
               "long\"}\n{\"lang\":\"x\",\"text\":\"a\",\"language\":\"y\"}\n",
               &options, &batch);
    check_tags(&batch, ":de :zh-Hant :fr : : : : :y");
    read_batch(
        "{\"texts\":[[\"alt\",\"a\",\"en\"],[\"title\",\"b\"],[\"data-image-title\",\"c\",null],"
        "[\"other\",\"d\",\"und\"],[null,\"e\",5],\"f\"],\"lang\":\"it\"}\n"
        "{\"texts\":[[\"alt\",\"a\",\"en\",\"more\"],\"b\"]}\n",
        &options, &batch);
    check_tags(&batch, "alt:en title:it data-image-title:it :it :it :it alt:en :");
    read_batch("URL\tTEXT\tLANGUAGE\nhttp://h/\ta\tde\nhttp://h/\tb\t\nhttp://h/\tc\n", &options,
               &batch);
    check_tags(&batch, ":de : :");
    mc_pool_options named = {.lang_field = "tongue"};
    read_batch("text,lang,tongue\na,de,\"fr\"\n", &named, &batch);
    check_tags(&batch, ":fr");
    read_batch("{\"text\":\"a\",\"lang\":\"de\"}\n", &named, &batch);
    check_tags(&batch, ":");
    mc_batch_dispose(&batch);

    mc_pool *pool;
    mc_shard *shard;
    mc_error error;
    const char *path = list_file("shard", "text,lang\na,de\n");
    assert_int_equal(mc_pool_create(&pool, &path, 1, &named, NULL), MC_OK);
    assert_int_equal(mc_shard_open(&shard, pool, 0, &error), MC_E_FORMAT);
    assert_non_null(strstr(error.message, "tongue"));
    mc_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_hosts_and_what_is_below),
        cmocka_unit_test(refuses_bad_lists),
        cmocka_unit_test(finds_each_of_many_hosts),
        cmocka_unit_test(takes_out_in_order_of_reasons),
        cmocka_unit_test(blocks_whole_phrases),
        cmocka_unit_test(texts_do_not_run_together),
        cmocka_unit_test(knows_wanted_languages),
        cmocka_unit_test(checks_options),
        cmocka_unit_test(records_say_their_language),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
