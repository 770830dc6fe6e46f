/* One pass over the entries sums them up by source and lists the first of those that matched
 * nothing. Which are dead can be told only with the list at hand; without it the manifest says how
 * many they are. */
#include "audit/sources.h"

#include <stdlib.h>

#include "audit/answer.h"
#include "audit/value.h"

enum { FIRST_MAX = 100 }; /* entries listed by name */

typedef struct group {
    uint64_t entries, dead, never_matched, before, after;
} group;

typedef struct parts {
    const mc_row_counts *counts;
    group *groups;      /* by source; the last: of entries whose source is not known */
    size_t *order;      /* groups, by the first entry of each */
    size_t n_groups;    /* that have entries */
    bool knows_dead;    /* the list is at hand */
    bool says_dead;     /* the manifest says how many there are */
    uint64_t n_dead;    /* of these ... */
    json_t *first_dead; /* ... the first */
    uint64_t n_never;   /* matched nothing and are not dead */
    json_t *first_never;
} parts;

static size_t source_of(const mc_audited *a, uint32_t id) {
    const mc_audit_sources *s = a->options->sources;
    if (!s)
        return 0;
    return s->of[id] < s->n_names ? s->of[id] : s->n_names;
}

static void add_entry(parts *p, uint32_t id, bool *lost) {
    const mc_audited *a = p->counts->audited;
    size_t source = source_of(a, id);
    group *g = &p->groups[source];
    bool dead = p->knows_dead && mc_audited_is_dead(a, id), never = a->counts[id] == 0;
    if (g->entries == 0)
        p->order[p->n_groups++] = source;
    g->entries++;
    g->dead += dead;
    g->never_matched += never;
    g->before += a->counts[id];
    g->after += p->counts->after ? p->counts->after[id] : 0;
    if (dead && p->n_dead++ < FIRST_MAX)
        mc_push(p->first_dead, mc_row_name(a, id, lost), lost);
    if (never && !dead && p->n_never++ < FIRST_MAX)
        mc_push(p->first_never, mc_row_name(a, id, lost), lost);
}

static json_t *describe_group(const parts *p, size_t source, bool *lost) {
    const mc_row_counts *c = p->counts;
    const mc_audit_sources *s = c->audited->options->sources;
    const group *g = &p->groups[source];
    /* Without the list, all the dead of the manifest, if it knows, are in the one group there is.
     */
    bool tells_dead = p->knows_dead || (p->n_groups == 1 && p->says_dead);
    json_t *row = json_object();
    mc_put(row, "source", mc_value_string(s && source < s->n_names ? s->names[source] : NULL),
           lost);
    mc_put(row, "entries", mc_value_number(g->entries), lost);
    mc_put(row, "dead",
           tells_dead ? mc_value_number(p->knows_dead ? g->dead : p->n_dead) : json_null(), lost);
    mc_put(row, "never_matched", mc_value_number(g->never_matched), lost);
    mc_put(row, "before", mc_value_number(g->before), lost);
    mc_put(row, "after", c->after ? mc_value_number(g->after) : json_null(), lost);
    mc_put(row, "share_before", json_real(mc_answer_share(g->before, c->total_before)), lost);
    mc_put(row, "share_after",
           c->after ? json_real(mc_answer_share(g->after, c->total_after)) : json_null(), lost);
    return row;
}

/* Takes over the rows. */
static json_t *describe_list(json_t *n, json_t *first, bool *lost) {
    json_t *list = json_object();
    mc_put(list, "entries", n, lost);
    mc_put(list, "first", first, lost);
    return list;
}

static void describe(parts *p, json_t *report, bool *lost) {
    const json_t *metadata = json_object_get(p->counts->audited->manifest, "metadata");
    const json_t *dead = json_object_get(metadata, "dead"); /* null where nobody knew */
    json_int_t said = json_integer_value(dead);
    p->says_dead = json_is_integer(dead);
    bool known = p->knows_dead || p->says_dead;
    json_t *sources = json_array();
    if (!p->knows_dead && said > 0) {
        p->n_dead = (uint64_t)said;
        p->n_never -= p->n_dead < p->n_never ? p->n_dead : p->n_never;
    }
    for (size_t i = 0; i < p->n_groups; i++)
        mc_push(sources, describe_group(p, p->order[i], lost), lost);
    mc_put(report, "sources", sources, lost);
    mc_put(report, "never_matched",
           describe_list(mc_value_number(p->n_never), p->first_never, lost), lost);
    mc_put(report, "dead",
           describe_list(known ? mc_value_number(p->n_dead) : json_null(), p->first_dead, lost),
           lost);
}

mc_status mc_sources_describe(const mc_row_counts *counts, json_t *report, bool *lost,
                              mc_error *error) {
    const mc_audit_options *o = counts->audited->options;
    size_t n = o->sources ? o->sources->n_names + 1 : 1;
    parts p = {.counts = counts, .knows_dead = o->concepts != NULL};
    mc_status status = MC_ALLOC(p.groups, n, error);
    if (status == MC_OK)
        status = MC_ALLOC(p.order, n, error);
    if (status == MC_OK) {
        p.first_dead = json_array();
        p.first_never = json_array();
        for (uint32_t id = 0; id < counts->audited->set.n_entries; id++)
            add_entry(&p, id, lost);
        describe(&p, report, lost);
    }
    free(p.groups);
    free(p.order);
    return status;
}
