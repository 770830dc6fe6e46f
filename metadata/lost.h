/* The ledger of what sources lost: JSON lines as rejects.jsonl has them. */
#ifndef MC_METADATA_LOST_H
#define MC_METADATA_LOST_H

#include "base/buffer.h"

#define MC_LOST_LINES 1000 /* entered at most, of each reason; all are counted */

/* Appends a line; record MC_NONE is null. What is no UTF-8 in path and detail becomes U+FFFD. */
MC_MUST_CHECK mc_status mc_lost_put(mc_buffer *ledger, const char *path, uint64_t record,
                                    uint64_t offset, const char *reason, const char *detail,
                                    mc_error *error);

#endif
