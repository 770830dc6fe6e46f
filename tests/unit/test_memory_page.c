/* Pages while memory runs out. */
#include "failing_memory.h"

#include "made_report.h"
#include "no_sync.h"

static json_t *report, *comparison;

static mc_status write_report(mc_error *error) {
    return made_page_write(report, &made_rows, scratch_folder, error);
}

static mc_status write_comparison(mc_error *error) {
    return mc_page_write_comparison(comparison, scratch_folder, error);
}

static void report_without_memory(void **state) {
    (void)state;
    report = made_document(made_report_text);
    fail_each(write_report, 40);
    json_decref(report);
}

static void comparison_without_memory(void **state) {
    (void)state;
    comparison = made_document(made_comparison_text);
    fail_each(write_comparison, 10);
    json_decref(comparison);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_without_memory),
        cmocka_unit_test(comparison_without_memory),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
