/* Questions to runs while memory runs out. */
#include "failing_memory.h"

#include <jansson.h>

#include "made_run.h"
#include "no_sync.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static made_run run;
static char excluded[33], duplicate[33], names_path[1024], compared[1024];

static mc_status drop(mc_status status, char *json) {
    free(json);
    return status;
}

static mc_status compare(mc_error *error) {
    char *json;
    mc_status status = mc_audit_compare(&run.audit, NULL, compared, &json, error);
    return drop(status, json);
}

static mc_status compare_two(mc_error *error) {
    char *json;
    mc_audit_options other = run.audit;
    other.concepts = run.pool.concepts;
    mc_status status = mc_audit_compare(&run.audit, &other, NULL, &json, error);
    return drop(status, json);
}

static mc_status explain_excluded(mc_error *error) {
    char *json;
    mc_status status = mc_audit_explain_uid(&run.audit, excluded, &json, error);
    return drop(status, json);
}

static mc_status explain_duplicate(mc_error *error) {
    char *json;
    mc_status status = mc_audit_explain_uid(&run.audit, duplicate, &json, error);
    return drop(status, json);
}

static mc_status explain_text(mc_error *error) {
    char *json;
    mc_bytes text = {"entry 7 and entry 0 \xFF", 21};
    mc_status status = mc_audit_explain_text(&run.audit, text, "http://u/x", &json, error);
    return drop(status, json);
}

static mc_status ask_entry(mc_error *error) {
    char *json;
    mc_status status = mc_audit_entry(&run.audit, (mc_bytes){"entry 0", 7}, 3, &json, error);
    return drop(status, json);
}

static mc_status cover(mc_error *error) {
    char *json;
    mc_status status = mc_audit_coverage(&run.audit, names_path, &json, error);
    return drop(status, json);
}

static void questions_fail_cleanly(void **state) {
    (void)state;
    static const made_shape shape = {.n_shards = 2,
                                     .n_records = 30,
                                     .n_texts = 2,
                                     .n_images = 20,
                                     .n_captions = 20,
                                     .keep_texts = true};
    static const char names[] = "entry 1\nENTRY 2, x\nnothing\n";
    uint64_t at = random_state;
    made_pool pool;
    made_pool_init(&pool, &shape);
    mc_u128_hex(pool.texts[0].pair.uid, excluded);
    made_pool_free(&pool);
    random_state = at;
    snprintf(names_path, sizeof names_path, "%s", scratch_write("names.txt", names, 27));
    snprintf(compared, sizeof compared, "%s", scratch("compared"));
    scratch_write("out.txt", excluded, 32);
    const mc_balance_options options = {.target = MC_TARGET_THRESHOLD,
                                        .threshold = 3,
                                        .exclude = scratch("out.txt"),
                                        .n_threads = 1};
    made_run_init(&run, &shape, &options);
    drop_plainly(&run.pool, NULL, true);
    for (size_t i = 0; i < run.pool.n_texts; i++)
        if (run.pool.texts[i].duplicate)
            mc_u128_hex(run.pool.texts[i].pair.uid, duplicate);
    for (int with_list = 0; with_list < 2; with_list++) {
        run.audit.concepts = with_list ? run.pool.concepts : NULL;
        fail_each(compare, 50);
        fail_each(compare_two, 50);
        fail_each(explain_excluded, 30);
        fail_each(explain_duplicate, 30);
        fail_each(explain_text, 30);
        fail_each(ask_entry, 30);
        fail_each(cover, 30);
    }
    made_run_free(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(questions_fail_cleanly)};
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
