#include "match/ledger.h"

#include <inttypes.h>
#include <string.h>

#include "base/progress.h"
#include "io/json_out.h"

/* Messages are cut to fit and may end within a character. */
static mc_status put_string(mc_buffer *lines, const char *text, mc_error *error) {
    size_t size = strlen(text);
    if (mc_utf8_valid(text, size))
        return mc_json_string(lines, text, size, error);
    mc_buffer clean = {0};
    mc_status status = mc_buffer_reserve(&clean, MC_UTF8_REPLACED_MAX(size), error);
    if (status == MC_OK) {
        clean.size = mc_utf8_replace(text, size, clean.data, NULL);
        status = mc_json_string(lines, clean.data, clean.size, error);
    }
    mc_buffer_dispose(&clean);
    return status;
}

static mc_status add_line(mc_buffer *lines, const mc_reject *reject, uint64_t record,
                          const char *path, mc_error *error) {
    MC_TRY(mc_buffer_printf(lines, error, "{\"file\":"));
    MC_TRY(put_string(lines, path, error));
    MC_TRY(mc_buffer_printf(
        lines, error,
        ",\"record\":%" PRIu64 ",\"offset\":%" PRIu64 ",\"reason\":\"%s\",\"detail\":", record,
        reject->offset, mc_reason_name(reject->reason)));
    MC_TRY(put_string(lines, reject->detail, error));
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
    MC_TRY(put_string(lines, path, error));
    MC_TRY(mc_buffer_printf(lines, error,
                            ",\"record\":null,\"offset\":null,\"reason\":\"shard\",\"detail\":"));
    MC_TRY(put_string(lines, message, error));
    return mc_buffer_append(lines, "}\n", 2, error);
}

void mc_ledger_warn(const mc_control *control, mc_totals *totals, const mc_batch *batch,
                    uint64_t first_record, const char *path) {
    for (size_t i = 0; i < batch->n_rejects; i++) {
        const mc_reject *reject = &batch->rejects[i];
        if (totals->rejected_for[reject->reason]++ < MC_LEDGER_LINES)
            mc_warn(control, "%s: record %" PRIu64 ", byte %" PRIu64 ": %s: %s", path,
                    first_record + reject->number, reject->offset, mc_reason_name(reject->reason),
                    reject->detail);
    }
    totals->rejected += batch->n_rejects;
}
