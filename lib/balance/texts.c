/* One lane over the match indexes; blocks without a text that is asked for are passed over. */
#include "balance/texts.h"

#include "balance/reread.h"
#include "base/pipeline.h"

typedef struct run {
    const mc_texts_options *options;
    mc_reread reread;
    mc_progress progress;
} run;

/* The number of ordinals that are less than ordinal. */
static size_t ordinals_before(const mc_texts_options *o, uint64_t ordinal) {
    size_t low = 0, high = o->n_ordinals;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (o->ordinals[middle] < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_wanted(void *context, uint64_t first, uint64_t n) {
    const run *r = context;
    size_t next = ordinals_before(r->options, first);
    return next < r->options->n_ordinals && r->options->ordinals[next] - first < n;
}

static mc_status create_batch(void *context, void **batch, mc_error *error) {
    (void)context;
    return mc_alloc(batch, 1, sizeof(mc_reread_block), error);
}

static void free_batch(void *context, void *batch) {
    (void)context;
    if (batch)
        mc_reread_block_dispose(batch);
    free(batch);
}

static mc_status create_parser(void *context, void **scratch, mc_error *error) {
    (void)context;
    mc_parser *parser = NULL;
    mc_status status = mc_parser_create(&parser, error);
    *scratch = parser;
    return status;
}

static void free_parser(void *context, void *scratch) {
    (void)context;
    mc_parser_free(scratch);
}

static mc_status read_block(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    (void)lane;
    return mc_reread_next(&r->reread, batch, error);
}

static void choose(const mc_texts_options *o, mc_reread_block *b) {
    uint64_t first = b->place.first_text;
    size_t i = o->ordinals ? ordinals_before(o, first) : 0;
    for (uint32_t text = 0; !o->ordinals && text < b->place.n_texts; text++)
        b->texts[b->n_texts++] = text;
    for (; o->ordinals && i < o->n_ordinals && o->ordinals[i] - first < b->place.n_texts; i++)
        b->texts[b->n_texts++] = (uint32_t)(o->ordinals[i] - first);
}

static mc_status work_block(void *context, size_t lane, void *batch, void *scratch,
                            mc_error *error) {
    run *r = context;
    mc_reread_block *b = batch;
    (void)lane;
    MC_TRY(mc_reread_decode(&r->reread, b, error));
    choose(r->options, b);
    return mc_reread_find(&r->reread, b, scratch, error);
}

static mc_status visit_block(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    const mc_reread_block *b = batch;
    const mc_block *block = &b->block;
    (void)lane;
    mc_reread_close(&r->reread, b->place.index);
    for (size_t i = 0; i < b->n_texts; i++) {
        uint32_t text = b->texts[i], start = block->offsets[text];
        mc_text_visit visit = {.ordinal = b->place.first_text + text,
                               .index = b->place.index,
                               .record = mc_reread_record(b, i),
                               .number = block->numbers[text],
                               .pair = mc_reread_pair(b, i),
                               .language = block->languages[text],
                               .url = mc_reread_url(b, i),
                               .text = mc_reread_text(b, i),
                               .ids = block->ids + start,
                               .n_ids = block->offsets[text + 1] - start};
        MC_TRY(r->options->visit(r->options->context, &visit, error));
    }
    mc_progress_add(&r->progress, b->n_texts, b->n_texts);
    return MC_OK;
}

mc_status mc_texts_visit(mc_index_set *set, const mc_texts_options *options, mc_error *error) {
    run r = {.options = options};
    r.reread = (mc_reread){.set = set,
                           .reader = options->reader,
                           .control = options->control,
                           .wanted = options->ordinals ? is_wanted : NULL,
                           .context = &r};
    size_t n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    mc_progress_begin(&r.progress, options->control, MC_STAGE_SELECT,
                      options->ordinals ? options->n_ordinals : mc_index_set_texts(set));
    mc_pipeline pipeline = {.n_lanes = 1,
                            .n_threads = n_threads,
                            .context = &r,
                            .cancel = mc_control_cancel(options->control),
                            .batch_create = create_batch,
                            .batch_free = free_batch,
                            .scratch_create = create_parser,
                            .scratch_free = free_parser,
                            .read = read_block,
                            .work = work_block,
                            .write = visit_block};
    mc_status status = mc_reread_init(&r.reread, error);
    if (status == MC_OK)
        status = mc_pipeline_run(&pipeline, error);
    mc_reread_dispose(&r.reread);
    return status;
}
