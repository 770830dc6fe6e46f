/* Lines of the ledger. Paths and messages are anything, JSON is UTF-8. */
#include "metadata/lost.h"

#include <inttypes.h>
#include <string.h>

#include "io/json_out.h"
#include "metacurate/text.h"

static mc_status put_string(mc_buffer *ledger, const char *text, mc_error *error) {
    size_t size = strlen(text);
    if (mc_utf8_valid(text, size))
        return mc_json_string(ledger, text, size, error);
    mc_buffer clean = {0};
    mc_status status = mc_buffer_reserve(&clean, MC_UTF8_REPLACED_MAX(size), error);
    if (status == MC_OK) {
        clean.size = mc_utf8_replace(text, size, clean.data, NULL);
        status = mc_json_string(ledger, clean.data, clean.size, error);
    }
    mc_buffer_dispose(&clean);
    return status;
}

mc_status mc_lost_put(mc_buffer *ledger, const char *path, uint64_t record, uint64_t offset,
                      const char *reason, const char *detail, mc_error *error) {
    MC_TRY(mc_buffer_append(ledger, "{\"file\":", 8, error));
    MC_TRY(put_string(ledger, path, error));
    MC_TRY(mc_buffer_append(ledger, ",\"record\":", 10, error));
    if (record == MC_NONE)
        MC_TRY(mc_buffer_append(ledger, "null", 4, error));
    else
        MC_TRY(mc_json_u64(ledger, record, error));
    MC_TRY(mc_buffer_printf(
        ledger, error, ",\"offset\":%" PRIu64 ",\"reason\":\"%s\",\"detail\":", offset, reason));
    MC_TRY(put_string(ledger, detail, error));
    return mc_buffer_append(ledger, "}\n", 2, error);
}
