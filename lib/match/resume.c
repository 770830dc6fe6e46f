#include "match/resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/progress.h"
#include "io/remote.h"
#include "io/source.h"

static mc_status check_length(int n, mc_error *error) {
    return n > 0 && n < MC_PATH_MAX ? MC_OK : mc_fail(error, MC_E_LIMIT, "a path is too long");
}

mc_status mc_resume_folder(char path[MC_PATH_MAX], const mc_match_options *options,
                           mc_error *error) {
    return check_length(snprintf(path, MC_PATH_MAX, "%s/matches", options->folder), error);
}

mc_status mc_resume_path(char path[MC_PATH_MAX], const mc_match_options *options, size_t shard,
                         mc_error *error) {
    const char *name = mc_pool_name(options->pool, shard);
    return check_length(
        snprintf(path, MC_PATH_MAX, "%s/matches/%s" MC_INDEX_SUFFIX, options->folder, name), error);
}

static mc_status copy_option(const char **out, const char *text, mc_error *error) {
    char *copy;
    MC_TRY(mc_copy_string(&copy, text, error));
    *out = copy;
    return MC_OK;
}

mc_status mc_resume_filters(const mc_pool_options *options, char digest[33], mc_error *error) {
    const char *const files[] = {options->lid_model, options->block_hosts, options->block_texts};
    char all[3 * 33] = {0};
    digest[0] = '\0';
    if (!files[0] && !files[1] && !files[2])
        return MC_OK;
    for (size_t i = 0; i < 3; i++) {
        mc_u128 one = {0};
        uint64_t size;
        if (files[i])
            MC_TRY(mc_digest_file(files[i], &one, &size, error));
        mc_u128_hex(one, all + 33 * i);
    }
    mc_u128_hex(mc_hash128(all, sizeof all), digest);
    return MC_OK;
}

bool mc_resume_keeps(const mc_match_options *options, mc_format format, size_t shard) {
    const char *path = mc_pool_path(options->pool, shard);
    bool far = mc_remote_is(path);
    bool once = strcmp(path, "-") == 0;
    if (options->keep_texts != MC_KEEP_AUTO)
        return options->keep_texts == MC_KEEP_ALWAYS;
    return far || once || format == MC_FORMAT_WARC || format == MC_FORMAT_TAR;
}

mc_status mc_resume_describe_reading(mc_index_info *info, const mc_pool *pool, size_t shard,
                                     const char *filter_digest, mc_error *error) {
    const mc_pool_options *read = mc_pool_get_options(pool);
    mc_pool_options *out = &info->read;
    snprintf(info->filter_digest, sizeof info->filter_digest, "%s", filter_digest);
    out->max_record = read->max_record ? read->max_record : MC_MAX_RECORD_DEFAULT;
    out->lazy_images = read->lazy_images;
    out->lid = read->lid;
    MC_TRY(mc_copy_string(&info->shard, mc_pool_name(pool, shard), error));
    MC_TRY(mc_copy_string(&info->path, mc_pool_path(pool, shard), error));
    MC_TRY(copy_option(&out->text_field, read->text_field, error));
    MC_TRY(copy_option(&out->texts_field, read->texts_field, error));
    MC_TRY(copy_option(&out->url_field, read->url_field, error));
    MC_TRY(copy_option(&out->id_field, read->id_field, error));
    MC_TRY(copy_option(&out->columns, read->columns, error));
    MC_TRY(copy_option(&out->reader, read->reader, error));
    MC_TRY(copy_option(&out->lang_field, read->lang_field, error));
    MC_TRY(copy_option(&out->lid_model, read->lid_model, error));
    MC_TRY(copy_option(&out->languages, read->languages, error));
    MC_TRY(copy_option(&out->block_hosts, read->block_hosts, error));
    return copy_option(&out->block_texts, read->block_texts, error);
}

mc_status mc_resume_describe(mc_index_info *info, const mc_match_options *options, size_t shard,
                             const char *filter_digest, mc_error *error) {
    *info = (mc_index_info){.n_entries = mc_concepts_count(options->concepts),
                            .rules = mc_concepts_rules(options->concepts)};
    memcpy(info->metadata_digest, mc_concepts_digest(options->concepts), 33);
    return mc_resume_describe_reading(info, options->pool, shard, filter_digest, error);
}

mc_status mc_resume_check_names(const mc_pool *pool, size_t shard, const char *filter_digest,
                                mc_error *error) {
    mc_index_info info = {0};
    mc_buffer json = {0};
    mc_status status = mc_resume_describe_reading(&info, pool, shard, filter_digest, error);
    if (status == MC_OK) {
        status = mc_index_info_to_json(&info, &json, error);
        if (status != MC_OK)
            mc_error_place(error, info.path, MC_NONE, MC_NONE);
    }
    mc_buffer_dispose(&json);
    mc_index_info_dispose(&info);
    return status;
}

static bool same(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

#define READING(option) "the way records are read (--" option ")"

const char *mc_resume_difference(const mc_index_info *was, const mc_index_info *now,
                                 mc_format asked_format) {
    const mc_pool_options *a = &was->read, *b = &now->read;
    if (asked_format != MC_FORMAT_AUTO && asked_format != a->format)
        return "--format";
    if (a->lid != b->lid || !same(a->lid_model, b->lid_model) || !same(a->languages, b->languages))
        return "--lid or --lang";
    if (!same(a->block_hosts, b->block_hosts) || !same(a->block_texts, b->block_texts))
        return "--block-hosts or --block-text";
    if (strcmp(was->filter_digest, now->filter_digest) != 0)
        return "the content of a block list or of the language model";
    if (a->lazy_images != b->lazy_images)
        return READING("lazy-images");
    if (a->max_record != b->max_record)
        return READING("max-record");
    const struct {
        const char *was, *now, *what;
    } texts[] = {{a->text_field, b->text_field, READING("text-field")},
                 {a->texts_field, b->texts_field, READING("texts-field")},
                 {a->url_field, b->url_field, READING("url-field")},
                 {a->id_field, b->id_field, READING("id-field")},
                 {a->lang_field, b->lang_field, READING("lang-field")},
                 {a->columns, b->columns, READING("columns")},
                 {a->reader, b->reader, READING("reader")}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!same(texts[i].was, texts[i].now))
            return texts[i].what;
    return NULL;
}

/* What differs between a finished index and what would be made now, or NULL. */
static const char *difference(const mc_index_info *was, const mc_index_info *now,
                              const mc_match_options *options, size_t shard) {
    if (strcmp(was->metadata_digest, now->metadata_digest) != 0 || was->n_entries != now->n_entries)
        return "the metadata";
    if (was->rules != now->rules)
        return "the rules";
    if (was->keep_texts != mc_resume_keeps(options, was->read.format, shard))
        return "--keep-texts";
    return mc_resume_difference(was, now, mc_pool_get_options(options->pool)->format);
}

static mc_status fail_changed(const mc_index_info *was, mc_error *error) {
    mc_fail(error, MC_E_MISMATCH, "has changed since it was read; run anew with --overwrite");
    mc_error_place(error, was->path, MC_NONE, MC_NONE);
    return MC_E_MISMATCH;
}

/* A remote file is not read again for its digest: its size tells, where the server does. What is
 * finished stays so when the server is gone. */
static mc_status check_remote(const mc_index_info *was, mc_error *error) {
    uint64_t size;
    mc_error unreachable = {0};
    mc_status status = mc_remote_ask_size(was->path, &size, &unreachable);
    if (status == MC_OK && size > 0 && size != was->source_size)
        return fail_changed(was, error);
    if (status == MC_OK || status == MC_E_IO)
        return MC_OK;
    if (error)
        *error = unreachable;
    return status;
}

mc_status mc_resume_check_source(const mc_index_info *was, mc_error *error) {
    mc_u128 digest;
    uint64_t size;
    char hex[33];
    if (strcmp(was->path, "-") == 0)
        return mc_fail(error, MC_E_MISMATCH, "a run over standard input cannot be resumed");
    if (mc_remote_is(was->path))
        return check_remote(was, error);
    MC_TRY(mc_digest_file(was->path, &digest, &size, error));
    mc_u128_hex(digest, hex);
    bool same_file = size == was->source_size && strcmp(hex, was->source_digest) == 0;
    return same_file ? MC_OK : fail_changed(was, error);
}

static mc_status pass_over(void *context, uint32_t id, mc_bytes entry, mc_error *error) {
    (void)context;
    (void)id;
    (void)entry;
    (void)error;
    return MC_OK;
}

/* Reads what the footer holds beside its document, for damage. */
static mc_status check_sections(const mc_index *index, mc_error *error) {
    mc_buffer ledger = {0};
    mc_status status = mc_index_read_ledger(index, &ledger, error);
    mc_buffer_dispose(&ledger);
    MC_TRY(status);
    return mc_index_read_entries(index, pass_over, NULL, error);
}

/* Adds the matches of the index to the counts: all of them, or none when it is damaged. */
static mc_status add_counts(const mc_index *index, mc_match_result *result, mc_error *error) {
    mc_buffer stored = {0};
    mc_block block = {0};
    uint64_t *counts;
    mc_status status = MC_ALLOC(counts, result->n_counts, error);
    for (size_t i = 0; i < index->n_blocks && status == MC_OK; i++) {
        status = mc_index_read(index, i, &stored, error);
        if (status == MC_OK)
            status = mc_index_decode(index, i, &block, &stored, false, error);
        for (uint32_t k = 0; status == MC_OK && k < block.info.n_ids; k++)
            counts[block.ids[k]]++;
    }
    for (size_t e = 0; status == MC_OK && e < result->n_counts; e++)
        result->counts[e] += counts[e];
    free(counts);
    mc_buffer_dispose(&stored);
    mc_block_dispose(&block);
    return status;
}

static mc_status take(const mc_match_options *options, size_t shard, const char *filter_digest,
                      const mc_index *index, mc_match_result *result, mc_error *error) {
    mc_index_info now;
    mc_status status = mc_resume_describe(&now, options, shard, filter_digest, error);
    if (status == MC_OK) {
        const char *what = difference(&index->info, &now, options, shard);
        if (what) {
            status =
                mc_fail(error, MC_E_MISMATCH,
                        "%s changed since this index was made; run anew with --overwrite", what);
            mc_error_place(error, index->file, MC_NONE, MC_NONE);
        }
    }
    mc_index_info_dispose(&now);
    if (status == MC_OK)
        status = mc_resume_check_source(&index->info, error);
    if (status == MC_OK)
        status = check_sections(index, error);
    if (status == MC_OK)
        status = add_counts(index, result, error);
    return status;
}

mc_status mc_resume_take(const mc_match_options *options, size_t shard, const char *filter_digest,
                         mc_match_result *result, bool *finished, mc_error *error) {
    char path[MC_PATH_MAX];
    mc_index index;
    mc_error damage = {0};
    *finished = false;
    MC_TRY(mc_resume_path(path, options, shard, error));
    if (access(path, F_OK) != 0)
        return MC_OK;
    mc_status status = mc_index_open(&index, path, true, &damage);
    if (status == MC_OK) {
        status = take(options, shard, filter_digest, &index, result, &damage);
        if (status == MC_OK) {
            mc_totals_add(&result->totals, &index.info.totals);
            result->n_resumed++;
            *finished = true;
        }
        mc_index_dispose(&index);
    }
    if (status == MC_E_FORMAT) {
        char text[1200];
        mc_warn(options->control, "%s; the shard is matched again",
                mc_error_text(&damage, text, sizeof text));
        return MC_OK;
    }
    if (status != MC_OK && error)
        *error = damage;
    return status;
}
