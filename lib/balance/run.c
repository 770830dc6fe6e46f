/* Balancing from beginning to end: which pairs take part, their counts, the threshold, the subset.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "balance/drops.h"
#include "balance/select.h"
#include "balance/subset.h"
#include "base/pipeline.h"
#include "io/npy.h"
#include "match/resume.h"

static const char *const dedup_names[] = {[MC_DEDUP_PAIR] = "pair",
                                          [MC_DEDUP_NONE] = "none",
                                          [MC_DEDUP_URL] = "url",
                                          [MC_DEDUP_TEXT] = "text"};
enum { N_DEDUPS = sizeof dedup_names / sizeof *dedup_names };

const char *mc_dedup_name(mc_dedup dedup) {
    return (unsigned)dedup < N_DEDUPS ? dedup_names[dedup] : "unknown";
}

mc_status mc_dedup_parse(const char *name, mc_dedup *out, mc_error *error) {
    for (unsigned i = 0; i < N_DEDUPS; i++) {
        if (strcmp(name, dedup_names[i]) == 0) {
            *out = (mc_dedup)i;
            return MC_OK;
        }
    }
    return mc_fail(error, MC_E_ARGUMENT, "unknown value \"%.40s\" (known: pair, none, url, text)",
                   name);
}

typedef struct run {
    const mc_balance_options *options;
    mc_balance_result *result;
    mc_index_set set;
    mc_entry_table entries;
    mc_drops drops;
    uint64_t *drawn_counts; /* of --counts; NULL: the pool's own */
    mc_draw draw;
    mc_selection selection;
    mc_emitter *emitters[MC_EMITTERS_MAX];
    size_t n_emitters;
} run;

/* What counting finds in one thread. Signed in effect: subtraction wraps and adds up right. */
typedef struct tally {
    uint64_t *counts;
    mc_totals totals;
} tally;

typedef struct counting {
    run *r;
    bool subtract; /* count what is dropped, else what is not */
    tally **tallies;
    _Atomic size_t n_tallies;
} counting;

static mc_status create_tally(void *context, void **scratch, mc_error *error) {
    counting *c = context;
    tally *t;
    MC_TRY(mc_alloc(&t, 1, sizeof *t, error));
    c->tallies[atomic_fetch_add(&c->n_tallies, 1)] = t; /* freed once summed */
    *scratch = t;
    return MC_ALLOC(t->counts, c->r->set.n_entries, error);
}

static mc_status count_block(void *context, const mc_pass_block *place, void *scratch,
                             mc_error *error) {
    const counting *c = context;
    tally *t = scratch;
    const mc_block *block = place->block;
    (void)error;
    for (uint32_t i = 0; i < place->n_texts; i++) {
        if (mc_bitmap_get(&c->r->drops.dropped, place->first_text + i) != c->subtract)
            continue;
        uint32_t start = block->offsets[i], end = block->offsets[i + 1];
        for (uint32_t k = start; k < end; k++)
            t->counts[block->ids[k]]++;
        t->totals.matches += end - start;
        t->totals.matched += end > start;
        t->totals.unmatched += end == start && !block->empty[i];
    }
    return MC_OK;
}

static bool has_drops(void *context, uint64_t first_text, uint64_t n_texts) {
    const counting *c = context;
    return mc_bitmap_any(&c->r->drops.dropped, first_text, n_texts);
}

/* Counts over the pairs that take part: matching has counted all texts, so what is dropped is
 * taken back; an index that comes without counts is counted anew. */
static mc_status count(run *r, mc_error *error) {
    mc_balance_result *result = r->result;
    size_t n_threads = r->options->n_threads ? r->options->n_threads : mc_processor_count();
    counting c = {.r = r, .subtract = r->options->counts != NULL};
    MC_TRY(MC_ALLOC(c.tallies, n_threads, error));
    mc_pass pass = {.set = &r->set,
                    .n_threads = n_threads,
                    .control = r->options->control,
                    .stage = MC_STAGE_COUNT,
                    .context = &c,
                    .wanted = c.subtract ? has_drops : NULL,
                    .scratch_create = create_tally,
                    .work = count_block};
    mc_status status = MC_OK;
    if (!c.subtract || r->drops.dropped.n_set > 0)
        status = mc_pass_run(&pass, error);
    mc_totals *totals = &result->totals;
    *totals = r->set.totals;
    if (c.subtract)
        memcpy(result->counts, r->options->counts, r->set.n_entries * sizeof *result->counts);
    else
        totals->matches = totals->matched = totals->unmatched = 0;
    for (size_t i = 0; i < c.n_tallies; i++) {
        const tally *t = c.tallies[i];
        uint64_t sign = c.subtract ? UINT64_MAX : 1;
        for (uint32_t e = 0; t->counts && e < r->set.n_entries; e++)
            result->counts[e] += sign * t->counts[e];
        totals->matches += sign * t->totals.matches;
        totals->matched += sign * t->totals.matched;
        totals->unmatched += sign * t->totals.unmatched;
    }
    totals->excluded += r->drops.n_excluded + r->drops.n_taken_down;
    totals->excluded_for[MC_EXCLUDED_UID] += r->drops.n_excluded;
    totals->excluded_for[MC_EXCLUDED_TAKEDOWN] += r->drops.n_taken_down;
    totals->duplicates = r->drops.n_duplicates;
    for (size_t i = 0; i < c.n_tallies; i++) {
        free(c.tallies[i]->counts);
        free(c.tallies[i]);
    }
    free(c.tallies);
    return status;
}

static const uint64_t *counts_to_draw(const run *r) {
    return r->drawn_counts ? r->drawn_counts : r->result->counts;
}

static mc_status choose_threshold(run *r, const mc_draw *draw, mc_error *error) {
    const mc_balance_options *o = r->options;
    uint64_t n_matched = r->result->totals.matched, t;
    r->selection.threshold = INFINITY;
    switch (o->target) {
    case MC_TARGET_THRESHOLD:
        r->selection.threshold = o->threshold;
        break;
    case MC_TARGET_TAIL_SHARE:
        MC_TRY(mc_threshold_for(counts_to_draw(r), r->set.n_entries, o->tail_share, &t, error));
        r->selection.threshold = (double)t;
        break;
    case MC_TARGET_SIZE:
        if (o->size == 0)
            return mc_fail(error, MC_E_ARGUMENT, "a subset has at least one pair");
        r->result->fewer_than_asked = n_matched < o->size;
        if (o->size < n_matched)
            return mc_select_size(&r->selection, &r->set, &r->drops, draw, o->size, o, error);
        break;
    case MC_TARGET_COUNTS:
        break;
    }
    return MC_OK;
}

static mc_status add_emitter(run *r, mc_status status) {
    if (r->emitters[r->n_emitters])
        r->n_emitters++;
    return status;
}

static mc_status create_emitters(run *r, mc_error *error) {
    const mc_balance_options *o = r->options;
    size_t n_threads = o->n_threads ? o->n_threads : mc_processor_count();
    char t[64];
    mc_emit_name(o->target == MC_TARGET_SIZE ? o->size : 0, r->selection.threshold, t);
    mc_emitter **next = r->emitters;
    MC_TRY(add_emitter(r, mc_emit_rows(&next[r->n_emitters], o->folder, error)));
    MC_TRY(add_emitter(r, mc_emit_jsonl(&next[r->n_emitters], o->folder, n_threads, error)));
    if (o->emit & MC_EMIT_TSV)
        MC_TRY(add_emitter(r, mc_emit_tsv(&next[r->n_emitters], o->folder, error)));
    if (o->emit & MC_EMIT_DATACOMP)
        MC_TRY(add_emitter(r, mc_emit_datacomp(&next[r->n_emitters], o->folder, error)));
    if (o->emit & MC_EMIT_METACLIP)
        MC_TRY(add_emitter(r, mc_emit_metaclip(&next[r->n_emitters], o->folder, t,
                                               r->result->counts, r->set.n_entries, error)));
    return MC_OK;
}

static mc_status path_of(const run *r, const char *name, char out[MC_PATH_MAX], mc_error *error) {
    if (snprintf(out, MC_PATH_MAX, "%s/%s", r->options->folder, name) >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "the output folder's path is too long");
    return MC_OK;
}

/* What whoever looks at the run later need not find out again: counts, and which texts took part.
 */
static mc_status write_findings(const run *r, mc_error *error) {
    char path[MC_PATH_MAX];
    MC_TRY(path_of(r, "counts.npy", path, error));
    MC_TRY(mc_npy_write_u64(path, r->result->counts, r->set.n_entries, error));
    MC_TRY(path_of(r, "dropped.npy", path, error));
    return mc_bitmap_write(&r->drops.dropped, path, error);
}

static mc_status write_subset(run *r, const mc_draw *draw, mc_error *error) {
    mc_balance_result *result = r->result;
    MC_TRY(choose_threshold(r, draw, error));
    MC_TRY(create_emitters(r, error));
    mc_subset subset = {.set = &r->set,
                        .options = r->options,
                        .drops = &r->drops,
                        .draw = draw,
                        .selection = &r->selection,
                        .emitters = r->emitters,
                        .n_emitters = r->n_emitters,
                        .counts_after = result->counts_after};
    MC_TRY(mc_subset_write(&subset, error));
    result->threshold = r->selection.threshold;
    result->tail_share = mc_tail_share_of(counts_to_draw(r), r->set.n_entries, result->threshold);
    result->totals.kept = subset.n_kept;
    if (r->selection.by_rank) {
        const mc_rank *last = &r->selection.last;
        result->last = (mc_last_pair){.known = true,
                                      .key = last->key,
                                      .text_hash = last->pair.text_hash,
                                      .ordinal = last->ordinal};
        mc_u128_hex(last->pair.uid, result->last.uid);
    }
    result->expected_size = subset.expected_size;
    result->expected_deviation = subset.expected_deviation;
    return MC_OK;
}

/* True when a goes before b among the top entries. */
static bool ranks_before(const mc_top_entry *a, const mc_top_entry *b) {
    return a->before != b->before ? a->before > b->before : a->id < b->id;
}

static mc_status name_top(run *r, mc_top_entry *top, mc_error *error) {
    mc_bytes string = mc_entry_table_string(&r->entries, top->id);
    MC_TRY(mc_alloc(&top->entry, string.size + 1, 1, error));
    for (size_t i = 0; i < string.size; i++)
        top->entry[i] = string.data[i] ? string.data[i] : '?';
    return MC_OK;
}

static mc_status summarise(run *r, mc_error *error) {
    mc_balance_result *result = r->result;
    for (uint32_t e = 0; e < result->n_entries; e++) {
        uint64_t n = result->counts[e];
        result->n_never += n == 0;
        result->n_head += n > 0 && (double)n >= result->threshold;
        result->n_tail += n > 0 && (double)n < result->threshold;
        mc_top_entry entry = {.id = e, .before = n, .after = result->counts_after[e]};
        if (n == 0 || (result->n_top == MC_TOP_ENTRIES &&
                       !ranks_before(&entry, &result->top[result->n_top - 1])))
            continue;
        if (result->n_top < MC_TOP_ENTRIES)
            result->n_top++;
        size_t at = result->n_top - 1;
        for (; at > 0 && ranks_before(&entry, &result->top[at - 1]); at--)
            result->top[at] = result->top[at - 1];
        result->top[at] = entry;
    }
    for (size_t i = 0; i < result->n_top; i++)
        MC_TRY(name_top(r, &result->top[i], error));
    return MC_OK;
}

static mc_status balance(run *r, mc_error *error) {
    const mc_balance_options *o = r->options;
    mc_balance_result *result = r->result;
    MC_TRY(mc_index_set_open(&r->set, o->indexes, o->n_indexes, error));
    MC_TRY(mc_entry_table_init(&r->entries, &r->set, o->concepts, error));
    result->n_entries = r->set.n_entries;
    MC_TRY(MC_ALLOC(result->counts, result->n_entries, error));
    MC_TRY(MC_ALLOC(result->counts_after, result->n_entries, error));
    if (o->counts_file)
        MC_TRY(mc_npy_read_u64(o->counts_file, result->n_entries, &r->drawn_counts, error));
    MC_TRY(mc_drops_find(&r->drops, &r->set, o, error));
    MC_TRY(count(r, error));
    MC_TRY(write_findings(r, error));
    if (o->target != MC_TARGET_COUNTS) {
        MC_TRY(mc_draw_init(&r->draw, r->entries.hashes, counts_to_draw(r), r->entries.firsts,
                            r->set.n_entries, o->seed, error));
        MC_TRY(write_subset(r, &r->draw, error));
    }
    return summarise(r, error);
}

mc_status mc_balance_run(const mc_balance_options *options, mc_balance_result *result,
                         mc_error *error) {
    *result = (mc_balance_result){.threshold = INFINITY};
    run r = {.options = options, .result = result};
    mc_status status = balance(&r, error);
    for (size_t i = 0; i < r.n_emitters; i++)
        r.emitters[i]->free(r.emitters[i]);
    free(r.drawn_counts);
    mc_draw_dispose(&r.draw);
    mc_drops_dispose(&r.drops);
    mc_entry_table_dispose(&r.entries);
    mc_index_set_dispose(&r.set);
    if (status != MC_OK)
        mc_balance_result_dispose(result);
    return status;
}

void mc_balance_result_dispose(mc_balance_result *result) {
    free(result->counts);
    free(result->counts_after);
    for (size_t i = 0; i < MC_TOP_ENTRIES; i++)
        free(result->top[i].entry);
    *result = (mc_balance_result){0};
}
