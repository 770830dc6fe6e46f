/* Comparing runs, and what it is made of: likeness, the best of many, entries that meet. */
#include "made_run.h"
#include "no_sync.h"

#include "answers.h"
#include "audit/best.h"
#include "audit/questions/likeness.h"
#include "audit/questions/lookup.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

/* ---- the best of many ---- */

static int compare_numbers(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void the_best_are_the_first_of_all_in_order(void **state) {
    (void)state;
    uint64_t all[500];
    for (size_t round = 0; round < 200; round++) {
        size_t n = random_below(N_OF(all) + 1), most = random_below(40);
        mc_best best;
        assert_int_equal(mc_best_init(&best, most, sizeof *all, compare_numbers, NULL), MC_OK);
        for (size_t i = 0; i < n; i++) {
            all[i] = random_below(300);
            bool takes = mc_best_takes(&best, &all[i]);
            assert_true(takes || best.n == most);
            mc_best_add(&best, &all[i]);
        }
        mc_best_sort(&best);
        qsort(all, n, sizeof *all, compare_numbers);
        assert_int_equal(best.n, n < most ? n : most);
        for (size_t i = 0; i < best.n; i++)
            assert_int_equal(*(const uint64_t *)mc_best_item(&best, i), all[i]);
        mc_best_dispose(&best);
    }
}

/* ---- entries by string ---- */

typedef struct listed {
    mc_entry_table table;
    mc_bytes strings[8];
    uint64_t hashes[8];
    uint32_t firsts[8];
} listed;

static void list(listed *l, const char *const *strings, uint32_t n) {
    *l = (listed){0};
    for (uint32_t i = 0; i < n; i++) {
        l->strings[i] = (mc_bytes){strings[i], strings[i] ? strlen(strings[i]) : 0};
        l->hashes[i] = strings[i] ? mc_hash64(strings[i], strlen(strings[i])) : 0;
        l->firsts[i] = i;
    }
    l->table =
        (mc_entry_table){.n = n, .hashes = l->hashes, .firsts = l->firsts, .strings = l->strings};
}

static uint32_t look_up(const mc_lookup *lookup, const char *string) {
    uint32_t id;
    return mc_lookup_find(lookup, (mc_bytes){string, strlen(string)}, &id) ? id : UINT32_MAX;
}

static void entries_are_found_by_their_bytes(void **state) {
    (void)state;
    static const char *const strings[] = {"dog", "Dog", NULL, "caf\xC3\xA9", "DOG", "dog", ""};
    static const uint64_t counts[] = {5, 9, 0, 1, 9, 5, 0};
    listed l;
    mc_lookup exact, folded;
    list(&l, strings, N_OF(strings));
    assert_int_equal(mc_lookup_init(&exact, &l.table, counts, false, NULL), MC_OK);
    assert_int_equal(mc_lookup_init(&folded, &l.table, counts, true, NULL), MC_OK);
    assert_int_equal(look_up(&exact, "dog"), 0);
    assert_int_equal(look_up(&exact, "Dog"), 1);
    assert_int_equal(look_up(&exact, "dOG"), UINT32_MAX);
    assert_int_equal(look_up(&exact, ""), 6);
    assert_int_equal(look_up(&exact, "caf\xC3\xA9"), 3);
    assert_int_equal(look_up(&folded, "dOG"), 1); /* the most frequent; the first of two */
    assert_int_equal(look_up(&folded, "CAF\xC3\xA9"), 3);
    assert_int_equal(look_up(&folded, "CAF\xC3\x89"), UINT32_MAX);
    char *longest = malloc(MC_ENTRY_MAX_BYTES + 2);
    memset(longest, 'x', MC_ENTRY_MAX_BYTES + 1);
    longest[MC_ENTRY_MAX_BYTES + 1] = '\0';
    assert_int_equal(look_up(&folded, longest), UINT32_MAX);
    assert_int_equal(look_up(&folded, longest + 1), UINT32_MAX);
    free(longest);
    mc_lookup_dispose(&exact);
    mc_lookup_dispose(&folded);
}

/* ---- likeness ---- */

static mc_likeness add_all(const double *a, const double *b, size_t n, bool backwards) {
    mc_likeness likeness = {{0}, {0}};
    for (size_t i = 0; i < n; i++)
        mc_likeness_add(&likeness, a[backwards ? n - 1 - i : i], b[backwards ? n - 1 - i : i]);
    return likeness;
}

static void divergences_are_the_plain_sums(void **state) {
    (void)state;
    double a[300], b[300];
    for (size_t round = 0; round < 50; round++) {
        double sum_a = 0, sum_b = 0, divergence = 0, variation = 0;
        for (size_t i = 0; i < N_OF(a); i++) {
            sum_a += a[i] = random_below(3) ? random_below(1000) : 0;
            sum_b += b[i] = random_below(3) ? random_below(1000) : 0;
        }
        for (size_t i = 0; i < N_OF(a); i++) {
            a[i] /= sum_a;
            b[i] /= sum_b;
            double mean = (a[i] + b[i]) / 2;
            divergence += a[i] > 0 ? a[i] * log2(a[i] / mean) / 2 : 0;
            divergence += b[i] > 0 ? b[i] * log2(b[i] / mean) / 2 : 0;
            variation += fabs(a[i] - b[i]) / 2;
        }
        mc_likeness one = add_all(a, b, N_OF(a), false), other = add_all(b, a, N_OF(a), true);
        assert_true(fabs(mc_likeness_divergence(&one) - divergence) < 1e-12);
        assert_true(fabs(mc_likeness_variation(&one) - variation) < 1e-12);
        assert_true(mc_likeness_divergence(&one) == mc_likeness_divergence(&other));
        assert_true(mc_likeness_variation(&one) == mc_likeness_variation(&other));
    }
}

static void divergences_have_their_ends(void **state) {
    (void)state;
    const double a[] = {0.5, 0.25, 0.25, 0, 0}, b[] = {0, 0, 0, 0.125, 0.875};
    mc_likeness same = add_all(a, a, 5, false), apart = add_all(a, b, 5, false);
    assert_true(mc_likeness_divergence(&same) == 0 && mc_likeness_variation(&same) == 0);
    assert_true(mc_likeness_divergence(&apart) == 1 && mc_likeness_variation(&apart) == 1);
}

/* Mean rank of each by counting the smaller and the equal ones. */
static double plain_correlation(const mc_count_pair *pairs, size_t n) {
    double sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0;
    double *ranks = calloc(2 * n, sizeof *ranks);
    assert_non_null(ranks);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            ranks[2 * i] += (pairs[k].a < pairs[i].a) + 0.5 * (pairs[k].a == pairs[i].a);
            ranks[2 * i + 1] += (pairs[k].b < pairs[i].b) + 0.5 * (pairs[k].b == pairs[i].b);
        }
        sum_a += ranks[2 * i];
        sum_b += ranks[2 * i + 1];
    }
    for (size_t i = 0; i < n; i++) {
        double a = ranks[2 * i] - sum_a / (double)n, b = ranks[2 * i + 1] - sum_b / (double)n;
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    free(ranks);
    return ab / sqrt(aa * bb);
}

static void ranks_correlate_as_they_should(void **state) {
    (void)state;
    mc_count_pair pairs[120];
    for (size_t round = 0; round < 200; round++) {
        size_t n = 2 + random_below(N_OF(pairs) - 1);
        uint32_t values = 1 + random_below(50);
        for (size_t i = 0; i < n; i++) {
            pairs[i].a = random_below(values);
            pairs[i].b = random_below(2) ? pairs[i].a * pairs[i].a : random_below(values);
        }
        double plain = plain_correlation(pairs, n), found = mc_rank_correlation(pairs, n);
        assert_true(isnan(plain) ? isnan(found) : fabs(found - plain) < 1e-12);
    }
}

static void ranks_of_few_or_equal_are_undefined(void **state) {
    (void)state;
    mc_count_pair up[] = {{1, 10}, {2, 20}, {3, 30}}, down[] = {{1, 9}, {2, 8}, {3, 7}};
    mc_count_pair flat[] = {{1, 4}, {2, 4}, {3, 4}};
    assert_true(mc_rank_correlation(up, 3) == 1);
    assert_true(mc_rank_correlation(down, 3) == -1);
    assert_true(isnan(mc_rank_correlation(flat, 3)));
    assert_true(isnan(mc_rank_correlation(up, 1)));
    assert_true(isnan(mc_rank_correlation(up, 0)));
}

/* ---- runs ---- */

static const made_shape shape = {.n_shards = 4,
                                 .n_records = 150,
                                 .n_texts = 3,
                                 .n_images = 80,
                                 .n_captions = 120,
                                 .keep_texts = true};

/* One pool, of which two runs look at some shards each. */
typedef struct two_runs {
    made_pool pool;
    mc_balance_options options[2];
    mc_balance_result results[2];
    char folders[2][400];
    mc_audit_options audits[2];
} two_runs;

static void balance_some(two_runs *r, size_t which, size_t first, size_t n, mc_target target,
                         bool with_list) {
    mc_error error = {0};
    snprintf(r->folders[which], sizeof r->folders[which], "%s/run%zu", scratch_folder, which);
    assert_int_equal(mkdir(r->folders[which], 0777), 0);
    r->options[which] = (mc_balance_options){.indexes = (const char *const *)r->pool.paths + first,
                                             .n_indexes = n,
                                             .concepts = r->pool.concepts,
                                             .folder = r->folders[which],
                                             .target = target,
                                             .threshold = 6,
                                             .seed = which,
                                             .n_threads = 1};
    if (mc_balance_run(&r->options[which], &r->results[which], &error) != MC_OK)
        fail_msg("%s", error.message);
    const mc_run_record record = {
        .command = "balance", .options = &r->options[which], .result = &r->results[which]};
    assert_int_equal(mc_run_record_write(&record, NULL), MC_OK);
    r->audits[which] = (mc_audit_options){.folder = r->folders[which],
                                          .concepts = with_list ? r->pool.concepts : NULL,
                                          .n_threads = 1};
}

static void begin(two_runs *r, mc_target a, mc_target b, bool with_list) {
    *r = (two_runs){0};
    made_pool_init(&r->pool, &shape);
    balance_some(r, 0, 0, 2, a, with_list);
    balance_some(r, 1, 1, 3, b, with_list);
}

static void end(two_runs *r) {
    mc_balance_result_dispose(&r->results[0]);
    mc_balance_result_dispose(&r->results[1]);
    made_pool_free(&r->pool);
    scratch_empty(scratch_folder);
}

static json_t *compare(const mc_audit_options *a, const mc_audit_options *b) {
    char *json;
    mc_error error = {0};
    mc_status status = mc_audit_compare(a, b, NULL, &json, &error);
    return answer_document(status, json, &error);
}

/* Rows come largest change first, then by the entry's bytes, and say what was counted. */
static void check_moved(const json_t *rows, const uint64_t *a, const uint64_t *b, double sum_a,
                        double sum_b) {
    double before = INFINITY;
    const char *entry_before = "";
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *entry = text_of(row, "entry");
        unsigned id = 0;
        assert_int_equal(sscanf(entry, "entry %u", &id), 1);
        assert_int_equal(number_of(row, "a"), a[id]);
        assert_int_equal(number_of(row, "b"), b[id]);
        assert_true(real_of(row, "share_a") == (double)a[id] / sum_a);
        assert_true(real_of(row, "share_b") == (double)b[id] / sum_b);
        assert_true(is_null(row, "source"));
        double moved = fabs(real_of(row, "share_b") - real_of(row, "share_a"));
        assert_true(moved > 0 && moved <= before);
        assert_true(moved < before || strcmp(entry_before, entry) < 0);
        before = moved;
        entry_before = entry;
    }
}

/* A comparison of two distributions over the made entries, the repeats left out. */
static void check_comparison(const json_t *c, const char *name, const uint64_t *a,
                             const uint64_t *b) {
    enum { N = MADE_ENTRIES - 3 };
    double sum_a = 0, sum_b = 0, divergence = 0, variation = 0;
    size_t n_a = 0, n_b = 0, n_common = 0, n_pairs = 0;
    mc_count_pair pairs[N];
    for (size_t i = 0; i < N; i++) {
        sum_a += (double)a[i];
        sum_b += (double)b[i];
        n_a += a[i] > 0;
        n_b += b[i] > 0;
        n_common += a[i] && b[i];
        if (a[i] || b[i])
            pairs[n_pairs++] = (mc_count_pair){a[i], b[i]};
    }
    for (size_t i = 0; i < N; i++) {
        double p = (double)a[i] / sum_a, q = (double)b[i] / sum_b, mean = (p + q) / 2;
        divergence += (p > 0 ? p * log2(p / mean) / 2 : 0) + (q > 0 ? q * log2(q / mean) / 2 : 0);
        variation += fabs(p - q) / 2;
    }
    assert_string_equal(text_of(c, "name"), name);
    assert_int_equal(number_of(get(c, "a"), "entries"), n_a);
    assert_int_equal(number_of(get(c, "b"), "entries"), n_b);
    assert_true((double)number_of(get(c, "a"), "matches") == sum_a);
    assert_true((double)number_of(get(c, "b"), "matches") == sum_b);
    assert_true(fabs(real_of(c, "jensen_shannon") - divergence) < 1e-12);
    assert_true(fabs(real_of(c, "total_variation") - variation) < 1e-12);
    assert_true(fabs(real_of(c, "rank_correlation") - plain_correlation(pairs, n_pairs)) < 1e-12);
    assert_int_equal(number_of(c, "common_entries"), n_common);
    assert_int_equal(number_of(get(c, "only_a"), "entries"), n_a - n_common);
    assert_int_equal(number_of(get(c, "only_b"), "entries"), n_b - n_common);
    size_t n_first = n_a - n_common < 50 ? n_a - n_common : 50;
    assert_int_equal(json_array_size(get(get(c, "only_a"), "first")), n_first);
    assert_int_equal(json_array_size(get(c, "moved")), n_pairs < 100 ? n_pairs : 100);
    check_moved(get(c, "moved"), a, b, sum_a, sum_b);
}

static void two_runs_are_compared(void **state) {
    for (int with_list = 0; with_list < 2; with_list++) {
        (void)state;
        two_runs r;
        begin(&r, MC_TARGET_THRESHOLD, MC_TARGET_THRESHOLD, with_list != 0);
        json_t *document = compare(&r.audits[0], &r.audits[1]);
        const json_t *list = get(document, "comparisons");
        assert_string_equal(text_of(document, "metacurate"), "comparison");
        assert_string_equal(text_of(get(document, "a"), "folder"), "run0");
        assert_string_equal(text_of(get(document, "b"), "folder"), "run1");
        assert_int_equal(number_of(get(get(document, "b"), "parameters"), "seed"), 1);
        assert_int_equal(number_of(get(get(document, "a"), "result"), "kept"),
                         r.results[0].totals.kept);
        assert_int_equal(json_array_size(list), 2);
        check_comparison(json_array_get(list, 0), "pools", r.results[0].counts,
                         r.results[1].counts);
        check_comparison(json_array_get(list, 1), "subsets", r.results[0].counts_after,
                         r.results[1].counts_after);
        assert_string_equal(text_of(get(json_array_get(list, 1), "b"), "of"), "subset");
        json_decref(document);
        end(&r);
    }
}

static void a_pool_is_compared_with_its_subset(void **state) {
    (void)state;
    two_runs r;
    begin(&r, MC_TARGET_THRESHOLD, MC_TARGET_COUNTS, true);
    json_t *document = compare(&r.audits[0], NULL);
    assert_true(is_null(document, "b"));
    assert_int_equal(json_array_size(get(document, "comparisons")), 1);
    check_comparison(json_array_get(get(document, "comparisons"), 0), "before and after",
                     r.results[0].counts, r.results[0].counts_after);
    json_decref(document);
    /* Where one was only counted, the pools alone are compared. */
    document = compare(&r.audits[0], &r.audits[1]);
    assert_int_equal(json_array_size(get(document, "comparisons")), 1);
    assert_true(is_null(get(document, "b"), "result"));
    json_decref(document);
    char *json;
    mc_error error = {0};
    assert_int_equal(mc_audit_compare(&r.audits[1], NULL, NULL, &json, &error), MC_E_ARGUMENT);
    assert_null(json);
    assert_non_null(strstr(error.message, "nothing was balanced"));
    end(&r);
}

static void comparing_is_the_same_both_ways(void **state) {
    (void)state;
    two_runs r;
    begin(&r, MC_TARGET_THRESHOLD, MC_TARGET_THRESHOLD, true);
    r.audits[1].concepts = NULL; /* and whichever of them has the list */
    json_t *ab = compare(&r.audits[0], &r.audits[1]), *ba = compare(&r.audits[1], &r.audits[0]);
    for (size_t i = 0; i < 2; i++) {
        const json_t *x = json_array_get(get(ab, "comparisons"), i);
        const json_t *y = json_array_get(get(ba, "comparisons"), i);
        static const char *const same[] = {"jensen_shannon", "total_variation", "rank_correlation",
                                           "common_entries"};
        for (size_t k = 0; k < N_OF(same); k++)
            assert_true(json_equal(get(x, same[k]), get(y, same[k])));
        const json_t *only_a = get(get(x, "only_a"), "first");
        const json_t *only_b = get(get(y, "only_b"), "first");
        assert_int_equal(json_array_size(only_a), json_array_size(only_b));
        for (size_t k = 0; k < json_array_size(only_a); k++)
            assert_string_equal(text_of(json_array_get(only_a, k), "entry"),
                                text_of(json_array_get(only_b, k), "entry"));
    }
    json_decref(ab);
    json_decref(ba);
    end(&r);
}

static void a_comparison_is_written(void **state) {
    (void)state;
    two_runs r;
    char *json;
    mc_error error = {0};
    size_t size;
    begin(&r, MC_TARGET_THRESHOLD, MC_TARGET_THRESHOLD, true);
    mc_status status =
        mc_audit_compare(&r.audits[0], &r.audits[1], scratch("new/folder"), &json, &error);
    json_t *document = answer_document(status, json, &error), *file;
    file = json_load_file(scratch("new/folder/comparison.json"), 0, NULL);
    assert_true(json_equal(document, file));
    char *page = scratch_read("new/folder/comparison.html", &size);
    assert_true(size > 100 && strstr(page, "<"));
    free(page);
    json_decref(file);
    json_decref(document);
    end(&r);
}

/* ---- runs with lists of their own ---- */

/* A run of one shard whose i-th entry is in counts[i] texts. */
static void write_run(const char *name, const char *const *entries, const uint32_t *counts,
                      uint32_t n, mc_audit_options *audit, mc_concepts **concepts) {
    static char folders[2][400];
    static unsigned next;
    char *folder = folders[next++ % 2], path[500];
    mc_bytes strings[8];
    made_index made;
    mc_error error = {0};
    mc_balance_result result;
    snprintf(folder, sizeof folders[0], "%s/%s", scratch_folder, name);
    snprintf(path, sizeof path, "%s/%s.mcm", folder, name);
    assert_int_equal(mkdir(folder, 0777), 0);
    for (uint32_t i = 0; i < n; i++)
        strings[i] = (mc_bytes){entries[i], strlen(entries[i])};
    assert_int_equal(mc_concepts_compile(concepts, strings, n, MC_RULES_METACLIP1, NULL), MC_OK);
    made_index_init(&made, name, n, false);
    memcpy(made.info.metadata_digest, mc_concepts_digest(*concepts), 33);
    made_block *block = made_index_grow(&made);
    block->sets.offsets = calloc(1001, sizeof(uint32_t));
    block->sets.ids = calloc(1000, sizeof(uint32_t));
    uint32_t n_texts = 0, last = 0;
    for (uint32_t id = 0; id < n; id++) {
        for (uint32_t i = 0; i < counts[id]; i++, n_texts++) {
            char text[40];
            int size = snprintf(text, sizeof text, "text %u", (unsigned)n_texts);
            assert_int_equal(mc_batch_begin(&block->batch, NULL), MC_OK);
            assert_int_equal(mc_batch_text(&block->batch, (mc_bytes){text, (size_t)size}, NULL),
                             MC_OK);
            assert_int_equal(mc_batch_end(&block->batch, NULL, NULL, NULL, NULL), MC_OK);
            block->sets.ids[n_texts] = id;
            block->sets.offsets[n_texts + 1] = n_texts + 1;
        }
        if (counts[id] > 0)
            assert_int_equal(mc_index_put_entry(&made.entries, &last, id, strings[id], NULL),
                             MC_OK);
    }
    made_index_write(&made, path);
    made_index_free(&made);
    const char *const paths[] = {path};
    const mc_balance_options options = {.indexes = paths,
                                        .n_indexes = 1,
                                        .folder = folder,
                                        .target = MC_TARGET_COUNTS,
                                        .n_threads = 1};
    if (mc_balance_run(&options, &result, &error) != MC_OK)
        fail_msg("%s", error.message);
    const mc_run_record record = {.command = "match", .options = &options, .result = &result};
    assert_int_equal(mc_run_record_write(&record, NULL), MC_OK);
    mc_balance_result_dispose(&result);
    *audit = (mc_audit_options){.folder = folder, .concepts = *concepts, .n_threads = 1};
}

static void check_row(const json_t *rows, size_t i, const char *entry, uint64_t a, uint64_t b) {
    const json_t *row = json_array_get(rows, i);
    assert_string_equal(text_of(row, "entry"), entry);
    assert_int_equal(number_of(row, "a"), a);
    assert_int_equal(number_of(row, "b"), b);
}

static void entries_of_other_lists_meet_by_string(void **state) {
    (void)state;
    static const char *const entries_a[] = {"dog", "cat", "cow", "never"};
    static const char *const entries_b[] = {"new", "never", "cat", "dog"};
    static const uint32_t counts_a[] = {6, 2, 2, 0}, counts_b[] = {5, 0, 10, 5};
    mc_audit_options a, b;
    mc_concepts *list_a, *list_b;
    write_run("a", entries_a, counts_a, 4, &a, &list_a);
    write_run("b", entries_b, counts_b, 4, &b, &list_b);
    for (int round = 0; round < 2; round++) {
        json_t *document = compare(&a, &b);
        const json_t *c = json_array_get(get(document, "comparisons"), 0);
        assert_int_equal(number_of(c, "common_entries"), 2);
        assert_int_equal(number_of(get(c, "only_a"), "entries"), 1);
        check_row(get(get(c, "only_a"), "first"), 0, "cow", 2, 0);
        check_row(get(get(c, "only_b"), "first"), 0, "new", 0, 5);
        check_row(get(c, "moved"), 0, "dog", 6, 5);
        check_row(get(c, "moved"), 1, "cat", 2, 10);
        check_row(get(c, "moved"), 2, "new", 0, 5);
        check_row(get(c, "moved"), 3, "cow", 2, 0);
        assert_int_equal(json_array_size(get(c, "moved")), 4);
        /* .6 .2 .2 0 and .25 .5 0 .25 */
        assert_true(fabs(real_of(c, "total_variation") - 0.55) < 1e-12);
        assert_true(real_of(c, "rank_correlation") == -1); /* of dog and cat */
        json_decref(document);
        a.concepts = b.concepts = NULL; /* what matched is known without the lists */
    }
    mc_concepts_free(list_a);
    mc_concepts_free(list_b);
}

static void nothing_compares_with_nothing(void **state) {
    (void)state;
    static const char *const entries[] = {"dog", "cat"};
    static const uint32_t some[] = {3, 1}, none[] = {0, 0};
    mc_audit_options a, b;
    mc_concepts *list_a, *list_b;
    write_run("a", entries, some, 2, &a, &list_a);
    write_run("b", entries, none, 2, &b, &list_b);
    json_t *document = compare(&a, &b);
    const json_t *c = json_array_get(get(document, "comparisons"), 0);
    assert_true(is_null(c, "jensen_shannon"));
    assert_true(is_null(c, "total_variation"));
    assert_true(is_null(c, "rank_correlation"));
    assert_int_equal(number_of(get(c, "only_a"), "entries"), 2);
    check_row(get(get(c, "only_a"), "first"), 0, "dog", 3, 0);
    json_decref(document);
    mc_concepts_free(list_a);
    mc_concepts_free(list_b);
}

static int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_are_the_first_of_all_in_order),
        cmocka_unit_test(entries_are_found_by_their_bytes),
        cmocka_unit_test(divergences_are_the_plain_sums),
        cmocka_unit_test(divergences_have_their_ends),
        cmocka_unit_test(ranks_correlate_as_they_should),
        cmocka_unit_test(ranks_of_few_or_equal_are_undefined),
        cmocka_unit_test_setup(two_runs_are_compared, empty_folder),
        cmocka_unit_test_setup(a_pool_is_compared_with_its_subset, empty_folder),
        cmocka_unit_test_setup(comparing_is_the_same_both_ways, empty_folder),
        cmocka_unit_test_setup(a_comparison_is_written, empty_folder),
        cmocka_unit_test_setup(entries_of_other_lists_meet_by_string, empty_folder),
        cmocka_unit_test_setup(nothing_compares_with_nothing, empty_folder),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
