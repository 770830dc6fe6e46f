#include "audit/survey_languages.h"

#include <stdlib.h>

static bool is_used(const mc_survey_language *slot) {
    return slot->matched > 0;
}

void mc_language_tally_dispose(mc_language_tally *tally) {
    free(tally->slots);
    *tally = (mc_language_tally){0};
}

/* The slot of a code, or where it would be. */
static mc_survey_language *look_up(const mc_language_tally *tally, mc_language code) {
    size_t mask = tally->n_slots - 1, at = (code * 0x9e3779b97f4a7c15u >> 32) & mask;
    while (is_used(&tally->slots[at]) && tally->slots[at].code != code)
        at = (at + 1) & mask;
    return &tally->slots[at];
}

static mc_status grow(mc_language_tally *tally, mc_error *error) {
    mc_language_tally grown = {.n_slots = tally->n_slots ? 2 * tally->n_slots : 16,
                               .n_used = tally->n_used};
    MC_TRY(MC_ALLOC(grown.slots, grown.n_slots, error));
    for (size_t i = 0; i < tally->n_slots; i++)
        if (is_used(&tally->slots[i]))
            *look_up(&grown, tally->slots[i].code) = tally->slots[i];
    free(tally->slots);
    *tally = grown;
    return MC_OK;
}

mc_status mc_language_tally_add(mc_language_tally *tally, const mc_survey_language *sums,
                                mc_error *error) {
    if (2 * tally->n_used >= tally->n_slots)
        MC_TRY(grow(tally, error));
    mc_survey_language *slot = look_up(tally, sums->code);
    tally->n_used += !is_used(slot);
    slot->code = sums->code;
    slot->matched += sums->matched;
    slot->kept += sums->kept;
    slot->matches += sums->matches;
    slot->matches_after += sums->matches_after;
    return MC_OK;
}

mc_status mc_language_tally_merge(mc_language_tally *tally, const mc_language_tally *other,
                                  mc_error *error) {
    for (size_t i = 0; i < other->n_slots; i++)
        if (is_used(&other->slots[i]))
            MC_TRY(mc_language_tally_add(tally, &other->slots[i], error));
    return MC_OK;
}

static int compare_languages(const void *a, const void *b) {
    const mc_survey_language *x = a, *y = b;
    if (x->matched != y->matched)
        return x->matched > y->matched ? -1 : 1;
    return (x->code > y->code) - (x->code < y->code);
}

mc_status mc_language_tally_list(const mc_language_tally *tally, mc_survey_language **out,
                                 size_t *n, mc_error *error) {
    *n = 0;
    MC_TRY(mc_alloc(out, tally->n_used, sizeof **out, error));
    for (size_t i = 0; i < tally->n_slots; i++)
        if (is_used(&tally->slots[i]))
            (*out)[(*n)++] = tally->slots[i];
    if (*n > 0)
        qsort(*out, *n, sizeof **out, compare_languages);
    return MC_OK;
}
