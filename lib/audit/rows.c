/* Entries that stand out. Each list has an order of its own, that of its entries' keys, and begins
 * with the least of them. Shares are compared as fractions, exactly. */
#include "audit/rows.h"

#include "audit/answer.h"
#include "audit/best.h"
#include "audit/value.h"

__extension__ typedef __int128 wide; /* differences of products of counts, exactly */

typedef struct row_key {
    wide first; /* ascending, as is what follows */
    uint64_t second;
    uint32_t id;
} row_key;

typedef enum list {
    TOP_BEFORE,
    TOP_AFTER,
    BOTTOM_BEFORE,
    BOTTOM_AFTER,
    GAINED,
    LOST,
    N_LISTS
} list;

static const struct {
    const char *name;
    bool of_subset; /* there is none without one */
} lists[N_LISTS] = {
    [TOP_BEFORE] = {"top_before", false},
    [TOP_AFTER] = {"top_after", true},
    [BOTTOM_BEFORE] = {"bottom_before", false},
    [BOTTOM_AFTER] = {"bottom_after", true},
    [GAINED] = {"gained", true},
    [LOST] = {"lost", true},
};

/* share_after - share_before, times both totals. */
static wide gain(const mc_row_counts *c, uint32_t id) {
    return (wide)c->after[id] * (wide)c->total_before -
           (wide)c->audited->counts[id] * (wide)c->total_after;
}

/* False for an entry that is not for the list. */
static bool order(const mc_row_counts *c, list which, uint32_t id, row_key *key) {
    uint64_t before = c->audited->counts[id];
    *key = (row_key){.id = id};
    switch (which) {
    case TOP_BEFORE:
        key->first = -(wide)before;
        break;
    case TOP_AFTER:
        key->first = -(wide)c->after[id];
        break;
    case BOTTOM_BEFORE:
        key->first = before;
        break;
    case BOTTOM_AFTER:
        key->first = c->after[id];
        key->second = UINT64_MAX - before;
        break;
    case GAINED:
        key->first = -gain(c, id);
        return before > 0 && key->first < 0;
    case LOST:
        key->first = gain(c, id);
        return before > 0 && key->first < 0;
    case N_LISTS:
        break;
    }
    return before > 0;
}

static int compare(const void *a, const void *b) {
    const row_key *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->second != y->second)
        return x->second < y->second ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

json_t *mc_row_name(const mc_audited *audited, uint32_t id, bool *lost) {
    json_t *row = json_object();
    mc_put(row, "id", mc_value_number(id), lost);
    mc_put(row, "entry", mc_audited_entry(audited, id), lost);
    mc_put(row, "source", mc_value_string(mc_audited_source(audited, id)), lost);
    return row;
}

static json_t *describe(const mc_row_counts *c, uint32_t id, bool *lost) {
    const mc_audited *a = c->audited;
    double p = a->selection.threshold / (double)mc_audited_drawn(a)[id];
    json_t *row = mc_row_name(a, id, lost);
    mc_put(row, "before", mc_value_number(a->counts[id]), lost);
    mc_put(row, "after", c->after ? mc_value_number(c->after[id]) : json_null(), lost);
    mc_put(row, "share_before", json_real(mc_answer_share(a->counts[id], c->total_before)), lost);
    mc_put(row, "share_after",
           c->after ? json_real(mc_answer_share(c->after[id], c->total_after)) : json_null(), lost);
    mc_put(row, "p", c->after ? json_real(p < 1 ? p : 1) : json_null(), lost);
    return row;
}

static mc_status describe_list(const mc_row_counts *c, list which, json_t *rows, bool *lost,
                               mc_error *error) {
    mc_best best;
    row_key key;
    MC_TRY(mc_best_init(&best, MC_ROWS_MAX, sizeof key, compare, error));
    for (uint32_t id = 0; id < c->audited->set.n_entries; id++)
        if (order(c, which, id, &key))
            mc_best_add(&best, &key);
    mc_best_sort(&best);
    for (size_t i = 0; i < best.n; i++)
        mc_push(rows, describe(c, ((const row_key *)mc_best_item(&best, i))->id, lost), lost);
    mc_best_dispose(&best);
    return MC_OK;
}

mc_status mc_rows_describe(const mc_row_counts *c, json_t *entries, bool *lost, mc_error *error) {
    for (int i = 0; i < N_LISTS; i++) {
        if (lists[i].of_subset && !c->after) {
            mc_put(entries, lists[i].name, json_null(), lost);
            continue;
        }
        json_t *rows = json_array();
        mc_put(entries, lists[i].name, rows, lost); /* whose it is from now on */
        MC_TRY(describe_list(c, (list)i, rows, lost, error));
    }
    return MC_OK;
}
