/* A batch as lines of JSON. */
#ifndef MC_EXTRACT_RENDER_H
#define MC_EXTRACT_RENDER_H

#include "match/work.h"
#include "pool/shard.h"

/* One thread's scratch: parses chunks and renders them. */
typedef struct mc_renderer {
    mc_parser *parser;
    void *digest; /* computes uuids */
} mc_renderer;

/* What every line of a shard says of it: its path as a JSON string, in out (cleared first). */
MC_MUST_CHECK mc_status mc_render_path(const char *path, mc_buffer *out, mc_error *error);

/* A chunk and what it was rendered to: a batch of a pipeline. */
typedef struct mc_rendered {
    mc_chunk chunk;
    mc_batch batch;
    mc_totals totals; /* the books of the batch, but for its rejects */
    mc_buffer lines;
    uint64_t n_lines;
    uint64_t taken;     /* bytes of the file, for progress */
    size_t shard_index; /* of the chunk's shard, where a lane goes over several */
} mc_rendered;

/* Steps of a pipeline (base/pipeline.h) whose batches are mc_rendered and whose scratches are
 * mc_renderer. */
MC_MUST_CHECK mc_status mc_rendered_create(void *context, void **batch, mc_error *error);
void mc_rendered_free(void *context, void *batch);
MC_MUST_CHECK mc_status mc_renderer_create(void *context, void **scratch, mc_error *error);
void mc_renderer_free(void *context, void *scratch);

/* Parses the chunk and renders it: a line for every record that has texts left. path is what
 * mc_render_path made. */
MC_MUST_CHECK mc_status mc_render_chunk(mc_renderer *renderer, const mc_shard *shard,
                                        const mc_buffer *path, mc_rendered *rendered,
                                        mc_error *error);

#endif
