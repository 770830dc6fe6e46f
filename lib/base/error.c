/* Errors: what went wrong, where, in one caller-owned struct. */
#include "metacurate/base.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const char *mc_version(void) {
    return MC_VERSION;
}

const char *mc_status_name(mc_status status) {
    switch (status) {
    case MC_OK:
        return "ok";
    case MC_END:
        return "end";
    case MC_E_MEMORY:
        return "out of memory";
    case MC_E_IO:
        return "input/output error";
    case MC_E_FORMAT:
        return "bad format";
    case MC_E_ARGUMENT:
        return "bad argument";
    case MC_E_LIMIT:
        return "limit exceeded";
    case MC_E_MISMATCH:
        return "mismatch";
    case MC_E_EXISTS:
        return "exists already";
    case MC_E_INTERRUPTED:
        return "interrupted";
    case MC_E_UNSUPPORTED:
        return "not supported";
    }
    return "unknown status";
}

mc_status mc_fail(mc_error *error, mc_status status, const char *format, ...) {
    if (!error)
        return status;
    error->status = status;
    error->record = MC_NONE;
    error->offset = MC_NONE;
    error->file[0] = '\0';
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return status;
}

void mc_error_place(mc_error *error, const char *file, uint64_t record, uint64_t offset) {
    if (!error)
        return;
    if (file)
        snprintf(error->file, sizeof error->file, "%s", file);
    error->record = record;
    error->offset = offset;
}

char *mc_error_text(const mc_error *error, char *out, size_t out_size) {
    char record[40] = "", offset[40] = "";
    if (error->record != MC_NONE)
        snprintf(record, sizeof record, "record %" PRIu64, error->record);
    if (error->offset != MC_NONE)
        snprintf(offset, sizeof offset, "byte %" PRIu64, error->offset);
    snprintf(out, out_size, "%s%s%s%s%s%s%s", error->file, error->file[0] ? ": " : "", record,
             record[0] && offset[0] ? ", " : "", offset, record[0] || offset[0] ? ": " : "",
             error->message[0] ? error->message : mc_status_name(error->status));
    for (unsigned char *c = (unsigned char *)out; *c; c++)
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
    return out;
}
