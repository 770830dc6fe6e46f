#include "match/ledger.h"

#include <inttypes.h>
#include <string.h>

#include "io/json_out.h"

static mc_status add_line(mc_buffer *lines, const mc_reject *reject, uint64_t record,
                          const char *path, mc_error *error) {
    MC_TRY(mc_buffer_printf(lines, error, "{\"file\":"));
    MC_TRY(mc_json_string(lines, path, strlen(path), error));
    MC_TRY(mc_buffer_printf(
        lines, error,
        ",\"record\":%" PRIu64 ",\"offset\":%" PRIu64 ",\"reason\":\"%s\",\"detail\":", record,
        reject->offset, mc_reason_name(reject->reason)));
    MC_TRY(mc_json_string(lines, reject->detail, strlen(reject->detail), error));
    return mc_buffer_append(lines, "}\n", 2, error);
}

mc_status mc_ledger_add(mc_buffer *lines, mc_totals *totals, const mc_batch *batch,
                        uint64_t first_record, const char *path, mc_error *error) {
    for (size_t i = 0; i < batch->n_rejects; i++) {
        const mc_reject *reject = &batch->rejects[i];
        if (totals->rejected_for[reject->reason]++ < MC_LEDGER_LINES)
            MC_TRY(add_line(lines, reject, first_record + reject->number, path, error));
    }
    totals->rejected += batch->n_rejects;
    return MC_OK;
}

mc_status mc_ledger_add_shard(mc_buffer *lines, const char *path, const char *message,
                              mc_error *error) {
    MC_TRY(mc_buffer_printf(lines, error, "{\"file\":"));
    MC_TRY(mc_json_string(lines, path, strlen(path), error));
    MC_TRY(mc_buffer_printf(lines, error,
                            ",\"record\":null,\"offset\":null,\"reason\":\"shard\",\"detail\":"));
    MC_TRY(mc_json_string(lines, message, strlen(message), error));
    return mc_buffer_append(lines, "}\n", 2, error);
}
