/* The survey of a run against a plain loop over all texts and thresholds, on every instruction set
 * and with several threads: what it finds is the same to the last bit. */
#include "made_index.h"

#include "no_sync.h"

#include <math.h>

#include "audit/survey.h"
#include "base/cpu.h"

enum { N_INDEXES = 3, THRESHOLDS_MAX = 64, SIZES_MAX = 8 };

/* A text of the made indexes, as it was decoded. */
typedef struct plain_text {
    char identity[MC_IDENTITY_SIZE];
    uint32_t *ids;
    uint32_t n_ids;
    mc_language language;
    size_t index;
    uint64_t record;
    uint32_t number;
    bool dropped, by_rule, kept;
    double key;
} plain_text;

typedef struct made_survey {
    char *paths[N_INDEXES];
    plain_text *texts;
    size_t n_texts;
    uint32_t n_entries;
    uint64_t *hashes;
    uint32_t *firsts;
    uint8_t *dropped;
    mc_audit_options options;
    mc_audited audited;
    uint64_t *rows[N_INDEXES]; /* records of kept texts */
    uint32_t *numbers[N_INDEXES];
} made_survey;

/* ---- indexes, and their texts in a list ---- */

typedef struct plan {
    made_limits limits;
    uint32_t n_blocks;
    uint32_t repeated; /* so many entries repeat the one before */
    uint64_t count_max;
    uint32_t zero_one_in;
    mc_dedup dedup;
    bool numbers; /* texts have numbers other than 0 */
} plan;

static void write_indexes(made_survey *m, const plan *p) {
    for (size_t i = 0; i < N_INDEXES; i++) {
        made_index made;
        char name[40];
        snprintf(name, sizeof name, "shard%zu", i);
        made_index_init(&made, name, m->n_entries, false);
        for (uint32_t b = 0; b < p->n_blocks; b++)
            made_index_add(&made, &p->limits);
        snprintf(name, sizeof name, "shard%zu.mcm", i);
        m->paths[i] = made_copy(scratch(name));
        made_index_write(&made, m->paths[i]);
        made_index_free(&made);
    }
}

static void list_block(made_survey *m, size_t index, const mc_block *block) {
    for (uint32_t t = 0; t < block->info.n_texts; t++) {
        plain_text *text = &m->texts[m->n_texts++];
        uint32_t n = block->offsets[t + 1] - block->offsets[t];
        *text = (plain_text){.n_ids = n,
                             .language = block->languages[t],
                             .index = index,
                             .record = block->info.first_record + block->records[t],
                             .number = block->numbers[t]};
        memcpy(text->identity, block->identity + t * MC_IDENTITY_SIZE, MC_IDENTITY_SIZE);
        text->ids = calloc(n + 1, sizeof *text->ids);
        assert_non_null(text->ids);
        memcpy(text->ids, block->ids + block->offsets[t], n * sizeof *text->ids);
    }
}

static void list_texts(made_survey *m) {
    mc_index_set *set = &m->audited.set;
    mc_buffer stored = {0};
    mc_block block = {0};
    m->texts = calloc(mc_index_set_texts(set) + 1, sizeof *m->texts);
    assert_non_null(m->texts);
    for (size_t i = 0; i < set->n; i++) {
        assert_int_equal(mc_index_reopen(&set->indexes[i], NULL), MC_OK);
        for (size_t b = 0; b < set->indexes[i].n_blocks; b++) {
            assert_int_equal(mc_index_read(&set->indexes[i], b, &stored, NULL), MC_OK);
            assert_int_equal(mc_index_decode(&set->indexes[i], b, &block, &stored, false, NULL),
                             MC_OK);
            list_block(m, i, &block);
        }
        mc_index_shut(&set->indexes[i]);
    }
    mc_block_dispose(&block);
    mc_buffer_dispose(&stored);
}

static void made_survey_init(made_survey *m, const plan *p, uint64_t seed) {
    mc_audited *a = &m->audited;
    *m = (made_survey){.n_entries = p->limits.n_entries};
    write_indexes(m, p);
    assert_int_equal(mc_index_set_open(&a->set, (const char *const *)m->paths, N_INDEXES, NULL),
                     MC_OK);
    list_texts(m);
    m->hashes = calloc(m->n_entries + 1, sizeof *m->hashes);
    m->firsts = calloc(m->n_entries + 1, sizeof *m->firsts);
    a->counts = calloc(m->n_entries + 1, sizeof *a->counts);
    m->dropped = calloc(m->n_texts / 8 + 1, 1);
    assert_true(m->hashes && m->firsts && a->counts && m->dropped);
    for (uint32_t id = 0; id < m->n_entries; id++) {
        uint32_t first = id - (id % 2 == 1 && id < 2 * p->repeated);
        m->firsts[id] = first;
        m->hashes[id] = mc_hash64(&first, sizeof first);
        a->counts[id] = 1 + next_random() % p->count_max;
        if (p->zero_one_in && random_below(p->zero_one_in) == 0)
            a->counts[id] = 0;
    }
    for (size_t i = 0; i < m->n_texts; i++)
        if ((m->texts[i].dropped = random_below(7) == 0))
            m->dropped[i / 8] |= (uint8_t)(1u << i % 8);
    assert_int_equal(
        mc_draw_init(&a->draw, m->hashes, a->counts, m->firsts, m->n_entries, seed, NULL), MC_OK);
    a->options = &m->options;
    a->dropped = m->dropped;
    a->dedup = p->dedup;
    a->seed = seed;
}

static void made_survey_free(made_survey *m) {
    for (size_t i = 0; i < N_INDEXES; i++) {
        free(m->paths[i]);
        free(m->rows[i]);
        free(m->numbers[i]);
    }
    for (size_t i = 0; i < m->n_texts; i++)
        free(m->texts[i].ids);
    free(m->texts);
    free(m->hashes);
    free(m->firsts);
    free(m->dropped);
    free(m->audited.counts);
    free(m->audited.kept);
    mc_draw_dispose(&m->audited.draw);
    mc_index_set_dispose(&m->audited.set);
}

/* ---- the plain way ---- */

static bool takes_part(const plain_text *text) {
    return text->n_ids > 0 && !text->dropped;
}

static void key_texts(made_survey *m) {
    for (size_t i = 0; i < m->n_texts; i++) {
        plain_text *text = &m->texts[i];
        text->key = INFINITY;
        for (uint32_t k = 0; k < text->n_ids; k++) {
            char bytes[32];
            memcpy(bytes, text->identity, 24);
            memcpy(bytes + 24, &m->hashes[text->ids[k]], 8);
            uint64_t hash = XXH3_64bits_withSeed(bytes, sizeof bytes, m->audited.seed);
            double u = (double)(hash >> 11) * 0x1p-53;
            text->key = fmin(text->key, u * (double)m->audited.counts[text->ids[k]]);
        }
    }
}

/* Made-up match sets may hold a repetition alone; such a text, too, is kept at an infinite t. */
static double chance_of(const made_survey *m, const plain_text *text, double t) {
    double missed = isinf(t) ? 0 : 1;
    for (uint32_t k = 0; k < text->n_ids; k++)
        if (m->firsts[text->ids[k]] == text->ids[k])
            missed *= 1 - fmin(1, t / (double)m->audited.counts[text->ids[k]]);
    return 1 - missed;
}

static void check_thresholds(const made_survey *m, const mc_survey *s) {
    for (size_t j = 0; j < s->n_thresholds; j++) {
        double t = s->thresholds[j], expected = 0, variance = 0;
        uint64_t realised = 0;
        for (size_t i = 0; i < m->n_texts; i++) {
            const plain_text *text = &m->texts[i];
            double q = takes_part(text) ? chance_of(m, text, t) : 0;
            realised += takes_part(text) && text->key < t;
            expected += q;
            variance += q * (1 - q);
        }
        assert_int_equal(s->realised[j], realised);
        assert_true(fabs(s->expected[j] - expected) <= 1e-11 * (expected + 1));
        if (m->audited.dedup == MC_DEDUP_NONE)
            assert_true(isnan(s->deviations[j]));
        else
            assert_true(fabs(s->deviations[j] - sqrt(variance)) <= 1e-7 + 1e-9 * sqrt(variance));
    }
}

static uint64_t keys_below(const made_survey *m, double t) {
    uint64_t n = 0;
    for (size_t i = 0; i < m->n_texts; i++)
        n += takes_part(&m->texts[i]) && m->texts[i].key < t;
    return n;
}

static void check_sizes(const made_survey *m, const mc_survey *s) {
    for (size_t i = 0; i < s->n_sizes; i++) {
        double low = s->size_t_low[i], high = s->size_t_high[i];
        assert_int_equal(s->size_low[i], keys_below(m, low));
        assert_int_equal(s->size_high[i], keys_below(m, high));
        assert_true(s->size_low[i] <= s->sizes[i]);
        if (isinf(low)) {
            assert_int_equal(s->size_low[i], keys_below(m, INFINITY));
        } else {
            assert_true(s->size_high[i] > s->sizes[i] && low < high);
            assert_true(low < 0x1p-53 || high <= low * (1 + 1.0 / 4096));
        }
    }
}

static void check_texts(const made_survey *m, const mc_survey *s) {
    uint64_t matched = 0, matches = 0, matched_with[MC_SURVEY_MATCHES + 1] = {0};
    uint32_t most = 0;
    for (size_t i = 0; i < m->n_texts; i++) {
        uint32_t n = m->texts[i].n_ids;
        if (!takes_part(&m->texts[i]))
            continue;
        matched++;
        matches += n;
        matched_with[n < MC_SURVEY_MATCHES ? n : MC_SURVEY_MATCHES]++;
        most = n > most ? n : most;
    }
    assert_int_equal(s->n_matched, matched);
    assert_int_equal(s->n_matches, matches);
    assert_int_equal(s->most_matches, most);
    assert_memory_equal(s->matched_with, matched_with, sizeof matched_with);
}

static void check_kept(const made_survey *m, const mc_survey *s) {
    uint64_t kept = 0, by_rule = 0, differ = 0, kept_with[MC_SURVEY_MATCHES + 1] = {0};
    uint64_t *after = calloc(m->n_entries + 1, sizeof *after);
    assert_non_null(after);
    for (size_t i = 0; i < m->n_texts; i++) {
        const plain_text *text = &m->texts[i];
        kept += text->kept;
        by_rule += text->by_rule;
        differ += text->kept != text->by_rule;
        if (!text->kept || !takes_part(text))
            continue;
        kept_with[text->n_ids < MC_SURVEY_MATCHES ? text->n_ids : MC_SURVEY_MATCHES]++;
        for (uint32_t k = 0; k < text->n_ids; k++)
            after[text->ids[k]]++;
    }
    assert_int_equal(s->n_kept, kept);
    assert_int_equal(s->n_by_rule, by_rule);
    assert_int_equal(s->n_differ, differ);
    assert_memory_equal(s->kept_with, kept_with, sizeof kept_with);
    assert_memory_equal(s->counts_after, after, m->n_entries * sizeof *after);
    free(after);
}

static void check_languages(const made_survey *m, const mc_survey *s) {
    uint64_t matched = 0;
    for (size_t l = 0; l < s->n_languages; l++) {
        mc_survey_language sums = {.code = s->languages[l].code};
        for (size_t i = 0; i < m->n_texts; i++) {
            const plain_text *text = &m->texts[i];
            if (!takes_part(text) || text->language != sums.code)
                continue;
            sums.matched++;
            sums.matches += text->n_ids;
            sums.kept += text->kept;
            sums.matches_after += text->kept ? text->n_ids : 0;
        }
        assert_memory_equal(&s->languages[l], &sums, sizeof sums);
        matched += sums.matched;
        if (l > 0 && s->languages[l - 1].matched == sums.matched)
            assert_true(s->languages[l - 1].code < sums.code);
        else if (l > 0)
            assert_true(s->languages[l - 1].matched > sums.matched);
    }
    assert_int_equal(matched, s->n_matched);
}

/* ---- surveys ---- */

static void run_survey(made_survey *m, mc_survey *s, size_t n_threads) {
    mc_error error = {0};
    m->options.n_threads = n_threads;
    if (mc_survey_run(s, &m->audited, &error) != MC_OK)
        fail_msg("%s", error.message);
}

static void check_equal(const mc_survey *a, const mc_survey *b, const made_survey *m) {
    size_t n = a->n_thresholds * sizeof(double);
    assert_memory_equal(a->realised, b->realised, n);
    assert_memory_equal(a->expected, b->expected, n);
    assert_memory_equal(a->deviations, b->deviations, n);
    assert_memory_equal(a->size_t_low, b->size_t_low, a->n_sizes * sizeof(double));
    assert_memory_equal(a->size_high, b->size_high, a->n_sizes * sizeof(uint64_t));
    assert_memory_equal(a->matched_with, b->matched_with, sizeof a->matched_with);
    assert_memory_equal(a->kept_with, b->kept_with, sizeof a->kept_with);
    assert_int_equal(a->n_differ, b->n_differ);
    assert_int_equal(a->n_by_rule, b->n_by_rule);
    assert_int_equal(!a->counts_after, !b->counts_after);
    if (a->counts_after)
        assert_memory_equal(a->counts_after, b->counts_after, m->n_entries * sizeof(uint64_t));
    assert_int_equal(a->n_languages, b->n_languages);
    assert_memory_equal(a->languages, b->languages, a->n_languages * sizeof *a->languages);
}

/* Checks a survey, and that others with more threads and every instruction set find the same. */
static void check_survey(made_survey *m, const mc_survey *asked) {
    mc_survey plain = *asked;
    assert_int_equal(setenv("METACURATE_ISA", "portable", 1), 0);
    run_survey(m, &plain, 1);
    check_texts(m, &plain);
    check_thresholds(m, &plain);
    check_sizes(m, &plain);
    check_languages(m, &plain);
    if (m->audited.balanced)
        check_kept(m, &plain);
    else
        assert_null(plain.counts_after);
    for (int isa = MC_ISA_PORTABLE; isa <= (int)mc_cpu_best(); isa++)
        for (size_t n_threads = 1; n_threads <= 7; n_threads += n_threads == 1 ? 1 : 5) {
            mc_survey s = *asked;
            assert_int_equal(setenv("METACURATE_ISA", mc_isa_name((mc_isa)isa), 1), 0);
            run_survey(m, &s, n_threads);
            check_equal(&plain, &s, m);
            mc_survey_dispose(&s);
        }
    assert_int_equal(unsetenv("METACURATE_ISA"), 0);
    mc_survey_dispose(&plain);
}

static int compare_reals(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Thresholds that hit counts and keys exactly, or lie close together, and extreme ones. */
static size_t choose_thresholds(const made_survey *m, double out[THRESHOLDS_MAX]) {
    size_t n = 0;
    for (double t = 1; t <= 1e6; t *= 10)
        for (int k = 0; k < 3; k++)
            out[n++] = t * (double[]){1, 2, 5}[k];
    for (size_t i = 0; i < 12; i++) {
        double key = m->texts[random_below((uint32_t)m->n_texts)].key;
        double count = (double)m->audited.counts[random_below(m->n_entries)];
        if (key > 0 && !isinf(key)) {
            out[n++] = key;
            out[n++] = nextafter(key, INFINITY);
        }
        if (count > 0)
            out[n++] = count;
    }
    const double extreme[] = {1e-300, 0x1p-53, 1e-9, 0.3, 1e18, 1e300, INFINITY};
    for (size_t i = 0; i < 7; i++)
        out[n++] = extreme[i];
    assert_true(n <= THRESHOLDS_MAX);
    qsort(out, n, sizeof *out, compare_reals);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || out[i] != out[i - 1])
            out[distinct++] = out[i];
    return distinct;
}

/* Notes what the rules keep at t. */
static void rule(made_survey *m, double t) {
    m->audited.balanced = true;
    m->audited.selection = (mc_selection){.threshold = t};
    for (size_t i = 0; i < m->n_texts; i++)
        m->texts[i].by_rule = takes_part(&m->texts[i]) && m->texts[i].key < t;
}

/* Makes the subset of the texts that are marked as kept. */
static void keep(made_survey *m, bool numbers) {
    mc_audited *a = &m->audited;
    if (!a->kept)
        a->kept = calloc(N_INDEXES, sizeof *a->kept);
    assert_non_null(a->kept);
    a->n_kept = 0;
    for (size_t i = 0; i < N_INDEXES; i++) {
        m->rows[i] = realloc(m->rows[i], (m->n_texts + 1) * sizeof(uint64_t));
        m->numbers[i] = realloc(m->numbers[i], (m->n_texts + 1) * sizeof(uint32_t));
        assert_true(m->rows[i] && m->numbers[i]);
        a->kept[i] =
            (mc_kept_rows){.records = m->rows[i], .numbers = numbers ? m->numbers[i] : NULL};
    }
    for (size_t i = 0; i < m->n_texts; i++) {
        const plain_text *text = &m->texts[i];
        mc_kept_rows *rows = &a->kept[text->index];
        if (!text->kept)
            continue;
        m->rows[text->index][rows->n] = text->record;
        m->numbers[text->index][rows->n++] = text->number;
        a->n_kept++;
    }
}

static const plan plans[] = {
    {{.n_records = 900,
      .n_texts = 4,
      .n_ids = 8,
      .n_entries = 300,
      .reject_one_in = 20,
      .empty_one_in = 15,
      .n_languages = 5},
     .n_blocks = 3,
     .repeated = 40,
     .count_max = 30000,
     .numbers = true},
    {{.n_records = 2500, .n_texts = 1, .n_ids = 4, .n_entries = 60, .reject_one_in = 9},
     .n_blocks = 2,
     .count_max = 500,
     .zero_one_in = 6},
    {{.n_records = 60, .n_texts = 2, .n_ids = 400, .n_entries = 1500, .n_languages = 200},
     .n_blocks = 2,
     .repeated = 700,
     .count_max = UINT64_MAX - 1,
     .zero_one_in = 50,
     .dedup = MC_DEDUP_NONE,
     .numbers = true},
};

static void it_is_as_a_plain_loop_finds(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        made_survey m;
        double thresholds[THRESHOLDS_MAX];
        made_survey_init(&m, &plans[i], i * 1000003);
        key_texts(&m);
        uint64_t sizes[] = {0, 1, 2, m.n_texts / 3, m.n_texts / 2, 17, m.n_texts, UINT64_MAX};
        mc_survey asked = {.thresholds = thresholds,
                           .n_thresholds = choose_thresholds(&m, thresholds),
                           .sizes = sizes,
                           .n_sizes = sizeof sizes / sizeof *sizes};
        check_survey(&m, &asked);
        for (size_t j = 0; j < asked.n_thresholds; j += 9) { /* as the rules have it */
            rule(&m, thresholds[j]);
            for (size_t t = 0; t < m.n_texts; t++)
                m.texts[t].kept = m.texts[t].by_rule;
            keep(&m, plans[i].numbers);
            check_survey(&m, &asked);
        }
        made_survey_free(&m);
    }
}

static void other_subsets_differ_from_the_rules(void **state) {
    (void)state;
    static const double t = 100;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        for (uint32_t one_in = 2; one_in <= 2048; one_in *= 8) {
            made_survey m;
            made_survey_init(&m, &plans[i], 5);
            key_texts(&m);
            rule(&m, 300);
            for (size_t k = 0; k < m.n_texts; k++)
                m.texts[k].kept = m.texts[k].by_rule != (random_below(one_in) == 0);
            keep(&m, plans[i].numbers);
            check_survey(&m, &(mc_survey){.thresholds = &t, .n_thresholds = 1});
            made_survey_free(&m);
        }
}

static void rows_without_a_text_differ(void **state) {
    (void)state;
    made_survey m;
    mc_survey s = {0};
    made_survey_init(&m, &plans[0], 1);
    key_texts(&m);
    rule(&m, 300);
    for (size_t k = 0; k < m.n_texts; k++)
        m.texts[k].kept = m.texts[k].by_rule;
    keep(&m, true);
    uint64_t kept = m.audited.n_kept;
    mc_kept_rows *last = &m.audited.kept[N_INDEXES - 1];
    for (size_t i = 0; i < 3; i++) /* records behind all others */
        m.rows[N_INDEXES - 1][last->n++] = 1000000 + i;
    m.audited.n_kept += 3;
    m.numbers[0][0] = 77; /* a text its record does not have, where all after it wait */
    run_survey(&m, &s, 2);
    assert_int_equal(s.n_kept, kept + 3);
    assert_int_equal(s.n_by_rule, kept);
    assert_true(s.n_differ >= 5);
    mc_survey_dispose(&s);
    made_survey_free(&m);
}

/* A subset of exactly so many pairs ends within equal keys. */
static void a_subset_by_rank_is_followed(void **state) {
    (void)state;
    made_survey m;
    made_survey_init(&m, &plans[1], 3);
    key_texts(&m);
    mc_rank last = {.key = 20};
    m.audited.balanced = true;
    for (size_t i = 0; i < m.n_texts; i++)
        if (takes_part(&m.texts[i]) && fabs(m.texts[i].key - 20) < fabs(last.key - 20) + 1)
            last = (mc_rank){m.texts[i].key, mc_pair_load(m.texts[i].identity), i};
    m.audited.selection = (mc_selection){.by_rank = true, .last = last, .threshold = last.key};
    for (size_t i = 0; i < m.n_texts; i++) {
        mc_rank rank = {m.texts[i].key, mc_pair_load(m.texts[i].identity), i};
        m.texts[i].by_rule = takes_part(&m.texts[i]) && mc_rank_compare(&rank, &last) <= 0;
        m.texts[i].kept = m.texts[i].by_rule;
    }
    keep(&m, false);
    check_survey(&m, &(mc_survey){0});
    made_survey_free(&m);
}

static void nothing_is_surveyed_as_nothing(void **state) {
    (void)state;
    static const double thresholds[] = {1, INFINITY};
    static const uint64_t sizes[] = {0, 5};
    static const plan empty = {.n_blocks = 0, .count_max = 1};
    for (int with_index = 0; with_index < 2; with_index++) {
        made_survey m;
        made_survey_init(&m, &empty, 0);
        if (!with_index) {
            mc_index_set_dispose(&m.audited.set);
            assert_int_equal(mc_index_set_open(&m.audited.set, NULL, 0, NULL), MC_OK);
        }
        rule(&m, 1);
        keep(&m, true);
        mc_survey asked = {
            .thresholds = thresholds, .n_thresholds = 2, .sizes = sizes, .n_sizes = 2};
        check_survey(&m, &asked);
        run_survey(&m, &asked, 2);
        assert_int_equal(asked.realised[1], 0);
        assert_true(asked.expected[1] == 0 && asked.deviations[1] == 0);
        assert_true(isinf(asked.size_t_low[0]) && asked.size_low[0] == 0);
        mc_survey_dispose(&asked);
        made_survey_free(&m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_as_a_plain_loop_finds),
        cmocka_unit_test(other_subsets_differ_from_the_rules),
        cmocka_unit_test(rows_without_a_text_differ),
        cmocka_unit_test(a_subset_by_rank_is_followed),
        cmocka_unit_test(nothing_is_surveyed_as_nothing),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
