/* A batch as lines of JSON. */
#ifndef MC_EXTRACT_RENDER_H
#define MC_EXTRACT_RENDER_H

#include "match/work.h"
#include "pool/shard.h"

/* One thread's scratch: parses chunks and renders them. */
typedef struct mc_renderer {
    mc_parser *parser;
    void *digest; /* computes uuids */
} mc_renderer;    /* {0} can be disposed of */

MC_MUST_CHECK mc_status mc_renderer_init(mc_renderer *renderer, mc_error *error);
void mc_renderer_dispose(mc_renderer *renderer);

/* What every line of a shard says of it: its path as a JSON string, in out (cleared first). */
MC_MUST_CHECK mc_status mc_render_path(const char *path, mc_buffer *out, mc_error *error);

/* Parses a chunk into batch and renders it into out (cleared first): a line for every record that
 * has texts left. totals (cleared first) receives the books of the batch but for its rejects. path
 * is what mc_render_path made. */
MC_MUST_CHECK mc_status mc_render_chunk(mc_renderer *renderer, const mc_shard *shard,
                                        const mc_buffer *path, const mc_chunk *chunk,
                                        mc_batch *batch, mc_totals *totals, mc_buffer *out,
                                        uint64_t *n_lines, mc_error *error);

#endif
