/* One lane over all match indexes. A block of an index was made of one chunk of its shard, so both
 * are read side by side: the block says which texts are kept, the chunk has them. */
#include "balance/subset.h"

#include <math.h>
#include <stdlib.h>

#include "balance/spread.h"
#include "base/pipeline.h"
#include "match/work.h"
#include "pool/shard.h"

typedef struct kept_text {
    uint32_t text; /* in the block */
    double key;
} kept_text;

/* Where a kept text is in its chunk: indexes in the batch's records and texts. */
typedef struct found_text {
    size_t record, text;
} found_text;

/* The shard of an index, while batches of it are in work. */
typedef struct open_shard {
    mc_pool *pool;
    mc_shard *shard;
} open_shard;

typedef struct run {
    mc_subset *s;
    size_t index;       /* being read */
    size_t block;       /* to be read next */
    open_shard *shards; /* by index */
    size_t writing;     /* index being written; n_indexes before the first */
    bool several;       /* a record of it holds several texts */
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
    mc_pass_block place;
    mc_buffer stored;
    mc_block block;
    mc_chunk chunk;
    mc_batch batch;
    kept_text *kept;
    size_t n_kept, kept_capacity;
    double *variances; /* of every matched text that takes part, for copies; in order */
    size_t n_variances, variances_capacity;
    found_text *found; /* of each kept text, where the pool is read again */
    size_t found_capacity;
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
    mc_buffer_dispose(&b->stored);
    mc_block_dispose(&b->block);
    mc_chunk_dispose(&b->chunk);
    mc_batch_dispose(&b->batch);
    free(b->kept);
    free(b->variances);
    free(b->found);
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

static mc_status changed(const mc_index *index, uint64_t record, mc_error *error) {
    mc_fail(error, MC_E_MISMATCH,
            "is not as it was when it was matched; match it again (or match with --keep-texts, "
            "which needs the pool only once)");
    mc_error_place(error, index->info.path, record, MC_NONE);
    return MC_E_MISMATCH;
}

static mc_status open_next(run *r, mc_error *error) {
    mc_index *index = &r->s->set->indexes[r->index];
    open_shard *o = &r->shards[r->index];
    MC_TRY(mc_index_reopen(index, error));
    if (index->info.keep_texts)
        return MC_OK;
    /* A command that an index names is run only when the caller names it, too. */
    const char *reader = index->info.read.reader, *allowed = r->s->options->reader;
    if (reader && (!allowed || strcmp(reader, allowed) != 0)) {
        mc_fail(error, MC_E_MISMATCH,
                "was read by a command, which is not run unasked: give the same --reader again");
        mc_error_place(error, index->file, MC_NONE, MC_NONE);
        return MC_E_MISMATCH;
    }
    /* Without filters: the index says which texts they left, and of which language each is. */
    mc_pool_options read = index->info.read;
    read.lid = MC_LID_NONE;
    read.cancel = mc_control_cancel(r->s->options->control);
    read.lid_model = read.languages = read.block_hosts = read.block_texts = NULL;
    const char *path = index->info.path;
    MC_TRY(mc_pool_create(&o->pool, &path, 1, &read, error));
    if (mc_pool_count(o->pool) != 1)
        return changed(index, MC_NONE, error);
    return mc_shard_open(&o->shard, o->pool, 0, error);
}

static void close_shard(open_shard *o) {
    mc_shard_close(o->shard);
    mc_pool_free(o->pool);
    *o = (open_shard){0};
}

static mc_status read_block(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    const mc_index_set *set = r->s->set;
    (void)lane;
    while (r->index < set->n && r->block == set->indexes[r->index].n_blocks) {
        mc_index_shut(&set->indexes[r->index]);
        r->index++;
        r->block = 0;
    }
    if (r->index == set->n)
        return MC_END;
    if (r->block == 0)
        MC_TRY(open_next(r, error));
    const mc_index *index = &set->indexes[r->index];
    const mc_block_entry *entry = &index->blocks[r->block];
    b->place = (mc_pass_block){.index = r->index,
                               .number = r->block++,
                               .first_text = set->first[r->index] + entry->first_text,
                               .n_texts = (uint32_t)entry->n_texts};
    MC_TRY(mc_index_read(index, b->place.number, &b->stored, error));
    if (index->info.keep_texts)
        return MC_OK;
    mc_status status = mc_shard_read(r->shards[r->index].shard, &b->chunk, error);
    return status == MC_END ? changed(index, MC_NONE, error) : status;
}

/* Takes what was drawn for a text that takes part. */
static void judge(run *r, batch_state *b, thread_state *t, uint32_t text, double key, double q) {
    const mc_block *block = &b->block;
    mc_sum_add(&t->expected, q, 1);
    mc_sum_add(&t->variance, q * (1 - q), 1);
    if (r->spread)
        b->variances[b->n_variances++] = q * (1 - q);
    const char *identity = block->identity + (size_t)text * MC_IDENTITY_SIZE;
    if (!mc_selected(r->s->selection, key, identity, b->place.first_text + text))
        return;
    b->kept[b->n_kept++] = (kept_text){text, key};
    for (uint32_t i = block->offsets[text]; i < block->offsets[text + 1]; i++)
        t->counts_after[block->ids[i]]++;
}

/* Draws for every text of the block. */
static mc_status draw(run *r, batch_state *b, thread_state *t, mc_error *error) {
    const mc_subset *s = r->s;
    double keys[MC_DRAW_TEXTS], chances[MC_DRAW_TEXTS];
    MC_TRY(MC_GROW(b->kept, b->kept_capacity, b->place.n_texts, error));
    MC_TRY(MC_GROW(b->variances, b->variances_capacity, b->place.n_texts, error));
    b->n_kept = b->n_variances = 0;
    for (uint32_t first = 0; first < b->place.n_texts; first += MC_DRAW_TEXTS) {
        uint32_t left = b->place.n_texts - first, n = left < MC_DRAW_TEXTS ? left : MC_DRAW_TEXTS;
        mc_draw_texts(s->draw, &b->block, first, n, s->selection->threshold, keys, chances);
        for (uint32_t i = 0; i < n; i++)
            if (!isinf(keys[i]) &&
                !mc_bitmap_get(&s->drops->dropped, b->place.first_text + first + i))
                judge(r, b, t, first + i, keys[i], chances[i]);
    }
    return MC_OK;
}

/* True when the record holds the text of the block, as it was matched; *at is its index then. */
static bool holds(const batch_state *b, const mc_record *record, uint32_t text, size_t *at) {
    const mc_batch *batch = &b->batch;
    uint32_t number = b->block.numbers[text];
    if (b->block.records[text] != record->number || number >= record->n_texts)
        return false;
    *at = record->first_text + number; /* nothing was taken out of this batch */
    mc_bytes bytes = mc_batch_span(batch, &batch->texts[*at]);
    mc_pair pair = mc_pair_load(b->block.identity + (size_t)text * MC_IDENTITY_SIZE);
    return mc_u128_equal(pair.uid, record->uid) &&
           pair.text_hash == mc_hash64(bytes.data, bytes.size);
}

/* Finds the kept texts in the chunk again, and makes sure that they are the ones. */
static mc_status find_texts(const run *r, batch_state *b, mc_error *error) {
    const mc_index *index = &r->s->set->indexes[b->place.index];
    const mc_batch *batch = &b->batch;
    bool filtered = index->info.totals.excluded > 0;
    if (batch->n_numbers != b->block.info.n_records || batch->n_texts < b->place.n_texts ||
        (!filtered && batch->n_texts != b->place.n_texts))
        return changed(index, b->block.info.first_record, error);
    MC_TRY(MC_GROW(b->found, b->found_capacity, b->n_kept, error));
    size_t record = 0;
    for (size_t i = 0; i < b->n_kept; i++) {
        uint32_t number = b->block.records[b->kept[i].text];
        while (record < batch->n_records && batch->records[record].number < number)
            record++;
        b->found[i].record = record;
        if (record == batch->n_records ||
            !holds(b, &batch->records[record], b->kept[i].text, &b->found[i].text))
            return changed(index, b->block.info.first_record + number, error);
    }
    return MC_OK;
}

static mc_kept describe(const run *r, const batch_state *b, size_t i) {
    const mc_block *block = &b->block;
    const mc_index *index = &r->s->set->indexes[b->place.index];
    uint32_t text = b->kept[i].text;
    mc_kept kept = {
        .record = block->info.first_record + block->records[text],
        .number = block->numbers[text],
        .text = index->blocks[b->place.number].first_text + text,
        .uid = mc_pair_load(block->identity + (size_t)text * MC_IDENTITY_SIZE).uid,
        .language = block->languages[text],
        .key = b->kept[i].key,
    };
    if (index->info.keep_texts) {
        kept.url = block->urls[text];
        kept.caption = block->texts[text];
    } else {
        const mc_record *record = &b->batch.records[b->found[i].record];
        kept.url = (mc_bytes){b->batch.bytes.data + record->url_offset, record->url_size};
        kept.caption = mc_batch_span(&b->batch, &b->batch.texts[b->found[i].text]);
    }
    return kept;
}

static mc_status render(const run *r, batch_state *b, mc_error *error) {
    const mc_subset *s = r->s;
    for (size_t e = 0; e < s->n_emitters; e++) {
        b->rendered[e].size = 0;
        for (size_t i = 0; s->emitters[e]->render && i < b->n_kept; i++) {
            mc_kept kept = describe(r, b, i);
            MC_TRY(s->emitters[e]->render(&kept, s->set->names[b->place.index], &b->rendered[e],
                                          error));
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
    const mc_index *index = &r->s->set->indexes[b->place.index];
    bool kept_inside = index->info.keep_texts;
    MC_TRY(mc_index_decode(index, b->place.number, &b->block, &b->stored, kept_inside, error));
    b->place.identity = b->block.identity;
    b->place.block = &b->block;
    MC_TRY(draw(r, b, t, error));
    if (b->n_kept > 0 && !kept_inside) {
        mc_shard *shard = r->shards[b->place.index].shard;
        MC_TRY(mc_shard_parse(shard, t->parser, &b->chunk, &b->batch, error));
        MC_TRY(mc_batch_bound(&b->batch, b->chunk.offset, error));
        MC_TRY(find_texts(r, b, error));
    }
    return render(r, b, error);
}

static mc_status end_shard(run *r, mc_error *error) {
    if (r->writing == r->s->set->n)
        return MC_OK;
    for (size_t i = 0; i < r->s->n_emitters; i++)
        if (r->s->emitters[i]->end)
            MC_TRY(r->s->emitters[i]->end(r->s->emitters[i], r->several, error));
    close_shard(&r->shards[r->writing]);
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
    const mc_block *block = &b->block;
    size_t next = 0;
    for (uint32_t i = 0; i < b->place.n_texts; i++) {
        if (block->offsets[i] == block->offsets[i + 1] ||
            mc_bitmap_get(&r->s->drops->dropped, b->place.first_text + i))
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
    (void)lane;
    if (b->place.index != r->writing)
        MC_TRY(begin_shards(r, b->place.index, error));
    for (uint32_t i = 0; i < b->place.n_texts && !r->several; i++)
        r->several = b->block.numbers[i] > 0;
    if (r->spread)
        MC_TRY(add_copies(r, b, error));
    for (size_t e = 0; e < s->n_emitters; e++) {
        mc_emitter *emitter = s->emitters[e];
        if (emitter->block)
            MC_TRY(emitter->block(emitter, &b->place, &b->block, s->drops, error));
        if (emitter->append)
            MC_TRY(emitter->append(emitter, &b->rendered[e], error));
        for (size_t i = 0; emitter->add && i < b->n_kept; i++) {
            mc_kept kept = describe(r, b, i);
            MC_TRY(emitter->add(emitter, &kept, error));
        }
    }
    s->n_kept += b->n_kept;
    mc_progress_add(&r->progress, b->place.n_texts, b->place.n_texts);
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
    MC_TRY(MC_ALLOC(r->shards, r->s->set->n, error));
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
    mc_status status = write_subset(&r, error);
    for (size_t i = 0; r.shards && i < subset->set->n; i++) {
        close_shard(&r.shards[i]);
        mc_index_shut(&subset->set->indexes[i]);
    }
    free(r.shards);
    free_threads(&r);
    mc_spread_free(r.spread);
    return status;
}
