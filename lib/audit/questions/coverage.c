/* Which class names are entries: looked up whole, then by their parts, then with the case of ASCII
 * letters ignored. */
#include <stdlib.h>
#include <string.h>

#include "audit/answer.h"
#include "audit/questions/lookup.h"
#include "audit/survey.h"
#include "pool/block_list.h"

#define CLASSES_MAX 1000000u
#define CLASS_BYTES_MAX ((size_t)64 << 20) /* of all names together */

typedef struct coverage {
    mc_audited run;
    mc_survey survey;
    mc_lookup exact, folded;
    size_t n_bytes;
    uint64_t n_classes, n_covered, n_matched;
    json_t *rows, *uncovered;
    bool lost;
} coverage;

/* The most frequent entry among the parts of a name, which end at ", "; the earliest of several. */
static bool find_part(const coverage *c, const mc_lookup *lookup, mc_bytes name, uint32_t *id) {
    const char *at = name.data, *end = name.data + name.size;
    bool found = false;
    for (const char *stop; at <= end; at = stop + 2) {
        stop = at;
        while (stop < end && !(*stop == ',' && stop + 1 < end && stop[1] == ' '))
            stop++;
        uint32_t candidate;
        if (stop > at && mc_lookup_find(lookup, (mc_bytes){at, (size_t)(stop - at)}, &candidate) &&
            (!found || c->run.counts[candidate] > c->run.counts[*id])) {
            *id = candidate;
            found = true;
        }
        if (stop == end)
            break;
    }
    return found;
}

/* How the name is covered, NULL when it is not. */
static const char *find_entry(const coverage *c, mc_bytes name, uint32_t *id) {
    if (mc_lookup_find(&c->exact, name, id))
        return "name";
    if (find_part(c, &c->exact, name, id))
        return "part";
    uint32_t part;
    bool whole = mc_lookup_find(&c->folded, name, id);
    if (find_part(c, &c->folded, name, &part) &&
        (!whole || c->run.counts[part] > c->run.counts[*id])) {
        *id = part;
        whole = true;
    }
    return whole ? "case" : NULL;
}

static void describe_entry(coverage *c, json_t *row, const char *by, uint32_t id) {
    bool *lost = &c->lost;
    uint64_t *after = c->survey.counts_after;
    mc_put(row, "entry", by ? mc_audited_entry(&c->run, id) : json_null(), lost);
    mc_put(row, "by", mc_value_string(by), lost);
    mc_put(row, "id", by ? json_integer(id) : json_null(), lost);
    mc_put(row, "source", mc_value_string(by ? mc_audited_source(&c->run, id) : NULL), lost);
    mc_put(row, "before", mc_value_number(by ? c->run.counts[id] : 0), lost);
    mc_put(row, "after", after ? mc_value_number(by ? after[id] : 0) : json_null(), lost);
    mc_put(row, "p", by ? mc_answer_p(&c->run, id) : json_null(), lost);
}

static mc_status add_class(void *context, char *line, size_t size, uint64_t number,
                           mc_error *error) {
    coverage *c = context;
    mc_bytes name = {line, size};
    uint32_t id = 0;
    (void)number;
    c->n_bytes += size;
    if (c->n_bytes > CLASS_BYTES_MAX || c->n_classes == CLASSES_MAX)
        return mc_fail(error, MC_E_LIMIT, "has more than %u class names, or %zu MiB of them",
                       CLASSES_MAX, CLASS_BYTES_MAX >> 20);
    const char *by = find_entry(c, name, &id);
    json_t *row = json_object();
    mc_put(row, "class", mc_doc_bytes(name), &c->lost);
    describe_entry(c, row, by, id);
    mc_push(c->rows, row, &c->lost);
    if (!by)
        mc_push(c->uncovered, mc_doc_bytes(name), &c->lost);
    c->n_classes++;
    c->n_covered += by != NULL;
    c->n_matched += by && c->run.counts[id] > 0;
    return MC_OK;
}

static mc_status cover(coverage *c, const mc_audit_options *options, const char *path,
                       mc_error *error) {
    MC_TRY(mc_audited_open(&c->run, options, error));
    if (c->run.balanced)
        MC_TRY(mc_survey_run(&c->survey, &c->run, error));
    MC_TRY(mc_lookup_init(&c->exact, &c->run.entries, c->run.counts, false, error));
    MC_TRY(mc_lookup_init(&c->folded, &c->run.entries, c->run.counts, true, error));
    return mc_block_list_read(path, add_class, c, error);
}

static mc_status answer(coverage *c, char **json, mc_error *error) {
    bool *lost = &c->lost;
    json_t *document = mc_answer_begin("coverage", lost);
    mc_put(document, "classes", mc_value_number(c->n_classes), lost);
    mc_put(document, "covered", mc_value_number(c->n_covered), lost);
    mc_put(document, "matched", mc_value_number(c->n_matched), lost);
    mc_put(document, "rows", json_incref(c->rows), lost);
    mc_put(document, "uncovered", json_incref(c->uncovered), lost);
    return mc_answer_end(document, c->lost, json, error);
}

mc_status mc_audit_coverage(const mc_audit_options *options, const char *path, char **json,
                            mc_error *error) {
    coverage c = {.rows = json_array(), .uncovered = json_array()};
    *json = NULL;
    mc_status status = cover(&c, options, path, error);
    if (status == MC_OK)
        status = answer(&c, json, error);
    json_decref(c.rows);
    json_decref(c.uncovered);
    mc_lookup_dispose(&c.exact);
    mc_lookup_dispose(&c.folded);
    mc_survey_dispose(&c.survey);
    mc_audited_dispose(&c.run);
    return status;
}
