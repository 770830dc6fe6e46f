/* Subsets as lines: subset.jsonl.zst, the balanced pair index, and subset.tsv for downloaders. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "balance/emit.h"
#include "base/buffer.h"
#include "io/json_out.h"
#include "io/sink.h"
#include "match/resume.h"

typedef struct lines {
    mc_emitter emitter;
    mc_sink *sink;
} lines;

static mc_status append(mc_emitter *emitter, const mc_buffer *rendered, mc_error *error) {
    return rendered->size
               ? mc_sink_write(((lines *)emitter)->sink, rendered->data, rendered->size, error)
               : MC_OK;
}

static mc_status put_string(mc_buffer *out, const char *name, mc_bytes value, mc_error *error) {
    MC_TRY(mc_buffer_append(out, name, strlen(name), error));
    return value.data && value.size ? mc_json_string(out, value.data, value.size, error)
                                    : mc_buffer_append(out, "null", 4, error);
}

static mc_status render_json(const mc_kept *kept, const char *name, mc_buffer *out,
                             mc_error *error) {
    char uid[33];
    mc_u128_hex(kept->uid, uid);
    mc_bytes shard = {name, strlen(name)};
    MC_TRY(mc_buffer_append(out, "{\"uid\":\"", 8, error));
    MC_TRY(mc_buffer_append(out, uid, 32, error));
    MC_TRY(put_string(out, "\",\"shard\":", shard, error));
    MC_TRY(mc_buffer_append(out, ",\"record\":", 10, error));
    MC_TRY(mc_json_u64(out, kept->record, error));
    MC_TRY(mc_buffer_append(out, ",\"text_number\":", 15, error));
    MC_TRY(mc_json_u64(out, kept->number, error));
    MC_TRY(put_string(out, ",\"url\":", kept->url, error));
    MC_TRY(put_string(out, ",\"text\":", kept->caption, error));
    if (kept->language) {
        char code[MC_LANGUAGE_MAX + 1];
        size_t size = mc_language_text(kept->language, code);
        MC_TRY(put_string(out, ",\"lang\":", (mc_bytes){code, size}, error));
    }
    MC_TRY(mc_buffer_append(out, ",\"key\":", 7, error));
    MC_TRY(mc_json_double(out, kept->key, error));
    return mc_buffer_append(out, "}\n", 2, error);
}

/* A field with its tabs and line ends as spaces. Readers of tables take a quote at the start of a
 * field as quoting it, so such a field is quoted, its quotes doubled. */
static mc_status put_field(mc_buffer *out, mc_bytes field, char end, mc_error *error) {
    bool quoted = field.size > 0 && field.data[0] == '"';
    MC_TRY(mc_buffer_reserve(out, 2 * field.size + 3, error));
    char *at = out->data + out->size;
    if (quoted)
        *at++ = '"';
    for (size_t i = 0; i < field.size; i++) {
        char c = field.data[i];
        if (quoted && c == '"')
            *at++ = '"';
        *at++ = (char)(c == '\t' || c == '\n' || c == '\r' ? ' ' : c);
    }
    if (quoted)
        *at++ = '"';
    *at++ = end;
    out->size = (size_t)(at - out->data);
    return MC_OK;
}

static mc_status render_tsv(const mc_kept *kept, const char *name, mc_buffer *out,
                            mc_error *error) {
    (void)name;
    char uid[33];
    mc_u128_hex(kept->uid, uid);
    MC_TRY(put_field(out, kept->url, '\t', error));
    MC_TRY(put_field(out, kept->caption, '\t', error));
    return put_field(out, (mc_bytes){uid, 32}, '\n', error);
}

static mc_status finish(mc_emitter *emitter, mc_error *error) {
    lines *l = (lines *)emitter;
    return mc_sink_commit(&l->sink, error);
}

static void free_lines(mc_emitter *emitter) {
    lines *l = (lines *)emitter;
    mc_sink_discard(&l->sink);
    free(l);
}

static mc_status create(lines **out, const char *folder, const char *name, char path[MC_PATH_MAX],
                        mc_error *error) {
    MC_TRY(mc_alloc(out, 1, sizeof **out, error));
    (*out)->emitter = (mc_emitter){.append = append, .finish = finish, .free = free_lines};
    if (snprintf(path, MC_PATH_MAX, "%s/%s", folder, name) >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "the output folder's path is too long");
    return MC_OK;
}

mc_status mc_emit_jsonl(mc_emitter **out, const char *folder, size_t n_threads, mc_error *error) {
    char path[MC_PATH_MAX];
    lines *l = NULL;
    mc_status status = create(&l, folder, "subset.jsonl.zst", path, error);
    *out = l ? &l->emitter : NULL;
    MC_TRY(status);
    l->emitter.render = render_json;
    return mc_sink_create_zstd(&l->sink, path, MC_SUBSET_LEVEL, n_threads, error);
}

mc_status mc_emit_tsv(mc_emitter **out, const char *folder, mc_error *error) {
    static const char header[] = "url\tcaption\tuid\n";
    char path[MC_PATH_MAX];
    lines *l = NULL;
    mc_status status = create(&l, folder, "subset.tsv", path, error);
    *out = l ? &l->emitter : NULL;
    MC_TRY(status);
    l->emitter.render = render_tsv;
    MC_TRY(mc_sink_create(&l->sink, path, error));
    return mc_sink_write(l->sink, header, sizeof header - 1, error);
}
