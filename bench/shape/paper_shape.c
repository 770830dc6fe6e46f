#include "bench/shape/paper_shape.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/manifest.h"
#include "base/pipeline.h"
#include "match/index.h"
#include "match/resume.h"
#include "metacurate/audit.h"

#define HEAD_SHARE 0.945
#define MEAN_MATCHES 3.5
#define SHARD_TEXTS 4000000u
#define BLOCK_TEXTS 16384u
#define MOST_MATCHES 64u

/* ---- ranks by weight ---- */

/* Walker's alias method: a draw by weight in constant time. */
typedef struct alias_table {
    uint32_t n;
    double *keep;
    uint32_t *other;
} alias_table;

typedef struct ranks {
    alias_table head, tail;
} ranks;

static void free_alias(alias_table *a) {
    free(a->keep);
    free(a->other);
}

static void fill_alias(alias_table *a, const double *weights, uint32_t *small, uint32_t *large) {
    uint32_t n_small = 0, n_large = 0;
    double sum = 0;
    for (uint32_t i = 0; i < a->n; i++)
        sum += weights[i];
    for (uint32_t i = 0; i < a->n; i++) {
        a->keep[i] = weights[i] / sum * a->n;
        a->other[i] = i;
        if (a->keep[i] < 1)
            small[n_small++] = i;
        else
            large[n_large++] = i;
    }
    while (n_small && n_large) {
        uint32_t s = small[--n_small], l = large[n_large - 1];
        a->other[s] = l;
        a->keep[l] -= 1 - a->keep[s];
        if (a->keep[l] < 1) {
            n_large--;
            small[n_small++] = l;
        }
    }
    while (n_small)
        a->keep[small[--n_small]] = 1;
}

static mc_status make_alias(alias_table *a, const double *weights, uint32_t n, mc_error *error) {
    uint32_t *room;
    a->n = n;
    MC_TRY(MC_ALLOC(a->keep, n, error));
    MC_TRY(MC_ALLOC(a->other, n, error));
    MC_TRY(MC_ALLOC(room, 2 * (size_t)n, error));
    fill_alias(a, weights, room, room + n);
    free(room);
    return MC_OK;
}

/* Power-law weights, 1 at the rank where the laws meet, with a given sum. */
static void fit(uint32_t first, uint32_t last, double sum, double *weights) {
    double low = 0, high = 20;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2, total = 0;
        for (uint32_t r = first; r <= last; r++)
            total += pow((double)r / PAPER_HEAD, -middle);
        if ((total > sum) == (first > PAPER_HEAD))
            low = middle;
        else
            high = middle;
    }
    for (uint32_t r = first; r <= last; r++)
        weights[r - first] = pow((double)r / PAPER_HEAD, -low);
}

static mc_status make_ranks(ranks *r, mc_error *error) {
    /* At 1.6 billion texts, t = 20,000: counts in units of t. */
    double matches = 1.6e9 * MEAN_MATCHES / 20000, *weights;
    MC_TRY(MC_ALLOC(weights, PAPER_MATCHED, error));
    fit(1, PAPER_HEAD, HEAD_SHARE * matches, weights);
    fit(PAPER_HEAD + 1, PAPER_MATCHED, (1 - HEAD_SHARE) * matches, weights + PAPER_HEAD);
    mc_status status = make_alias(&r->head, weights, PAPER_HEAD, error);
    if (status == MC_OK)
        status = make_alias(&r->tail, weights + PAPER_HEAD, PAPER_MATCHED - PAPER_HEAD, error);
    free(weights);
    return status;
}

static uint64_t next_u64(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static double next_double(uint64_t *state) {
    return (double)(next_u64(state) >> 11) * 0x1p-53;
}

static uint32_t draw_alias(const alias_table *a, uint64_t *state) {
    uint32_t i = (uint32_t)(((next_u64(state) >> 32) * a->n) >> 32);
    return next_double(state) < a->keep[i] ? i : a->other[i];
}

/* Ranks are scattered over the ids, as frequency is over a real list. */
static uint32_t id_of(uint32_t rank) {
    return (uint32_t)((uint64_t)rank * 300007u % PAPER_ENTRIES);
}

/* A match set: k distinct ids, ascending. */
static uint32_t draw_set(const ranks *r, uint64_t *state, bool gathered, uint32_t *ids) {
    uint32_t k = 1;
    while (k < MOST_MATCHES && next_double(state) < 1 - 1 / MEAN_MATCHES)
        k++;
    /* A slot lies in a text of k with a mean of E[k^2] / E[k] = 2 * mean - 1. */
    double tail_share = 1 - HEAD_SHARE;
    double rare = gathered ? tail_share * k / (2 * MEAN_MATCHES - 1) : tail_share;
    for (uint32_t i = 0; i < k;) {
        bool is_rare = next_double(state) < rare;
        uint32_t rank =
            is_rare ? PAPER_HEAD + draw_alias(&r->tail, state) : draw_alias(&r->head, state);
        uint32_t id = id_of(rank), at = i;
        bool again = false;
        for (uint32_t j = 0; j < i; j++)
            again |= ids[j] == id;
        if (again)
            continue;
        for (; at > 0 && ids[at - 1] > id; at--)
            ids[at] = ids[at - 1];
        ids[at] = id;
        i++;
    }
    return k;
}

/* ---- a lane a shard ---- */

typedef struct generation {
    const paper_shape *shape;
    const char *folder;
    ranks ranks;
} generation;

typedef struct shard {
    const generation *g;
    uint64_t state;
    mc_batch batch;
    mc_block_encoder *encoder;
    mc_index_writer *writer;
    mc_index_info info;
    mc_buffer block, entries;
    uint32_t *ids, *offsets;
    bool *occurs; /* by id */
} shard;

static mc_status write_block(shard *s, uint64_t first, uint32_t n, mc_error *error) {
    static const mc_bytes none = {NULL, 0};
    mc_batch_clear(&s->batch);
    s->offsets[0] = 0;
    for (uint32_t i = 0; i < n; i++) {
        char text[24];
        int size = snprintf(text, sizeof text, "%" PRIu64, first + i);
        uint32_t *ids = s->ids + s->offsets[i];
        MC_TRY(mc_batch_begin(&s->batch, error));
        MC_TRY(mc_batch_text(&s->batch, (mc_bytes){text, (size_t)size}, error));
        MC_TRY(mc_batch_end(&s->batch, &none, &none, &none, error));
        uint32_t k = draw_set(&s->g->ranks, &s->state, s->g->shape->gathered, ids);
        for (uint32_t at = 0; at < k; at++)
            s->occurs[ids[at]] = true;
        s->offsets[i + 1] = s->offsets[i] + k;
    }
    mc_match_sets sets = {s->ids, s->offsets};
    mc_totals *books = &s->info.totals;
    MC_TRY(mc_block_encode(s->encoder, &s->batch, &sets, s->info.keep_texts, &s->block, error));
    mc_block_place(s->block.data, books->records);
    books->records += n;
    books->read += n;
    books->texts += n;
    books->matched += n;
    books->matches += s->offsets[n];
    return mc_index_append(s->writer, &s->block, n, error);
}

/* A word, or two, of syllables: another for each id, and none like its neighbours. */
static size_t name_entry(uint32_t id, char out[32]) {
    static const char syllables[32][4] = {"ba",  "chi", "do", "fer", "gu",  "ha", "in",  "jo",
                                          "ka",  "lan", "mi", "no",  "or",  "pe", "qui", "ra",
                                          "sto", "tu",  "u",  "ve",  "win", "xa", "y",   "za",
                                          "be",  "co",  "da", "el",  "fi",  "go", "hu",  "is"};
    uint32_t mixed = id * 0x5851f42du & 0xfffff; /* the multiplier is odd: ids stay distinct */
    size_t size = 0;
    for (int i = 0; i < 4; i++) {
        const char *syllable = syllables[mixed >> 5 * i & 31];
        if (i == 2 && mixed % 3 == 0)
            out[size++] = ' ';
        for (; *syllable; syllable++)
            out[size++] = *syllable;
    }
    return size;
}

static mc_status write_shard(shard *s, const char *path, uint64_t first, uint64_t end,
                             mc_error *error) {
    uint32_t last = 0;
    mc_buffer nothing = {0};
    MC_TRY(MC_ALLOC(s->ids, (size_t)BLOCK_TEXTS * MOST_MATCHES, error));
    MC_TRY(MC_ALLOC(s->offsets, BLOCK_TEXTS + 1, error));
    MC_TRY(MC_ALLOC(s->occurs, PAPER_ENTRIES, error));
    MC_TRY(mc_block_encoder_create(&s->encoder, error));
    MC_TRY(mc_index_create(&s->writer, path, error));
    for (uint64_t at = first; at < end; at += BLOCK_TEXTS)
        MC_TRY(
            write_block(s, at, end - at < BLOCK_TEXTS ? (uint32_t)(end - at) : BLOCK_TEXTS, error));
    for (uint32_t id = 0; id < PAPER_ENTRIES; id++) {
        char entry[32];
        mc_bytes string = {entry, name_entry(id, entry)};
        if (s->occurs[id])
            MC_TRY(mc_index_put_entry(&s->entries, &last, id, string, error));
    }
    return mc_index_commit(&s->writer, &s->info, &nothing, &s->entries, error);
}

static mc_status name_path(char path[MC_PATH_MAX], const char *folder, size_t number,
                           mc_error *error) {
    if (snprintf(path, MC_PATH_MAX, "%s/%zu.mcm", folder, number) < MC_PATH_MAX)
        return MC_OK;
    return mc_fail(error, MC_E_LIMIT, "a path is too long");
}

static mc_status generate_shard(void *context, size_t lane, mc_error *error) {
    const generation *g = context;
    char path[MC_PATH_MAX], name[32];
    uint64_t first = (uint64_t)lane * SHARD_TEXTS, end = first + SHARD_TEXTS;
    snprintf(name, sizeof name, "%zu", lane);
    MC_TRY(name_path(path, g->folder, lane, error));
    shard s = {.g = g,
               .state = lane + 1,
               .info = {.shard = name,
                        .path = name,
                        .n_entries = PAPER_ENTRIES,
                        .rules = MC_RULES_METACLIP1,
                        .keep_texts = g->shape->keep_texts}};
    memset(s.info.metadata_digest, '0', 32);
    snprintf(s.info.source_digest, sizeof s.info.source_digest, "%032zx", lane);
    s.info.read.format = MC_FORMAT_TEXT;
    mc_status status =
        write_shard(&s, path, first, end < g->shape->n_texts ? end : g->shape->n_texts, error);
    mc_index_discard(&s.writer);
    mc_block_encoder_free(s.encoder);
    mc_batch_dispose(&s.batch);
    mc_buffer_dispose(&s.block);
    mc_buffer_dispose(&s.entries);
    free(s.ids);
    free(s.offsets);
    free(s.occurs);
    return status;
}

static mc_status read_nothing(void *context, size_t lane, void *batch, mc_error *error) {
    (void)context;
    (void)lane;
    (void)batch;
    (void)error;
    return MC_END;
}

static size_t shards_of(const paper_shape *shape) {
    return (size_t)((shape->n_texts + SHARD_TEXTS - 1) / SHARD_TEXTS);
}

mc_status paper_generate(const paper_shape *shape, const char *folder, mc_error *error) {
    generation g = {.shape = shape, .folder = folder};
    mc_pipeline pipeline = {.n_lanes = shards_of(shape),
                            .n_threads = mc_processor_count(),
                            .context = &g,
                            .open = generate_shard,
                            .read = read_nothing};
    mc_status status = mc_make_folder(folder, error);
    if (status == MC_OK)
        status = make_ranks(&g.ranks, error);
    if (status == MC_OK)
        status = mc_pipeline_run(&pipeline, error);
    free_alias(&g.ranks.head);
    free_alias(&g.ranks.tail);
    return status;
}

mc_status paper_paths(const paper_shape *shape, const char *folder, char ***paths, size_t *n,
                      mc_error *error) {
    char path[MC_PATH_MAX];
    MC_TRY(mc_alloc(paths, shards_of(shape), sizeof **paths, error));
    for (*n = 0; *n < shards_of(shape); (*n)++) {
        MC_TRY(name_path(path, folder, *n, error));
        MC_TRY(mc_copy_string(&(*paths)[*n], path, error));
    }
    return MC_OK;
}

mc_status paper_match(const paper_shape *shape, const char *folder, mc_error *error) {
    char matches[MC_PATH_MAX], **paths = NULL;
    size_t n = 0;
    mc_balance_result result;
    if (snprintf(matches, sizeof matches, "%s/matches", folder) >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "a path is too long");
    MC_TRY(mc_make_folder(folder, error));
    MC_TRY(paper_generate(shape, matches, error));
    MC_TRY(paper_paths(shape, matches, &paths, &n, error));
    mc_balance_options options = {.indexes = (const char *const *)paths,
                                  .n_indexes = n,
                                  .folder = folder,
                                  .target = MC_TARGET_COUNTS};
    mc_run_record record = {.command = "match", .options = &options, .result = &result};
    mc_status status = mc_balance_run(&options, &result, error);
    if (status == MC_OK)
        status = mc_run_record_write(&record, error);
    mc_balance_result_dispose(&result);
    mc_free_paths(&paths, &n);
    return status;
}
