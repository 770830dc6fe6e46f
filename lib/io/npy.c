/* NumPy's .npy files. Written: version 1.0 headers of one fixed size. Read: versions 1 to 3, with
 * just enough of the header's Python literal understood for a one-dimensional array of numbers. */
#include "io/npy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "io/source.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "arrays are written as they lie in memory, which must be little-endian"
#endif

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6
#define HEADER_MAX 65536

void mc_npy_header(char *out, const char *descr, uint64_t n_rows, uint64_t n_columns) {
    char columns[24] = "";
    if (n_columns > 0)
        snprintf(columns, sizeof columns, " %" PRIu64, n_columns);
    memset(out, ' ', MC_NPY_HEADER_SIZE);
    memcpy(out, MAGIC "\x01\x00", 8);
    out[8] = (char)(MC_NPY_HEADER_SIZE - 10);
    out[9] = 0;
    int n = snprintf(out + 10, MC_NPY_HEADER_SIZE - 10,
                     "{'descr': %s, 'fortran_order': False, 'shape': (%" PRIu64 ",%s), }", descr,
                     n_rows, columns);
    if (n >= 0 && n < MC_NPY_HEADER_SIZE - 10)
        out[10 + n] = ' '; /* over snprintf's NUL */
    out[MC_NPY_HEADER_SIZE - 1] = '\n';
}

mc_status mc_npy_begin(mc_sink **out, const char *path, const char *descr, mc_error *error) {
    char header[MC_NPY_HEADER_SIZE];
    mc_npy_header(header, descr, 0, 0);
    MC_TRY(mc_sink_create(out, path, error));
    mc_status status = mc_sink_write(*out, header, sizeof header, error);
    if (status != MC_OK)
        mc_sink_discard(out);
    return status;
}

mc_status mc_npy_end(mc_sink **sink, const char *descr, uint64_t n_rows, uint64_t n_columns,
                     mc_error *error) {
    char header[MC_NPY_HEADER_SIZE];
    mc_npy_header(header, descr, n_rows, n_columns);
    mc_status status = mc_sink_rewrite(*sink, 0, header, sizeof header, error);
    if (status == MC_OK)
        return mc_sink_commit(sink, error);
    mc_sink_discard(sink);
    return status;
}

mc_status mc_npy_write_u64(const char *path, const uint64_t *values, size_t n, mc_error *error) {
    mc_sink *sink;
    MC_TRY(mc_npy_begin(&sink, path, "'<u8'", error));
    mc_status status = mc_sink_write(sink, values, n * sizeof *values, error);
    if (status == MC_OK)
        return mc_npy_end(&sink, "'<u8'", n, 0, error);
    mc_sink_discard(&sink);
    return status;
}

static mc_status no_array(const char *what, mc_error *error) {
    return mc_fail(error, MC_E_FORMAT,
                   "is no .npy file of one-dimensional whole numbers of 8 bytes: %s", what);
}

static mc_status read_exactly(mc_source *source, void *out, size_t size, mc_error *error) {
    size_t got;
    mc_status status = mc_source_read(source, out, size, &got, error);
    if (status == MC_END || (status == MC_OK && got < size))
        return no_array("it ends too early", error);
    return status;
}

/* The value of a key: what follows "'key':" and its spaces; NULL when there is none. */
static const char *find_value(const char *header, const char *key) {
    const char *at = strstr(header, key);
    if (!at)
        return NULL;
    at += strlen(key);
    at += strspn(at, " ");
    if (*at++ != ':')
        return NULL;
    return at + strspn(at, " ");
}

/* Reads "(N,)". */
static bool parse_shape(const char *shape, uint64_t *n) {
    if (!shape || *shape++ != '(')
        return false;
    *n = 0;
    if (*shape < '0' || *shape > '9')
        return false;
    for (; *shape >= '0' && *shape <= '9'; shape++) {
        uint64_t digit = (uint64_t)(*shape - '0');
        if (*n > (UINT64_MAX - digit) / 10)
            return false;
        *n = *n * 10 + digit;
    }
    return strncmp(shape, ",)", 2) == 0;
}

static mc_status parse_header(const char *header, uint64_t *n, bool *is_signed, mc_error *error) {
    const char *descr = find_value(header, "'descr'");
    if (!descr || (strncmp(descr, "'<u8'", 5) != 0 && strncmp(descr, "'<i8'", 5) != 0))
        return no_array("its descr is neither '<u8' nor '<i8'", error);
    if (!parse_shape(find_value(header, "'shape'"), n))
        return no_array("its shape is not (n,)", error);
    *is_signed = descr[2] == 'i';
    return MC_OK;
}

static mc_status read_header(mc_source *source, uint64_t *n, bool *is_signed, mc_error *error) {
    unsigned char start[8], size_bytes[4] = {0};
    MC_TRY(read_exactly(source, start, sizeof start, error));
    if (memcmp(start, MAGIC, MAGIC_SIZE) != 0 || start[6] < 1 || start[6] > 3)
        return no_array("it does not begin as one", error);
    MC_TRY(read_exactly(source, size_bytes, start[6] == 1 ? 2 : 4, error));
    size_t size = (size_t)size_bytes[0] | (size_t)size_bytes[1] << 8 | (size_t)size_bytes[2] << 16 |
                  (size_t)size_bytes[3] << 24;
    if (size > HEADER_MAX)
        return no_array("its header is too long", error);
    char *header;
    MC_TRY(mc_alloc(&header, size + 1, 1, error));
    mc_status status = size ? read_exactly(source, header, size, error) : MC_OK;
    if (status == MC_OK)
        status = parse_header(header, n, is_signed, error);
    free(header);
    return status;
}

static mc_status read_values(mc_source *source, size_t n, bool is_signed, uint64_t *values,
                             mc_error *error) {
    if (n > 0)
        MC_TRY(read_exactly(source, values, n * sizeof *values, error));
    for (size_t i = 0; is_signed && i < n; i++)
        if (values[i] > INT64_MAX)
            return no_array("it holds a negative number", error);
    char more;
    size_t got;
    mc_status status = mc_source_read(source, &more, 1, &got, error);
    if (status == MC_END)
        return MC_OK;
    return status == MC_OK ? no_array("bytes follow its last number", error) : status;
}

static mc_status read_array(mc_source *source, size_t n, uint64_t **values, mc_error *error) {
    uint64_t n_there = 0;
    bool is_signed = false;
    MC_TRY(read_header(source, &n_there, &is_signed, error));
    if (n_there != n)
        return mc_fail(error, MC_E_MISMATCH, "has %" PRIu64 " numbers where %zu are expected",
                       n_there, n);
    MC_TRY(MC_ALLOC(*values, n, error));
    mc_status status = read_values(source, n, is_signed, *values, error);
    if (status != MC_OK) {
        free(*values);
        *values = NULL;
    }
    return status;
}

mc_status mc_npy_read_u64(const char *path, size_t n, uint64_t **values, mc_error *error) {
    mc_source *source;
    *values = NULL;
    MC_TRY(mc_source_open(&source, path, error));
    mc_status status = read_array(source, n, values, error);
    if (status != MC_OK)
        mc_error_place(error, path, MC_NONE, MC_NONE);
    mc_source_close(source);
    return status;
}
