#include "balance/reread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/progress.h"
#include "io/remote.h"
#include "match/work.h"
#include "metacurate/balance.h"

static mc_status changed(const mc_index *index, uint64_t record, mc_error *error) {
    mc_fail(error, MC_E_MISMATCH,
            "is not as it was when it was matched; match it again (or match with --keep-texts, "
            "which needs the pool only once)");
    mc_error_place(error, index->info.path, record, MC_NONE);
    return MC_E_MISMATCH;
}

mc_status mc_reread_init(mc_reread *reread, mc_error *error) {
    reread->index = reread->block = reread->n_closed = 0;
    return MC_ALLOC(reread->shards, reread->set->n, error);
}

void mc_reread_close(mc_reread *reread, size_t end) {
    for (; reread->n_closed < end; reread->n_closed++) {
        mc_reread_shard *shard = &reread->shards[reread->n_closed];
        mc_shard_close(shard->shard);
        mc_pool_free(shard->pool);
        *shard = (mc_reread_shard){0};
    }
}

void mc_reread_dispose(mc_reread *reread) {
    if (reread->shards)
        mc_reread_close(reread, reread->set->n);
    for (size_t i = 0; i < reread->set->n; i++)
        mc_index_shut(&reread->set->indexes[i]);
    free(reread->shards);
    reread->shards = NULL;
}

void mc_reread_block_dispose(mc_reread_block *block) {
    mc_buffer_dispose(&block->stored);
    mc_block_dispose(&block->block);
    mc_chunk_dispose(&block->chunk);
    mc_batch_dispose(&block->batch);
    free(block->texts);
    free(block->places);
    *block = (mc_reread_block){0};
}

/* A command that an index names is run only when the caller names it, too. */
static mc_status check_reader(const mc_index *index, const char *allowed, mc_error *error) {
    const char *reader = index->info.read.reader;
    if (!reader || (allowed && strcmp(reader, allowed) == 0))
        return MC_OK;
    mc_fail(error, MC_E_MISMATCH,
            "was read by a command, which is not run unasked: give the same --reader again");
    mc_error_place(error, index->file, MC_NONE, MC_NONE);
    return MC_E_MISMATCH;
}

static mc_status check_pool(const mc_index *index, const char *reader, mc_error *error) {
    const char *path = index->info.path;
    if (index->info.keep_texts || index->info.totals.matched == 0)
        return MC_OK;
    MC_TRY(check_reader(index, reader, error));
    if (mc_remote_is(path) || access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
        return MC_OK;
    mc_fail(error, MC_E_IO,
            "cannot be found; the texts that are kept are read again from the pool: put it back "
            "where it was (seen from the current folder), or match with --keep-texts");
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_IO;
}

mc_status mc_balance_check_pool(const char *const *indexes, size_t n, const char *reader,
                                mc_error *error) {
    mc_status status = MC_OK;
    for (size_t i = 0; i < n && status == MC_OK; i++) {
        mc_index index;
        MC_TRY(mc_index_open(&index, indexes[i], false, error));
        status = check_pool(&index, reader, error);
        mc_index_dispose(&index);
    }
    return status;
}

static mc_status open_next(mc_reread *reread, mc_error *error) {
    mc_index *index = &reread->set->indexes[reread->index];
    mc_reread_shard *shard = &reread->shards[reread->index];
    MC_TRY(mc_index_reopen(index, error));
    if (index->info.keep_texts)
        return MC_OK;
    MC_TRY(check_reader(index, reread->reader, error));
    /* Without filters: the index says which texts they left, and of which language each is. */
    mc_pool_options read = index->info.read;
    read.lid = MC_LID_NONE;
    read.cancel = mc_control_cancel(reread->control);
    read.lid_model = read.languages = read.block_hosts = read.block_texts = NULL;
    const char *path = index->info.path;
    MC_TRY(mc_pool_create(&shard->pool, &path, 1, &read, error));
    if (mc_pool_count(shard->pool) != 1)
        return changed(index, MC_NONE, error);
    return mc_shard_open(&shard->shard, shard->pool, 0, error);
}

static bool is_wanted(const mc_reread *reread, uint64_t first, uint64_t end) {
    return !reread->wanted || reread->wanted(reread->context, first, end - first);
}

/* True when nothing more of the index at hand is wanted. */
static bool is_done(const mc_reread *reread) {
    const mc_index *index = &reread->set->indexes[reread->index];
    if (reread->block == index->n_blocks)
        return true;
    const uint64_t *first = &reread->set->first[reread->index];
    return !is_wanted(reread, first[0] + index->blocks[reread->block].first_text, first[1]);
}

mc_status mc_reread_next(mc_reread *reread, mc_reread_block *b, mc_error *error) {
    mc_index_set *set = reread->set;
    for (bool got = false; !got;) {
        while (reread->index < set->n && is_done(reread)) {
            mc_index_shut(&set->indexes[reread->index]);
            reread->index++;
            reread->block = 0;
        }
        if (reread->index == set->n)
            return MC_END;
        if (reread->block == 0)
            MC_TRY(open_next(reread, error));
        const mc_index *index = &set->indexes[reread->index];
        const mc_block_entry *entry = &index->blocks[reread->block];
        b->place = (mc_pass_block){.index = reread->index,
                                   .number = reread->block++,
                                   .first_text = set->first[reread->index] + entry->first_text,
                                   .n_texts = (uint32_t)entry->n_texts};
        b->texts_inside = index->info.keep_texts;
        got = is_wanted(reread, b->place.first_text, b->place.first_text + b->place.n_texts);
        if (got)
            MC_TRY(mc_index_read(index, b->place.number, &b->stored, error));
        if (b->texts_inside)
            continue;
        /* Chunks follow one another: those of blocks that are not wanted are passed over. */
        mc_status status = mc_shard_read(reread->shards[b->place.index].shard, &b->chunk, error);
        if (status == MC_END)
            return changed(index, MC_NONE, error);
        MC_TRY(status);
    }
    return MC_OK;
}

mc_status mc_reread_decode(const mc_reread *reread, mc_reread_block *b, mc_error *error) {
    const mc_index *index = &reread->set->indexes[b->place.index];
    MC_TRY(mc_index_decode(index, b->place.number, &b->block, &b->stored, b->texts_inside, error));
    b->place.identity = b->block.identity;
    b->place.block = &b->block;
    b->n_texts = 0;
    return MC_GROW(b->texts, b->texts_capacity, b->place.n_texts, error);
}

/* True when the record holds the text of the block, as it was matched; *at is its index then. */
static bool holds(const mc_reread_block *b, const mc_record *record, uint32_t text, size_t *at) {
    const mc_batch *batch = &b->batch;
    uint32_t number = b->block.numbers[text];
    if (b->block.records[text] != record->number || number >= record->n_texts)
        return false;
    *at = record->first_text + number; /* nothing was taken out of this batch */
    mc_bytes bytes = mc_batch_span(batch, &batch->texts[*at]);
    mc_pair pair = mc_pair_load(b->block.identity + (size_t)text * MC_IDENTITY_SIZE);
    return mc_u128_equal(pair.uid, record->uid) &&
           pair.text_hash == mc_hash64(bytes.data, bytes.size);
}

static mc_status find_texts(const mc_reread *reread, mc_reread_block *b, mc_error *error) {
    const mc_index *index = &reread->set->indexes[b->place.index];
    const mc_batch *batch = &b->batch;
    bool filtered = index->info.totals.excluded > 0;
    if (batch->n_numbers != b->block.info.n_records || batch->n_texts < b->place.n_texts ||
        (!filtered && batch->n_texts != b->place.n_texts))
        return changed(index, b->block.info.first_record, error);
    MC_TRY(MC_GROW(b->places, b->places_capacity, b->n_texts, error));
    size_t record = 0;
    for (size_t i = 0; i < b->n_texts; i++) {
        uint32_t number = b->block.records[b->texts[i]];
        while (record < batch->n_records && batch->records[record].number < number)
            record++;
        b->places[i].record = record;
        if (record == batch->n_records ||
            !holds(b, &batch->records[record], b->texts[i], &b->places[i].text))
            return changed(index, b->block.info.first_record + number, error);
    }
    return MC_OK;
}

mc_status mc_reread_find(const mc_reread *reread, mc_reread_block *b, mc_parser *parser,
                         mc_error *error) {
    if (b->texts_inside || b->n_texts == 0)
        return MC_OK;
    const mc_shard *shard = reread->shards[b->place.index].shard;
    MC_TRY(mc_shard_parse(shard, parser, &b->chunk, &b->batch, error));
    MC_TRY(mc_batch_bound(&b->batch, b->chunk.offset, error));
    return find_texts(reread, b, error);
}
