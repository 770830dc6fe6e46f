#include "audit/expected.h"

#include <stdlib.h>

/* The portable path: vectors of two, which compilers have for every processor. */
#define LANES 2
#define KERNEL mc_expected_bits_portable
#define NOT_BELOW_ZERO(x) ((reals)((words)(x) & (words)((x) > 0)))
#include "audit/expected_kernel.h"

#define ONE 0x3ff0000000000000u /* the bits of 1.0 */
#define UNIT 0x1p-52

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* ---- what all threads share ---- */

mc_status mc_expected_plan_init(mc_expected_plan *plan, const double *thresholds, size_t n,
                                const mc_draw *draw, mc_isa isa, mc_error *error) {
    size_t n_padded = (n + MC_EXPECTED_STEP - 1) / MC_EXPECTED_STEP * MC_EXPECTED_STEP;
    *plan = (mc_expected_plan){.n = n, .n_padded = n_padded, .draw = draw, .isa = isa};
    MC_TRY(MC_ALLOC(plan->thresholds, n_padded, error));
    for (size_t j = 0; j < n_padded; j++)
        plan->thresholds[j] = j < n ? thresholds[j] : INFINITY;
    return MC_OK;
}

void mc_expected_plan_dispose(mc_expected_plan *plan) {
    free(plan->thresholds);
    *plan = (mc_expected_plan){0};
}

/* ---- sums ---- */

static size_t bits_size(const mc_expected_plan *plan) {
    return plan->n_padded * MC_EXPECTED_LANES * sizeof(uint64_t);
}

mc_status mc_expected_init(mc_expected *e, const mc_expected_plan *plan, mc_error *error) {
    const size_t line = MC_EXPECTED_LANES * sizeof(uint64_t);
    *e = (mc_expected){.plan = plan};
    MC_TRY(MC_ALLOC(e->missed, plan->n_padded, error));
    MC_TRY(MC_ALLOC(e->squared, plan->n_padded, error));
    MC_TRY(MC_ALLOC(e->n_added, plan->n_padded / MC_EXPECTED_STEP, error));
    MC_TRY(mc_alloc(&e->memory, 2 * bits_size(plan) + line, 1, error));
    char *aligned = (char *)e->memory + (line - (uintptr_t)e->memory % line) % line;
    e->missed_bits = aligned;
    e->squared_bits = aligned + bits_size(plan);
    return MC_OK;
}

void mc_expected_dispose(mc_expected *e) {
    free(e->missed);
    free(e->squared);
    free(e->n_added);
    free(e->memory);
    *e = (mc_expected){0};
}

/* What a kernel does, for a text with many entries. */
static void add_long(mc_expected *e, const mc_block *block, uint32_t text) {
    for (size_t j = 0; j < e->plan->n; j++) {
        double m = 1;
        for (uint32_t i = block->offsets[text]; i < block->offsets[text + 1] && m > 0; i++) {
            double rate = 1 / mc_expected_count(e->plan->draw, block->ids[i]);
            double factor = 1 - e->plan->thresholds[j] * rate;
            m *= factor > 0 ? factor : 0;
        }
        if (m == 0)
            return; /* so it is at all greater thresholds */
        e->missed[j] += bits_of(1 + m) - ONE;
        e->squared[j] += bits_of(1 + m * m) - ONE;
    }
}

/* Moves the bits into the sums. A lane has got at most MC_DRAW_TEXTS numbers, so that the sum of
 * all lanes, less as many ones, is less than 2^64. */
static void take_bits(mc_expected *e, size_t n_lanes) {
    const uint64_t *missed = e->missed_bits, *squared = e->squared_bits;
    for (size_t j = 0; j < e->plan->n; j++) {
        uint64_t ones = e->n_added[j / MC_EXPECTED_STEP] * ONE, m = 0, s = 0;
        for (size_t lane = 0; lane < n_lanes; lane++) {
            m += missed[j * n_lanes + lane];
            s += squared[j * n_lanes + lane];
        }
        e->missed[j] += m - ones;
        e->squared[j] += s - ones;
    }
}

/* Sorts the texts by how many entries they have; those with a great many come last and are not
 * counted in what is returned. */
static uint32_t sort_texts(const mc_block *block, const uint32_t *texts, uint32_t n,
                           uint32_t *sorted) {
    enum { MANY = MC_EXPECTED_LONG + 1 };
    uint32_t starts[MANY + 2] = {0};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size = block->offsets[texts[i] + 1] - block->offsets[texts[i]];
        starts[(size < MANY ? size : MANY) + 1]++;
    }
    for (uint32_t size = 1; size <= MANY; size++)
        starts[size] += starts[size - 1];
    uint32_t n_few = starts[MANY];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size = block->offsets[texts[i] + 1] - block->offsets[texts[i]];
        sorted[starts[size < MANY ? size : MANY]++] = texts[i];
    }
    return n_few;
}

/* Draws, and adds the texts that are sorted to the bits; returns how many lanes those have. */
static size_t add_sorted(mc_expected *e, const mc_block *block, uint32_t first, uint32_t n_range,
                         const uint32_t *sorted, uint32_t n, double *keys) {
#if defined(__x86_64__)
    if (e->plan->isa == MC_ISA_AVX512) {
        uint32_t end = block->offsets[first + n_range];
        for (uint32_t i = block->offsets[first]; i < end; i++)
            __builtin_prefetch(&e->plan->draw->entries[block->ids[i]], 0, 2);
        mc_expected_draw_avx512(e, block, sorted, n, first, keys);
        return 8;
    }
#endif
    mc_draw_texts(e->plan->draw, block, first, n_range, 1, keys, NULL);
#if defined(__x86_64__)
    if (e->plan->isa == MC_ISA_AVX2) {
        mc_expected_bits_avx2(e, block, sorted, n);
        return 4;
    }
#endif
    mc_expected_bits_portable(e, block, sorted, n);
    return LANES;
}

void mc_expected_add(mc_expected *e, const mc_block *block, uint32_t first, uint32_t n_range,
                     const uint32_t *texts, uint32_t n, double *keys) {
    uint32_t sorted[MC_DRAW_TEXTS] = {0}, n_few = sort_texts(block, texts, n, sorted);
    memset(e->missed_bits, 0, bits_size(e->plan));
    memset(e->squared_bits, 0, bits_size(e->plan));
    memset(e->n_added, 0, e->plan->n_padded / MC_EXPECTED_STEP * sizeof *e->n_added);
    take_bits(e, add_sorted(e, block, first, n_range, sorted, n_few, keys));
    for (uint32_t i = n_few; i < n; i++) {
        mc_draw_texts(e->plan->draw, block, sorted[i], 1, 1, &keys[sorted[i] - first], NULL);
        add_long(e, block, sorted[i]);
    }
    e->n_texts += n;
}

void mc_expected_merge(mc_expected *e, const mc_expected *other) {
    e->n_texts += other->n_texts;
    for (size_t j = 0; j < e->plan->n; j++) {
        e->missed[j] += other->missed[j];
        e->squared[j] += other->squared[j];
    }
}

double mc_expected_size(const mc_expected *e, size_t threshold) {
    return (double)(((mc_wide)e->n_texts << 52) - e->missed[threshold]) * UNIT;
}

double mc_expected_variance(const mc_expected *e, size_t threshold) {
    return (double)(e->missed[threshold] - e->squared[threshold]) * UNIT;
}
