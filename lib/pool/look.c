/* A shard looked at before anything is done: what it is taken for, and the first text that gives.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pool/reader.h"

static const char *doubt_text(mc_bytes data) {
    size_t i = 0;
    while (i < data.size && memchr(" \t\r\n", data.data[i], 4))
        i++;
    const char *at = data.data + i;
    size_t left = data.size - i;
    if (left > 14 && (!strncasecmp(at, "<!doctype html", 14) || !strncasecmp(at, "<html", 5)))
        return "begins like an HTML page, and is read as lines of text";
    if (left == 0 || *at != '[')
        return NULL;
    for (i = 1; i < left && memchr(" \t\r\n", at[i], 4);)
        i++;
    if (i < left && at[i] == '{')
        return "begins with [: a JSON array is read as lines of text; a pool is JSON lines, an "
               "object "
               "a line";
    return NULL;
}

/* As much as fits of text that is well-formed, without controls. */
static void copy_text(char *out, size_t room, mc_bytes text) {
    size_t n = text.size < room - 4 ? text.size : room - 4;
    while (n < text.size && n > 0 && ((unsigned char)text.data[n] & 0xC0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text.data[i];
        out[i] = (char)(c < 0x20 || c == 0x7f ? ' ' : c);
    }
    snprintf(out + n, 4, "%s", n < text.size ? "..." : "");
}

static mc_status look_inside(mc_pool_look *out, mc_shard *shard, mc_chunk *chunk, mc_batch *batch,
                             mc_parser *parser, mc_error *error) {
    mc_status status = mc_shard_read(shard, chunk, error);
    if (status != MC_OK || chunk->kind != MC_CHUNK_RECORDS)
        return status == MC_END ? MC_OK : status;
    /* Without the filter: a text is shown that may be excluded, but none is looked into. */
    mc_batch_clear(batch);
    MC_TRY(mc_format_ways_of(shard->format)->parse(shard, parser, chunk, batch, error));
    if (batch->n_texts > 0)
        copy_text(out->text, sizeof out->text, mc_batch_span(batch, &batch->texts[0]));
    else if (batch->n_rejects > 0)
        snprintf(out->reject, sizeof out->reject, "%s", batch->rejects[0].detail);
    return MC_OK;
}

mc_status mc_pool_look_at(mc_pool_look *out, const mc_pool *pool, size_t index, bool inside,
                          mc_error *error) {
    mc_shard *shard;
    mc_parser *parser = NULL;
    mc_chunk chunk = {0};
    mc_batch batch = {0};
    *out = (mc_pool_look){0};
    MC_TRY(mc_shard_open(&shard, pool, index, error));
    out->format = shard->format;
    if (shard->format == MC_FORMAT_TEXT && mc_pool_get_options(pool)->format == MC_FORMAT_AUTO)
        out->doubt = doubt_text((mc_bytes){mc_shard_data(shard), mc_shard_held(shard)});
    mc_status status = inside ? mc_parser_create(&parser, error) : MC_OK;
    if (status == MC_OK && inside)
        status = look_inside(out, shard, &chunk, &batch, parser, error);
    mc_batch_dispose(&batch);
    mc_chunk_dispose(&chunk);
    mc_parser_free(parser);
    mc_shard_close(shard);
    return status;
}
