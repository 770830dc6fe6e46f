/* Texts are visited once more: all or chosen ones, from the index or from the pool read again. */
#include "scratch.h"
#include "no_sync.h"

#include "balance/texts.h"
#include "base/buffer.h"
#include "metacurate/balance.h"
#include "random.h"

#define N_SHARDS 4
#define N_OF(array) (sizeof(array) / sizeof *(array))

static const char *const words[] = {"cat", "dog", "house", "the house", "of", "mat"};
static const char *const names[N_SHARDS] = {"a.txt", "b.jsonl", "c.tsv", "empty.txt"};
static mc_concepts *concepts;

/* What the pool was made of, by ordinal. */
typedef struct plain {
    size_t shard;
    uint64_t record;
    uint32_t number;
    char url[16];
    char text[160];
} plain;

static plain *texts;
static size_t n_texts, capacity;
static uint64_t first_of[N_SHARDS + 1];

static void add(size_t shard, uint64_t record, uint32_t number, const char *url, const char *text) {
    assert_int_equal(MC_GROW(texts, capacity, n_texts + 1, NULL), MC_OK);
    plain *p = &texts[n_texts++];
    *p = (plain){.shard = shard, .record = record, .number = number};
    snprintf(p->url, sizeof p->url, "%s", url);
    snprintf(p->text, sizeof p->text, "%s", text);
}

static const char *sentence(void) {
    static char out[4][160];
    static unsigned next;
    char *text = out[next++ % 4];
    size_t n = 0;
    text[0] = '\0';
    for (uint32_t k = random_below(6); k > 0; k--)
        n += (size_t)snprintf(text + n, 30, "%s ", words[random_below(N_OF(words))]);
    if (random_below(30) > 0)
        snprintf(text + n, 30, "%u", (unsigned)random_below(3000));
    return text;
}

static void write_lines(mc_buffer *out) {
    for (uint64_t i = 0; out->size < 2300000; i++) {
        const char *text = sentence();
        add(0, i, 0, "", text);
        assert_int_equal(mc_buffer_printf(out, NULL, "%s\n", text), MC_OK);
    }
}

static void write_jsonl(mc_buffer *out) {
    for (unsigned i = 0; i < 800; i++) {
        const char *a = sentence(), *b = sentence();
        char url[16];
        snprintf(url, sizeof url, "u%u", i);
        if (i % 9 == 4) {
            assert_int_equal(mc_buffer_printf(out, NULL, "damage\n"), MC_OK);
            continue;
        }
        add(1, i, 0, url, a);
        if (i % 2 == 0)
            add(1, i, 1, url, b);
        assert_int_equal(mc_buffer_printf(out, NULL, "{\"url\":\"%s\",\"texts\":[\"%s\"%s%s%s]}\n",
                                          url, a, i % 2 ? "" : ",\"", i % 2 ? "" : b,
                                          i % 2 ? "" : "\""),
                         MC_OK);
    }
}

static void write_table(mc_buffer *out) {
    assert_int_equal(mc_buffer_printf(out, NULL, "url\ttext\n"), MC_OK);
    for (unsigned i = 0; i < 300; i++) {
        const char *text = sentence();
        char url[16];
        snprintf(url, sizeof url, "v%u", i);
        add(2, i, 0, url, text);
        assert_int_equal(mc_buffer_printf(out, NULL, "%s\t%s\n", url, text), MC_OK);
    }
}

static int write_pool(void **state) {
    void (*const write[N_SHARDS])(mc_buffer *) = {write_lines, write_jsonl, write_table};
    (void)state;
    scratch_empty(scratch_folder);
    mc_buffer out = {0};
    n_texts = 0;
    for (size_t i = 0; i < N_SHARDS; i++) {
        first_of[i] = n_texts;
        out.size = 0;
        if (write[i])
            write[i](&out);
        scratch_write(names[i], out.data, out.size);
    }
    first_of[N_SHARDS] = n_texts;
    mc_buffer_dispose(&out);
    return 0;
}

static int set_up(void **state) {
    mc_bytes entries[N_OF(words)];
    for (size_t i = 0; i < N_OF(words); i++)
        entries[i] = (mc_bytes){words[i], strlen(words[i])};
    if (mc_concepts_compile(&concepts, entries, N_OF(words), MC_RULES_METACLIP1, NULL) != MC_OK)
        return -1;
    return scratch_make(state);
}

static int tear_down(void **state) {
    mc_concepts_free(concepts);
    free(texts);
    return scratch_remove(state);
}

/* Matches the pool and opens its indexes. */
static void match(mc_index_set *set, mc_keep keep, const char *blocked) {
    char inputs[N_SHARDS][600], paths[N_SHARDS][1024];
    const char *input[N_SHARDS], *path[N_SHARDS];
    mc_pool *pool;
    mc_error error = {0};
    mc_match_result result;
    for (size_t i = 0; i < N_SHARDS; i++) {
        snprintf(inputs[i], sizeof inputs[i], "%s", scratch(names[i]));
        input[i] = inputs[i];
    }
    const mc_pool_options read = {.block_texts = blocked};
    assert_int_equal(mc_pool_create(&pool, input, N_SHARDS, &read, NULL), MC_OK);
    char folder[512];
    snprintf(folder, sizeof folder, "%s/out", scratch_folder);
    const mc_match_options options = {
        .concepts = concepts, .pool = pool, .folder = folder, .n_threads = 2, .keep_texts = keep};
    if (mc_match_run(&options, &result, &error) != MC_OK)
        fail_msg("%s: %s", error.file, error.message);
    for (size_t i = 0; i < N_SHARDS; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/matches/%s.mcm", folder, mc_pool_name(pool, i));
        path[i] = paths[i];
    }
    mc_match_result_dispose(&result);
    mc_pool_free(pool);
    assert_int_equal(mc_index_set_open(set, path, N_SHARDS, NULL), MC_OK);
}

typedef struct visitor {
    const uint64_t *ordinals; /* NULL: all */
    size_t n;                 /* visited */
    size_t stop_at;           /* fails there; 0: never */
} visitor;

static mc_status check_visit(void *context, const mc_text_visit *visit, mc_error *error) {
    visitor *v = context;
    uint64_t ordinal = v->ordinals ? v->ordinals[v->n] : v->n;
    assert_int_equal(visit->ordinal, ordinal);
    assert_true(ordinal < n_texts);
    const plain *p = &texts[ordinal];
    assert_int_equal(visit->index, p->shard);
    assert_int_equal(visit->record, p->record);
    assert_int_equal(visit->number, p->number);
    assert_int_equal(visit->url.size, strlen(p->url));
    assert_memory_equal(visit->url.data ? visit->url.data : "", p->url, visit->url.size);
    assert_int_equal(visit->text.size, strlen(p->text));
    assert_memory_equal(visit->text.data ? visit->text.data : "", p->text, visit->text.size);
    assert_int_equal(visit->pair.text_hash, mc_hash64(p->text, strlen(p->text)));
    mc_u128 uid =
        p->url[0] ? mc_hash128(p->url, strlen(p->url)) : mc_hash128(p->text, strlen(p->text));
    assert_true(mc_u128_equal(visit->pair.uid, uid));
    uint32_t n_ids = 0;
    char spaced[200];
    snprintf(spaced, sizeof spaced, " %s ", p->text);
    for (uint32_t e = 0; e < N_OF(words); e++) {
        char entry[32];
        snprintf(entry, sizeof entry, " %s ", words[e]);
        if (!strstr(spaced, entry))
            continue;
        assert_true(n_ids < visit->n_ids);
        assert_int_equal(visit->ids[n_ids++], e);
    }
    assert_int_equal(visit->n_ids, n_ids);
    v->n++;
    return v->n == v->stop_at ? mc_fail(error, MC_E_LIMIT, "enough") : MC_OK;
}

static mc_status visit(mc_index_set *set, const uint64_t *ordinals, size_t n, size_t n_threads,
                       visitor *v, mc_error *error) {
    v->ordinals = ordinals;
    v->n = 0;
    const mc_texts_options options = {.ordinals = ordinals,
                                      .n_ordinals = n,
                                      .n_threads = n_threads,
                                      .context = v,
                                      .visit = check_visit};
    return mc_texts_visit(set, &options, error);
}

static const mc_keep keeps[] = {MC_KEEP_NEVER, MC_KEEP_ALWAYS};

static void all_texts_are_visited_in_order(void **state) {
    (void)state;
    for (size_t k = 0; k < N_OF(keeps); k++) {
        mc_index_set set;
        visitor v = {0};
        match(&set, keeps[k], NULL);
        for (size_t n_threads = 0; n_threads < 4; n_threads++) {
            assert_int_equal(visit(&set, NULL, 0, n_threads, &v, NULL), MC_OK);
            assert_int_equal(v.n, n_texts);
        }
        mc_index_set_dispose(&set);
    }
}

static void chosen_texts_are_visited(void **state) {
    (void)state;
    uint64_t *ordinals = malloc(n_texts * sizeof *ordinals);
    assert_non_null(ordinals);
    for (size_t k = 0; k < N_OF(keeps); k++) {
        mc_index_set set;
        visitor v = {0};
        match(&set, keeps[k], NULL);
        const uint32_t one_in[] = {1, 2, 1000, 30000};
        for (size_t i = 0; i < N_OF(one_in); i++) {
            size_t n = 0;
            for (uint64_t t = 0; t < n_texts; t++)
                if (random_below(one_in[i]) == 0)
                    ordinals[n++] = t;
            assert_int_equal(visit(&set, ordinals, n, 2, &v, NULL), MC_OK);
            assert_int_equal(v.n, n);
        }
        uint64_t edges[] = {0, first_of[1] - 1, first_of[1], n_texts - 1};
        assert_int_equal(visit(&set, edges, N_OF(edges), 1, &v, NULL), MC_OK);
        assert_int_equal(v.n, N_OF(edges));
        edges[0] = n_texts; /* there is none */
        assert_int_equal(visit(&set, edges, 1, 1, &v, NULL), MC_OK);
        assert_int_equal(v.n, 0);
        assert_int_equal(visit(&set, edges, 0, 1, &v, NULL), MC_OK);
        assert_int_equal(v.n, 0);
        mc_index_set_dispose(&set);
    }
    free(ordinals);
}

static void shards_without_a_wanted_text_are_not_opened(void **state) {
    (void)state;
    mc_index_set set;
    visitor v = {0};
    mc_error error = {0};
    match(&set, MC_KEEP_NEVER, NULL);
    assert_int_equal(unlink(scratch(names[0])), 0);
    uint64_t ordinals[] = {first_of[1] + 3, first_of[2]};
    assert_int_equal(visit(&set, ordinals, N_OF(ordinals), 2, &v, NULL), MC_OK);
    assert_int_equal(v.n, N_OF(ordinals));
    assert_int_equal(visit(&set, NULL, 0, 2, &v, &error), MC_E_IO);
    assert_non_null(strstr(error.file, names[0]));
    mc_index_set_dispose(&set);
}

static void filtered_texts_are_no_texts(void **state) {
    (void)state;
    scratch_write("phrases", "mat\n", 4);
    char phrases[600];
    snprintf(phrases, sizeof phrases, "%s", scratch("phrases"));
    size_t left = 0;
    for (size_t i = 0; i < n_texts; i++)
        if (!strstr(texts[i].text, "mat"))
            texts[left++] = texts[i];
    n_texts = left;
    for (size_t k = 0; k < N_OF(keeps); k++) {
        mc_index_set set;
        visitor v = {0};
        match(&set, keeps[k], phrases);
        assert_int_equal(mc_index_set_texts(&set), n_texts);
        assert_int_equal(visit(&set, NULL, 0, 2, &v, NULL), MC_OK);
        assert_int_equal(v.n, n_texts);
        mc_index_set_dispose(&set);
    }
}

static void a_changed_pool_is_refused(void **state) {
    (void)state;
    mc_index_set set;
    visitor v = {0};
    mc_error error = {0};
    match(&set, MC_KEEP_NEVER, NULL);
    size_t size;
    char *data = scratch_read(names[2], &size);
    char *place = strstr(data, "\nv299\t");
    assert_non_null(place);
    place[6]++; /* the last text is another one */
    scratch_write(names[2], data, size);
    uint64_t last = n_texts - 1;
    assert_int_equal(visit(&set, &last, 1, 1, &v, &error), MC_E_MISMATCH);
    assert_non_null(strstr(error.file, names[2]));
    assert_int_equal(error.record, 299);
    uint64_t before = n_texts - 2; /* which is as it was */
    assert_int_equal(visit(&set, &before, 1, 1, &v, NULL), MC_OK);
    scratch_write(names[2], data, 12);
    assert_int_equal(visit(&set, &before, 1, 1, &v, &error), MC_E_MISMATCH);
    scratch_write(names[0], "", 0);
    assert_int_equal(visit(&set, NULL, 0, 1, &v, &error), MC_E_MISMATCH);
    assert_non_null(strstr(error.file, names[0]));
    free(data);
    mc_index_set_dispose(&set);
}

static void a_failing_visit_ends_it(void **state) {
    (void)state;
    mc_index_set set;
    mc_error error = {0};
    match(&set, MC_KEEP_AUTO, NULL);
    for (size_t stop_at = 1; stop_at < n_texts; stop_at = 3 * stop_at + 1) {
        visitor v = {.stop_at = stop_at};
        assert_int_equal(visit(&set, NULL, 0, 2, &v, &error), MC_E_LIMIT);
        assert_string_equal(error.message, "enough");
        assert_int_equal(v.n, stop_at);
    }
    mc_index_set_dispose(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_texts_are_visited_in_order, write_pool),
        cmocka_unit_test_setup(chosen_texts_are_visited, write_pool),
        cmocka_unit_test_setup(shards_without_a_wanted_text_are_not_opened, write_pool),
        cmocka_unit_test_setup(filtered_texts_are_no_texts, write_pool),
        cmocka_unit_test_setup(a_changed_pool_is_refused, write_pool),
        cmocka_unit_test_setup(a_failing_visit_ends_it, write_pool),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
