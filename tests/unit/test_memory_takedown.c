/* Takedowns while memory runs out: they fail as they should, leave no file half, and are made good
 * by the next. */
#include "failing_memory.h"

#include "audit/takedown/journal.h"
#include "kept_folder.h"
#include "made_run.h"
#include "no_sync.h"

static made_run run;
static char image[33], urls[512];
static kept_folder *before, *after, *pending;
static const char *const dated[] = {"changes.jsonl", NULL};

static mc_status take_down(const mc_takedown_request *request, mc_error *error) {
    char *json;
    mc_status status = mc_takedown(&run.audit, request, &json, error);
    free(json);
    return status;
}

static mc_status take_down_all(mc_error *error) {
    const char *uids[] = {image}, *hosts[] = {"example.org", "example.com"};
    const mc_takedown_request request = {
        .uids = uids, .n_uids = 1, .hosts = hosts, .n_hosts = 2, .url_file = urls};
    return take_down(&request, error);
}

/* After a failure there is a journal or no leftover, and the same once more does it all. */
static void make_good(mc_status status) {
    if (status != MC_OK && !mc_takedown_pending(scratch_folder)) {
        kept_folder *now = keep_folder();
        for (size_t i = 0; i < now->n; i++)
            assert_null(strstr(now->files[i].name, ".takedown"));
        free_kept(now);
    }
    assert_int_equal(take_down_all(NULL), MC_OK);
    assert_kept(after, dated);
}

static mc_status take_down_anew(mc_error *error) {
    armed = false;
    bring_back(before);
    armed = true;
    mc_status status = take_down_all(error);
    armed = false;
    make_good(status);
    return status;
}

static mc_status finish(mc_error *error) {
    const mc_takedown_request none = {0};
    armed = false;
    bring_back(pending);
    armed = true;
    mc_status status = take_down(&none, error);
    armed = false;
    make_good(status);
    return status;
}

static mc_status balance(mc_error *error) {
    mc_balance_result result;
    mc_balance_options options = run.options;
    char folder[512];
    snprintf(folder, sizeof folder, "%s/again", scratch_folder);
    options.folder = folder;
    mc_status status = mc_balance_run(&options, &result, error);
    if (status == MC_OK)
        mc_balance_result_dispose(&result);
    return status;
}

/* What a takedown that was killed at its journal leaves: new versions beside all as it was. */
static kept_folder *make_pending(void) {
    mc_changes changes = {0};
    json_t *log = json_load_file(scratch("changes.jsonl"), 0, NULL);
    const json_t *files = json_object_get(log, "files");
    bring_back(before);
    for (size_t i = 0; i < json_array_size(files); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(files, i), "file"));
        char path[MC_PATH_MAX];
        const kept_file *file = kept_named(after, name);
        assert_non_null(file);
        assert_int_equal(mc_changes_path(scratch_folder, name, path, NULL), MC_OK);
        scratch_write(path + strlen(scratch_folder) + 1, file->data, file->size);
        assert_int_equal(mc_changes_add(&changes, scratch_folder, name, NULL), MC_OK);
    }
    const kept_file *list = kept_named(after, "takedown.jsonl");
    scratch_write(list->name, list->data, list->size);
    changes.n_taken_down = 1;
    assert_int_equal(mc_changes_write(&changes, scratch_folder, NULL), MC_OK);
    mc_changes_dispose(&changes);
    json_decref(log);
    return keep_folder();
}

static void takedowns_fail_cleanly(void **state) {
    (void)state;
    static const made_shape shape = {2, 30, 2, 20, 20, true};
    static const char lines[] = "http://u/1\"\nhttp://u/2\"\n";
    const mc_balance_options options = {.target = MC_TARGET_THRESHOLD,
                                        .threshold = INFINITY,
                                        .n_threads = 1,
                                        .emit = MC_EMIT_TSV | MC_EMIT_DATACOMP | MC_EMIT_METACLIP};
    made_run_init(&run, &shape, &options);
    assert_int_equal(mkdir(scratch("again"), 0777), 0);
    scratch_write("again/empty", "", 0);
    mc_u128_hex(run.pool.texts[0].pair.uid, image);
    snprintf(urls, sizeof urls, "%s", scratch_write("urls", lines, strlen(lines)));
    before = keep_folder();
    assert_int_equal(take_down_all(NULL), MC_OK);
    after = keep_folder();
    pending = make_pending();
    forget(after, dated);
    fail_each(take_down_anew, 60);
    fail_each(finish, 40);
    bring_back(after);
    fail_each(balance, 40);
    free_kept(before);
    free_kept(after);
    free_kept(pending);
    made_run_free(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(takedowns_fail_cleanly)};
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
