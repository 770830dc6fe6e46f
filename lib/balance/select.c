/* Selection by rank. Keys are doubles >= 0, so their bits, read as integers, order as they do. */
#include "balance/select.h"

#include <math.h>
#include <stdlib.h>

#include "base/pipeline.h"

#define N_BUCKETS ((size_t)1 << 20)
#define KEY_BITS 64

/* Where the digits of a key begin that are looked at one after the other: 20, 20, 20 and 4 bits. */
static const unsigned digit_shifts[] = {44, 24, 4, 0};
#define N_DIGITS (sizeof digit_shifts / sizeof *digit_shifts)

typedef struct thread_state {
    uint64_t *buckets;
    mc_rank *ranks;
    size_t n_ranks, ranks_capacity;
    double above; /* smallest key beyond the range */
} thread_state;

typedef struct run {
    const mc_drops *drops;
    const mc_draw *draw;
    thread_state **threads;
    _Atomic size_t n_threads;
    unsigned range_shift; /* the range: keys whose bits >> range_shift equal prefix */
    uint64_t prefix;
    bool collect;   /* the ranks in the range, not a histogram of their next digit */
    unsigned shift; /* bits below that digit */
} run;

int mc_rank_compare(const mc_rank *a, const mc_rank *b) {
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    int order = mc_pair_compare(&a->pair, &b->pair);
    return order ? order : (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

static int compare_ranks(const void *a, const void *b) {
    return mc_rank_compare(a, b);
}

static uint64_t bits_of(double key) {
    uint64_t bits;
    memcpy(&bits, &key, sizeof bits);
    return bits;
}

static mc_status create_thread(void *context, void **scratch, mc_error *error) {
    run *r = context;
    thread_state *t;
    MC_TRY(mc_alloc(&t, 1, sizeof *t, error));
    t->above = INFINITY;
    r->threads[atomic_fetch_add(&r->n_threads, 1)] = t; /* freed when its findings are merged */
    *scratch = t;
    return r->collect ? MC_OK : MC_ALLOC(t->buckets, N_BUCKETS, error);
}

static mc_status note(const run *r, thread_state *t, double key, const char *identity,
                      uint64_t ordinal, mc_error *error) {
    uint64_t bits = bits_of(key);
    uint64_t prefix = r->range_shift < KEY_BITS ? bits >> r->range_shift : 0;
    if (prefix > r->prefix && key < t->above)
        t->above = key;
    if (prefix != r->prefix)
        return MC_OK;
    if (!r->collect) {
        t->buckets[bits >> r->shift & (N_BUCKETS - 1)]++;
        return MC_OK;
    }
    MC_TRY(MC_GROW(t->ranks, t->ranks_capacity, t->n_ranks + 1, error));
    t->ranks[t->n_ranks++] = (mc_rank){key, mc_pair_load(identity), ordinal};
    return MC_OK;
}

static mc_status work(void *context, const mc_pass_block *place, void *scratch, mc_error *error) {
    const run *r = context;
    double keys[MC_DRAW_TEXTS];
    for (uint32_t first = 0; first < place->n_texts; first += MC_DRAW_TEXTS) {
        uint32_t left = place->n_texts - first, n = left < MC_DRAW_TEXTS ? left : MC_DRAW_TEXTS;
        mc_draw_texts(r->draw, place->block, first, n, 1, keys, NULL);
        for (uint32_t i = 0; i < n; i++) {
            uint64_t ordinal = place->first_text + first + i;
            if (isinf(keys[i]) || mc_bitmap_get(&r->drops->dropped, ordinal))
                continue;
            const char *identity = place->identity + (size_t)(first + i) * MC_IDENTITY_SIZE;
            MC_TRY(note(r, scratch, keys[i], identity, ordinal, error));
        }
    }
    return MC_OK;
}

static void free_threads(run *r) {
    for (size_t i = 0; i < r->n_threads; i++) {
        free(r->threads[i]->buckets);
        free(r->threads[i]->ranks);
        free(r->threads[i]);
    }
    r->n_threads = 0;
}

static mc_status look(run *r, mc_index_set *set, const mc_balance_options *options,
                      mc_error *error) {
    mc_pass pass = {.set = set,
                    .n_threads = options->n_threads ? options->n_threads : mc_processor_count(),
                    .control = options->control,
                    .stage = MC_STAGE_SELECT,
                    .context = r,
                    .scratch_create = create_thread,
                    .work = work};
    return mc_pass_run(&pass, error);
}

/* Finds the bucket in which the pair of the given rank (from 0) lies; *rank becomes its rank in the
 * bucket. Returns the number of pairs in the bucket. */
static uint64_t find_bucket(run *r, uint64_t *rank, uint64_t *bucket) {
    uint64_t *sums = r->threads[0]->buckets, n = 0;
    for (size_t i = 1; i < r->n_threads; i++)
        for (size_t b = 0; b < N_BUCKETS; b++)
            sums[b] += r->threads[i]->buckets[b];
    for (size_t b = 0; b < N_BUCKETS; b++) {
        n = sums[b];
        *bucket = b;
        if (*rank < n)
            break;
        *rank -= n;
    }
    return n;
}

/* Sorts what lies in the range; the last pair kept has the given rank in it. */
static mc_status take_last(run *r, uint64_t rank, mc_selection *selection, mc_error *error) {
    thread_state *all = r->threads[0];
    for (size_t i = 1; i < r->n_threads; i++) {
        const thread_state *t = r->threads[i];
        MC_TRY(MC_GROW(all->ranks, all->ranks_capacity, all->n_ranks + t->n_ranks, error));
        if (t->n_ranks)
            memcpy(all->ranks + all->n_ranks, t->ranks, t->n_ranks * sizeof *t->ranks);
        all->n_ranks += t->n_ranks;
        all->above = fmin(all->above, t->above);
    }
    if (rank >= all->n_ranks)
        return mc_fail(error, MC_E_MISMATCH, "an index changed while it was read");
    qsort(all->ranks, all->n_ranks, sizeof *all->ranks, compare_ranks);
    selection->by_rank = true;
    selection->last = all->ranks[rank];
    selection->threshold = rank + 1 < all->n_ranks ? all->ranks[rank + 1].key : all->above;
    return MC_OK;
}

static mc_status select_size(run *r, mc_selection *selection, mc_index_set *set, uint64_t size,
                             const mc_balance_options *options, mc_error *error) {
    uint64_t memory = options->memory ? options->memory : MC_MEMORY_DEFAULT;
    uint64_t few = memory / 8 / sizeof(mc_rank) + 1, rank = size - 1, n = UINT64_MAX, bucket;
    r->range_shift = KEY_BITS;
    for (size_t digit = 0; digit < N_DIGITS && n > few; digit++) {
        r->shift = digit_shifts[digit];
        MC_TRY(look(r, set, options, error));
        n = find_bucket(r, &rank, &bucket);
        free_threads(r);
        r->prefix = (digit ? r->prefix << (r->range_shift - r->shift) : 0) | bucket;
        r->range_shift = r->shift;
    }
    r->collect = true;
    MC_TRY(look(r, set, options, error));
    return take_last(r, rank, selection, error);
}

mc_status mc_select_size(mc_selection *selection, mc_index_set *set, const mc_drops *drops,
                         const mc_draw *draw, uint64_t size, const mc_balance_options *options,
                         mc_error *error) {
    run r = {.drops = drops, .draw = draw};
    size_t n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    MC_TRY(MC_ALLOC(r.threads, n_threads, error));
    mc_status status = select_size(&r, selection, set, size, options, error);
    free_threads(&r);
    free(r.threads);
    return status;
}
