/* Match sets are decoded and drawn for alike with every instruction set, to the last bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "balance/key.h"
#include "match/block_layout.h"
#include "random.h"

/* From here on isa is used, if the processor has it. */
static void use(mc_isa isa) {
    assert_int_equal(setenv("METACURATE_ISA", mc_isa_name(isa), 1), 0);
}

/* ---- columns of ids ---- */

/* A column of a block's ids and the sets it says it has; memory ends where what may be read and
 * written ends. */
typedef struct column {
    unsigned char *bytes;
    size_t size;
    mc_block block;
} column;

static void column_init(column *c, const uint64_t *numbers, const uint32_t *sizes,
                        uint32_t n_texts) {
    uint32_t n_ids = 0;
    *c = (column){.block.info.n_texts = n_texts};
    c->block.offsets = calloc(n_texts + 1, sizeof(uint32_t));
    assert_non_null(c->block.offsets);
    for (uint32_t t = 0; t < n_texts; t++) {
        c->block.offsets[t] = n_ids;
        n_ids += sizes[t];
    }
    c->block.offsets[n_texts] = n_ids;
    c->block.info.n_ids = n_ids;
    c->block.ids = malloc((n_ids + 1) * sizeof(uint32_t));
    unsigned char *bytes = malloc(n_ids * (size_t)10 + 1), *at = bytes;
    assert_true(c->block.ids && bytes);
    for (uint32_t i = 0; i < n_ids; i++)
        at = mc_put_varint(at, numbers[i]);
    c->size = (size_t)(at - bytes);
    c->bytes = calloc(c->size + MC_COLUMNS_PADDING, 1);
    assert_non_null(c->bytes);
    memcpy(c->bytes, bytes, c->size);
    free(bytes);
}

static void column_free(column *c) {
    free(c->bytes);
    free(c->block.offsets);
    free(c->block.ids);
}

/* Decodes with each set of instructions; returns whether the column is good. */
static bool check_column(column *c, uint32_t n_entries) {
    size_t size = ((size_t)c->block.info.n_ids + 1) * sizeof(uint32_t);
    uint32_t *plain = malloc(size);
    assert_non_null(plain);
    use(MC_ISA_PORTABLE);
    bool good = mc_block_get_ids(&c->block, c->bytes, c->size, n_entries);
    memcpy(plain, c->block.ids, size);
    for (int isa = MC_ISA_AVX2; isa <= (int)mc_cpu_best(); isa++) {
        use((mc_isa)isa);
        assert_int_equal(mc_block_get_ids(&c->block, c->bytes, c->size, n_entries), good);
        if (good)
            assert_memory_equal(c->block.ids, plain, size - sizeof(uint32_t));
    }
    free(plain);
    return good;
}

static void columns_are_decoded_alike(void **state) {
    (void)state;
    enum { TEXTS = 60, IDS = 12 };
    int n_good = 0, n_bad = 0;
    for (int round = 0; round < 20000; round++) {
        uint64_t numbers[TEXTS * IDS];
        uint32_t sizes[TEXTS], n_ids = 0, n_texts = random_below(TEXTS);
        uint32_t n_entries = 1u << random_below(25);
        bool forged = random_below(3) == 0;
        for (uint32_t t = 0; t < n_texts; t++) {
            uint64_t id = 0;
            sizes[t] = 0;
            for (uint32_t k = random_below(IDS); k > 0; k--) {
                uint64_t step = sizes[t] > 0;
                step += random_below(1 + (uint32_t)((n_entries - id) / 2));
                if (id + step >= n_entries)
                    break;
                id += step;
                numbers[n_ids++] = step;
                sizes[t]++;
            }
        }
        for (uint32_t k = forged ? 1 + random_below(3) : 0; k > 0 && n_ids > 0; k--)
            numbers[random_below(n_ids)] = next_random() >> random_below(64);
        column c;
        column_init(&c, numbers, sizes, n_texts);
        if (forged && c.size > 0 && random_below(2))
            c.bytes[random_below((uint32_t)c.size)] ^= (unsigned char)(1u << random_below(8));
        if (forged && c.size > 0 && random_below(4) == 0)
            c.size -= random_below((uint32_t)c.size);
        bool good = check_column(&c, n_entries);
        assert_true(good || forged);
        n_good += good;
        n_bad += !good;
        column_free(&c);
    }
    assert_true(n_good > 5000 && n_bad > 5000);
}

/* ---- draws ---- */

enum { ENTRIES = 700, DRAWN = MC_DRAW_TEXTS + 9 };

typedef struct drawn {
    mc_block block;
    char identity[DRAWN * MC_IDENTITY_SIZE];
    uint32_t offsets[DRAWN + 1];
    uint32_t ids[DRAWN * 200];
} drawn;

static void make_drawn(drawn *d, uint32_t ids_most) {
    for (size_t i = 0; i < sizeof d->identity; i += 8) {
        uint64_t word = next_random();
        memcpy(d->identity + i, &word, 8);
    }
    for (uint32_t t = 0; t < DRAWN; t++) {
        uint32_t n = d->offsets[t];
        for (uint32_t k = random_below(ids_most + 1); k > 0; k--)
            d->ids[n++] = random_below(ENTRIES);
        d->offsets[t + 1] = n;
    }
    d->block = (mc_block){.info = {.n_texts = DRAWN, .n_ids = d->offsets[DRAWN]},
                          .identity = d->identity,
                          .offsets = d->offsets,
                          .ids = d->ids};
}

static void check_draws(const drawn *d, mc_draw *draw, uint32_t first, uint32_t n, double t) {
    static double keys[2][MC_DRAW_TEXTS], chances[2][MC_DRAW_TEXTS];
    draw->isa = MC_ISA_PORTABLE;
    mc_draw_texts(draw, &d->block, first, n, t, keys[0], chances[0]);
    for (int isa = MC_ISA_AVX2; isa <= (int)mc_cpu_best(); isa++) {
        draw->isa = (mc_isa)isa;
        memset(chances[1], 0xff, sizeof chances[1]);
        mc_draw_texts(draw, &d->block, first, n, t, keys[1], chances[1]);
        assert_memory_equal(keys[0], keys[1], n * sizeof(double));
        assert_memory_equal(chances[0], chances[1], n * sizeof(double));
        memset(keys[1], 0xff, sizeof keys[1]);
        mc_draw_texts(draw, &d->block, first, n, t, keys[1], NULL);
        assert_memory_equal(keys[0], keys[1], n * sizeof(double));
    }
}

static void draws_are_alike(void **state) {
    (void)state;
    static const uint32_t most[] = {0, 1, 3, 8, 63, 64, 65, 200};
    static const double thresholds[] = {1e-3, 1, 499, 20000, INFINITY};
    static drawn d;
    uint64_t hashes[ENTRIES], counts[ENTRIES];
    uint32_t firsts[ENTRIES];
    for (uint32_t round = 0; round < 160; round++) {
        mc_draw draw;
        for (uint32_t id = 0; id < ENTRIES; id++) {
            hashes[id] = next_random();
            counts[id] = random_below(30) ? next_random() >> random_below(64) : 0;
            firsts[id] = round % 2 && random_below(3) == 0 ? random_below(id + 1) : id;
        }
        make_drawn(&d, most[round % (sizeof most / sizeof *most)]);
        assert_int_equal(mc_draw_init(&draw, hashes, counts, firsts, ENTRIES, next_random(), NULL),
                         MC_OK);
        for (uint32_t piece = 0; piece < 8; piece++) {
            uint32_t first = random_below(9), n = 1 + random_below(piece ? 40 : MC_DRAW_TEXTS);
            check_draws(&d, &draw, first, n, thresholds[(round + piece) % 5]);
        }
        check_draws(&d, &draw, 5, MC_DRAW_TEXTS, 20);
        mc_draw_dispose(&draw);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_decoded_alike),
        cmocka_unit_test(draws_are_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
