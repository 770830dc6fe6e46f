/* One zstd frame with checksum, compressed by helper threads of the library, or by the caller's.
 *
 * The library cuts its input into jobs; with at least one helper and a fixed job size the cuts, and
 * so the bytes, are the same for any number of helpers and however the input arrives. */
#include <stdlib.h>
#include <zstd.h>

#include "io/sink.h"
#include "io/sink_file.h"

/* Memory is about this much a helper, twice; smaller jobs compress worse. */
#define JOB_BYTES (2 << 20)
#define MAX_HELPERS 64

typedef struct zstd_encoder {
    ZSTD_CCtx *context;
    char *out;
    size_t out_size;
} zstd_encoder;

static mc_status step(zstd_encoder *zstd, int fd, const void *data, size_t size,
                      ZSTD_EndDirective directive, const char *name, mc_error *error) {
    ZSTD_inBuffer input = {data, size, 0};
    size_t left;
    do {
        ZSTD_outBuffer output = {zstd->out, zstd->out_size, 0};
        left = ZSTD_compressStream2(zstd->context, &output, &input, directive);
        if (ZSTD_isError(left)) {
            mc_status status = mc_fail(error, MC_E_MEMORY, "zstd: %s", ZSTD_getErrorName(left));
            mc_error_place(error, name, MC_NONE, MC_NONE);
            return status;
        }
        MC_TRY(mc_write_all(fd, zstd->out, output.pos, name, error));
    } while (directive == ZSTD_e_end ? left > 0 : input.pos < input.size);
    return MC_OK;
}

static mc_status write_zstd(void *state, int fd, const void *data, size_t size, const char *name,
                            mc_error *error) {
    return step(state, fd, data, size, ZSTD_e_continue, name, error);
}

/* Always after a write, if an empty one: a frame that begins with its end is made differently. */
static mc_status finish_zstd(void *state, int fd, const char *name, mc_error *error) {
    return step(state, fd, NULL, 0, ZSTD_e_end, name, error);
}

static void free_zstd(void *state) {
    zstd_encoder *zstd = state;
    ZSTD_freeCCtx(zstd->context);
    free(zstd->out);
    free(zstd);
}

static mc_status set(zstd_encoder *zstd, ZSTD_cParameter parameter, int value, mc_error *error) {
    size_t result = ZSTD_CCtx_setParameter(zstd->context, parameter, value);
    if (ZSTD_isError(result))
        return mc_fail(error, MC_E_UNSUPPORTED, "the zstd library lacks a setting: %s",
                       ZSTD_getErrorName(result));
    return MC_OK;
}

static mc_status prepare(zstd_encoder *zstd, int level, int n_helpers, mc_error *error) {
    MC_TRY(mc_alloc(&zstd->out, ZSTD_CStreamOutSize(), 1, error));
    zstd->out_size = ZSTD_CStreamOutSize();
    zstd->context = ZSTD_createCCtx();
    if (!zstd->context)
        return mc_fail(error, MC_E_MEMORY, "out of memory for zstd");
    MC_TRY(set(zstd, ZSTD_c_compressionLevel, level, error));
    MC_TRY(set(zstd, ZSTD_c_checksumFlag, 1, error));
    if (n_helpers == 0)
        return MC_OK;
    MC_TRY(set(zstd, ZSTD_c_nbWorkers, n_helpers, error));
    return set(zstd, ZSTD_c_jobSize, JOB_BYTES, error);
}

mc_status mc_encoder_zstd(mc_encoder *out, int level, size_t n_threads, mc_error *error) {
    zstd_encoder *zstd;
    MC_TRY(MC_ALLOC(zstd, 1, error));
    int n_helpers = n_threads > MAX_HELPERS ? MAX_HELPERS : (int)n_threads;
    mc_status status = prepare(zstd, level, n_helpers, error);
    if (status != MC_OK) {
        free_zstd(zstd);
        return status;
    }
    *out =
        (mc_encoder){.state = zstd, .write = write_zstd, .finish = finish_zstd, .free = free_zstd};
    return MC_OK;
}
