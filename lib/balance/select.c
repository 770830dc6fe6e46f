/* Selection by rank: the pair that is the last of so many.
 *
 * A pass over the keys counts those below a range and collects those in it, which are then sorted.
 * The range comes from a sample of the blocks; as it is a guess, what was counted tells whether the
 * last pair lies in it. Where the guess fails, or where a range narrow enough cannot be guessed,
 * histograms of the keys' leading bits narrow it down instead, a digit a pass. Keys are doubles >=
 * 0, so their bits, read as integers, order as they do. */
#include "balance/select.h"

#include <math.h>
#include <stdlib.h>

#include "base/pipeline.h"

#define N_BUCKETS ((size_t)1 << 20)
#define SAMPLE_MAX ((uint64_t)1 << 18)

/* Where the digits of a key begin that are looked at one after the other: 20, 20, 20 and 4 bits. */
static const unsigned digit_shifts[] = {44, 24, 4, 0};
#define N_DIGITS (sizeof digit_shifts / sizeof *digit_shifts)

typedef struct thread_state {
    uint64_t *buckets;
    mc_rank *ranks;
    size_t n_ranks, ranks_capacity;
    uint64_t n_texts; /* looked at */
    uint64_t n_below; /* keys below the range */
    double above;     /* smallest key beyond it */
} thread_state;

typedef struct run {
    const mc_drops *drops;
    const mc_draw *draw;
    thread_state **threads;
    _Atomic size_t n_threads;
    double low, high; /* the range: low <= key < high */
    bool collect;     /* the ranks in the range, not a histogram of their next digit */
    uint64_t most;    /* ranks a thread may collect; it stops at one more */
    unsigned shift;   /* bits below that digit */
    uint64_t every;   /* of so many blocks one is looked at */
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

static double key_of(uint64_t bits) {
    double key;
    memcpy(&key, &bits, sizeof key);
    return key;
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
    if (key >= r->high) {
        t->above = fmin(t->above, key);
        return MC_OK;
    }
    if (key < r->low) {
        t->n_below++;
        return MC_OK;
    }
    if (!r->collect) {
        t->buckets[bits_of(key) >> r->shift & (N_BUCKETS - 1)]++;
        return MC_OK;
    }
    if (t->n_ranks > r->most)
        return MC_OK;
    MC_TRY(MC_GROW(t->ranks, t->ranks_capacity, t->n_ranks + 1, error));
    t->ranks[t->n_ranks++] = (mc_rank){key, mc_pair_load(identity), ordinal};
    return MC_OK;
}

static mc_status work(void *context, const mc_pass_block *place, void *scratch, mc_error *error) {
    const run *r = context;
    thread_state *t = scratch;
    double keys[MC_DRAW_TEXTS];
    t->n_texts += place->n_texts;
    for (uint32_t first = 0; first < place->n_texts; first += MC_DRAW_TEXTS) {
        uint32_t left = place->n_texts - first, n = left < MC_DRAW_TEXTS ? left : MC_DRAW_TEXTS;
        mc_draw_texts(r->draw, place->block, first, n, 1, keys, NULL);
        for (uint32_t i = 0; i < n; i++) {
            uint64_t ordinal = place->first_text + first + i;
            if (isinf(keys[i]) || mc_bitmap_get(&r->drops->dropped, ordinal))
                continue;
            const char *identity = place->identity + (size_t)(first + i) * MC_IDENTITY_SIZE;
            MC_TRY(note(r, t, keys[i], identity, ordinal, error));
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

/* Blocks of the sample: their texts' ordinals mixed, so that no pattern of the input meets it. */
static bool is_looked_at(void *context, uint64_t first_text, uint64_t n_texts) {
    const run *r = context;
    (void)n_texts;
    return ((first_text + 1) * 0x9e3779b97f4a7c15u >> 32) % r->every == 0;
}

static mc_status look(run *r, mc_index_set *set, const mc_balance_options *options,
                      mc_error *error) {
    mc_pass pass = {.set = set,
                    .n_threads = options->n_threads ? options->n_threads : mc_processor_count(),
                    .control = options->control,
                    .stage = MC_STAGE_SELECT,
                    .context = r,
                    .wanted = r->every > 1 ? is_looked_at : NULL,
                    .scratch_create = create_thread,
                    .work = work};
    free_threads(r);
    return mc_pass_run(&pass, error);
}

/* Moves what all threads collected to the first of them, and sorts it. */
static mc_status gather(run *r, mc_error *error) {
    thread_state *all = r->threads[0];
    for (size_t i = 1; i < r->n_threads; i++) {
        thread_state *t = r->threads[i];
        MC_TRY(MC_GROW(all->ranks, all->ranks_capacity, all->n_ranks + t->n_ranks, error));
        if (t->n_ranks)
            memcpy(all->ranks + all->n_ranks, t->ranks, t->n_ranks * sizeof *t->ranks);
        all->n_ranks += t->n_ranks;
        all->n_texts += t->n_texts;
        all->n_below += t->n_below;
        all->above = fmin(all->above, t->above);
        free(t->ranks);
        *t = (thread_state){.above = INFINITY};
    }
    if (all->n_ranks > 0)
        qsort(all->ranks, all->n_ranks, sizeof *all->ranks, compare_ranks);
    return MC_OK;
}

/* Looks at a sample of about n texts and sets the range to where the pair of the given rank must be
 * expected: five standard deviations to both sides. Returns how many pairs it may hold. */
static mc_status guess_range(run *r, mc_index_set *set, uint64_t rank, uint64_t n,
                             const mc_balance_options *options, uint64_t *size, mc_error *error) {
    uint64_t n_texts = mc_index_set_texts(set);
    *size = UINT64_MAX;
    r->collect = true;
    r->most = UINT64_MAX;
    r->every = n ? n_texts / n : 0;
    if (r->every < 2)
        return MC_OK;
    mc_status status = look(r, set, options, error);
    r->every = 1;
    MC_TRY(status);
    MC_TRY(gather(r, error));
    const thread_state *sample = r->threads[0];
    double share = (double)sample->n_texts / (double)n_texts;
    double place = (double)rank * share, reach = 5 * sqrt(place) + 5;
    if (sample->n_ranks == 0 || place - reach >= (double)sample->n_ranks)
        return MC_OK;
    r->low = place > reach ? sample->ranks[(size_t)(place - reach)].key : 0;
    if (place + reach < (double)sample->n_ranks)
        r->high = sample->ranks[(size_t)(place + reach)].key;
    *size = (uint64_t)(2 * reach / share);
    return MC_OK;
}

/* Takes the last pair from what was collected, if it is there. */
static mc_status take_last(run *r, uint64_t rank, mc_selection *selection, bool *found,
                           mc_error *error) {
    *found = false;
    for (size_t i = 0; i < r->n_threads; i++)
        if (r->threads[i]->n_ranks > r->most)
            return MC_OK;
    MC_TRY(gather(r, error));
    const thread_state *all = r->threads[0];
    if (rank < all->n_below || rank - all->n_below >= all->n_ranks)
        return MC_OK;
    size_t last = (size_t)(rank - all->n_below);
    selection->by_rank = *found = true;
    selection->last = all->ranks[last];
    selection->threshold = last + 1 < all->n_ranks ? all->ranks[last + 1].key : all->above;
    return MC_OK;
}

static mc_status collect(run *r, mc_index_set *set, uint64_t rank, uint64_t most,
                         mc_selection *selection, const mc_balance_options *options, bool *found,
                         mc_error *error) {
    r->collect = true;
    r->most = most;
    MC_TRY(look(r, set, options, error));
    return take_last(r, rank, selection, found, error);
}

/* Narrows the range to the bucket, of the histograms that were made of it, in which the pair of the
 * given rank lies. Returns the number of pairs in it. */
static uint64_t narrow(run *r, uint64_t rank) {
    uint64_t *sums = r->threads[0]->buckets, n = 0, below = 0, base = bits_of(r->low);
    for (size_t i = 0; i < r->n_threads; i++)
        below += r->threads[i]->n_below;
    for (size_t i = 1; i < r->n_threads; i++)
        for (size_t b = 0; b < N_BUCKETS; b++)
            sums[b] += r->threads[i]->buckets[b];
    for (uint64_t b = 0; b < N_BUCKETS; b++, below += n) {
        n = sums[b];
        if (rank < below + n) {
            uint64_t low = base | b << r->shift; /* the last digit holds bits of the one before */
            r->low = key_of(low);
            r->high = key_of(low + ((uint64_t)1 << r->shift));
            break;
        }
    }
    return n;
}

static mc_status select_size(run *r, mc_selection *selection, mc_index_set *set, uint64_t size,
                             const mc_balance_options *options, mc_error *error) {
    uint64_t memory = options->memory ? options->memory : MC_MEMORY_DEFAULT;
    uint64_t few = memory / 8 / sizeof(mc_rank) + 1, rank = size - 1;
    uint64_t n = mc_index_set_texts(set);
    bool found = false;
    if (n > few)
        MC_TRY(guess_range(r, set, rank, few / 8 < SAMPLE_MAX ? few / 8 : SAMPLE_MAX, options, &n,
                           error));
    if (n <= few)
        MC_TRY(collect(r, set, rank, 2 * few, selection, options, &found, error));
    if (found)
        return MC_OK;
    r->low = 0;
    r->high = INFINITY;
    n = UINT64_MAX;
    for (size_t digit = 0; digit < N_DIGITS && n > few; digit++) {
        r->collect = false;
        r->shift = digit_shifts[digit];
        MC_TRY(look(r, set, options, error));
        n = narrow(r, rank);
    }
    MC_TRY(collect(r, set, rank, UINT64_MAX - 1, selection, options, &found, error));
    if (!found)
        return mc_fail(error, MC_E_MISMATCH, "an index changed while it was read");
    return MC_OK;
}

mc_status mc_select_size(mc_selection *selection, mc_index_set *set, const mc_drops *drops,
                         const mc_draw *draw, uint64_t size, const mc_balance_options *options,
                         mc_error *error) {
    run r = {.drops = drops, .draw = draw, .high = INFINITY, .every = 1};
    size_t n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    MC_TRY(MC_ALLOC(r.threads, n_threads, error));
    mc_status status = select_size(&r, selection, set, size, options, error);
    free_threads(&r);
    free(r.threads);
    return status;
}
