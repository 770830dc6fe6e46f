#include "match/work.h"

#include <stdio.h>
#include <stdlib.h>

mc_status mc_worker_init(mc_worker *worker, const mc_concepts *concepts, mc_error *error) {
    *worker = (mc_worker){0};
    mc_status status = mc_parser_create(&worker->parser, error);
    if (status == MC_OK)
        status = mc_scanner_create(&worker->scanner, concepts, error);
    if (status != MC_OK)
        mc_worker_dispose(worker);
    return status;
}

void mc_worker_dispose(mc_worker *worker) {
    mc_parser_free(worker->parser);
    mc_scanner_free(worker->scanner);
    free(worker->texts);
    *worker = (mc_worker){0};
}

mc_status mc_worker_match(mc_worker *worker, const mc_shard *shard, const mc_chunk *chunk,
                          mc_batch *batch, mc_match_sets *sets, mc_error *error) {
    MC_TRY(mc_shard_parse(shard, worker->parser, chunk, batch, error));
    MC_TRY(mc_batch_bound(batch, chunk->offset, error));
    MC_TRY(MC_GROW(worker->texts, worker->texts_capacity, batch->n_texts, error));
    for (size_t i = 0; i < batch->n_texts; i++)
        worker->texts[i] = mc_batch_span(batch, &batch->texts[i]);
    return mc_scan(worker->scanner, worker->texts, batch->n_texts, sets, error);
}

static int compare_rejects(const void *a, const void *b) {
    const mc_reject *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static mc_status reject_from(mc_batch *batch, size_t first, uint64_t offset, const char *why,
                             mc_error *error) {
    size_t n = batch->n_records - first;
    MC_TRY(MC_GROW(batch->rejects, batch->rejects_capacity, batch->n_rejects + n, error));
    for (size_t r = first; r < batch->n_records; r++) {
        const mc_record *record = &batch->records[r];
        mc_reject *reject = &batch->rejects[batch->n_rejects++];
        *reject = (mc_reject){.number = record->number,
                              .reason = MC_REASON_TOO_LONG,
                              .offset = record->page_size ? record->source : offset};
        snprintf(reject->detail, sizeof reject->detail, "%s", why);
    }
    qsort(batch->rejects, batch->n_rejects, sizeof *batch->rejects, compare_rejects);
    batch->n_texts = n ? batch->records[first].first_text : batch->n_texts;
    batch->n_records = first;
    return MC_OK;
}

mc_status mc_batch_bound(mc_batch *batch, uint64_t offset, mc_error *error) {
    uint64_t most = batch->bytes.size;
    for (size_t i = 0; i < batch->n_records; i++)
        most += batch->records[i].page_size;
    if (most <= MC_BLOCK_BYTES_MAX && batch->n_texts <= MC_BLOCK_TEXTS_MAX)
        return MC_OK;
    uint64_t n_bytes = 0, n_texts = 0;
    size_t fit = 0;
    for (; fit < batch->n_records; fit++) {
        const mc_record *record = &batch->records[fit];
        n_texts += record->n_texts;
        n_bytes += (uint64_t)record->url_size + record->page_size;
        for (uint32_t i = 0; i < record->n_texts; i++)
            n_bytes += batch->texts[record->first_text + i].size;
        if (n_bytes > MC_BLOCK_BYTES_MAX || n_texts > MC_BLOCK_TEXTS_MAX)
            break;
    }
    if (fit == batch->n_records)
        return MC_OK;
    return reject_from(batch, fit, offset, "the record's texts are too many or too long", error);
}

mc_status mc_batch_reject_all(mc_batch *batch, uint64_t offset, mc_error *error) {
    return reject_from(batch, 0, offset, "the record's texts have too many matches", error);
}

void mc_batch_count(mc_totals *totals, const mc_batch *batch) {
    totals->records += batch->n_numbers;
    totals->read += batch->n_records;
    totals->texts += batch->n_texts;
    totals->replaced += batch->n_replaced;
    mc_crawl_totals_add(&totals->crawl, &batch->crawl);
    for (unsigned i = 0; i < MC_N_EXCLUSIONS; i++) {
        totals->excluded_for[i] += batch->n_excluded[i];
        totals->excluded += batch->n_excluded[i];
        totals->texts += batch->n_excluded[i];
    }
    for (size_t i = 0; i < batch->n_texts; i++)
        totals->empty += batch->texts[i].size == 0;
}

void mc_worker_count(mc_totals *totals, const mc_batch *batch, const mc_match_sets *sets) {
    mc_batch_count(totals, batch);
    for (size_t i = 0; i < batch->n_texts; i++) {
        bool matched = sets->offsets[i + 1] > sets->offsets[i];
        totals->matched += matched;
        totals->unmatched += !matched && batch->texts[i].size > 0;
    }
    if (batch->n_texts > 0)
        totals->matches += sets->offsets[batch->n_texts];
}
