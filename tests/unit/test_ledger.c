/* The books of a run, and the ledger of rejects. */
#include "made_batch.h"

#include <jansson.h>

#include "match/ledger.h"

static void books_are_added_up(void **state) {
    (void)state;
    mc_totals sum = {0}, more;
    uint64_t *numbers = (uint64_t *)&more, *sums = (uint64_t *)&sum;
    size_t n = sizeof more / sizeof *numbers;
    for (size_t i = 0; i < n; i++)
        numbers[i] = i + 1;
    mc_totals_add(&sum, &more);
    mc_totals_add(&sum, &more);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(sums[i], 2 * (i + 1));
}

static void reasons_have_names(void **state) {
    (void)state;
    assert_true(MC_N_REASONS <= MC_MAX_REASONS);
    for (unsigned i = 0; i < MC_N_REASONS; i++)
        assert_string_equal(mc_reject_name(i), mc_reason_name((mc_reason)i));
    assert_null(mc_reject_name(MC_N_REASONS));
    assert_null(mc_reject_name(UINT32_MAX));
}

/* Parses the lines; the caller frees the array. */
static json_t *parse_lines(const mc_buffer *lines) {
    json_t *all = json_array();
    for (size_t at = 0; at < lines->size;) {
        const char *end = memchr(lines->data + at, '\n', lines->size - at);
        assert_non_null(end);
        json_t *line = json_loadb(lines->data + at, (size_t)(end - lines->data) - at, 0, NULL);
        assert_true(json_is_object(line));
        json_array_append_new(all, line);
        at = (size_t)(end - lines->data) + 1;
    }
    return all;
}

static void rejects_are_entered_in_the_ledger(void **state) {
    (void)state;
    mc_batch batch = {0};
    mc_buffer lines = {0};
    mc_totals totals = {0};
    const made_limits limits = {
        .n_records = 50, .n_texts = 1, .n_ids = 1, .n_entries = 1, .reject_one_in = 3};
    make_batch(&batch, &limits);
    assert_int_equal(mc_ledger_add(&lines, &totals, &batch, 1000, "a \"b\"\xC3\xA9", NULL), MC_OK);
    assert_int_equal(totals.rejected, batch.n_rejects);
    json_t *all = parse_lines(&lines);
    assert_int_equal(json_array_size(all), batch.n_rejects);
    for (size_t i = 0; i < batch.n_rejects; i++) {
        const json_t *line = json_array_get(all, i);
        assert_string_equal(json_string_value(json_object_get(line, "file")), "a \"b\"\xC3\xA9");
        assert_int_equal(json_integer_value(json_object_get(line, "record")),
                         1000 + batch.rejects[i].number);
        assert_int_equal(json_integer_value(json_object_get(line, "offset")),
                         batch.rejects[i].offset);
        assert_string_equal(json_string_value(json_object_get(line, "reason")),
                            mc_reason_name(batch.rejects[i].reason));
        assert_string_equal(json_string_value(json_object_get(line, "detail")), "detail 7");
    }
    json_decref(all);
    mc_buffer_dispose(&lines);
    mc_batch_dispose(&batch);
}

static void the_ledger_takes_a_thousand_of_each_reason(void **state) {
    (void)state;
    mc_batch batch = {0};
    mc_buffer lines = {0};
    mc_totals totals = {0};
    for (uint32_t i = 0; i < 700; i++) {
        mc_reason reason = i % 7 ? MC_REASON_BAD_JSON : MC_REASON_NO_TEXT;
        assert_int_equal(mc_batch_begin(&batch, NULL), MC_OK);
        assert_int_equal(mc_batch_reject(&batch, reason, i, NULL, "x"), MC_OK);
    }
    for (uint64_t round = 0; round < 3; round++)
        assert_int_equal(mc_ledger_add(&lines, &totals, &batch, 700 * round, "f", NULL), MC_OK);
    assert_int_equal(totals.rejected, 2100);
    assert_int_equal(totals.rejected_for[MC_REASON_BAD_JSON], 1800);
    assert_int_equal(totals.rejected_for[MC_REASON_NO_TEXT], 300);
    json_t *all = parse_lines(&lines);
    assert_int_equal(json_array_size(all), 1300);
    json_decref(all);
    mc_buffer_dispose(&lines);
    mc_batch_dispose(&batch);
}

static void a_lost_shard_has_a_line_of_its_own(void **state) {
    (void)state;
    mc_buffer lines = {0};
    assert_int_equal(mc_ledger_add_shard(&lines, "p", "cut in a caf\xC3", NULL), MC_OK);
    json_t *all = parse_lines(&lines);
    const json_t *line = json_array_get(all, 0);
    assert_string_equal(json_string_value(json_object_get(line, "reason")), "shard");
    assert_true(json_is_null(json_object_get(line, "record")));
    assert_true(json_is_null(json_object_get(line, "offset")));
    assert_string_equal(json_string_value(json_object_get(line, "detail")),
                        "cut in a caf\xEF\xBF\xBD");
    json_decref(all);
    mc_buffer_dispose(&lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(books_are_added_up),
        cmocka_unit_test(reasons_have_names),
        cmocka_unit_test(rejects_are_entered_in_the_ledger),
        cmocka_unit_test(the_ledger_takes_a_thousand_of_each_reason),
        cmocka_unit_test(a_lost_shard_has_a_line_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
