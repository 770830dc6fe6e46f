/* Concept lists: read in every form, friendly or hostile, written, and built from WordNet. */
#include "scratch.h"

#include <math.h>
#include <stdbool.h>
#include <zstd.h>

#include "base/buffer.h"
#include "metacurate/io.h"
#include "metacurate/metadata.h"
#include "metacurate/text.h"

#define U_FFFD "\xef\xbf\xbd"
#define BYTES(literal) (literal), sizeof(literal) - 1

static mc_list *new_list(void) {
    mc_list *list;
    assert_int_equal(mc_list_create(&list, NULL), MC_OK);
    return list;
}

static void add(mc_list *list, const char *entry, const char *source) {
    assert_int_equal(mc_list_add(list, (mc_bytes){entry, strlen(entry)}, source, NULL), MC_OK);
}

static mc_list *read_list(const void *data, size_t size) {
    mc_list *list;
    mc_error error = {0};
    mc_status status = mc_list_read(&list, scratch_write("list", data, size), &error);
    if (status != MC_OK)
        print_error("%s\n", error.message);
    assert_int_equal(status, MC_OK);
    return list;
}

static void assert_entry(const mc_list *list, size_t id, const char *data, size_t size) {
    assert_true(id < mc_list_count(list));
    mc_bytes entry = mc_list_entries(list)[id];
    assert_int_equal(entry.size, size);
    if (size > 0)
        assert_memory_equal(entry.data, data, size);
}

/* The list read from data has just these entries, without a source; NULL ends them. */
static void assert_reads(const void *data, size_t size, const char *const *expected) {
    mc_list *list = read_list(data, size);
    size_t n = 0;
    for (; expected[n]; n++) {
        assert_entry(list, n, expected[n], strlen(expected[n]));
        assert_null(mc_list_source(list, n));
    }
    assert_int_equal(mc_list_count(list), n);
    mc_list_free(list);
}

#define READS(literal, ...) assert_reads(BYTES(literal), (const char *const[]){__VA_ARGS__})

static void assert_refused(const void *data, size_t size, mc_status status, const char *words) {
    mc_list *list;
    mc_error error = {0};
    assert_int_equal(mc_list_read(&list, scratch_write("list", data, size), &error), status);
    assert_null(list);
    assert_int_equal(error.status, status);
    if (!strstr(error.message, words))
        print_error("\"%s\" lacks \"%s\"\n", error.message, words);
    assert_non_null(strstr(error.message, words));
    assert_non_null(strstr(error.file, "/list"));
}

#define REFUSES(literal, words) assert_refused(BYTES(literal), MC_E_FORMAT, words)

static void lists_grow_in_memory(void **state) {
    (void)state;
    mc_list *list = new_list();
    char source[20], entry[3000];
    memset(entry, 'e', sizeof entry);
    for (size_t i = 0; i < 5000; i++) {
        snprintf(source, sizeof source, "source %zu", i % 7);
        size_t size = i % 1000 == 0 ? 0 : i * 31 % sizeof entry;
        assert_int_equal(mc_list_add(list, (mc_bytes){entry, size}, i % 9 ? source : NULL, NULL),
                         MC_OK);
    }
    char *large = malloc(10 << 20);
    assert_non_null(large);
    memset(large, 'L', 10 << 20);
    assert_int_equal(mc_list_add(list, (mc_bytes){large, 10 << 20}, "large", NULL), MC_OK);
    add(list, "last", NULL);
    assert_int_equal(mc_list_count(list), 5002);
    for (size_t i = 0; i < 5000; i++) {
        snprintf(source, sizeof source, "source %zu", i % 7);
        assert_entry(list, i, entry, i % 1000 == 0 ? 0 : i * 31 % sizeof entry);
        if (i % 9)
            assert_string_equal(mc_list_source(list, i), source);
        else
            assert_null(mc_list_source(list, i));
    }
    assert_entry(list, 5000, large, 10 << 20);
    assert_entry(list, 5001, "last", 4);
    free(large);
    mc_list_free(list);
    mc_list_free(NULL);
}

static void numbers_come_in_order(void **state) {
    (void)state;
    mc_list *list = new_list();
    assert_int_equal(mc_list_add_numbers(list, NULL), MC_OK);
    assert_int_equal(mc_list_count(list), 100);
    assert_entry(list, 0, "0", 1);
    assert_entry(list, 9, "9", 1);
    assert_entry(list, 99, "99", 2);
    assert_string_equal(mc_list_source(list, 99), "number");
    mc_list_free(list);
}

static void json_arrays_are_read(void **state) {
    (void)state;
    READS("[]", NULL);
    READS("[\"a\"]", "a", NULL);
    READS("\xef\xbb\xbf \r\n\t[ \"a\" ,\r\n\"b c\"\n]\n", "a", "b c", NULL);
    /* Ids are positions: nothing is left out. */
    READS("[\"a\", \"\", \"a\", \" \", \"x\\ny\\r\\n\", \"\\\"\\\\\\/\\t\"]", "a", "", "a", " ",
          "x\ny\r\n", "\"\\/\t", NULL);
    READS("[\"\\u00e9\xc3\xa9\\ud83d\\ude00\xf0\x9f\x98\x80\"]",
          "\xc3\xa9\xc3\xa9\xf0\x9f\x98\x80\xf0\x9f\x98\x80", NULL);
    mc_list *list = read_list(BYTES("[\"a\\u0000b\",\"\\u0000\"]"));
    assert_entry(list, 0, "a\0b", 3);
    assert_entry(list, 1, "\0", 1);
    mc_list_free(list);
}

static void what_is_no_unicode_becomes_a_mark(void **state) {
    (void)state;
    READS("[\"\\ud800\"]", U_FFFD, NULL);
    READS("[\"\\udfffx\"]", U_FFFD "x", NULL);
    READS("[\"\\uD83Dx\\uDE00\"]", U_FFFD "x" U_FFFD, NULL);
    READS("[\"\\ud83d\\ud83d\\ude00\"]", U_FFFD "\xf0\x9f\x98\x80", NULL);
    READS("[\"\\ude00\\ud83d\"]", U_FFFD U_FFFD, NULL);
    READS("[\"\\ud83d\\n\"]", U_FFFD "\n", NULL);
    READS("[\"\\\\ud800\\\\\\ud800\"]", "\\ud800\\" U_FFFD, NULL);
    READS("[\"a\xff\", \"\xed\xa0\x80\", \"\xe2\x82\"]", "a" U_FFFD, U_FFFD U_FFFD U_FFFD, U_FFFD,
          NULL);
    READS("a\xff\nb\xc3\n", "a" U_FFFD, "b" U_FFFD, NULL);
    /* Lines are no JSON: nothing in them is an escape. */
    READS("\\ud800\n", "\\ud800", NULL);
}

static void text_has_an_entry_a_line(void **state) {
    (void)state;
    READS("", NULL);
    READS("\n\r\n  \n\t\n", NULL);
    READS("a\nb", "a", "b", NULL);
    READS("a\r\nb c\r\n\r\n \t \r\nd\n", "a", "b c", "d", NULL);
    READS("\xef\xbb\xbf"
          "a\n  b \na\n",
          "a", "  b ", "a", NULL);
    READS("a\rb\n", "a\rb", NULL);
    READS("\"a\", [\n[b\n", "\"a\", [", "[b", NULL);
    mc_list *list = read_list(BYTES("a\0b\n\0\n"));
    assert_int_equal(mc_list_count(list), 2);
    assert_entry(list, 0, "a\0b", 3);
    assert_entry(list, 1, "\0", 1);
    mc_list_free(list);
}

static void entries_that_are_no_strings_are_named(void **state) {
    (void)state;
    REFUSES("[\"a\", 1]", "entry 1 (counted from 0) is a number");
    REFUSES("[\"a\", \"b\", 1.5]", "entry 2 (counted from 0) is a number");
    REFUSES("[null]", "entry 0 (counted from 0) is null");
    REFUSES("[true]", "is true or false");
    REFUSES("[[\"a\"]]", "is an array");
    REFUSES("[{}]", "is an object");
}

static void broken_json_is_refused(void **state) {
    (void)state;
    REFUSES("[\"a\",\n\"b\"\n\"c\"]", "line 3");
    REFUSES("[\"a\"] x", "line 1");
    REFUSES("[\"a\nb\"]", "line 1");
    REFUSES("[\"a\0b\"]", "line 1");
    REFUSES("[\"\\x\"]", "line 1");
    REFUSES("[\"\\ud8\"]", "line 1");
    REFUSES("[a line of text\n", "must not begin with [");
    REFUSES("\xff\xfe[\0\"\0", "UTF-16");
    REFUSES("MCACONC\001", "name the list that it was made from");
    REFUSES("PAR1\x15\x04", "Parquet");
    REFUSES("{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "JSON lines");
    REFUSES("a\nb\0\nc\xff\n", "line 3 is no UTF-8");
    REFUSES("\xfe\xff\0[", "UTF-16");
    static const char whole[] = " [\"a\\u00e9\\ud83d\\ude00\",\"b\\\\\",\"\\ud800\"]";
    for (size_t cut = 2; cut < sizeof whole - 1; cut++)
        assert_refused(whole, cut, MC_E_FORMAT, "line 1");
    size_t depth = 1000000;
    char *nested = malloc(depth);
    assert_non_null(nested);
    memset(nested, '[', depth);
    assert_refused(nested, depth, MC_E_FORMAT, "depth");
    free(nested);
}

static void long_entries_are_taken(void **state) {
    (void)state;
    size_t size = 10 << 20;
    char *data = malloc(size + 4);
    assert_non_null(data);
    memset(data, 'x', size + 4);
    mc_list *list = read_list(data, size);
    assert_int_equal(mc_list_count(list), 1);
    assert_entry(list, 0, data, size);
    mc_list_free(list);
    memcpy(data, "[\"", 2);
    memcpy(data + size + 2, "\"]", 2);
    list = read_list(data, size + 4);
    assert_int_equal(mc_list_count(list), 1);
    assert_entry(list, 0, data + 2, size);
    mc_list_free(list);
    free(data);
}

static void compressed_lists_are_read(void **state) {
    (void)state;
    char packed[200];
    size_t size = ZSTD_compress(packed, sizeof packed, BYTES("[\"a\",\"b\"]"), 3);
    assert_false(ZSTD_isError(size));
    assert_reads(packed, size, (const char *const[]){"a", "b", NULL});
    mc_list *list;
    assert_int_equal(mc_list_read(&list, scratch_write("list", packed, size - 1), NULL),
                     MC_E_FORMAT);
    assert_int_equal(mc_list_read(&list, scratch("none"), NULL), MC_E_IO);
    assert_null(list);
}

static void written_lists_are_checked(void **state) {
    (void)state;
#define LIST(sources, entries)                                                                     \
    "{\"metacurate\":\"metadata\",\"version\":1,\"sources\":" sources ",\"entries\":" entries "}"
    mc_list *list = read_list(BYTES(LIST("[\"s\",\"t\"]", "[[\"a\",1],[\"b\",null],[\"a\",0]]")));
    assert_int_equal(mc_list_count(list), 3);
    assert_string_equal(mc_list_source(list, 0), "t");
    assert_null(mc_list_source(list, 1));
    assert_string_equal(mc_list_source(list, 2), "s");
    assert_entry(list, 2, "a", 1);
    mc_list_free(list);
    REFUSES(LIST("[\"s\"]", "[[\"a\",1]]"), "entry 0 (counted from 0) names source 1 of 1");
    REFUSES(LIST("[\"s\"]", "[[\"a\",0],[\"a\",-1]]"), "entry 1 (counted from 0) names source -1");
    REFUSES(LIST("[\"s\"]", "[[\"a\",9223372036854775807]]"), "names source");
    REFUSES(LIST("[\"s\"]", "[[\"a\",\"s\"]]"), "no [string, source]");
    REFUSES(LIST("[\"s\"]", "[[1,0]]"), "no [string, source]");
    REFUSES(LIST("[\"s\"]", "[[\"a\"]]"), "no [string, source]");
    REFUSES(LIST("[\"s\"]", "[[\"a\",0,0]]"), "no [string, source]");
    REFUSES(LIST("[\"s\"]", "[\"a\"]"), "no [string, source]");
    REFUSES(LIST("[1]", "[]"), "source 0");
    REFUSES(LIST("[\"a\\u0000\"]", "[]"), "source 0");
    REFUSES(LIST("{}", "[]"), "sources");
    REFUSES(LIST("[]", "null"), "entries");
    REFUSES("{}", "no concept list");
    REFUSES("{\"metacurate\":\"metadata\"}", "no concept list");
    REFUSES("{\"metacurate\":1,\"version\":1}", "no concept list");
    assert_refused(BYTES("{\"metacurate\":\"metadata\",\"version\":3}"), MC_E_UNSUPPORTED,
                   "version 3");
}

static void assert_equal_lists(const mc_list *a, const mc_list *b) {
    assert_int_equal(mc_list_count(a), mc_list_count(b));
    for (size_t i = 0; i < mc_list_count(a); i++) {
        assert_entry(a, i, mc_list_entries(b)[i].data, mc_list_entries(b)[i].size);
        if (mc_list_source(a, i))
            assert_string_equal(mc_list_source(a, i), mc_list_source(b, i));
        else
            assert_null(mc_list_source(b, i));
    }
}

static void written_lists_read_back(void **state) {
    (void)state;
    mc_list *list = new_list(), *again;
    add(list, "plain", "first");
    add(list, "", "second \"source\"\n");
    add(list, "with \"quotes\", \\ and\nline\r\nends\t\x01\x7f", NULL);
    add(list, "\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80", "first");
    add(list, "plain", "");
    assert_int_equal(mc_list_add(list, (mc_bytes){"a\0b", 3}, "first", NULL), MC_OK);
    assert_int_equal(mc_list_write(list, scratch("a"), NULL), MC_OK);
    assert_int_equal(mc_list_read(&again, scratch("a"), NULL), MC_OK);
    assert_equal_lists(list, again);
    assert_int_equal(mc_list_write(again, scratch("b"), NULL), MC_OK);
    size_t size_a, size_b;
    char *a = scratch_read("a", &size_a), *b = scratch_read("b", &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    static const char head[] =
        "{\"metacurate\":\"metadata\",\"version\":2,\n\"sources\":[\"first\",\"second "
        "\\\"source\\\"\\n\",\"\"],\n\"entries\":[\n[\"plain\",0,null,null],\n[\"\",1,null,null],"
        "\n";
    assert_memory_equal(a, head, sizeof head - 1);
    assert_string_equal(a + size_a - 4, "\n]}\n");
    free(a);
    free(b);
    mc_list_free(again);
    mc_list_free(list);

    list = new_list();
    assert_int_equal(mc_list_write(list, scratch("a"), NULL), MC_OK);
    assert_int_equal(mc_list_read(&again, scratch("a"), NULL), MC_OK);
    assert_int_equal(mc_list_count(again), 0);
    mc_list_free(again);
    add(list, "bad \xff", "bad \xff");
    assert_int_equal(mc_list_write(list, scratch("a"), NULL), MC_OK);
    assert_int_equal(mc_list_read(&again, scratch("a"), NULL), MC_OK);
    assert_entry(again, 0, BYTES("bad " U_FFFD));
    assert_string_equal(mc_list_source(again, 0), "bad " U_FFFD);
    mc_list_free(again);
    mc_error error = {0};
    assert_int_equal(mc_list_write(list, scratch("none/a"), &error), MC_E_IO);
    mc_list_free(list);
}

#define LIST2(about, entries)                                                                      \
    "{\"metacurate\":\"metadata\",\"version\":2,\n" about                                          \
    "\"sources\":[\"s\",\"t\"],\n\"entries\":[\n" entries "\n]}\n"

/* What is known of entries and of the whole list is kept, and written as it was. */
static void scores_and_ranks_are_kept(void **state) {
    (void)state;
    static const char whole[] =
        LIST2("\"recipe\":{\"name\":\"x\",\"share\":0.1,\"of\":[1,2.5,true,null,{}]},\n\"project\":"
              "\"en\",\n\"none\":[],\n\"inputs\":[\n{\"size\":1},\n2\n],\n",
              "[\"a\",1,30.000000000000004,7],\n[\"b\",0,1234567890123,4294967295],\n"
              "[\"c\",0,null,null],\n[\"d\",null,-0.5,null]");
    mc_list *list = read_list(BYTES(whole));
    assert_true(mc_list_score(list, 0) == 30.000000000000004);
    assert_int_equal(mc_list_rank(list, 0), 7);
    assert_true(mc_list_score(list, 1) == 1234567890123);
    assert_true(mc_list_rank(list, 1) == UINT32_MAX);
    assert_true(isnan(mc_list_score(list, 2)));
    assert_int_equal(mc_list_rank(list, 2), 0);
    assert_true(mc_list_score(list, 3) == -0.5);
    char *about;
    assert_int_equal(mc_list_about(list, &about, NULL), MC_OK);
    assert_string_equal(about,
                        "{\"recipe\":{\"name\":\"x\",\"share\":0.1,\"of\":[1,2.5,true,null,{}]},"
                        "\"project\":\"en\",\"none\":[],\"inputs\":[{\"size\":1},2]}");
    free(about);
    assert_int_equal(mc_list_write(list, scratch("a"), NULL), MC_OK);
    size_t size;
    char *written = scratch_read("a", &size);
    assert_int_equal(size, sizeof whole - 1);
    assert_memory_equal(written, whole, size);
    free(written);
    mc_list_free(list);
}

/* Documents with random bytes changed: a list or a clear refusal, and no other end. */
static void spoilt_documents_end_well(void **state) {
    (void)state;
    static const char whole[] =
        LIST("[\"s\",\"t\"]", "[[\"a\\ud83d\\ude00\",1],[\"b\\\\\",null],[\"\\u0000\",0]]");
    uint64_t random = 1;
    for (int round = 0; round < 4000; round++) {
        char spoilt[sizeof whole];
        memcpy(spoilt, whole, sizeof whole);
        for (int i = 0; i <= round % 3; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            static const char likely[] = "\"\\[]{},:0ud8\xed\xff\n";
            spoilt[(random >> 33) % (sizeof whole - 1)] =
                round % 2 ? likely[(random >> 50) % sizeof likely] : (char)(random >> 50);
        }
        mc_list *list;
        mc_error error = {0};
        mc_status status =
            mc_list_read(&list, scratch_write("list", spoilt, sizeof whole - 1), &error);
        assert_true(status == MC_OK || status == MC_E_FORMAT || status == MC_E_UNSUPPORTED);
        for (size_t i = 0; status == MC_OK && i < mc_list_count(list); i++)
            assert_true(
                mc_utf8_valid(mc_list_entries(list)[i].data, mc_list_entries(list)[i].size));
        mc_list_free(list);
    }
}

static void the_large_list_is_read(void **state) {
    (void)state;
    const char *folder = getenv("METACURATE_DATA");
    char path[1024];
    snprintf(path, sizeof path, "%s/metadata_500k.json.zst",
             folder ? folder : MC_SOURCE_DIR "/../shared/data");
    if (access(path, R_OK) != 0)
        SKIP_WITHOUT("metadata_500k.json.zst in METACURATE_DATA");
    mc_list *list, *again;
    assert_int_equal(mc_list_read(&list, path, NULL), MC_OK);
    assert_int_equal(mc_list_count(list), 500000);
    assert_entry(list, 99, "99", 2);
    assert_int_equal(mc_list_write(list, scratch("a"), NULL), MC_OK);
    assert_int_equal(mc_list_read(&again, scratch("a"), NULL), MC_OK);
    assert_equal_lists(list, again);
    mc_list_free(list);
    mc_list_free(again);
}

#define LICENCE "  1 This software and database is provided AS IS  \n  2 | and so on  \n"
#define NOUN                                                                                       \
    LICENCE                                                                                        \
    "00001740 03 n 01 entity 0 003 ~ 00001930 n 0000 | that which is  \n"                          \
    "00001930 03 n 02 Physical_Entity 0 thing 1 001 @ 00001740 n 0000 | an entity  \n"             \
    "00002137 03 n 01 St._Louis 0 000 | a city  \n"                                                \
    "00002452 03 n 0a .22_caliber 0 000 | cut to nothing  \n"                                      \
    "00002684 03 n 01 St._Paul 0 000 | cut to a name that is there  \n"                            \
    "00003553 03 n 01 'hood 0 000 | a quarter  \n"
#define VERB "00001740 29 v 04 breathe 0 take_a_breath 0 000 00 | draw air  \n"
#define ADJ                                                                                        \
    "00001740 00 a 01 able(p) 0 000 | having the means  \n"                                        \
    "00002098 00 s 01 7 0 000 | one more than six  \n"                                             \
    "00002312 00 a 01 galore(ip) 0 000 | in plenty  \n"                                            \
    "00002527 00 s 01 former(a) 0 000 | of the past  \n"                                           \
    "00002730 00 a 01 smiling(x) 0 000 | no marker that is known  \n"
#define ADV "00001740 02 r 01 ! 0 000 | a mark  \n00001981 02 r 01 Entity 0 000 | as noun  \n"

static void write_wordnet(const char *noun, size_t noun_size) {
    assert_true(mkdir(scratch("wn"), 0755) == 0 || access(scratch("wn"), X_OK) == 0);
    scratch_write("wn/data.noun", noun, noun_size);
    scratch_write("wn/data.verb", BYTES(VERB));
    scratch_write("wn/data.adj", BYTES(ADJ));
    scratch_write("wn/data.adv", BYTES(ADV));
}

static void names_are_made_from_first_lemmas(void **state) {
    (void)state;
    static const char *const expected[] = {"entity", "physical entity", "st",
                                           "'hood",  "breathe",         "able",
                                           "galore", "former",          "smiling(x)"};
    size_t n = sizeof expected / sizeof *expected, n_synsets;
    mc_list *list = new_list();
    write_wordnet(BYTES(NOUN));
    assert_int_equal(mc_list_add_numbers(list, NULL), MC_OK);
    assert_int_equal(mc_list_add_wordnet(list, scratch("wn"), &n_synsets, NULL), MC_OK);
    assert_int_equal(n_synsets, 14);
    assert_int_equal(mc_list_count(list), 100 + n);
    for (size_t i = 0; i < n; i++) {
        assert_entry(list, 100 + i, expected[i], strlen(expected[i]));
        assert_string_equal(mc_list_source(list, 100 + i), "wordnet");
    }
    /* All of it is there already. */
    assert_int_equal(mc_list_add_wordnet(list, scratch("wn"), NULL, NULL), MC_OK);
    assert_int_equal(mc_list_count(list), 100 + n);
    mc_list_free(list);
}

static void assert_no_wordnet(const char *noun, size_t size, uint64_t offset, const char *words) {
    mc_list *list = new_list();
    mc_error error = {0};
    add(list, "before", NULL);
    write_wordnet(noun, size);
    assert_int_equal(mc_list_add_wordnet(list, scratch("wn"), NULL, &error), MC_E_FORMAT);
    assert_non_null(strstr(error.file, "/wn/data.noun"));
    assert_non_null(strstr(error.message, words));
    assert_true(error.offset == offset);
    assert_int_equal(mc_list_count(list), 1);
    mc_list_free(list);
}

#define NO_WORDNET(good, bad)                                                                      \
    assert_no_wordnet(BYTES(good bad), sizeof(good) - 1, "no synset of WordNet")

static void other_files_are_refused(void **state) {
    (void)state;
    NO_WORDNET(NOUN, "\n");
    NO_WORDNET(NOUN, " \n");
    NO_WORDNET(NOUN, "0000355");
    NO_WORDNET(NOUN, "00003553 03 n 01 truncated");
    NO_WORDNET(NOUN, "00003553 03 n 01 truncated 0 000");
    NO_WORDNET(NOUN, "00003553 03 v 01 verb 0 000 | in the nouns  \n");
    NO_WORDNET(NOUN, "00003553 03 nn 01 word 0 000 | x  \n");
    NO_WORDNET(NOUN, "00003553 03 n 01  0 000 | no word  \n");
    NO_WORDNET(NOUN, "0000355x 03 n 01 word 0 000 | x  \n");
    NO_WORDNET(NOUN, "00003553\0003 n 01 word 0 000 | x  \n");
    NO_WORDNET(NOUN, "00003553 0\0 n 01 word 0 000 | x  \n");
    NO_WORDNET(NOUN, "00003553 03 n 01 w\xffrd 0 000 | x  \n");
    NO_WORDNET(NOUN, "00003553 03 n 01 word| 0 000 x  \n");
    NO_WORDNET("", "[\"json\"]");
    assert_no_wordnet(BYTES(""), MC_NONE, "holds no synset");
    assert_no_wordnet(BYTES(LICENCE), MC_NONE, "holds no synset");

    mc_list *list = new_list();
    mc_error error = {0};
    write_wordnet(BYTES(NOUN));
    assert_int_equal(unlink(scratch("wn/data.adv")), 0);
    assert_int_equal(mc_list_add_wordnet(list, scratch("wn"), NULL, &error), MC_E_IO);
    assert_non_null(strstr(error.file, "/wn/data.adv"));
    assert_int_equal(mc_list_count(list), 0);
    assert_int_equal(mc_list_add_wordnet(list, scratch("none"), NULL, &error), MC_E_IO);
    mc_list_free(list);
}

static int compare_entries(const void *a, const void *b) {
    const mc_bytes *x = a, *y = b;
    int order = memcmp(x->data, y->data, x->size < y->size ? x->size : y->size);
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

static void wordnet_gives_the_published_number_of_entries(void **state) {
    (void)state;
    const char *folder = getenv("METACURATE_WORDNET");
    if (!folder)
        folder = "/usr/share/wordnet";
    if (access(folder, X_OK) != 0)
        SKIP_WITHOUT("WordNet in METACURATE_WORDNET or /usr/share/wordnet");
    mc_list *list = new_list();
    size_t n_synsets;
    assert_int_equal(mc_list_add_numbers(list, NULL), MC_OK);
    assert_int_equal(mc_list_add_wordnet(list, folder, &n_synsets, NULL), MC_OK);
    assert_int_equal(n_synsets, 117659);
    size_t n = mc_list_count(list);
    assert_int_equal(n, 86654);
    assert_entry(list, 100, "entity", 6);
    mc_bytes *sorted = malloc(n * sizeof *sorted);
    assert_non_null(sorted);
    memcpy(sorted, mc_list_entries(list), n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_entries);
    for (size_t i = 1; i < n; i++)
        assert_int_not_equal(compare_entries(&sorted[i - 1], &sorted[i]), 0);
    free(sorted);
    mc_list_free(list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_grow_in_memory),
        cmocka_unit_test(numbers_come_in_order),
        cmocka_unit_test(json_arrays_are_read),
        cmocka_unit_test(what_is_no_unicode_becomes_a_mark),
        cmocka_unit_test(text_has_an_entry_a_line),
        cmocka_unit_test(entries_that_are_no_strings_are_named),
        cmocka_unit_test(broken_json_is_refused),
        cmocka_unit_test(long_entries_are_taken),
        cmocka_unit_test(compressed_lists_are_read),
        cmocka_unit_test(written_lists_are_checked),
        cmocka_unit_test(written_lists_read_back),
        cmocka_unit_test(scores_and_ranks_are_kept),
        cmocka_unit_test(spoilt_documents_end_well),
        cmocka_unit_test(the_large_list_is_read),
        cmocka_unit_test(names_are_made_from_first_lemmas),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(wordnet_gives_the_published_number_of_entries),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
