/* Lines of extract: rendered from batches, and copied without some of their texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "extract/line.h"
#include "io/json_out.h"
#include "match/work.h"
#include "random.h"

static mc_bytes bytes_of(const char *text) {
    return (mc_bytes){text, strlen(text)};
}

/* ---- JSON strings ---- */

static void put_plainly(mc_buffer *out, const unsigned char *data, size_t size) {
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    assert_int_equal(mc_buffer_append(out, "\"", 1, NULL), MC_OK);
    for (size_t i = 0; i < size; i++) {
        const char *pair = data[i] ? strchr(shorts, data[i]) : NULL;
        while (pair && (pair - shorts) % 2) /* a letter of shorts is no escape */
            pair = strchr(pair + 1, data[i]);
        if (pair)
            assert_int_equal(mc_buffer_printf(out, NULL, "\\%c", pair[1]), MC_OK);
        else if (data[i] < 0x20 || data[i] == 0x7f)
            assert_int_equal(mc_buffer_printf(out, NULL, "\\u%04x", data[i]), MC_OK);
        else
            assert_int_equal(mc_buffer_append(out, data + i, 1, NULL), MC_OK);
    }
    assert_int_equal(mc_buffer_append(out, "\"", 1, NULL), MC_OK);
}

static void strings_are_escaped_as_byte_by_byte(void **state) {
    (void)state;
    static unsigned char data[10000];
    mc_buffer plain = {0}, quick = {0};
    for (int round = 0; round < 3000; round++) {
        size_t size = round < 2900 ? random_below(200) : random_below(sizeof data);
        uint32_t odd = random_below(4); /* from none to nearly all */
        for (size_t i = 0; i < size; i++)
            data[i] = (unsigned char)(random_below(4) < odd ? random_below(256)
                                                            : 0x61 + random_below(26));
        plain.size = quick.size = 0;
        put_plainly(&plain, data, size);
        assert_int_equal(mc_json_string(&quick, (const char *)data, size, NULL), MC_OK);
        assert_int_equal(quick.size, plain.size);
        assert_memory_equal(quick.data, plain.data, plain.size);
        assert_true(mc_json_bound((const char *)data, size) >= plain.size);
    }
    mc_buffer_dispose(&plain);
    mc_buffer_dispose(&quick);
}

/* ---- lines ---- */

#define HEAD "{\"uid\":\"x\",\"uuid\":null,\"url\":\"a\\\"],\\\\\",\"page_url\":null,\"texts\":["
#define TAIL "],\"source\":{\"file\":\"f\",\"offset\":null,\"link\":null}}"

static bool drop_by_bit(void *context, uint64_t number) {
    return *(const unsigned *)context >> number & 1;
}

static void texts_are_taken_out(void **state) {
    (void)state;
    static const char *const texts[] = {"[null,\"a\",null]", "[\"alt\",\"],[\\\"\\\\\",\"en\"]",
                                        "[\"title\",\"\",null]", "[null,\"\\\\\\\\\\\"x\",\"de\"]"};
    enum { N = 4 };
    mc_buffer line = {0}, out = {0}, expected = {0};
    assert_int_equal(mc_buffer_printf(&line, NULL, HEAD "%s,%s,%s,%s" TAIL, texts[0], texts[1],
                                      texts[2], texts[3]),
                     MC_OK);
    for (unsigned drop = 0; drop < 1u << N; drop++) {
        uint64_t n_texts, n_dropped, n_left = 0;
        out.size = expected.size = 0;
        assert_int_equal(mc_buffer_append(&expected, HEAD, strlen(HEAD), NULL), MC_OK);
        for (unsigned i = 0; i < N; i++)
            if (!(drop >> i & 1))
                assert_int_equal(
                    mc_buffer_printf(&expected, NULL, "%s%s", n_left++ ? "," : "", texts[i]),
                    MC_OK);
        assert_int_equal(mc_buffer_printf(&expected, NULL, TAIL "\n"), MC_OK);
        assert_int_equal(mc_line_copy((mc_bytes){line.data, line.size}, drop_by_bit, &drop, &out,
                                      &n_texts, &n_dropped, NULL),
                         MC_OK);
        assert_int_equal(n_texts, N);
        assert_int_equal(n_dropped, N - n_left);
        assert_int_equal(out.size, n_left ? expected.size : 0);
        assert_memory_equal(out.data, expected.data, out.size);
    }
    mc_buffer_dispose(&line);
    mc_buffer_dispose(&out);
    mc_buffer_dispose(&expected);
}

/* Cut anywhere, or with a byte changed, a line is refused or gives what it holds; never more. */
static void damaged_lines_do_no_harm(void **state) {
    (void)state;
    static const char whole[] = HEAD "[\"alt\",\"a\\\"b\",\"en\"],[null,\"c\",null]" TAIL;
    mc_buffer out = {0};
    unsigned drop = 0;
    uint64_t n_texts, n_dropped;
    size_t n_refused = 0;
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        char *copy = malloc(size + 1);
        assert_non_null(copy);
        memcpy(copy, whole, size);
        out.size = 0;
        n_refused += mc_line_copy((mc_bytes){copy, size}, drop_by_bit, &drop, &out, &n_texts,
                                  &n_dropped, NULL) == MC_E_FORMAT;
        free(copy);
    }
    assert_true(n_refused > strlen(HEAD));
    for (int round = 0; round < 20000; round++) {
        char copy[sizeof whole];
        memcpy(copy, whole, sizeof whole);
        copy[random_below(sizeof whole - 1)] = (char)random_below(256);
        drop = random_below(4);
        out.size = 0;
        mc_status status = mc_line_copy((mc_bytes){copy, sizeof whole - 1}, drop_by_bit, &drop,
                                        &out, &n_texts, &n_dropped, NULL);
        assert_true(status == MC_OK || status == MC_E_FORMAT);
        assert_true(out.size <= sizeof whole);
    }
    mc_buffer_dispose(&out);
}

/* ---- too much for a block ---- */

static void add_record(mc_batch *batch, size_t n_texts, mc_bytes text) {
    assert_int_equal(mc_batch_begin(batch, NULL), MC_OK);
    assert_int_equal(mc_batch_valid_url(batch, bytes_of("http://h/"), NULL), MC_OK);
    for (size_t i = 0; i < n_texts; i++)
        assert_int_equal(mc_batch_valid_text(batch, text, NULL), MC_OK);
    assert_int_equal(mc_batch_end(batch, NULL, NULL, NULL, NULL), MC_OK);
}

static void too_many_texts_cost_their_record(void **state) {
    (void)state;
    mc_batch batch = {0};
    add_record(&batch, 3, bytes_of("a"));
    assert_int_equal(mc_batch_begin(&batch, NULL), MC_OK);
    assert_int_equal(mc_batch_reject(&batch, MC_REASON_BAD_JSON, 7, NULL, "bad"), MC_OK);
    assert_int_equal(mc_batch_bound(&batch, 100, NULL), MC_OK);
    assert_int_equal(batch.n_records, 1);
    add_record(&batch, MC_BLOCK_TEXTS_MAX, bytes_of(""));
    add_record(&batch, 1, bytes_of("b"));
    assert_int_equal(mc_batch_bound(&batch, 100, NULL), MC_OK);
    assert_int_equal(batch.n_records, 1);
    assert_int_equal(batch.n_texts, 3);
    assert_int_equal(batch.n_rejects, 3);
    assert_int_equal(batch.n_numbers, 4);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(batch.rejects[i].number, i + 1);
    assert_int_equal(batch.rejects[1].reason, MC_REASON_TOO_LONG);
    assert_int_equal(batch.rejects[1].offset, 100);
    mc_totals totals = {0};
    mc_batch_count(&totals, &batch);
    assert_int_equal(totals.records, totals.read + batch.n_rejects);
    mc_batch_dispose(&batch);
}

static void too_many_bytes_cost_their_record(void **state) {
    (void)state;
    mc_batch batch = {0};
    size_t size = 1 << 20;
    char *text = calloc(size, 1);
    assert_non_null(text);
    memset(text, 'x', size);
    add_record(&batch, 2, (mc_bytes){text, size});
    add_record(&batch, (MC_BLOCK_BYTES_MAX >> 20) + 1, (mc_bytes){text, size});
    free(text);
    assert_int_equal(mc_batch_bound(&batch, 0, NULL), MC_OK);
    assert_int_equal(batch.n_records, 1);
    assert_int_equal(batch.n_texts, 2);
    assert_int_equal(mc_batch_reject_all(&batch, 5, NULL), MC_OK);
    assert_int_equal(batch.n_records, 0);
    assert_int_equal(batch.n_texts, 0);
    assert_int_equal(batch.n_rejects, 2);
    assert_int_equal(batch.rejects[0].number, 0);
    mc_batch_dispose(&batch);
}

static void long_urls_of_pages_count_with_every_image(void **state) {
    (void)state;
    mc_batch batch = {0};
    for (int i = 0; i < 300; i++) {
        add_record(&batch, 1, bytes_of("a"));
        batch.records[i].page_size = 1 << 20;
        batch.records[i].source = 77;
    }
    assert_int_equal(mc_batch_bound(&batch, 0, NULL), MC_OK);
    assert_in_range(batch.n_records, 200, (MC_BLOCK_BYTES_MAX >> 20));
    assert_int_equal(batch.n_rejects, 300 - batch.n_records);
    assert_int_equal(batch.rejects[0].offset, 77);
    mc_batch_dispose(&batch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_escaped_as_byte_by_byte),
        cmocka_unit_test(texts_are_taken_out),
        cmocka_unit_test(damaged_lines_do_no_harm),
        cmocka_unit_test(too_many_texts_cost_their_record),
        cmocka_unit_test(too_many_bytes_cost_their_record),
        cmocka_unit_test(long_urls_of_pages_count_with_every_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
