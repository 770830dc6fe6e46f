/* Selection of exactly so many pairs, against a plain sort of all of them, on each of its ways: all
 * collected at once, a range guessed right, a range guessed wrong, digit by digit. */
#include "scratch.h"

#include "no_sync.h"

#include <math.h>

#include "balance/select.h"
#include "match/index.h"

enum { N_TEXTS = 48000, N_DIFFERENT = 30000, N_ENTRIES = 8 }; /* copies have equal keys */

static uint64_t random_state = 7;

static uint64_t next_random(void) { /* splitmix64 */
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
}

/* Writes an index whose blocks hold block_texts texts each. uneven: the texts of a block all match
 * the same entry; else equal texts do, so that their keys are equal. One in ten matches none. */
static void write_index(const char *path, uint32_t block_texts, bool uneven) {
    static char name[] = "made";
    mc_index_info info = {
        .shard = name, .path = name, .n_entries = N_ENTRIES, .rules = MC_RULES_METACLIP1};
    mc_batch batch = {0};
    mc_buffer block = {0}, nothing = {0};
    mc_block_encoder *encoder;
    mc_index_writer *writer;
    uint32_t *ids = calloc(block_texts, sizeof *ids);
    uint32_t *offsets = calloc(block_texts + 1, sizeof *offsets);
    const mc_bytes none = {NULL, 0};
    memset(info.metadata_digest, '0', 32);
    memset(info.source_digest, '0', 32);
    info.read.format = MC_FORMAT_TEXT;
    assert_true(ids && offsets);
    assert_int_equal(mc_block_encoder_create(&encoder, NULL), MC_OK);
    assert_int_equal(mc_index_create(&writer, path, NULL), MC_OK);
    for (uint32_t first = 0; first < N_TEXTS; first += block_texts) {
        uint32_t entry = (uint32_t)(next_random() % N_ENTRIES);
        mc_batch_clear(&batch);
        for (uint32_t i = 0; i < block_texts; i++) {
            char text[24];
            int size = snprintf(text, sizeof text, "%u", (first + i) % N_DIFFERENT);
            assert_int_equal(mc_batch_begin(&batch, NULL), MC_OK);
            assert_int_equal(mc_batch_text(&batch, (mc_bytes){text, (size_t)size}, NULL), MC_OK);
            assert_int_equal(mc_batch_end(&batch, &none, &none, &none, NULL), MC_OK);
            ids[offsets[i]] = uneven ? entry : (first + i) % N_DIFFERENT % N_ENTRIES;
            offsets[i + 1] = offsets[i] + (next_random() % 10 > 0);
        }
        mc_match_sets sets = {ids, offsets};
        assert_int_equal(mc_block_encode(encoder, &batch, &sets, false, &block, NULL), MC_OK);
        mc_block_place(block.data, first);
        assert_int_equal(mc_index_append(writer, &block, block_texts, NULL), MC_OK);
        info.totals.matched += offsets[block_texts];
        info.totals.matches += offsets[block_texts];
    }
    info.totals.records = info.totals.read = info.totals.texts = N_TEXTS;
    assert_int_equal(mc_index_commit(&writer, &info, &nothing, &nothing, NULL), MC_OK);
    mc_block_encoder_free(encoder);
    mc_batch_dispose(&batch);
    mc_buffer_dispose(&block);
    free(ids);
    free(offsets);
}

typedef struct ranking {
    const mc_draw *draw;
    const mc_drops *drops;
    mc_rank *ranks;
    size_t n;
} ranking;

static mc_status rank_block(void *context, const mc_pass_block *place, void *scratch,
                            mc_error *error) {
    ranking *all = context;
    double keys[MC_DRAW_TEXTS];
    (void)scratch;
    (void)error;
    for (uint32_t first = 0; first < place->n_texts; first++) {
        uint64_t ordinal = place->first_text + first;
        mc_draw_texts(all->draw, place->block, first, 1, 1, keys, NULL);
        if (!isinf(keys[0]) && !mc_bitmap_get(&all->drops->dropped, ordinal))
            all->ranks[all->n++] = (mc_rank){
                keys[0], mc_pair_load(place->identity + first * MC_IDENTITY_SIZE), ordinal};
    }
    return MC_OK;
}

static int compare(const void *a, const void *b) {
    return mc_rank_compare(a, b);
}

static void check_sizes(const char *path, const uint64_t *counts) {
    static const uint64_t memories[] = {1, 20000, 1u << 20, 3u << 20, 64u << 20};
    uint64_t hashes[N_ENTRIES];
    uint32_t firsts[N_ENTRIES];
    mc_index_set set;
    mc_draw draw;
    mc_drops drops;
    for (uint32_t i = 0; i < N_ENTRIES; i++) {
        hashes[i] = next_random();
        firsts[i] = i;
    }
    assert_int_equal(mc_index_set_open(&set, &path, 1, NULL), MC_OK);
    assert_int_equal(mc_draw_init(&draw, hashes, counts, firsts, N_ENTRIES, 3, NULL), MC_OK);
    mc_balance_options options = {.folder = scratch_folder, .dedup = MC_DEDUP_NONE};
    assert_int_equal(mc_drops_find(&drops, &set, &options, NULL), MC_OK);
    ranking all = {&draw, &drops, calloc(N_TEXTS, sizeof *all.ranks), 0};
    assert_non_null(all.ranks);
    mc_pass pass = {.set = &set, .n_threads = 1, .context = &all, .work = rank_block};
    assert_int_equal(mc_pass_run(&pass, NULL), MC_OK);
    qsort(all.ranks, all.n, sizeof *all.ranks, compare);
    const size_t sizes[] = {1, 2, 500, all.n / 3, all.n / 2, all.n - 500, all.n - 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t m = 0; m < sizeof memories / sizeof *memories; m++) {
            mc_selection selection = {0};
            options.memory = memories[m];
            options.n_threads = 1 + (i + m) % 3;
            assert_int_equal(
                mc_select_size(&selection, &set, &drops, &draw, sizes[i], &options, NULL), MC_OK);
            assert_true(selection.by_rank);
            assert_int_equal(mc_rank_compare(&selection.last, &all.ranks[sizes[i] - 1]), 0);
            assert_true(selection.threshold == all.ranks[sizes[i]].key);
        }
    free(all.ranks);
    mc_drops_dispose(&drops);
    mc_draw_dispose(&draw);
    mc_index_set_dispose(&set);
}

static void the_last_pair_is_that_of_a_sort(void **state) {
    (void)state;
    static const uint64_t counts[2][N_ENTRIES] = {{1, 10, 100, 1000, 10000, 100000, 5, 7},
                                                  {0, 0, 3, 3, 3, 1000000000000, 40, 41}};
    for (int uneven = 0; uneven < 2; uneven++) {
        const char *path = scratch(uneven ? "uneven.mcm" : "even.mcm");
        write_index(path, uneven ? 6000 : 160, uneven);
        for (size_t i = 0; i < 2; i++)
            check_sizes(path, counts[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_last_pair_is_that_of_a_sort, empty_folder),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
