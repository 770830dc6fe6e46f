#include "audit/questions/meeting.h"

#include <stdlib.h>
#include <string.h>

#include "audit/questions/lookup.h"

static bool is_same_list(const mc_audited *a, const mc_audited *b) {
    return a->set.n > 0 && b->set.n > 0 && a->set.n_entries == b->set.n_entries &&
           strcmp(a->set.indexes[0].info.metadata_digest, b->set.indexes[0].info.metadata_digest) ==
               0;
}

static mc_status note_repeats(bool **out, const mc_audited *run, mc_error *error) {
    MC_TRY(mc_alloc(out, run->entries.n, sizeof **out, error));
    for (uint32_t id = 0; id < run->entries.n; id++)
        (*out)[id] = run->entries.firsts[id] != id;
    return MC_OK;
}

/* The same list: what either run knows to be a repeat is one. */
static void meet_by_id(mc_meeting *m) {
    for (uint32_t id = 0; id < m->a->entries.n; id++) {
        m->repeats_a[id] = m->repeats_b[id] = m->repeats_a[id] || m->repeats_b[id];
        m->b_of[id] = id;
        m->met[id] = true;
    }
}

static mc_status meet_by_string(mc_meeting *m, mc_error *error) {
    mc_lookup lookup;
    MC_TRY(mc_lookup_init(&lookup, &m->b->entries, m->b->counts, false, error));
    for (uint32_t id = 0; id < m->a->entries.n; id++) {
        mc_bytes string = mc_entry_table_string(&m->a->entries, id);
        uint32_t found;
        m->b_of[id] = MC_NO_ENTRY;
        if (!string.data || m->repeats_a[id] || !mc_lookup_find(&lookup, string, &found))
            continue;
        found = m->b->entries.firsts[found];
        m->b_of[id] = found;
        m->met[found] = true;
    }
    mc_lookup_dispose(&lookup);
    return MC_OK;
}

static mc_status meet(mc_meeting *m, mc_error *error) {
    MC_TRY(MC_ALLOC(m->b_of, m->a->entries.n, error));
    MC_TRY(MC_ALLOC(m->met, m->b->entries.n, error));
    MC_TRY(note_repeats(&m->repeats_a, m->a, error));
    MC_TRY(note_repeats(&m->repeats_b, m->b, error));
    if (!is_same_list(m->a, m->b))
        return meet_by_string(m, error);
    meet_by_id(m);
    return MC_OK;
}

mc_status mc_meeting_init(mc_meeting *meeting, const mc_audited *a, const mc_audited *b,
                          mc_error *error) {
    *meeting = (mc_meeting){.a = a, .b = b};
    mc_status status = meet(meeting, error);
    if (status != MC_OK)
        mc_meeting_dispose(meeting);
    return status;
}

void mc_meeting_dispose(mc_meeting *meeting) {
    free(meeting->b_of);
    free(meeting->met);
    free(meeting->repeats_a);
    free(meeting->repeats_b);
    *meeting = (mc_meeting){0};
}

bool mc_meeting_next(const mc_meeting *m, uint64_t *at, mc_met_entry *out) {
    const mc_entry_table *a = &m->a->entries, *b = &m->b->entries;
    while (*at < a->n) {
        uint32_t id = (uint32_t)(*at)++;
        if (m->repeats_a[id])
            continue;
        *out = (mc_met_entry){id, m->b_of[id], mc_entry_table_string(a, id)};
        if (!out->string.data && out->b != MC_NO_ENTRY)
            out->string = mc_entry_table_string(b, out->b);
        return true;
    }
    while (*at < (uint64_t)a->n + b->n) {
        uint32_t id = (uint32_t)((*at)++ - a->n);
        if (m->repeats_b[id] || m->met[id])
            continue;
        *out = (mc_met_entry){MC_NO_ENTRY, id, mc_entry_table_string(b, id)};
        return true;
    }
    return false;
}
