/* One entry: its counts and rank, and a few of its texts. One pass over the indexes counts what was
 * kept and takes the texts whose identities have the smallest hashes: a sample that depends on the
 * pairs alone. */
#include <stdlib.h>
#include <string.h>

#include "audit/answer.h"
#include "audit/best.h"
#include "audit/questions/fetch.h"

#define SAMPLES_MAX 10000
#define SAMPLE_SEED 0x73616d70 /* any but those of draws */

typedef struct sample {
    uint64_t hash;
    char identity[MC_IDENTITY_SIZE];
    uint64_t ordinal;
    size_t index;
    uint64_t record;
    uint32_t number;
    double key;
} sample;

typedef struct findings {
    uint64_t n_after;         /* kept texts that hold the entry */
    uint64_t n_matches_after; /* matches of all kept texts */
    mc_best kept, not_kept;
} findings;

typedef struct question {
    mc_audited run;
    uint32_t id;
    size_t n_samples;
    findings **threads; /* what each thread of the pass found */
    _Atomic size_t n_threads;
    findings all;
    mc_fetched *fetched; /* by ordinal */
    size_t n_fetched;
    bool lost;
} question;

static int compare_samples(const void *x, const void *y) {
    const sample *a = x, *b = y;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    int order = memcmp(a->identity, b->identity, MC_IDENTITY_SIZE);
    return order ? order : (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

/* ---- the pass ---- */

static mc_status findings_init(findings *f, size_t n_samples, mc_error *error) {
    MC_TRY(mc_best_init(&f->kept, n_samples, sizeof(sample), compare_samples, error));
    return mc_best_init(&f->not_kept, n_samples, sizeof(sample), compare_samples, error);
}

static void findings_dispose(findings *f) {
    mc_best_dispose(&f->kept);
    mc_best_dispose(&f->not_kept);
}

static mc_status create_findings(void *context, void **scratch, mc_error *error) {
    question *q = context;
    findings *f;
    MC_TRY(mc_alloc(&f, 1, sizeof *f, error));
    q->threads[atomic_fetch_add(&q->n_threads, 1)] = f; /* freed once it was added up */
    *scratch = f;
    return findings_init(f, q->n_samples, error);
}

static void keep_findings(void *context, void *scratch) {
    (void)context;
    (void)scratch;
}

static bool holds(const mc_block *block, uint32_t text, uint32_t id) {
    const uint32_t *ids = block->ids + block->offsets[text];
    const uint32_t *end = block->ids + block->offsets[text + 1];
    while (ids < end && *ids < id)
        ids++;
    return ids < end && *ids == id;
}

static void take(const question *q, findings *f, const mc_pass_block *place, uint32_t text,
                 bool kept) {
    const mc_block *block = place->block;
    sample s = {.ordinal = place->first_text + text,
                .index = place->index,
                .record = block->info.first_record + block->records[text],
                .number = block->numbers[text]};
    mc_best *best = kept ? &f->kept : &f->not_kept;
    memcpy(s.identity, block->identity + (size_t)text * MC_IDENTITY_SIZE, MC_IDENTITY_SIZE);
    s.hash = XXH3_64bits_withSeed(s.identity, MC_IDENTITY_SIZE, SAMPLE_SEED);
    if (!mc_best_takes(best, &s))
        return;
    mc_draw_texts(&q->run.draw, block, text, 1, 1, &s.key, NULL);
    mc_best_add(best, &s);
}

static mc_status look_through(void *context, const mc_pass_block *place, void *scratch,
                              mc_error *error) {
    const question *q = context;
    findings *f = scratch;
    const mc_block *block = place->block;
    mc_kept_cursor cursor = mc_kept_of_block(&q->run, place->index, &block->info);
    (void)error;
    for (uint32_t text = 0; text < place->n_texts; text++) {
        bool kept = mc_kept_next(&cursor, block, text);
        if (kept)
            f->n_matches_after += block->offsets[text + 1] - block->offsets[text];
        if (!holds(block, text, q->id) || mc_audited_dropped(&q->run, place->first_text + text))
            continue;
        f->n_after += kept;
        take(q, f, place, text, kept);
    }
    return MC_OK;
}

static void add_best(mc_best *all, const mc_best *some) {
    for (size_t i = 0; i < some->n; i++)
        mc_best_add(all, mc_best_item(some, i));
}

static mc_status find_samples(question *q, mc_error *error) {
    size_t n_threads = mc_answer_threads(&q->run);
    MC_TRY(findings_init(&q->all, q->n_samples, error));
    MC_TRY(MC_ALLOC(q->threads, n_threads, error));
    mc_pass pass = {.set = &q->run.set,
                    .n_threads = n_threads,
                    .control = q->run.options->control,
                    .stage = MC_STAGE_SELECT,
                    .context = q,
                    .scratch_create = create_findings,
                    .scratch_free = keep_findings,
                    .work = look_through};
    MC_TRY(mc_pass_run(&pass, error));
    for (size_t i = 0; i < q->n_threads; i++) {
        const findings *f = q->threads[i];
        q->all.n_after += f->n_after;
        q->all.n_matches_after += f->n_matches_after;
        add_best(&q->all.kept, &f->kept);
        add_best(&q->all.not_kept, &f->not_kept);
    }
    mc_best_sort(&q->all.kept);
    mc_best_sort(&q->all.not_kept);
    return MC_OK;
}

/* ---- their texts ---- */

static int compare_fetched(const void *x, const void *y) {
    const mc_fetched *a = x, *b = y;
    return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

static mc_status fetch_texts(question *q, mc_error *error) {
    const mc_best *lists[] = {&q->all.kept, &q->all.not_kept};
    MC_TRY(MC_ALLOC(q->fetched, lists[0]->n + lists[1]->n, error));
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->n; i++) {
            const sample *s = mc_best_item(lists[l], i);
            q->fetched[q->n_fetched++].ordinal = s->ordinal;
        }
    qsort(q->fetched, q->n_fetched, sizeof *q->fetched, compare_fetched);
    return mc_fetch(&q->run, q->fetched, q->n_fetched, error);
}

/* ---- the answer ---- */

static mc_status find_entry(question *q, mc_bytes entry, mc_error *error) {
    for (uint32_t id = 0; id < q->run.entries.n; id++) {
        mc_bytes string = mc_entry_table_string(&q->run.entries, id);
        if (!string.data || string.size != entry.size ||
            memcmp(string.data, entry.data, entry.size) != 0)
            continue;
        q->id = id;
        return MC_OK;
    }
    return mc_fail(error, MC_E_ARGUMENT,
                   q->run.entries.concepts
                       ? "the concept list has no such entry (case and spaces count)"
                       : "no such entry matched anything (case and spaces count); give the concept "
                         "list to look among the others, too");
}

/* By count, then id; 0 for an entry that matched nothing. */
static uint64_t rank_of(const question *q) {
    const uint64_t *counts = q->run.counts;
    uint64_t rank = 1;
    if (counts[q->id] == 0)
        return 0;
    for (uint32_t id = 0; id < q->run.set.n_entries; id++)
        rank += counts[id] > counts[q->id] || (counts[id] == counts[q->id] && id < q->id);
    return rank;
}

static json_t *describe_sample(question *q, const sample *s) {
    char uid[33];
    bool *lost = &q->lost;
    json_t *row = json_object();
    mc_u128_hex(mc_pair_load(s->identity).uid, uid);
    mc_put(row, "shard", mc_value_string(q->run.set.names[s->index]), lost);
    mc_put(row, "record", mc_value_number(s->record), lost);
    mc_put(row, "text_number", mc_value_number(s->number), lost);
    mc_put(row, "uid", json_string(uid), lost);
    mc_fetched_describe(mc_fetched_find(q->fetched, q->n_fetched, s->ordinal), row, lost);
    mc_put(row, "key", mc_value_real(s->key), lost);
    return row;
}

static json_t *describe_samples(question *q, const mc_best *best) {
    json_t *rows = json_array();
    for (size_t i = 0; i < best->n; i++)
        mc_push(rows, describe_sample(q, mc_best_item(best, i)), &q->lost);
    return rows;
}

static mc_status describe(question *q, char **json, mc_error *error) {
    const mc_audited *run = &q->run;
    bool *lost = &q->lost, balanced = run->balanced;
    uint64_t before = run->counts[q->id], sum, rank = rank_of(q);
    double share_after = mc_answer_share(q->all.n_after, q->all.n_matches_after);
    MC_TRY(mc_answer_sum(run->counts, run->set.n_entries, &sum, error));
    json_t *document = mc_answer_begin("entry", lost);
    mc_put(document, "id", json_integer(q->id), lost);
    mc_put(document, "entry", mc_audited_entry(run, q->id), lost);
    mc_put(document, "source", mc_value_string(mc_audited_source(run, q->id)), lost);
    mc_put(document, "dead", json_boolean(mc_audited_is_dead(run, q->id)), lost);
    mc_put(document, "before", mc_value_number(before), lost);
    mc_put(document, "after", balanced ? mc_value_number(q->all.n_after) : json_null(), lost);
    mc_put(document, "rank", rank ? mc_value_number(rank) : json_null(), lost);
    mc_put(document, "share_before", json_real(mc_answer_share(before, sum)), lost);
    mc_put(document, "share_after", balanced ? json_real(share_after) : json_null(), lost);
    mc_put(document, "p", mc_answer_p(run, q->id), lost);
    mc_put(document, "kept", describe_samples(q, &q->all.kept), lost);
    mc_put(document, "not_kept", describe_samples(q, &q->all.not_kept), lost);
    return mc_answer_end(document, q->lost, json, error);
}

static void question_dispose(question *q) {
    for (size_t i = 0; i < q->n_threads; i++) {
        findings_dispose(q->threads[i]);
        free(q->threads[i]);
    }
    free(q->threads);
    findings_dispose(&q->all);
    mc_fetched_free(q->fetched, q->n_fetched);
    mc_audited_dispose(&q->run);
}

static mc_status ask(question *q, const mc_audit_options *options, mc_bytes entry, char **json,
                     mc_error *error) {
    if (q->n_samples > SAMPLES_MAX)
        return mc_fail(error, MC_E_ARGUMENT, "more than %d samples are asked for", SAMPLES_MAX);
    MC_TRY(mc_audited_open(&q->run, options, error));
    MC_TRY(find_entry(q, entry, error));
    MC_TRY(find_samples(q, error));
    MC_TRY(fetch_texts(q, error));
    return describe(q, json, error);
}

mc_status mc_audit_entry(const mc_audit_options *options, mc_bytes entry, size_t n_samples,
                         char **json, mc_error *error) {
    question q = {.n_samples = n_samples};
    *json = NULL;
    mc_status status = ask(&q, options, entry, json, error);
    question_dispose(&q);
    return status;
}
