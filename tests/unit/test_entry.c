/* What is told of an entry, and which class names are entries, against the plain pool. */
#include "made_run.h"
#include "no_sync.h"

#include "answers.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static const made_shape shape = {.n_shards = 3,
                                 .n_records = 200,
                                 .n_texts = 3,
                                 .n_images = 150,
                                 .n_captions = 120,
                                 .keep_texts = true};

static int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
}

static void begin(made_run *run, plain_result *plain, const mc_balance_options *options) {
    made_run_init(run, &shape, options);
    drop_plainly(&run->pool, NULL, options->dedup == MC_DEDUP_PAIR);
    count_plainly(&run->pool, plain);
    key_plainly(&run->pool, plain->counts, options->seed);
    if (options->target == MC_TARGET_THRESHOLD)
        keep_plainly(&run->pool, options->threshold, plain);
    for (size_t i = 0; i < run->pool.n_texts; i++)
        for (uint32_t k = 0; run->pool.texts[i].kept && k < run->pool.texts[i].n_ids; k++)
            plain->counts_after[run->pool.texts[i].ids[k]]++;
}

static json_t *ask(const made_run *run, uint32_t id, size_t n_samples) {
    char string[40], *json;
    mc_error error = {0};
    mc_status status =
        mc_audit_entry(&run->audit, made_entry(id, string), n_samples, &json, &error);
    return answer_document(status, json, &error);
}

/* ---- samples ---- */

static int compare_hashes(const void *a, const void *b) {
    const made_text *x = *(const made_text *const *)a, *y = *(const made_text *const *)b;
    uint64_t i = XXH3_64bits_withSeed(x->identity, MC_IDENTITY_SIZE, 0x73616d70);
    uint64_t j = XXH3_64bits_withSeed(y->identity, MC_IDENTITY_SIZE, 0x73616d70);
    if (i != j)
        return i < j ? -1 : 1;
    return (x > y) - (x < y);
}

static bool holds(const made_text *t, uint32_t id) {
    for (uint32_t k = 0; k < t->n_ids; k++)
        if (t->ids[k] == id)
            return true;
    return false;
}

static void check_samples(const made_run *run, uint32_t id, const json_t *rows, bool kept,
                          size_t n_samples) {
    const made_pool *pool = &run->pool;
    const made_text **of = calloc(pool->n_texts + 1, sizeof *of);
    size_t n = 0;
    assert_non_null(of);
    for (size_t i = 0; i < pool->n_texts; i++)
        if (takes_part(&pool->texts[i]) && pool->texts[i].kept == kept &&
            holds(&pool->texts[i], id))
            of[n++] = &pool->texts[i];
    qsort(of, n, sizeof *of, compare_hashes);
    assert_int_equal(json_array_size(rows), n < n_samples ? n : n_samples);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        char hex[33];
        mc_u128_hex(of[i]->pair.uid, hex);
        assert_string_equal(text_of(row, "shard"), pool->names[of[i]->shard]);
        assert_int_equal(number_of(row, "record"), of[i]->record);
        assert_int_equal(number_of(row, "text_number"), of[i]->number);
        assert_string_equal(text_of(row, "uid"), hex);
        assert_string_equal(text_of(row, "text"), of[i]->caption);
        if (of[i]->url[0])
            assert_string_equal(text_of(row, "url"), of[i]->url);
        else
            assert_true(is_null(row, "url"));
        assert_true(real_of(row, "key") == of[i]->key);
    }
    free(of);
}

/* ---- entries ---- */

static uint64_t plain_rank(const plain_result *plain, uint32_t id) {
    uint64_t rank = 1;
    for (uint32_t other = 0; other < MADE_ENTRIES; other++)
        rank += plain->counts[other] > plain->counts[id] ||
                (plain->counts[other] == plain->counts[id] && other < id);
    return rank;
}

static void check_entry(const made_run *run, const plain_result *plain, uint32_t id,
                        size_t n_samples) {
    char string[40];
    double sum = 0, sum_after = 0;
    uint32_t first = id < MADE_ENTRIES - 3 ? id : id - (MADE_ENTRIES - 3);
    json_t *document = ask(run, id, n_samples);
    for (uint32_t i = 0; i < MADE_ENTRIES; i++) {
        sum += (double)plain->counts[i];
        sum_after += (double)plain->counts_after[i];
    }
    made_entry(id, string);
    assert_string_equal(text_of(document, "metacurate"), "entry");
    assert_int_equal(number_of(document, "id"), first);
    assert_string_equal(text_of(document, "entry"), string);
    assert_true(is_null(document, "source"));
    assert_true(json_is_false(get(document, "dead")));
    assert_int_equal(number_of(document, "before"), plain->counts[id]);
    assert_true(real_of(document, "share_before") == (double)plain->counts[id] / sum);
    if (plain->counts[id] > 0)
        assert_int_equal(number_of(document, "rank"), plain_rank(plain, first));
    else
        assert_true(is_null(document, "rank"));
    if (run->options.target == MC_TARGET_THRESHOLD) {
        double share = (double)plain->counts_after[id] / sum_after;
        assert_int_equal(number_of(document, "after"), plain->counts_after[id]);
        assert_true(real_of(document, "share_after") == share);
        assert_true(real_of(document, "p") ==
                    fmin(1, plain->threshold / (double)plain->counts[id]));
    } else {
        assert_true(is_null(document, "after") && is_null(document, "share_after"));
        assert_true(is_null(document, "p"));
    }
    check_samples(run, id, get(document, "kept"), true, n_samples);
    check_samples(run, id, get(document, "not_kept"), false, n_samples);
    json_decref(document);
}

static void entries_are_told_of(void **state) {
    (void)state;
    static const mc_balance_options options[] = {
        {.target = MC_TARGET_THRESHOLD, .threshold = 6, .seed = 5},
        {.target = MC_TARGET_THRESHOLD, .threshold = 9, .dedup = MC_DEDUP_NONE},
        {.target = MC_TARGET_COUNTS}};
    for (size_t i = 0; i < N_OF(options); i++) {
        made_run run;
        plain_result plain;
        begin(&run, &plain, &options[i]);
        for (uint32_t id = 0; id < MADE_ENTRIES; id += id < 20 ? 1 : 19) {
            run.audit.n_threads = 1 + id % 3;
            check_entry(&run, &plain, id, id % 5 ? id % 7 : 1000);
        }
        made_run_free(&run);
    }
}

static void entries_that_are_not_there_are_refused(void **state) {
    (void)state;
    const mc_balance_options options = {.target = MC_TARGET_COUNTS};
    static const char *const wrong[] = {"", "entry", "Entry 5", "entry 5 ", "entry 500"};
    made_run run;
    plain_result plain;
    char *json;
    mc_error error = {0};
    begin(&run, &plain, &options);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < N_OF(wrong); i++) {
            mc_bytes entry = {wrong[i], strlen(wrong[i])};
            assert_int_equal(mc_audit_entry(&run.audit, entry, 3, &json, &error), MC_E_ARGUMENT);
            assert_null(json);
        }
        assert_int_equal(strstr(error.message, "give the concept list") != NULL, round);
        run.audit.concepts = NULL;
    }
    assert_int_equal(mc_audit_entry(&run.audit, (mc_bytes){"entry 5", 7}, 10001, &json, &error),
                     MC_E_ARGUMENT);
    made_run_free(&run);
}

/* ---- class names ---- */

static json_t *cover(const made_run *run, const char *names, size_t size) {
    char *json;
    mc_error error = {0};
    scratch_write("names.txt", names, size);
    mc_status status = mc_audit_coverage(&run->audit, scratch("names.txt"), &json, &error);
    return answer_document(status, json, &error);
}

/* A class name, with $ for the id of a frequent entry and & for that of a rare one. */
typedef struct covered {
    const char *name, *by;
    char entry; /* $ or & */
} covered;

typedef struct two_entries {
    uint32_t frequent, rare;
} two_entries;

static two_entries choose_entries(const plain_result *plain) {
    two_entries e = {10, 10};
    for (uint32_t id = 10; id < MADE_ENTRIES - 3; id++) {
        if (plain->counts[id] > plain->counts[e.frequent])
            e.frequent = id;
        if (plain->counts[id] > 0 && plain->counts[id] < plain->counts[e.rare])
            e.rare = id;
    }
    assert_true(plain->counts[e.frequent] > plain->counts[e.rare]);
    return e;
}

static void put_name(mc_buffer *out, const char *name, two_entries e) {
    for (; *name; name++) {
        if (*name == '$' || *name == '&')
            assert_int_equal(mc_buffer_printf(out, NULL, "%u", *name == '$' ? e.frequent : e.rare),
                             MC_OK);
        else
            assert_int_equal(mc_buffer_append(out, name, 1, NULL), MC_OK);
    }
}

static void check_class(const made_run *run, const plain_result *plain, const json_t *row,
                        const covered *expected, two_entries e) {
    mc_buffer name = {0};
    put_name(&name, expected->name, e);
    assert_int_equal(json_string_length(get(row, "class")), name.size);
    assert_memory_equal(text_of(row, "class"), name.data, name.size);
    mc_buffer_dispose(&name);
    if (!expected->by) {
        assert_true(is_null(row, "by") && is_null(row, "entry") && is_null(row, "id"));
        assert_int_equal(number_of(row, "before"), 0);
        return;
    }
    char string[40];
    uint32_t id = expected->entry == '$' ? e.frequent : e.rare;
    made_entry(id, string);
    assert_string_equal(text_of(row, "by"), expected->by);
    assert_string_equal(text_of(row, "entry"), string);
    assert_int_equal(number_of(row, "id"), id);
    assert_int_equal(number_of(row, "before"), plain->counts[id]);
    if (run->options.target == MC_TARGET_COUNTS)
        assert_true(is_null(row, "after") && is_null(row, "p"));
    else
        assert_int_equal(number_of(row, "after"), plain->counts_after[id]);
}

static void class_names_are_covered(void **state) {
    (void)state;
    static const covered expected[] = {
        {"entry &", "name", '&'},
        {"# entry &", NULL, 0},
        {"entry &, entry $", "part", '$'},
        {"nothing, entry &, entry $, entry", "part", '$'},
        {"nothing, entry &, ENTRY $", "part", '&'},
        {"ENTRY &, x", "case", '&'},
        {"eNtry &, Entry $", "case", '$'},
        {"entry $,entry &", NULL, 0},
        {"Entry $", "case", '$'},
        {"entry &", "name", '&'},
    };
    static const char *const ends[] = {"\r\n", "\n", "\n\n \t\n", "\t \n", ""};
    static const mc_target targets[] = {MC_TARGET_THRESHOLD, MC_TARGET_COUNTS};
    for (size_t round = 0; round < N_OF(targets); round++) {
        const mc_balance_options options = {.target = targets[round], .threshold = 6};
        made_run run;
        plain_result plain;
        mc_buffer names = {0};
        begin(&run, &plain, &options);
        two_entries e = choose_entries(&plain);
        put_name(&names, "\xEF\xBB\xBF", e);
        for (size_t i = 0; i < N_OF(expected); i++) {
            put_name(&names, expected[i].name, e);
            put_name(&names, ends[i + 1 < N_OF(expected) ? i % 4 : 4], e);
        }
        json_t *document = cover(&run, names.data, names.size);
        const json_t *rows = get(document, "rows");
        assert_string_equal(text_of(document, "metacurate"), "coverage");
        assert_int_equal(number_of(document, "classes"), N_OF(expected));
        assert_int_equal(number_of(document, "covered"), N_OF(expected) - 2);
        assert_int_equal(number_of(document, "matched"), N_OF(expected) - 2);
        assert_int_equal(json_array_size(rows), N_OF(expected));
        for (size_t i = 0; i < N_OF(expected); i++)
            check_class(&run, &plain, json_array_get(rows, i), &expected[i], e);
        const json_t *uncovered = get(document, "uncovered");
        assert_int_equal(json_array_size(uncovered), 2);
        assert_int_equal(json_string_value(json_array_get(uncovered, 0))[0], '#');
        json_decref(document);
        mc_buffer_dispose(&names);
        made_run_free(&run);
    }
}

static void entries_without_a_match_are_covered_by_the_list_alone(void **state) {
    (void)state;
    const mc_balance_options options = {.target = MC_TARGET_COUNTS};
    made_run run;
    plain_result plain;
    uint32_t never = 0;
    char name[40];
    begin(&run, &plain, &options);
    while (never < MADE_ENTRIES && plain.counts[never] > 0)
        never++;
    assert_true(never < MADE_ENTRIES - 3);
    size_t size = made_entry(never, name).size;
    for (int with_list = 1; with_list >= 0; with_list--) {
        json_t *document = cover(&run, name, size);
        assert_int_equal(number_of(document, "covered"), with_list);
        assert_int_equal(number_of(document, "matched"), 0);
        json_decref(document);
        run.audit.concepts = NULL;
    }
    made_run_free(&run);
}

static void class_names_may_hold_anything(void **state) {
    (void)state;
    const mc_balance_options options = {.target = MC_TARGET_COUNTS};
    static const char names[] = "<script>\0alert(1)</script>\n\xFF\xFE\n, , , \n\xE2\x80\xAE\n";
    made_run run;
    plain_result plain;
    begin(&run, &plain, &options);
    json_t *document = cover(&run, names, sizeof names - 1);
    const json_t *uncovered = get(document, "uncovered");
    assert_int_equal(json_array_size(uncovered), 4);
    assert_int_equal(json_string_length(json_array_get(uncovered, 0)), 26);
    assert_string_equal(json_string_value(json_array_get(uncovered, 1)),
                        "\xEF\xBF\xBD\xEF\xBF\xBD");
    json_decref(document);
    document = cover(&run, "", 0);
    assert_int_equal(number_of(document, "classes"), 0);
    json_decref(document);
    char *json;
    mc_error error = {0};
    assert_int_equal(mc_audit_coverage(&run.audit, scratch("no such file"), &json, &error),
                     MC_E_IO);
    assert_null(json);
    made_run_free(&run);
}

static void too_many_class_names_are_refused(void **state) {
    (void)state;
    const mc_balance_options options = {.target = MC_TARGET_COUNTS};
    made_run run;
    plain_result plain;
    char *json, *names = malloc(2000002);
    mc_error error = {0};
    assert_non_null(names);
    for (size_t i = 0; i < 2000002; i++)
        names[i] = i % 2 ? '\n' : 'x';
    begin(&run, &plain, &options);
    scratch_write("names.txt", names, 2000002);
    assert_int_equal(mc_audit_coverage(&run.audit, scratch("names.txt"), &json, &error),
                     MC_E_LIMIT);
    assert_non_null(strstr(error.file, "names.txt"));
    free(names);
    made_run_free(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(entries_are_told_of, empty_folder),
        cmocka_unit_test_setup(entries_that_are_not_there_are_refused, empty_folder),
        cmocka_unit_test_setup(class_names_are_covered, empty_folder),
        cmocka_unit_test_setup(entries_without_a_match_are_covered_by_the_list_alone, empty_folder),
        cmocka_unit_test_setup(class_names_may_hold_anything, empty_folder),
        cmocka_unit_test_setup(too_many_class_names_are_refused, empty_folder),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
