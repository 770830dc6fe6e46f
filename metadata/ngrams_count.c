/* Counting a corpus: the lanes of the pipeline are its files. Each thread counts what it has turned
 * into text at once, while it is in its cache. */
#include "metadata/ngrams.h"

#include <stdlib.h>

#include "base/pipeline.h"
#include "base/progress.h"
#include "metadata/ngram_counter.h"

enum { KEPT_TEXT = 16 << 20 }; /* a buffer that grew beyond this is given back */

typedef struct piece {
    mc_corpus_chunk *chunk;
    mc_corpus_totals totals;
    mc_buffer ledger;
} piece;

typedef struct worker {
    mc_corpus_scratch *scratch;
    mc_buffer text;
    mc_ngram_counter counter;
} worker;

/* What is known of a file so far. */
typedef struct file {
    mc_corpus_totals totals;
    mc_buffer ledger;
    uint64_t taken;
} file;

typedef struct run {
    mc_corpus *corpus;
    file *files;
    mc_u128 *digests;
    worker *workers;
    _Atomic size_t n_workers;
    const char *folder;
    uint64_t memory; /* a thread's */
    atomic_int *cancel;
    mc_progress progress;
} run;

static void add_totals(mc_corpus_totals *sum, const mc_corpus_totals *more) {
    sum->pages += more->pages;
    sum->articles += more->articles;
    sum->passed += more->passed;
    sum->damaged += more->damaged;
    sum->bytes_in += more->bytes_in;
    sum->bytes_out += more->bytes_out;
}

static mc_status create_piece(void *context, void **batch, mc_error *error) {
    (void)context;
    piece *p;
    MC_TRY(mc_alloc(&p, 1, sizeof *p, error));
    *batch = p;
    return mc_corpus_chunk_create(&p->chunk, error);
}

static void free_piece(void *context, void *batch) {
    (void)context;
    piece *p = batch;
    if (!p)
        return;
    mc_corpus_chunk_free(p->chunk);
    mc_buffer_dispose(&p->ledger);
    free(p);
}

/* Workers outlive the threads: their counts are merged at the end. */
static mc_status create_worker(void *context, void **scratch, mc_error *error) {
    run *r = context;
    worker *w = &r->workers[atomic_fetch_add(&r->n_workers, 1)];
    *scratch = w;
    MC_TRY(mc_counter_init(&w->counter, r->folder, r->memory, r->cancel, error));
    return mc_corpus_scratch_create(&w->scratch, error);
}

static mc_status open_file(void *context, size_t lane, mc_error *error) {
    run *r = context;
    return mc_corpus_open(r->corpus, lane, error);
}

static mc_status read_piece(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    piece *p = batch;
    mc_status status = mc_corpus_read(r->corpus, lane, p->chunk, error);
    uint64_t taken = mc_corpus_taken(r->corpus, lane);
    mc_progress_add(&r->progress, taken - r->files[lane].taken, 0);
    r->files[lane].taken = taken;
    return status;
}

static mc_status count_piece(void *context, size_t lane, void *batch, void *scratch,
                             mc_error *error) {
    const run *r = context;
    piece *p = batch;
    worker *w = scratch;
    (void)lane;
    p->totals = (mc_corpus_totals){0};
    p->ledger.size = w->text.size = 0;
    MC_TRY(
        mc_corpus_text(r->corpus, w->scratch, p->chunk, &w->text, &p->totals, &p->ledger, error));
    MC_TRY(mc_counter_text(&w->counter, w->text.data, w->text.size, error));
    if (w->text.capacity > KEPT_TEXT)
        mc_buffer_dispose(&w->text);
    return MC_OK;
}

static mc_status note_piece(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    piece *p = batch;
    add_totals(&r->files[lane].totals, &p->totals);
    mc_progress_add(&r->progress, 0, p->totals.articles);
    return mc_buffer_append(&r->files[lane].ledger, p->ledger.data, p->ledger.size, error);
}

static mc_status close_file(void *context, size_t lane, mc_status status, mc_error *error) {
    run *r = context;
    uint64_t size;
    if (status == MC_OK && r->digests)
        status = mc_corpus_digest(r->corpus, lane, &r->digests[lane], &size, error);
    else
        status = MC_OK;
    mc_corpus_close(r->corpus, lane);
    return status;
}

static mc_status collect(const run *r, mc_corpus_totals *totals, mc_buffer *ledger,
                         mc_error *error) {
    for (size_t i = 0; i < mc_corpus_count(r->corpus); i++) {
        const file *f = &r->files[i];
        add_totals(totals, &f->totals);
        MC_TRY(mc_buffer_append(ledger, f->ledger.data, f->ledger.size, error));
    }
    return MC_OK;
}

/* The counters, which lie apart, are merged as one array. */
static mc_status merge(run *r, mc_ngrams **out, uint64_t memory, mc_error *error) {
    mc_ngram_counter *counters;
    size_t n = r->n_workers;
    MC_TRY(MC_ALLOC(counters, n, error));
    for (size_t i = 0; i < n; i++) {
        counters[i] = r->workers[i].counter;
        r->workers[i].counter = (mc_ngram_counter){.fd = -1};
        mc_buffer_dispose(&r->workers[i].text);
    }
    mc_status status = mc_counters_merge(out, counters, n, r->folder, memory, r->cancel, error);
    free(counters);
    return status;
}

mc_status mc_ngrams_count(mc_ngrams **out, mc_corpus *corpus, const mc_ngram_options *options,
                          mc_corpus_totals *totals, mc_buffer *ledger, mc_u128 *digests,
                          mc_error *error) {
    size_t n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    size_t n_files = mc_corpus_count(corpus);
    uint64_t memory = mc_ngrams_memory(options);
    run r = {.corpus = corpus,
             .digests = digests,
             .folder = mc_ngrams_folder(options),
             .memory = memory / 8 * 7 / n_threads, /* the rest is for the texts */
             .cancel = mc_control_cancel(options->control)};
    mc_pipeline pipeline = {.n_lanes = n_files,
                            .n_threads = n_threads,
                            .context = &r,
                            .cancel = r.cancel,
                            .batch_create = create_piece,
                            .batch_free = free_piece,
                            .scratch_create = create_worker,
                            .open = open_file,
                            .read = read_piece,
                            .work = count_piece,
                            .write = note_piece,
                            .close = close_file};
    *out = NULL;
    *totals = (mc_corpus_totals){0};
    mc_progress_begin(&r.progress, options->control, MC_STAGE_BUILD, mc_corpus_size(corpus));
    mc_status status = MC_ALLOC(r.files, n_files, error);
    if (status == MC_OK)
        status = MC_ALLOC(r.workers, n_threads, error);
    if (status == MC_OK)
        status = mc_pipeline_run(&pipeline, error);
    if (status == MC_OK)
        status = collect(&r, totals, ledger, error);
    if (status == MC_OK)
        status = merge(&r, out, memory, error);
    for (size_t i = 0; i < r.n_workers; i++) {
        mc_corpus_scratch_free(r.workers[i].scratch);
        mc_buffer_dispose(&r.workers[i].text);
        mc_counter_dispose(&r.workers[i].counter);
    }
    for (size_t i = 0; r.files && i < n_files; i++)
        mc_buffer_dispose(&r.files[i].ledger);
    free(r.workers);
    free(r.files);
    return status;
}
