#include "match/work.h"

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
    MC_TRY(MC_GROW(worker->texts, worker->texts_capacity, batch->n_texts, error));
    for (size_t i = 0; i < batch->n_texts; i++)
        worker->texts[i] = mc_batch_span(batch, &batch->texts[i]);
    return mc_scan(worker->scanner, worker->texts, batch->n_texts, sets, error);
}

void mc_worker_count(mc_totals *totals, const mc_batch *batch, const mc_match_sets *sets) {
    totals->records += batch->n_numbers;
    totals->read += batch->n_records;
    totals->texts += batch->n_texts;
    totals->replaced += batch->n_replaced;
    for (size_t i = 0; i < batch->n_texts; i++) {
        bool matched = sets->offsets[i + 1] > sets->offsets[i];
        totals->matched += matched;
        totals->empty += batch->texts[i].size == 0;
        totals->unmatched += !matched && batch->texts[i].size > 0;
    }
    if (batch->n_texts > 0)
        totals->matches += sets->offsets[batch->n_texts];
}
