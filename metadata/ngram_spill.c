/* A table becomes a run. Words are sorted by eight bytes at a time as numbers; pairs, whose words
 * are numbers by then, as numbers, too. */
#include <stdlib.h>
#include <string.h>

#include "metadata/ngram_run.h"

enum { FEW = 48 }; /* words that are sorted by comparing them */

/* Eight bytes of a word from depth on, the first the highest; zeros, which no word holds, behind
 * its end. */
static uint64_t key_of(mc_bytes word, size_t depth) {
    uint64_t key = 0;
    for (size_t i = depth; i < depth + 8; i++)
        key = key << 8 | (i < word.size ? (unsigned char)word.data[i] : 0);
    return key;
}

/* Compares words that agree up to depth. */
static int compare(const mc_ngram_table *table, uint64_t a, uint64_t b, size_t depth) {
    mc_bytes x = mc_ngram_table_word(table, (uint32_t)a);
    mc_bytes y = mc_ngram_table_word(table, (uint32_t)b);
    size_t common = (x.size < y.size ? x.size : y.size) - depth;
    int order = common ? memcmp(x.data + depth, y.data + depth, common) : 0;
    return order ? order : (x.size > y.size) - (x.size < y.size);
}

/* Sorts words (value: the number) that agree in their bytes before depth and are at least that
 * long. The recursion is as deep as the longest word has times eight bytes. */
static void sort_words(const mc_ngram_table *table, mc_keyed *items, mc_keyed *scratch, size_t n,
                       size_t depth) {
    if (n <= FEW) {
        for (size_t i = 1; i < n; i++) {
            mc_keyed item = items[i];
            size_t k = i;
            for (; k > 0 && compare(table, items[k - 1].value, item.value, depth) > 0; k--)
                items[k] = items[k - 1];
            items[k] = item;
        }
        return;
    }
    for (size_t i = 0; i < n; i++)
        items[i].key = key_of(mc_ngram_table_word(table, (uint32_t)items[i].value), depth);
    mc_keyed *sorted = mc_radix_sort(items, scratch, n);
    if (sorted != items)
        memcpy(items, sorted, n * sizeof *items);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && items[end].key == items[i].key; end++)
            ;
        if (end - i > 1) /* different words, so none of them ends before depth + 8 */
            sort_words(table, items + i, scratch, end - i, depth + 8);
    }
}

/* Puts the words; ranks (of numbers from 1) receives where. */
static mc_status put_words(mc_run_writer *writer, const mc_ngram_table *table, uint32_t *ranks,
                           mc_error *error) {
    size_t n = table->n_words;
    mc_keyed *items;
    MC_TRY(MC_ALLOC(items, 2 * n, error));
    for (size_t i = 0; i < n; i++)
        items[i].value = i + 1;
    sort_words(table, items, items + n, n, 0);
    mc_status status = MC_OK;
    for (size_t i = 0; i < n && status == MC_OK; i++) {
        uint32_t id = (uint32_t)items[i].value;
        ranks[id] = (uint32_t)i;
        status = mc_run_put_word(writer, mc_ngram_table_word(table, id), table->words[id - 1].count,
                                 error);
    }
    free(items);
    return status;
}

/* Half of the slots are free: pairs are moved to the front, and sorted by means of the rest. */
static mc_status put_pairs(mc_run_writer *writer, mc_ngram_table *table, const uint32_t *ranks,
                           mc_error *error) {
    size_t n = 0;
    for (size_t i = 0; i < table->n_pair_slots; i++) {
        uint64_t key = table->pairs[i].key;
        if (!key)
            continue;
        uint64_t ranked = (uint64_t)ranks[key >> 32] << 32 | ranks[(uint32_t)key];
        table->pairs[n++] = (mc_keyed){ranked, table->pairs[i].value};
    }
    const mc_keyed *sorted = mc_radix_sort(table->pairs, table->pairs + n, n);
    mc_run_begin_pairs(writer);
    for (size_t i = 0; i < n; i++)
        MC_TRY(mc_run_put_pair(writer, (uint32_t)(sorted[i].key >> 32), (uint32_t)sorted[i].key,
                               sorted[i].value, error));
    return MC_OK;
}

mc_status mc_run_spill(mc_run *run, mc_ngram_table *table, int fd, uint64_t end, mc_error *error) {
    mc_run_writer writer;
    uint32_t *ranks = NULL;
    mc_status status = mc_run_writer_init(&writer, fd, end, error);
    if (status == MC_OK)
        status = MC_ALLOC(ranks, table->n_words + 1, error);
    if (status == MC_OK)
        status = put_words(&writer, table, ranks, error);
    if (status == MC_OK)
        status = put_pairs(&writer, table, ranks, error);
    if (status == MC_OK)
        status = mc_run_finish(&writer, run, error);
    free(ranks);
    mc_run_writer_dispose(&writer);
    return status;
}
