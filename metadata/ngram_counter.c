/* A full table becomes a run of the thread's file. When the runs are so many that merging them at
 * the end would take too much memory, they are merged into one, in a new file. */
#include "metadata/ngram_counter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/sink.h"
#include "metadata/ngram_merge.h"

enum { RUN_COST = 64 << 10, MIN_RUNS = 8 };

uint64_t mc_ngrams_memory(const mc_ngram_options *options) {
    return options->memory ? options->memory : UINT64_C(1) << 30;
}

const char *mc_ngrams_folder(const mc_ngram_options *options) {
    const char *folder = options->folder ? options->folder : getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

mc_status mc_counter_init(mc_ngram_counter *counter, const char *folder, uint64_t memory,
                          const atomic_int *cancel, mc_error *error) {
    *counter = (mc_ngram_counter){.folder = folder, .memory = memory, .cancel = cancel, .fd = -1};
    return mc_ngram_table_init(&counter->table, memory, error);
}

void mc_counter_dispose(mc_ngram_counter *counter) {
    mc_ngram_table_dispose(&counter->table);
    free(counter->runs);
    if (counter->fd >= 0)
        close(counter->fd);
    *counter = (mc_ngram_counter){.fd = -1};
}

static bool has_too_many_runs(const mc_ngram_counter *counter) {
    uint64_t cost = 0;
    for (size_t i = 0; i < counter->n_runs; i++)
        cost += RUN_COST + counter->runs[i].n_words * sizeof(uint32_t);
    return counter->n_runs >= MIN_RUNS && cost > counter->memory / 2;
}

/* The table, which is empty, gives its memory to the merge. */
static mc_status condense(mc_ngram_counter *counter, mc_error *error) {
    mc_run merged;
    int fd;
    mc_ngram_table_dispose(&counter->table);
    MC_TRY(mc_temporary_file(counter->folder, &fd, error));
    mc_status status = mc_run_merge(&merged, counter->runs, counter->n_runs, counter->memory / 2,
                                    counter->cancel, fd, 0, error);
    close(counter->fd);
    counter->fd = fd;
    counter->n_runs = 0;
    MC_TRY(status);
    counter->runs[counter->n_runs++] = merged;
    counter->end = merged.end;
    return mc_ngram_table_init(&counter->table, counter->memory, error);
}

static mc_status spill(mc_ngram_counter *counter, mc_error *error) {
    if (counter->fd < 0)
        MC_TRY(mc_temporary_file(counter->folder, &counter->fd, error));
    MC_TRY(MC_GROW(counter->runs, counter->runs_capacity, counter->n_runs + 1, error));
    mc_run *run = &counter->runs[counter->n_runs];
    MC_TRY(mc_run_spill(run, &counter->table, counter->fd, counter->end, error));
    counter->end = run->end;
    counter->n_runs++;
    mc_ngram_table_clear(&counter->table);
    return MC_OK;
}

/* Makes room in the table. */
static mc_status make_room(mc_ngram_counter *counter, mc_error *error) {
    if (!mc_ngram_table_is_full(&counter->table))
        return MC_OK;
    MC_TRY(spill(counter, error));
    return has_too_many_runs(counter) ? condense(counter, error) : MC_OK;
}

/* The same amid a text: the next word still makes a pair with the one before. */
static mc_status make_room_amid(mc_ngram_counter *counter, mc_error *error) {
    char word[MC_WORD_MAX];
    size_t size = 0;
    if (!mc_ngram_table_is_full(&counter->table))
        return MC_OK;
    if (counter->table.previous) {
        mc_bytes previous = mc_ngram_table_word(&counter->table, counter->table.previous);
        size = previous.size;
        memcpy(word, previous.data, size);
    }
    MC_TRY(make_room(counter, error));
    if (size == 0)
        return MC_OK;
    return mc_ngram_table_add(&counter->table, (mc_bytes){word, size}, 0, &counter->table.previous,
                              error);
}

mc_status mc_counter_text(mc_ngram_counter *counter, const char *text, size_t size,
                          mc_error *error) {
    mc_tokens tokens = mc_tokens_of(text, size);
    mc_bytes words[MC_NGRAM_BATCH];
    size_t n;
    counter->table.previous = 0;
    while ((n = mc_tokens_next(&tokens, words, MC_NGRAM_BATCH)) > 0) {
        MC_TRY(make_room_amid(counter, error));
        MC_TRY(mc_ngram_table_count(&counter->table, words, n, error));
    }
    return MC_OK;
}

mc_status mc_counter_add(mc_ngram_counter *counter, mc_bytes first, mc_bytes second, uint64_t count,
                         mc_error *error) {
    uint32_t a, b;
    MC_TRY(make_room(counter, error));
    MC_TRY(mc_ngram_table_add(&counter->table, first, second.size ? 0 : count, &a, error));
    if (second.size == 0)
        return MC_OK;
    MC_TRY(mc_ngram_table_add(&counter->table, second, 0, &b, error));
    return mc_ngram_table_add_pair(&counter->table, a, b, count, error);
}

/* Writes the words and their counts to a file of their own, which is mapped. */
static mc_status index_words(mc_ngrams *ngrams, const char *folder, mc_error *error) {
    int fd;
    size_t head = (size_t)(ngrams->run.n_words + 1) * sizeof(mc_ngram_word);
    ngrams->map_size = head + (size_t)ngrams->run.words_size;
    MC_TRY(mc_temporary_file(folder, &fd, error));
    int failure = posix_fallocate(fd, 0, (off_t)ngrams->map_size);
    void *map = MAP_FAILED;
    if (failure == 0) {
        map = mmap(NULL, ngrams->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        failure = map == MAP_FAILED ? errno : 0;
    }
    close(fd);
    if (map == MAP_FAILED)
        return mc_fail(error, MC_E_IO, "no room for %zu bytes of n-grams: %s", ngrams->map_size,
                       strerror(failure));
    mc_ngram_word *words = map;
    char *bytes = (char *)map + head;
    ngrams->words = words;
    ngrams->bytes = bytes;
    mc_run_reader reader;
    mc_status status = mc_run_read_words(&reader, &ngrams->run, MC_RUN_BUFFER_MAX, error);
    uint64_t offset = 0;
    while (status == MC_OK && (status = mc_run_next_word(&reader, error)) == MC_OK) {
        if (reader.word_size > ngrams->run.words_size - offset) {
            status = mc_fail(error, MC_E_FORMAT, "a temporary file of n-grams is damaged");
            break;
        }
        *words++ = (mc_ngram_word){offset, reader.count};
        memcpy(bytes + offset, reader.word, reader.word_size);
        offset += reader.word_size;
        if (!mc_add_count(&ngrams->tokens, reader.count))
            status = mc_counts_overflow(error);
    }
    mc_run_reader_dispose(&reader);
    *words = (mc_ngram_word){offset, 0};
    return status == MC_END ? MC_OK : status;
}

/* What the counters hold as runs, one after the other; the tables are gone then. */
static mc_status take_runs(mc_ngram_counter *counters, size_t n, mc_run **runs, size_t *n_runs,
                           mc_error *error) {
    size_t capacity = 0;
    for (size_t i = 0; i < n; i++) {
        if (counters[i].table.n_words > 0)
            MC_TRY(spill(&counters[i], error));
        mc_ngram_table_dispose(&counters[i].table);
        MC_TRY(MC_GROW(*runs, capacity, *n_runs + counters[i].n_runs + 1, error));
        if (counters[i].n_runs)
            memcpy(*runs + *n_runs, counters[i].runs, counters[i].n_runs * sizeof **runs);
        *n_runs += counters[i].n_runs;
    }
    return MC_OK;
}

/* The file of the only counter that has one. */
static void take_file(mc_ngrams *ngrams, mc_ngram_counter *counters, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (counters[i].n_runs > 0) {
            ngrams->fd = counters[i].fd;
            counters[i].fd = -1;
        }
    }
}

static mc_status merge_runs(mc_ngrams *ngrams, mc_ngram_counter *counters, size_t n,
                            const char *folder, uint64_t memory, const atomic_int *cancel,
                            mc_error *error) {
    mc_run *runs = NULL;
    size_t n_runs = 0;
    mc_status status = take_runs(counters, n, &runs, &n_runs, error);
    if (status == MC_OK && n_runs == 1) {
        ngrams->run = runs[0];
        take_file(ngrams, counters, n);
    } else if (status == MC_OK) {
        status = mc_temporary_file(folder, &ngrams->fd, error);
        if (status == MC_OK)
            status =
                mc_run_merge(&ngrams->run, runs, n_runs, memory / 2, cancel, ngrams->fd, 0, error);
    }
    free(runs);
    return status == MC_OK ? index_words(ngrams, folder, error) : status;
}

mc_status mc_counters_merge(mc_ngrams **out, mc_ngram_counter *counters, size_t n,
                            const char *folder, uint64_t memory, const atomic_int *cancel,
                            mc_error *error) {
    mc_ngrams *ngrams;
    *out = NULL;
    MC_TRY(mc_alloc(&ngrams, 1, sizeof *ngrams, error));
    ngrams->fd = -1;
    mc_status status = merge_runs(ngrams, counters, n, folder, memory, cancel, error);
    for (size_t i = 0; i < n; i++)
        mc_counter_dispose(&counters[i]);
    if (status != MC_OK) {
        mc_ngrams_free(ngrams);
        return status;
    }
    *out = ngrams;
    return MC_OK;
}

void mc_ngrams_free(mc_ngrams *ngrams) {
    if (!ngrams)
        return;
    if (ngrams->words)
        munmap((void *)(uintptr_t)ngrams->words, ngrams->map_size);
    if (ngrams->fd >= 0)
        close(ngrams->fd);
    free(ngrams);
}
