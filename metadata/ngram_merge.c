/* Two merges by a heap: first of the words, which tells what number each run's word has in the
 * outcome, then of the pairs. Words keep their order under the new numbers, so a run's pairs are in
 * order as they are. */
#include "metadata/ngram_merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

typedef struct source {
    mc_run_reader reader;
    uint64_t key;      /* of what was read last: what it is ordered by */
    uint32_t *numbers; /* of the run's words in the outcome */
} source;

typedef struct merge {
    source *sources;
    size_t n_sources;
    source **heap;
    size_t n;
    mc_run_writer writer;
    size_t buffer_size;
    const atomic_int *cancel;
    mc_status (*next)(source *from, mc_error *error);
    bool (*is_before)(const source *a, const source *b);
} merge;

static mc_status next_word(source *from, mc_error *error) {
    mc_run_reader *r = &from->reader;
    MC_TRY(mc_run_next_word(r, error));
    from->key = 0;
    for (size_t i = 0; i < 8; i++)
        from->key = from->key << 8 | (i < r->word_size ? (unsigned char)r->word[i] : 0);
    return MC_OK;
}

static mc_status next_pair(source *from, mc_error *error) {
    MC_TRY(mc_run_next_pair(&from->reader, error));
    from->key =
        (uint64_t)from->numbers[from->reader.first] << 32 | from->numbers[from->reader.second];
    return MC_OK;
}

static bool pair_is_before(const source *a, const source *b) {
    return a->key < b->key;
}

static bool word_is_before(const source *a, const source *b) {
    if (a->key != b->key)
        return a->key < b->key;
    const mc_run_reader *x = &a->reader, *y = &b->reader;
    size_t common = x->word_size < y->word_size ? x->word_size : y->word_size;
    int order = memcmp(x->word, y->word, common);
    return order ? order < 0 : x->word_size < y->word_size;
}

static void sift(merge *m, size_t at) {
    source *moved = m->heap[at];
    for (size_t child; (child = 2 * at + 1) < m->n; at = child) {
        if (child + 1 < m->n && m->is_before(m->heap[child + 1], m->heap[child]))
            child++;
        if (!m->is_before(m->heap[child], moved))
            break;
        m->heap[at] = m->heap[child];
    }
    m->heap[at] = moved;
}

/* Reads every source's first entry, and puts those that have one into the heap. */
static mc_status begin(merge *m, mc_error *error) {
    m->n = 0;
    for (size_t i = 0; i < m->n_sources; i++) {
        mc_status status = m->next(&m->sources[i], error);
        if (status < 0)
            return status;
        if (status == MC_OK)
            m->heap[m->n++] = &m->sources[i];
    }
    for (size_t i = m->n / 2; i-- > 0;)
        sift(m, i);
    return MC_OK;
}

/* The first of the heap goes on. */
static mc_status advance(merge *m, mc_error *error) {
    mc_status status = m->next(m->heap[0], error);
    if (status < 0)
        return status;
    if (status == MC_END)
        m->heap[0] = m->heap[--m->n];
    if (m->n > 0)
        sift(m, 0);
    return MC_OK;
}

static mc_status check_cancel(const merge *m, uint64_t n_done, mc_error *error) {
    if (n_done % (1 << 16) == 0 && m->cancel &&
        atomic_load_explicit(m->cancel, memory_order_relaxed))
        return mc_fail(error, MC_E_INTERRUPTED, "interrupted");
    return MC_OK;
}

static mc_status merge_words(merge *m, mc_error *error) {
    MC_TRY(begin(m, error));
    for (uint64_t number = 0; m->n > 0; number++) {
        char word[MC_WORD_MAX];
        size_t size = m->heap[0]->reader.word_size;
        uint64_t count = 0;
        if (number >= UINT32_MAX)
            return mc_fail(error, MC_E_LIMIT, "more than 2^32 different words");
        MC_TRY(check_cancel(m, number, error));
        memcpy(word, m->heap[0]->reader.word, size);
        do {
            source *from = m->heap[0];
            uint64_t local = from->reader.run->n_words - from->reader.left - 1;
            from->numbers[local] = (uint32_t)number;
            if (!mc_add_count(&count, from->reader.count))
                return mc_counts_overflow(error);
            MC_TRY(advance(m, error));
        } while (m->n > 0 && m->heap[0]->reader.word_size == size &&
                 memcmp(m->heap[0]->reader.word, word, size) == 0);
        MC_TRY(mc_run_put_word(&m->writer, (mc_bytes){word, size}, count, error));
    }
    return MC_OK;
}

static mc_status merge_pairs(merge *m, mc_error *error) {
    MC_TRY(begin(m, error));
    mc_run_begin_pairs(&m->writer);
    for (uint64_t n_done = 0; m->n > 0; n_done++) {
        uint64_t key = m->heap[0]->key, count = 0;
        MC_TRY(check_cancel(m, n_done, error));
        do {
            if (!mc_add_count(&count, m->heap[0]->reader.count))
                return mc_counts_overflow(error);
            MC_TRY(advance(m, error));
        } while (m->n > 0 && m->heap[0]->key == key);
        MC_TRY(mc_run_put_pair(&m->writer, (uint32_t)(key >> 32), (uint32_t)key, count, error));
    }
    return MC_OK;
}

static mc_status run_merge(merge *m, const mc_run *runs, mc_error *error) {
    for (size_t i = 0; i < m->n_sources; i++) {
        MC_TRY(MC_ALLOC(m->sources[i].numbers, runs[i].n_words, error));
        MC_TRY(mc_run_read_words(&m->sources[i].reader, &runs[i], m->buffer_size, error));
    }
    m->next = next_word;
    m->is_before = word_is_before;
    MC_TRY(merge_words(m, error));
    for (size_t i = 0; i < m->n_sources; i++) {
        mc_run_reader_dispose(&m->sources[i].reader);
        MC_TRY(mc_run_read_pairs(&m->sources[i].reader, &runs[i], m->buffer_size, error));
    }
    m->next = next_pair;
    m->is_before = pair_is_before;
    return merge_pairs(m, error);
}

mc_status mc_run_merge(mc_run *out, const mc_run *runs, size_t n, uint64_t memory,
                       const atomic_int *cancel, int fd, uint64_t end, mc_error *error) {
    merge m = {.n_sources = n, .cancel = cancel};
    uint64_t share = memory / (n ? n : 1);
    m.buffer_size = share < MC_RUN_BUFFER_MAX ? (size_t)share : MC_RUN_BUFFER_MAX;
    mc_status status = mc_run_writer_init(&m.writer, fd, end, error);
    if (status == MC_OK)
        status = MC_ALLOC(m.sources, n, error);
    if (status == MC_OK)
        status = MC_ALLOC(m.heap, n, error);
    if (status == MC_OK)
        status = run_merge(&m, runs, error);
    if (status == MC_OK)
        status = mc_run_finish(&m.writer, out, error);
    for (size_t i = 0; m.sources && i < n; i++) {
        mc_run_reader_dispose(&m.sources[i].reader);
        free(m.sources[i].numbers);
    }
    free(m.sources);
    free(m.heap);
    mc_run_writer_dispose(&m.writer);
    return status;
}
