/* Why texts are in or out: those of an image, or one that whoever asks has made up. */
#include "audit/questions/explain.h"

#include <stdlib.h>

#include "match/document.h"
#include "pool/batch.h"

typedef struct question {
    mc_audited run;
    mc_explained_list list;
    mc_fetched *texts; /* of what is asked for and in the pool, by ordinal */
    size_t n_texts;
    json_t *pairs;
    bool lost;
} question;

/* ---- the answer ---- */

static mc_status fetch_texts(question *q, mc_error *error) {
    MC_TRY(MC_ALLOC(q->texts, q->list.n, error));
    for (size_t i = 0; i < q->list.n; i++)
        if (q->list.items[i].asked)
            q->texts[q->n_texts++].ordinal = q->list.items[i].ordinal;
    return mc_fetch(&q->run, q->texts, q->n_texts, error);
}

static mc_status explain_found(question *q, mc_error *error) {
    MC_TRY(fetch_texts(q, error));
    for (size_t i = 0; i < q->list.n; i++) {
        const mc_explained *item = &q->list.items[i];
        if (!item->asked)
            continue;
        const mc_fetched *text = mc_fetched_find(q->texts, q->n_texts, item->ordinal);
        mc_push(q->pairs, mc_explained_describe(&q->run, &q->list, item, text, &q->lost), &q->lost);
    }
    return MC_OK;
}

static mc_status answer(question *q, mc_u128 uid, char **json, mc_error *error) {
    char hex[33];
    bool *lost = &q->lost, balanced = q->run.balanced;
    double t = q->run.selection.threshold;
    json_t *document = mc_answer_begin("explanation", lost);
    mc_u128_hex(uid, hex);
    mc_put(document, "uid", json_string(hex), lost);
    mc_put(document, "parameters", mc_value_copy(q->run.manifest, "parameters"), lost);
    mc_put(document, "t", balanced ? mc_value_real(t) : json_null(), lost);
    mc_put(document, "texts", mc_value_number(q->list.n_found), lost);
    mc_put(document, "pairs", json_incref(q->pairs), lost);
    return mc_answer_end(document, q->lost, json, error);
}

static void question_dispose(question *q) {
    json_decref(q->pairs);
    mc_fetched_free(q->texts, q->n_texts);
    mc_explained_dispose(&q->list);
    mc_audited_dispose(&q->run);
}

/* ---- by uid ---- */

static mc_status ask_uid(question *q, const mc_audit_options *options, const char *digits,
                         char **json, mc_error *error) {
    mc_u128 uid;
    if (!mc_u128_parse(digits, strlen(digits), &uid))
        return mc_fail(error, MC_E_ARGUMENT, "a uid has 32 hex digits, or 24");
    MC_TRY(mc_audited_open(&q->run, options, error));
    MC_TRY(mc_explained_search(&q->list, &q->run, uid, NULL, error));
    if (q->list.n_found == 0)
        return mc_fail(error, MC_E_ARGUMENT, "no text of the match indexes is of the image %.40s",
                       digits);
    MC_TRY(explain_found(q, error));
    return answer(q, uid, json, error);
}

mc_status mc_audit_explain_uid(const mc_audit_options *options, const char *uid, char **json,
                               mc_error *error) {
    question q = {.pairs = json_array()};
    *json = NULL;
    mc_status status = ask_uid(&q, options, uid, json, error);
    question_dispose(&q);
    return status;
}

/* ---- by text ---- */

/* Ids of the entries whose strings are known, which stand in for the concept list. */
static mc_status compile_known(const mc_entry_table *table, mc_rules rules, mc_concepts **concepts,
                               uint32_t *ids, mc_error *error) {
    mc_bytes *strings;
    size_t n = 0;
    MC_TRY(MC_ALLOC(strings, table->n, error));
    for (uint32_t id = 0; id < table->n; id++) {
        mc_bytes string = mc_entry_table_string(table, id);
        if (!string.data)
            continue;
        ids[n] = id;
        strings[n++] = string;
    }
    mc_status status = mc_concepts_compile(concepts, strings, n, rules, error);
    free(strings);
    return status;
}

/* The match set of a text; ids translates those of the concepts, NULL where they are the run's. */
static mc_status match_text(const mc_concepts *concepts, const uint32_t *ids, mc_bytes text,
                            mc_explained *item, mc_error *error) {
    mc_scanner *scanner;
    mc_match_sets sets;
    MC_TRY(mc_scanner_create(&scanner, concepts, error));
    mc_status status = mc_scan(scanner, &text, 1, &sets, error);
    if (status == MC_OK) {
        item->n_ids = sets.offsets[1];
        status = MC_ALLOC(item->ids, item->n_ids, error);
    }
    for (uint32_t i = 0; status == MC_OK && i < item->n_ids; i++)
        item->ids[i] = ids ? ids[sets.ids[i]] : sets.ids[i];
    mc_scanner_free(scanner);
    return status;
}

static mc_status find_matches(const mc_audited *run, mc_bytes text, mc_explained *item,
                              mc_error *error) {
    mc_rules rules = run->set.n ? run->set.indexes[0].info.rules : MC_RULES_METACLIP1;
    const mc_concepts *given = run->options->concepts;
    mc_concepts *known = NULL;
    uint32_t *ids;
    if (given && mc_concepts_rules(given) == rules)
        return match_text(given, NULL, text, item, error);
    MC_TRY(MC_ALLOC(ids, run->entries.n, error));
    mc_status status = compile_known(&run->entries, rules, &known, ids, error);
    if (status == MC_OK)
        status = match_text(known, ids, text, item, error);
    mc_concepts_free(known);
    free(ids);
    return status;
}

/* A text that is not in the pool. */
static mc_status explain_other(question *q, mc_pair pair, mc_bytes text, mc_bytes url,
                               mc_error *error) {
    mc_explained item = {.ordinal = UINT64_MAX,
                         .pair = pair,
                         .empty = text.size == 0,
                         .asked = true,
                         .chosen = UINT64_MAX};
    const mc_fetched shown = {.ordinal = UINT64_MAX, .text = text, .url = url};
    mc_status status = find_matches(&q->run, text, &item, error);
    if (status == MC_OK)
        mc_push(q->pairs, mc_explained_describe(&q->run, &q->list, &item, &shown, &q->lost),
                &q->lost);
    free(item.ids);
    return status;
}

/* A batch of one record gives the text, the URL and the uid as reading a pool would. */
static mc_status make_record(mc_batch *batch, mc_bytes text, const char *url, mc_error *error) {
    MC_TRY(mc_batch_begin(batch, error));
    if (url)
        MC_TRY(mc_batch_url(batch, (mc_bytes){url, strlen(url)}, error));
    MC_TRY(mc_batch_text(batch, text, error));
    return mc_batch_end(batch, NULL, NULL, NULL, error);
}

static mc_status ask_text(question *q, const mc_audit_options *options, const mc_batch *batch,
                          char **json, mc_error *error) {
    const mc_record *record = &batch->records[0];
    mc_bytes text = mc_batch_span(batch, &batch->texts[0]);
    mc_bytes url = {batch->bytes.data + record->url_offset, record->url_size};
    mc_pair pair = {record->uid, mc_hash64(text.data, text.size)};
    MC_TRY(mc_audited_open(&q->run, options, error));
    MC_TRY(mc_explained_search(&q->list, &q->run, pair.uid, &pair.text_hash, error));
    if (q->list.n_found > 0)
        MC_TRY(explain_found(q, error));
    else
        MC_TRY(explain_other(q, pair, text, url, error));
    return answer(q, pair.uid, json, error);
}

mc_status mc_audit_explain_text(const mc_audit_options *options, mc_bytes text, const char *url,
                                char **json, mc_error *error) {
    question q = {.pairs = json_array()};
    mc_batch batch = {0};
    *json = NULL;
    mc_status status = make_record(&batch, text, url, error);
    if (status == MC_OK)
        status = ask_text(&q, options, &batch, json, error);
    mc_batch_dispose(&batch);
    question_dispose(&q);
    return status;
}
