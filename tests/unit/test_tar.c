/* Tar archives: headers of every kind, names, and what becomes of samples, whole and damaged. */
#include "pool_reading.h"

#include "made_tar.h"

static void add(mc_buffer *archive, const char *name, char type, const char *content) {
    assert_true(made_tar_add(archive, name, type, content));
}

static void numbers_of_headers(void **state) {
    (void)state;
    char block[MC_TAR_BLOCK];
    mc_tar_header header;
    static const struct {
        const char *field;
        size_t size;
        long long expected; /* -1: refused */
    } cases[] = {
        {"00000000017", 11, 15},
        {"   17 ", 6, 15},
        {"777777777777", 12, 0xFFFFFFFFF},
        {"", 0, 0},
        {"18", 2, -1},
        {"x", 1, -1},
        {"\x80\0\0\0\0\0\0\0\0\0\1\2", 12, 0x102},
        {"\x80\0\0\0\x20\0\0\0\0\0\0\0", 12, 0x2000000000000000},
        {"\x80\0\0\0\x40\0\0\0\0\0\0\0", 12, -1},
        {"\x80\1\0\0\0\0\0\0\0\0\0\0", 12, -1},
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        made_tar_header(block, "a.txt", '0', 0);
        memset(block + 124, 0, 12);
        memcpy(block + 124, cases[i].field, cases[i].size);
        made_tar_sum(block);
        const char *problem = mc_tar_read_header(block, &header);
        assert_int_equal(problem == NULL, cases[i].expected >= 0);
        assert_int_equal(mc_tar_begins(block, sizeof block), problem == NULL);
        if (!problem)
            assert_int_equal(header.size, cases[i].expected);
    }
}

static void names_of_headers(void **state) {
    (void)state;
    char block[MC_TAR_BLOCK];
    mc_tar_header header;
    made_tar_header(block, "", '0', 0);
    memset(block, 'n', 100);
    memset(block + 345, 'p', 155);
    made_tar_sum(block);
    assert_null(mc_tar_read_header(block, &header));
    assert_int_equal(strlen(header.name), 155 + 1 + 100);
    assert_int_equal(header.name[155], '/');

    memcpy(block + 257, "ustar  ", 8); /* GNU keeps other things there */
    made_tar_sum(block);
    assert_null(mc_tar_read_header(block, &header));
    assert_int_equal(strlen(header.name), 100);
    assert_true(mc_tar_begins(block, sizeof block));

    memset(block + 257, 0, 8);
    made_tar_sum(block);
    assert_null(mc_tar_read_header(block, &header));
    assert_false(mc_tar_begins(block, sizeof block));

    block[0] = (char)0xC3; /* sums of signed bytes */
    memset(block + 148, ' ', 8);
    int sum = 0;
    for (size_t i = 0; i < sizeof block; i++)
        sum += (signed char)block[i];
    snprintf(block + 148, 8, "%06o", (unsigned)sum);
    assert_null(mc_tar_read_header(block, &header));
    block[1] ^= 1;
    assert_non_null(mc_tar_read_header(block, &header));
}

static void headers_are_found(void **state) {
    (void)state;
    char data[2000];
    for (size_t at = 0; at < sizeof data; at += 123) {
        memset(data, 'u', sizeof data);
        memcpy(data + 300, "ustar ustar ustar", 17);
        if (at + MC_TAR_BLOCK <= sizeof data)
            made_tar_header(data + at, "a", '0', 3);
        size_t expected = at + MC_TAR_BLOCK <= sizeof data ? at : sizeof data;
        assert_int_equal(mc_tar_find_header(data, sizeof data), expected);
    }
    assert_int_equal(mc_tar_find_header(data, 0), 0);
    assert_int_equal(mc_tar_find_header(data, 300), 300);
}

#define RECORDS(literal)                                                                           \
    (mc_bytes) {                                                                                   \
        literal, sizeof(literal) - 1                                                               \
    }

static void pax_records(void **state) {
    (void)state;
    mc_bytes value = mc_tar_pax_value(RECORDS("10 size=5\n12 path=a\nb\n11 path=cd\n"), "path");
    assert_int_equal(value.size, 2);
    assert_memory_equal(value.data, "cd", 2);
    static const char *const broken[] = {
        "", "x", "11 path=cd", "5 path=cd\n", "99 path=\n", "11  path=c\n", "8 pathcd\n", "=\n"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_null(mc_tar_pax_value((mc_bytes){broken[i], strlen(broken[i])}, "path").data);
    assert_null(mc_tar_pax_value(RECORDS("99999999999999999999999 path=a\n"), "path").data);

    uint64_t number;
    assert_true(mc_tar_pax_number(RECORDS("8589934592"), &number));
    assert_int_equal(number, 8589934592);
    assert_false(mc_tar_pax_number(RECORDS(""), &number));
    assert_false(mc_tar_pax_number(RECORDS("-1"), &number));
    assert_false(mc_tar_pax_number(RECORDS("99999999999999999999"), &number));
}

static void keys(void **state) {
    (void)state;
    static const struct {
        const char *path, *key, *extension; /* NULL: no sample */
    } cases[] = {
        {"a.txt", "a", "txt"},
        {"d/a.b.txt", "d/a", "b.txt"},
        {"d.e/a.txt", "d.e/a", "txt"},
        {"./a.", "./a", ""},
        {"a", NULL, NULL},
        {".a.txt", NULL, NULL},
        {"d.e/a", NULL, NULL},
        {"d/.a", NULL, NULL},
        {"", NULL, NULL},
        {"__meta__/a.txt", NULL, NULL},
        {"__a__", NULL, NULL},
        {"__.txt", "__", "txt"},
        {"d.e/", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_bytes key, extension, path = {cases[i].path, strlen(cases[i].path)};
        assert_int_equal(mc_tar_split(path, &key, &extension), cases[i].key != NULL);
        if (!cases[i].key)
            continue;
        assert_int_equal(key.size, strlen(cases[i].key));
        assert_memory_equal(key.data, cases[i].key, key.size);
        assert_true(mc_tar_extension_is(extension, cases[i].extension));
    }
    assert_true(mc_tar_extension_is((mc_bytes){"JsOn", 4}, "json"));
    assert_false(mc_tar_extension_is((mc_bytes){"jso", 3}, "json"));
}

static void fill(mc_buffer *archive) {
    add(archive, "d/", '5', "");
    add(archive, "d/1.jpg", '0', "image");
    add(archive, "d/1.json", '0', "{\"caption\":\"one\",\"url\":\"http://a/1\"}");
    add(archive, "d/1.txt", '0', "unused");
    add(archive, "d/2.txt", '0', "two\xFF\n");
    add(archive, "README", '0', "between");
    add(archive, "d/2.cls", '0', "5");
    add(archive, "d/3.jpg", '0', "image");
    add(archive, "d/4.json", '0', "{\"text\":null,\"url\":\"http://a/4\"}");
    add(archive, "d/4.txt", '\0', "four");
    add(archive, "d/4.txt", '0', "again");
    add(archive, "d/5.json", '0', "{");
    add(archive, "././@LongLink", 'L', "d/6.a-long-name.json");
    add(archive, "d/6.short", '0', "image");
    add(archive, "pax", 'x', "17 path=d/6.json\n");
    add(archive, "d/7", '0', "{\"texts\":[\"six\",\"sechs\"]}");
    add(archive, "global", 'g', "17 path=d/8.json\n");
    add(archive, "d/9.json", '0', "");
}

static const char *const LOG = "0 url=http://a/1 [one]\n"
                               "1 [two\xEF\xBF\xBD\\x0A]\n"
                               "2 !no_text@6656 neither json nor txt: d/3\n"
                               "3 url=http://a/4 [four]\n"
                               "4 [again]\n"
                               "5 !bad_json@10752\n"
                               "6 [six][sechs]\n"
                               "7 !blank@16896 the line is blank\n";

static void samples_in_chunks_of_any_size(void **state) {
    (void)state;
    static const reading_limits sizes[] = {{0, 0}, {1, 1}, {7, 3}, {600, 2}, {5000, 4}};
    mc_buffer archive = {0};
    fill(&archive);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        reading r = read_bytes(archive.data, archive.size, &(mc_pool_options){0}, sizes[i]);
        assert_int_equal(r.status, MC_OK);
        assert_int_equal(r.format, MC_FORMAT_TAR);
        assert_string_equal(r.log.data, LOG);
        assert_int_equal(r.n_replaced, 1);
        reading_dispose(&r);
    }
    mc_buffer_dispose(&archive);
}

static void long_members(void **state) {
    (void)state;
    mc_buffer archive = {0};
    char long_name[70001];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    add(&archive, "1.json", '0', "{\"text\":\"a text of some length\"}");
    add(&archive, "1.txt", '0', "short");
    add(&archive, "2.txt", '0', "fits");
    add(&archive, "././@LongLink", 'L', long_name);
    add(&archive, "3.txt", '0', "fits");
    reading r = read_bytes(archive.data, archive.size, &(mc_pool_options){.max_record = 20},
                           (reading_limits){0});
    assert_string_equal(r.log.data,
                        "0 !too_long@0 the json or txt has more than 20 bytes\n"
                        "1 !bad_tar@3072 an extended header of 70000 bytes is passed over\n"
                        "2 [fits]\n3 [fits]\n");
    reading_dispose(&r);
    mc_buffer_dispose(&archive);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_headers),
        cmocka_unit_test(names_of_headers),
        cmocka_unit_test(headers_are_found),
        cmocka_unit_test(pax_records),
        cmocka_unit_test(keys),
        cmocka_unit_test(samples_in_chunks_of_any_size),
        cmocka_unit_test(long_members),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
