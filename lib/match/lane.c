/* Lanes over shards. */
#include "match/lane.h"

#include "base/progress.h"
#include "io/source.h"
#include "match/ledger.h"

#define FIRST_RECORDS 10000 /* when so many fail and none was read, something else is wrong */

mc_status mc_lane_open(mc_lane *lane, const mc_pool *pool, mc_error *error) {
    mc_error failure = {0};
    mc_status status = mc_shard_open(&lane->shard, pool, lane->index, &failure);
    if (status == MC_E_IO || status == MC_E_FORMAT) {
        lane->failed = true;
        lane->failure = failure;
        return MC_OK;
    }
    if (status != MC_OK && error)
        *error = failure;
    return status;
}

mc_status mc_lane_read(mc_lane *lane, mc_chunk *chunk, uint64_t *taken, mc_error *error) {
    if (lane->failed)
        return MC_END;
    mc_error failure = {0};
    mc_status status = mc_shard_read(lane->shard, chunk, &failure);
    if (status == MC_E_IO) {
        lane->failed = true;
        lane->failure = failure;
        return MC_END;
    }
    if (status < 0 && error)
        *error = failure;
    uint64_t all = mc_shard_taken(lane->shard);
    *taken = all - lane->taken;
    lane->taken = all;
    return status;
}

mc_status mc_lane_enter(mc_lane *lane, const mc_pool *pool, const mc_batch *batch,
                        const mc_totals *totals, uint64_t *first_record, mc_error *error) {
    const char *path = mc_pool_path(pool, lane->index);
    *first_record = lane->totals.records;
    mc_totals_add(&lane->totals, totals);
    if (batch->n_rejects > 0 && lane->totals.rejected == 0) {
        const mc_reject *reject = &batch->rejects[0];
        mc_fail(&lane->first_reject, MC_E_FORMAT, "%s: %s", mc_reason_name(reject->reason),
                reject->detail);
        mc_error_place(&lane->first_reject, path, *first_record + reject->number, reject->offset);
    }
    return mc_ledger_add(&lane->ledger, &lane->totals, batch, *first_record, path, error);
}

/* What is to be looked at when all records are rejected for a reason. */
static const char *hint_of(mc_reason reason) {
    switch (reason) {
    case MC_REASON_NO_TEXT:
    case MC_REASON_BAD_TEXT:
        return "see --text-field";
    case MC_REASON_BAD_FIELD:
        return "see --id-field and --url-field";
    case MC_REASON_COLUMNS:
        return "see --columns and --text-field";
    case MC_REASON_TOO_LONG:
        return "see --max-record";
    default:
        return "see --format";
    }
}

mc_status mc_lane_check_first(mc_first_records *first, const mc_lane *lane, const mc_pool *pool,
                              const mc_batch *batch, uint64_t first_record, mc_error *error) {
    uint64_t read = atomic_fetch_add(&first->n_read, batch->n_records) + batch->n_records;
    uint64_t rejected = atomic_fetch_add(&first->n_rejected, batch->n_rejects) + batch->n_rejects;
    if (read > 0 || rejected < FIRST_RECORDS || batch->n_rejects == 0)
        return MC_OK;
    const mc_reject *reject = &batch->rejects[0];
    mc_fail(error, MC_E_FORMAT, "the first 10,000 records were all rejected; record %llu: %s (%s)",
            (unsigned long long)(first_record + reject->number), reject->detail,
            hint_of(reject->reason));
    mc_error_place(error, mc_pool_path(pool, lane->index), MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

mc_status mc_lane_describe(const mc_lane *lane, const mc_pool *pool, mc_index_info *info,
                           mc_error *error) {
    mc_u128 digest = {0};
    MC_TRY(mc_pool_get_options(pool)->reader
               ? mc_digest_file(info->path, &digest, &info->source_size, error)
               : mc_shard_digest(lane->shard, &digest, &info->source_size, error));
    info->read.format = mc_shard_format(lane->shard);
    mc_u128_hex(digest, info->source_digest);
    info->totals = lane->totals;
    return MC_OK;
}

mc_status mc_lane_report(const mc_lane *lane, const mc_pool *pool, const mc_control *control,
                         size_t *n_failed, mc_error *first_failure, mc_buffer *failures,
                         mc_error *error) {
    char message[1200];
    mc_error_text(&lane->failure, message, sizeof message);
    mc_warn(control, "%s (shard left out)", message);
    if ((*n_failed)++ == 0)
        *first_failure = lane->failure;
    return mc_ledger_add_shard(failures, mc_pool_path(pool, lane->index), message, error);
}

void mc_lane_close(mc_lane *lane) {
    mc_shard_close(lane->shard);
    lane->shard = NULL;
    mc_buffer_dispose(&lane->ledger);
}
