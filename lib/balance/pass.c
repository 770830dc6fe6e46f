#include "balance/pass.h"

#include <stdlib.h>

#include "base/pipeline.h"

typedef struct cursor {
    size_t index; /* being read */
    size_t block; /* to be read next */
} cursor;

typedef struct run {
    const mc_pass *pass;
    cursor *cursors; /* one a lane */
    mc_progress progress;
} run;

typedef struct batch_state {
    mc_pass_block place;
    mc_buffer stored;
    mc_block block;
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
    free(b);
}

static mc_status create_scratch(void *context, void **scratch, mc_error *error) {
    run *r = context;
    return r->pass->scratch_create(r->pass->context, scratch, error);
}

static void free_scratch(void *context, void *scratch) {
    run *r = context;
    r->pass->scratch_free(r->pass->context, scratch);
}

/* Moves the cursor to the next block that is wanted; false at the end of the lane. */
static bool find_block(run *r, size_t lane, cursor *c, mc_pass_block *place) {
    const mc_index_set *set = r->pass->set;
    size_t end = r->pass->in_order ? set->n : lane + 1;
    for (; c->index < end; c->index++, c->block = 0) {
        const mc_index *index = &set->indexes[c->index];
        for (; c->block < index->n_blocks; c->block++) {
            const mc_block_entry *entry = &index->blocks[c->block];
            uint64_t first = set->first[c->index] + entry->first_text;
            if (entry->n_texts == 0 ||
                (r->pass->wanted && !r->pass->wanted(r->pass->context, first, entry->n_texts)))
                continue;
            *place = (mc_pass_block){.index = c->index,
                                     .number = c->block++,
                                     .first_text = first,
                                     .n_texts = (uint32_t)entry->n_texts};
            return true;
        }
        mc_index_shut(&set->indexes[c->index]);
    }
    return false;
}

static mc_status read_block(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    if (!find_block(r, lane, &r->cursors[lane], &b->place))
        return MC_END;
    mc_index *index = &r->pass->set->indexes[b->place.index];
    MC_TRY(mc_index_reopen(index, error));
    return r->pass->identities_only
               ? mc_index_read_identities(index, b->place.number, &b->stored, error)
               : mc_index_read(index, b->place.number, &b->stored, error);
}

static mc_status work_block(void *context, size_t lane, void *batch, void *scratch,
                            mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    (void)lane;
    b->place.identity = b->stored.data;
    if (!r->pass->identities_only) {
        const mc_index *index = &r->pass->set->indexes[b->place.index];
        MC_TRY(mc_index_decode(index, b->place.number, &b->block, &b->stored, false, error));
        b->place.block = &b->block;
        b->place.identity = b->block.identity;
    }
    if (r->pass->work)
        MC_TRY(r->pass->work(r->pass->context, &b->place, scratch, error));
    mc_progress_add(&r->progress, b->place.n_texts, b->place.n_texts);
    return MC_OK;
}

static mc_status write_block(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    batch_state *b = batch;
    (void)lane;
    return r->pass->write ? r->pass->write(r->pass->context, &b->place, error) : MC_OK;
}

mc_status mc_pass_run(const mc_pass *pass, mc_error *error) {
    run r = {.pass = pass};
    size_t n_lanes = pass->in_order ? 1 : pass->set->n;
    MC_TRY(MC_ALLOC(r.cursors, n_lanes, error));
    for (size_t i = 0; i < n_lanes; i++)
        r.cursors[i].index = i;
    mc_progress_begin(&r.progress, pass->control, pass->stage, mc_index_set_texts(pass->set));
    mc_pipeline pipeline = {.n_lanes = n_lanes,
                            .n_threads = pass->n_threads,
                            .context = &r,
                            .cancel = mc_control_cancel(pass->control),
                            .batch_create = create_batch,
                            .batch_free = free_batch,
                            .scratch_create = pass->scratch_create ? create_scratch : NULL,
                            .scratch_free = pass->scratch_free ? free_scratch : NULL,
                            .read = read_block,
                            .work = work_block,
                            .write = write_block};
    mc_status status = mc_pipeline_run(&pipeline, error);
    for (size_t i = 0; i < pass->set->n; i++)
        mc_index_shut(&pass->set->indexes[i]);
    free(r.cursors);
    return status;
}
