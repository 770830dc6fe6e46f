/* The report's document against the plain way over made-up pools, and what it is without memory;
 * all of its figures are recomputed by tests/cli/test_report.py. */
#include "made_run.h"

#include <jansson.h>

#include "audit/report.h"
#include "metacurate/io.h"

static const made_shape shape = {3, 300, 3, 150, 90, true};
static const mc_balance_options at_12 = {
    .target = MC_TARGET_THRESHOLD, .threshold = 12, .n_threads = 1};

/* ---- asking ---- */

static json_t *report_on(const made_run *run) {
    mc_error error = {0};
    if (mc_audit_report(&run->audit, NULL, MC_REPORT_JSON, &error) != MC_OK)
        fail_msg("%s", error.message);
    json_t *report = json_load_file(scratch("report.json"), 0, NULL);
    assert_true(json_is_object(report));
    return report;
}

static const json_t *at(const json_t *document, const char *part, const char *key) {
    return json_object_get(json_object_get(document, part), key);
}

static uint64_t number(const json_t *value) {
    assert_true(json_is_integer(value));
    return (uint64_t)json_integer_value(value);
}

static uint64_t item(const json_t *array, size_t i) {
    return number(json_array_get(array, i));
}

static uint64_t sum_of(const uint64_t *counts) {
    uint64_t sum = 0;
    for (uint32_t id = 0; id < MADE_ENTRIES; id++)
        sum += counts[id];
    return sum;
}

/* The balance of the run in the plainest way. */
static plain_result balance_plainly(made_run *run, double t) {
    plain_result plain;
    drop_plainly(&run->pool, NULL, true);
    count_plainly(&run->pool, &plain);
    key_plainly(&run->pool, plain.counts, run->options.seed);
    keep_plainly(&run->pool, t, &plain);
    sum_plainly(&run->pool, plain.counts, &plain);
    return plain;
}

/* ---- figures ---- */

static void check_sizes(made_run *run, const json_t *report, double t) {
    const json_t *sizes = json_object_get(report, "sizes"), *ts = json_object_get(sizes, "t");
    bool has_own = isinf(t) != 0;
    for (size_t i = 0; i < json_array_size(ts); i++) {
        double threshold = json_number_value(json_array_get(ts, i));
        plain_result plain = balance_plainly(run, threshold);
        double expected = json_number_value(json_array_get(json_object_get(sizes, "expected"), i));
        double spread = json_number_value(json_array_get(json_object_get(sizes, "deviation"), i));
        assert_true(i == 0 || threshold > json_number_value(json_array_get(ts, i - 1)));
        assert_int_equal(item(json_object_get(sizes, "realised"), i), plain.n_kept);
        assert_true(fabs(expected - plain.expected_size) <= 1e-9 * expected);
        assert_true(fabs(spread - plain.expected_deviation) <= 1e-6);
        has_own |= threshold == t;
    }
    assert_true(has_own);
}

static void check_rows(const plain_result *plain, const json_t *report, bool balanced) {
    const json_t *rows = at(report, "entries", "top_before");
    uint64_t before = UINT64_MAX;
    assert_int_equal(json_array_size(rows), 50);
    for (size_t i = 0; i < 50; i++) {
        const json_t *row = json_array_get(rows, i);
        uint64_t id = number(json_object_get(row, "id"));
        char string[40];
        made_entry((uint32_t)id, string);
        assert_string_equal(json_string_value(json_object_get(row, "entry")), string);
        assert_int_equal(number(json_object_get(row, "before")), plain->counts[id]);
        assert_true(plain->counts[id] <= before);
        before = plain->counts[id];
        if (balanced)
            assert_int_equal(number(json_object_get(row, "after")), plain->counts_after[id]);
        else
            assert_true(json_is_null(json_object_get(row, "after")));
    }
}

static void figures_are_those_of_the_plain_way(void **state) {
    (void)state;
    static const mc_balance_options asked[] = {
        {.target = MC_TARGET_THRESHOLD, .threshold = 12, .n_threads = 1},
        {.target = MC_TARGET_THRESHOLD, .threshold = 3.25, .seed = 5, .n_threads = 1},
        {.target = MC_TARGET_THRESHOLD, .threshold = INFINITY, .n_threads = 1},
        {.target = MC_TARGET_COUNTS, .n_threads = 1}};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        made_run run;
        bool balanced = asked[i].target != MC_TARGET_COUNTS;
        double t = balanced ? asked[i].threshold : INFINITY;
        made_run_init(&run, &shape, &asked[i]);
        json_t *report = report_on(&run);
        plain_result plain = balance_plainly(&run, t);
        assert_int_equal(number(at(report, "counts", "matches_before")), sum_of(plain.counts));
        assert_int_equal(json_array_size(json_object_get(report, "sources")), 1);
        check_rows(&plain, report, balanced);
        if (balanced) {
            assert_int_equal(number(at(report, "counts", "matches_after")),
                             sum_of(plain.counts_after));
            assert_int_equal(number(at(report, "check", "kept")), plain.n_kept);
            assert_int_equal(number(at(report, "check", "differ")), 0);
        } else {
            assert_true(json_is_null(json_object_get(report, "check")));
            assert_true(json_is_null(at(report, "ranks", "after")));
        }
        check_sizes(&run, report, t);
        json_decref(report);
        made_run_free(&run);
    }
}

static void sources_stand_in_the_order_of_their_entries(void **state) {
    (void)state;
    static const char *const names[] = {"later", "never", "first"};
    uint16_t of[MADE_ENTRIES];
    made_run run;
    made_run_init(&run, &shape, &at_12);
    for (uint32_t id = 0; id < MADE_ENTRIES; id++)
        of[id] = id < 10 ? 2 : id % 2 ? 0 : UINT16_MAX;
    of[20] = 3; /* there is none, either */
    const mc_audit_sources sources = {names, 3, of};
    run.audit.sources = &sources;
    json_t *report = report_on(&run);
    const json_t *rows = json_object_get(report, "sources");
    uint64_t entries = 0, before = 0;
    assert_int_equal(json_array_size(rows), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *row = json_array_get(rows, i), *name = json_object_get(row, "source");
        const char *expected = i == 0 ? "first" : i == 1 ? NULL : "later";
        assert_true(expected ? strcmp(json_string_value(name), expected) == 0 : json_is_null(name));
        entries += number(json_object_get(row, "entries"));
        before += number(json_object_get(row, "before"));
    }
    assert_int_equal(entries, MADE_ENTRIES);
    assert_int_equal(before, number(at(report, "counts", "matches_before")));
    json_decref(report);
    made_run_free(&run);
}

/* ---- thresholds ---- */

static void thresholds_hold_the_run_s_once(void **state) {
    (void)state;
    static const double own[] = {0.25, 1, 3, 7.5, 500, 1000, 5000, INFINITY};
    static const size_t places[] = {0, 0, 2, 3, 8, 9, 10, SIZE_MAX};
    uint64_t counts[] = {3, 999, 0, 70};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        double t[MC_REPORT_THRESHOLDS_MAX];
        mc_audited a = {.counts = counts, .balanced = true, .selection = {.threshold = own[i]}};
        a.set.n_entries = 4;
        size_t n = mc_report_thresholds(&a, t);
        bool known = own[i] == 1 || own[i] == 500 || own[i] == 1000 || isinf(own[i]);
        assert_int_equal(n, known ? 10 : 11);
        for (size_t k = 1; k < n; k++)
            assert_true(t[k] > t[k - 1]);
        if (places[i] != SIZE_MAX)
            assert_true(t[places[i]] == own[i]);
        a.balanced = false;
        assert_int_equal(mc_report_thresholds(&a, t), 10);
        assert_true(t[9] == 1000);
    }
}

/* ---- memory, and files ---- */

static size_t n_left; /* allocations until one fails */

static void *fail_at_last(size_t size) {
    return n_left-- == 0 ? NULL : malloc(size);
}

/* A document from which something is missing is none. */
static void each_lost_allocation_is_noticed(void **state) {
    (void)state;
    made_run run;
    mc_audited a;
    double t[MC_REPORT_THRESHOLDS_MAX];
    mc_survey survey = {.thresholds = t};
    mc_status status = MC_E_MEMORY;
    json_t *report = NULL;
    size_t n = 0;
    made_run_init(&run, &shape, &at_12);
    assert_int_equal(mc_audited_open(&a, &run.audit, NULL), MC_OK);
    survey.n_thresholds = mc_report_thresholds(&a, t);
    assert_int_equal(mc_survey_run(&survey, &a, NULL), MC_OK);
    for (; status != MC_OK; n += n < 2000 ? 1 : 97) {
        n_left = n;
        json_set_alloc_funcs(fail_at_last, free);
        status = mc_report_build(&a, &survey, &report, NULL);
        json_set_alloc_funcs(malloc, free);
        if (n_left < SIZE_MAX / 2) /* none failed */
            assert_int_equal(status, MC_OK);
        else
            assert_int_equal(status, MC_E_MEMORY);
        assert_true((report != NULL) == (status == MC_OK));
    }
    assert_true(n > 5000);
    json_decref(report);
    mc_survey_dispose(&survey);
    mc_audited_dispose(&a);
    made_run_free(&run);
}

static void forms_are_written_where_they_are_asked_for(void **state) {
    (void)state;
    made_run run;
    made_run_init(&run, &shape, &at_12);
    const char *folder = scratch("other");
    assert_int_equal(mc_audit_report(&run.audit, folder, MC_REPORT_JSON, NULL), MC_E_IO);
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_int_equal(mc_audit_report(&run.audit, folder, MC_REPORT_JSON, NULL), MC_OK);
    assert_int_equal(access(scratch("other/report.json"), F_OK), 0);
    assert_int_not_equal(access(scratch("report.json"), F_OK), 0);
    assert_int_equal(mc_audit_report(&run.audit, NULL, MC_REPORT_CARD, NULL), MC_OK);
    assert_int_equal(access(scratch("card.md"), F_OK), 0);
    assert_int_not_equal(access(scratch("report.json"), F_OK), 0);
    made_run_free(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_the_plain_way),
        cmocka_unit_test(sources_stand_in_the_order_of_their_entries),
        cmocka_unit_test(thresholds_hold_the_run_s_once),
        cmocka_unit_test(each_lost_allocation_is_noticed),
        cmocka_unit_test(forms_are_written_where_they_are_asked_for),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
