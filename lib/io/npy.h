/* NumPy's .npy format, version 1.0 (numpy.lib.format): one array, C order, little-endian. */
#ifndef MC_IO_NPY_H
#define MC_IO_NPY_H

#include "io/sink.h"

/* Bytes of every header written here, so that it can be rewritten once the shape is known. */
#define MC_NPY_HEADER_SIZE 128

/* Writes the header for n_rows rows of descr ("'<u8'", "'<u4'", "[('f0', '<u8'), ('f1', '<u8')]")
 * and, where n_columns > 0, a second dimension. out holds MC_NPY_HEADER_SIZE bytes. */
void mc_npy_header(char *out, const char *descr, uint64_t n_rows, uint64_t n_columns);

/* Starts an array whose length is not known yet: the header is written for 0 rows. */
MC_MUST_CHECK mc_status mc_npy_begin(mc_sink **out, const char *path, const char *descr,
                                     mc_error *error);
/* Rewrites the header for n_rows and commits. */
MC_MUST_CHECK mc_status mc_npy_end(mc_sink **sink, const char *descr, uint64_t n_rows,
                                   uint64_t n_columns, mc_error *error);

/* Writes counts as a one-dimensional '<u8' array, atomically. */
MC_MUST_CHECK mc_status mc_npy_write_u64(const char *path, const uint64_t *values, size_t n,
                                         mc_error *error);

/* An array mapped as it lies on disk. */
typedef struct mc_npy {
    const void *items; /* NULL when there are none */
    size_t n;
    const void *mapped;
    size_t mapped_size;
} mc_npy; /* {0} is none */

/* Maps a one-dimensional array of descr, items of item_size bytes, as the functions above write it
 * (and no other layout of the header). MC_E_FORMAT for anything else. Dispose it in any case. */
MC_MUST_CHECK mc_status mc_npy_map(mc_npy *array, const char *path, const char *descr,
                                   size_t item_size, mc_error *error);
void mc_npy_unmap(mc_npy *array);

/* Reads a one-dimensional array of '<u8' ('<i8' without negative values is fine) with exactly n
 * values. The caller frees *values with free(). MC_E_FORMAT for anything else, MC_E_MISMATCH when
 * the length differs from n. */
MC_MUST_CHECK mc_status mc_npy_read_u64(const char *path, size_t n, uint64_t **values,
                                        mc_error *error);

#endif
