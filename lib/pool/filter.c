/* Filtering a batch: the reasons are asked for one after the other, the cheapest first, since the
 * language of a text costs a hundred times what the others do; then the texts that stay move
 * together.
 */
#include "pool/filter.h"

#include <stdlib.h>
#include <string.h>

#include "pool/block_hosts.h"
#include "pool/block_texts.h"
#include "pool/languages.h"
#include "pool/lid.h"
#include "text/url.h"

struct mc_filter {
    mc_block_hosts *hosts; /* each of these may be NULL */
    mc_block_texts *texts;
    mc_lid_model *lid;
    bool select; /* by languages */
    mc_languages languages;
};

struct mc_filter_scratch {
    mc_buffer lowered; /* a text in lower case */
    mc_lid_scratch *lid;
    unsigned char *verdicts; /* a text: 0, or its mc_exclusion and one */
    size_t verdicts_capacity;
};

enum { KEEP = 0 };

static unsigned char verdict(mc_exclusion reason) {
    return (unsigned char)((int)reason + 1);
}

static mc_status check_name(const char *given, const char *what, mc_error *error) {
    if (given && !given[0])
        return mc_fail(error, MC_E_ARGUMENT, "the %s is empty", what);
    return MC_OK;
}

static mc_status fill(mc_filter *filter, const mc_pool_options *options, mc_error *error) {
    MC_TRY(check_name(options->languages, "list of languages", error));
    MC_TRY(check_name(options->block_hosts, "file of blocked hosts", error));
    MC_TRY(check_name(options->block_texts, "file of blocked texts", error));
    if (options->languages) {
        filter->select = true;
        MC_TRY(mc_languages_parse(&filter->languages, options->languages, error));
        /* Records, and models of one's own, may say it otherwise. */
        if (options->lid == MC_LID_CLD2)
            MC_TRY(mc_languages_check(&filter->languages, error));
    }
    MC_TRY(mc_lid_create(&filter->lid, options->lid, options->lid_model, error));
    if (options->block_hosts)
        MC_TRY(mc_block_hosts_create(&filter->hosts, options->block_hosts, error));
    if (options->block_texts)
        MC_TRY(mc_block_texts_create(&filter->texts, options->block_texts, error));
    return MC_OK;
}

mc_status mc_filter_create(mc_filter **out, const mc_pool_options *options, mc_error *error) {
    *out = NULL;
    mc_filter *filter;
    MC_TRY(MC_ALLOC(filter, 1, error));
    mc_status status = fill(filter, options, error);
    bool needed = filter->hosts || filter->texts || filter->lid || filter->select;
    if (status != MC_OK || !needed) {
        mc_filter_free(filter);
        return status;
    }
    *out = filter;
    return MC_OK;
}

void mc_filter_free(mc_filter *filter) {
    if (!filter)
        return;
    mc_block_hosts_free(filter->hosts);
    mc_block_texts_free(filter->texts);
    mc_lid_free(filter->lid);
    mc_languages_dispose(&filter->languages);
    free(filter);
}

mc_status mc_filter_scratch_create(mc_filter_scratch **out, const mc_filter *filter,
                                   mc_error *error) {
    *out = NULL;
    mc_filter_scratch *scratch;
    MC_TRY(MC_ALLOC(scratch, 1, error));
    if (filter->lid) {
        mc_status status = mc_lid_scratch_create(&scratch->lid, filter->lid, error);
        if (status != MC_OK) {
            free(scratch);
            return status;
        }
    }
    *out = scratch;
    return MC_OK;
}

void mc_filter_scratch_free(mc_filter_scratch *scratch) {
    if (!scratch)
        return;
    mc_buffer_dispose(&scratch->lowered);
    mc_lid_scratch_free(scratch->lid);
    free(scratch->verdicts);
    free(scratch);
}

static bool is_host_blocked(const mc_filter *filter, const mc_batch *batch,
                            const mc_record *record) {
    mc_bytes url = {batch->bytes.data + record->url_offset, record->url_size};
    while (url.size > 0 && (unsigned char)url.data[0] <= ' ')
        url = (mc_bytes){url.data + 1, url.size - 1};
    return url.size > 0 && mc_block_hosts_has(filter->hosts, mc_url_host(url));
}

static void judge_hosts(const mc_filter *filter, const mc_batch *batch, unsigned char *verdicts) {
    for (size_t i = 0; i < batch->n_records; i++) {
        const mc_record *record = &batch->records[i];
        if (record->n_texts > 0 && is_host_blocked(filter, batch, record))
            memset(verdicts + record->first_text, verdict(MC_EXCLUDED_HOST), record->n_texts);
    }
}

static mc_status judge_texts(const mc_filter *filter, mc_filter_scratch *scratch,
                             const mc_batch *batch, mc_error *error) {
    for (size_t i = 0; i < batch->n_texts; i++) {
        bool found = false;
        if (scratch->verdicts[i] == KEEP && batch->texts[i].size > 0)
            MC_TRY(mc_block_texts_find(filter->texts, &scratch->lowered,
                                       mc_batch_span(batch, &batch->texts[i]), &found, error));
        if (found)
            scratch->verdicts[i] = verdict(MC_EXCLUDED_TEXT);
    }
    return MC_OK;
}

static mc_status judge_languages(const mc_filter *filter, mc_filter_scratch *scratch,
                                 mc_batch *batch, mc_error *error) {
    for (size_t i = 0; i < batch->n_texts; i++) {
        mc_text_span *text = &batch->texts[i];
        if (scratch->verdicts[i] != KEEP || text->size == 0)
            continue;
        if (text->language == 0 && filter->lid)
            MC_TRY(mc_lid_detect(filter->lid, scratch->lid, mc_batch_span(batch, text),
                                 &text->language, error));
        if (filter->select && !mc_languages_has(&filter->languages, text->language))
            scratch->verdicts[i] = verdict(MC_EXCLUDED_LANGUAGE);
    }
    return MC_OK;
}

/* Moves the texts that stay together, and counts the others. */
static void take_out(mc_batch *batch, const unsigned char *verdicts) {
    size_t n = 0;
    for (size_t r = 0; r < batch->n_records; r++) {
        mc_record *record = &batch->records[r];
        size_t first = record->first_text, end = first + record->n_texts;
        record->first_text = (uint32_t)n;
        for (size_t i = first; i < end; i++) {
            if (verdicts[i] == KEEP || batch->texts[i].size == 0)
                batch->texts[n++] = batch->texts[i];
            else
                batch->n_excluded[verdicts[i] - 1]++;
        }
        record->n_texts = (uint32_t)(n - record->first_text);
    }
    batch->n_texts = n;
}

mc_status mc_filter_apply(const mc_filter *filter, mc_filter_scratch *scratch, mc_batch *batch,
                          mc_error *error) {
    if (batch->n_texts == 0)
        return MC_OK;
    MC_TRY(MC_GROW(scratch->verdicts, scratch->verdicts_capacity, batch->n_texts, error));
    memset(scratch->verdicts, KEEP, batch->n_texts);
    if (filter->hosts)
        judge_hosts(filter, batch, scratch->verdicts);
    if (filter->texts)
        MC_TRY(judge_texts(filter, scratch, batch, error));
    if (filter->lid || filter->select)
        MC_TRY(judge_languages(filter, scratch, batch, error));
    take_out(batch, scratch->verdicts);
    return MC_OK;
}
