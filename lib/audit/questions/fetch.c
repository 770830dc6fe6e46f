#include "audit/questions/fetch.h"

#include <stdlib.h>

#include "audit/answer.h"
#include "balance/texts.h"

typedef struct run {
    mc_fetched *items; /* of one index */
    size_t n;
    size_t *left; /* bytes that may still be held */
    bool over;
} run;

static mc_status copy_bytes(mc_bytes *out, mc_bytes from, mc_error *error) {
    char *copy;
    MC_TRY(mc_alloc(&copy, from.size + 1, 1, error));
    if (from.size > 0)
        memcpy(copy, from.data, from.size);
    *out = (mc_bytes){copy, from.size};
    return MC_OK;
}

static mc_fetched *find(mc_fetched *items, size_t n, uint64_t ordinal) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (items[middle].ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    return &items[low];
}

const mc_fetched *mc_fetched_find(const mc_fetched *items, size_t n, uint64_t ordinal) {
    return find((mc_fetched *)items, n, ordinal);
}

static mc_status take(void *context, const mc_text_visit *visit, mc_error *error) {
    run *r = context;
    mc_fetched *item = find(r->items, r->n, visit->ordinal);
    if (visit->text.size > *r->left || visit->url.size > *r->left - visit->text.size) {
        r->over = true;
        return MC_OK;
    }
    *r->left -= visit->text.size + visit->url.size;
    MC_TRY(copy_bytes(&item->url, visit->url, error));
    return copy_bytes(&item->text, visit->text, error);
}

/* Fetches what lies in one index. */
static mc_status fetch_from(mc_audited *a, run *r, mc_error *error) {
    uint64_t *ordinals;
    mc_error failure = {0};
    char message[1200];
    MC_TRY(MC_ALLOC(ordinals, r->n, error));
    for (size_t i = 0; i < r->n; i++)
        ordinals[i] = r->items[i].ordinal;
    const mc_texts_options options = {.ordinals = ordinals,
                                      .n_ordinals = r->n,
                                      .reader = a->options->reader,
                                      .n_threads = mc_answer_threads(a),
                                      .control = a->options->control,
                                      .context = r,
                                      .visit = take};
    mc_status status = mc_texts_visit(&a->set, &options, &failure);
    free(ordinals);
    if (status == MC_E_MEMORY || status == MC_E_INTERRUPTED) {
        if (error)
            *error = failure;
        return status;
    }
    if (status != MC_OK)
        mc_warn(a->options->control, "texts are left out: %s",
                mc_error_text(&failure, message, sizeof message));
    if (r->over)
        mc_warn(a->options->control, "texts are left out: together they have more than %zu MiB",
                MC_FETCH_MAX >> 20);
    return MC_OK;
}

/* Each index by itself, so that a shard that is gone takes no other's texts with it. */
mc_status mc_fetch(mc_audited *a, mc_fetched *items, size_t n, mc_error *error) {
    size_t left = MC_FETCH_MAX;
    for (size_t index = 0, at = 0; at < n; index++) {
        run r = {.items = items + at, .left = &left};
        while (at < n && items[at].ordinal < a->set.first[index + 1]) {
            at++;
            r.n++;
        }
        if (r.n > 0)
            MC_TRY(fetch_from(a, &r, error));
    }
    return MC_OK;
}

void mc_fetched_free(mc_fetched *items, size_t n) {
    for (size_t i = 0; items && i < n; i++) {
        free((char *)items[i].text.data);
        free((char *)items[i].url.data);
    }
    free(items);
}

void mc_fetched_describe(const mc_fetched *item, json_t *row, bool *lost) {
    mc_put(row, "url", item->url.size ? mc_doc_bytes(item->url) : json_null(), lost);
    mc_put(row, "text", item->text.data ? mc_doc_bytes(item->text) : json_null(), lost);
}
