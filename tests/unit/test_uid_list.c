/* Lists of uids: plain, from subsets, compressed, long, and what is none. */
#include "scratch.h"

#include <zstd.h>

#include "balance/uid_list.h"
#include "base/buffer.h"
#include "no_sync.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

typedef struct uid_log {
    mc_u128 uids[5000];
    size_t n, fail_at;
} uid_log;

static mc_status log_uid(void *context, mc_u128 uid, const json_t *object, mc_error *error) {
    uid_log *log = context;
    if (object)
        assert_true(json_is_string(json_object_get(object, "uid")));
    if (log->n == log->fail_at)
        return mc_fail(error, MC_E_LIMIT, "enough");
    log->uids[log->n++] = uid;
    return MC_OK;
}

static uid_log uids;

static mc_status read_uids(const void *data, size_t size, mc_error *error) {
    uids.n = 0;
    uids.fail_at = SIZE_MAX;
    unlink(scratch("uids"));
    return mc_uid_list_read(scratch_write("uids", data, size), log_uid, &uids, error);
}

static void uids_are_read_in_every_form(void **state) {
    (void)state;
    static const char list[] =
        "00112233445566778899aabbccddeeff\n"
        "\n"
        "  00112233-4455-6677-8899-AABBCCDDEEFF \r\n"
        "{\"uid\":\"00112233445566778899aabbccddeeff\",\"text\":\"x\\u0000y\",\"key\":1.5}\n"
        "\t{\"key\": 2, \"uid\": \"0123456789abcdef01234567\"}\t\n"
        "0123456789abcdef01234567";
    const mc_u128 full = {0x0011223344556677, 0x8899aabbccddeeff};
    const mc_u128 cut = {0x01234567, 0x89abcdef01234567};
    assert_int_equal(read_uids(list, strlen(list), NULL), MC_OK);
    assert_int_equal(uids.n, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(mc_u128_equal(uids.uids[i], i < 3 ? full : cut));
    assert_int_equal(read_uids("", 0, NULL), MC_OK);
    assert_int_equal(uids.n, 0);
    char packed[1000];
    size_t n = ZSTD_compress(packed, sizeof packed, list, strlen(list), 3);
    assert_int_equal(read_uids(packed, n, NULL), MC_OK);
    assert_int_equal(uids.n, 5);
}

static void long_lists_are_read_in_pieces(void **state) {
    (void)state;
    mc_buffer list = {0};
    for (uint64_t i = 0; i < 5000; i++) {
        char uid[33];
        mc_u128_hex((mc_u128){i, ~i}, uid);
        assert_int_equal(mc_buffer_printf(&list, NULL, "{\"text\":\"%0*d\",\"uid\":\"%s\"}\n",
                                          (int)(i % 1500), 1, uid),
                         MC_OK);
    }
    assert_true(list.size > 3 << 20);
    assert_int_equal(read_uids(list.data, list.size, NULL), MC_OK);
    assert_int_equal(uids.n, 5000);
    for (uint64_t i = 0; i < 5000; i++)
        assert_true(mc_u128_equal(uids.uids[i], (mc_u128){i, ~i}));
    mc_buffer_dispose(&list);
}

static void lines_that_are_no_uids_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *line;
        size_t size;
    } cases[] = {
        {"nothing", 7},
        {"0123", 4},
        {"{\"uid\":7}", 9},
        {"{\"id\":\"0123456789abcdef01234567\"}", 34},
        {"{\"uid\":\"0123456789abcdef0123456\"}", 34},
        {"{\"uid\":", 7},
        {"0123456789abcdef01234567 x", 26},
        {"0123456789abcdef01234567\0", 25},
        {"\0\0\0", 3},
        {"\x00", 1},
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        char list[200] = "00112233445566778899aabbccddeeff\n\n";
        mc_error error = {0};
        memcpy(list + 34, cases[i].line, cases[i].size);
        list[34 + cases[i].size] = '\n';
        if (read_uids(list, 35 + cases[i].size, &error) != MC_E_FORMAT)
            fail_msg("\"%s\" was taken as a uid", cases[i].line);
        assert_int_equal(uids.n, 1);
        assert_string_equal(error.file, scratch("uids"));
        assert_int_equal(error.record, 2);
        assert_int_equal(error.offset, 34);
    }
    mc_error error = {0};
    assert_int_equal(mc_uid_list_read(scratch("no-list"), log_uid, &uids, &error), MC_E_IO);
    uids.n = uids.fail_at = 0;
    scratch_write("uids", "0123456789abcdef01234567", 24);
    assert_int_equal(mc_uid_list_read(scratch("uids"), log_uid, &uids, &error), MC_E_LIMIT);
}

static void endless_lines_are_refused(void **state) {
    (void)state;
    size_t size = (64u << 20) + (2u << 20);
    char *line = malloc(size);
    assert_non_null(line);
    memset(line, 'a', size);
    size_t bound = ZSTD_compressBound(size);
    char *packed = malloc(bound);
    assert_non_null(packed);
    size_t n = ZSTD_compress(packed, bound, line, size, 1);
    mc_error error = {0};
    assert_int_equal(read_uids(packed, n, &error), MC_E_LIMIT);
    assert_string_equal(error.file, scratch("uids"));
    free(line);
    free(packed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uids_are_read_in_every_form),
        cmocka_unit_test(long_lists_are_read_in_pieces),
        cmocka_unit_test(lines_that_are_no_uids_are_refused),
        cmocka_unit_test(endless_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
