/* Each thread tallies the blocks it gets; at the end the tallies are added up. All of them are
 * integers, so that their sums depend on neither threads nor order. */
#include "audit/survey.h"

#include <math.h>
#include <stdlib.h>

#include "audit/expected.h"
#include "audit/survey_keys.h"
#include "audit/survey_languages.h"
#include "base/pipeline.h"

typedef struct tally {
    mc_expected expected;
    mc_key_tally keys;
    mc_language_tally languages;
    uint64_t *counts_after; /* NULL without a subset */
    uint64_t matched_with[MC_SURVEY_MATCHES + 1];
    uint64_t kept_with[MC_SURVEY_MATCHES + 1];
    uint64_t n_matched, n_matches, n_kept, n_by_rule, n_differ;
    uint32_t most_matches;
} tally;

typedef struct run {
    const mc_survey *survey;
    const mc_audited *audited;
    mc_expected_plan plan;
    tally **tallies; /* one a thread */
    _Atomic size_t n_tallies;
} run;

/* Up to MC_DRAW_TEXTS texts of a block that follow each other; what is listed takes part and has a
 * match. */
typedef struct piece {
    const mc_pass_block *place;
    uint32_t first, n_texts;
    uint32_t n;
    uint32_t texts[MC_DRAW_TEXTS];
    double keys[MC_DRAW_TEXTS];
    uint32_t n_by_rule; /* listed ones that the rules keep, as indices of texts */
    uint32_t by_rule[MC_DRAW_TEXTS];
    uint32_t n_kept; /* listed ones that were kept */
    uint32_t kept[MC_DRAW_TEXTS];
} piece;

static mc_status create_tally(void *context, void **scratch, mc_error *error) {
    run *r = context;
    tally *t;
    MC_TRY(mc_alloc(&t, 1, sizeof *t, error));
    r->tallies[atomic_fetch_add(&r->n_tallies, 1)] = t; /* freed once its sums are taken */
    *scratch = t;
    if (r->audited->balanced)
        MC_TRY(MC_ALLOC(t->counts_after, r->audited->set.n_entries, error));
    MC_TRY(mc_expected_init(&t->expected, &r->plan, error));
    return mc_key_tally_init(&t->keys, r->survey->thresholds, r->survey->n_thresholds, error);
}

static void free_tally(tally *t) {
    free(t->counts_after);
    mc_expected_dispose(&t->expected);
    mc_key_tally_dispose(&t->keys);
    mc_language_tally_dispose(&t->languages);
    free(t);
}

/* ---- a piece of a block ---- */

static inline uint32_t matches_of(const mc_block *block, uint32_t text) {
    return block->offsets[text + 1] - block->offsets[text];
}

/* Lists the texts, and their keys with what is expected of them. There are no branches on a single
 * text here nor in what follows: they would be guessed wrongly. */
static void list_texts(const run *r, tally *t, piece *p) {
    const mc_block *block = p->place->block;
    double keys[MC_DRAW_TEXTS];
    p->n = 0;
    for (uint32_t i = 0; i < p->n_texts; i++) {
        uint32_t text = p->first + i;
        bool dropped = mc_audited_dropped(r->audited, p->place->first_text + text);
        p->texts[p->n] = text;
        p->n += (matches_of(block, text) > 0) & !dropped;
    }
    mc_expected_add(&t->expected, block, p->first, p->n_texts, p->texts, p->n, keys);
    for (uint32_t i = 0; i < p->n; i++)
        p->keys[i] = keys[p->texts[i] - p->first];
}

static void list_by_rule(const run *r, piece *p) {
    const mc_selection *selection = &r->audited->selection;
    p->n_by_rule = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        const char *identity = p->place->identity + (size_t)p->texts[i] * MC_IDENTITY_SIZE;
        p->by_rule[p->n_by_rule] = i;
        p->n_by_rule +=
            mc_selected(selection, p->keys[i], identity, p->place->first_text + p->texts[i]);
    }
}

/* True when a row of the subset is of the text. */
static inline bool is_row_of(const mc_kept_cursor *cursor, size_t at, const mc_block *block,
                             uint32_t text) {
    const mc_kept_rows *rows = cursor->rows;
    uint32_t number = rows->numbers ? rows->numbers[at] : 0;
    return (rows->records[at] == cursor->first_record + block->records[text]) &
           (number == block->numbers[text]);
}

/* True when the next rows are those that the rules keep, and none besides is of the piece. */
static bool rules_hold(const piece *p, const mc_kept_cursor *cursor) {
    const mc_block *block = p->place->block;
    bool same = p->n_by_rule <= cursor->end - cursor->at;
    for (uint32_t i = 0; same && i < p->n_by_rule; i++)
        same = is_row_of(cursor, cursor->at + i, block, p->texts[p->by_rule[i]]);
    size_t next = cursor->at + p->n_by_rule;
    uint32_t last = p->first + p->n_texts - 1;
    uint64_t last_record = cursor->first_record + block->records[last];
    return same && (next == cursor->end || cursor->rows->records[next] > last_record);
}

/* Lists what was kept; as a rule it is what the rules keep. A kept text that takes no part is none
 * of those. */
static void list_kept(tally *t, piece *p, mc_kept_cursor *cursor) {
    const mc_block *block = p->place->block;
    p->n_kept = p->n_by_rule;
    if (rules_hold(p, cursor)) {
        memcpy(p->kept, p->by_rule, p->n_by_rule * sizeof *p->kept);
        cursor->at += p->n_by_rule;
        t->n_kept += p->n_kept;
        return;
    }
    p->n_kept = 0;
    for (uint32_t i = 0, listed = 0, rule = 0; i < p->n_texts; i++) {
        bool kept = mc_kept_next(cursor, block, p->first + i);
        bool is_listed = listed < p->n && p->texts[listed] == p->first + i;
        bool by_rule = is_listed && rule < p->n_by_rule && p->by_rule[rule] == listed;
        p->kept[p->n_kept] = listed;
        p->n_kept += kept && is_listed;
        t->n_kept += kept;
        t->n_differ += kept != by_rule;
        listed += is_listed;
        rule += by_rule;
    }
}

static void tally_matches(tally *t, const piece *p) {
    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t n = matches_of(p->place->block, p->texts[i]);
        t->n_matches += n;
        t->most_matches = n > t->most_matches ? n : t->most_matches;
        t->matched_with[n < MC_SURVEY_MATCHES ? n : MC_SURVEY_MATCHES]++;
    }
    t->n_matched += p->n;
}

static void count_ids(tally *t, const uint32_t *ids, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        t->counts_after[ids[i]]++;
}

/* Puts the ids of kept texts side by side first, as most have few: a loop over all of them is not
 * held up by where a text ends. */
static void tally_kept(tally *t, const piece *p) {
    enum { ROOM = 512, AT_ONCE = 8 };
    const mc_block *block = p->place->block;
    uint32_t ids[ROOM + AT_ONCE], n_ids = 0;
    for (uint32_t i = 0; i < p->n_kept; i++) {
        uint32_t text = p->texts[p->kept[i]], n = matches_of(block, text);
        uint32_t from = block->offsets[text];
        t->kept_with[n < MC_SURVEY_MATCHES ? n : MC_SURVEY_MATCHES]++;
        if (n > AT_ONCE || block->info.n_ids - from < AT_ONCE) {
            count_ids(t, block->ids + from, n);
            continue;
        }
        memcpy(ids + n_ids, block->ids + from, AT_ONCE * sizeof *ids); /* whatever n is */
        n_ids += n;
        if (n_ids >= ROOM) {
            count_ids(t, ids, n_ids);
            n_ids = 0;
        }
    }
    count_ids(t, ids, n_ids);
}

/* Languages come in runs. */
static mc_status tally_languages(tally *t, const piece *p, mc_error *error) {
    const mc_block *block = p->place->block;
    uint32_t i = 0, kept = 0;
    while (i < p->n) {
        mc_survey_language sums = {.code = block->languages[p->texts[i]]};
        for (; i < p->n && block->languages[p->texts[i]] == sums.code; i++) {
            sums.matched++;
            sums.matches += matches_of(block, p->texts[i]);
        }
        for (; kept < p->n_kept && p->kept[kept] < i; kept++) {
            sums.kept++;
            sums.matches_after += matches_of(block, p->texts[p->kept[kept]]);
        }
        MC_TRY(mc_language_tally_add(&t->languages, &sums, error));
    }
    return MC_OK;
}

static mc_status tally_block(void *context, const mc_pass_block *place, void *scratch,
                             mc_error *error) {
    const run *r = context;
    tally *t = scratch;
    piece p;
    p.place = place;
    p.first = p.n_kept = 0;
    mc_kept_cursor cursor = mc_kept_of_block(r->audited, place->index, &place->block->info);
    for (; p.first < place->n_texts; p.first += MC_DRAW_TEXTS) {
        uint32_t left = place->n_texts - p.first;
        p.n_texts = left < MC_DRAW_TEXTS ? left : MC_DRAW_TEXTS;
        list_texts(r, t, &p);
        for (uint32_t i = 0; i < p.n; i++)
            mc_key_tally_add(&t->keys, p.keys[i]);
        tally_matches(t, &p);
        if (r->audited->balanced) {
            list_by_rule(r, &p);
            t->n_by_rule += p.n_by_rule;
            list_kept(t, &p, &cursor);
            tally_kept(t, &p);
        }
        MC_TRY(tally_languages(t, &p, error));
    }
    return MC_OK;
}

/* ---- the sums ---- */

static mc_status merge(const run *r, tally *into, const tally *from, mc_error *error) {
    mc_expected_merge(&into->expected, &from->expected);
    mc_key_tally_merge(&into->keys, &from->keys);
    for (uint32_t e = 0; into->counts_after && e < r->audited->set.n_entries; e++)
        into->counts_after[e] += from->counts_after[e];
    for (size_t k = 0; k <= MC_SURVEY_MATCHES; k++) {
        into->matched_with[k] += from->matched_with[k];
        into->kept_with[k] += from->kept_with[k];
    }
    into->n_matched += from->n_matched;
    into->n_matches += from->n_matches;
    into->n_kept += from->n_kept;
    into->n_by_rule += from->n_by_rule;
    into->n_differ += from->n_differ;
    if (from->most_matches > into->most_matches)
        into->most_matches = from->most_matches;
    return mc_language_tally_merge(&into->languages, &from->languages, error);
}

static void answer_thresholds(mc_survey *s, const run *r, const tally *t) {
    for (size_t j = 0; j < s->n_thresholds; j++) {
        bool all = isinf(s->thresholds[j]);
        s->realised[j] = mc_key_tally_below(&t->keys, j);
        s->expected[j] = all ? (double)t->n_matched : mc_expected_size(&t->expected, j);
        s->deviations[j] = all ? 0 : sqrt(mc_expected_variance(&t->expected, j));
        if (r->audited->dedup == MC_DEDUP_NONE) /* copies share a draw */
            s->deviations[j] = NAN;
    }
}

static void answer_sizes(mc_survey *s, const tally *t) {
    for (size_t i = 0; i < s->n_sizes; i++) {
        mc_key_edges edges = mc_key_tally_edges(&t->keys, s->sizes[i]);
        s->size_t_low[i] = edges.low;
        s->size_low[i] = edges.below_low;
        s->size_t_high[i] = edges.high;
        s->size_high[i] = edges.below_high;
    }
}

/* Adds up the tallies into the first of them, and takes over what it found. */
static mc_status answer(mc_survey *s, const run *r, mc_error *error) {
    tally *all = r->tallies[0];
    for (size_t i = 1; i < r->n_tallies; i++)
        MC_TRY(merge(r, all, r->tallies[i], error));
    mc_key_tally_sum(&all->keys);
    answer_thresholds(s, r, all);
    answer_sizes(s, all);
    memcpy(s->matched_with, all->matched_with, sizeof s->matched_with);
    memcpy(s->kept_with, all->kept_with, sizeof s->kept_with);
    s->n_matched = all->n_matched;
    s->n_matches = all->n_matches;
    s->most_matches = all->most_matches;
    s->n_by_rule = all->n_by_rule;
    /* Rows for which there is no text are in no tally. */
    s->n_kept = r->audited->n_kept;
    s->n_differ = all->n_differ + (s->n_kept - all->n_kept);
    s->counts_after = all->counts_after;
    all->counts_after = NULL;
    return mc_language_tally_list(&all->languages, &s->languages, &s->n_languages, error);
}

static mc_status survey(mc_survey *s, run *r, mc_error *error) {
    const mc_audited *a = r->audited;
    size_t n_threads = a->options->n_threads ? a->options->n_threads : mc_processor_count();
    mc_pass pass = {.set = (mc_index_set *)&a->set, /* its files are opened and shut again */
                    .n_threads = n_threads,
                    .control = a->options->control,
                    .stage = MC_STAGE_COUNT,
                    .context = r,
                    .scratch_create = create_tally,
                    .work = tally_block};
    MC_TRY(MC_ALLOC(s->realised, s->n_thresholds, error));
    MC_TRY(MC_ALLOC(s->expected, s->n_thresholds, error));
    MC_TRY(MC_ALLOC(s->deviations, s->n_thresholds, error));
    MC_TRY(MC_ALLOC(s->size_t_low, s->n_sizes, error));
    MC_TRY(MC_ALLOC(s->size_low, s->n_sizes, error));
    MC_TRY(MC_ALLOC(s->size_t_high, s->n_sizes, error));
    MC_TRY(MC_ALLOC(s->size_high, s->n_sizes, error));
    MC_TRY(mc_expected_plan_init(&r->plan, s->thresholds, s->n_thresholds, &a->draw, mc_cpu_isa(),
                                 error));
    MC_TRY(MC_ALLOC(r->tallies, n_threads, error));
    MC_TRY(mc_pass_run(&pass, error));
    if (r->n_tallies == 0) { /* nothing to read: one tally, empty */
        void *scratch;
        MC_TRY(create_tally(r, &scratch, error));
    }
    return answer(s, r, error);
}

mc_status mc_survey_run(mc_survey *s, const mc_audited *audited, mc_error *error) {
    run r = {.survey = s, .audited = audited};
    mc_status status = survey(s, &r, error);
    for (size_t i = 0; i < r.n_tallies; i++)
        free_tally(r.tallies[i]);
    free(r.tallies);
    mc_expected_plan_dispose(&r.plan);
    return status;
}

void mc_survey_dispose(mc_survey *s) {
    free(s->realised);
    free(s->expected);
    free(s->deviations);
    free(s->size_t_low);
    free(s->size_low);
    free(s->size_t_high);
    free(s->size_high);
    free(s->counts_after);
    free(s->languages);
    *s = (mc_survey){0};
}
