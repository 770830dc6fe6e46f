#include "extract/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/progress.h"
#include "metacurate/io.h"

#define STATE_MAX (256u << 20)

const char *mc_extract_part(mc_dedup dedup) {
    return dedup == MC_DEDUP_NONE ? "pairs" : "all";
}

static mc_status check_length(int n, mc_error *error) {
    return n > 0 && n < MC_PATH_MAX ? MC_OK : mc_fail(error, MC_E_LIMIT, "a path is too long");
}

mc_status mc_extract_path(char path[MC_PATH_MAX], const char *folder, const char *part,
                          const char *name, mc_error *error) {
    int n = name ? snprintf(path, MC_PATH_MAX, "%s/%s/%s.jsonl.zst", folder, part, name)
                 : snprintf(path, MC_PATH_MAX, "%s/%s", folder, part);
    return check_length(n, error);
}

mc_status mc_extract_state_path(char path[MC_PATH_MAX], const char *folder, const char *part,
                                const char *name, mc_error *error) {
    int n = name ? snprintf(path, MC_PATH_MAX, "%s/%s.state/%s.jsonl", folder, part, name)
                 : snprintf(path, MC_PATH_MAX, "%s/%s.state", folder, part);
    return check_length(n, error);
}

mc_status mc_extract_write_state(const mc_extract_options *options, const mc_index_info *info,
                                 uint64_t n_lines, const mc_buffer *ledger, mc_error *error) {
    char path[MC_PATH_MAX];
    mc_buffer text = {0};
    MC_TRY(mc_extract_state_path(path, options->folder, mc_extract_part(options->dedup),
                                 info->shard, error));
    mc_status status = mc_index_info_to_json(info, &text, error);
    if (status == MC_OK)
        status = mc_buffer_printf(&text, error, "\n%" PRIu64 "\n", n_lines);
    if (status == MC_OK)
        status = mc_buffer_append(&text, ledger->data, ledger->size, error);
    if (status == MC_OK)
        status = mc_write_file(path, text.data, text.size, error);
    mc_buffer_dispose(&text);
    return status;
}

/* Reads a number that ends at a line feed; NULL when there is none. */
static const char *read_count(const char *at, uint64_t *out) {
    char *end;
    *out = strtoull(at, &end, 10);
    return end > at && *end == '\n' ? end + 1 : NULL;
}

static mc_status parse_state(const char *data, size_t size, mc_index_info *info, uint64_t *n_lines,
                             mc_buffer *ledger, mc_error *error) {
    const char *feed = memchr(data, '\n', size);
    if (!feed)
        return mc_fail(error, MC_E_FORMAT, "damaged state: it ends too early");
    MC_TRY(mc_index_info_from_json(info, data, (size_t)(feed - data), error));
    const char *rest = read_count(feed + 1, n_lines); /* a NUL follows the data */
    if (!rest || info->metadata_digest[0])
        return mc_fail(error, MC_E_FORMAT, "damaged state: no number of lines");
    return mc_buffer_append(ledger, rest, size - (size_t)(rest - data), error);
}

static mc_status check(const mc_extract_options *options, size_t shard, const char *filter_digest,
                       const mc_index_info *was, const char *path, mc_error *error) {
    mc_index_info now = {0};
    mc_status status = mc_resume_describe_reading(&now, options->pool, shard, filter_digest, error);
    if (status == MC_OK) {
        const char *what =
            mc_resume_difference(was, &now, mc_pool_get_options(options->pool)->format);
        if (what) {
            status = mc_fail(error, MC_E_MISMATCH,
                             "%s changed since this shard was extracted; run anew with --overwrite",
                             what);
            mc_error_place(error, path, MC_NONE, MC_NONE);
        }
    }
    mc_index_info_dispose(&now);
    return status == MC_OK ? mc_resume_check_source(was, error) : status;
}

static mc_status take(const mc_extract_options *options, size_t shard, const char *filter_digest,
                      const char *path, mc_index_info *info, uint64_t *n_lines, mc_buffer *ledger,
                      mc_error *error) {
    char *data;
    size_t size, before = ledger->size;
    MC_TRY(mc_read_file(path, STATE_MAX, &data, &size, error));
    mc_status status = parse_state(data, size, info, n_lines, ledger, error);
    free(data);
    if (status == MC_OK)
        status = check(options, shard, filter_digest, info, path, error);
    if (status != MC_OK)
        ledger->size = before;
    return status;
}

mc_status mc_extract_take(const mc_extract_options *options, size_t shard,
                          const char *filter_digest, bool *finished, mc_index_info *info,
                          uint64_t *n_lines, mc_buffer *ledger, mc_error *error) {
    char lines[MC_PATH_MAX], state[MC_PATH_MAX];
    const char *part = mc_extract_part(options->dedup), *name = mc_pool_name(options->pool, shard);
    mc_error damage = {0};
    *finished = false;
    *info = (mc_index_info){0};
    MC_TRY(mc_extract_path(lines, options->folder, part, name, error));
    MC_TRY(mc_extract_state_path(state, options->folder, part, name, error));
    if (access(lines, F_OK) != 0 || access(state, F_OK) != 0)
        return MC_OK;
    mc_status status = take(options, shard, filter_digest, state, info, n_lines, ledger, &damage);
    *finished = status == MC_OK;
    if (status == MC_OK)
        return MC_OK;
    mc_index_info_dispose(info);
    if (status == MC_E_FORMAT || status == MC_E_LIMIT) {
        char text[1200];
        mc_error_place(&damage, state, MC_NONE, MC_NONE);
        mc_warn(options->control, "%s; the shard is extracted again",
                mc_error_text(&damage, text, sizeof text));
        return MC_OK;
    }
    if (error)
        *error = damage;
    return status;
}
