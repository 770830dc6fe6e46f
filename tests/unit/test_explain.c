/* Why texts are in or out, against balancing in the plainest way. */
#include "made_run.h"
#include "no_sync.h"

#include "answers.h"
#include "io/npy.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static const made_shape shape = {.n_shards = 3,
                                 .n_records = 100,
                                 .n_texts = 3,
                                 .n_images = 60,
                                 .n_captions = 90,
                                 .keep_texts = true};

static int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
}

/* ---- what drops a text, in the plainest way ---- */

static bool is_excluded(const made_text *t) {
    return t->pair.uid.low % 9 == 0;
}

static void write_excluded(const made_pool *pool, const char *name) {
    char hex[34];
    FILE *file = fopen(scratch(name), "w");
    assert_non_null(file);
    for (size_t i = 0; i < pool->n_texts; i++) {
        mc_u128_hex(pool->texts[i].pair.uid, hex);
        if (is_excluded(&pool->texts[i]))
            fprintf(file, "%s\n", hex);
    }
    assert_int_equal(fclose(file), 0);
}

static bool competes(const made_text *a, const made_text *b, mc_dedup dedup) {
    bool image = mc_u128_equal(a->pair.uid, b->pair.uid);
    bool text = a->pair.text_hash == b->pair.text_hash;
    switch (dedup) {
    case MC_DEDUP_PAIR:
        return image && text;
    case MC_DEDUP_URL:
        return image;
    case MC_DEDUP_TEXT:
        return text;
    case MC_DEDUP_NONE:
        break;
    }
    return a == b;
}

/* The text that is chosen instead of this one, or itself. */
static const made_text *chosen_instead(const made_pool *pool, const made_text *t, mc_dedup dedup) {
    const made_text *best = t;
    for (const made_text *other = pool->texts; other < pool->texts + pool->n_texts; other++) {
        if (!other->caption[0] || other->excluded || !competes(t, other, dedup))
            continue;
        int order = mc_pair_compare(&other->pair, &best->pair);
        if (order < 0 || (order == 0 && other < best))
            best = other;
    }
    return best;
}

static void drop_as_asked(made_pool *pool, const mc_balance_options *o) {
    for (size_t i = 0; i < pool->n_texts; i++) {
        made_text *t = &pool->texts[i];
        t->excluded = o->exclude && t->caption[0] && is_excluded(t);
        t->duplicate = t->kept = false;
    }
    for (size_t i = 0; i < pool->n_texts; i++) {
        made_text *t = &pool->texts[i];
        if (t->caption[0] && !t->excluded)
            t->duplicate = chosen_instead(pool, t, o->dedup) != t;
    }
}

/* ---- runs ---- */

typedef struct told {
    made_run run;
    plain_result plain;
} told;

/* A pool is made twice from the same numbers: the list of excluded images is of the first. */
static void begin(told *r, const made_shape *made, const mc_balance_options *options) {
    mc_balance_options o = *options;
    uint64_t state = random_state;
    if (o.exclude) {
        made_pool pool;
        made_pool_init(&pool, made);
        write_excluded(&pool, "out.txt");
        made_pool_free(&pool);
        random_state = state;
        o.exclude = scratch("out.txt");
    }
    made_run_init(&r->run, made, &o);
    made_pool *pool = &r->run.pool;
    drop_as_asked(pool, &o);
    count_plainly(pool, &r->plain);
    key_plainly(pool, r->plain.counts, o.seed);
    if (o.target == MC_TARGET_SIZE)
        select_plainly(pool, o.size, &r->plain);
    else if (o.target == MC_TARGET_THRESHOLD)
        keep_plainly(pool, o.threshold, &r->plain);
    assert_memory_equal(r->plain.counts, r->run.result.counts, sizeof r->plain.counts);
}

static void end(told *r) {
    made_run_free(&r->run);
}

static json_t *explain(const told *r, mc_u128 uid) {
    char hex[33], *json;
    mc_error error = {0};
    mc_u128_hex(uid, hex);
    mc_status status = mc_audit_explain_uid(&r->run.audit, hex, &json, &error);
    return answer_document(status, json, &error);
}

/* ---- rows ---- */

static void check_entries(const told *r, const json_t *row, const made_text *t) {
    const json_t *entries = get(row, "entries");
    double t_of = r->plain.threshold;
    assert_int_equal(json_array_size(entries), t->n_ids);
    for (size_t i = 0; i < t->n_ids; i++) {
        const json_t *entry = json_array_get(entries, i);
        char string[40];
        double count = (double)r->plain.counts[t->ids[i]];
        double u = draw_plainly(t, t->ids[i], r->run.options.seed);
        made_entry(t->ids[i], string);
        assert_int_equal(number_of(entry, "id"), t->ids[i]);
        assert_string_equal(text_of(entry, "entry"), string);
        assert_int_equal(number_of(entry, "count"), r->plain.counts[t->ids[i]]);
        assert_true(real_of(entry, "u") == u);
        assert_true(real_of(entry, "key") == u * count);
        if (r->run.options.target == MC_TARGET_COUNTS)
            assert_true(is_null(entry, "p"));
        else
            assert_true(real_of(entry, "p") == fmin(1, t_of / count));
    }
}

/* The row says which text was chosen instead. */
static void check_chosen(const told *r, const json_t *row, const made_text *t) {
    const made_text *chosen = chosen_instead(&r->run.pool, t, r->run.options.dedup);
    char place[200];
    snprintf(place, sizeof place, "text %u of record %u in shard %s.", (unsigned)chosen->number,
             (unsigned)chosen->record, r->run.pool.names[chosen->shard]);
    assert_non_null(strstr(text_of(row, "why"), place));
}

static void check_verdict(const told *r, const json_t *row, const made_text *t) {
    const char *verdict = t->kept ? "kept" : "not kept";
    if (r->run.options.target == MC_TARGET_COUNTS)
        verdict = "not balanced";
    if (!t->caption[0])
        verdict = "empty";
    else if (t->excluded)
        verdict = "excluded";
    else if (t->duplicate)
        verdict = "duplicate";
    else if (t->n_ids == 0)
        verdict = "unmatched";
    const char *why = text_of(row, "why");
    assert_string_equal(text_of(row, "verdict"), verdict);
    assert_true(strlen(why) > 20 && why[strlen(why) - 1] == '.');
    if (t->excluded)
        assert_non_null(strstr(why, "the list of --exclude holds it"));
    if (t->duplicate)
        check_chosen(r, row, t);
    if (takes_part(t))
        assert_true(real_of(row, "changes_at") == t->key);
    else
        assert_true(is_null(row, "changes_at"));
}

static void check_row(const told *r, const json_t *row, const made_text *t) {
    char hex[33], hash[17];
    mc_u128_hex(t->pair.uid, hex);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)t->pair.text_hash);
    assert_string_equal(text_of(row, "shard"), r->run.pool.names[t->shard]);
    assert_int_equal(number_of(row, "record"), t->record);
    assert_int_equal(number_of(row, "text_number"), t->number);
    assert_string_equal(text_of(row, "uid"), hex);
    assert_string_equal(text_of(row, "text_hash"), hash);
    assert_true(is_null(row, "lang"));
    if (t->url[0])
        assert_string_equal(text_of(row, "url"), t->url);
    else
        assert_true(is_null(row, "url"));
    assert_string_equal(text_of(row, "text"), t->caption);
    const char *spaced = text_of(row, "spaced");
    assert_true(spaced[0] == ' ' && spaced[strlen(spaced) - 1] == ' ' && !strchr(spaced, '\n'));
    check_entries(r, row, t);
    if (t->n_ids > 0)
        assert_true(real_of(row, "key") == t->key);
    else
        assert_true(is_null(row, "key"));
    if (t->n_ids > 0 && r->run.options.target != MC_TARGET_COUNTS)
        assert_true(fabs(real_of(row, "chance") -
                         chance_plainly(t, r->plain.counts, r->plain.threshold)) < 1e-12);
    else
        assert_true(is_null(row, "chance"));
    check_verdict(r, row, t);
}

/* All texts of all images, each explained once, in the order of the pool. */
static void check_all(const told *r) {
    const made_pool *pool = &r->run.pool;
    bool *done = calloc(pool->n_texts, sizeof *done);
    assert_non_null(done);
    for (size_t i = 0; i < pool->n_texts; i++) {
        if (done[i])
            continue;
        size_t n = 0;
        json_t *document = explain(r, pool->texts[i].pair.uid);
        const json_t *pairs = get(document, "pairs");
        assert_string_equal(text_of(document, "metacurate"), "explanation");
        if (r->run.options.target == MC_TARGET_COUNTS)
            assert_true(is_null(document, "t"));
        else
            assert_true(real_of(document, "t") == r->plain.threshold);
        for (size_t k = i; k < pool->n_texts; k++) {
            if (!mc_u128_equal(pool->texts[k].pair.uid, pool->texts[i].pair.uid))
                continue;
            done[k] = true;
            check_row(r, json_array_get(pairs, n++), &pool->texts[k]);
        }
        assert_int_equal(json_array_size(pairs), n);
        assert_int_equal(number_of(document, "texts"), n);
        json_decref(document);
    }
    free(done);
}

static void every_text_is_explained(void **state) {
    (void)state;
    static const mc_dedup ways[] = {MC_DEDUP_PAIR, MC_DEDUP_NONE, MC_DEDUP_URL, MC_DEDUP_TEXT};
    for (size_t way = 0; way < N_OF(ways); way++) {
        for (int with_list = 0; with_list < 2; with_list++) {
            told r;
            const mc_balance_options options = {.target = MC_TARGET_THRESHOLD,
                                                .threshold = 3,
                                                .seed = 7,
                                                .dedup = ways[way],
                                                .exclude = with_list ? "out.txt" : NULL};
            begin(&r, &shape, &options);
            if (!with_list)
                r.run.audit.concepts = NULL;
            check_all(&r);
            end(&r);
        }
    }
}

static void exact_sizes_are_explained(void **state) {
    (void)state;
    static const mc_dedup ways[] = {MC_DEDUP_PAIR, MC_DEDUP_NONE};
    for (size_t way = 0; way < N_OF(ways); way++) {
        told r;
        const mc_balance_options options = {
            .target = MC_TARGET_SIZE, .size = 40, .dedup = ways[way]};
        begin(&r, &shape, &options);
        check_all(&r);
        end(&r);
    }
}

static void counted_pools_are_explained(void **state) {
    (void)state;
    told r;
    const mc_balance_options options = {.target = MC_TARGET_COUNTS};
    begin(&r, &shape, &options);
    check_all(&r);
    end(&r);
}

static void threads_change_nothing(void **state) {
    (void)state;
    told r;
    const mc_balance_options options = {.target = MC_TARGET_THRESHOLD, .threshold = 3};
    begin(&r, &shape, &options);
    json_t *one = explain(&r, r.run.pool.texts[0].pair.uid);
    r.run.audit.n_threads = 4;
    json_t *four = explain(&r, r.run.pool.texts[0].pair.uid);
    assert_true(json_equal(one, four));
    json_decref(one);
    json_decref(four);
    end(&r);
}

/* ---- files that say other than the rules ---- */

static const made_text *find_text(const made_pool *pool, bool kept) {
    for (size_t i = 0; i < pool->n_texts; i++)
        if (takes_part(&pool->texts[i]) && pool->texts[i].shard == 0 && pool->texts[i].kept == kept)
            return &pool->texts[i];
    fail_msg("no such text");
    return NULL;
}

static void write_kept(const made_pool *pool, const made_text *without, const made_text *with) {
    uint64_t rows[1000];
    size_t n = 0;
    for (const made_text *t = pool->texts; t < pool->texts + pool->n_texts; t++)
        if (t->shard == 0 && ((t->kept && t != without) || t == with))
            rows[n++] = t->record;
    assert_int_equal(mc_npy_write_u64(scratch("subset/shard0.npy"), rows, n, NULL), MC_OK);
}

static void files_have_the_last_word(void **state) {
    (void)state;
    made_shape single = shape;
    const mc_balance_options options = {.target = MC_TARGET_THRESHOLD, .threshold = 3};
    told r;
    single.n_texts = 1;
    begin(&r, &single, &options);
    const made_text *gone = find_text(&r.run.pool, true), *come = find_text(&r.run.pool, false);
    write_kept(&r.run.pool, gone, come);
    const made_text *texts[] = {gone, come};
    static const char *const verdicts[] = {"taken down", "kept"};
    static const char *const reasons[] = {"it was taken down", "the rules do not keep it"};
    for (size_t i = 0; i < 2; i++) {
        json_t *document = explain(&r, texts[i]->pair.uid);
        const json_t *pairs = get(document, "pairs");
        size_t k = 0;
        while (number_of(json_array_get(pairs, k), "record") != texts[i]->record)
            k++;
        const json_t *row = json_array_get(pairs, k);
        assert_string_equal(text_of(row, "verdict"), verdicts[i]);
        assert_non_null(strstr(text_of(row, "why"), reasons[i]));
        assert_int_equal(is_null(row, "changes_at"), i == 0);
        json_decref(document);
    }
    end(&r);
}

/* ---- texts that cannot be had ---- */

static void count_warning(void *context, const char *message) {
    assert_non_null(strstr(message, "pool/some.jsonl"));
    ++*(size_t *)context;
}

static void a_pool_that_is_gone_costs_the_texts_alone(void **state) {
    (void)state;
    made_shape bare = shape;
    size_t n_warnings = 0;
    const mc_control control = {.warn = count_warning, .context = &n_warnings};
    const mc_balance_options options = {.target = MC_TARGET_COUNTS};
    told r;
    bare.keep_texts = false;
    begin(&r, &bare, &options);
    r.run.audit.control = &control;
    json_t *document = explain(&r, r.run.pool.texts[0].pair.uid);
    const json_t *row = json_array_get(get(document, "pairs"), 0);
    assert_true(is_null(row, "text") && is_null(row, "url") && is_null(row, "spaced"));
    check_entries(&r, row, &r.run.pool.texts[0]);
    assert_true(n_warnings > 0 && n_warnings <= 3); /* one a shard */
    json_decref(document);
    end(&r);
}

/* ---- uids ---- */

static void uids_that_are_none_are_refused(void **state) {
    (void)state;
    static const char *const uids[] = {"", "12", "0123456789abcdef0123456789abcdeg",
                                       "0123456789abcdef0123456789abcdef0"};
    const mc_balance_options options = {.target = MC_TARGET_COUNTS};
    told r;
    char *json;
    mc_error error = {0};
    begin(&r, &shape, &options);
    for (size_t i = 0; i < N_OF(uids); i++)
        assert_int_equal(mc_audit_explain_uid(&r.run.audit, uids[i], &json, &error), MC_E_ARGUMENT);
    assert_int_equal(mc_audit_explain_uid(&r.run.audit, "0123456789abcdef01234567", &json, &error),
                     MC_E_ARGUMENT);
    assert_non_null(strstr(error.message, "no text"));
    assert_null(json);
    end(&r);
}

/* ---- texts that are not in the pool ---- */

static json_t *explain_text(const told *r, mc_bytes text, const char *url) {
    char *json;
    mc_error error = {0};
    mc_status status = mc_audit_explain_text(&r->run.audit, text, url, &json, &error);
    return answer_document(status, json, &error);
}

static void check_made_up(const told *r, const char *text, const char *url) {
    static const uint32_t ids[] = {0, 7, 11, MADE_ENTRIES - 3};
    made_text t = {.n_ids = N_OF(ids)};
    const char *base = url ? url : text;
    json_t *document = explain_text(r, (mc_bytes){text, strlen(text)}, url);
    const json_t *row = json_array_get(get(document, "pairs"), 0);
    char hex[33];
    memcpy(t.ids, ids, sizeof ids);
    t.pair = (mc_pair){mc_hash128(base, strlen(base)), mc_hash64(text, strlen(text))};
    memcpy(t.identity, &t.pair.uid.low, 8);
    memcpy(t.identity + 8, &t.pair.uid.high, 8);
    memcpy(t.identity + 16, &t.pair.text_hash, 8);
    mc_u128_hex(t.pair.uid, hex);
    assert_string_equal(text_of(document, "uid"), hex);
    assert_string_equal(text_of(row, "uid"), hex);
    assert_string_equal(text_of(row, "text"), text);
    assert_true(is_null(row, "shard") && is_null(row, "record") && is_null(row, "text_number"));
    assert_int_equal(number_of(document, "texts"), 0);
    check_entries(r, row, &t);
    double key = INFINITY;
    for (size_t i = 0; i < t.n_ids; i++)
        key = fmin(key,
                   draw_plainly(&t, ids[i], r->run.options.seed) * (double)r->plain.counts[ids[i]]);
    assert_true(real_of(row, "key") == key && real_of(row, "changes_at") == key);
    assert_string_equal(text_of(row, "verdict"), key < r->plain.threshold
                                                     ? "not in the pool: would be kept"
                                                     : "not in the pool: would not be kept");
    json_decref(document);
}

static void made_up_texts_are_explained(void **state) {
    (void)state;
    const mc_balance_options options = {.target = MC_TARGET_THRESHOLD, .threshold = 4, .seed = 3};
    told r;
    begin(&r, &shape, &options);
    for (unsigned i = 0; i < 40; i++) {
        char text[80], url[40];
        if (i == 20) /* what matched anything is known without the list */
            r.run.audit.concepts = NULL;
        snprintf(text, sizeof text, "entry 11, entry 7 entry 0, nr%u entry 1x", i);
        snprintf(url, sizeof url, "http://made/up/%u", i);
        check_made_up(&r, text, i % 2 ? url : NULL);
    }
    end(&r);
}

static void made_up_texts_may_hold_anything(void **state) {
    (void)state;
    static const char hostile[] = "<script>\0\xFF \xE2\x80\xAE entry 5\t";
    const mc_balance_options options = {.target = MC_TARGET_THRESHOLD, .threshold = 4};
    told r;
    begin(&r, &shape, &options);
    json_t *document = explain_text(&r, (mc_bytes){hostile, sizeof hostile - 1}, NULL);
    const json_t *row = json_array_get(get(document, "pairs"), 0);
    static const char decoded[] = "<script>\0\xEF\xBF\xBD \xE2\x80\xAE entry 5\t";
    assert_int_equal(json_string_length(get(row, "text")), sizeof decoded - 1);
    assert_memory_equal(text_of(row, "text"), decoded, sizeof decoded);
    assert_int_equal(json_array_size(get(row, "entries")), 1);
    json_decref(document);
    document = explain_text(&r, (mc_bytes){"", 0}, NULL);
    row = json_array_get(get(document, "pairs"), 0);
    assert_true(is_null(row, "key") && is_null(row, "changes_at"));
    assert_string_equal(text_of(row, "text"), "");
    assert_string_equal(text_of(row, "verdict"), "not in the pool: would not be kept");
    json_decref(document);
    end(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_text_is_explained, empty_folder),
        cmocka_unit_test_setup(exact_sizes_are_explained, empty_folder),
        cmocka_unit_test_setup(counted_pools_are_explained, empty_folder),
        cmocka_unit_test_setup(threads_change_nothing, empty_folder),
        cmocka_unit_test_setup(files_have_the_last_word, empty_folder),
        cmocka_unit_test_setup(a_pool_that_is_gone_costs_the_texts_alone, empty_folder),
        cmocka_unit_test_setup(uids_that_are_none_are_refused, empty_folder),
        cmocka_unit_test_setup(made_up_texts_are_explained, empty_folder),
        cmocka_unit_test_setup(made_up_texts_may_hold_anything, empty_folder),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
