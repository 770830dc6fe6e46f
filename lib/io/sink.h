/* Atomic sinks: what is written appears under its name whole, or not at all.
 * A sink writes ".NAME.tmp" in the folder of its target; commit flushes, syncs and renames it, and
 * syncs the folder. Discard removes it. A sink left by a killed process is replaced by the next.
 * One thread at a time. Any failed write makes commit fail. */
#ifndef MC_IO_SINK_H
#define MC_IO_SINK_H

#include <stdbool.h>

#include "metacurate/base.h"

typedef struct mc_sink mc_sink;

/* Buffered raw bytes. path is copied. */
MC_MUST_CHECK mc_status mc_sink_create(mc_sink **out, const char *path, mc_error *error);

/* The same, compressed as one zstd frame with checksum. n_threads helpers compress, and the bytes
 * do not depend on their number; with 0 the caller's thread does it, which takes less of the
 * processor's time in all and gives other bytes, the same in every run. */
MC_MUST_CHECK mc_status mc_sink_create_zstd(mc_sink **out, const char *path, int level,
                                            size_t n_threads, mc_error *error);

MC_MUST_CHECK mc_status mc_sink_write(mc_sink *sink, const void *data, size_t size,
                                      mc_error *error);

/* Bytes written so far (before compression). */
uint64_t mc_sink_written(const mc_sink *sink);

/* Overwrites bytes already written at offset (raw sinks only), such as a header whose counts are
 * known at the end. */
MC_MUST_CHECK mc_status mc_sink_rewrite(mc_sink *sink, uint64_t offset, const void *data,
                                        size_t size, mc_error *error);

/* Finishes and renames; frees the sink and sets *sink to NULL, also on failure (the temporary file
 * is then removed). */
MC_MUST_CHECK mc_status mc_sink_commit(mc_sink **sink, mc_error *error);

/* Removes what was written; frees the sink and sets *sink to NULL. NULL is fine. */
void mc_sink_discard(mc_sink **sink);

/* An unnamed temporary file in folder, for spilling; a descriptor the caller closes. */
MC_MUST_CHECK mc_status mc_temporary_file(const char *folder, int *fd, mc_error *error);

/* write(2) and pread(2) to the last byte. MC_E_FORMAT when the file ends too early. */
MC_MUST_CHECK mc_status mc_write_all(int fd, const void *data, size_t size, const char *name,
                                     mc_error *error);
MC_MUST_CHECK mc_status mc_read_at(int fd, void *out, size_t size, uint64_t offset,
                                   const char *name, mc_error *error);

/* Makes folder and its missing parents. */
MC_MUST_CHECK mc_status mc_make_folder(const char *path, mc_error *error);

#endif
