/* What a list is made of: sources, scripts, lengths, entries that never match or come again. */
#include <stdlib.h>
#include <string.h>

#include "metadata/letters.h"
#include "metadata/name_set.h"

static int compare_numbers(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts values on the way. */
static mc_make_up_lengths sum_up(uint64_t *values, size_t n) {
    mc_make_up_lengths lengths = {0};
    double sum = 0;
    if (n == 0)
        return lengths;
    qsort(values, n, sizeof *values, compare_numbers);
    for (size_t i = 0; i < n; i++)
        sum += (double)values[i];
    lengths.least = values[0];
    lengths.median = values[(n - 1) / 2];
    lengths.most = values[n - 1];
    lengths.mean = sum / (double)n;
    return lengths;
}

static uint64_t count_bytes(mc_bytes entry) {
    return entry.size;
}

static uint64_t count_code_points(mc_bytes entry) {
    const char *at = entry.data, *end = at + entry.size;
    uint64_t n = 0;
    for (; at < end; n++)
        (void)mc_letter_next(&at, end);
    return n;
}

static uint64_t count_words(mc_bytes entry) {
    uint64_t n = 0;
    for (size_t i = 0; i < entry.size; i++)
        n += entry.data[i] != ' ' && (i == 0 || entry.data[i - 1] == ' ');
    return n;
}

static mc_status measure(mc_make_up *out, const mc_list *list, mc_error *error) {
    uint64_t *values;
    MC_TRY(MC_ALLOC(values, list->n, error));
    for (size_t i = 0; i < list->n; i++)
        values[i] = count_bytes(list->entries[i]);
    out->bytes = sum_up(values, list->n);
    for (size_t i = 0; i < list->n; i++)
        values[i] = count_code_points(list->entries[i]);
    out->code_points = sum_up(values, list->n);
    for (size_t i = 0; i < list->n; i++)
        values[i] = count_words(list->entries[i]);
    out->words = sum_up(values, list->n);
    free(values);
    return MC_OK;
}

/* The last row is that of entries without a source. */
static mc_status count_sources(mc_make_up *out, const mc_list *list, mc_error *error) {
    size_t n = list->n_names + 1, *rows; /* of each source: its row + 1 */
    MC_TRY(MC_ALLOC(out->sources, n, error));
    MC_TRY(MC_ALLOC(rows, n, error));
    for (size_t i = 0; i < list->n; i++) {
        uint32_t source = list->origins[i].source;
        size_t *row = &rows[source == MC_LIST_NO_SOURCE ? list->n_names : source];
        if (*row == 0) {
            out->sources[out->n_sources].name = mc_list_source(list, i);
            *row = ++out->n_sources;
        }
        out->sources[*row - 1].entries++;
    }
    free(rows);
    return MC_OK;
}

static int compare_rows(const void *a, const void *b) {
    const mc_make_up_row *x = a, *y = b;
    if (x->entries != y->entries)
        return x->entries > y->entries ? -1 : 1;
    return strcmp(x->name, y->name);
}

static mc_status count_scripts(mc_make_up *out, const mc_list *list, mc_error *error) {
    uint64_t counts[MC_SCRIPTS_MAX] = {0};
    MC_TRY(MC_ALLOC(out->scripts, MC_SCRIPTS_MAX, error));
    for (size_t i = 0; i < list->n; i++)
        counts[mc_script_of(list->entries[i])]++;
    for (mc_script i = 0; mc_script_name(i); i++)
        if (counts[i] > 0)
            out->scripts[out->n_scripts++] =
                (mc_make_up_row){.name = mc_script_name(i), .entries = counts[i]};
    qsort(out->scripts, out->n_scripts, sizeof *out->scripts, compare_rows);
    return MC_OK;
}

/* An array of ids that grows. */
static mc_status add_id(uint64_t **ids, size_t *n, size_t *capacity, uint64_t id, mc_error *error) {
    MC_TRY(mc_grow(ids, capacity, *n + 1, sizeof **ids, error));
    (*ids)[(*n)++] = id;
    return MC_OK;
}

static mc_status find_dead(mc_make_up *out, const mc_list *list, mc_rules rules, mc_error *error) {
    size_t capacity = 0;
    for (size_t i = 0; i < list->n; i++)
        if (mc_entry_is_dead(list->entries[i].data, list->entries[i].size, rules))
            MC_TRY(add_id(&out->dead, &out->n_dead, &capacity, i, error));
    return MC_OK;
}

/* The list with every entry folded. */
static mc_status fold_all(mc_list **out, const mc_list *list, mc_error *error) {
    mc_buffer name = {0};
    MC_TRY(mc_list_create(out, error));
    mc_status status = MC_OK;
    for (size_t i = 0; status == MC_OK && i < list->n; i++) {
        name.size = 0;
        status = mc_fold(&name, list->entries[i], error);
        if (status == MC_OK)
            status =
                mc_list_append(*out, (mc_bytes){name.data, name.size}, MC_LIST_NO_SOURCE, error);
    }
    mc_buffer_dispose(&name);
    return status;
}

/* Repeated entries: of the same bytes as an earlier one (exact is folded), or else differing in
 * case alone from an earlier one. */
static mc_status find_folded(mc_make_up *out, const mc_list *list, const mc_list *folded,
                             mc_name_set *exact, mc_name_set *set, mc_error *error) {
    size_t repeated = 0, pairs = 0, n_ids = 0;
    for (size_t i = 0; i < list->n; i++) {
        bool is_repeated = mc_name_set_has(exact, list->entries[i]);
        size_t earlier = mc_name_set_find(set, folded->entries[i]);
        if (is_repeated)
            MC_TRY(add_id(&out->repeated, &out->n_repeated, &repeated, i, error));
        else
            MC_TRY(mc_name_set_add(exact, i, error));
        if (earlier == MC_NO_ID) {
            MC_TRY(mc_name_set_add(set, i, error));
        } else if (!is_repeated) {
            MC_TRY(add_id(&out->folded, &n_ids, &pairs, i, error));
            MC_TRY(add_id(&out->folded, &n_ids, &pairs, earlier, error));
            out->n_folded++;
        }
    }
    return MC_OK;
}

static mc_status find_repeated(mc_make_up *out, const mc_list *list, mc_error *error) {
    mc_list *folded = NULL;
    mc_name_set exact = {0}, set = {0};
    const mc_list empty = {0};
    mc_status status = fold_all(&folded, list, error);
    if (status == MC_OK)
        status = mc_name_set_init(&exact, &empty, error);
    if (status == MC_OK)
        status = mc_name_set_init(&set, &empty, error);
    exact.list = list; /* the sets begin empty and take ids in one by one */
    set.list = folded;
    if (status == MC_OK)
        status = find_folded(out, list, folded, &exact, &set, error);
    mc_name_set_dispose(&exact);
    mc_name_set_dispose(&set);
    mc_list_free(folded);
    return status;
}

mc_status mc_list_make_up(mc_make_up *out, const mc_list *list, mc_rules rules, mc_error *error) {
    *out = (mc_make_up){.n_entries = list->n};
    mc_status status = measure(out, list, error);
    if (status == MC_OK)
        status = count_sources(out, list, error);
    if (status == MC_OK)
        status = count_scripts(out, list, error);
    if (status == MC_OK)
        status = find_dead(out, list, rules, error);
    if (status == MC_OK)
        status = find_repeated(out, list, error);
    if (status != MC_OK)
        mc_make_up_dispose(out);
    return status;
}

void mc_make_up_dispose(mc_make_up *make_up) {
    free(make_up->sources);
    free(make_up->scripts);
    free(make_up->dead);
    free(make_up->repeated);
    free(make_up->folded);
    *make_up = (mc_make_up){0};
}

uint64_t mc_published_entries(const char *source) {
    static const mc_make_up_row table[] = {
        {"wordnet", 86654}, {"unigram", 251465}, {"bigram", 100646}, {"title", 61235}};
    for (size_t i = 0; source && i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, source) == 0)
            return table[i].entries;
    return 0;
}
