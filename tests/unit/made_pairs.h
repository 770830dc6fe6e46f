/* Pools of pairs made up for balancing: match indexes in the scratch folder, beside a plain list of
 * all their texts, and balancing in the plainest way over that list. The list has few images and
 * few captions, so that equal pairs abound; equal captions have equal match sets. */
#ifndef TEST_MADE_PAIRS_H
#define TEST_MADE_PAIRS_H

#include "made_index.h"

#include <math.h>

#include "balance/key.h"
#include "metacurate/balance.h"

#define MADE_ENTRIES 200
#define MADE_IDS_MAX 12
#define MADE_SHARDS_MAX 5

/* One text of the pool. */
typedef struct made_text {
    char identity[MC_IDENTITY_SIZE];
    mc_pair pair;
    char url[40], caption[60];
    uint32_t ids[MADE_IDS_MAX];
    uint32_t n_ids;
    size_t shard;
    uint64_t record, in_shard;
    uint32_t number;
    /* What balancing makes of it. */
    bool excluded, duplicate, kept;
    double key;
} made_text;

typedef struct made_pool {
    made_text *texts;
    size_t n_texts;
    size_t n_shards;
    bool several[MADE_SHARDS_MAX]; /* a record of the shard has several texts */
    char *paths[MADE_SHARDS_MAX];
    char *names[MADE_SHARDS_MAX];
    mc_concepts *concepts;
    mc_totals books; /* of all texts, none dropped */
} made_pool;

typedef struct made_shape {
    size_t n_shards;
    uint32_t n_records; /* of a shard */
    uint32_t n_texts;   /* of a record, at most */
    uint32_t n_images, n_captions;
    bool keep_texts;
} made_shape;

/* The entries: the last three repeat the first three. */
static inline mc_bytes made_entry(uint32_t id, char out[40]) {
    uint32_t string = id < MADE_ENTRIES - 3 ? id : id - (MADE_ENTRIES - 3);
    int size = snprintf(out, 40, "entry %u", (unsigned)string);
    return (mc_bytes){out, (size_t)size};
}

static inline mc_concepts *made_concepts(void) {
    static char strings[MADE_ENTRIES][40];
    mc_bytes entries[MADE_ENTRIES];
    mc_concepts *concepts;
    for (uint32_t id = 0; id < MADE_ENTRIES; id++)
        entries[id] = made_entry(id, strings[id]);
    assert_int_equal(
        mc_concepts_compile(&concepts, entries, MADE_ENTRIES, MC_RULES_METACLIP1, NULL), MC_OK);
    return concepts;
}

/* The match set of a caption: low ids are frequent, and repeats come together. */
static inline uint32_t made_match(const char *caption, uint32_t *ids) {
    uint64_t hash = mc_hash64(caption, strlen(caption));
    bool in[MADE_ENTRIES] = {false};
    uint32_t n = 0;
    for (uint64_t left = caption[0] ? hash % 6 : 0; left > 0; left--) {
        hash = mc_hash64(&hash, sizeof hash);
        uint64_t id = (hash >> 8) % MADE_ENTRIES * ((hash >> 32) % MADE_ENTRIES) / MADE_ENTRIES;
        in[id] = true;
    }
    for (uint32_t i = 0; i < 3; i++)
        in[i] = in[MADE_ENTRIES - 3 + i] = in[i] || in[MADE_ENTRIES - 3 + i];
    for (uint32_t id = 0; id < MADE_ENTRIES; id++)
        if (in[id])
            ids[n++] = id;
    return n;
}

static inline made_text *add_made_text(made_pool *pool) {
    if ((pool->n_texts & (pool->n_texts - 1)) == 0)
        pool->texts =
            realloc(pool->texts, (pool->n_texts ? 2 * pool->n_texts : 1) * sizeof *pool->texts);
    assert_non_null(pool->texts);
    pool->texts[pool->n_texts] = (made_text){.shard = pool->n_shards};
    return &pool->texts[pool->n_texts++];
}

/* Adds a record of random texts to the batch and to the list. */
static inline void add_made_record(made_pool *pool, const made_shape *shape, mc_batch *batch,
                                   uint64_t record, uint64_t *in_shard) {
    char id[40];
    uint32_t image = random_below(shape->n_images);
    uint64_t halves[2] = {image, 12345};
    mc_u128 uid = mc_hash128(halves, sizeof halves);
    bool with_url = image % 3 != 0;
    mc_u128_hex(uid, id);
    assert_int_equal(mc_batch_begin(batch, NULL), MC_OK);
    if (random_below(40) == 0) {
        assert_int_equal(mc_batch_reject(batch, MC_REASON_BAD_JSON, record, NULL, "bad"), MC_OK);
        return;
    }
    char url[40] = "";
    if (with_url)
        snprintf(url, sizeof url, "http://u/%u\t\"", (unsigned)image);
    assert_int_equal(mc_batch_url(batch, (mc_bytes){url, strlen(url)}, NULL), MC_OK);
    for (uint32_t n = 1 + random_below(shape->n_texts), number = 0; number < n; number++) {
        made_text *t = add_made_text(pool);
        uint32_t caption = random_below(shape->n_captions);
        pool->several[pool->n_shards] |= number > 0;
        if (caption % 50)
            snprintf(t->caption, sizeof t->caption, "%s\xC3\xA9 \"%u\"\n",
                     caption % 7 ? "caption" : "\"quoted\"", (unsigned)caption);
        memcpy(t->url, url, sizeof url);
        t->record = record;
        t->number = number;
        t->in_shard = (*in_shard)++;
        t->n_ids = made_match(t->caption, t->ids);
        t->pair = (mc_pair){uid, mc_hash64(t->caption, strlen(t->caption))};
        memcpy(t->identity, &uid.low, 8);
        memcpy(t->identity + 8, &uid.high, 8);
        memcpy(t->identity + 16, &t->pair.text_hash, 8);
        assert_int_equal(mc_batch_text(batch, (mc_bytes){t->caption, strlen(t->caption)}, NULL),
                         MC_OK);
    }
    mc_bytes id_bytes = {id, 32};
    assert_int_equal(mc_batch_end(batch, &id_bytes, NULL, NULL, NULL), MC_OK);
}

static inline void copy_made_sets(made_block *block, const made_text *texts) {
    size_t n = block->batch.n_texts, at = 0;
    block->sets.offsets = calloc(n + 1, sizeof(uint32_t));
    block->sets.ids = calloc(n * MADE_IDS_MAX + 1, sizeof(uint32_t));
    assert_true(block->sets.offsets && block->sets.ids);
    for (size_t t = 0; t < n; t++) {
        memcpy(block->sets.ids + at, texts[t].ids, texts[t].n_ids * sizeof(uint32_t));
        at += texts[t].n_ids;
        block->sets.offsets[t + 1] = (uint32_t)at;
    }
}

/* Entries that occur in the texts from first on, as matching writes them. */
static inline void put_made_entries(const made_pool *pool, size_t first, made_index *made) {
    bool seen[MADE_ENTRIES] = {false};
    uint32_t last = 0;
    for (size_t i = first; i < pool->n_texts; i++)
        for (uint32_t k = 0; k < pool->texts[i].n_ids; k++)
            seen[pool->texts[i].ids[k]] = true;
    for (uint32_t id = 0; id < MADE_ENTRIES; id++) {
        char string[40];
        mc_bytes entry = made_entry(id, string);
        if (seen[id])
            assert_int_equal(mc_index_put_entry(&made->entries, &last, id, entry, NULL), MC_OK);
    }
}

static inline void add_made_shard(made_pool *pool, const made_shape *shape) {
    char name[40];
    made_index made;
    uint64_t record = 0, in_shard = 0;
    size_t first = pool->n_texts;
    snprintf(name, sizeof name, "shard%zu", pool->n_shards);
    made_index_init(&made, name, MADE_ENTRIES, shape->keep_texts);
    memcpy(made.info.metadata_digest, mc_concepts_digest(pool->concepts), 33);
    while (record < shape->n_records) {
        made_block *block = made_index_grow(&made);
        size_t block_first = pool->n_texts;
        uint32_t n = 1 + random_below(shape->n_records / 3 + 1);
        for (; n > 0 && record < shape->n_records; n--)
            add_made_record(pool, shape, &block->batch, record++, &in_shard);
        copy_made_sets(block, pool->texts + block_first);
    }
    put_made_entries(pool, first, &made);
    pool->names[pool->n_shards] = made_copy(name);
    snprintf(name, sizeof name, "shard%zu.mcm", pool->n_shards);
    pool->paths[pool->n_shards] = made_copy(scratch(name));
    made_index_write(&made, pool->paths[pool->n_shards]);
    mc_totals_add(&pool->books, &made.info.totals);
    made_index_free(&made);
    pool->n_shards++;
}

static inline void made_pool_init(made_pool *pool, const made_shape *shape) {
    *pool = (made_pool){.concepts = made_concepts()};
    while (pool->n_shards < shape->n_shards)
        add_made_shard(pool, shape);
}

static inline void made_pool_free(made_pool *pool) {
    for (size_t i = 0; i < pool->n_shards; i++) {
        free(pool->paths[i]);
        free(pool->names[i]);
    }
    free(pool->texts);
    mc_concepts_free(pool->concepts);
    *pool = (made_pool){0};
}

/* ---- balancing in the plainest way ---- */

typedef struct plain_result {
    uint64_t counts[MADE_ENTRIES], counts_after[MADE_ENTRIES], all_counts[MADE_ENTRIES];
    uint64_t n_excluded, n_duplicates, n_matched, n_unmatched, n_kept, n_matches;
    double threshold, expected_size, expected_deviation;
} plain_result;

static inline int compare_made_texts(const void *a, const void *b) {
    const made_text *x = *(const made_text *const *)a, *y = *(const made_text *const *)b;
    int order = mc_pair_compare(&x->pair, &y->pair);
    return order ? order : (x > y) - (x < y);
}

/* Marks excluded texts and all but the first of equal pairs; empty texts are neither. */
static inline void drop_plainly(made_pool *pool, bool (*is_out)(const made_text *), bool dedup) {
    made_text **sorted = calloc(pool->n_texts + 1, sizeof *sorted);
    size_t n = 0;
    assert_non_null(sorted);
    for (size_t i = 0; i < pool->n_texts; i++) {
        made_text *t = &pool->texts[i];
        t->excluded = t->caption[0] && is_out && is_out(t);
        t->duplicate = t->kept = false;
        if (t->caption[0] && !t->excluded)
            sorted[n++] = t;
    }
    qsort(sorted, n, sizeof *sorted, compare_made_texts);
    for (size_t i = 1; dedup && i < n; i++)
        sorted[i]->duplicate = mc_pair_compare(&sorted[i]->pair, &sorted[i - 1]->pair) == 0;
    free(sorted);
}

static inline bool takes_part(const made_text *t) {
    return t->n_ids > 0 && !t->excluded && !t->duplicate;
}

static inline double draw_plainly(const made_text *t, uint32_t id, uint64_t seed) {
    char string[40], bytes[32];
    mc_bytes entry = made_entry(id, string);
    uint64_t entry_hash = XXH3_64bits(entry.data, entry.size);
    memcpy(bytes, t->identity, 24);
    memcpy(bytes + 24, &entry_hash, 8);
    return (double)(XXH3_64bits_withSeed(bytes, 32, seed) >> 11) * 0x1p-53;
}

static inline void count_plainly(made_pool *pool, plain_result *r) {
    *r = (plain_result){.threshold = INFINITY};
    for (size_t i = 0; i < pool->n_texts; i++) {
        const made_text *t = &pool->texts[i];
        bool dropped = t->excluded || t->duplicate;
        r->n_excluded += t->excluded;
        r->n_duplicates += t->duplicate;
        r->n_matched += takes_part(t);
        r->n_unmatched += !dropped && t->n_ids == 0 && t->caption[0];
        for (uint32_t k = 0; k < t->n_ids; k++) {
            r->all_counts[t->ids[k]]++;
            r->counts[t->ids[k]] += takes_part(t);
            r->n_matches += takes_part(t);
        }
    }
}

static inline void key_plainly(made_pool *pool, const uint64_t *counts, uint64_t seed) {
    for (size_t i = 0; i < pool->n_texts; i++) {
        made_text *t = &pool->texts[i];
        t->key = INFINITY;
        for (uint32_t k = 0; k < t->n_ids; k++) {
            double key = draw_plainly(t, t->ids[k], seed) * (double)counts[t->ids[k]];
            t->key = key < t->key ? key : t->key;
        }
    }
}

/* q of a text: repeated strings draw once. */
static inline double chance_plainly(const made_text *t, const uint64_t *counts, double threshold) {
    double miss = 1;
    for (uint32_t k = 0; k < t->n_ids; k++)
        if (t->ids[k] < MADE_ENTRIES - 3)
            miss *= 1 - fmin(1, threshold / (double)counts[t->ids[k]]);
    return 1 - miss;
}

/* Sums up what is kept: m copies of a pair with the chance q vary by m^2 q (1 - q). */
static inline void sum_plainly(made_pool *pool, const uint64_t *counts, plain_result *r) {
    made_text **sorted = calloc(pool->n_texts + 1, sizeof *sorted);
    size_t n = 0;
    double variance = 0;
    assert_non_null(sorted);
    for (size_t i = 0; i < pool->n_texts; i++) {
        made_text *t = &pool->texts[i];
        r->n_kept += t->kept;
        for (uint32_t k = 0; t->kept && k < t->n_ids; k++)
            r->counts_after[t->ids[k]]++;
        if (takes_part(t))
            sorted[n++] = t;
    }
    qsort(sorted, n, sizeof *sorted, compare_made_texts);
    for (size_t i = 0; i < n;) {
        size_t first = i;
        double q = chance_plainly(sorted[i], counts, r->threshold);
        while (i < n && mc_pair_compare(&sorted[i]->pair, &sorted[first]->pair) == 0)
            i++;
        double copies = (double)(i - first);
        r->expected_size += copies * q;
        variance += copies * copies * q * (1 - q);
    }
    r->expected_deviation = sqrt(variance);
    free(sorted);
}

static inline int compare_ranked_texts(const void *a, const void *b) {
    const made_text *x = *(const made_text *const *)a, *y = *(const made_text *const *)b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return compare_made_texts(a, b);
}

/* Keeps the size texts that come first by (key, uid, text_hash), then position. */
static inline void select_plainly(made_pool *pool, uint64_t size, plain_result *r) {
    made_text **sorted = calloc(pool->n_texts + 1, sizeof *sorted);
    size_t n = 0;
    assert_non_null(sorted);
    for (size_t i = 0; i < pool->n_texts; i++)
        if (takes_part(&pool->texts[i]))
            sorted[n++] = &pool->texts[i];
    qsort(sorted, n, sizeof *sorted, compare_ranked_texts);
    r->threshold = size < n ? sorted[size]->key : INFINITY;
    for (size_t i = 0; i < n && i < size; i++)
        sorted[i]->kept = true;
    free(sorted);
}

static inline void keep_plainly(made_pool *pool, double threshold, plain_result *r) {
    r->threshold = threshold;
    for (size_t i = 0; i < pool->n_texts; i++)
        pool->texts[i].kept = takes_part(&pool->texts[i]) && pool->texts[i].key < threshold;
}

#endif
