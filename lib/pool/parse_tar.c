/* Samples of a tar archive: the json member is read as a line of JSONL is; the txt member is the
 * text where there is no json or where it holds none. */
#include "pool/reader.h"
#include "pool/tar.h"

static mc_status parse_txt(const mc_shard *shard, const mc_tar_sample *sample, mc_batch *batch,
                           mc_error *error) {
    MC_TRY(mc_batch_begin(batch, error));
    if (mc_fields_has(&shard->fields, MC_FIELD_ID))
        return mc_batch_reject(batch, MC_REASON_BAD_FIELD, sample->offset, error,
                               "%.40s is missing: the sample has no json",
                               shard->fields.names[shard->fields.first[MC_FIELD_ID]].data);
    MC_TRY(mc_batch_text(batch, sample->txt, error));
    return mc_batch_end(batch, NULL, NULL, NULL, error);
}

static mc_status reject(const mc_shard *shard, const mc_tar_sample *sample, mc_batch *batch,
                        mc_error *error) {
    int size = sample->key.size < 100 ? (int)sample->key.size : 100;
    MC_TRY(mc_batch_begin(batch, error));
    if (sample->flags & MC_TAR_BROKEN)
        return mc_batch_reject(batch, MC_REASON_BAD_TAR, sample->offset, error, "%.*s", size,
                               sample->key.data);
    if (sample->flags & MC_TAR_TOO_LONG)
        return mc_batch_reject(batch, MC_REASON_TOO_LONG, sample->offset, error,
                               "the json or txt has more than %llu bytes",
                               (unsigned long long)shard->max_record);
    return mc_batch_reject(batch, MC_REASON_NO_TEXT, sample->offset, error,
                           "neither json nor txt: %.*s", size, sample->key.data);
}

mc_status mc_parse_tar(const mc_shard *shard, mc_parser *parser, const mc_chunk *chunk,
                       mc_batch *batch, mc_error *error) {
    mc_bytes samples = {chunk->bytes.data, chunk->bytes.size};
    mc_tar_sample sample;
    for (size_t at = 0; mc_tar_take(samples, &at, &sample);) {
        const mc_bytes *txt = sample.flags & MC_TAR_TXT ? &sample.txt : NULL;
        if (sample.flags & (MC_TAR_BROKEN | MC_TAR_TOO_LONG) || !sample.flags)
            MC_TRY(reject(shard, &sample, batch, error));
        else if (sample.flags & MC_TAR_JSON)
            MC_TRY(mc_parse_json(shard, parser, sample.json, sample.offset, txt, batch, error));
        else
            MC_TRY(parse_txt(shard, &sample, batch, error));
    }
    return MC_OK;
}
