/* One lane over all match indexes: each block is drawn for, and the texts that are kept are found
 * again. */
#include "balance/subset.h"

#include <math.h>
#include <stdlib.h>

#include "balance/reread.h"
#include "balance/spread.h"
#include "base/pipeline.h"

typedef struct run {
    mc_subset *s;
    mc_reread reread;
    size_t writing; /* index being written; n_indexes before the first */
    bool several;   /* a record of it holds several texts */
    mc_spread *spread;
    struct thread_state **threads;
    _Atomic size_t n_threads;
    mc_progress progress;
} run;

typedef struct thread_state {
    mc_parser *parser;
    uint64_t *counts_after;
    mc_sum expected, variance;
} thread_state;

typedef struct batch_state {
    mc_reread_block read; /* its texts: those that are kept */
    double *keys;         /* of each of them */
    size_t keys_capacity;
    double *variances; /* of every matched text that takes part, for copies; in order */
    size_t n_variances, variances_capacity;
    mc_buffer rendered[MC_EMITTERS_MAX]; /* by emitter: the kept pairs, where it renders */
} batch_state;

static mc_status create_batch(void *context, void **batch, mc_error *error) {
    (void)context;
    return mc_alloc(batch, 1, sizeof(batch_state), error);
}

static void free_batch(void *context, void *batch) {
    (void)context;
    batch_state *b = batch;
    if (!b)
        return;
    mc_reread_block_dispose(&b->read);
    free(b->keys);
    free(b->variances);
    for (size_t i = 0; i < MC_EMITTERS_MAX; i++)
        mc_buffer_dispose(&b->rendered[i]);
    free(b);
}

static mc_status create_thread(void *context, void **scratch, mc_error *error) {
    run *r = context;
    thread_state *t;
    MC_TRY(mc_alloc(&t, 1, sizeof *t, error));
    r->threads[atomic_fetch_add(&r->n_threads, 1)] = t; /* freed once its sums are taken */
    *scratch = t;
    MC_TRY(MC_ALLOC(t->counts_after, r->s->set->n_entries, error));
    return mc_parser_create(&t->parser, error);
}

static void free_threads(run *r) {
    for (size_t i = 0; i < r->n_threads; i++) {
        mc_parser_free(r->threads[i]->parser);
        free(r->threads[i]->counts_after);
        free(r->threads[i]);
    }
    free(r->threads);
}

static mc_status read_block(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    (void)lane;
    return mc_reread_next(&r->reread, &b->read, error);
}

/* Takes what was drawn for a text that takes part. */
static void judge(run *r, batch_state *b, thread_state *t, uint32_t text, double key, double q) {
    mc_reread_block *read = &b->read;
    const mc_block *block = &read->block;
    mc_sum_add(&t->expected, q, 1);
    mc_sum_add(&t->variance, q * (1 - q), 1);
    if (r->spread)
        b->variances[b->n_variances++] = q * (1 - q);
    const char *identity = block->identity + (size_t)text * MC_IDENTITY_SIZE;
    if (!mc_selected(r->s->selection, key, identity, read->place.first_text + text))
        return;
    b->keys[read->n_texts] = key;
    read->texts[read->n_texts++] = text;
    for (uint32_t i = block->offsets[text]; i < block->offsets[text + 1]; i++)
        t->counts_after[block->ids[i]]++;
}

/* Draws for every text of the block. */
static mc_status draw(run *r, batch_state *b, thread_state *t, mc_error *error) {
    const mc_subset *s = r->s;
    const mc_pass_block *place = &b->read.place;
    double keys[MC_DRAW_TEXTS], chances[MC_DRAW_TEXTS];
    MC_TRY(MC_GROW(b->keys, b->keys_capacity, place->n_texts, error));
    MC_TRY(MC_GROW(b->variances, b->variances_capacity, place->n_texts, error));
    b->n_variances = 0;
    for (uint32_t first = 0; first < place->n_texts; first += MC_DRAW_TEXTS) {
        uint32_t left = place->n_texts - first, n = left < MC_DRAW_TEXTS ? left : MC_DRAW_TEXTS;
        mc_draw_texts(s->draw, place->block, first, n, s->selection->threshold, keys, chances);
        for (uint32_t i = 0; i < n; i++)
            if (!isinf(keys[i]) &&
                !mc_bitmap_get(&s->drops->dropped, place->first_text + first + i))
                judge(r, b, t, first + i, keys[i], chances[i]);
    }
    return MC_OK;
}

static mc_kept describe(const run *r, const batch_state *b, size_t i) {
    const mc_reread_block *read = &b->read;
    const mc_block *block = &read->block;
    const mc_index *index = &r->s->set->indexes[read->place.index];
    uint32_t text = read->texts[i];
    return (mc_kept){
        .record = mc_reread_record(read, i),
        .number = block->numbers[text],
        .text = index->blocks[read->place.number].first_text + text,
        .uid = mc_reread_pair(read, i).uid,
        .url = mc_reread_url(read, i),
        .caption = mc_reread_text(read, i),
        .language = block->languages[text],
        .key = b->keys[i],
    };
}

static mc_status render(const run *r, batch_state *b, mc_error *error) {
    const mc_subset *s = r->s;
    for (size_t e = 0; e < s->n_emitters; e++) {
        b->rendered[e].size = 0;
        for (size_t i = 0; s->emitters[e]->render && i < b->read.n_texts; i++) {
            mc_kept kept = describe(r, b, i);
            MC_TRY(s->emitters[e]->render(&kept, s->set->names[b->read.place.index],
                                          &b->rendered[e], error));
        }
    }
    return MC_OK;
}

static mc_status work_block(void *context, size_t lane, void *batch, void *scratch,
                            mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    thread_state *t = scratch;
    (void)lane;
    MC_TRY(mc_reread_decode(&r->reread, &b->read, error));
    MC_TRY(draw(r, b, t, error));
    MC_TRY(mc_reread_find(&r->reread, &b->read, t->parser, error));
    return render(r, b, error);
}

static mc_status end_shard(run *r, mc_error *error) {
    if (r->writing == r->s->set->n)
        return MC_OK;
    for (size_t i = 0; i < r->s->n_emitters; i++)
        if (r->s->emitters[i]->end)
            MC_TRY(r->s->emitters[i]->end(r->s->emitters[i], r->several, error));
    mc_reread_close(&r->reread, r->writing + 1);
    return MC_OK;
}

/* Begins shards up to and with index; those without a block are begun and ended. */
static mc_status begin_shards(run *r, size_t index, mc_error *error) {
    mc_subset *s = r->s;
    size_t next = r->writing == s->set->n ? 0 : r->writing + 1;
    for (; next <= index; next++) {
        MC_TRY(end_shard(r, error));
        r->writing = next;
        r->several = false;
        for (size_t i = 0; i < s->n_emitters; i++)
            if (s->emitters[i]->begin)
                MC_TRY(s->emitters[i]->begin(s->emitters[i], next, s->set->names[next], error));
    }
    return MC_OK;
}

static mc_status add_copies(run *r, const batch_state *b, mc_error *error) {
    const mc_pass_block *place = &b->read.place;
    const mc_block *block = place->block;
    size_t next = 0;
    for (uint32_t i = 0; i < place->n_texts; i++) {
        if (block->offsets[i] == block->offsets[i + 1] ||
            mc_bitmap_get(&r->s->drops->dropped, place->first_text + i))
            continue;
        MC_TRY(mc_spread_add(r->spread, block->identity + (size_t)i * MC_IDENTITY_SIZE,
                             b->variances[next++], error));
    }
    return MC_OK;
}

static mc_status write_block(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    mc_subset *s = r->s;
    const mc_pass_block *place = &b->read.place;
    (void)lane;
    if (place->index != r->writing)
        MC_TRY(begin_shards(r, place->index, error));
    for (uint32_t i = 0; i < place->n_texts && !r->several; i++)
        r->several = place->block->numbers[i] > 0;
    if (r->spread)
        MC_TRY(add_copies(r, b, error));
    for (size_t e = 0; e < s->n_emitters; e++) {
        mc_emitter *emitter = s->emitters[e];
        if (emitter->block)
            MC_TRY(emitter->block(emitter, place, place->block, s->drops, error));
        if (emitter->append)
            MC_TRY(emitter->append(emitter, &b->rendered[e], error));
        for (size_t i = 0; emitter->add && i < b->read.n_texts; i++) {
            mc_kept kept = describe(r, b, i);
            MC_TRY(emitter->add(emitter, &kept, error));
        }
    }
    s->n_kept += b->read.n_texts;
    mc_progress_add(&r->progress, place->n_texts, place->n_texts);
    return MC_OK;
}

/* Sums what the threads found. */
static mc_status finish(run *r, mc_error *error) {
    mc_subset *s = r->s;
    mc_sum expected = {0}, variance = {0};
    if (s->set->n > 0)
        MC_TRY(begin_shards(r, s->set->n - 1, error));
    MC_TRY(end_shard(r, error));
    for (size_t i = 0; i < r->n_threads; i++) {
        expected.units += r->threads[i]->expected.units;
        variance.units += r->threads[i]->variance.units;
        for (uint32_t e = 0; e < s->set->n_entries; e++)
            s->counts_after[e] += r->threads[i]->counts_after[e];
    }
    double spread = mc_sum_value(&variance);
    if (r->spread)
        MC_TRY(mc_spread_sum(r->spread, &spread, error));
    s->expected_size = mc_sum_value(&expected);
    s->expected_deviation = sqrt(spread);
    for (size_t i = 0; i < s->n_emitters; i++)
        if (s->emitters[i]->finish)
            MC_TRY(s->emitters[i]->finish(s->emitters[i], error));
    return MC_OK;
}

static mc_status write_subset(run *r, mc_error *error) {
    const mc_balance_options *options = r->s->options;
    size_t n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    MC_TRY(mc_reread_init(&r->reread, error));
    MC_TRY(MC_ALLOC(r->threads, n_threads, error));
    if (options->dedup == MC_DEDUP_NONE)
        MC_TRY(mc_spread_create(&r->spread, options, mc_index_set_texts(r->s->set), error));
    mc_progress_begin(&r->progress, options->control, MC_STAGE_WRITE,
                      mc_index_set_texts(r->s->set));
    mc_pipeline pipeline = {.n_lanes = 1,
                            .n_threads = n_threads,
                            .context = r,
                            .cancel = mc_control_cancel(options->control),
                            .batch_create = create_batch,
                            .batch_free = free_batch,
                            .scratch_create = create_thread,
                            .read = read_block,
                            .work = work_block,
                            .write = write_block};
    MC_TRY(mc_pipeline_run(&pipeline, error));
    return finish(r, error);
}

mc_status mc_subset_write(mc_subset *subset, mc_error *error) {
    run r = {.s = subset, .writing = subset->set->n};
    r.reread = (mc_reread){
        .set = subset->set, .reader = subset->options->reader, .control = subset->options->control};
    mc_status status = write_subset(&r, error);
    mc_reread_dispose(&r.reread);
    free_threads(&r);
    mc_spread_free(r.spread);
    return status;
}
