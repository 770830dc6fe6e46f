#include "audit/answer.h"

#include "base/pipeline.h"

json_t *mc_answer_begin(const char *name, bool *lost) {
    json_t *document = json_object();
    mc_put(document, "metacurate", json_string(name), lost);
    mc_put(document, "version", json_string(mc_version()), lost);
    return document;
}

mc_status mc_answer_end(json_t *document, bool lost, char **json, mc_error *error) {
    mc_buffer text = {0};
    *json = NULL;
    if (lost) {
        json_decref(document);
        return mc_fail(error, MC_E_MEMORY, "out of memory: a JSON document");
    }
    mc_status status = mc_doc_text(document, true, &text, error);
    if (status == MC_OK)
        status = mc_buffer_append(&text, "", 1, error);
    if (status != MC_OK)
        mc_buffer_dispose(&text);
    *json = text.data;
    return status;
}

json_t *mc_answer_p(const mc_audited *audited, uint32_t id) {
    if (!audited->balanced)
        return json_null();
    double p = audited->selection.threshold / (double)mc_audited_drawn(audited)[id];
    return json_real(p < 1 ? p : 1);
}

mc_status mc_answer_sum(const uint64_t *counts, uint32_t n, uint64_t *out, mc_error *error) {
    mc_wide sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += counts[i];
    if (sum > INT64_MAX)
        return mc_fail(error, MC_E_FORMAT, "damaged counts: no pool has so many matches");
    *out = (uint64_t)sum;
    return MC_OK;
}

size_t mc_answer_threads(const mc_audited *audited) {
    size_t n = audited->options->n_threads;
    return n ? n : mc_processor_count();
}
