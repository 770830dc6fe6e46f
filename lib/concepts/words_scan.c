/* Scratch, the choice of path, and the work on finished sets. */
#define _DEFAULT_SOURCE /* madvise */
#include <stdlib.h>
#include <sys/mman.h>

#include "concepts/words_scratch.h"

/* Below this many ids insertion is the fastest way to sort them. */
enum { INSERTION_MAX = 48 };

#if defined(__x86_64__)
#define HAVE_X86 1
#else
#define HAVE_X86 0
#endif

static size_t block_size(mc_isa isa) {
#if HAVE_X86
    if (isa == MC_ISA_AVX512)
        return mc_words_block_size_avx512();
    if (isa == MC_ISA_AVX2)
        return mc_words_block_size_avx2();
#endif
    (void)isa;
    return mc_words_block_size_portable();
}

/* One piece of memory for everything, so that few huge pages hold it all. */
static mc_status fill_scratch(mc_words_scratch *s, mc_error *error) {
    size_t n_words = (size_t)1 << MC_WORD_CACHE_BITS;
    size_t words = n_words * sizeof *s->words;
    size_t wide = ((size_t)1 << MC_WIDE_CACHE_BITS) * sizeof *s->wide;
    size_t pairs = ((size_t)1 << MC_PAIR_CACHE_BITS) * sizeof *s->pairs;
    size_t size = words + wide + pairs + block_size(s->isa);
    size_t page = size > 1 << 20 ? 1 << 21 : 64;
    size = (size + page - 1) & ~(page - 1);
    char *memory = aligned_alloc(page, size);
    if (!memory)
        return mc_fail(error, MC_E_MEMORY, "out of memory: %zu bytes could not be had", size);
#ifdef MADV_HUGEPAGE
    (void)madvise(memory, size, MADV_HUGEPAGE);
#endif
    memset(memory, 0, size);
    s->memory = memory;
    s->words = (void *)memory;
    s->wide = (void *)(memory + words);
    s->pairs = (void *)(memory + words + wide);
    s->block = memory + words + wide + pairs;
    for (size_t i = 0; i < n_words; i++)
        s->words[i].key = MC_CACHE_UNUSED;
    for (size_t i = 0; i < (size_t)1 << MC_WIDE_CACHE_BITS; i++)
        s->wide[i].key[0] = MC_CACHE_UNUSED;
    return MC_OK;
}

mc_status mc_words_scratch_create(mc_words_scratch **out, const mc_words *view, mc_isa isa,
                                  mc_error *error) {
    mc_words_scratch *s;
    MC_TRY(MC_ALLOC(s, 1, error));
    s->view = view;
    s->isa = isa < mc_cpu_best() ? isa : mc_cpu_best();
    mc_status status = fill_scratch(s, error);
    if (status != MC_OK) {
        mc_words_scratch_free(s);
        return status;
    }
    *out = s;
    return MC_OK;
}

void mc_words_scratch_free(mc_words_scratch *s) {
    if (!s)
        return;
    free(s->memory);
    free(s->ids);
    free(s->offsets);
    free(s->nodes);
    free(s);
}

mc_status mc_words_scan(mc_words_scratch *s, const mc_bytes *texts, size_t n, mc_match_sets *out,
                        mc_error *error) {
    MC_TRY(MC_GROW(s->offsets, s->offsets_capacity, n + 1, error));
    MC_TRY(MC_GROW(s->ids, s->ids_capacity, 1, error));
    s->n_ids = 0;
    s->offsets[0] = 0;
#if HAVE_X86
    if (s->isa == MC_ISA_AVX512)
        MC_TRY(mc_words_scan_avx512(s, texts, n, s->offsets, error));
    else if (s->isa == MC_ISA_AVX2)
        MC_TRY(mc_words_scan_avx2(s, texts, n, s->offsets, error));
    else
#endif
        MC_TRY(mc_words_scan_portable(s, texts, n, s->offsets, error));
    *out = (mc_match_sets){s->ids, s->offsets};
    return MC_OK;
}

mc_status mc_words_end_set(const mc_words_scratch *s, uint32_t *offset, mc_error *error) {
    if (s->n_ids > UINT32_MAX)
        return mc_fail(error, MC_E_LIMIT, "a block of texts has more than 2^32 matches");
    *offset = (uint32_t)s->n_ids;
    return MC_OK;
}

static int compare_ids(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

size_t mc_words_sort_ids(uint32_t *ids, size_t n) {
    if (n > INSERTION_MAX) {
        qsort(ids, n, sizeof *ids, compare_ids);
        size_t kept = 1;
        for (size_t i = 1; i < n; i++)
            if (ids[i] != ids[kept - 1])
                ids[kept++] = ids[i];
        return kept;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t id = ids[i];
        size_t at = kept;
        while (at > 0 && ids[at - 1] > id)
            at--;
        if (at > 0 && ids[at - 1] == id)
            continue;
        memmove(ids + at + 1, ids + at, (kept - at) * sizeof *ids);
        ids[at] = id;
        kept++;
    }
    return kept;
}

/* The first of the repeats of entry id, which has some. */
static uint32_t first_repeat(const mc_words *v, uint32_t id) {
    uint32_t low = 0, high = v->header.n_repeats;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (v->repeats[middle].first < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

mc_status mc_words_finish_set(mc_words_scratch *s, size_t first, mc_error *error) {
    const mc_words *v = s->view;
    s->n_ids = first + mc_words_sort_ids(s->ids + first, s->n_ids - first);
    if (v->header.n_repeats == 0)
        return MC_OK;
    size_t end = s->n_ids;
    for (size_t i = first; i < end; i++) {
        uint32_t id = s->ids[i];
        if (!(v->repeat_bits[id >> 6] >> (id & 63) & 1))
            continue;
        uint32_t at = first_repeat(v, id);
        for (; at < v->header.n_repeats && v->repeats[at].first == id; at++) {
            MC_TRY(MC_GROW(s->ids, s->ids_capacity, s->n_ids + 1, error));
            s->ids[s->n_ids++] = v->repeats[at].id;
        }
    }
    if (s->n_ids > end)
        s->n_ids = first + mc_words_sort_ids(s->ids + first, s->n_ids - first);
    return MC_OK;
}
