/* The ledger of rejected records: a JSON line each, at most MC_LEDGER_LINES a reason and shard. */
#ifndef MC_MATCH_LEDGER_H
#define MC_MATCH_LEDGER_H

#include "base/buffer.h"
#include "metacurate/match.h"
#include "pool/batch.h"

#define MC_LEDGER_LINES 1000

/* Adds the rejects of a batch, whose chunk's record 0 is first_record, to the books and appends
 * their lines while fewer than MC_LEDGER_LINES of that reason were counted before. path is the
 * shard's. */
MC_MUST_CHECK mc_status mc_ledger_add(mc_buffer *lines, mc_totals *totals, const mc_batch *batch,
                                      uint64_t first_record, const char *path, mc_error *error);

/* The same for output that has no ledger: warns of them instead. */
void mc_ledger_warn(const mc_control *control, mc_totals *totals, const mc_batch *batch,
                    uint64_t first_record, const char *path);

/* The line of a shard that could not be read at all. */
MC_MUST_CHECK mc_status mc_ledger_add_shard(mc_buffer *lines, const char *path, const char *message,
                                            mc_error *error);

#endif
